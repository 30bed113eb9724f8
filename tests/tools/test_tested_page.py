# SPDX-License-Identifier: Apache-2.0
"""docs/tested.md names every server and profile, in the versions that are pinned."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest
from servers import install

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "tested.md").read_text()
PROFILES = ROOT / "src" / "backend" / "profiles"


def rows(title: str) -> list[list[str]]:
    """The cells of the table below a heading, without its header."""
    part = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[c.strip() for c in line.strip("|").split("|")] for line in lines[2:]]


def pinned(package: str) -> str:
    text = (ROOT / "requirements" / "constraints.txt").read_text()
    return re.findall(rf"^{package}==([^;\s]+)", text, re.MULTILINE)[0]


def test_servers_are_those_that_the_tests_start() -> None:
    versions = {row[0]: row[1] for row in rows("Servers")}
    wanted = {
        "arrow-go": install.RECIPES["go"].version,
        "ROAPI": install.RECIPES["roapi"].version,
        "Arrow Java": install.RECIPES["derby"].version,
        "Apache DataFusion": pinned("datafusion"),
        "DuckDB": pinned("duckdb"),
        "pyarrow.flight": pinned("pyarrow"),
    }
    assert len(versions) == len(wanted)
    for name, version in wanted.items():
        (row,) = [v for server, v in versions.items() if server.startswith(name)]
        assert row in version, f"{name} is at {version}, the page says {row}"


def test_every_profile_has_a_row() -> None:
    named = [row[0].strip("`") for row in rows("Profiles")]
    assert sorted(named) == sorted(path.stem for path in PROFILES.glob("*.cc"))


@pytest.mark.parametrize("row", rows("Profiles"), ids=lambda row: row[0].strip("`"))
def test_a_row_says_the_same_as_the_profiles_own_file(row: list[str]) -> None:
    profile, how, what, date = row
    name = profile.strip("`")
    source = (PROFILES / f"{name}.cc").read_text()
    not_run = re.search(r"not run|Not run|Documentation only", source) is not None
    assert how in ("real", "emulated")
    assert (how == "emulated") == not_run, f"{name}.cc says otherwise"
    files = [
        ROOT / "tests/python/test_profiles.py",
        *(ROOT / "tests/flink").glob("*.py"),
    ]
    tests = "".join(file.read_text() for file in files)
    assert f'"{name}"' in tests, "no test uses it"
    for version in re.findall(r"(?:ROAPI|Derby|example) (\d[\d.]*\d)", what):
        assert any(version == server[1] for server in rows("Servers")), version
    datetime.date.fromisoformat(date)
