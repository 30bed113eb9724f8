# SPDX-License-Identifier: Apache-2.0
"""Cancelling from another thread, time limits: the server is told, nothing hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import fletching

# Rows without end for SQLite, slow enough to be caught.
ENDLESS = (
    "with recursive r(n) as (select 1 union all select n + 1 from r) select n from r"
)


@pytest.fixture(scope="module")
def go(go_secure: Any) -> Any:
    return go_secure("plain", fresh=True)


@pytest.fixture
def server(go: Any) -> Any:
    go.reset()
    return go


@pytest.fixture
def connection(server: Any) -> Iterator[fletching.Connection]:
    with fletching.connect(server.uri) as connection:
        yield connection


def seconds_of(call: Callable[[], object]) -> float:
    start = time.monotonic()
    call()
    return time.monotonic() - start


def later(seconds: float, call: Callable[[], object]) -> threading.Timer:
    timer = threading.Timer(seconds, call)
    timer.start()
    return timer


def eventually(check: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(0.05)
    return False


# ---- cancel ----


def test_cancel_during_fetch_tells_the_server(
    server: Any, connection: fletching.Connection
) -> None:
    cursor = connection.execute(f"/* each:20ms */ {ENDLESS}")
    timer = later(0.3, cursor.cancel)
    with pytest.raises(fletching.OperationalError) as caught:
        cursor.fetchall()
    timer.join()
    assert (caught.value.code, caught.value.sqlstate) == ("CANCELLED", "57014")
    assert eventually(lambda: server.state()["open"]["queries"] == {})
    assert eventually(lambda: "DoAction/CancelFlightInfo" in server.state()["calls"])
    # The cursor and its connection are as good as before.
    assert cursor.execute("select 1 as n").fetchall() == [(1,)]


@pytest.mark.parametrize("fetched", [0, 1])
def test_cancel_between_two_calls_tells_the_server_at_the_next(
    server: Any, connection: fletching.Connection, fetched: int
) -> None:
    cursor = connection.execute(f"/* each:20ms */ {ENDLESS}")
    cursor.fetchmany(fetched)
    cursor.cancel()
    with pytest.raises(fletching.OperationalError) as caught:
        cursor.fetchall()
    assert (caught.value.code, caught.value.sqlstate) == ("CANCELLED", "57014")
    # The cursor is still open and nothing else was asked for.
    assert eventually(lambda: server.state()["open"]["queries"] == {})
    assert eventually(lambda: "DoAction/CancelFlightInfo" in server.state()["calls"])
    assert cursor.execute("select 1 as n").fetchall() == [(1,)]


def test_cancel_before_an_arrow_stream_is_read_tells_the_server(
    server: Any, connection: fletching.Connection
) -> None:
    cursor = connection.execute(f"/* each:20ms */ {ENDLESS}")
    cursor.cancel()
    stream = cursor.fetch_arrow()
    with pytest.raises(fletching.OperationalError) as caught:
        stream.to_pyarrow()
    assert caught.value.sqlstate == "57014"
    assert eventually(lambda: server.state()["open"]["queries"] == {})
    assert eventually(lambda: "DoAction/CancelFlightInfo" in server.state()["calls"])


@pytest.mark.parametrize("where", ["info", "first"])
def test_cancel_during_execute(
    server: Any, connection: fletching.Connection, where: str
) -> None:
    cursor = connection.cursor()
    timer = later(0.3, cursor.cancel)
    with pytest.raises(fletching.OperationalError) as caught:
        cursor.execute(f"select 1 as n /* {where}:30s */")
    timer.join()
    assert caught.value.sqlstate == "57014"
    assert cursor.execute("select 1 as n").fetchall() == [(1,)]


def test_cancel_of_a_connection_ends_all_its_statements(
    connection: fletching.Connection,
) -> None:
    outcomes: list[str] = []

    def run() -> None:
        try:
            connection.execute("select 1 as n /* first:30s */")
        except fletching.OperationalError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    connection.cancel()
    for thread in threads:
        thread.join(10)
    assert outcomes == ["CANCELLED"] * 3
    assert connection.execute("select 1 as n").fetchall() == [(1,)]


def test_cancel_is_without_effect_on_what_comes_later(
    connection: fletching.Connection,
) -> None:
    cursor = connection.cursor()
    cursor.cancel()
    connection.cancel()
    cursor.execute("select 1 as n")
    assert cursor.fetchall() == [(1,)]
    cursor.cancel()
    assert cursor.execute("select ? as n", [2]).fetchall() == [(2,)]


def test_cancel_of_a_bound_query(server: Any, connection: fletching.Connection) -> None:
    cursor = connection.cursor()
    timer = later(0.3, cursor.cancel)
    with pytest.raises(fletching.OperationalError) as caught:
        cursor.execute("select ? as n /* first:30s */", [1])
    timer.join()
    assert caught.value.sqlstate == "57014"
    assert cursor.execute("select ? as n", [2]).fetchall() == [(2,)]


def test_cancel_asks_by_cancel_query_where_cancel_flight_info_is_unknown(
    go_fresh: Any,
) -> None:
    server = go_fresh(flags=["-fail", "CancelFlightInfo=UNIMPLEMENTED"])
    with fletching.connect(server.uri) as connection:
        for _ in range(2):
            cursor = connection.execute(f"/* each:20ms */ {ENDLESS}")
            timer = later(0.2, cursor.cancel)
            with pytest.raises(fletching.OperationalError):
                cursor.fetchall()
            timer.join()
        assert eventually(lambda: server.state()["open"]["queries"] == {})
        # The stream's reset may be seen before the action that went with it.
        assert eventually(lambda: server.state()["calls"]["DoAction/CancelQuery"] == 2)
        # Once is enough.
        assert server.state()["calls"]["DoAction/CancelFlightInfo"] == 1


def test_a_server_that_cannot_cancel_is_left(go_fresh: Any) -> None:
    flags = [
        "-fail",
        "CancelFlightInfo=UNIMPLEMENTED",
        "-fail",
        "CancelQuery=UNIMPLEMENTED",
    ]
    server = go_fresh(flags=flags)
    with fletching.connect(server.uri) as connection:
        cursor = connection.execute(f"/* each:20ms */ {ENDLESS}")
        timer = later(0.2, cursor.cancel)
        with pytest.raises(fletching.OperationalError) as caught:
            cursor.fetchall()
        timer.join()
        assert caught.value.sqlstate == "57014"
        assert eventually(lambda: server.state()["open"]["queries"] == {})


def test_a_result_that_is_dropped_is_cancelled_with_the_next_call(
    server: Any, connection: fletching.Connection
) -> None:
    cursor = connection.execute(f"/* each:20ms */ {ENDLESS}")
    cursor.fetchone()
    cursor.close()
    connection.execute("select 1 as n").fetchall()
    assert eventually(lambda: server.state()["open"]["queries"] == {})


def test_close_of_the_connection_ends_what_runs(
    server: Any, connection: fletching.Connection
) -> None:
    outcomes: list[str] = []

    def run() -> None:
        try:
            connection.execute("select 1 as n /* first:30s */").fetchall()
        except fletching.Error as error:
            outcomes.append(error.code)

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.3)
    assert seconds_of(connection.close) < 5
    thread.join(10)
    assert outcomes == ["CANCELLED"]


@pytest.mark.parametrize("engine", ["duckdb", "datafusion"])
def test_engines_stop_what_is_cancelled(embedded: Any, engine: str) -> None:
    server = embedded(engine=engine)
    source = "range" if engine == "duckdb" else "generate_series"
    column = "range" if engine == "duckdb" else "value"
    sql = (
        f"select count(*) from {source}(1, 10000000) a, {source}(1, 10000000) b"
        f" where a.{column} * b.{column} % 7 = 3"
    )
    with fletching.connect(server.uri) as connection:
        cursor = connection.cursor()
        timer = later(0.5, cursor.cancel)
        with pytest.raises(fletching.OperationalError) as caught:
            cursor.execute(sql)
        timer.join()
        assert caught.value.sqlstate == "57014"
        assert connection.execute("select 1 as n").fetchall() == [(1,)]


# ---- time limits ----


@pytest.mark.parametrize(
    ("options", "sql"),
    [
        ({"query_timeout": 0.3}, "select 1 as n /* info:30s */"),
        ({"fetch_timeout": 0.3}, "select 1 as n /* first:30s */"),
        ({"timeout": 0.3}, "select 1 as n /* info:30s */"),
        ({"timeout": 0.3}, "select 1 as n /* first:30s */"),
        ({"timeout": 0.3}, f"/* each:50ms */ {ENDLESS}"),
        ({"fetch_timeout": 0.3}, f"/* each:50ms */ {ENDLESS}"),
        ({"first_byte_timeout": 0.3}, "select 1 as n /* info:30s */"),
        ({"idle_timeout": 0.3}, f"/* each:1s */ {ENDLESS}"),
    ],
    ids=str,
)
def test_each_limit_ends_what_it_limits(
    server: Any, options: dict[str, Any], sql: str
) -> None:
    with fletching.connect(server.uri, **options) as connection:
        start = time.monotonic()
        with pytest.raises(fletching.OperationalError) as caught:
            connection.execute(sql).fetchall()
        assert 0.25 < time.monotonic() - start < 5
        assert (caught.value.code, caught.value.sqlstate) == ("TIMEOUT", "HYT00")
        assert connection.execute("select 1 as n").fetchall() == [(1,)]
    assert eventually(lambda: server.state()["open"]["queries"] == {})


def test_the_fetch_limit_does_not_count_between_two_statements(server: Any) -> None:
    with fletching.connect(server.uri, fetch_timeout=1) as connection:
        for _ in range(3):
            assert connection.execute("select 1 as n").fetchall() == [(1,)]
            time.sleep(0.5)


def test_the_update_limit(server: Any) -> None:
    with fletching.connect(server.uri, autocommit=True) as writer:
        writer.execute("create table if not exists limited (n bigint)")
        writer.begin()
        writer.execute("insert into limited values (1)")
        with fletching.connect(
            server.uri, autocommit=True, update_timeout=0.3
        ) as other:
            # SQLite has one writer, so this one waits or is refused; it never hangs.
            start = time.monotonic()
            with pytest.raises(fletching.OperationalError):
                other.execute("insert into limited values (2)")
            assert time.monotonic() - start < 10
        writer.rollback()


def test_options_of_a_cursor_and_of_a_connection(server: Any) -> None:
    with fletching.connect(server.uri) as connection:
        cursor = connection.cursor()
        cursor.set_option("query_timeout", 0.2)
        with pytest.raises(fletching.OperationalError):
            cursor.execute("select 1 as n /* info:30s */")
        found = connection.execute("select 1 as n /* info:400ms */").fetchall()
        assert found == [(1,)]
        connection.set_option("query_timeout", 0.2)
        with pytest.raises(fletching.OperationalError):
            connection.execute("select 1 as n /* info:30s */")
