# SPDX-License-Identifier: Apache-2.0
"""A library that wants names of Python's loads where they are not."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = """
extern int PyNobody_Has;
int PyNobody_Does(void);
int has(void) { return &PyNobody_Has != 0; }
int unused(void) { return PyNobody_Does() + PyNobody_Has; }
"""


def library(path: Path, source: str) -> Path:
    path.with_suffix(".c").write_text(source)
    command = ["cc", "-shared", "-fPIC", "-O0", "-Wl,-z,now", path.with_suffix(".c")]
    subprocess.run([*command, "-o", path], check=True)
    return path


def weaken(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools/weaken_python.py"), str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_names_of_pythons_that_nobody_has(tmp_path: Path) -> None:
    path = library(tmp_path / "strong.so", SOURCE)
    with pytest.raises(OSError, match="undefined symbol: PyNobody"):
        ctypes.CDLL(str(path))
    done = weaken(path)
    assert done.returncode == 0, done.stderr
    assert "2 names of Python's are weak" in done.stdout
    assert ctypes.CDLL(str(path)).unused is not None


def test_names_of_others_stay_strong(tmp_path: Path) -> None:
    path = library(
        tmp_path / "other.so", SOURCE.replace("PyNobody_Does", "nobody_does")
    )
    assert "1 names" in weaken(path).stdout
    with pytest.raises(OSError, match="undefined symbol: nobody_does"):
        ctypes.CDLL(str(path))


def test_what_is_no_library_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no library")
    done = weaken(tmp_path / "text")
    assert done.returncode != 0
    assert "not a 64-bit little-endian ELF file" in done.stderr
    assert (tmp_path / "text").read_text() == "no library"
