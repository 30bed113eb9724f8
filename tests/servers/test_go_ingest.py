# SPDX-License-Identifier: Apache-2.0
"""Our Go server's ingests, transactions and savepoints, seen by other clients."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable, Iterator
from typing import Any

import adbc_driver_manager
import pyarrow as pa
import pyarrow.flight as flight
import pytest

from servers import raw, reference
from servers.launch import Server

CREATE, ABSENT_FAIL = 1, 2
PRESENT_FAIL, APPEND, REPLACE = 1, 2, 3
COMMIT, ROLLBACK = 1, 2
RELEASE, BACK = 1, 2
ONE_TWO = pa.record_batch({"id": pa.array([1, 2]), "name": pa.array(["one", None])})

Started = Callable[..., Server]


@pytest.fixture
def server(go_fresh: Started) -> Server:
    """A server of the test's own."""
    return go_fresh()


@pytest.fixture
def client(server: Server) -> Iterator[flight.FlightClient]:
    """Plain Flight to it, which keeps no cookies."""
    with flight.connect(server.uri) as one:
        yield one


def begin(client: flight.FlightClient) -> bytes:
    (transaction,) = raw.sql_action(client, "BeginTransaction")[1]
    assert isinstance(transaction, bytes)
    return transaction


def end(client: flight.FlightClient, transaction: bytes, action: int) -> None:
    raw.sql_action(client, "EndTransaction", (1, transaction), (2, action))


def savepoint(client: flight.FlightClient, transaction: bytes, name: str) -> bytes:
    (one,) = raw.sql_action(client, "BeginSavepoint", (1, transaction), (2, name))[1]
    assert isinstance(one, bytes)
    return one


def end_savepoint(client: flight.FlightClient, one: bytes, action: int) -> None:
    raw.sql_action(client, "EndSavepoint", (1, one), (2, action))


def names(
    client: flight.FlightClient, transaction: bytes | None = None
) -> list[object]:
    sql = "SELECT name FROM t ORDER BY rowid"
    return [name for (name,) in raw.rows(client, sql, transaction)]


def insert(client: flight.FlightClient, name: str, transaction: bytes) -> None:
    sql = f"INSERT INTO t VALUES ('{name}')"
    update = raw.command("CommandStatementUpdate", (1, sql), (2, transaction))
    assert [raw.count_of(answer) for answer in raw.put(client, update)] == [1]


def test_an_ingest_creates_and_counts(client: flight.FlightClient) -> None:
    answers = raw.put(client, raw.ingest("t"), [ONE_TWO, ONE_TWO])
    assert [raw.count_of(answer) for answer in answers] == [4]
    assert raw.rows(client, "SELECT * FROM t") == [(1, "one"), (2, None)] * 2


def test_an_ingest_of_nothing_makes_the_table(client: flight.FlightClient) -> None:
    (answer,) = raw.put(client, raw.ingest("t"), schema=ONE_TWO.schema)
    assert raw.count_of(answer) == 0
    assert raw.rows(client, "SELECT count(*) AS n FROM t") == [(0,)]


@pytest.mark.parametrize(
    ("absent", "present", "exists", "outcome"),
    [
        (CREATE, PRESENT_FAIL, False, 2),
        (CREATE, PRESENT_FAIL, True, "exists"),
        (ABSENT_FAIL, APPEND, True, 4),
        (ABSENT_FAIL, APPEND, False, "no such table"),
        (CREATE, APPEND, True, 4),
        (CREATE, APPEND, False, 2),
        (CREATE, REPLACE, True, 2),
        (CREATE, REPLACE, False, 2),
    ],
)
def test_the_table_definition_options(
    client: flight.FlightClient,
    absent: int,
    present: int,
    exists: bool,
    outcome: int | str,
) -> None:
    if exists:
        raw.put(client, raw.ingest("t"), [ONE_TWO])
    ingest = raw.ingest("t", absent=absent, present=present)
    if isinstance(outcome, str):
        with pytest.raises(pa.ArrowException, match=outcome):
            raw.put(client, ingest, [ONE_TWO])
        outcome = 2 if exists else 0
    else:
        raw.put(client, ingest, [ONE_TWO])
    if outcome:
        assert raw.rows(client, "SELECT count(*) AS n FROM t") == [(outcome,)]


@pytest.mark.parametrize(
    ("mode", "status"),
    [("create", "ALREADY_EXISTS"), ("append", "NOT_FOUND")],
)
def test_the_reference_client_sees_the_codes(
    server: Server, mode: Any, status: str
) -> None:
    with reference.cursor(server) as cursor:
        table = "intTable" if mode == "create" else "nowhere"
        with pytest.raises(adbc_driver_manager.Error) as caught:
            cursor.adbc_ingest(table, ONE_TWO, mode=mode)
    assert caught.value.status_code.name == status


