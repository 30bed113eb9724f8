# SPDX-License-Identifier: Apache-2.0
"""Our Go server's endpoints, polls, cancellations and failures."""

from __future__ import annotations

import datetime
import json
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.flight as flight
import pytest

from servers import raw, reference
from servers.launch import Server

Started = Callable[..., Server]
NUMBERS = """WITH RECURSIVE numbers(n) AS
    (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT {}) SELECT n FROM numbers"""
TEN = NUMBERS.format(10)
ENDLESS = NUMBERS.format(-1)
# One that is busy without an answer.
SILENT = ENDLESS + " WHERE n < 0"
UNSPECIFIED, CANCELLED, CANCELLING, NOT_CANCELLABLE = range(4)


@pytest.fixture
def server(go_fresh: Started) -> Server:
    """A server of the test's own."""
    return go_fresh()


@pytest.fixture
def client(server: Server) -> Iterator[flight.FlightClient]:
    """Plain Flight to it."""
    with flight.connect(server.uri) as one:
        yield one


def info_of(client: flight.FlightClient, sql: str) -> flight.FlightInfo:
    return client.get_flight_info(raw.descriptor(raw.query(sql)))


def values(client: flight.FlightClient, ticket: flight.Ticket) -> list[int]:
    column: list[int] = client.do_get(ticket).read_all().column(0).to_pylist()
    return column


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT NULL AS a", [(None,)]),
        ("SELECT NULL AS a UNION ALL SELECT 1", [(None,), (1,)]),
        ("SELECT x'00ff' AS a UNION ALL SELECT NULL", [(b"\0\xff",), (None,)]),
        ("SELECT 1.5 AS a, 'x' AS b", [(1.5, "x")]),
        ("SELECT keyName || 'x' AS a FROM intTable WHERE id > 3", [(None,)]),
        ("SELECT 1 AS a WHERE 0", []),
    ],
)
def test_expressions_and_nulls(
    client: flight.FlightClient, sql: str, expected: list[tuple[object, ...]]
) -> None:
    assert raw.rows(client, sql) == expected


def test_values_that_are_not_of_their_type(client: flight.FlightClient) -> None:
    """SQLite stores anything anywhere, and we say so."""
    sql = "UPDATE intTable SET value = 'text' WHERE id = 4"
    raw.put(client, raw.command("CommandStatementUpdate", (1, sql)))
    with pytest.raises(pa.ArrowException, match="column value: text is no int64"):
        raw.rows(client, "SELECT value FROM intTable")


@pytest.mark.parametrize("endpoints", [1, 3, 16])
def test_results_of_many_endpoints(client: flight.FlightClient, endpoints: int) -> None:
    info = info_of(client, TEN + f" /* endpoints:{endpoints} */")
    assert (len(info.endpoints), info.total_records) == (endpoints, 10)
    parts = [values(client, one.ticket) for one in info.endpoints]
    assert [n for part in parts for n in part] == list(range(1, 11))
    assert all(parts) is (endpoints < 10)


def test_endpoints_by_default(go_fresh: Started) -> None:
    server = go_fresh(flags=["-endpoints", "2", "-location", "grpc://127.0.0.1:1;self"])
    with flight.connect(server.uri) as client:
        info = info_of(client, TEN)
        assert len(info.endpoints) == 2
        for endpoint in info.endpoints:
            uris = [location.uri for location in endpoint.locations]
            assert uris == [b"grpc://127.0.0.1:1", server.uri.encode()]


def test_the_schema_of_a_flight_info(client: flight.FlightClient) -> None:
    reply = raw.fields(bytes(info_of(client, TEN).serialize()))
    assert reply.get(1, [b""]) == [b""]
    assert info_of(client, TEN + "/* schema */").schema.names == ["n"]
    schema = client.get_schema(raw.descriptor(raw.query(TEN))).schema
    assert (schema.names, schema.types) == (["n"], [pa.int64()])


