# SPDX-License-Identifier: Apache-2.0
"""C++ tests that fork have Fork in their names: ThreadSanitizer's run leaves them out.

It cannot follow a child of a threaded process (it dies in one that starts threads).
"""

from __future__ import annotations

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[2]
FILES = sorted([*ROOT.glob("src/**/*_test.cc"), *ROOT.glob("tests/**/*_test.cc")])
TEST = re.compile(r"^TEST\w*\(\s*(\w+),\s*(\w+)\)")
FUNCTION = re.compile(r"^[\w:<>*& ]*?\b(\w+)\([^;]*$")


def blocks(text: str) -> dict[str, str]:
    """Test and function names at the beginning of a line, and their bodies."""
    found: dict[str, str] = {}
    name = None
    for line in text.splitlines():
        test = TEST.match(line)
        function = FUNCTION.match(line)
        if test:
            name = f"{test[1]}.{test[2]}"
        elif function and not line.startswith((" ", "}", "#", "/")):
            name = function[1]
        if name is not None:
            found[name] = found.get(name, "") + line + "\n"
        if line.startswith("}"):
            name = None
    return found


def forking_tests(text: str) -> set[str]:
    """Those that call fork(), themselves or through functions of the file."""
    bodies = blocks(text)
    guilty = {name for name, body in bodies.items() if "::fork()" in body}
    while True:
        calls = re.compile(rf"\b(?:{'|'.join(map(re.escape, guilty)) or '$^'})\(")
        more = {name for name, body in bodies.items() if calls.search(body)}
        if more <= guilty:
            return {name for name in guilty if "." in name}
        guilty |= more


def test_it_finds_them() -> None:
    text = "int help(int x) {\n  ::fork();\n}\nTEST(A, B) {\n  help(1);\n}\n"
    assert forking_tests(text + "TEST(A, C) {\n}\n") == {"A.B"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_cpp_tests_that_fork_say_so(file: pathlib.Path) -> None:
    silent = {name for name in forking_tests(file.read_text()) if "ork" not in name}
    assert silent == set()


def test_threadsanitizer_leaves_them_out() -> None:
    script = (ROOT / "scripts/test").read_text()
    assert "GTEST_FILTER='-*Fork*:*fork*'" in script
    assert any(forking_tests(file.read_text()) for file in FILES)