def test_columns_are_found_by_name(client: flight.FlightClient) -> None:
    raw.put(client, raw.ingest("t"), [ONE_TWO])
    turned = pa.record_batch({"NAME": ["three"], "id": [3]})
    raw.put(client, raw.ingest("t"), [turned])
    assert raw.rows(client, "SELECT * FROM t WHERE id = 3") == [(3, "three")]
    with pytest.raises(pa.ArrowException, match="table t has no column other"):
        raw.put(client, raw.ingest("t"), [pa.record_batch({"other": [1]})])


def test_values_of_many_types(client: flight.FlightClient) -> None:
    columns = {
        "yes": pa.array([True]),
        "small": pa.array([-7], pa.int8()),
        "large": pa.array([2**63 - 1], pa.uint64()),
        "half": pa.array([0.5], pa.float32()),
        "blob": pa.array([b"\0\xff"], pa.large_binary()),
        "text": pa.array(["ü"], pa.string_view()),
        "coded": pa.array(["a"]).dictionary_encode(),
        "day": pa.array([19_000], pa.date32()),
        "at": pa.array([1_700_000_000_123_456], pa.timestamp("us")),
        "zoned": pa.array([1_700_000_000], pa.timestamp("s", "Europe/Paris")),
        "clock": pa.array([3_600_000_001], pa.time64("us")),
        "money": pa.array([decimal.Decimal("-12.30")], pa.decimal128(10, 2)),
        "none": pa.nulls(1),
    }
    batch = pa.record_batch(columns)
    nothing = pa.record_batch(
        [pa.nulls(1, field.type) for field in batch.schema], schema=batch.schema
    )
    raw.put(client, raw.ingest("t"), [nothing, batch])
    nulls, row = raw.rows(client, "SELECT * FROM t")
    assert nulls == (None,) * 13
    assert row[:7] == (True, -7, 2**63 - 1, 0.5, b"\0\xff", "ü", "a")
    at = datetime.datetime(2023, 11, 14, 22, 13, 20)
    zoned = at.replace(tzinfo=datetime.timezone.utc)
    assert row[7:9] == (datetime.date(2022, 1, 8), at.replace(microsecond=123_456))
    assert row[9:] == (zoned, "01:00:00.000001", "-12.30", None)
    (table,) = raw.read(
        client, raw.command("CommandGetTables", (3, "t"), (5, 1))
    ).to_pylist()
    told = pa.ipc.read_schema(pa.py_buffer(table["table_schema"]))
    read = raw.read(client, raw.query("SELECT * FROM t"))
    assert told.types[:12] == read.schema.types[:12]


def test_an_ingest_that_fails_leaves_nothing(client: flight.FlightClient) -> None:
    schema = pa.schema([pa.field("n", pa.int64(), nullable=False)])
    raw.put(client, raw.ingest("t"), schema=schema)
    batches = [
        pa.record_batch({"n": [1]}),
        pa.record_batch({"n": pa.nulls(1, "int64")}),
    ]
    with pytest.raises(pa.ArrowException, match="NOT NULL"):
        raw.put(client, raw.ingest("t"), batches)
    assert raw.rows(client, "SELECT count(*) AS n FROM t") == [(0,)]


def test_types_that_cannot_be_stored(client: flight.FlightClient) -> None:
    with pytest.raises(pa.ArrowInvalid, match=r"list.* cannot be stored"):
        raw.put(client, raw.ingest("t"), [pa.record_batch({"l": [[1]]})])


def test_a_rolled_back_ingest_leaves_no_row(
    server: Server, client: flight.FlightClient
) -> None:
    transaction = begin(client)
    ingest = raw.ingest("t", transaction=transaction)
    (answer,) = raw.put(client, ingest, [ONE_TWO])
    assert raw.count_of(answer) == 2
    assert names(client, transaction) == ["one", None]
    with pytest.raises(pa.ArrowException, match="no such table"):
        names(client)  # which nobody else sees
    end(client, transaction, ROLLBACK)
    with pytest.raises(pa.ArrowException, match="no such table"):
        names(client)
    state = server.state()
    assert state["counters"]["rolled back"] == 1
    assert state["open"]["transactions"] == {}


def test_a_committed_ingest_stays(client: flight.FlightClient) -> None:
    transaction = begin(client)
    raw.put(client, raw.ingest("t", transaction=transaction), [ONE_TWO])
    end(client, transaction, COMMIT)
    assert names(client) == ["one", None]


