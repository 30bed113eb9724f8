#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Refuse names in docs/design/hazards.md of tests that do not exist.

Each hazard from 1 to the last has one row, with a test or the words "Not applicable
yet". The root is an argument, or the checkout; the exit status is 1 if there was an
offence.
"""

from __future__ import annotations

import pathlib
import re
import sys
from collections.abc import Iterator

from tree import report, root_of

PAGE = "docs/design/hazards.md"
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
            return self._says(file, rf"^\s*def {function}\(")
        return name in self._cpp

    def _says(self, file: str, pattern: str) -> bool:
        path = self._root / file
        return path.exists() and bool(
            re.search(pattern, path.read_text(), re.MULTILINE)
        )


def offences(root: pathlib.Path) -> Iterator[str]:
    """Each fault of the page, as "file: what"."""
    text = (root / PAGE).read_text()
    tests = Tests(root)
    rows = ROW.findall(text)
    numbers = [int(number) for number, _, _ in rows]
    if not numbers or numbers != list(range(1, len(numbers) + 1)):
        yield f"{PAGE}: the rows are not numbered from 1 on: {numbers}"
    for number, built, cell in rows:
        names = re.findall(r"`([^`]+)`", cell)
        if not names and LATER not in built:
            yield f"{PAGE}: hazard {number} names no test"
        for name in names:
            if not tests.has(name):
                yield f"{PAGE}: hazard {number}: there is no test {name}"


def main(arguments: list[str]) -> int:
    """Check the page; the exit status."""
    return report("hazards", list(offences(root_of(arguments))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
