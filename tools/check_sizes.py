#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Refuse files grown too long: sources over 700 lines, the README over 160."""

from __future__ import annotations

import pathlib
import sys

from tree import report, root_of, tracked_files

SOURCE_LINES = 700
README_LINES = 160
SOURCES = {".cc", ".cmake", ".h", ".py", ".pyi", ".sh"}


def limit_of(path: pathlib.Path) -> int | None:
    """The most lines this file (relative to the root) may have, None for no limit."""
    if path.as_posix() == "README.md":
        return README_LINES
    is_script = path.parts[0] in ("scripts", ".ci") and not path.suffix
    if path.suffix in SOURCES or is_script or path.name == "CMakeLists.txt":
        return SOURCE_LINES
    return None


def main(arguments: list[str]) -> int:
    """Check the tree; the exit status."""
    root = root_of(arguments)
    offences = []
    for path in tracked_files(root):
        limit = limit_of(path)
        if limit is None:
            continue
        lines = len((root / path).read_bytes().splitlines())
        if lines > limit:
            offences.append(
                f"{path}: {lines} lines, more than {limit}: it wants to be split"
            )
    return report("sizes", offences)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
