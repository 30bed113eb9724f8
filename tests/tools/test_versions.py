# SPDX-License-Identifier: Apache-2.0
"""One file holds the version: what is installed and every wheel of compat/ have it."""

from __future__ import annotations

import importlib.metadata
import pathlib
import re
import shutil
import subprocess
import sys

import fletching

ROOT = pathlib.Path(__file__).parents[2]
VERSION = (ROOT / "VERSION").read_text().split()[0]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The tool."""
    command = [sys.executable, str(ROOT / "tools/gen_versions.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_the_package_and_its_wheels_have_the_version() -> None:
    assert fletching.__version__ == VERSION
    assert importlib.metadata.version("fletching") == VERSION
    for path in ROOT.glob("compat/*/pyproject.toml"):
        (name,) = re.findall(r'^name = "(.*)"', path.read_text(), re.MULTILINE)
        assert importlib.metadata.version(name) == VERSION
        assert f"fletching=={VERSION}" in (importlib.metadata.requires(name) or [])
    done = run("--check")
    assert done.returncode == 0, done.stdout


def test_the_changes_begin_with_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    assert re.findall(r"^## (\S+)", text, re.MULTILINE)[0] == VERSION


def test_another_version_is_missed_and_written(tmp_path: pathlib.Path) -> None:
    for path in ROOT.glob("compat/*/pyproject.toml"):
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(parents=True)
        shutil.copy(path, target)
    (tmp_path / "VERSION").write_text("9.8.7\n")
    assert run("--check", str(tmp_path)).returncode == 1
    assert run(str(tmp_path)).returncode == 0
    assert run("--check", str(tmp_path)).returncode == 0
    text = (tmp_path / "compat/flightsql/pyproject.toml").read_text()
    assert 'version = "9.8.7"' in text
    assert '"fletching==9.8.7"' in text
    assert '"pyarrow>=14"' in text
