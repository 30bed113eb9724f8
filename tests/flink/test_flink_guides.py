# SPDX-License-Identifier: Apache-2.0
"""What stands in the guides of Flink runs, line by line."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import Any

import pytest
from flink_help import PROGRAM, url_of
from pages import DOCS, blocks_of

PRINTED = "flink+http://127.0.0.1:8083"


@pytest.mark.parametrize(
    ("page", "prints"),
    [
        ("flink-start", [r"\('a', 2\)", r"\('b', 1\)"]),
        ("flink-streaming", [r"^\+I \('a', 1\)$", r"^\+U \('a', 2\)$"]),
    ],
)
def test_the_first_example_of_a_guide(
    flink: Any, page: str, prints: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    block = blocks_of(DOCS / f"guides/{page}.md")[0]
    assert PRINTED in block
    exec(compile(block.replace(PRINTED, url_of(flink())), page, "exec"), {})
    shown = capsys.readouterr().out
    for line in prints:
        assert re.search(line, shown, re.MULTILINE), shown


def test_the_command_lines_of_the_start(flink: Any) -> None:
    text = (DOCS / "guides/flink-start.md").read_text().replace("\\\n", "")
    lines = re.findall(r"^    fletching (query .*)$", text, re.MULTILINE)
    assert len(lines) == 2
    for line in lines:
        words = shlex.split(line.replace(PRINTED, url_of(flink())))
        done = subprocess.run(
            [PROGRAM, *words], capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
    assert {"a,2", "b,1"} <= {"".join(row.split()) for row in done.stdout.splitlines()}
