# SPDX-License-Identifier: Apache-2.0
"""Sessions, transactions and bulk ingest."""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable

import adbc_driver_flightsql.dbapi as adbc
import pyarrow as pa
import pytest
from serving import Server
from sql_client import Client, count_of, dec, enc


def _option(name: str, value: bytes) -> bytes:
    return enc(1, enc(1, name) + enc(2, value))


def _options(client: Client) -> dict[str, dict[int, list[object]]]:
    [answer] = client.action("GetSessionOptions")
    entries = [dec(raw) for raw in dec(answer).get(1, [])]
    return {entry[1][0].decode(): dec(entry[2][0]) for entry in entries}


def _set(client: Client, body: bytes) -> dict[str, int]:
    [answer] = client.action("SetSessionOptions", body)
    entries = [dec(raw) for raw in dec(answer).get(1, [])]
    return {entry[1][0].decode(): dec(entry[2][0])[1][0] for entry in entries}


def test_options_of_every_type(any_server: Server) -> None:
    client = any_server.client()
    body = (
        _option("text", enc(1, "x"))
        + _option("flag", enc(2, 1))
        + _option("number", b"\x19" + struct.pack("<q", -5))
        + _option("real", b"\x21" + struct.pack("<d", 1.5))
        + _option("list", enc(5, enc(1, "a") + enc(1, "b")))
    )
    assert _set(client, body) == {}
    options = _options(client)
    assert options["text"] == {1: [b"x"]}
    assert options["flag"] == {2: [1]}
    assert options["number"] == {3: [struct.pack("<q", -5)]}
    assert options["real"] == {4: [struct.pack("<d", 1.5)]}
    assert dec(options["list"][5][0]) == {1: [b"a", b"b"]}  # type: ignore[arg-type]
    assert _set(client, _option("text", b"")) == {}
    assert "text" not in _options(client)


def test_get_options_needs_a_session(any_server: Server) -> None:
    client = any_server.client()
    client.jar.enabled = False
    with pytest.raises(pa.ArrowInvalid, match="no session"):
        client.action("GetSessionOptions")


def test_schema_option_moves_names(any_server: Server) -> None:
    client, other = any_server.client(), any_server.client()
    client.update("create schema side")
    client.update("create table side.things as select 7 as a")
    assert _set(client, _option("schema", enc(1, "side"))) == {}
    assert client.rows("select * from things") == [(7,)]
    with pytest.raises(KeyError):
        other.rows("select * from things")
    assert _set(client, _option("schema", enc(1, "missing"))) == {"schema": 2}
    assert client.rows("select * from things") == [(7,)]
    client.update("drop table things")
    assert client.action("CloseSession") == [b"\x08\x01"]
    with pytest.raises(KeyError):
        client.rows("select * from things")
    other.update("drop schema side")


def test_session_set_stays_in_its_session(duck: Server) -> None:
    client, other = duck.client(), duck.client()
    client.update("set variable mine = 5")
    assert client.rows("select getvariable('mine')") == [(5,)]
    assert other.rows("select getvariable('mine')") == [(None,)]


def test_temporary_table_lives_with_its_session(duck: Server) -> None:
    client, other = duck.client(), duck.client()
    client.update("create temp table scratch as select 1 as a")
    assert client.rows("select * from scratch") == [(1,)]
    with pytest.raises(KeyError):
        other.rows("select * from scratch")
    listed = client.metadata("CommandGetTables", enc(3, "scratch")).to_pylist()
    assert [row["table_type"] for row in listed] == ["LOCAL TEMPORARY"]
    assert other.metadata("CommandGetTables", enc(3, "scratch")).num_rows == 0
    assert _set(client, _option("schema", enc(1, "main"))) == {}
    assert client.rows("select * from scratch") == [(1,)]
    # A result that is still open does not keep others from the session's lane.
    open_info = client.query_info("select range from range(3000000)")
    reader = client.flight.do_get(open_info.endpoints[0].ticket)
    reader.read_chunk()
    assert client.rows("select * from scratch") == [(1,)]
    assert reader.read_all().num_rows > 2_000_000


def test_state_needs_a_session(start_server: Callable[..., Server]) -> None:
    client = start_server("--engine", "duckdb", "--no-cookies").client()
    for sql in ("create temp table lost (a int)", "begin", "set threads = 1"):
        with pytest.raises(NotImplementedError, match="session"):
            client.update(sql)
    begun = client.begin()
    client.update("create temp table found as select 1 as a", begun)
    assert client.rows("select * from found", begun) == [(1,)]
    client.end(begun, commit=True)


def test_transaction_isolates_and_ends(duck: Server) -> None:
    client, other = duck.client(), duck.client()
    client.update("create table account (a int)")
    begun = client.begin()
    assert client.update("insert into account values (1)", begun) == 1
    assert client.rows("select count(*) from account", begun) == [(1,)]
    assert other.rows("select count(*) from account") == [(0,)]
    assert client.rows("select count(*) from account") == [(0,)]
    client.end(begun, commit=True)
    assert other.rows("select count(*) from account") == [(1,)]
    begun = client.begin()
    client.update("delete from account", begun)
    client.end(begun, commit=False)
    assert other.rows("select count(*) from account") == [(1,)]
    for call in (
        lambda: client.update("select 1", begun),
        lambda: client.end(begun, commit=True),
    ):
        with pytest.raises(KeyError, match="transaction"):
            call()
    client.update("drop table account")


