# SPDX-License-Identifier: Apache-2.0
"""Machines without any certificate authorities, as small containers are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CODE = """
import sys, fletching
with fletching.connect(sys.argv[1]) as connection:
    assert connection.execute("select 1").fetchall() == [(1,)]
assert "certifi" not in sys.modules
"""
# Where distributions keep them; each is hidden by an empty folder.
PLACES = ("/etc/ssl", "/etc/pki", "/usr/local/share/certs")


def bare(*command: str, path: str = "") -> subprocess.CompletedProcess[str]:
    """Run it in a mount namespace without authorities."""
    hide = "".join(f"[ ! -d {p} ] || mount -t tmpfs none {p} && " for p in PLACES)
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    words = ["unshare", *user, "--mount", "sh", "-c", hide + 'exec "$@"', "sh"]
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "SSL_CERT_FILE")
        and name != "SSL_CERT_DIR"
    }
    return subprocess.run(
        [*words, *command],
        capture_output=True,
        text=True,
        timeout=60,
        env={**kept, "PYTHONPATH": path},
    )


@pytest.fixture
def certifi(tmp_path: Path, tls_files: Any) -> str:
    """A folder with a package of that name that trusts the tests' authority."""
    package = tmp_path / "certifi"
    package.mkdir()
    (package / "__init__.py").write_text("raise AssertionError('imported')")
    (package / "cacert.pem").write_bytes(tls_files.ca.read_bytes())
    return str(tmp_path)


def test_certifis_authorities_are_the_last_resort(embedded: Any, certifi: str) -> None:
    if bare("true").returncode != 0:
        pytest.skip("no mount namespace here")
    uri = embedded(tls=True).uri
    done = bare(sys.executable, "-c", CODE, uri, path=certifi)
    assert done.returncode == 0, done.stderr


def test_without_any_the_error_says_what_was_tried(embedded: Any) -> None:
    if bare("true").returncode != 0:
        pytest.skip("no mount namespace here")
    hide = "import sys; sys.modules['certifi'] = None\n"
    done = bare(sys.executable, "-c", hide + CODE, embedded(tls=True).uri)
    assert "no root certificates found" in done.stderr
    assert "/etc/ssl/certs/ca-certificates.crt" in done.stderr
