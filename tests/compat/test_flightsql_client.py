# SPDX-License-Identifier: Apache-2.0
"""FlightSQLClient: FlightInfo, tickets, prepared statements, metadata."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
import venvs
from pyarrow import flight, ipc

import flightsql
from flightsql import FlightSQLCallOptions, FlightSQLClient, TableRef

BIG = 9007199254740993  # 2**53 + 1: no float holds it


def rows(client: FlightSQLClient, info: flight.FlightInfo) -> list[dict[str, Any]]:
    """What all endpoints give."""
    tables = [client.do_get(one.ticket).read_all() for one in info.endpoints]
    return [row for table in tables for row in table.to_pylist()]


def sent(server: Any, method: str) -> dict[str, list[str]]:
    """The headers of the last call of a method that a Go server got."""
    return dict(server.calls(method)[-1].headers)


# ---- where to ----


def test_nothing_is_connected_to_before_the_first_call() -> None:
    client = FlightSQLClient("127.0.0.1", 1, user="a", password="b", insecure=True)
    with pytest.raises(flightsql.OperationalError, match=r"127\.0\.0\.1:1"):
        client.execute("select 1")


def test_text_in_the_place_of_the_port_is_a_token(go_secure: Any) -> None:
    server = go_secure("plain", flags=["-token", "tok-1"], fresh=True)
    port = int(server.uri.rsplit(":", 1)[1])
    client = FlightSQLClient(
        "127.0.0.1", "tok-1", {"X-Database": "b"}, {"a": "on"}, insecure=True
    )
    assert client.features == {"a": "on"}
    assert client.headers == [(b"x-database", b"b")]
    with pytest.raises(flightsql.OperationalError, match=r"127\.0\.0\.1:443"):
        client.execute("select 1")
    good = FlightSQLClient("127.0.0.1", port, token="tok-1", insecure=True)
    assert rows(good, good.execute("select 1 as n")) == [{"n": 1}]
    assert sent(server, "GetFlightInfo")["authorization"] == ["Bearer tok-1"]
    good.close()


@pytest.mark.parametrize(
    ("text", "plaintext"),
    [("false", False), ("0", False), ("true", True), ("on", True)],
)
def test_flags_as_text_mean_what_they_say(
    duck: Any, text: str, plaintext: bool
) -> None:
    port = int(duck.uri.rsplit(":", 1)[1])
    client = FlightSQLClient("127.0.0.1", port, insecure=text)  # type: ignore[arg-type]
    if plaintext:
        assert client.execute("select 1").endpoints
    else:
        with pytest.raises(flightsql.OperationalError, match="TLS"):
            client.execute("select 1")
    client.close()


def test_a_flag_that_is_neither_is_refused() -> None:
    with pytest.raises(flightsql.ProgrammingError, match="insecure: 'maybe'"):
        FlightSQLClient("h", insecure="maybe")  # type: ignore[arg-type]


def test_tls_by_flight_keyword_arguments(
    embedded: Any, tls_files: Any, client_of: Callable[..., FlightSQLClient]
) -> None:
    server = embedded(engine="duckdb", mtls=True)
    pem = {
        "tls_root_certs": tls_files.ca.read_bytes(),
        "cert_chain": tls_files.client.cert.read_bytes(),
        "private_key": tls_files.client.key.read_bytes(),
    }
    client = client_of(server, host="127.0.0.1", **pem)
    assert rows(client, client.execute("select 1 as n")) == [{"n": 1}]
    named = client_of(server, override_hostname="elsewhere.example", **pem)
    with pytest.raises(flightsql.OperationalError, match=r"elsewhere\.example"):
        named.execute("select 1")
    trusting = client_of(
        server,
        disable_server_verification=True,
        cert_chain=pem["cert_chain"],
        private_key=pem["private_key"],
    )
    assert trusting.execute("select 1").endpoints


def test_generic_options_are_mapped_or_named(
    go_secure: Any, client_of: Callable[..., FlightSQLClient]
) -> None:
    server = go_secure("plain")
    client = client_of(
        server,
        generic_options=[
            ("grpc.primary_user_agent", "mine/1"),
            ("grpc.max_receive_message_length", -1),
            ("grpc.keepalive_time_ms", 60000),
        ],
    )
    client.execute("select 1")
    assert sent(server, "GetFlightInfo")["user-agent"] == ["mine/1"]
    with pytest.warns(UserWarning, match=r"grpc\.so_reuseport has no counterpart"):
        FlightSQLClient("h", generic_options=[("grpc.so_reuseport", 1)])


def test_what_cannot_be_mapped_is_refused_by_name() -> None:
    with pytest.raises(flightsql.NotSupportedError, match="middleware"):
        FlightSQLClient("h", middleware=[object()])
    with pytest.raises(TypeError, match="no_such_thing"):
        FlightSQLClient("h", no_such_thing=1)
    with pytest.raises(AttributeError, match="Fletching's own core"):
        _ = FlightSQLClient("h").client


def test_metadata_goes_with_every_call_and_the_handshake(
    go_secure: Any, client_of: Callable[..., FlightSQLClient]
) -> None:
    server = go_secure("auth", fresh=True)
    client = client_of(
        server, user=server.user, password=server.password, metadata={"Tenant": "t1"}
    )
    rows(client, client.execute("select 1 as n"))
    for name in ("Handshake", "GetFlightInfo", "DoGet"):
        assert sent(server, name)["tenant"] == ["t1"], name


def test_nobody_is_nobody(
    go_secure: Any, client_of: Callable[..., FlightSQLClient]
) -> None:
    server = go_secure("plain", fresh=True)
    client_of(server).execute("select 1")
    assert "authorization" not in sent(server, "GetFlightInfo")


# ---- statements ----


def test_execute_gives_a_flight_info_whose_tickets_are_read(
    client: FlightSQLClient, table: str
) -> None:
    info = client.execute(f"select * from {table} order by n")
    assert isinstance(info, flight.FlightInfo)
    ticket = info.endpoints[0].ticket
    assert isinstance(ticket, flight.Ticket)
    expected = [{"n": 2, "t": "b"}, {"n": BIG, "t": "a"}, {"n": None, "t": None}]
    assert client.do_get(ticket).read_all().to_pylist() == expected


def test_do_get_takes_bytes_and_endpoints(client: FlightSQLClient) -> None:
    for pick in (lambda e: e.ticket.ticket, lambda e: e):
        (endpoint,) = client.execute("select 1 as n").endpoints
        assert client.do_get(pick(endpoint)).read_all().to_pylist() == [{"n": 1}]
    with pytest.raises(TypeError, match="Ticket or bytes"):
        client.do_get("text")  # type: ignore[arg-type]


def test_all_endpoints_have_their_rows(
    embedded: Any, client_of: Callable[..., FlightSQLClient]
) -> None:
    client = client_of(embedded(engine="duckdb", endpoints=3))
    info = client.execute("select unnest(range(6)) as n")
    assert len(info.endpoints) == 3
    assert [row["n"] for row in rows(client, info)] == [0, 1, 2, 3, 4, 5]


def test_a_ticket_is_read_where_its_endpoint_says(
    embedded: Any, client_of: Callable[..., FlightSQLClient]
) -> None:
    client = client_of(embedded(engine="duckdb", advertise="grpc+tcp://127.0.0.1:1"))
    (endpoint,) = client.execute("select 1 as n").endpoints
    # Nobody is there; the server itself is the last resort, and here the answer.
    assert client.do_get(endpoint.ticket).read_all().to_pylist() == [{"n": 1}]
    assert client._locations[endpoint.ticket.ticket] == ["grpc+tcp://127.0.0.1:1"]


def test_updates_give_their_count(client: FlightSQLClient, table: str) -> None:
    done = client.execute_update(f"update {table} set t = 'x' where n is not null")
    assert done == 2


def test_updates_without_an_answer_are_unknown(
    go_fresh: Any, client_of: Callable[..., FlightSQLClient]
) -> None:
    client = client_of(go_fresh(flags=["-count", "none"]))
    assert client.execute_update("create table t (n int)") == -1


def test_the_call_options_limit_and_address_a_call(
    go_secure: Any, client_of: Callable[..., FlightSQLClient]
) -> None:
    server = go_secure("plain", fresh=True)
    client = client_of(server, metadata={"database": "a", "other": "o"})
    options = FlightSQLCallOptions(headers=[(b"database", b"b")])
    info = client.execute("select 1", options)
    client.do_get(info.endpoints[0].ticket, options).read_all()
    for name in ("GetFlightInfo", "DoGet"):
        assert sent(server, name)["database"] == ["b"], name
        assert sent(server, name)["other"] == ["o"], name
    client.execute("select 1")
    assert sent(server, "GetFlightInfo")["database"] == ["a"]
    started = time.monotonic()
    with pytest.raises(flightsql.OperationalError, match=r"(?i)time"):
        client.execute("select 1 /* info:20s */", FlightSQLCallOptions(timeout=0.3))
    assert time.monotonic() - started < 5


def test_headers_added_later_are_sent(
    go_secure: Any, client_of: Callable[..., FlightSQLClient]
) -> None:
    server = go_secure("plain", fresh=True)
    client = client_of(server)
    client.execute("select 1")
    client.headers.append((b"x-later", b"yes"))
    client.execute("select 1")
    assert sent(server, "GetFlightInfo")["x-later"] == ["yes"]


def test_prepared_statements(client: FlightSQLClient, table: str) -> None:
    with client.prepare(f"select t from {table} where n = ?") as prepared:
        for value, expected in ((BIG, "a"), (2, "b")):
            batch = pa.record_batch([pa.array([value])], names=["n"])
            assert rows(client, prepared.execute(batch)) == [{"t": expected}]
        assert prepared.dataset_schema.names == ["t"]
    prepared.close()
    with pytest.raises(flightsql.InterfaceError, match="already closed"):
        prepared.execute(batch)


def test_prepared_statements_without_parameters_and_for_updates(
    client: FlightSQLClient, table: str
) -> None:
    with client.prepare(f"select count(*) as c from {table}") as prepared:
        empty = pa.RecordBatch.from_arrays([], names=[])
        for nothing in (None, empty):
            assert rows(client, prepared.execute(nothing)) == [{"c": 3}]
    with client.prepare(f"insert into {table} values (?, ?)") as prepared:
        batch = pa.record_batch([pa.array([7, 8]), pa.array(["x", "y"])], names="nt")
        assert prepared.execute_update(batch) == 2


def test_a_prepared_statement_is_closed_on_the_server(
    go_secure: Any, client_of: Callable[..., FlightSQLClient]
) -> None:
    server = go_secure("plain", fresh=True)
    client = client_of(server)
    with client.prepare("select 1"):
        assert len(server.state()["open"]["prepared"]) == 1
    client.execute("select 1")
    assert not server.state()["open"]["prepared"]


# ---- rows ----


def test_reading_batch_by_batch(client: FlightSQLClient) -> None:
    info = client.execute("select unnest(range(100000)) as n")
    reader = client.do_get(info.endpoints[0].ticket)
    assert reader.schema.names == ["n"]
    first = reader.read_chunk()
    data, app_metadata = first
    assert data is first.data
    assert app_metadata is None
    rest = sum(chunk.data.num_rows for chunk in reader)
    assert data.num_rows + rest == 100000
    with pytest.raises(StopIteration):
        reader.read_chunk()


def test_the_rest_after_a_chunk(client: FlightSQLClient) -> None:
    info = client.execute("select unnest(range(100000)) as n")
    reader = client.do_get(info.endpoints[0].ticket)
    first = reader.read_chunk().data
    assert first.num_rows + reader.read_all().num_rows == 100000
    with pytest.raises(flightsql.InterfaceError, match="read already"):
        reader.read_all()


def test_every_way_of_reading(client: FlightSQLClient, table: str) -> None:
    def reader() -> Any:
        info = client.execute(f"select * from {table} order by n nulls last")
        return client.do_get(info.endpoints[0].ticket)

    expected = [2, BIG, None]
    assert reader().read_all()["n"].to_pylist() == expected
    assert reader().to_reader().read_all()["n"].to_pylist() == expected
    assert pa.table(reader())["n"].to_pylist() == expected


def test_pandas_keeps_digits_and_nulls(client: FlightSQLClient, table: str) -> None:
    info = client.execute(f"select * from {table} order by n nulls last")
    frame = client.do_get(info.endpoints[0].ticket).read_pandas()
    assert str(frame["n"].dtype) == "Int64"
    assert frame["n"][1] == BIG
    assert frame["n"].isna().tolist() == [False, False, True]
    info = client.execute(f"select * from {table}")
    frame = client.do_get(info.endpoints[0].ticket).read_pandas(types_mapper=None)
    assert str(frame["n"].dtype) == "float64"


def test_included_fields(client: FlightSQLClient, table: str) -> None:
    options = FlightSQLCallOptions(read_options=ipc.IpcReadOptions(included_fields=[1]))

    def reader() -> Any:
        info = client.execute(f"select * from {table}")
        return client.do_get(info.endpoints[0].ticket, options)

    assert reader().schema.names == ["t"]
    assert reader().read_all().column_names == ["t"]
    assert next(iter(reader())).data.schema.names == ["t"]
    assert reader().to_reader().read_all().column_names == ["t"]
    assert list(reader().read_pandas().columns) == ["t"]


def test_cancel_ends_who_waits_for_rows(
    go_secure: Any, client_of: Callable[..., FlightSQLClient]
) -> None:
    client = client_of(go_secure("plain"))
    info = client.execute("select 1 /* first:30s */")
    reader = client.do_get(info.endpoints[0].ticket)
    threading.Timer(0.3, reader.cancel).start()
    started = time.monotonic()
    with pytest.raises(flightsql.OperationalError, match=r"(?i)cancel"):
        reader.read_all()
    assert time.monotonic() - started < 10


# ---- metadata ----


def test_metadata_is_where_flight_infos_say(
    go_sqlite: Any, client_of: Callable[..., FlightSQLClient]
) -> None:
    client = client_of(go_sqlite)
    foreign, primary = TableRef(table="intTable"), TableRef(table="foreignTable")
    tables = rows(client, client.get_tables(table_name_filter_pattern="int%"))
    assert [row["table_name"] for row in tables] == ["intTable"]
    (with_schema,) = rows(
        client, client.get_tables(True, table_name_filter_pattern="intTable")
    )
    schema = ipc.open_stream(with_schema["table_schema"]).schema
    assert "keyName" in schema.names
    types = {row["table_type"] for row in rows(client, client.get_table_types())}
    assert "table" in types
    assert rows(client, client.get_tables(table_types=["view"])) == []
    assert rows(client, client.get_catalogs())
    assert rows(client, client.get_db_schemas())
    info = rows(client, client.get_sql_info([0]))
    assert [row["info_name"] for row in info] == [0]
    assert len(rows(client, client.get_xdbc_type_info(None))) > 1
    assert {row["data_type"] for row in rows(client, client.get_xdbc_type_info(4))} == {
        4
    }
    (key,) = rows(client, client.get_primary_keys(foreign))
    assert key["column_name"] == "id"
    (imported,) = rows(client, client.get_imported_keys(foreign))
    (exported,) = rows(client, client.get_exported_keys(primary))
    (crossed,) = rows(client, client.get_cross_reference(primary, foreign))
    assert imported == exported == crossed
    assert imported["fk_column_name"] == "foreignId"


# ---- the end ----


def test_close_is_idempotent_and_final(
    duck: Any, client_of: Callable[..., FlightSQLClient]
) -> None:
    client = client_of(duck)
    info = client.execute("select 1")
    client.close()
    client.close()
    for call in (
        lambda: client.execute("select 1"),
        lambda: client.do_get(info.endpoints[0].ticket),
        lambda: client.execute_update("select 1"),
        lambda: client.prepare("select 1"),
        client.get_catalogs,
    ):
        with pytest.raises(flightsql.InterfaceError, match="already closed"):
            call()


def test_a_client_made_before_fork_connects_again_in_the_child(
    client: FlightSQLClient,
) -> None:
    assert client.execute("select 1").endpoints
    child = os.fork()
    if child == 0:  # no assertion may leave the child
        good = rows(client, client.execute("select 2 as n")) == [{"n": 2}]
        os._exit(0 if good else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert rows(client, client.execute("select 3 as n")) == [{"n": 3}]


WITHOUT_PYARROW = """
import sys
sys.modules["pyarrow"] = sys.modules["pyarrow.flight"] = None
import flightsql
client = flightsql.FlightSQLClient("127.0.0.1", {port}, insecure=True)
print(flightsql.connect(client).execute("select 41 + 1").fetchall())
try:
    client.execute("select 1")
