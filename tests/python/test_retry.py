# SPDX-License-Identifier: Apache-2.0
"""What is sent again when a server is away for a moment, and what never is."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

import fletching


@pytest.fixture(scope="module")
def go(go_secure: Any) -> Any:
    return go_secure("plain", flags=["-is-update", "right"], fresh=True)


@pytest.fixture
def server(go: Any) -> Iterator[Any]:
    go.reset()
    with fletching.connect(go.uri, autocommit=True) as connection:
        connection.execute("drop table if exists t")
        connection.execute("create table t (n bigint)")
    go.reset()
    yield go
    go.reset()


def connect(server: Any, **options: Any) -> fletching.Connection:
    return fletching.connect(server.uri, **{"autocommit": True, **options})


def rows_of(server: Any) -> int:
    server.reset()
    with connect(server) as connection:
        (row,) = connection.execute("select count(*) as n from t").fetchall()
    return int(row[0])


READS: list[tuple[str, Any]] = [
    ("select 1 as n", None),
    ("/* c */ select 1 as n;", None),
    ("with v as (select 1 as n) select n from v", None),
    ("values (1)", None),
    ("select ? as n", [1]),
]


@pytest.mark.parametrize("call", ["GetFlightInfo", "DoGet"])
@pytest.mark.parametrize(("sql", "values"), READS)
def test_reads_are_sent_again(server: Any, call: str, sql: str, values: Any) -> None:
    server.fail(f"{call}=UNAVAILABLE,times=2")
    with connect(server) as connection:
        assert connection.execute(sql, values).fetchall() == [(1,)]


def test_preparing_a_read_is_tried_again(server: Any) -> None:
    server.fail("CreatePreparedStatement=UNAVAILABLE,times=1")
    with connect(server) as connection:
        assert connection.execute("select ? as n", [1]).fetchall() == [(1,)]


def test_pauses_grow_and_the_number_of_tries_is_an_option(server: Any) -> None:
    server.fail("GetFlightInfo=UNAVAILABLE")
    with connect(server) as connection:
        start = time.monotonic()
        with pytest.raises(fletching.OperationalError, match="told to fail"):
            connection.execute("select 1 as n")
        assert 0.15 <= time.monotonic() - start < 3  # 50-100 ms, 100-200 ms
    assert server.state()["calls"]["GetFlightInfo/CommandStatementQuery"] == 3
    server.reset()
    server.fail("GetFlightInfo=UNAVAILABLE")
    with (
        connect(server, retries=0) as connection,
        pytest.raises(fletching.OperationalError),
    ):
        connection.execute("select 1 as n")
    assert server.state()["calls"]["GetFlightInfo/CommandStatementQuery"] == 1


def test_the_budget_ends_retries(server: Any) -> None:
    server.fail("GetFlightInfo=UNAVAILABLE")
    with connect(server, retries=100, retry_budget=0.5) as connection:
        start = time.monotonic()
        with pytest.raises(fletching.OperationalError):
            connection.execute("select 1 as n")
        assert time.monotonic() - start < 2
    assert server.state()["calls"]["GetFlightInfo/CommandStatementQuery"] > 1


WRITES: list[tuple[str, Any]] = [
    ("insert into t values (1)", None),
    ("insert into t values (?)", [1]),
    ("insert into t values (1) returning n", None),
    ("insert into t values (?) returning n", [1]),
    ("with v(n) as (select 1) insert into t select n from v", None),
    ("with v(n) as (select 1) insert into t select n from v returning n", None),
]


@pytest.mark.parametrize("after", ["", ",after=end"])
@pytest.mark.parametrize("call", ["GetFlightInfo", "DoGet", "DoPut"])
@pytest.mark.parametrize(("sql", "values"), WRITES)
def test_a_statement_that_may_have_run_is_never_sent_twice(
    server: Any, call: str, after: str, sql: str, values: Any
) -> None:
    server.fail(f"{call}=UNAVAILABLE,times=1{after}")
    # Where the call that fails is none of this statement's, nothing fails.
    with connect(server) as connection, contextlib.suppress(fletching.OperationalError):
        connection.execute(sql, values)
    counted = {
        name: count
        for name, count in server.state()["calls"].items()
        if name.startswith(("GetFlightInfo", "DoGet", "DoPut"))
    }
    assert set(counted.values()) <= {1}, counted
    assert rows_of(server) <= 1


@pytest.mark.parametrize("code", ["UNKNOWN", "INTERNAL", "ABORTED", "NOT_FOUND"])
def test_other_failures_are_final(server: Any, code: str) -> None:
    server.fail(f"GetFlightInfo={code},times=1")
    with connect(server) as connection, pytest.raises(fletching.DatabaseError):
        connection.execute("select 1 as n")
    assert server.state()["calls"]["GetFlightInfo/CommandStatementQuery"] == 1


def test_nothing_is_sent_again_within_a_transaction(server: Any) -> None:
    with connect(server, autocommit=False) as connection:
        connection.execute("insert into t values (1)")
        server.fail("GetFlightInfo=UNAVAILABLE,times=1")
        with pytest.raises(fletching.OperationalError):
            connection.execute("select 1 as n")
        connection.rollback()


def test_rows_that_were_given_out_are_never_read_again(server: Any) -> None:
    server.fail("DoGet=UNAVAILABLE,after=2,times=1")  # the schema and one batch
    sql = (
        "with recursive r(n) as (select 1 union all select n + 1 from r limit 5000)"
        " select n from r"
    )
    with connect(server) as connection:
        cursor = connection.execute(sql)
        with pytest.raises(fletching.OperationalError):
            cursor.fetchall()
    assert server.state()["calls"]["GetFlightInfo/CommandStatementQuery"] == 1


def test_a_text_in_doubt_is_sent_once_unless_all_is_read_only(server: Any) -> None:
    sql = "explain query plan select n from t"
    doubtful = 'select "delete" as n from (select 1 as "delete")'
    server.fail("GetFlightInfo=UNAVAILABLE,times=1")
    with connect(server) as connection:
        connection.execute(sql).fetchall()
    server.fail("GetFlightInfo=UNAVAILABLE,times=1")
    with connect(server, read_only=True) as connection:
        assert connection.execute(doubtful).fetchall() == [(1,)]


def test_another_location_is_tried(go_fresh: Any) -> None:
    server = go_fresh(
        flags=["-location", "grpc+tcp://127.0.0.1:1", "-location", "self"]
    )
    with fletching.connect(server.uri) as connection:
        assert connection.execute("select 1 as n").fetchall() == [(1,)]


def test_cancel_ends_a_pause(server: Any) -> None:
    server.fail("GetFlightInfo=UNAVAILABLE")
    with connect(server, retries=100, retry_budget=0) as connection:
        cursor = connection.cursor()
        timer = threading.Timer(0.5, cursor.cancel)
        timer.start()
        with pytest.raises(fletching.OperationalError) as caught:
            cursor.execute("select 1 as n")
        timer.join()
        assert caught.value.sqlstate == "57014"


def test_a_server_that_restarts_is_found_again(go_fresh: Any) -> None:
    """A connection that died while nothing was sent is no failure."""
    server = go_fresh()
    port = server.port
    with fletching.connect(server.uri, autocommit=True) as connection:
        assert connection.execute("select 1 as n").fetchall() == [(1,)]
        server.process.stop()
        again = go_fresh(flags=["-listen", f"127.0.0.1:{port}"])
        assert again.port == port
        connection.execute("create table after_restart (n bigint)")
