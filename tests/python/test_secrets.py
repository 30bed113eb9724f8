# SPDX-License-Identifier: Apache-2.0
"""No secret is shown: not in a message, a log, a repr, a pickle, on the terminal.

`secret_probes.py` plants them in everything of Python that takes one;
tests/cli/test_cli_secrets.py is the same for the command line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from secret_probes import MARK, PROBES

TOKEN = PASSWORD = f"{MARK}token"


@pytest.fixture(scope="module")
def secured(embedded: Any) -> Any:
    """A server that takes that token and that password."""
    return embedded(engine="duckdb", user="ada", password=PASSWORD, token=TOKEN)


@pytest.fixture(scope="module")
def secured_tls(embedded: Any) -> Any:
    """The same over TLS."""
    return embedded(
        engine="duckdb", user="ada", password=PASSWORD, token=TOKEN, tls=True
    )


@pytest.fixture(scope="module")
def visible(secured: Any, secured_tls: Any, tls_files: Any) -> dict[str, str]:
    """What each probe made visible."""
    script = str(Path(__file__).with_name("secret_probes.py"))
    done = subprocess.run(
        [sys.executable, script, secured.uri, secured_tls.uri, str(tls_files.ca)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "FLETCHING_LOG": "debug"},
    )
    assert done.returncode == 0, done.stderr
    assert MARK not in done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("probe", PROBES)
def test_no_secret_is_shown(visible: dict[str, str], probe: str) -> None:
    text = visible[probe]
    assert len(text) > 100
    leaks = [line for line in text.splitlines() if MARK in line]
    assert leaks == []


def test_the_embedded_server_writes_none(visible: Any, secured: Any) -> None:
    assert visible  # all of them have been there
    assert MARK not in secured.log()