except ImportError as error:
    print(error)
"""


def test_without_pyarrow_the_dbapi_works_and_the_error_says_what_to_type(
    duck: Any,
) -> None:
    port = duck.uri.rsplit(":", 1)[1]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PYARROW.format(port=port)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    result, error = done.stdout.splitlines() or [done.stderr, ""]
    assert result == "[(42,)]"
    assert error.endswith("(pip install 'fletching[flightsql]')")


WITH_THE_OLDEST = """
import pyarrow
assert pyarrow.__version__.startswith("14."), pyarrow.__version__
import flightsql
client = flightsql.FlightSQLClient("127.0.0.1", {port}, insecure=True)
def reader():
    info = client.execute("select unnest([1, 2, null]) as n")
    return client.do_get(info.endpoints[0].ticket)
print(reader().read_all()["n"].to_pylist())
print(reader().read_chunk().data.num_rows, reader().to_reader().read_all().num_rows)
print(reader().read_pandas()["n"].dtype, reader().schema.field("n").type)
with client.prepare("select ? + 1 as n") as prepared:
    binding = flightsql.dbapi.ParameterRecordBuilder([41]).build_record()
    info = prepared.execute(binding)
print(client.do_get(info.endpoints[0].ticket).read_all().to_pylist())
"""


@pytest.mark.slow
@pytest.mark.skipif(
    sys.version_info >= (3, 13), reason="pyarrow 14 has no wheel for it"
)
def test_the_oldest_pyarrow(duck: Any) -> None:
    ours = os.path.dirname(os.path.dirname(flightsql.__file__))
    code = WITH_THE_OLDEST.format(port=duck.uri.rsplit(":", 1)[1])
    done = subprocess.run(
        [
            venvs.interpreter("pyarrow-14"),
            "-c",
            f"import sys; sys.path.append({ours!r})\n" + code,
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.splitlines() == [
        "[1, 2, None]",
        "3 3",
        "Int32 int32",
        "[{'n': 42}]",
    ], done.stderr
