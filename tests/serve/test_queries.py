# SPDX-License-Identifier: Apache-2.0
"""Queries, prepared statements and errors, seen by raw Flight and by ADBC."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable
from typing import Any

import adbc_driver_flightsql.dbapi as adbc
import pyarrow as pa
import pyarrow.flight as flight
import pytest
from serving import Server
from sql_client import any_of, count_of, dec, enc

TOP = "select carrier, count(*) n from flights group by 1 order by 2 desc limit 5"


def test_flights_are_typed_and_complete(flights: Server) -> None:
    client = flights.client()
    assert client.rows(TOP)[0] == ("UA", 58665)
    assert client.rows("select count(*), count(dep_time) from flights") == [
        (336776, 328521)
    ]
    schema = client.query_info("select * from flights").schema
    assert schema.field("dep_time").type == pa.int64()
    assert pa.types.is_timestamp(schema.field("time_hour").type)


def test_same_answer_through_duckdb(start_server: Callable[..., Server]) -> None:
    server = start_server("--engine", "duckdb", "--data", "nycflights13")
    assert server.client().rows(TOP)[0] == ("UA", 58665)
    assert server.client().query("select * from flights").num_rows == 336776


def test_adbc_reads_and_binds(any_server: Server) -> None:
    with (
        adbc.connect(any_server.uri, autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("select 1 as a, 'x' as b")
        assert cursor.fetchall() == [(1, "x")]
        cursor.execute("select cast(? as bigint) + 1 as a", (41,))
        assert cursor.fetchall() == [(42,)]
        cursor.execute("select cast(? as varchar) as a", (None,))
        assert cursor.fetchall() == [(None,)]


def test_planning_runs_nothing(any_server: Server) -> None:
    client = any_server.client()
    info = client.query_info("create table planned_only as select 1 as a")
    with pytest.raises(Exception, match="planned_only"):
        client.query("select * from planned_only")
    client.read(info)
    assert client.rows("select * from planned_only") == [(1,)]
    client.update("drop table planned_only")


def test_a_used_ticket_does_not_run_dml_twice(any_server: Server) -> None:
    client = any_server.client()
    client.update("create table once (a int)")
    info = client.query_info("insert into once values (1)")
    client.read(info)
    with pytest.raises(pa.ArrowInvalid, match="used up"):
        client.read(info)
    assert client.rows("select count(*) from once") == [(1,)]
    client.update("drop table once")


def test_schema_matches_what_arrives(any_server: Server) -> None:
    client = any_server.client()
    sql = "select 1 as a, 2 as a2, 'x' as b, cast(1.5 as decimal(10, 2)) as d"
    info = client.query_info(sql)
    assert info.schema.names == ["a", "a2", "b", "d"]
    assert client.read(info).schema.equals(info.schema)
    assert client.schema("CommandStatementQuery", enc(1, sql)).equals(info.schema)
    metadata = info.schema.field("d").metadata
    assert metadata[b"ARROW:FLIGHT:SQL:PRECISION"] == b"10"
    assert metadata[b"ARROW:FLIGHT:SQL:SCALE"] == b"2"
    assert metadata[b"ARROW:FLIGHT:SQL:TYPE_NAME"] == b"DECIMAL"


def test_enums_come_with_their_words(duck: Server) -> None:
    """pyarrow's server sends no dictionaries with the batches of a generator."""
    sql = (
        "select (case when range % 2 = 0 then 'even' else 'odd' end)"
        "::enum('odd', 'even') e, {'inner': 'odd'::enum('odd', 'even')} s"
        " from range(100000)"
    )
    table = duck.client().query(sql)
    assert pa.types.is_dictionary(table.schema.field("e").type)
    assert table.num_rows == 100_000
    assert table.slice(99_998).to_pylist() == [
        {"e": "even", "s": {"inner": "odd"}},
        {"e": "odd", "s": {"inner": "odd"}},
    ]


def test_dictionaries_of_datafusion(flights: Server) -> None:
    sql = (
        "select arrow_cast(carrier, 'Dictionary(Int16, Utf8)') c, count(*) n"
        " from flights group by 1 order by 2 desc limit 2"
    )
    assert flights.client().rows(sql) == [("UA", 58665), ("B6", 54635)]


