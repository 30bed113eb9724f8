# SPDX-License-Identifier: Apache-2.0
"""The files of the checkout, for the checks beside this module."""

from __future__ import annotations

import pathlib
import subprocess


def tracked_files(root: pathlib.Path) -> list[pathlib.Path]:
    """The files that git tracks or would add, relative to root; without git, all."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=root, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        paths = (path.relative_to(root) for path in root.rglob("*"))
        names = {path for path in paths if path.parts[0] not in ("build", ".venv")}
    else:
        names = {
            pathlib.Path(name) for name in listed.stdout.decode().split("\0") if name
        }
    return sorted(
        path
        for path in names
        if (root / path).is_file() and not (root / path).is_symlink()
    )


def root_of(arguments: list[str]) -> pathlib.Path:
    """The tree to check: the first argument, or this checkout."""
    if arguments:
        return pathlib.Path(arguments[0])
    return pathlib.Path(__file__).resolve().parent.parent


def report(name: str, offences: list[str], files: int | None = None) -> int:
    """Print each offence and how many there were; the exit status."""
    for offence in offences:
        print(offence)
    looked_at = "" if files is None else f"{files} files, "
    print(f"{name}: {looked_at}{len(offences)} offences")
    return 1 if offences else 0
