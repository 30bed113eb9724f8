# SPDX-License-Identifier: Apache-2.0
"""What only the Python face can show: Ctrl-C, exceptions, any order of closing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import fletching

from .conftest import FaultServer

WAITS = [
    "scenario:never",
    "scenario:never at=info",
    "scenario:never-after-headers",
    "scenario:stall",
    "scenario:half-open",
    "scenario:huge-claim",
    "insert into t values ('scenario:put-never')",
    "insert into t values ('scenario:put-stall')",
]


@contextmanager
def signal_after(seconds: float, number: int) -> Iterator[None]:
    timer = threading.Timer(seconds, os.kill, (os.getpid(), number))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def fetch(connection: fletching.Connection, sql: str) -> list[tuple[object, ...]]:
    return execute_and_fetch(connection.cursor(), sql)


def execute_and_fetch(cursor: fletching.Cursor, sql: str) -> list[tuple[object, ...]]:
    cursor.execute(sql)
    return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize("sql", WAITS)
def test_ctrl_c_surfaces_as_itself(server: FaultServer, sql: str) -> None:
    """KeyboardInterrupt comes out of any wait at once, and the connection goes on."""
    connection = fletching.connect(server.uri, autocommit=True)
    fetch(connection, "scenario:ok")
    begun = time.monotonic()
    with signal_after(0.3, signal.SIGINT), pytest.raises(KeyboardInterrupt):
        fetch(connection, sql)
    assert time.monotonic() - begun < 0.3 + 0.35
    assert len(fetch(connection, "scenario:ok")) == 3
    connection.close()


def test_a_signal_handler_runs_and_may_raise(server: FaultServer) -> None:
    class Alarm(Exception):
        pass

    def handler(number: int, frame: object) -> None:
        raise Alarm

    before = signal.signal(signal.SIGALRM, handler)
    try:
        connection = fletching.connect(server.uri, autocommit=True)
        with signal_after(0.2, signal.SIGALRM), pytest.raises(Alarm):
            fetch(connection, "scenario:stall")
        assert len(fetch(connection, "scenario:ok")) == 3
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_harmless_signal_does_not_end_the_wait(server: FaultServer) -> None:
    hits: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: hits.append(number))
    try:
        connection = fletching.connect(server.uri, autocommit=True)
        with signal_after(0.2, signal.SIGUSR1):
            assert len(fetch(connection, "scenario:slow ms=700")) == 3
        assert hits == [signal.SIGUSR1]
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize("sql", WAITS)
def test_cancel_from_another_thread(server: FaultServer, sql: str) -> None:
    connection = fletching.connect(server.uri, autocommit=True)
    cursor = connection.cursor()
    timer = threading.Timer(0.3, cursor.cancel)
    timer.start()
    begun = time.monotonic()
    with pytest.raises(fletching.OperationalError) as caught:
        execute_and_fetch(cursor, sql)
    timer.join()
    assert caught.value.code == "CANCELLED"
    assert caught.value.sqlstate == "57014"
    assert time.monotonic() - begun < 1.5
    begun = time.monotonic()
    assert len(fetch(connection, "scenario:ok")) == 3
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("sql", ["scenario:half-open", "scenario:stall"])
def test_ctrl_c_and_the_cursor_is_kept(server: FaultServer, sql: str) -> None:
    connection = fletching.connect(server.uri, autocommit=True)
    cursor = connection.cursor()
    with signal_after(0.3, signal.SIGINT), pytest.raises(KeyboardInterrupt):
        execute_and_fetch(cursor, sql)
    begun = time.monotonic()
    assert len(fetch(connection, "scenario:ok")) == 3
    assert time.monotonic() - begun < 3
    cursor.close()


def test_connect_and_one_query_are_two_rpcs(server: FaultServer) -> None:
    # An identity of its own: what others left to close does not ride with its calls.
    own = {"x-test": "two-rpcs"}
    with fletching.connect(server.uri, autocommit=True, headers=own) as connection:
        assert len(fetch(connection, "scenario:ok")) == 3
    assert server.rpcs() == 2
    assert server.count("connections") == 1


def test_an_update_has_run_when_execute_returns(server: FaultServer) -> None:
    connection = fletching.connect(server.uri, autocommit=True)
    sql = "create table t (a int) -- scenario:put-slow ms=300"
    connection.cursor().execute(sql)
    assert server.executions(sql) == 1
    assert server.rpcs("DoPut") == 1


def test_a_query_has_run_when_execute_returns(server: FaultServer) -> None:
    """Errors of the first message come out of execute, not out of fetch."""
    cursor = fletching.connect(server.uri, autocommit=True).cursor()
    with pytest.raises(fletching.ProgrammingError, match="no such table"):
        cursor.execute("scenario:error code=3")


def test_rows_before_an_error_are_not_the_whole(server: FaultServer) -> None:
    cursor = fletching.connect(server.uri, autocommit=True).cursor()
    cursor.execute("scenario:no-trailers")
    with pytest.raises(fletching.Error):
        cursor.fetchall()


def test_headers_go_with_every_rpc(server: FaultServer) -> None:
    prefix = "adbc.flight.sql.rpc.call_header."
    options = {f"{prefix}x-tenant": "green", f"{prefix}x-scenario": "auth-required"}
    connection = fletching.connect(
        server.uri,
        user="ada",
        password=f"pw-{time.time()}",
        autocommit=True,
        **options,
    )
    fetch(connection, "scenario:many-endpoints n=4 ms=1")
    fetch(connection, "insert into t values ('scenario:put-ok')")
    seen = server.requests()
    assert [r["method"] for r in seen][:2] == ["Handshake", "GetFlightInfo"]
    assert len(seen) == 7
    assert all(r["headers"].get("x-tenant") == "green" for r in seen)


def test_any_order_of_closing(server: FaultServer) -> None:
    connection = fletching.connect(server.uri, autocommit=True)
    cursor = connection.cursor()
    cursor.execute("scenario:endless")
    connection.close()
    cursor.close()
    with pytest.raises(fletching.Error):
        cursor.fetchone()
    other = fletching.connect(server.uri, autocommit=True)
    cursor = other.cursor()
    cursor.execute("scenario:endless")
    del other
    assert cursor.fetchone() is not None
    del cursor
    assert (
        len(fetch(fletching.connect(server.uri, autocommit=True), "scenario:ok")) == 3
    )


@pytest.mark.parametrize(
    "sql", ["scenario:stall", "scenario:endless", "scenario:half-open"]
)
def test_exit_in_the_middle(server: FaultServer, sql: str) -> None:
    """A program that just ends, with a thread in the middle of a wait, ends well."""
    code = (
        "import fletching, threading, time, sys\n"
        "c = fletching.connect(sys.argv[1])\n"
        "u = c.cursor(); u.execute(sys.argv[2])\n"
        "threading.Thread(target=u.fetchall, daemon=True).start()\n"
        "time.sleep(0.3)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, server.uri, sql],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Fatal Python error" not in done.stderr
