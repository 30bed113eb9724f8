# SPDX-License-Identifier: Apache-2.0
"""Metadata commands: contents, filters and the exact schemas the protocol asks for."""

from __future__ import annotations

import adbc_driver_flightsql.dbapi as adbc
import pyarrow as pa
import pytest
from serving import Server
from sql_client import enc


def names(table: pa.Table, column: str = "table_name") -> list[str]:
    values: list[str] = table.column(column).to_pylist()
    return values


def test_catalogs_schemas_types(flights: Server, duck: Server) -> None:
    client = flights.client()
    assert names(client.metadata("CommandGetCatalogs"), "catalog_name") == [
        "datafusion"
    ]
    schemas = client.metadata("CommandGetDbSchemas", enc(2, "pub%"))
    assert schemas.to_pylist() == [
        {"catalog_name": "datafusion", "db_schema_name": "public"}
    ]
    assert client.metadata("CommandGetDbSchemas", enc(1, "")).num_rows == 0
    types = names(duck.client().metadata("CommandGetTableTypes"), "table_type")
    assert types == ["LOCAL TEMPORARY", "TABLE", "VIEW"]


def test_tables_filters(flights: Server) -> None:
    client = flights.client()
    found = client.metadata("CommandGetTables", enc(4, "TABLE"))
    assert names(found) == ["airlines", "airports", "flights", "planes", "weather"]
    assert names(client.metadata("CommandGetTables", enc(3, "air%"))) == [
        "airlines",
        "airports",
    ]
    assert names(client.metadata("CommandGetTables", enc(3, "_lanes"))) == ["planes"]
    assert client.metadata("CommandGetTables", enc(1, "other")).num_rows == 0
    assert client.metadata("CommandGetTables", enc(3, "")).num_rows == 0


def test_like_escape(duck: Server) -> None:
    client = duck.client()
    client.update("create table a_b (x int)")
    client.update("create table axb (x int)")
    wild = client.metadata("CommandGetTables", enc(3, "a_b"))
    exact = client.metadata("CommandGetTables", enc(3, "a\\_b"))
    assert (names(wild), names(exact)) == (["a_b", "axb"], ["a_b"])
    client.update("drop table a_b")
    client.update("drop table axb")


def test_table_schema_describes_columns(duck: Server) -> None:
    client = duck.client()
    client.update("create sequence counter")
    client.update(
        "create table described (id bigint primary key default nextval('counter'),"
        " price decimal(12, 3) not null, note varchar)"
    )
    client.update("comment on column described.note is 'free text'")
    body = enc(3, "described") + enc(5, 1)
    table = client.metadata("CommandGetTables", body)
    schema = pa.ipc.read_schema(pa.py_buffer(table.column("table_schema")[0].as_py()))
    assert [field.nullable for field in schema] == [False, False, True]
    metadata = {
        name: {
            key.decode().removeprefix("ARROW:FLIGHT:SQL:"): value.decode()
            for key, value in schema.field(name).metadata.items()
        }
        for name in schema.names
    }
    assert metadata["id"]["IS_AUTO_INCREMENT"] == "1"
    assert metadata["price"]["TYPE_NAME"] == "DECIMAL(12,3)"
    assert (metadata["price"]["PRECISION"], metadata["price"]["SCALE"]) == ("12", "3")
    assert metadata["note"]["REMARKS"] == "free text"
    assert metadata["note"]["TABLE_NAME"] == "described"
    client.update("drop table described")
    client.update("drop sequence counter")


def test_keys(duck: Server) -> None:
    client = duck.client()
    client.update("create table parent (x int, y int, primary key (y, x))")
    client.update(
        "create table child (i int primary key, a int, b int,"
        " foreign key (a, b) references parent (y, x))"
    )
    keys = client.metadata("CommandGetPrimaryKeys", enc(3, "parent")).to_pylist()
    assert [(key["column_name"], key["key_sequence"]) for key in keys] == [
        ("y", 1),
        ("x", 2),
    ]
    for command, body in (
        ("CommandGetExportedKeys", enc(3, "parent")),
        ("CommandGetImportedKeys", enc(3, "child")),
        ("CommandGetCrossReference", enc(3, "parent") + enc(6, "child")),
    ):
        rows = client.metadata(command, body).to_pylist()
        assert [
            (row["pk_column_name"], row["fk_column_name"], row["key_sequence"])
            for row in rows
        ] == [("y", "a", 1), ("x", "b", 2)]
        assert {row["update_rule"] for row in rows} == {3}
    assert client.metadata("CommandGetImportedKeys", enc(3, "parent")).num_rows == 0
    client.update("drop table child")
    client.update("drop table parent")


