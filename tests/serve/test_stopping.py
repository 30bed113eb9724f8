# SPDX-License-Identifier: Apache-2.0
"""A query ends when its client asks, goes away, or the server stops."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.flight as flight
import pytest
from serving import Server
from sql_client import any_of, dec, enc

# Minutes of work in one step of the engine: no row comes before the end.
HEAVY = {
    "datafusion": "select count(*) from flights a cross join flights b"
    " where (a.distance * b.distance) % 7 = 3 and a.dep_time < b.arr_time",
    "duckdb": "select count(*) from range(1000000) a, range(1000000) b"
    " where a.range * b.range % 7 = 3",
}
# A hash join looks up between two batches of its input only.
MANY_MATCHES = {
    "datafusion": "select sum(a.distance * b.distance) from flights a join flights b"
    " on a.carrier = b.carrier",
    "duckdb": HEAVY["duckdb"],
}
ENDLESS = {
    "datafusion": "select sum(value) from range(1, 1000000000000)",
    "duckdb": "select sum(range) from range(10000000000000)",
}


@pytest.fixture(params=["datafusion", "duckdb"])
def busy(
    request: pytest.FixtureRequest, start_server: Callable[..., Server]
) -> tuple[Server, str]:
    """Start a server of its own for each test: CPU time is measured."""
    data = ["--data", "nycflights13"] if request.param == "datafusion" else []
    return start_server("--engine", request.param, *data), request.param


def _until_busy(server: Server, seconds: float = 0.5) -> None:
    start = server.cpu_seconds()
    deadline = time.monotonic() + 20
    while server.cpu_seconds() - start < seconds:
        assert time.monotonic() < deadline, "the query does not run"
        time.sleep(0.05)


class Reading(threading.Thread):
    """Reads a result in a thread and keeps how it ended."""

    def __init__(self, client: Any, info: flight.FlightInfo) -> None:
        super().__init__(daemon=True)
        self.client, self.info = client, info
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.client.read(self.info)
        except BaseException as error:
            self.error = error


def _cancel(client: Any, info: flight.FlightInfo) -> int:
    [answer] = client.action("CancelFlightInfo", enc(1, info.serialize()))
    return int(dec(answer)[1][0])


@pytest.mark.parametrize("queries", [HEAVY, MANY_MATCHES, ENDLESS])
def test_cancel_flight_info(busy: tuple[Server, str], queries: dict[str, str]) -> None:
    server, engine = busy
    client = server.client()
    info = client.query_info(queries[engine])
    reading = Reading(client, info)
    _until_busy(server)
    assert _cancel(server.client(), info) == 1
    reading.join(2)
    assert isinstance(reading.error, flight.FlightCancelledError)
    server.wait_idle(2.0)
    assert client.rows("select 1") == [(1,)]


def test_cancel_query_action(busy: tuple[Server, str]) -> None:
    server, engine = busy
    client = server.client()
    info = client.query_info(HEAVY[engine])
    reading = Reading(client, info)
    _until_busy(server)
    assert client.sql_action("CancelQuery", enc(1, info.serialize())) == {1: [1]}
    reading.join(2)
    assert reading.error is not None
    server.wait_idle(2.0)


def test_reset_stream(busy: tuple[Server, str]) -> None:
    server, engine = busy
    client = server.client()
    info = client.query_info(HEAVY[engine])
    options = flight.FlightCallOptions(timeout=6)
    before = server.cpu_seconds()
    with pytest.raises(flight.FlightTimedOutError):
        client.flight.do_get(info.endpoints[0].ticket, options).read_all()
    assert server.cpu_seconds() - before > 0.3
    server.wait_idle(2.0)
    assert client.rows("select 1") == [(1,)]


def test_a_killed_worker_is_an_error_not_an_end(
    start_server: Callable[..., Server],
) -> None:
    server = start_server("--data", "nycflights13")
    client = server.client()
    info = client.query_info(MANY_MATCHES["datafusion"])
    reading = Reading(client, info)
    deadline = time.monotonic() + 20
    while len(server.processes()) < 3:  # the server, the one that forks, the worker
        assert time.monotonic() < deadline, "no worker was forked"
        time.sleep(0.05)
    os.kill(server.processes()[-1], signal.SIGKILL)
    reading.join(20)
    assert isinstance(reading.error, pa.ArrowInvalid)
    assert "the query's process died" in str(reading.error)
    again = client.query_info("select count(*) from airlines a cross join airlines b")
    assert client.read(again).to_pydict() == {"count(*)": [256]}


def test_reset_in_the_middle_of_a_result(busy: tuple[Server, str]) -> None:
    server, engine = busy
    column = {"datafusion": "value", "duckdb": "range"}[engine]
    client = server.client()
    info = client.query_info(f"select {column} from range(0, 100000000000)")
    reader = client.flight.do_get(info.endpoints[0].ticket)
    assert reader.read_chunk().data.num_rows > 0
    reader.cancel()
    server.wait_idle(2.0)


def test_an_unread_result_waits_without_work(busy: tuple[Server, str]) -> None:
    server, engine = busy
    column = {"datafusion": "value", "duckdb": "range"}[engine]
    client = server.client()
    info = client.query_info(f"select {column} from range(0, 100000000000)")
    reader = client.flight.do_get(info.endpoints[0].ticket)
    reader.read_chunk()
    server.wait_idle(5.0)
    assert reader.read_chunk().data.num_rows > 0
    reader.cancel()


def test_long_update_ends_with_its_call(busy: tuple[Server, str]) -> None:
    server, engine = busy
    client = server.client()
    client.update("create table sink (a bigint)")
    source = ENDLESS[engine].replace("select sum", "select max")
    descriptor = flight.FlightDescriptor.for_command(
        any_of("CommandStatementUpdate", enc(1, f"insert into sink {source}"))
    )
    options = flight.FlightCallOptions(timeout=2)
    writer, reader = client.flight.do_put(descriptor, pa.schema([]), options)
    writer.done_writing()
    reader.read()
    with pytest.raises(flight.FlightTimedOutError):
        writer.close()
    server.wait_idle(2.0)
    assert client.rows("select count(*) from sink") == [(0,)]


def test_cancel_before_and_after(busy: tuple[Server, str]) -> None:
    server, _ = busy
    client = server.client()
    info = client.query_info("select 1")
    assert _cancel(client, info) == 1
    with pytest.raises(flight.FlightCancelledError):
        client.read(info)
    info = client.query_info("select 1")
    client.read(info)
    assert _cancel(client, info) == 3
    with pytest.raises(pa.ArrowInvalid):
        client.action("CancelFlightInfo", enc(1, b"\xff\xff"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_server_at_once(
    busy: tuple[Server, str], number: signal.Signals
) -> None:
    server, engine = busy
    client = server.client()
    reading = Reading(client, client.query_info(HEAVY[engine]))
    stuck = client.query_info("select 1 from range(0, 100000000000)")
    reader = client.flight.do_get(stuck.endpoints[0].ticket)
    reader.read_chunk()
    _until_busy(server)
    start = time.monotonic()
    server.process.send_signal(number)
    assert server.process.wait(10) == 0
    assert time.monotonic() - start < 3
    reading.join(5)
    assert reading.error is not None


def test_an_upload_that_its_client_gives_up_ends_alone(
    busy: tuple[Server, str],
) -> None:
    server, _ = busy
    schema = pa.schema([("a", pa.int64())])
    batch = pa.record_batch([pa.array(range(1000))], schema=schema)
    modes = enc(1, 1) + enc(2, 1)
    clients = [server.client() for _ in range(4)]
    # A look for the target among them takes so long that its call is gone meanwhile.
    for number in range(400):
        clients[0].update(f"create table many{number} (a int)")

    def upload(client: Any, descriptor: Any, options: Any) -> None:
        writer, reader = client.flight.do_put(descriptor, schema, options)
        writer.write_batch(batch)
        try:
            reader.read()  # the answer comes after our own end only
        finally:
            writer.close()

    def give_up(client: Any, name: str) -> None:
        for turn in range(15):
            body = enc(1, modes) + enc(2, f"{name}{turn}") + enc(5, 0)
            descriptor = flight.FlightDescriptor.for_command(
                any_of("CommandStatementIngest", body)
            )
            options = flight.FlightCallOptions(timeout=0.01 + 0.01 * turn)
            with pytest.raises((flight.FlightTimedOutError, pa.ArrowException)):
                upload(client, descriptor, options)

    threads = [
        threading.Thread(target=give_up, args=(client, f"t{index}_"))
        for index, client in enumerate(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert server.client().rows("select 1") == [(1,)]
    server.wait_idle(5.0)