def test_duplicate_names_survive_on_duckdb(duck: Server) -> None:
    info = duck.client().query_info("select 1 as a, 'x' as a")
    assert info.schema.names == ["a", "a"]
    assert duck.client().read(info).schema.names == ["a", "a"]


def test_updates_count(any_server: Server) -> None:
    client = any_server.client()
    client.update("create table counted (a int, b varchar)")
    assert client.update("insert into counted values (1, 'x'), (2, 'y')") == 2
    assert client.update("insert into counted select a + 10, b from counted") == 2
    assert client.rows("select sum(a) from counted") == [(26,)]
    client.update("drop table counted")


def test_duckdb_update_delete_counts(duck: Server) -> None:
    client = duck.client()
    client.update("create table changed as select range a from range(10)")
    assert client.update("update changed set a = 0 where a > 3") == 6
    assert client.update("delete from changed where a = 0") == 7
    assert client.rows("insert into changed values (5), (6) returning a") == [
        (5,),
        (6,),
    ]
    client.update("drop table changed")


def test_prepared_query_with_parameters(any_server: Server) -> None:
    client = any_server.client()
    made = client.prepare("select $1 + 1 as a, $2 as b")
    handle = made[1][0]
    parameters = pa.ipc.read_schema(pa.py_buffer(made[3][0]))
    assert len(parameters) == 2
    assert made[4] == [0]
    rows = pa.table({"x": pa.array([1, 2], pa.int64()), "y": ["p", "q"]})
    answer = client.put("CommandPreparedStatementQuery", enc(1, handle), rows)
    assert answer is None or dec(answer)[1] == [handle]
    table = client.metadata("CommandPreparedStatementQuery", enc(1, handle))
    assert table.to_pylist() == [{"a": 2, "b": "p"}, {"a": 3, "b": "q"}]
    closing = any_of("ActionClosePreparedStatementRequest", enc(1, handle))
    client.action("ClosePreparedStatement", closing)
    with pytest.raises(KeyError, match="prepared statement"):
        client.info("CommandPreparedStatementQuery", enc(1, handle))


def test_prepared_update_binds_every_row(any_server: Server) -> None:
    client = any_server.client()
    client.update("create table bound (a int, b varchar)")
    made = client.prepare("insert into bound values (?, ?)")
    assert made[4] == [1]
    rows = pa.table({"1": [1, 2, None], "2": ["x", None, "z"]})
    body = enc(1, made[1][0])
    answer = client.put("CommandPreparedStatementUpdate", body, rows)
    assert count_of(answer) == 3
    assert client.rows("select * from bound order by a nulls last") == [
        (1, "x"),
        (2, None),
        (None, "z"),
    ]
    client.update("drop table bound")


def test_bound_values_take_the_tables_types(any_server: Server) -> None:
    client = any_server.client()
    client.update("create table typed (a int, b double, c date, d decimal(10, 2))")
    made = client.prepare("insert into typed (c, a, b, d) values (?, ? + 1, 7, ?)")
    day = datetime.date(2024, 2, 29)
    rows = pa.table({"1": [day], "2": [1], "3": [decimal.Decimal("1.5")]})
    body = enc(1, made[1][0])
    assert count_of(client.put("CommandPreparedStatementUpdate", body, rows)) == 1
    info = client.query_info("select * from typed")
    table = client.read(info)
    assert table.schema.types == info.schema.types
    assert table.schema.types[:3] == [pa.int32(), pa.float64(), pa.date32()]
    assert table.to_pylist() == [
        {"a": 2, "b": 7.0, "c": day, "d": decimal.Decimal("1.50")}
    ]
    client.update("drop table typed")


def test_prepared_update_without_parameters(any_server: Server) -> None:
    client = any_server.client()
    made = client.prepare("create table prepared_ddl (a int)")
    assert made[4] == [1]
    client.put("CommandPreparedStatementUpdate", enc(1, made[1][0]))
    assert client.rows("select count(*) from prepared_ddl") == [(0,)]
    client.update("drop table prepared_ddl")


