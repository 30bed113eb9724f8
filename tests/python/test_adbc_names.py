# SPDX-License-Identifier: Apache-2.0
"""Code written for ADBC's Flight SQL driver for Python, on both drivers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import adbc_driver_flightsql.dbapi
import adbc_driver_manager.dbapi
import pyarrow as pa
import pytest

import fletching

OPENERS: dict[str, Callable[[str], Any]] = {
    "fletching": fletching.connect,
    "adbc": lambda uri: adbc_driver_flightsql.dbapi.connect(uri, autocommit=True),
}


@pytest.fixture(params=OPENERS)
def cursor(request: Any, embedded: Any) -> Iterator[Any]:
    server = embedded(engine="duckdb")
    with OPENERS[request.param](server.uri) as connection, connection.cursor() as it:
        yield it


def test_columns_of_a_query_and_of_its_parameters(cursor: Any) -> None:
    query = "select 40 + cast(? as integer) as answer"
    assert cursor.adbc_execute_schema("select 1 as one").names == ["one"]
    parameters = cursor.adbc_prepare(query)
    assert parameters is None or len(parameters) == 1
    cursor.execute(query, (2,))
    assert cursor.fetchallarrow() == pa.table({"answer": pa.array([42], pa.int32())})


def test_partitions(cursor: Any) -> None:
    parts, schema = cursor.adbc_execute_partitions("select 7 as n")
    assert schema.names == ["n"]
    rows = []
    for part in parts:
        cursor.adbc_read_partition(part)
        rows += cursor.fetchall()
    assert rows == [(7,)]


def test_cancel_while_nothing_runs(cursor: Any) -> None:
    cursor.adbc_cancel()
    cursor.execute("select 1 as n")
    assert cursor.next() == (1,)
    with pytest.raises(StopIteration):
        cursor.next()


def test_cursors_have_all_of_adbcs_names() -> None:
    theirs = {n for n in dir(adbc_driver_manager.dbapi.Cursor) if n[0] != "_"}
    # What belongs to the driver manager; scripts of several statements, which a
    # server may take by execute(); `arraysize` is set when a cursor is made.
    without = {"adbc_statement", "executescript", "arraysize"}
    assert theirs - without <= set(dir(fletching.Cursor))
