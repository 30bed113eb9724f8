# SPDX-License-Identifier: Apache-2.0
"""executemany: many rows of parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import fletching


@pytest.fixture(scope="module")
def go(go_secure: Any) -> Any:
    return go_secure("plain", flags=["-is-update", "right"], fresh=True)


@pytest.fixture
def connection(go: Any) -> Iterator[fletching.Connection]:
    """A connection on the Go server with an empty table `many`."""
    with fletching.connect(go.uri, autocommit=True) as connection:
        connection.execute("drop table if exists many")
        connection.execute("create table many (n bigint primary key, t text)")
        go.reset()
        yield connection


def count(connection: fletching.Connection) -> int:
    (row,) = connection.execute("select count(*) as n from many").fetchall()
    return int(row[0])


INSERT = "insert into many values (?, ?)"


def test_all_rows_go_in_one_call(go: Any, connection: fletching.Connection) -> None:
    cursor = connection.cursor()
    cursor.executemany(INSERT, [(i, str(i)) for i in range(1000)])
    assert cursor.rowcount == 1000
    assert cursor.description is None
    (put,) = go.events("DoPut/CommandPreparedStatementUpdate")
    assert (put["rows"], put["batches"]) == (1000, 1)
    assert count(connection) == 1000


def test_mappings_and_any_iterable(connection: fletching.Connection) -> None:
    cursor = connection.cursor()
    cursor.executemany(
        "insert into many values (:n, :t)", [{"n": 1, "t": "a"}, {"t": None, "n": 2}]
    )
    cursor.executemany(INSERT, ((n, "x") for n in range(3, 6)))
    cursor.executemany(INSERT, iter([[6, "y"]]))
    assert cursor.rowcount == 1
    assert count(connection) == 6


def test_no_rows_do_nothing(go: Any, connection: fletching.Connection) -> None:
    cursor = connection.cursor()
    cursor.executemany(INSERT, [])
    assert cursor.rowcount == 0
    assert go.state()["calls"] == {}


def test_no_rows_of_arrow_do_nothing(connection: fletching.Connection) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    nothing = pyarrow.schema([("n", "int64"), ("t", "string")]).empty_table()
    cursor = connection.cursor()
    cursor.executemany(INSERT, nothing)
    assert cursor.rowcount == 0
    assert count(connection) == 0


def test_a_bad_row_names_itself_and_nothing_is_sent(
    go: Any, connection: fletching.Connection
) -> None:
    cursor = connection.cursor()
    with pytest.raises(fletching.ProgrammingError, match=r"row 3: .*2 parameters"):
        cursor.executemany(INSERT, [(1, "a"), (2, "b"), (3,)])
    with pytest.raises(fletching.ProgrammingError, match=r"row 2: .*not int"):
        cursor.executemany(INSERT, [(1, "a"), 5])
    with pytest.raises(fletching.ProgrammingError, match=r"row 2: .*for t"):
        cursor.executemany(
            "insert into many values (:n, :t)", [{"n": 1, "t": "a"}, {"n": 2}]
        )
    assert "DoPut/CommandPreparedStatementUpdate" not in go.state()["calls"]
    assert count(connection) == 0


@pytest.mark.parametrize("rows", [None, 5, "ab", {"n": 1}])
def test_what_is_no_sequence_of_rows_is_refused(
    connection: fletching.Connection, rows: Any
) -> None:
    with pytest.raises(fletching.ProgrammingError, match="sequence of rows"):
        connection.cursor().executemany(INSERT, rows)


def test_a_query_takes_one_row(connection: fletching.Connection) -> None:
    cursor = connection.cursor()
    with pytest.raises(
        fletching.ProgrammingError, match="one row of parameters, not 2"
    ):
        cursor.executemany("select ? as a", [(1,), (2,)])
    assert cursor.executemany("select ? as a", [(1,)]).fetchall() == [(1,)]


def test_rows_that_fail_leave_none_on_a_server_that_is_atomic(
    connection: fletching.Connection,
) -> None:
    cursor = connection.cursor()
    with pytest.raises(fletching.DatabaseError, match=r"(?i)unique"):
        cursor.executemany(INSERT, [(1, "a"), (2, "b"), (1, "c")])
    assert count(connection) == 0


@pytest.mark.parametrize("engine", ["duckdb", "datafusion"])
def test_engines_take_many_rows(embedded: Any, engine: str) -> None:
    server = embedded(engine=engine)
    with fletching.connect(server.uri) as connection:
        cursor = connection.cursor()
        cursor.execute("create table many_of_engine (n bigint, t varchar)")
        try:
            cursor.executemany(
                "insert into many_of_engine values (?, ?)",
                [(i, None if i % 3 else str(i)) for i in range(500)],
            )
            connection.commit()
            cursor.execute("select count(*), count(t), sum(n) from many_of_engine")
            assert cursor.fetchall() == [(500, 167, 124_750)]
        finally:
            connection.rollback()
            cursor.execute("drop table many_of_engine")
            connection.commit()


def test_derby_takes_many_rows(derby: Any) -> None:
    with fletching.connect(derby("plain").uri, autocommit=True) as connection:
        cursor = connection.cursor()
        rows = [(f"many {i}", 5000 + i) for i in range(20)]
        try:
            cursor.executemany(
                "insert into intTable (keyName, value) values (?, ?)", rows
            )
            cursor.execute("select count(*) from intTable where value >= 5000")
            assert cursor.fetchall() == [(20,)]
        finally:
            cursor.execute("delete from intTable where value >= 5000")


# ---- servers that take one row ----


def test_row_by_row_where_the_server_binds_one(go_fresh: Any) -> None:
    server = go_fresh(flags=["-bind", "one", "-is-update", "right"])
    with fletching.connect(server.uri, autocommit=True, bind_rows="one") as connection:
        connection.execute("create table many (n bigint primary key, t text)")
        server.reset()
        cursor = connection.cursor()
        cursor.executemany(INSERT, [(1, "a"), (2, None), (3, "c")])
        assert cursor.rowcount == 3
        puts = server.events("DoPut/CommandPreparedStatementUpdate")
        assert [put["rows"] for put in puts] == [1, 1, 1]
        assert server.state()["counters"]["prepared opened"] == 1
        with pytest.raises(fletching.DatabaseError, match="row 2 of the parameters"):
            cursor.executemany(INSERT, [(4, "d"), (1, "again"), (5, "e")])
        assert count(connection) == 4  # the row before it has been run


def test_a_profile_says_that_the_server_binds_one(go_fresh: Any) -> None:
    server = go_fresh(flags=["-bind", "one"])
    options = {"profile": "clickhouse", "autocommit": True}
    with fletching.connect(server.uri, **options) as connection:
        connection.execute("create table many (n bigint primary key, t text)")
        cursor = connection.cursor()
        cursor.executemany(INSERT, [(1, "a"), (2, "b")])
        assert (cursor.rowcount, count(connection)) == (2, 2)


def test_a_server_that_binds_one_is_known_by_its_refusal(go_fresh: Any) -> None:
    """It refused before it ran anything, so the rows go one by one."""
    server = go_fresh(flags=["-bind", "one"])
    with fletching.connect(server.uri, autocommit=True) as connection:
        connection.execute("create table many (n bigint primary key, t text)")
        cursor = connection.cursor()
        with pytest.raises(fletching.DatabaseError, match="bind_rows=one"):
            cursor.executemany(INSERT, [(1, "a"), (2, "b")])


def test_literals_row_by_row(go_secure: Any) -> None:
    server = go_secure("plain")
    with fletching.connect(server.uri, autocommit=True, bind="client") as connection:
        connection.execute("drop table if exists many")
        connection.execute("create table many (n bigint primary key, t text)")
        cursor = connection.cursor()
        cursor.executemany(INSERT, [(1, "it's"), (2, None), (3, "?")])
        assert cursor.rowcount == 3
        found = connection.execute("select * from many order by n").fetchall()
        assert found == [(1, "it's"), (2, None), (3, "?")]
        with pytest.raises(fletching.DatabaseError, match="row 2 of the parameters"):
            cursor.executemany(INSERT, [(4, "d"), (1, "again")])


# ---- large ones ----


def test_rows_beyond_a_message_are_split(go_fresh: Any) -> None:
    server = go_fresh()  # takes 4 MiB, as gRPC's servers do
    with fletching.connect(server.uri, autocommit=True) as connection:
        connection.execute("create table many (n bigint primary key, t text)")
        text = "x" * 1000
        cursor = connection.cursor()
        cursor.executemany(INSERT, [(i, text) for i in range(10_000)])
        assert count(connection) == 10_000
        (put,) = server.events("DoPut/CommandPreparedStatementUpdate")
        assert put["largest"] <= 4 << 20


def test_seventy_thousand_rows_are_two_batches(
    go: Any, connection: fletching.Connection
) -> None:
    cursor = connection.cursor()
    cursor.executemany(INSERT, [(i, None) for i in range(70_000)])
    assert cursor.rowcount == 70_000
    (put,) = go.events("DoPut/CommandPreparedStatementUpdate")
    assert (put["rows"], put["batches"]) == (70_000, 2)