def test_transaction_covers_prepared_ingest_and_open_results(duck: Server) -> None:
    client = duck.client()
    client.update("create table unit (a bigint)")
    begun = client.begin()
    made = client.prepare("insert into unit values (?)", begun)
    rows = pa.table({"1": [1, 2]})
    client.put("CommandPreparedStatementUpdate", enc(1, made[1][0]), rows)
    _ingest(client, "unit", pa.table({"a": [3]}), exists=2, transaction=begun)
    info = client.query_info("select range from range(3000000)", begun)
    reader = client.flight.do_get(info.endpoints[0].ticket)
    reader.read_chunk()
    assert client.rows("select sum(a) from unit", begun) == [(6,)]
    assert reader.read_all().num_rows > 2_000_000
    client.end(begun, commit=False)
    assert client.rows("select count(*) from unit") == [(0,)]
    client.update("drop table unit")


def test_temporary_table_of_a_transaction_outlives_it(duck: Server) -> None:
    client = duck.client()
    begun = client.begin()
    client.update("create temp table kept as select 3 as a", begun)
    client.end(begun, commit=True)
    assert client.rows("select * from kept") == [(3,)]
    begun = client.begin()
    assert client.rows("select * from kept", begun) == [(3,)]
    client.end(begun, commit=False)


def test_uncommitted_table_is_listed_for_its_session(duck: Server) -> None:
    client, other = duck.client(), duck.client()
    begun = client.begin()
    client.update("create table pending (a int)", begun)
    assert client.metadata("CommandGetTables", enc(3, "pending")).num_rows == 1
    assert other.metadata("CommandGetTables", enc(3, "pending")).num_rows == 0
    client.end(begun, commit=False)


def test_adbc_transaction(duck: Server) -> None:
    with adbc.connect(duck.uri) as connection, connection.cursor() as cursor:
        cursor.execute("create table by_adbc (a int)")
        connection.commit()
        cursor.execute("insert into by_adbc values (1)")
        connection.rollback()
        cursor.execute("select count(*) from by_adbc")
        assert cursor.fetchall() == [(0,)]
        cursor.execute("drop table by_adbc")
        connection.commit()


def test_datafusion_has_no_transactions(flights: Server) -> None:
    with pytest.raises(NotImplementedError, match="transactions"):
        flights.client().begin()


def test_many_threads_on_one_session(any_server: Server) -> None:
    client = any_server.client()
    client.rows("select 1")
    wrong: list[object] = []

    def work(number: int) -> None:
        for step in range(10):
            value = number * 100 + step
            try:
                if client.rows(f"select {value} as a") != [(value,)]:
                    wrong.append(value)
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def _ingest(
    client: Client,
    table: str,
    data: pa.Table,
    missing: int = 1,
    exists: int = 1,
    transaction: bytes | None = None,
    temporary: bool = False,
    schema: str | None = None,
) -> int:
    body = enc(1, enc(1, missing) + enc(2, exists)) + enc(2, table) + enc(3, schema)
    body += enc(5, int(temporary)) + enc(6, transaction)
    return count_of(client.put("CommandStatementIngest", body, data))


def test_ingest_modes(any_server: Server) -> None:
    client = any_server.client()
    data = pa.table({"a": pa.array([1, None], pa.int32()), "B c": ["x", "y"]})
    assert _ingest(client, "Bulk", data) == 2
    assert client.query('select * from "Bulk"').to_pylist() == data.to_pylist()
    with pytest.raises(pa.ArrowInvalid, match="already exists"):
        _ingest(client, "Bulk", data)
    swapped = data.select(["B c", "a"])
    assert _ingest(client, "Bulk", swapped, missing=2, exists=2) == 2
    assert client.rows('select count(*), count(a) from "Bulk"') == [(4, 2)]
    assert _ingest(client, "Bulk", data.slice(0, 1), exists=3) == 1
    assert client.rows('select * from "Bulk"') == [(1, "x")]
    with pytest.raises(KeyError, match="not found"):
        _ingest(client, "Absent", data, missing=2, exists=2)
    assert _ingest(client, "Empty", data.slice(0, 0)) == 0
    assert client.query('select * from "Empty"').schema.types == data.schema.types
    client.update('drop table "Bulk"')
    client.update('drop table "Empty"')


def test_ingest_in_a_schema(any_server: Server) -> None:
    client = any_server.client()
    client.update("create schema loads")
    _ingest(client, "t", pa.table({"a": [5]}), schema="loads")
    assert client.rows("select * from loads.t") == [(5,)]
    client.update("drop table loads.t")
    client.update("drop schema loads")


def test_temporary_ingest(duck: Server, flights: Server) -> None:
    client = duck.client()
    _ingest(client, "brief", pa.table({"a": [5]}), temporary=True)
    assert client.rows("select * from brief") == [(5,)]
    with pytest.raises(KeyError):
        duck.client().rows("select * from brief")
    with pytest.raises(NotImplementedError, match="temporary"):
        _ingest(flights.client(), "brief", pa.table({"a": [5]}), temporary=True)


def test_adbc_ingest_streams(any_server: Server) -> None:
    batch = pa.record_batch({"a": pa.array(range(10_000), pa.int64())})
    reader = pa.RecordBatchReader.from_batches(batch.schema, [batch] * 50)
    with (
        adbc.connect(any_server.uri, autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        assert cursor.adbc_ingest("loaded", reader, mode="create") == 500_000
        cursor.execute("select count(*), sum(a) from loaded")
        assert cursor.fetchall() == [(500_000, 50 * 49_995_000)]
        cursor.execute("drop table loaded")
        cursor.fetchall()
