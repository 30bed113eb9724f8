# SPDX-License-Identifier: Apache-2.0
"""Our Go server's sessions, tokens and metadata."""

from __future__ import annotations

import time
from collections.abc import Callable

import pyarrow as pa
import pyarrow.flight as flight
import pytest

from servers import raw, reference
from servers.launch import Server

Started = Callable[..., Server]
OPTION = "adbc.flight.sql.session.option."


def test_a_session_from_its_first_call_to_its_close(go_fresh: Started) -> None:
    server = go_fresh()
    with reference.connect(server, **reference.COOKIES) as connection:
        one = connection.adbc_connection
        one.set_options(**{OPTION + "flavour": "salt"})
        one.set_options(**{OPTION + "colour": "red"})
        one.set_options(**{"adbc.flight.sql.session.optionerase.colour": ""})
        told = one.get_option("adbc.flight.sql.session.options")
        assert "salt" in told
        assert "red" not in told
        (session,) = server.state()["open"]["sessions"]
        assert {event["session"] for event in server.events()} == {session}
    state = server.state()
    assert state["open"]["sessions"] == {}
    assert state["counters"]["sessions closed"] == 1
    assert state["calls"]["DoAction/CloseSession"] == 1
    first = server.events("SetSessionOptions")[0]
    assert first["request"] == {
        "session_options": {"flavour": {"string_value": "salt"}}
    }


def test_sessions_can_be_lost(go_fresh: Started) -> None:
    server = go_fresh()
    with reference.connect(server, **reference.COOKIES) as connection:
        one = connection.adbc_connection
        one.set_options(**{OPTION + "flavour": "salt"})
        (before,) = server.state()["open"]["sessions"]
        server.drop_sessions()
        assert "salt" not in one.get_option("adbc.flight.sql.session.options")
        (after,) = server.state()["open"]["sessions"]
        assert before != after


def test_options_that_are_refused(go_fresh: Started) -> None:
    server = go_fresh(flags=["-catalog", "extra"])
    with flight.connect(server.uri) as client:

        def set_option(name: str, value: str) -> dict[int, list[int | bytes]]:
            entry = raw.message((1, name), (2, raw.message((1, value))))
            bodies = raw.action(client, "SetSessionOptions", raw.message((1, entry)))
            return raw.fields(bodies[0])

        assert set_option("catalog", "extra") == {}
        assert set_option("anything", "at all") == {}
        for name, value, code in (
            ("catalog", "none", 2),
            ("schema", "x", 2),
            ("", "x", 1),
        ):
            (entry,) = set_option(name, value)[1]
            assert isinstance(entry, bytes)
            (failure,) = raw.fields(entry)[2]
            assert isinstance(failure, bytes)
            assert raw.fields(failure)[1] == [code]


def test_the_session_s_catalog_is_where_ingests_go(go_fresh: Started) -> None:
    server = go_fresh(flags=["-catalog", "extra"])
    with (
        reference.connect(server, **reference.COOKIES) as connection,
        connection.cursor() as cursor,
    ):
        connection.adbc_connection.set_options(**{OPTION + "catalog": "extra"})
        cursor.adbc_ingest("t", pa.table({"n": [1]}))
        cursor.execute("SELECT n FROM extra.t")
        assert cursor.fetchall() == [(1,)]


@pytest.mark.parametrize("how", ["closed", "lost"])
def test_a_session_s_end_rolls_back(go_fresh: Started, how: str) -> None:
    server = go_fresh()
    with flight.connect(server.uri) as client:
        raw.action(client, "GetSessionOptions")
        (session,) = server.state()["open"]["sessions"]
        cookie = (b"cookie", f"arrow_flight_session_id={session}".encode())
        options = flight.FlightCallOptions(headers=[cookie])

        def act(name: str, body: bytes = b"") -> None:
            list(client.do_action(flight.Action(name, body), options))

        act("BeginTransaction", raw.command("ActionBeginTransactionRequest"))
        (transaction,) = server.state()["open"]["transactions"]
        if how == "closed":
            act("CloseSession")
        else:
            server.drop_sessions()
        state = server.state()
        assert state["open"]["transactions"] == {}
        assert state["open"]["sessions"] == {}
        assert state["counters"]["rolled back"] == 1
        with pytest.raises(pa.ArrowInvalid, match="transaction id not found"):
            raw.sql_action(client, "EndTransaction", (1, transaction), (2, 1))


