#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the version in VERSION into the wheels of compat/, which need just that one.

With --check nothing is written: the exit status says whether they have it. A folder as
the last argument is another checkout.
"""

from __future__ import annotations

import pathlib
import re
import sys

OWN = re.compile(r'^(version = )"[^"]*"', re.MULTILINE)
PIN = re.compile(r'"fletching==[^"]*"')


def with_version(text: str, version: str) -> str:
    """A pyproject.toml of compat/ for that version; ValueError if it has no place."""
    text, own = OWN.subn(rf'\g<1>"{version}"', text)
    text, pins = PIN.subn(f'"fletching=={version}"', text)
    if (own, pins) != (1, 1):
        raise ValueError('needs one line version = "..." and one "fletching==..."')
    return text


def main(arguments: list[str]) -> int:
    """Check or write; the exit status."""
    check = "--check" in arguments
    folders = [argument for argument in arguments if not argument.startswith("-")]
    here = pathlib.Path(__file__).resolve().parent.parent
    root = pathlib.Path(folders[0]) if folders else here
    version = (root / "VERSION").read_text().split()[0]
    status = 0
    for path in sorted(root.glob("compat/*/pyproject.toml")):
        before = path.read_text()
        try:
            after = with_version(before, version)
        except ValueError as error:
            print(f"{path.relative_to(root)}: {error}")
            status = 1
            continue
        if after != before and check:
            print(f"{path.relative_to(root)}: not {version}: run tools/gen_versions.py")
            status = 1
        elif after != before:
            path.write_text(after)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
