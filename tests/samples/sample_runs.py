# SPDX-License-Identifier: Apache-2.0
"""Runs a sample, unchanged, by an interpreter that need not have all it imports."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sysconfig

# Packages of the tests' own environment, behind those of the interpreter that runs.
RUN = """
import runpy, sys
if {site!r} not in sys.path:
    sys.path.append({site!r})
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
        site=sysconfig.get_paths()["purelib"],
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