class Poll:
    """PollFlightInfo by hand."""

    def __init__(self, server: Server, sql: str) -> None:
        """A query that was not polled yet."""
        self.server = server
        self.descriptor: bytes | None = raw.message((1, 2), (2, raw.query(sql)))

    def next(self) -> tuple[int, float | None]:
        """The number of endpoints and the progress that one more poll tells."""
        assert self.descriptor is not None
        answer = raw.unary(self.server.address, "PollFlightInfo", self.descriptor)
        assert answer is not None, self.server.events("PollFlightInfo")[-1]
        poll = raw.fields(answer)
        (self.info,) = poll[1]
        new = poll.get(2, [None])[0]
        assert new != self.descriptor
        assert new is None or isinstance(new, bytes)
        self.descriptor = new
        progress = poll.get(3)
        return len(raw.fields(self.info).get(3, [])), (  # type: ignore[arg-type]
            None if progress is None else float_of(progress[0])
        )


def float_of(value: int | bytes) -> float:
    assert isinstance(value, bytes)
    (number,) = struct.unpack("<d", value)
    return float(number)


def polled(server: Server, sql: str) -> tuple[Poll, list[tuple[int, float | None]]]:
    poll = Poll(server, sql)
    replies = [poll.next()]
    while poll.descriptor is not None:
        replies.append(poll.next())
    return poll, replies


@pytest.mark.parametrize(
    ("directive", "expected"),
    [
        ("", [(1, 1.0)]),
        ("/* poll:3 */", [(1, 1 / 3), (2, 2 / 3), (3, 1.0)]),
        ("/* poll:4 endpoints:2 */", [(0, 0.25), (1, 0.5), (1, 0.75), (2, 1.0)]),
        ("/* poll:3 progress:0.5,-,0.25 */", [(1, 0.5), (2, None), (3, 0.25)]),
    ],
)
def test_polls_grow(
    server: Server,
    client: flight.FlightClient,
    directive: str,
    expected: list[tuple[int, float | None]],
) -> None:
    poll, replies = polled(server, TEN + directive)
    assert [n for n, _ in replies] == [n for n, _ in expected]
    for (_, progress), (_, told) in zip(replies, expected, strict=True):
        assert progress == (None if told is None else pytest.approx(told))
    assert isinstance(poll.info, bytes)
    info = flight.FlightInfo.deserialize(poll.info)
    assert info.total_records == 10
    got = [n for one in info.endpoints for n in values(client, one.ticket)]
    assert got == list(range(1, 11))


def test_a_lost_poll_and_a_repeated_one(server: Server) -> None:
    poll = Poll(server, TEN + " /* poll:3 lost:2 */")
    assert poll.next()[0] == 1
    first = poll.descriptor
    assert first is not None
    assert raw.unary(server.address, "PollFlightInfo", first) is None
    assert server.events("PollFlightInfo")[-1]["code"] == "Unavailable"
    assert poll.next()[0] == 2
    poll.descriptor = first  # as if that answer had been lost
    assert poll.next()[0] == 3
    assert poll.descriptor is None


def test_a_stale_descriptor_is_refused(server: Server) -> None:
    poll = Poll(server, TEN + " /* poll:5 */")
    poll.next()
    first = poll.descriptor
    assert first is not None
    poll.next()
    poll.next()
    assert raw.unary(server.address, "PollFlightInfo", first) is None
    event = server.events("PollFlightInfo")[-1]
    assert event["code"] == "InvalidArgument"
    assert "stale" in event["error"]


def test_a_poll_whose_query_fails(server: Server) -> None:
    poll = Poll(server, "SELECT * FROM nowhere /* poll:3 */")
    assert poll.descriptor is not None
    assert raw.unary(server.address, "PollFlightInfo", poll.descriptor) is None
    assert "no such table" in server.events("PollFlightInfo")[-1]["error"]


def test_a_poll_of_a_long_query_and_its_cancellation(
    server: Server, client: flight.FlightClient
) -> None:
    poll = Poll(server, SILENT + " /* poll:3 */")
    for _ in range(3):
        assert poll.next() == (0, 0.0)
    assert list(server.state()["open"]["queries"].values()) == [
        SILENT + " /* poll:3 */"
    ]
    assert isinstance(poll.info, bytes)
    assert cancel(client, poll.info) == CANCELLED
    assert poll.descriptor is not None
    assert raw.unary(server.address, "PollFlightInfo", poll.descriptor) is None
    assert server.events("PollFlightInfo")[-1]["code"] == "Canceled"
    until(lambda: not server.state()["open"]["queries"])


