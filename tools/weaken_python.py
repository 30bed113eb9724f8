#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the names of Python's that a shared library needs weak, in place.

    weaken_python.py LIBRARY

The one library of a wheel has the extension module and the ADBC driver. Weak names
are null in a process without Python, where the driver works all the same; strong ones
would keep the library from being loaded. No linker does that by itself. 64-bit
little-endian ELF only, which is all that wheels are made for.
"""

from __future__ import annotations

import pathlib
import re
import struct
import sys
from collections.abc import Iterator

DYNSYM = 11  # a section's type
SECTION = struct.Struct("<IIQQQQIIQQ")
SYMBOL = struct.Struct("<IBBHQQ")
GLOBAL, WEAK = 1, 2
PYTHON = re.compile(rb"_?Py[A-Z_]\w*")


def sections(data: bytes | bytearray) -> list[tuple[int, ...]]:
    if data[:6] != b"\x7fELF\x02\x01":
        sys.exit("not a 64-bit little-endian ELF file")
    (start,) = struct.unpack_from("<Q", data, 0x28)
    size, count = struct.unpack_from("<HH", data, 0x3A)
    return [SECTION.unpack_from(data, start + size * i) for i in range(count)]


def undefined(data: bytes | bytearray) -> Iterator[tuple[int, bytes]]:
    """Where each undefined dynamic symbol stands, and its name."""
    headers = sections(data)
    for _, kind, _, _, at, size, link, *_ in headers:
        if kind != DYNSYM:
            continue
        strings = headers[link][4]
        for place in range(at, at + size, SYMBOL.size):
            name, _, _, section, _, _ = SYMBOL.unpack_from(data, place)
            if name and section == 0:
                begin = strings + name
                yield place, bytes(data[begin : data.index(b"\0", begin)])


def weaken(data: bytearray) -> int:
    """Their number."""
    count = 0
    for place, name in undefined(data):
        information = data[place + 4]
        if PYTHON.fullmatch(name) and information >> 4 == GLOBAL:
            data[place + 4] = WEAK << 4 | information & 15
            count += 1
    return count


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        sys.exit(__doc__)
    path = pathlib.Path(arguments[0])
    data = bytearray(path.read_bytes())
    count = weaken(data)
    path.write_bytes(data)
    print(f"{path.name}: {count} names of Python's are weak")


if __name__ == "__main__":
    main(sys.argv[1:])