def test_sql_info(any_server: Server) -> None:
    client = any_server.client()
    table = client.metadata("CommandGetSqlInfo")
    values = dict(zip(*(column.to_pylist() for column in table.columns), strict=True))
    assert values[0].startswith("Fletching")
    assert (values[504], values[513]) == ('"', "\\")
    assert values[8] == (1 if "DuckDB" in values[0] else 0)
    union = table.schema.field("value").type
    assert union.mode == "dense"
    assert [union.field(i).name for i in range(union.num_fields)] == [
        "string_value",
        "bool_value",
        "bigint_value",
        "int32_bitmask",
        "string_list",
        "int32_to_int32_list_map",
    ]
    packed = client.metadata("CommandGetSqlInfo", enc(1, b"\x00\x08\xf8\x03"))
    assert packed.column("info_name").to_pylist() == [0, 8, 504]
    assert client.metadata("CommandGetSqlInfo", enc(1, 99_999)).num_rows == 0


def test_xdbc_types(any_server: Server) -> None:
    client = any_server.client()
    table = client.metadata("CommandGetXdbcTypeInfo")
    assert table.num_columns == 19
    assert {"BIGINT", "VARCHAR", "TIMESTAMP"} <= set(names(table, "type_name"))
    only = client.metadata("CommandGetXdbcTypeInfo", enc(1, 12))
    assert names(only, "type_name") == ["VARCHAR"]


@pytest.mark.parametrize(
    ("command", "body", "fields"),
    [
        ("CommandGetCatalogs", b"", "catalog_name!"),
        ("CommandGetDbSchemas", b"", "catalog_name db_schema_name!"),
        ("CommandGetTableTypes", b"", "table_type!"),
        (
            "CommandGetTables",
            enc(5, 1),
            "catalog_name db_schema_name table_name! table_type! table_schema!",
        ),
        (
            "CommandGetPrimaryKeys",
            enc(3, "t"),
            "catalog_name db_schema_name table_name! column_name! key_name"
            " key_sequence!",
        ),
        (
            "CommandGetImportedKeys",
            enc(3, "t"),
            "pk_catalog_name pk_db_schema_name pk_table_name! pk_column_name!"
            " fk_catalog_name fk_db_schema_name fk_table_name! fk_column_name!"
            " key_sequence! fk_key_name pk_key_name update_rule! delete_rule!",
        ),
    ],
)
def test_schemas_are_the_protocols(
    any_server: Server, command: str, body: bytes, fields: str
) -> None:
    client = any_server.client()
    info = client.info(command, body)
    found = [f"{field.name}{'' if field.nullable else '!'}" for field in info.schema]
    assert found == fields.split()
    assert client.read(info).schema.equals(info.schema)
    assert client.schema(command, body).equals(info.schema)


def test_adbc_accepts_the_metadata(any_server: Server) -> None:
    with adbc.connect(any_server.uri, autocommit=True) as connection:
        assert connection.adbc_get_info()["vendor_name"].startswith("Fletching")
        objects = connection.adbc_get_objects(depth="all").read_all().to_pylist()
        assert objects
        assert "VIEW" in connection.adbc_get_table_types()
        with connection.cursor() as cursor:
            cursor.execute("create table seen_by_adbc (a int)")
            cursor.fetchall()
        schema = connection.adbc_get_table_schema("seen_by_adbc")
        assert schema.names == ["a"]
        with connection.cursor() as cursor:
            cursor.execute("drop table seen_by_adbc")
            cursor.fetchall()
