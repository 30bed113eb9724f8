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