def test_a_failed_ingest_spares_the_rest_of_its_transaction(
    client: flight.FlightClient,
) -> None:
    raw.put(client, raw.ingest("t"), [pa.record_batch({"name": ["first"]})])
    transaction = begin(client)
    insert(client, "second", transaction)
    bad = pa.record_batch({"other": [1]})
    with pytest.raises(pa.ArrowException):
        raw.put(client, raw.ingest("t", transaction=transaction), [bad])
    end(client, transaction, COMMIT)
    assert names(client) == ["first", "second"]


def test_an_unknown_transaction_is_refused(client: flight.FlightClient) -> None:
    with pytest.raises(pa.ArrowInvalid, match="invalid transaction handle"):
        raw.put(client, raw.ingest("t", transaction=b"made up"), [ONE_TWO])
    with pytest.raises(pa.ArrowInvalid, match="invalid transaction handle"):
        names(client, b"made up")
    transaction = begin(client)
    end(client, transaction, ROLLBACK)
    with pytest.raises(pa.ArrowInvalid, match="transaction id not found"):
        end(client, transaction, COMMIT)


def test_writers_that_meet_are_aborted(client: flight.FlightClient) -> None:
    raw.put(client, raw.ingest("t"), [pa.record_batch({"name": ["first"]})])
    one, other = begin(client), begin(client)
    insert(client, "second", one)
    with pytest.raises(pa.ArrowException, match=r"locked"):
        insert(client, "third", other)
    end(client, one, COMMIT)
    end(client, other, ROLLBACK)
    assert names(client) == ["first", "second"]


def test_savepoints(server: Server, client: flight.FlightClient) -> None:
    raw.put(client, raw.ingest("t"), schema=pa.schema({"name": pa.string()}))
    transaction = begin(client)
    insert(client, "kept", transaction)
    outer = savepoint(client, transaction, "same name")
    insert(client, "undone", transaction)
    inner = savepoint(client, transaction, "same name")
    insert(client, "undone too", transaction)
    end_savepoint(client, outer, BACK)
    assert names(client, transaction) == ["kept"]
    assert list(server.state()["open"]["savepoints"]) == [outer.decode()]
    with pytest.raises(pa.ArrowInvalid, match="savepoint id not found"):
        end_savepoint(client, inner, RELEASE)  # the roll back ended it
    insert(client, "after", transaction)
    end_savepoint(client, outer, RELEASE)
    with pytest.raises(pa.ArrowInvalid, match="savepoint id not found"):
        end_savepoint(client, outer, BACK)  # the release did
    end(client, transaction, COMMIT)
    assert names(client) == ["kept", "after"]
    assert server.state()["open"]["savepoints"] == {}


def test_savepoints_need_a_transaction_and_a_name(client: flight.FlightClient) -> None:
    with pytest.raises(pa.ArrowInvalid, match="invalid transaction handle"):
        savepoint(client, b"made up", "one")
    transaction = begin(client)
    with pytest.raises(pa.ArrowInvalid, match="needs a name"):
        savepoint(client, transaction, "")


def test_catalogs_are_honoured(go_fresh: Started) -> None:
    server = go_fresh(flags=["-catalog", "extra"])
    with flight.connect(server.uri) as client:
        raw.put(client, raw.ingest("t", catalog="extra"), [ONE_TWO])
        assert raw.rows(client, "SELECT count(*) AS n FROM extra.t") == [(2,)]
        with pytest.raises(pa.ArrowException, match="no such table"):
            raw.rows(client, "SELECT * FROM main.t")
        for other in ({"catalog": "other"}, {"schema": "public"}):
            with pytest.raises(pa.ArrowException, match=r"no (catalog|schema)"):
                raw.put(client, raw.ingest("t", **other), [ONE_TWO])  # type: ignore[arg-type]
        table = raw.read(client, raw.command("CommandGetTables", (1, "extra")))
    assert table.select(["catalog_name", "table_name"]).to_pylist() == [
        {"catalog_name": "extra", "table_name": "t"}
    ]
    with reference.cursor(server) as cursor:
        assert cursor.adbc_ingest("u", ONE_TWO, catalog_name="extra") == 2
        cursor.execute("SELECT count(*) FROM extra.u")
        assert cursor.fetchone() == (2,)


def test_temporary_tables_are_the_session_s(server: Server) -> None:
    cookies = reference.COOKIES
    with reference.cursor(server, **cookies) as cursor:
        reference.fetch(cursor, "SELECT 1")  # brings the cookie
        assert cursor.adbc_ingest("t", ONE_TWO, temporary=True) == 2
        sql = "SELECT name FROM temp.t ORDER BY id"
        assert reference.fetch(cursor, sql) == [("one",), (None,)]
        with (
            reference.cursor(server, **cookies) as stranger,
            pytest.raises(adbc_driver_manager.Error, match="no such table"),
        ):
            reference.fetch(stranger, sql)
    (event, *_) = server.events("CommandStatementIngest")
    assert event["request"]["temporary"] is True


