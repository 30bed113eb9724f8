#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Give a wheel the tag of the oldest systems that it runs on.

    tag_wheel.py WHEEL DIRECTORY

Looks at every ELF file in it: which versions of glibc's and libstdc++'s symbols it
wants, and which libraries (PEP 600 lets a manylinux wheel use a few of the system's).
Refuses libraries that a system may lack, and wheels above 8 MB.
"""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

MOST_BYTES = 8_000_000
# PEP 600's, and our own.
ALLOWED = re.compile(
    r"lib(c|m|dl|rt|pthread|gcc_s|stdc\+\+|fletching)\.so(\.\d+)?|ld-linux\S*"
)
GLIBC = re.compile(r"\bGLIBC_(\d+)\.(\d+)")
GLIBCXX = re.compile(r"\bGLIBCXX_3\.4\.(\d+)")
# The first tag whose systems all have such a libstdc++, as manylinux's policies say.
TAG_OF_GLIBCXX = {30: (2, 35), 31: (2, 38), 32: (2, 38), 33: (2, 39)}


def elf_files(folder: pathlib.Path) -> list[pathlib.Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if path.read_bytes()[:4] == b"\x7fELF"]


def read_elf(path: pathlib.Path) -> str:
    command = ["readelf", "--wide", "--dynamic", "--version-info", str(path)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def oldest_system(folder: pathlib.Path) -> tuple[int, int]:
    newest = (2, 17)
    for path in elf_files(folder):
        text = read_elf(path)
        for library in re.findall(r"\(NEEDED\).*\[(.+?)\]", text):
            if not ALLOWED.fullmatch(library):
                sys.exit(f"{path.name} needs {library}, which a system may lack")
        for major, minor in GLIBC.findall(text):
            newest = max(newest, (int(major), int(minor)))
        for version in map(int, GLIBCXX.findall(text)):
            if version > max(TAG_OF_GLIBCXX):
                sys.exit(f"{path.name} needs GLIBCXX_3.4.{version}: give it a tag here")
            if version >= min(TAG_OF_GLIBCXX):
                newest = max(newest, TAG_OF_GLIBCXX[version])
    return newest


def main(arguments: list[str]) -> None:
    if len(arguments) != 2:
        sys.exit(__doc__)
    wheel, out = map(pathlib.Path, arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        major, minor = oldest_system(folder)
    machine = wheel.stem.rpartition("linux_")[2]
    tag = f"manylinux_{major}_{minor}_{machine}"
    command = [sys.executable, "-m", "wheel", "tags", "--platform-tag", tag, str(wheel)]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    made = wheel.with_name(name.strip())
    if made.stat().st_size > MOST_BYTES:
        sys.exit(f"{made.name}: {made.stat().st_size} bytes, {MOST_BYTES} are allowed")
    system = f"glibc {major}.{minor}"
    print(f"{made.replace(out / made.name)}: for systems with {system} or newer")


if __name__ == "__main__":
    main(sys.argv[1:])
