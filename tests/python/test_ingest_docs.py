# SPDX-License-Identifier: Apache-2.0
"""What docs/ingest.md shows works as it stands there."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
from pages import DOCS, blocks_of

import fletching

pa = pytest.importorskip("pyarrow")
import pyarrow.parquet  # noqa: E402

PAGE = DOCS / "ingest.md"
URL = "grpc://127.0.0.1:31337"


def test_the_python(server: Any, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    try:
        for block in blocks_of(PAGE):
            exec(block.replace(URL, server.uri), names)
        connection = names["connection"]
        (count,) = connection.execute("select count(*) from cities").fetchone()
        assert count == 4
        years = connection.execute("from years order by year").fetchall()
        assert years == [(year, 1000) for year in range(2013, 2023)]
        assert capsys.readouterr().out.splitlines()[-1].startswith("10,000 rows, ")
    finally:
        if "connection" in names:
            names["connection"].close()
        with fletching.connect(server.uri, autocommit=True) as connection:
            for table in ("cities", "numbers", "years"):
                connection.execute(f"drop table if exists {table}")


def test_the_command_line(server: Any, tmp_path: Path) -> None:
    flights = pa.table({"carrier": ["UA", None], "n": [1, 2]})
    (tmp_path / "flights.csv").write_text("carrier,n\nUA,1\nNA,2\n")
    pyarrow.parquet.write_table(flights, tmp_path / "more.parquet")
    program = shutil.which("fletching", path=sysconfig.get_path("scripts"))
    assert program, "run scripts/setup"
    (console,) = blocks_of(PAGE, "console")
    try:
        for line in console.splitlines():
            command = line.removeprefix("$ fletching").replace(URL, server.uri)
            subprocess.run(program + command, shell=True, cwd=tmp_path, check=True)
        with fletching.connect(server.uri) as connection:
            rows = connection.execute("from flights_again order by n").fetchall()
        assert rows == [("UA", 1), ("UA", 1), (None, 2), (None, 2)]
    finally:
        with fletching.connect(server.uri, autocommit=True) as connection:
            for table in ("flights", "flights_again"):
                connection.execute(f"drop table if exists {table}")