def test_a_temporary_table_in_a_transaction(server: Server) -> None:
    with flight.connect(server.uri) as client:
        transaction = begin(client)
        ingest = raw.ingest("t", temporary=True, transaction=transaction)
        raw.put(client, ingest, [ONE_TWO])
        assert names(client, transaction) == ["one", None]
        end(client, transaction, COMMIT)
        with pytest.raises(pa.ArrowException, match="no such table"):
            names(client)  # its session was that one call's


def test_the_account_of_an_ingest(server: Server, client: flight.FlightClient) -> None:
    transaction = begin(client)
    ingest = raw.ingest("t", transaction=transaction, absent=CREATE, present=APPEND)
    raw.put(client, ingest, [ONE_TWO, ONE_TWO, ONE_TWO])
    (event,) = server.events("DoPut/CommandStatementIngest")
    assert event["request"].pop("transaction_id")
    assert event["request"] == {
        "table": "t",
        "table_definition_options": {
            "if_not_exist": "TABLE_NOT_EXIST_OPTION_CREATE",
            "if_exists": "TABLE_EXISTS_OPTION_APPEND",
        },
    }
    assert (event["code"], event["messages"]) == ("OK", 4)
    assert (event["batches"], event["rows"]) == (3, 6)
    assert 0 < event["largest"] < event["bytes"]


def test_ingests_can_be_refused(go_secure: Started) -> None:
    flags = ["-fail", "CommandStatementIngest=UNIMPLEMENTED"]
    with (
        reference.cursor(go_secure("plain", flags=flags)) as cursor,
        pytest.raises(adbc_driver_manager.NotSupportedError),
    ):
        cursor.adbc_ingest("t", ONE_TWO, mode="create")


@pytest.mark.parametrize("count", ["unknown", "none"])
def test_counts_that_are_not_told(go_fresh: Started, count: str) -> None:
    server = go_fresh(flags=["-count", count])
    with flight.connect(server.uri) as client:
        answers = raw.put(client, raw.ingest("t"), [ONE_TWO])
        update = raw.command("CommandStatementUpdate", (1, "DELETE FROM t"))
        answers += raw.put(client, update)
        expected = [-1, -1] if count == "unknown" else []
        assert [raw.count_of(answer) for answer in answers] == expected
        assert raw.rows(client, "SELECT count(*) AS n FROM t") == [(0,)]


def test_an_error_behind_the_count(server: Server, client: flight.FlightClient) -> None:
    server.fail("CommandStatementIngest=INTERNAL,after=end,times=1")
    writer, reader = client.do_put(raw.descriptor(raw.ingest("t")), ONE_TWO.schema)
    writer.write_batch(ONE_TWO)
    writer.done_writing()
    assert raw.count_of(reader.read().to_pybytes()) == 2
    with pytest.raises(flight.FlightInternalError, match="told to fail"):
        writer.close()


def test_streams_can_be_swallowed(go_fresh: Started) -> None:
    server = go_fresh(flags=["-discard"])
    with reference.cursor(server) as cursor:
        rows = pa.table({"id": list(range(10_000)), "name": ["x"] * 10_000})
        assert cursor.adbc_ingest("t", rows, mode="create") == 10_000
        parameters = pa.record_batch({"1": range(500)})
        cursor.executemany("INSERT INTO intTable (value) VALUES (?)", parameters)
        assert cursor.rowcount == 500
        cursor.execute("SELECT count(*) FROM intTable")
        assert cursor.fetchone() == (4,)
        with pytest.raises(adbc_driver_manager.Error, match="no such table"):
            reference.fetch(cursor, "SELECT * FROM t")
    (event,) = server.events("CommandPreparedStatementUpdate")
    assert (event["rows"], event["batches"]) == (500, 1)


def test_large_messages(go_fresh: Started) -> None:
    batch = pa.record_batch({"text": ["x" * (5 << 20)]})
    with (
        flight.connect(go_fresh().uri) as client,
        pytest.raises(pa.ArrowException, match="larger than max"),
    ):
        raw.put(client, raw.ingest("t"), [batch])
    server = go_fresh(flags=["-max-message", "6000000"])
    with flight.connect(server.uri) as client:
        assert raw.count_of(raw.put(client, raw.ingest("t"), [batch])[0]) == 1
