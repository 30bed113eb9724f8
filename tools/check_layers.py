#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Refuse includes that point upwards, and third-party headers outside their place.

Reads every C++ file of src/ and include/fletching/ below the root (an argument, or the
checkout) and prints one line for each offence; the exit status is 1 if there was one.
"""

from __future__ import annotations

import pathlib
import re
import sys
from collections.abc import Iterator

from tree import report, root_of

# What each layer may include besides itself. The faces stand beside each other.
BELOW = {
    "base": (),
    "arrow": ("base",),
    "transport": ("base",),
    "backend": ("base", "arrow"),
    "flight": ("base", "arrow", "transport"),
    "flightsql": ("base", "arrow", "transport", "backend", "flight"),
    "flink": ("base", "arrow", "transport", "backend"),
}
BELOW["driver"] = (*BELOW["flightsql"], "flightsql", "flink")
BELOW["render"] = (*BELOW["driver"], "driver")
BELOW["bindings/adbc"] = (*BELOW["driver"], "driver")
BELOW["bindings/python"] = BELOW["cli"] = (*BELOW["render"], "render")

# The layer of a public header: the lowest one that may know it.
PUBLIC = {
    "arrow_c.h": "base",
    "error.h": "base",
    "exchange.h": "base",
    "parameter_style.h": "base",
    "substrait.h": "base",
    "tick.h": "base",
    "version.h": "base",
}
PUBLIC_DEFAULT = "driver"

# Third-party header prefix -> the only places for it.
HEADERS = {
    "Python.h": ("src/bindings/python/",),
    "arrow-adbc/": ("src/bindings/adbc/",),
    "ares.h": ("src/transport/",),
    "datetime.h": ("src/bindings/python/",),
    "llhttp.h": ("src/transport/",),
    "lz4": ("src/arrow/",),
    "nanobind/": ("src/bindings/python/",),
    "nghttp2/": ("src/transport/",),
    "openssl/": ("src/transport/", "src/flight/identity.cc"),
    "protozero/": ("src/flight/wire.h", "src/flight/wire.cc"),
    "simdjson": ("src/flink/", "src/bindings/adbc/session_options.cc"),
    "zlib.h": ("src/transport/",),
    "zstd": ("src/arrow/",),
}

# Only one class makes threads; tests may.
THREADS = re.compile(
    r"\b(?:std::j?thread\b(?!::id|::hardware_concurrency)|pthread_create\b|std::async\b)"
)
THREADS_IN = "src/arrow/prefetcher.cc"

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SUFFIXES = {".h", ".cc", ".hpp", ".inc"}


def layer_of(path: str) -> str | None:
    """The layer of a file (relative to the root) or of an include, or None."""
    path = path.removeprefix("src/")
    public = re.fullmatch(r"(?:include/)?fletching/([^/]+)", path)
    if public:
        return PUBLIC.get(public[1], PUBLIC_DEFAULT)
    for layer in BELOW:
        if path.startswith(layer + "/"):
            return layer
    return None


def check_include(file: str, kind: str, name: str) -> str | None:
    """What is wrong with this include of this file, or None."""
    for prefix, places in HEADERS.items():
        if name.startswith(prefix) and not file.startswith(places):
            return f"<{name}> belongs to {', '.join(places)} alone"
    if kind == "<":
        return "our own headers are included with quotes" if layer_of(name) else None
    mine, other = layer_of(file), layer_of(name)
    if mine is None:
        return "this file is in no known layer"
    if other is None:
        # nanoarrow and flatcc come as quoted headers by their own names.
        if name.startswith(("nanoarrow", "flatcc")):
            return None
        return f'"{name}" names no layer (includes are "layer/file.h")'
    if other != mine and other not in BELOW[mine]:
        return f'"{name}" is of {other}, which {mine} may not use'
    return None


def check_file(root: pathlib.Path, path: pathlib.Path) -> Iterator[str]:
    """Each offence of one file, as "file:line: what"."""
    file = path.relative_to(root).as_posix()
    is_test = path.stem.endswith("_test")
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = INCLUDE.match(line)
        if found:
            offence = check_include(file, found[1], found[2])
            if offence:
                yield f"{file}:{number}: {offence}"
        code = line.split("//", 1)[0]
        if not is_test and file != THREADS_IN and THREADS.search(code):
            yield f"{file}:{number}: threads are made in {THREADS_IN} alone"


def main(arguments: list[str]) -> int:
    """Check the tree; the exit status."""
    root = root_of(arguments)
    files = [
        path
        for folder in ("src", "include/fletching")
        for path in sorted((root / folder).rglob("*"))
        if path.suffix in SUFFIXES
    ]
    offences = [offence for path in files for offence in check_file(root, path)]
    return report("layers", offences, len(files))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
