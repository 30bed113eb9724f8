# SPDX-License-Identifier: Apache-2.0
"""The source distribution of scripts/sdist: all that compiles, and no more."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OTHERS = (
    "third_party/nanoarrow/subprojects/arrow-nanoarrow/src/nanoarrow/nanoarrow.hpp",
    "third_party/llhttp/lib/llhttp.h",
    "third_party/adbc_driver_manager/adbc_driver_manager/arrow-adbc/adbc.h",
)


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files in it, below its one folder."""
    folder = tmp_path_factory.mktemp("sdist")
    made = subprocess.run(
        [ROOT / "scripts/sdist", folder], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stdout + made.stderr
    version = (ROOT / "VERSION").read_text().strip()
    with tarfile.open(folder / f"fletching-{version}.tar.gz") as archive:
        files = [member.name for member in archive if member.isfile()]
    return {name.partition("/")[2] for name in files}


def tracked(*folders: str) -> set[str]:
    """What git has there."""
    command = ["git", "ls-files", "--", *folders]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_it_has_what_compiles(names: set[str]) -> None:
    wanted = tracked("CMakeLists.txt", "VERSION", "LICENSE", "cmake", "include", "src")
    wanted = {name for name in wanted if "_test.cc" not in name}
    wanted = {name for name in wanted if "_for_test.h" not in name}
    assert wanted <= names
    assert tracked("python") <= names


def test_nothing_else_has_to_be_fetched(names: set[str]) -> None:
    assert set(OTHERS) <= names
    licences = {name.split("/")[1] for name in names if "/LICENSE" in name}
    assert licences == {"adbc_driver_manager", "llhttp", "nanoarrow"}


def test_it_has_neither_tests_nor_what_they_made(names: set[str]) -> None:
    folders = {name.partition("/")[0] for name in names}
    assert not folders & {"tests", "fuzz", "bench", "build", ".venv", "requirements"}
    assert not [name for name in names if name.endswith((".pyc", ".so"))]
