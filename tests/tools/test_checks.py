# SPDX-License-Identifier: Apache-2.0
"""tools/check_*.py find what they are for, and let the rest pass."""

from __future__ import annotations

import pathlib
import subprocess
import sys
from collections.abc import Callable

import pytest

TOOLS = pathlib.Path(__file__).parents[2] / "tools"


def check(name: str, root: pathlib.Path) -> tuple[int, str]:
    command = [sys.executable, str(TOOLS / f"check_{name}.py"), str(root)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return done.returncode, done.stdout


def write(root: pathlib.Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("src/base/a.cc", '#include "arrow/owned.h"'),
        ("src/base/a.cc", '#include "fletching/driver.h"'),
        ("src/arrow/a.h", '#include "transport/channel.h"'),
        ("src/transport/a.h", '  #  include "arrow/owned.h"'),
        ("src/backend/a.cc", '#include "flight/client.h"'),
        ("src/flight/a.cc", '#include "backend/backend.h"'),
        ("src/flightsql/a.cc", '#include "driver/options.h"'),
        ("src/driver/a_test.cc", '#include "cli/render.h"'),
        ("src/cli/a.cc", '#include "bindings/python/rows.h"'),
        ("src/bindings/python/a.cc", '#include "cli/render.h"'),
        ("src/flight/a.cc", '#include "wire.h"'),
        ("src/flight/a.cc", "#include <base/wait.h>"),
        ("src/flightsql/a.cc", "#include <protozero/pbf_reader.hpp>"),
        ("src/flight/a.cc", "#include <openssl/ssl.h>"),
        ("src/driver/a.cc", "#include <nghttp2/nghttp2.h>"),
        ("src/arrow/a.cc", "#include <Python.h>"),
        ("src/transport/a.cc", "  std::thread t([] {});"),
        ("src/driver/a.h", "std::jthread t_;"),
        ("src/flight/a.cc", "pthread_create(&t, nullptr, run, nullptr);"),
        ("include/fletching/error.h", '#include "fletching/driver.h"'),
    ],
)
def test_layers_refuses(tmp_path: pathlib.Path, file: str, line: str) -> None:
    write(tmp_path, file, f"// SPDX\n{line}\n")
    status, output = check("layers", tmp_path)
    assert status == 1
    assert output.startswith(f"{file}:2: ")


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("src/base/a.cc", '#include "fletching/error.h"'),
        ("src/flight/a.cc", '#include "base/wait.h"'),
        ("src/flight/wire.cc", "#include <protozero/pbf_reader.hpp>"),
        ("src/flight/identity.cc", "#include <openssl/evp.h>"),
        ("src/arrow/a.cc", '#include "nanoarrow/nanoarrow.h"'),
        ("src/arrow/prefetcher.cc", "std::thread t([] {});"),
        ("src/transport/a_test.cc", "std::thread t([] {});"),
        ("src/transport/a.cc", "auto me = std::this_thread::get_id();"),
        ("src/transport/a.h", "std::thread::id owner_;"),
        ("src/transport/a.cc", "// never a std::thread here"),
        ("src/cli/a.cc", '#include "fletching/driver.h"'),
    ],
)
def test_layers_allows(tmp_path: pathlib.Path, file: str, line: str) -> None:
    write(tmp_path, file, f"// SPDX\n{line}\n")
    assert check("layers", tmp_path) == (0, "layers: 1 files, 0 offences\n")


def test_sizes(tmp_path: pathlib.Path) -> None:
    write(tmp_path, "README.md", "line\n" * 160)
    write(tmp_path, "src/a.cc", "line\n" * 700)
    write(tmp_path, "data.csv", "line\n" * 5000)
    assert check("sizes", tmp_path)[0] == 0
    write(tmp_path, "README.md", "line\n" * 161)
    write(tmp_path, "scripts/run", "line\n" * 701)
    status, output = check("sizes", tmp_path)
    assert status == 1
    assert "README.md: 161 lines" in output
    assert "scripts/run: 701 lines" in output


def test_words(tmp_path: pathlib.Path) -> None:
    licence = "// SPDX-License-Identifier: Apache-2.0\n"
    write(tmp_path, "src/good.cc", licence + "int x;\n")
    assert check("words", tmp_path)[0] == 0
    write(tmp_path, "src/bare.cc", "int x;\n")
    write(tmp_path, "src/blank.cc", licence + "int x; \n")
    write(tmp_path, "docs/a.md", "see https://py" + "pi.org/project/x\n")
    write(tmp_path, "docs/b.md", "in /ro" + "ot/x\n")
    status, output = check("words", tmp_path)
    assert status == 1
    offences = output.splitlines()[:-1]
    assert [line.split(":")[0] for line in offences] == [
        "docs/a.md",
        "docs/b.md",
        "src/bare.cc",
        "src/blank.cc",
    ]


HAZARDS = """
| # | hazard | what is built | tests |
| --- | --- | --- | --- |
| 1 | a | b | `Suite.Name`, `tests/test_a.py::test_a`, `scenario:early`, `fuzz:uri` |
| 2 | c | Not applicable yet: d. | none yet |
"""


COMPARISON = """
| feature | ours | theirs | test |
| --- | --- | --- | --- |
| a | yes | no | `Suite.Name` |
| b | no | yes | `tests/test_a.py::test_a`, `Suite.Name` |

| other | table |
| --- | --- |
| c | without tests |
"""


@pytest.fixture
def named(tmp_path: pathlib.Path) -> Callable[..., tuple[int, list[str]]]:
    """What the check says of these two pages."""
    write(tmp_path, "src/base/a_test.cc", "TEST_F(Suite,\n       Name) {\n}\n")
    write(tmp_path, "tests/test_a.py", "def test_a() -> None:\n    pass\n")
    write(tmp_path, "tests/fault/expectations.txt", "early at=get -> rows 3\n")
    write(tmp_path, "fuzz/uri_fuzz.cc", "")

    def look(hazards: str, comparison: str) -> tuple[int, list[str]]:
        write(tmp_path, "docs/design/hazards.md", hazards)
        write(tmp_path, "docs/comparison.md", comparison)
        status, output = check("named_tests", tmp_path)
        return status, [line.split(": ", 1)[1] for line in output.splitlines()[:-1]]

    return look


def test_hazards(named: Callable[..., tuple[int, list[str]]]) -> None:
    assert named(HAZARDS, COMPARISON) == (0, [])
    for there, gone in {
        "Suite.Name": "Suite.Nam",
        "::test_a": "::test_",
        "scenario:early": "scenario:earl",
        "fuzz:uri": "fuzz:url",
    }.items():
        status, found = named(HAZARDS.replace(there, gone), COMPARISON)
        assert status == 1
        assert len(found) == 1
        assert gone in found[0]
    assert named(HAZARDS.replace("| 2 |", "| 3 |"), COMPARISON)[0] == 1
    assert named(HAZARDS.replace("Not applicable yet", "Later"), COMPARISON)[0] == 1


def test_the_comparison(named: Callable[..., tuple[int, list[str]]]) -> None:
    without = COMPARISON.replace("| `Suite.Name` |", "| |")
    assert named(HAZARDS, without) == (1, ["a: names no test"])
    gone = COMPARISON.replace("::test_a", "::test_")
    assert named(HAZARDS, gone) == (1, ["b: there is no test tests/test_a.py::test_"])
    assert named(HAZARDS, "# Comparison\n")[0] == 1
