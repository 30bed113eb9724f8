#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write docs/reference/cpp/ from the headers in include/fletching/.

A page a header: what its first comment says, then each declaration under its name with
the comment before it. What is private or only for the library itself is left out.

With --check nothing is written: the exit status says whether the pages are current. A
folder as the last argument is another checkout.
"""

from __future__ import annotations

import pathlib
import re
import sys
from collections.abc import Iterator, Mapping
from typing import NamedTuple

WRITTEN = "<!-- Written by tools/gen_cpp_reference.py from include/fletching/{}. -->"
INDEX = """\
# The C++ API

<!-- Written by tools/gen_cpp_reference.py from include/fletching/. -->

C++20. `cmake --install` puts the library and these headers where
`find_package(fletching)` finds the target `fletching::fletching`;
[examples/cpp](../../../examples/cpp/main.cc) queries, binds, writes and streams.
Everything is in the namespace `fletching`, and every failure is a `fletching::Error`.

| header | for |
| --- | --- |
"""
# Members that faces alone can use: State is complete inside the library only.
INTERNAL = re.compile(
    r" *(?:struct State;|explicit \w+\(std::shared_ptr<State> \w+\);|friend .*)\n"
)
PRIVATE = re.compile(r"\n private:\n(?:.*\n)*?(?=};| public:)")
NAMES = (
    re.compile(r"(?:enum class|class|struct)\s+(\w+)[^;]*\{"),
    re.compile(r"using (\w+) ="),
    re.compile(r"#define (\w+)"),
    re.compile(r"(\w+)\("),
)
SKIPPED = re.compile(
    r"#(?!define \w+ )|namespace |extern |}  //|(?:struct|class) \w+;$"
)


class Declaration(NamedTuple):
    name: str
    comment: str
    code: str


class Header(NamedTuple):
    file: str
    purpose: str
    declarations: list[Declaration]


def prose(lines: list[str]) -> str:
    """The text of lines of comment, one paragraph a run of lines without a blank."""
    texts = [line.strip().removeprefix("//").strip() for line in lines]
    paragraphs = "\n".join(texts).split("\n\n")
    # What stands for itself in a line would be read as markup.
    return "\n\n".join(re.sub(r"(?<!`)([*_<])", r"\\\1", p) for p in paragraphs)


def blocks(text: str) -> Iterator[tuple[list[str], str]]:
    """Each declaration with the lines of comment right before it."""
    comment: list[str] = []
    code: list[str] = []
    depth = 0
    for line in text.splitlines():
        bare = line.partition("//")[0]
        if not code and (not line.strip() or SKIPPED.match(line)):
            comment = []
        elif not code and line.startswith("//"):
            comment.append(line)
        else:
            code.append(line)
            depth += bare.count("{") - bare.count("}")
            if depth == 0 and (bare.rstrip().endswith(";") or line.startswith("#")):
                yield comment, "\n".join(code) + "\n"
                comment, code = [], []
    if code:
        raise ValueError(f"a declaration without an end: {code[0]}")


def name_of(code: str) -> str:
    for pattern in NAMES:
        found = pattern.search(re.sub(r"\[\[.*?\]\]|//.*", "", code))
        if found:
            return found[1]
    raise ValueError(f"a declaration without a name: {code}")


def read(path: pathlib.Path) -> Header:
    text = path.read_text()
    before, _, after = text.partition("#pragma once\n")
    purpose = prose(before.splitlines()[1:])
    declarations = []
    for comment, code in blocks(after):
        shown = INTERNAL.sub("", PRIVATE.sub("\n", code))
        shown = re.sub(r"\n+(?=};)", "\n", shown)
        declarations.append(Declaration(name_of(code), prose(comment), shown))
    return Header(path.name, purpose, declarations)


def page(header: Header) -> str:
    lines = [f"# fletching/{header.file}", "", WRITTEN.format(header.file), ""]
    lines += [header.purpose, ""]
    for name, comment, code in header.declarations:
        lines += [f"## {name}", ""]
        if comment:
            lines += [comment, ""]
        lines += ["```cpp", code.rstrip(), "```", ""]
    return "\n".join(lines)


def index(headers: list[Header]) -> str:
    rows = []
    for header in headers:
        first = re.split(r"(?<=[a-z)])[.:](?:\s|$)", header.purpose, maxsplit=1)[0]
        link = pathlib.Path(header.file).with_suffix(".md")
        rows.append(f"| [{header.file}]({link}) | {' '.join(first.split())} |\n")
    return INDEX + "".join(rows)


def pages(root: pathlib.Path) -> dict[pathlib.Path, str]:
    folder = root / "docs/reference/cpp"
    headers = [read(path) for path in sorted(root.glob("include/fletching/*.h"))]
    out = {folder / "README.md": index(headers)}
    for header in headers:
        out[folder / pathlib.Path(header.file).with_suffix(".md")] = page(header)
    return out


def out_of_date(wanted: Mapping[pathlib.Path, str]) -> list[pathlib.Path]:
    folder = next(iter(wanted)).parent
    surplus = set(folder.glob("*.md")) - set(wanted)
    changed = {
        p for p, text in wanted.items() if not p.exists() or p.read_text() != text
    }
    return sorted(surplus | changed)


def main(arguments: list[str]) -> int:
    """Check or write; the exit status."""
    folders = [argument for argument in arguments if not argument.startswith("-")]
    here = pathlib.Path(__file__).resolve().parent.parent
    wanted = pages(pathlib.Path(folders[0]) if folders else here)
    stale = out_of_date(wanted)
    if "--check" in arguments:
        for path in stale:
            print(f"{path.name} is not current: run tools/gen_cpp_reference.py")
        return int(bool(stale))
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path in wanted:
            path.write_text(wanted[path])
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
