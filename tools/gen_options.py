#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write docs/reference/options.md from the options table of the installed package.

With --check nothing is written: the exit status says whether the page is current.
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterable, Mapping

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs/reference/options.md"

HEAD = """\
# Options

<!-- Written by tools/gen_options.py from src/driver/options.cc. -->

Give them to `fletching.connect(uri, name=value)` by their short name, in a URL as
`?fletching.SHORT=value` or by their full name, on the command line as
`--option NAME=VALUE`. ADBC's own names are used where ADBC has the option. Durations
are seconds and may have a fraction, 0 means no limit; sizes may end in `k`, `m` or `g`;
booleans are `true` and `false`, `1` and `0`, `yes` and `no`, `on` and `off`.

Roots come from `GRPC_DEFAULT_SSL_ROOTS_FILE_PATH`, `SSL_CERT_FILE`, `SSL_CERT_DIR`,
then the system's bundle, then (from Python) certifi's where it is installed; proxies
from `https_proxy`, `grpc_proxy`, `http_proxy`, `no_proxy`; `FLETCHING_LOG` is `debug`,
`info`, `warning` (the default), `error` or `off`: what of the log goes to Python's
logger `fletching`, and from the command line to standard error.
"""

COLUMNS = (
    "| short | full name | type | default | meaning |",
    "| --- | --- | --- | --- | --- |",
)

LEVELS = {
    "database": "## Of a database or connection\n\nTo be given when connecting.",
    "connection": "## Of a connection\n\nMay also be changed while it is open.",
    "statement": "## Of a statement\n\nMay be given at any level, for all below it.",
}


def cell(text: object) -> str:
    """Text as the cell of a Markdown table."""
    return str(text).replace("|", "\\|").replace("\n", " ")


def row(option: Mapping[str, object]) -> str:
    """One option as a line of the table."""
    short = f"`{option['alias']}`" if option["alias"] else ""
    default = f"`{option['default']}`" if option["default"] != "" else ""
    doc = f"{option['doc']} Secret." if option["secret"] else option["doc"]
    kind = cell(option["type"])
    return f"| {short} | `{option['name']}` | {kind} | {cell(default)} | {cell(doc)} |"


def page(options: Iterable[Mapping[str, object]]) -> str:
    """The whole page."""
    table = list(options)
    unknown = {str(option["level"]) for option in table} - set(LEVELS)
    if unknown:
        sys.exit(f"gen_options: no heading for the levels {sorted(unknown)}")
    parts = [HEAD]
    for level, heading in LEVELS.items():
        rows = [row(option) for option in table if option["level"] == level]
        if rows:
            parts.append("\n".join([heading, "", *COLUMNS, *rows, ""]))
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Write or check the page; the exit status."""
    from fletching import _core

    text = page(_core.option_table())
    if "--check" in arguments:
        current = PAGE.read_text() if PAGE.exists() else ""
        if current != text:
            print(f"{PAGE.name} is not current: run tools/gen_options.py")
        return int(current != text)
    PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