def test_the_reference_client_polls(go_fresh: Started) -> None:
    server = go_fresh(flags=["-poll-steps", "3"])
    numbers, progress = [], []
    with reference.cursor(server) as cursor:
        statement = cursor.adbc_statement
        statement.set_options(**{"adbc.statement.exec.incremental": "true"})
        found = []
        while partitions := cursor.adbc_execute_partitions(TEN)[0]:
            found += partitions
            done = statement.get_option_float("adbc.statement.exec.progress")
            progress.append(done)
        for partition in found:
            cursor.adbc_read_partition(partition)
            numbers += [n for (n,) in cursor.fetchall()]
    assert numbers == list(range(1, 11))
    assert progress == pytest.approx([1 / 3, 2 / 3, 1])
    calls = server.state()["calls"]
    assert calls["PollFlightInfo/CommandPreparedStatementQuery"] == 1
    assert calls["PollFlightInfo/"] == 2


def cancel(client: flight.FlightClient, info: bytes) -> int:
    (body,) = raw.action(client, "CancelFlightInfo", raw.message((1, info)))
    (status,) = raw.fields(body)[1]
    assert isinstance(status, int)
    return status


def drained(client: flight.FlightClient, ticket: flight.Ticket) -> None:
    """Not by read_all, which takes CANCELLED for the user's Ctrl-C."""
    for _ in client.do_get(ticket):
        pass


def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("action", ["CancelFlightInfo", "CancelQuery"])
@pytest.mark.parametrize("sql", [ENDLESS, SILENT], ids=["flowing", "silent"])
def test_a_running_query_is_cancelled(
    server: Server, client: flight.FlightClient, action: str, sql: str
) -> None:
    info = info_of(client, sql)
    ended: list[Exception] = []

    def drain() -> None:
        try:
            drained(client, info.endpoints[0].ticket)
        except pa.ArrowException as error:
            ended.append(error)

    reader = threading.Thread(target=drain)
    reader.start()
    until(lambda: server.events("DoGet"))
    if action == "CancelFlightInfo":
        assert cancel(client, bytes(info.serialize())) == CANCELLED
    else:
        answer = raw.sql_action(client, "CancelQuery", (1, bytes(info.serialize())))
        assert answer[1] == [CANCELLED]
    reader.join(10)
    assert not reader.is_alive()
    assert "the query was cancelled" in str(ended[0])
    state = server.state()
    assert state["cancelled"] == [sql]
    assert state["open"]["queries"] == {}
    assert state["calls"][f"DoAction/{action}"] == 1
    with pytest.raises(pa.ArrowException, match="was cancelled"):
        drained(client, info.endpoints[0].ticket)


def test_what_is_over_or_unknown_is_not_cancelled(
    server: Server, client: flight.FlightClient
) -> None:
    info = info_of(client, TEN)
    values(client, info.endpoints[0].ticket)
    until(lambda: not server.state()["open"]["queries"])
    assert cancel(client, bytes(info.serialize())) == NOT_CANCELLABLE
    assert server.state()["cancelled"] == []
    with pytest.raises(pa.ArrowException, match="no such query"):
        cancel(client, b"")


def test_a_reader_that_leaves_ends_its_query(
    server: Server, client: flight.FlightClient
) -> None:
    reader = client.do_get(info_of(client, ENDLESS).endpoints[0].ticket)
    reader.read_chunk()
    assert server.state()["open"]["queries"]
    reader.cancel()
    until(lambda: not server.state()["open"]["queries"])


