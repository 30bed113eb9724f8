#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Refuse rows of pages without a test, and names of tests that do not exist.

Each hazard of docs/design/hazards.md from 1 to the last has one row, with a test or the
words "Not applicable yet"; each row of docs/comparison.md whose table has a column
"test" names one in it. The root is an argument, or the checkout; the exit status is 1
if there was an offence.
"""

from __future__ import annotations

import pathlib
import re
import sys
from collections.abc import Iterator

from tree import report, root_of

HAZARDS = "docs/design/hazards.md"
COMPARISON = "docs/comparison.md"
EXPECTATIONS = "tests/fault/expectations.txt"
CPP = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", re.MULTILINE)
ROW = re.compile(r"^\| (\d+) \|.*\| (.*?) \| (.*?) \|$", re.MULTILINE)
LATER = "Not applicable yet"


class Tests:
    """What tests there are."""

    def __init__(self, root: pathlib.Path) -> None:
        """Read the C++ tests' names."""
        self._root = root
        files = [
            path for top in ("src", "tests") for path in (root / top).rglob("*.cc")
        ]
        self._cpp = {
            f"{suite}.{name}"
            for path in files
            if path.stem.endswith("_test")
            for suite, name in CPP.findall(path.read_text())
        }

    def has(self, name: str) -> bool:
        """True if that is a test's name."""
        if name.startswith("scenario:"):
            scenario = re.escape(name.removeprefix("scenario:"))
            return self._says(EXPECTATIONS, rf"^{scenario}\b(?!-)")
        if name.startswith("fuzz:"):
            return (self._root / f"fuzz/{name.removeprefix('fuzz:')}_fuzz.cc").exists()
        if "::" in name:
            file, function = name.split("::")
            return self._says(file, rf"^\s*(?:async )?def {function}\(")
        return name in self._cpp

    def _says(self, file: str, pattern: str) -> bool:
        path = self._root / file
        return path.exists() and bool(
            re.search(pattern, path.read_text(), re.MULTILINE)
        )


def hazards(root: pathlib.Path, tests: Tests) -> Iterator[str]:
    """Each fault of the page of hazards, as "file: what"."""
    rows = ROW.findall((root / HAZARDS).read_text())
    numbers = [int(number) for number, _, _ in rows]
    if not numbers or numbers != list(range(1, len(numbers) + 1)):
        yield f"{HAZARDS}: the rows are not numbered from 1 on: {numbers}"
    for number, built, cell in rows:
        if LATER not in built or "`" in cell:
            yield from missing(f"{HAZARDS}: hazard {number}", cell, tests)


def comparison(root: pathlib.Path, tests: Tests) -> Iterator[str]:
    """Each fault of the comparison, as "file: what"."""
    tables = re.findall(
        r"^\|.*\| test \|\n\|[- |]+\|\n((?:\|.*\n)+)",
        (root / COMPARISON).read_text(),
        re.MULTILINE,
    )
    if not tables:
        yield f"{COMPARISON}: there is no table with tests"
    for row in "".join(tables).splitlines():
        cells = row.strip("| ").split(" | ")
        yield from missing(f"{COMPARISON}: {cells[0]}", cells[-1], tests)


def missing(row: str, cell: str, tests: Tests) -> Iterator[str]:
    """What the last cell of a row should name and does not, or names in vain."""
    names = re.findall(r"`([^`]+)`", cell)
    if not names:
        yield f"{row}: names no test"
    for name in names:
        if not tests.has(name):
            yield f"{row}: there is no test {name}"


def main(arguments: list[str]) -> int:
    """Check the pages; the exit status."""
    root = root_of(arguments)
    tests = Tests(root)
    return report("named tests", [*hazards(root, tests), *comparison(root, tests)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
