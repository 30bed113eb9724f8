# SPDX-License-Identifier: Apache-2.0
"""Tests of the Arrow codec against pyarrow, through a small C++ program."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _find_tool() -> str | None:
    named = os.environ.get("FLETCHING_IPC_TOOL")
    if named:
        return named
    found = [*ROOT.glob("build/*/tests/arrow/ipc_tool")]
    newest = max(found, key=lambda path: path.stat().st_mtime, default=None)
    return None if newest is None else str(newest)


class IpcTool:
    """Decodes a stream and encodes it again; ValueError where the codec refuses it."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __call__(self, data: bytes, *options: str) -> bytes:
        done = subprocess.run(
            [self._path, *options],
            input=data,
            capture_output=True,
            timeout=60,
            check=False,
        )
        message = done.stderr.decode(errors="replace")
        if done.returncode == 3:
            raise ValueError(message)
        assert done.returncode == 0, f"exit code {done.returncode}: {message}"
        return done.stdout


@pytest.fixture(scope="session")
def ipc_tool() -> IpcTool:
    path = _find_tool()
    if path is None:
        pytest.skip("ipc_tool is not built (cmake --preset dev, target ipc_tool)")
    return IpcTool(path)