def test_endpoints_expire_and_are_renewed(client: flight.FlightClient) -> None:
    info = info_of(client, TEN + " /* expires:3s */")
    (old,) = info.endpoints
    assert old.expiration_time is not None
    time.sleep(1)
    body = raw.message((1, bytes(old.serialize())))
    (renewed,) = raw.action(client, "RenewFlightEndpoint", body)
    new = flight.FlightEndpoint.deserialize(renewed)
    assert new.ticket != old.ticket
    later = new.expiration_time.as_py() - old.expiration_time.as_py()
    assert later > datetime.timedelta(seconds=0.9)
    assert values(client, old.ticket) == values(client, new.ticket)
    time.sleep((old.expiration_time.as_py() - now()).total_seconds() + 0.05)
    with pytest.raises(pa.ArrowInvalid, match="expired"):
        values(client, old.ticket)
    assert len(values(client, new.ticket)) == 10
    with pytest.raises(pa.ArrowInvalid, match="expired"):
        raw.action(client, "RenewFlightEndpoint", body)


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def test_a_ticket_may_be_good_once(go_secure: Started) -> None:
    server = go_secure("plain", flags=["-single-use"])
    with flight.connect(server.uri) as client:
        (endpoint,) = info_of(client, TEN).endpoints
        values(client, endpoint.ticket)
        with pytest.raises(pa.ArrowInvalid, match="used already"):
            values(client, endpoint.ticket)


def test_waits(client: flight.FlightClient) -> None:
    for where in ("info", "first", "each"):
        started = time.monotonic()
        assert raw.rows(client, f"SELECT 1 AS one /* {where}:300ms */") == [(1,)]
        assert time.monotonic() - started > 0.29


@pytest.mark.parametrize(
    ("rule", "outcomes"),
    [
        ("DoGet=UNAVAILABLE", "---"),
        ("DoGet=UNAVAILABLE,times=1", "-++"),
        ("DoGet/TicketStatementQuery=UNAVAILABLE,times=1,skip=1", "+-+"),
        ("TicketStatementQuery=UNAVAILABLE,after=end,times=2", "--+"),
        ("GetFlightInfo=UNAVAILABLE,times=1", "-++"),
        ("DoPut=UNAVAILABLE", "+++"),
    ],
)
def test_calls_fail_when_told(
    server: Server, client: flight.FlightClient, rule: str, outcomes: str
) -> None:
    server.fail(rule)
    for outcome in outcomes:
        if outcome == "+":
            assert len(raw.rows(client, TEN)) == 10
        else:
            with pytest.raises(flight.FlightUnavailableError, match="told to fail"):
                raw.rows(client, TEN)
    server.reset()
    assert raw.rows(client, "SELECT 1 AS one") == [(1,)]
    assert len(server.events()) == 2


def test_a_failure_in_the_midst(server: Server, client: flight.FlightClient) -> None:
    server.fail("DoGet=ABORTED,after=3")  # the schema and two batches
    reader = client.do_get(info_of(client, NUMBERS.format(10_000)).endpoints[0].ticket)
    assert [reader.read_chunk().data.num_rows for _ in range(2)] == [1024, 1024]
    with pytest.raises(pa.ArrowException, match="told to fail"):
        reader.read_chunk()
    (event,) = server.events("DoGet")
    assert (event["sent"], event["code"]) == (3, "Aborted")


def test_bad_rules_are_refused(server: Server) -> None:
    for rule in (
        "",
        "DoGet",
        "DoGet=BAD",
        "DoGet=ABORTED,often",
        "DoGet=ABORTED,times=x",
    ):
        with pytest.raises(ValueError, match=r"want|invalid|what is"):
            server.fail(rule)


def test_the_account_in_an_action(server: Server, client: flight.FlightClient) -> None:
    raw.rows(client, "SELECT 1 AS one")
    (text,) = raw.action(client, "test.calls")
    told = json.loads(text)
    assert told == server.state()
    assert told["calls"] == {
        "GetFlightInfo/CommandStatementQuery": 1,
        "DoGet/TicketStatementQuery": 1,
    }
    assert told["events"][0]["request"] == {"query": "SELECT 1 AS one"}


def test_the_list_of_actions(client: flight.FlightClient) -> None:
    names = {action.type for action in client.list_actions()}
    assert {"CancelFlightInfo", "CloseSession", "BeginSavepoint"} <= names


def test_unimplemented_is_seen_as_such(
    server: Server, client: flight.FlightClient
) -> None:
    server.fail("GetFlightInfo/CommandGetSqlInfo=UNIMPLEMENTED")
    with pytest.raises(pa.ArrowNotImplementedError, match="told to fail"):
        raw.read(client, raw.command("CommandGetSqlInfo"))
    assert raw.rows(client, "SELECT 1 AS one") == [(1,)]
