# SPDX-License-Identifier: Apache-2.0
"""Runs a sample, unchanged, by an interpreter that need not have all it imports."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import sysconfig

# What runs the samples: the tests of wheels name an environment that has no more than
# what pip installs with one extra.
BARE = os.environ.get("FLETCHING_SAMPLES_PYTHON")
PYTHON = pathlib.Path(BARE or sys.executable)
# Packages of the tests' own environment, behind those of the interpreter that runs.
SITE = [] if BARE else [sysconfig.get_paths()["purelib"]]

RUN = """
import runpy, sys
sys.path += [site for site in {site!r} if site not in sys.path]
sys.path.insert(0, {folder!r})
runpy.run_path({sample!r}, run_name="__main__")
"""


def run(
    python: str | pathlib.Path,
    sample: pathlib.Path,
    ca: pathlib.Path,
    *,
    folder: pathlib.Path | None = None,
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    """Run it with `ca` as the only roots; AssertionError with stderr if it fails."""
    code = RUN.format(
        site=SITE,
        folder=str(folder or sample.parent),
        sample=str(sample),
    )
    done = subprocess.run(
        [python, "-c", code],
        env={
            "PATH": os.environ["PATH"],
            "SSL_CERT_FILE": str(ca),
            "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(ca),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return done
