# SPDX-License-Identifier: Apache-2.0
"""Harlequin's headless client and catalog over our adapter, as the guide shows it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import venvs

GUIDE = Path(__file__).parents[2] / "docs/guides/sqlalchemy.md"
SITE = sysconfig.get_path("purelib")


@pytest.fixture
def run(embedded: Any, tmp_path: Path) -> Callable[..., Any]:
    """A function that runs code with Harlequin's packages; {address} is a server's."""
    address = embedded(engine="duckdb").uri.partition("://")[2]

    def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        words = [word.replace("localhost:31337", address) for word in arguments]
        start = f"import sys; sys.path.append({SITE!r})\n"
        return subprocess.run(
            [venvs.interpreter("harlequin"), "-c", start + code, *words],
            env={**os.environ, "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )

    return run


def test_hsql(run: Callable[..., Any]) -> None:
    (line,) = re.findall(r"^hsql (.*)$", GUIDE.read_text(), re.MULTILINE)
    done = run("from harlequin.hsql import main; main()", *shlex.split(line))
    assert (done.returncode, done.stdout.split()) == (0, ["answer", "42"]), done.stderr
    wrong = line.replace("40 + 2 as answer", "nonsense")
    done = run("from harlequin.hsql import main; main()", *shlex.split(wrong))
    assert done.returncode != 0
    assert "nonsense" in done.stderr


CATALOG = """
from fletching._harlequin import Adapter
connection = Adapter([sys.argv[1]]).connect()
connection.execute("create or replace table of_harlequin (n bigint, t varchar)")
cursor = connection.execute("select range n, 'x' s from range(100000)")
print(cursor.columns(), cursor.set_limit(5).fetchall().num_rows)
for schema in connection.get_catalog().items:
    for table in schema.children:
        if table.label == "of_harlequin":
            print(table.qualified_identifier)
            print([(column.label, column.type_label) for column in table.children])
connection.execute("drop table of_harlequin")
connection.close()
"""


def test_the_catalog_and_a_limit(run: Callable[..., Any]) -> None:
    done = run(CATALOG, "gizmosql+flightsql://localhost:31337?insecure=true")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "[('n', '##'), ('s', 's')] 5",
        "main.of_harlequin",
        "[('n', '##'), ('t', 's')]",
    ]
