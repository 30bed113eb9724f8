#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Give a wheel the tag of the oldest systems that it runs on.

    tag_wheel.py WHEEL DIRECTORY

Looks at every ELF file in it: which versions of glibc's symbols it wants, and which
libraries (PEP 600 lets a manylinux wheel use a few of the system's). Refuses libraries
that a system may lack, and wheels above 8 MB. musl's symbols have no versions: what
needs it gets the tag of 1.2 (PEP 656), and may not need functions that are younger.
"""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

MOST_BYTES = 8_000_000
# PEP 600's, but for libstdc++, which is inside; and our own.
GLIBC_HAS = re.compile(r"lib(c|m|dl|rt|pthread)\.so\.\d|libgcc_s\.so\.1|ld-linux\S*")
OURS = "libadbc_driver_fletching.so"
MUSL = "libc.so"
# By musl's release notes, 1.2.1 to 1.2.6.
AFTER_MUSL_1_2_0 = {
    *("_Fork", "gettid", "posix_getdents", "preadv2", "pthread_getname_np", "pwritev2"),
    *("qsort_r", "reallocarray", "renameat2", "statx", "tcgetwinsize", "tcsetwinsize"),
}
GLIBC = re.compile(r"\bGLIBC_(\d+)\.(\d+)")
COMPILED_FOR = (2, 28)  # what scripts/wheel-sources.sh tells the compiler


def elf_files(folder: pathlib.Path) -> list[pathlib.Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if path.read_bytes()[:4] == b"\x7fELF"]


def read_elf(path: pathlib.Path) -> str:
    command = ["readelf", "--wide", "--dynamic", "--version-info", "--dyn-syms"]
    command.append(str(path))
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def platform(folder: pathlib.Path) -> str:
    """The first part of the tag; exits where there is none."""
    newest = COMPILED_FOR
    is_musl = False
    for path in elf_files(folder):
        text = read_elf(path)
        needed = set(re.findall(r"\(NEEDED\).*\[(.+?)\]", text)) - {OURS}
        if not needed:  # it leads into our library, and that is all
            continue
        if needed == {MUSL}:
            is_musl = True
            wanted = set(re.findall(r" UND (\w+)", text))
            if late := sorted(wanted & AFTER_MUSL_1_2_0):
                sys.exit(f"{path.name} needs {', '.join(late)}, which musl 1.2.0 lacks")
            continue
        foreign = sorted(name for name in needed if not GLIBC_HAS.fullmatch(name))
        if foreign or is_musl:
            sys.exit(f"{path.name} needs {', '.join(foreign)}, which a system may lack")
        versions = ((int(major), int(minor)) for major, minor in GLIBC.findall(text))
        newest = max([newest, *versions])
    return "musllinux_1_2" if is_musl else "manylinux_{}_{}".format(*newest)


def main(arguments: list[str]) -> None:
    if len(arguments) != 2:
        sys.exit(__doc__)
    wheel, out = map(pathlib.Path, arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        systems = platform(folder)
    machine = wheel.stem.rpartition("linux_")[2]
    tag = f"{systems}_{machine}"
    command = [sys.executable, "-m", "wheel", "tags", "--platform-tag", tag, str(wheel)]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    made = wheel.with_name(name.strip())
    if made.stat().st_size > MOST_BYTES:
        sys.exit(f"{made.name}: {made.stat().st_size} bytes, {MOST_BYTES} are allowed")
    print(made.replace(out / made.name))


if __name__ == "__main__":
    main(sys.argv[1:])
