#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Refuse what ties the tree to one machine, and sources without their licence line.

No absolute path of somebody's machine, no host of a package registry (their clients
know them, and mirrors differ), no white space at the end of a line, the SPDX line in
the first lines of each source.
"""

from __future__ import annotations

import pathlib
import re
import sys
from collections.abc import Iterator

from tree import report, root_of, tracked_files

SPDX = "SPDX-License-Identifier: Apache-2.0"
SOURCES = {".cc", ".cmake", ".go", ".h", ".java", ".py", ".pyi", ".sh"}
BINARY = {".arrow", ".bin", ".ipc", ".parquet", ".png"}

# Spelt in pieces, so that this file passes its own check.
HOSTS = (
    r"py" r"pi\.org",
    r"python" r"hosted\.org",
    r"deb\.deb" r"ian\.org",
    r"registry\.np" r"mjs\.org",
    r"proxy\.gol" r"ang\.org",
    r"crates" r"\.io/api",
    r"repo1?\.mav" r"en\.(?:apache\.)?org",
)
WORDS = (
    (re.compile("|".join(HOSTS)), "a package registry's host"),
    (
        re.compile(r"(?<![\w.$}~])/(?:wo" r"rk|ro" r"ot|ho" r"me)/\w"),
        "a machine's path",
    ),
)


def is_source(path: pathlib.Path) -> bool:
    """True for files that carry the licence line: samples have that of their source."""
    if path.parts[:2] == ("tests", "samples") and len(path.parts) > 3:
        return False
    is_script = path.parts[0] in ("scripts", ".ci") and not path.suffix
    return path.suffix in SOURCES or path.name == "CMakeLists.txt" or is_script


def check_file(root: pathlib.Path, path: pathlib.Path) -> Iterator[str]:
    """Each offence of one file, as "file:line: what"."""
    try:
        lines = (root / path).read_text().split("\n")
    except UnicodeDecodeError:
        return
    if is_source(path) and lines != [""] and not any(SPDX in x for x in lines[:3]):
        yield f"{path}:1: no line '{SPDX}'"
    for number, line in enumerate(lines, 1):
        for pattern, what in WORDS:
            if pattern.search(line):
                yield f"{path}:{number}: {what}"
        if line != line.rstrip() and (is_source(path) or path.suffix == ".md"):
            yield f"{path}:{number}: white space at the end of the line"


def main(arguments: list[str]) -> int:
    """Check the tree; the exit status."""
    root = root_of(arguments)
    paths = [
        path
        for path in tracked_files(root)
        if path.suffix not in BINARY and path.parts[:2] != ("fuzz", "corpus")
    ]
    offences = [offence for path in paths for offence in check_file(root, path)]
    return report("words", offences, len(paths))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
