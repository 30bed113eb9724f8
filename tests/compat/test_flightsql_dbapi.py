# SPDX-License-Identifier: Apache-2.0
"""flightsql.connect: where 0.2.2 was wrong, and what dialects ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

import fletching
import flightsql
from flightsql import FlightSQLClient, connect, dbapi
from flightsql.dbapi import Connection

BIG = 9007199254740993


def test_values_are_exact_and_null_is_none(connection: Connection, table: str) -> None:
    cursor = connection.cursor()
    cursor.execute(f"select n, 0.5::double as f, t from {table} order by n nulls last")
    assert list(cursor) == [(2, 0.5, "b"), (BIG, 0.5, "a"), (None, 0.5, None)]


def test_rows_of_all_endpoints_come(
    embedded: Any, client_of: Callable[..., FlightSQLClient]
) -> None:
    with connect(client_of(embedded(engine="duckdb", endpoints=3))) as connection:
        cursor = connection.execute("select unnest(range(6)) as n")
        assert cursor.fetchall() == [(n,) for n in range(6)]


def test_parameters_as_tuple_list_or_none(connection: Connection, table: str) -> None:
    sql = f"select t from {table} where n = ?"
    assert connection.execute(sql, (BIG,)).fetchall() == [("a",)]
    assert connection.execute(sql, [BIG]).fetchall() == [("a",)]
    for nothing in (None, (), []):
        assert connection.execute("select '??'", nothing).fetchall() == [("??",)]


def test_values_of_every_type_bind(connection: Connection) -> None:
    values = (1, 0.5, "t", b"b", True, None)
    cursor = connection.execute("select ?, ?, ?, ?, ?, ?", values)
    assert cursor.fetchone() == values


def test_executemany_runs_every_row_and_none_for_none(
    connection: Connection, table: str
) -> None:
    sql = f"insert into {table} values (?, ?)"
    assert connection.executemany(sql, [(10, "x"), (11, "y")]).rowcount == 2
    connection.executemany(sql, [])
    assert connection.execute(f"select count(*) from {table}").fetchone() == (5,)


def test_statements_commit_by_themselves(
    connection: Connection, client: FlightSQLClient, table: str
) -> None:
    connection.execute(f"insert into {table} values (10, 'x')")
    connection.close()
    with connect(client) as other:
        assert other.execute(f"select count(*) from {table}").fetchone() == (4,)


def test_transactions_on_request(client: FlightSQLClient, table: str) -> None:
    with connect(client, autocommit=False) as connection:
        connection.execute(f"delete from {table}")
        connection.rollback()
        assert connection.execute(f"select count(*) from {table}").fetchone() == (3,)


def test_keywords_without_effect_are_named(client: FlightSQLClient) -> None:
    with pytest.warns(UserWarning, match="check_same_thread has no effect"):
        connect(client, check_same_thread=False).close()


def test_a_second_close_is_fine(client: FlightSQLClient) -> None:
    connection = connect(client)
    cursor = connection.cursor()
    for _ in range(2):
        cursor.close()
        connection.close()
    with pytest.raises(flightsql.InterfaceError, match="closed"):
        connection.cursor()
    with connect(client) as other:  # the client is as it was
        assert other.execute("select 1").fetchone() == (1,)


def test_connections_know_their_client(client: FlightSQLClient) -> None:
    client.features["a"] = "on"
    with connect(client) as connection:
        cursor = connection.cursor()
        assert connection.client is cursor.client is client
        assert connection.features == {"a": "on"}
        assert connection.cursors == [cursor]
        cursor.setoutputsizes(1)
        cursor.setinputsizes([1])


def test_either_name_of_an_exception_catches(connection: Connection) -> None:
    assert flightsql.exceptions.Error is fletching.Error
    with pytest.raises(flightsql.ProgrammingError):
        connection.execute("select * from no_such_table")


# ---- what dialects ask ----


def test_columns_with_sqlalchemy_types(connection: Connection, table: str) -> None:
    from sqlalchemy import types

    columns = connection.flightsql_get_columns(table)
    assert [(c["name"], c["type"], c["nullable"]) for c in columns] == [
        ("n", types.BIGINT, True),
        ("t", types.TEXT, True),
    ]
    assert {"default", "comment"} < columns[0].keys()
    with pytest.raises(flightsql.ProgrammingError, match="no_such_table"):
        connection.flightsql_get_columns("no_such_table")
    with pytest.raises(flightsql.ProgrammingError):
        connection.flightsql_get_columns("comp_t")  # a name, and no pattern


def test_names_and_info(connection: Connection, table: str) -> None:
    assert table in connection.flightsql_get_table_names()
    assert table in connection.flightsql_get_table_names("main")
    assert connection.flightsql_get_table_names("no_such_schema") == []
    assert "main" in connection.flightsql_get_schema_names()
    info = connection.flightsql_get_sql_info([0, 3])
    assert info.keys() == {0, 3}
    assert info[3] is False


def test_keys(go_sqlite: Any, client_of: Callable[..., FlightSQLClient]) -> None:
    with connect(client_of(go_sqlite)) as connection:
        (key,) = connection.flightsql_get_primary_keys("foreignTable")
        assert (key["table_name"], key["column_name"]) == ("foreignTable", "id")
        (foreign,) = connection.flightsql_get_foreign_keys("intTable")
        assert foreign["fk_column_name"] == "foreignId"
        assert foreign["pk_table_name"] == "foreignTable"


@pytest.mark.parametrize(
    ("arrow", "sql"),
    [
        (pa.timestamp("ns"), "TIMESTAMP"),
        (pa.time64("us"), "TIME"),
        (pa.date32(), "DATE"),
        (pa.bool_(), "BOOLEAN"),
        (pa.decimal128(10, 2), "DECIMAL"),
        (pa.float32(), "FLOAT"),
        (pa.string(), "TEXT"),
        (pa.string_view(), "TEXT"),
        (pa.large_string(), "TEXT"),
        (pa.dictionary(pa.int32(), pa.string()), "TEXT"),
        (pa.binary(), "BINARY"),
        (pa.binary(4), "BINARY"),
        (pa.int64(), "BIGINT"),
        (pa.uint64(), "BIGINT"),
        (pa.uint32(), "BIGINT"),
        (pa.int32(), "INTEGER"),
        (pa.uint16(), "INTEGER"),
        (pa.list_(pa.int8()), "BLOB"),
    ],
)
def test_types(arrow: pa.DataType, sql: str) -> None:
    assert dbapi.resolve_sql_type(arrow).__name__ == sql


def test_rows_and_descriptions_of_a_table() -> None:
    table = pa.table({"n": pa.array([BIG, None]), "t": ["a", None]})
    rows, description = dbapi.dbapi_results(table)
    assert rows == [(BIG, "a"), (None, None)]
    assert description == dbapi.arrow_column_descriptions(table.schema)
    assert [name for name, _ in description] == ["n", "t"]


def test_a_client_from_a_url() -> None:
    from sqlalchemy.engine import make_url

    from flightsql.sqlalchemy import client_from_url

    client = client_from_url(
        make_url(
            "datafusion+flightsql://u:p@h.example:444/?insecure=false&Database=d"
            "&feature-sqlalchemy-primary-keys=on"
        )
    )
    assert client.headers == [(b"database", b"d")]
    assert client.features == {"sqlalchemy-primary-keys": "on"}