def header(token: str) -> flight.FlightCallOptions:
    return flight.FlightCallOptions(
        headers=[(b"authorization", f"Bearer {token}".encode())]
    )


STATEMENT = raw.descriptor(raw.query("SELECT 1"))


def test_tokens_run_out_of_time(go_fresh: Started) -> None:
    server = go_fresh("auth", flags=["-token-lasts", "1s"])
    with flight.connect(server.uri) as client:
        for _ in range(2):
            login = client.authenticate_basic_token(server.user, server.password)
            options = flight.FlightCallOptions(headers=[login])
            client.get_flight_info(STATEMENT, options)
            time.sleep(1.05)
            with pytest.raises(flight.FlightUnauthenticatedError, match="expired"):
                client.get_flight_info(STATEMENT, options)


def test_tokens_of_a_prefix_are_each_good_for_some_calls(go_fresh: Started) -> None:
    """What a token callback may return: each of them works, for a while."""
    flags = ["-token-prefix", "mine-", "-token-uses", "2"]
    server = go_fresh(flags=flags)
    with flight.connect(server.uri) as client:
        for token in ("mine-1", "mine-2"):
            for _ in range(2):
                client.get_flight_info(STATEMENT, header(token))
            with pytest.raises(flight.FlightUnauthenticatedError, match="expired"):
                client.get_flight_info(STATEMENT, header(token))
        with pytest.raises(flight.FlightUnauthenticatedError, match="bad token"):
            client.get_flight_info(STATEMENT, header("other"))
        with pytest.raises(flight.FlightUnauthenticatedError, match="authenticate"):
            client.get_flight_info(STATEMENT)


def test_tokens_can_be_expired_at_once(go_fresh: Started) -> None:
    server = go_fresh(flags=["-token-prefix", "mine-"])
    with flight.connect(server.uri) as client:
        client.get_flight_info(STATEMENT, header("mine-1"))
        server.expire_tokens()
        with pytest.raises(flight.FlightUnauthenticatedError, match="expired"):
            client.get_flight_info(STATEMENT, header("mine-1"))
        client.get_flight_info(STATEMENT, header("mine-2"))
    assert len(server.events("GetFlightInfo")) == 2  # refused ones did not get in
    assert len(server.calls("GetFlightInfo")) == 3


def info_rows(server: Server, *ids: int) -> dict[int, object]:
    wanted = b"".join(map(raw.varint, ids))
    with flight.connect(server.uri) as client:
        table = raw.read(client, raw.command("CommandGetSqlInfo", (1, wanted)))
    names = table.column("info_name").to_pylist()
    return dict(zip(names, table.column("value").to_pylist(), strict=True))


def test_sql_info_says_what_is_there(go_secure: Started) -> None:
    told = info_rows(go_secure("plain"), 0, 8, 9, 10, 11)
    assert told == {0: "db_name", 8: 2, 9: True, 10: True, 11: True}


def test_sql_info_as_flags_say(go_secure: Started) -> None:
    flags = [
        "-like-escape",
        "!",
        "-sql-info",
        '0="ClickHouse"',
        "-sql-info",
        "10=false",
    ]
    server = go_secure("plain", flags=[*flags, "-sql-info", "10001=7"])
    told = info_rows(server, 0, 10, 513, 10001)
    assert told == {0: "ClickHouse", 10: False, 513: "!", 10001: 7}


def test_unknown_sql_info(go_secure: Started) -> None:
    with pytest.raises(
        pa.ArrowException, match="no information for sql info number 513"
    ):
        info_rows(go_secure("plain"), 513)
    server = go_secure("plain", flags=["-skip-unknown-sql-info"])
    assert info_rows(server, 513, 9) == {0: "db_name", 9: True}


def test_the_union_of_sql_info_may_be_permuted(go_secure: Started) -> None:
    server = go_secure("plain", flags=["-permuted-sql-info"])
    wanted = raw.command("CommandGetSqlInfo")
    with flight.connect(server.uri) as client:
        odd = raw.read(client, wanted)
    with flight.connect(go_secure("plain").uri) as client:
        even = raw.read(client, wanted)
    kinds = [table.schema.field("value").type for table in (odd, even)]
    assert [kind.type_codes for kind in kinds] == [
        [45, 38, 31, 24, 17, 10],
        [*range(6)],
    ]
    assert [f.name for f in kinds[0]] == [f.name for f in kinds[1]][::-1]
    tables = [
        dict(zip(*(column.to_pylist() for column in table.columns), strict=True))
        for table in (odd, even)
    ]
    assert tables[0] == tables[1]
    assert len(tables[0]) >= 20


