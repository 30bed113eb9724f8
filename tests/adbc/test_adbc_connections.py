# SPDX-License-Identifier: Apache-2.0
"""Metadata, options and errors through the driver manager."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from emulators.oauth import CLIENT, SECRET, OAuthServer

import fletching
import fletching.adbc

pa = pytest.importorskip("pyarrow")
manager = pytest.importorskip("adbc_driver_manager")
dbapi = pytest.importorskip("adbc_driver_manager.dbapi")

Connect = Callable[..., Any]
Ask = Callable[[Any, str], list[tuple[Any, ...]]]


# ---- metadata ----


def test_info(connect: Connect, flights: str) -> None:
    info = connect(flights).adbc_get_info()
    assert info["driver_name"] == "Fletching ADBC driver"
    assert info["driver_version"] == fletching.__version__
    assert info["driver_adbc_version"] == 1_001_000
    assert "DataFusion" in info["vendor_name"]


def test_objects_have_columns_and_filters(connect: Connect, flights: str) -> None:
    connection = connect(flights)
    found = connection.adbc_get_objects(table_name_filter="air%").read_all()
    schemas = [s for c in found.to_pylist() for s in c["catalog_db_schemas"] or []]
    tables = {t["table_name"]: t for s in schemas for t in s["db_schema_tables"] or []}
    assert set(tables) == {"airlines", "airports"}
    columns = [column["column_name"] for column in tables["airlines"]["table_columns"]]
    assert columns == ["carrier", "name"]
    shallow = connection.adbc_get_objects(depth="catalogs").read_all().to_pylist()
    assert all(row["catalog_db_schemas"] is None for row in shallow)


def test_table_schema_and_types(connect: Connect, flights: str) -> None:
    connection = connect(flights)
    assert connection.adbc_get_table_schema("airlines").names == ["carrier", "name"]
    with pytest.raises(manager.Error) as caught:
        connection.adbc_get_table_schema("nowhere")
    assert caught.value.status_code == manager.AdbcStatusCode.NOT_FOUND
    assert "VIEW" in connection.adbc_get_table_types()


# adbc.h at AdbcConnectionGetStatistics.
VALUE = pa.dense_union(
    [
        pa.field("int64", pa.int64()),
        pa.field("uint64", pa.uint64()),
        pa.field("float64", pa.float64()),
        pa.field("binary", pa.binary()),
    ]
)
STATISTIC = pa.struct(
    [
        pa.field("table_name", pa.string(), nullable=False),
        pa.field("column_name", pa.string()),
        pa.field("statistic_key", pa.int16(), nullable=False),
        pa.field("statistic_value", VALUE, nullable=False),
        pa.field("statistic_is_approximate", pa.bool_(), nullable=False),
    ]
)
DB_SCHEMA = pa.struct(
    [
        pa.field("db_schema_name", pa.string()),
        pa.field("db_schema_statistics", pa.list_(STATISTIC), nullable=False),
    ]
)
STATISTICS = pa.schema(
    [
        pa.field("catalog_name", pa.string()),
        pa.field("catalog_db_schemas", pa.list_(DB_SCHEMA), nullable=False),
    ]
)


def test_statistics(connect: Connect, flights: str) -> None:
    connection = connect(flights)
    reader = connection.adbc_get_statistics(table_name_filter="airl%")
    assert reader.schema == STATISTICS
    (row,) = reader.read_all().to_pylist()
    assert row["catalog_name"] == "datafusion"
    (schema,) = row["catalog_db_schemas"]
    rows = {
        "table_name": "airlines",
        "column_name": None,
        "statistic_key": 6,
        "statistic_value": 16,
        "statistic_is_approximate": False,
    }
    assert schema["db_schema_statistics"] == [rows]
    exact = connection.adbc_get_statistics(
        catalog_filter="data%", table_name_filter="airlines", approximate=False
    )
    (row,) = exact.read_all().to_pylist()
    found = row["catalog_db_schemas"][0]["db_schema_statistics"]
    least = [one["statistic_value"] for one in found if one["statistic_key"] == 4]
    assert least == [b"9E", b"AirTran Airways Corporation"]
    # Names beside ADBC's own there are none.
    assert connection.adbc_get_statistic_names().read_all().num_rows == 0
    # A cancel ends what is being read, and nothing that comes after it.
    reader = connection.adbc_get_statistics()
    connection.adbc_connection.cancel()
    with pytest.raises((manager.Error, OSError), match="cancelled"):
        reader.read_all()
    assert connection.adbc_get_statistics().read_all().num_rows == 5


def test_statistics_of_flink(connect: Connect, flink: Callable[..., Any]) -> None:
    uri = flink().uri.replace("http://", "flink+http://")
    with pytest.raises(manager.NotSupportedError, match="without an end"):
        connect(uri).adbc_get_statistics()


def test_constraints_are_told(connect: Connect, go_secure: Callable[..., Any]) -> None:
    server = go_secure("plain", flags=["-tables", "500", "-columns", "20"])
    found = connect(server.uri).adbc_get_objects(table_name_filter="%1").read_all()
    assert found.num_rows >= 1


# ---- options ----


def test_options_are_given_back(connect: Connect, flights: str) -> None:
    connection = connect(
        flights,
        **{
            "fletching.memory_budget": "32m",
            "adbc.flight.sql.rpc.timeout_seconds.query": "7.5",
            "adbc.flight.sql.client_option.with_block": "true",
            "adbc.telemetry.traces_exporter": "none",
        },
    )
    database = connection.adbc_database
    assert database.get_option("fletching.memory_budget") == "32m"
    assert database.get_option_float("adbc.flight.sql.rpc.timeout_seconds.query") == 7.5
    inner = connection.adbc_connection
    assert inner.get_option("adbc.connection.autocommit") == "true"
    assert inner.get_option("uri") == flights
    with connection.cursor() as cursor:
        statement = cursor.adbc_statement
        statement.set_options(**{"adbc.rpc.result_queue_size": 5})
        statement.set_options(**{"adbc.statement.exec.incremental": True})
        assert statement.get_option_int("adbc.rpc.result_queue_size") == 5
        assert statement.get_option("adbc.statement.exec.incremental") == "true"
        cursor.execute("select 1")
        assert cursor.fetchall() == [(1,)]
        assert statement.get_option_float("adbc.statement.exec.max_progress") == 1


def test_what_is_wrong_with_an_option_is_said(connect: Connect, flights: str) -> None:
    with pytest.raises(manager.Error, match="did you mean"):
        connect(flights, **{"fletching.memory_budgets": "1"})
    connection = connect(flights).adbc_connection
    with pytest.raises(manager.NotSupportedError, match="isolation level"):
        connection.set_options(
            **{
                "adbc.connection.transaction.isolation_level": (
                    "adbc.connection.transaction.isolation.serializable"
                )
            }
        )
    with pytest.raises(manager.Error, match="there is no such option") as caught:
        connection.get_option("fletching.nothing")
    assert caught.value.status_code == manager.AdbcStatusCode.NOT_FOUND


def test_secrets_are_not_given_back(
    connect: Connect, ask: Ask, embedded: Callable[..., Any]
) -> None:
    uri = embedded(user="ada", password="lovelace").uri
    connection = connect(uri, username="ada", password="lovelace")
    assert ask(connection, "select 1") == [(1,)]
    for name in ("password", "uri", "adbc.flight.sql.authorization_header"):
        with pytest.raises(manager.Error, match="may hold a secret"):
            connection.adbc_database.get_option(name)
    with pytest.raises(manager.ProgrammingError) as caught:
        connect(uri, username="ada", password="byron")
    assert caught.value.status_code == manager.AdbcStatusCode.UNAUTHENTICATED
    assert "byron" not in str(caught.value)


def test_the_session_has_options(connect: Connect, ask: Ask, duck: str) -> None:
    connection = connect(duck)
    ask(connection, "create schema if not exists adbc_s")
    inner = connection.adbc_connection
    inner.set_options(**{"adbc.connection.db_schema": "adbc_s"})
    assert connection.adbc_current_db_schema == "adbc_s"
    assert ask(connection, "select current_schema()") == [("adbc_s",)]
    assert '"schema":"adbc_s"' in inner.get_option("adbc.flight.sql.session.options")
    inner.set_options(**{"adbc.flight.sql.session.option.schema": "main"})
    assert inner.get_option("adbc.flight.sql.session.option.schema") == "main"
    ask(connection, "drop schema adbc_s")
    begun = connect(duck, conn_kwargs={"adbc.connection.db_schema": "main"})
    assert ask(begun, "select current_schema()") == [("main",)]


# ---- errors ----


def test_errors_have_state_and_details(connect: Connect, flights: str) -> None:
    with connect(flights).cursor() as cursor:
        with pytest.raises(manager.ProgrammingError) as caught:
            cursor.execute("select * from nowhere")
        assert caught.value.status_code == manager.AdbcStatusCode.NOT_FOUND
        assert caught.value.sqlstate == "42S02"
        assert "nowhere" in str(caught.value)
        assert dict(caught.value.details)[b"grpc-status"] == b"5"


def test_an_error_in_the_middle_of_a_result(connect: Connect, duck: str) -> None:
    sql = "select case when range > 900000 then error('late') else range end"
    with connect(duck).cursor() as cursor:
        with pytest.raises(manager.Error, match="late"):
            cursor.execute(f"{sql} from range(1000000)").fetch_arrow_table()
        assert cursor.execute("select 1").fetchall() == [(1,)]


def test_nobody_listens(connect: Connect) -> None:
    with pytest.raises(manager.OperationalError, match="is the server running"):
        connect("grpc://127.0.0.1:1")


# ---- how it is found ----


def test_a_manifest_names_it(flights: str, tmp_path: Path) -> None:
    path = fletching.adbc.install_manifest(tmp_path)
    with (
        dbapi.connect(
            driver=str(path), db_kwargs={"uri": flights}, autocommit=True
        ) as connection,
        connection.cursor() as cursor,
    ):
        assert cursor.execute("select 1").fetchall() == [(1,)]
    printed = subprocess.run(
        [sys.executable, "-m", "fletching.adbc", "path"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert printed.stdout.strip() == fletching.adbc_driver_path()


def test_only_the_entry_points_are_exported() -> None:
    command = ["nm", "-D", "--defined-only", fletching.adbc_driver_path()]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    names = {line.split()[-1] for line in lines.splitlines()}
    assert names == {"AdbcDriverInit", "AdbcDriverFletchingInit"}


# ---- OAuth, by the keys of the Go driver ----

OAUTH = "adbc.flight.sql.oauth."


def login(oauth: OAuthServer, flow: str, **more: str) -> dict[str, str]:
    """Options of the database."""
    keys = {"flow": flow, "token_uri": f"{oauth.url}/token", **more}
    return {OAUTH + name: value for name, value in keys.items()}


def test_client_credentials(
    connect: Connect, ask: Ask, guarded: str, oauth: OAuthServer
) -> None:
    options = login(
        oauth,
        "client_credentials",
        client_id=CLIENT,
        client_secret=SECRET,
        scope="read write",
    )
    connection = connect(guarded, **options)
    assert ask(connection, "select 42") == [(42,)]
    assert oauth.forms == [{"grant_type": "client_credentials", "scope": "read write"}]
    database = connection.adbc_database
    assert database.get_option(OAUTH + "client_id") == CLIENT
    with pytest.raises(manager.Error, match="may hold a secret"):
        database.get_option(OAUTH + "client_secret")
    # A connection with options of its own logs in by the same.
    own = connect(guarded, conn_kwargs={"adbc.connection.readonly": "false"}, **options)
    assert ask(own, "select 1") == [(1,)]


def test_token_exchange(
    connect: Connect, ask: Ask, guarded: str, oauth: OAuthServer
) -> None:
    options = login(
        oauth,
        "token_exchange",
        **{
            "exchange.subject_token": "theirs",
            "exchange.subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "exchange.aud": "sql",
            "exchange.scope": "read",
        },
    )
    connection = connect(guarded, **options)
    assert ask(connection, "select 42") == [(42,)]
    (form,) = oauth.forms
    assert form["audience"] == "sql"
    assert form["scope"] == "read"
    assert form["subject_token_type"].endswith(":jwt")


def test_tokens_are_got_anew(
    connect: Connect, ask: Ask, guarded: str, oauth: OAuthServer
) -> None:
    oauth.lifetime = 1.5
    options = login(oauth, "client_credentials", client_id=CLIENT, client_secret=SECRET)
    connection = connect(guarded, **options)
    end = time.monotonic() + 60
    while len(oauth.grants) < 2 and time.monotonic() < end:
        assert ask(connection, "select 42") == [(42,)]
        time.sleep(0.1)
    assert len(oauth.grants) >= 2
    # And one that is refused is replaced.
    oauth.lifetime = 3600
    oauth.tokens = ["revoked", "token-3"]
    assert ask(connect(guarded, **options), "select 1") == [(1,)]


def test_what_is_wrong_with_a_login_is_said(
    connect: Connect, guarded: str, oauth: OAuthServer
) -> None:
    good = login(oauth, "client_credentials", client_id=CLIENT, client_secret=SECRET)
    wrong = [
        ({OAUTH + "flow": "device"}, "client_credentials nor token_exchange"),
        ({OAUTH + "client_secret": "guess"}, "answered 40.: invalid_client"),
        ({OAUTH + "token_uri": "http://example.com/token"}, "https://"),
        ({OAUTH + "client_secret": ""}, "needs client_secret"),
        ({OAUTH + "token_uri": "http://127.0.0.1:1/t"}, "token endpoint at 127.0.0.1"),
        ({OAUTH + "redirect_uri": "http://x"}, "no flow here"),
        ({"username": "ada", "password": "x"}, "give one of the two"),
    ]
    for more, told in wrong:
        with pytest.raises(manager.Error, match=told) as caught:
            connect(guarded, **{**good, **more}).cursor().execute("select 1")
        assert SECRET not in str(caught.value)
        assert "guess" not in str(caught.value)


# ---- Substrait ----


def test_substrait(connect: Connect, ask: Ask, flights: str) -> None:
    datafusion = pytest.importorskip("datafusion")
    from datafusion import substrait

    connection = connect(flights)
    context = datafusion.SessionContext()
    with connection.cursor() as cursor:
        cursor.execute("select * from airlines limit 0")
        context.from_arrow(cursor.fetch_arrow_table(), name="airlines")
    sql = "select name from airlines where carrier = 'UA'"
    plan = substrait.Serde.serialize_bytes(sql, context)
    wanted = ask(connection, sql)
    with connection.cursor() as cursor:
        assert cursor.execute(plan).fetchall() == wanted
        statement = cursor.adbc_statement
        statement.set_options(**{"adbc.flight.sql.substrait.version": "0.77.0"})
        statement.set_substrait_plan(plan)
        assert list(pa.schema(statement.execute_schema()).names) == ["name"]
        statement.prepare()
        stream, _ = statement.execute_query()
        assert pa.table(stream).num_rows == 1
        parts, _ = cursor.adbc_execute_partitions(plan)
        cursor.adbc_read_partition(parts[0])
        assert cursor.fetchall() == wanted
        assert cursor.execute("select 1").fetchall() == [(1,)]


def test_servers_without_substrait_say_so(connect: Connect, duck: str) -> None:
    with (
        connect(duck).cursor() as cursor,
        pytest.raises(manager.NotSupportedError, match="takes no such plans"),
    ):
        cursor.execute(b"\x1a\x02\x12\x00")