def test_returning_is_a_query(duck: Server) -> None:
    client = duck.client()
    client.update("create table given (a int)")
    made = client.prepare("insert into given values (1) returning a")
    assert made[4] == [0]
    client.update("drop table given")


@pytest.mark.parametrize(
    ("sql", "error", "text"),
    [
        ("selec 1", pa.ArrowInvalid, "selec"),
        ("select * from no_such_table", KeyError, "no_such_table"),
        ("select nope from (select 1 as a) t", pa.ArrowInvalid, "nope"),
    ],
)
def test_errors_have_codes(
    any_server: Server, sql: str, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text) as caught:
        any_server.client().query_info(sql)
    assert "Traceback" not in str(caught.value)


def test_error_while_running(any_server: Server) -> None:
    client = any_server.client()
    sql = "select cast(v as int) as i from (values ('1'), ('x')) t(v)"
    with pytest.raises(pa.ArrowInvalid, match=r"(?i)cast|convert"):
        client.query(sql)
    assert client.rows("select 1") == [(1,)]


def test_wrong_number_of_parameters(any_server: Server) -> None:
    client = any_server.client()
    made = client.prepare("select $1 as a, $2 as b")
    body = enc(1, made[1][0])
    client.put("CommandPreparedStatementQuery", body, pa.table({"1": [1]}))
    with pytest.raises(pa.ArrowInvalid, match="parameter"):
        client.metadata("CommandPreparedStatementQuery", body)


@pytest.mark.parametrize(
    "command",
    [
        b"",
        b"\xff\xff\xff",
        b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        any_of("CommandNoSuchThing"),
        any_of("CommandStatementQuery", b"\x0a\x7f"),
        any_of("CommandStatementQuery", b"\x0a\x02\xff\xfe"),
        any_of("CommandPreparedStatementQuery", enc(1, b"no such handle")),
    ],
)
def test_hostile_commands_are_refused(flights: Server, command: bytes) -> None:
    client = flights.client()
    descriptor = flight.FlightDescriptor.for_command(command)
    with pytest.raises((pa.ArrowException, KeyError)):
        client.flight.get_flight_info(descriptor)
    with pytest.raises((pa.ArrowException, KeyError)):
        client.flight.do_get(flight.Ticket(command)).read_all()
    assert client.rows("select 1") == [(1,)]


def test_endpoints_hold_the_result_once_and_in_order(
    start_server: Callable[..., Server],
) -> None:
    reuse = "arrow-flight-reuse-connection://?"
    server = start_server(
        "--data", "nycflights13", "--endpoints", "7", "--advertise", reuse
    )
    client = server.client()
    sql = "select row_number() over (order by time_hour) n from flights order by 1"
    info = client.query_info(sql)
    assert len(info.endpoints) == 7
    assert info.ordered
    assert [str(e.locations[0].uri, "utf-8") for e in info.endpoints] == [reuse] * 7
    parts: list[Any] = [client.get(endpoint) for endpoint in reversed(info.endpoints)]
    table = pa.concat_tables(reversed(parts))
    assert table.column("n").to_pylist() == list(range(1, 336777))
    small = client.query_info("select 1 as a")
    assert sum(client.get(e).num_rows for e in small.endpoints) == 1
    assert client.read(client.query_info("select 1 as a where false")).num_rows == 0


def test_large_results_stream(duck: Server) -> None:
    client = duck.client()
    before = _resident(duck)
    info = client.query_info(
        "select range a, 'some text of a certain length ' || range b"
        " from range(20000000)"
    )
    rows = 0
    peak = before
    reader = client.flight.do_get(info.endpoints[0].ticket)
    for number, chunk in enumerate(reader):
        rows += chunk.data.num_rows
        if number % 20 == 0:
            peak = max(peak, _resident(duck))
    assert rows == 20_000_000
    assert peak - before < 400 << 20  # the result is 1.1 GB


def _resident(server: Server) -> int:
    with open(f"/proc/{server.process.pid}/statm") as file:
        return int(file.read().split()[1]) * 4096