def tables_of(server: Server, *fields: tuple[int, raw.Value]) -> pa.Table:
    with flight.connect(server.uri) as client:
        return raw.read(client, raw.command("CommandGetTables", *fields))


@pytest.mark.parametrize(
    ("flags", "pattern", "found"),
    [
        ([], "a_c", ["a_c", "abc"]),
        ([], "a\\_c", []),
        (["-like-escape", "\\"], "a\\_c", ["a_c"]),
        (["-like-escape", "!"], "a!_c", ["a_c"]),
        ([], "it's", []),
    ],
)
def test_patterns(
    go_fresh: Started, flags: list[str], pattern: str, found: list[str]
) -> None:
    server = go_fresh(flags=flags)
    with flight.connect(server.uri) as client:
        for name in ("abc", "a_c"):
            raw.put(client, raw.ingest(name), [pa.record_batch({"n": [1]})])
    assert tables_of(server, (3, pattern)).column("table_name").to_pylist() == found


def test_metadata_of_columns(go_secure: Started) -> None:
    for flags, key in (([], "SCHEMA_NAME"), (["-proto-names"], "DB_SCHEMA_NAME")):
        server = go_secure("plain", flags=flags)
        table = tables_of(server, (3, "intTable"), (5, 1))
        (data,) = table.column("table_schema").to_pylist()
        field = pa.ipc.read_schema(pa.py_buffer(data)).field("id")
        assert (field.type, field.nullable) == (pa.int64(), False)
        assert field.metadata[b"ARROW:FLIGHT:SQL:IS_AUTO_INCREMENT"] == b"1"
        assert field.metadata[b"ARROW:FLIGHT:SQL:TABLE_NAME"] == b"intTable"
        assert field.metadata[f"ARROW:FLIGHT:SQL:{key}".encode()] == b""


def test_metadata_may_look_odd(go_secure: Started) -> None:
    server = go_secure("plain", flags=["-odd-metadata"])
    table = tables_of(server, (3, "intTable"))
    names = ["TABLE_TYPE", "TABLE_NAME", "DB_SCHEMA_NAME", "CATALOG_NAME"]
    assert table.schema == pa.schema([(name, pa.large_utf8()) for name in names])
    assert table.to_pylist() == [
        dict(zip(names, ["table", "intTable", "", "main"], strict=True))
    ]


def test_five_hundred_tables_of_twenty_columns(go_secure: Started) -> None:
    server = go_secure("plain", flags=["-tables", "500", "-columns", "20"])
    started = time.monotonic()
    table = tables_of(server, (3, "many_%"), (5, 1))
    assert time.monotonic() - started < 5
    assert table.num_rows == 500
    for data in table.column("table_schema").to_pylist():
        schema = pa.ipc.read_schema(pa.py_buffer(data))
        assert len(schema) == 20
        assert set(schema.types) == {pa.int64(), pa.utf8(), pa.float64(), pa.binary()}
    with reference.connect(server) as connection:
        found = connection.adbc_get_objects(depth="all").read_all().to_pylist()
    ((schema,),) = [catalog["catalog_db_schemas"] for catalog in found]
    many = [
        one
        for one in schema["db_schema_tables"]
        if one["table_name"].startswith("many")
    ]
    assert [len(one["table_columns"]) for one in many] == [20] * 500


def test_odd_types_do_not_spoil_the_others(go_fresh: Started) -> None:
    """The example answers nothing at all once there is such a column."""
    server = go_fresh()
    with flight.connect(server.uri) as client:
        sql = "CREATE TABLE odd (at TIMESTAMP, yes BOOLEAN)"
        raw.put(client, raw.command("CommandStatementUpdate", (1, sql)))
    table = tables_of(server, (3, "odd"), (5, 1))
    (data,) = table.column("table_schema").to_pylist()
    types = pa.ipc.read_schema(pa.py_buffer(data)).types
    assert types == [pa.timestamp("us"), pa.bool_()]
