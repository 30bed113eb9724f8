# SPDX-License-Identifier: Apache-2.0
"""Metadata, options and errors through the driver manager."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import fletching
import fletching.adbc

pytest.importorskip("pyarrow")
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


def test_table_schema_types_and_statistics(connect: Connect, flights: str) -> None:
    connection = connect(flights)
    assert connection.adbc_get_table_schema("airlines").names == ["carrier", "name"]
    with pytest.raises(manager.Error) as caught:
        connection.adbc_get_table_schema("nowhere")
    assert caught.value.status_code == manager.AdbcStatusCode.NOT_FOUND
    assert "VIEW" in connection.adbc_get_table_types()
    assert connection.adbc_get_statistic_names().read_all().num_rows == 0
    with pytest.raises(manager.NotSupportedError, match="statistics of tables"):
        connection.adbc_get_statistics()


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
    with pytest.raises(manager.Error, match="no OAuth server"):
        connect(flights, **{"adbc.flight.sql.oauth.flow": "client_credentials"})
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


def test_substrait_is_refused(connect: Connect, flights: str) -> None:
    with (
        connect(flights).cursor() as cursor,
        pytest.raises(manager.NotSupportedError, match="only SQL"),
    ):
        cursor.execute(b"a plan")
