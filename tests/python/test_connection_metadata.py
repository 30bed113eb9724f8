# SPDX-License-Identifier: Apache-2.0
"""The metadata commands: whatever servers do, what comes out is what was asked for."""

from __future__ import annotations

from typing import Any

import pytest

import fletching

pa = pytest.importorskip("pyarrow")

from told_server import NO_ENDPOINTS, IfPattern, Told, names, sql_info  # noqa: E402

ODD_NAMES = [
    "plain",
    "Plain_2",
    "rel_test",
    "relXtest",
    "rel%test",
    "rel!_test",
    "back\\slash",
    'quo"te',
    "it's",
    "ünï",
]


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def make_odd_tables(connection: fletching.Connection) -> None:
    for name in ODD_NAMES:
        connection.execute(f"create table {quoted(name)} (a integer, b varchar(10))")


def table_names(connection: fletching.Connection, **filters: Any) -> list[str]:
    return sorted(row[2] for row in connection.get_tables(**filters))


# ---- LIKE ----


@pytest.mark.parametrize("escape", ["", "\\", "!"])
def test_an_escaped_name_matches_that_name_alone(go_fresh: Any, escape: str) -> None:
    server = go_fresh(flags=["-like-escape", escape] if escape else [])
    with fletching.connect(server.uri, autocommit=True) as connection:
        make_odd_tables(connection)
        for name in ODD_NAMES:
            pattern = fletching.escape_like(name)
            assert table_names(connection, table=pattern) == [name]


def test_like_metacharacters_are_escaped_as_the_server_says(go_fresh: Any) -> None:
    server = go_fresh(flags=["-like-escape", "!"])
    with fletching.connect(server.uri, autocommit=True) as connection:
        make_odd_tables(connection)
        server.reset()
        assert table_names(connection, table="rel\\_test") == ["rel_test"]
        event = server.events("GetFlightInfo/CommandGetTables")[-1]
        assert "rel!_test" in str(event)


def test_wildcards_stay_wildcards(go_fresh: Any) -> None:
    server = go_fresh(flags=["-like-escape", "\\"])
    with fletching.connect(server.uri, autocommit=True) as connection:
        make_odd_tables(connection)
        found = table_names(connection, table="rel_test")
        assert found == ["rel%test", "relXtest", "rel_test"]
        assert table_names(connection, table="rel%test") == [
            "rel!_test",
            "rel%test",
            "relXtest",
            "rel_test",
        ]
        assert table_names(connection, table="_n_") == ["ünï"]


def test_case_counts_although_the_servers_like_does_not(go_secure: Any) -> None:
    with fletching.connect(go_secure().uri) as connection:
        assert table_names(connection, table="inttable") == []
        assert table_names(connection, table="intTable") == ["intTable"]


def test_a_server_whose_filters_do_nothing_is_filtered_here(told: Told) -> None:
    rows = names(
        catalog_name=["c", "c", "d", None],
        db_schema_name=["s", "t", "s", None],
        table_name=["a", "b", "a", "a"],
        table_type=["TABLE", "VIEW", "table", "TABLE"],
    )
    server = told(GetTables=rows)
    with fletching.connect(server.uri) as connection:

        def found(**filters: Any) -> list[tuple[Any, ...]]:
            return list(connection.get_tables(**filters))

        assert len(found()) == 4
        assert found(catalog="d") == [("d", "s", "a", "table")]
        assert found(catalog="") == [(None, None, "a", "TABLE")]
        assert found(db_schema="") == [(None, None, "a", "TABLE")]
        assert [row[0] for row in found(table="a")] == ["c", "d", None]
        assert found(table_types=["view"]) == [("c", "t", "b", "VIEW")]
        assert len(found(table_types=["Table"])) == 3
        assert found(table="\\%") == []


# ---- shapes of answers ----


def test_upper_case_columns_in_another_order_are_read_by_name(go_secure: Any) -> None:
    plain, odd = go_secure(), go_secure(flags=["-odd-metadata"])
    with fletching.connect(plain.uri) as a, fletching.connect(odd.uri) as b:
        assert [c[0] for c in b.get_tables().description] == [
            "catalog_name",
            "db_schema_name",
            "table_name",
            "table_type",
        ]
        assert list(a.get_tables()) == list(b.get_tables())
        assert list(a.get_catalogs()) == list(b.get_catalogs()) == [("main",)]
        assert list(a.get_db_schemas()) == list(b.get_db_schemas())
        schema = b.get_table_schema("intTable")
        assert pa.schema(schema).names == ["id", "keyName", "value", "foreignId"]


STRINGS = {
    "utf8": pa.utf8(),
    "large": pa.large_utf8(),
    "view": pa.string_view(),
    "dictionary": pa.dictionary(pa.int8(), pa.utf8()),
    "binary": pa.binary(),
}


@pytest.mark.parametrize("kind", STRINGS)
@pytest.mark.parametrize("nullable", [True, False])
def test_any_string_type_and_nullability_is_accepted(
    told: Told, kind: str, nullable: bool
) -> None:
    rows = names(catalog_name=["c"], db_schema_name=["a schema of some length"])
    columns = [
        column.combine_chunks().cast(pa.utf8()).cast(STRINGS[kind])
        if kind != "dictionary"
        else column.combine_chunks().dictionary_encode().cast(STRINGS[kind])
        for column in rows.columns
    ]
    schema = pa.schema(
        [pa.field(n, STRINGS[kind], nullable) for n in rows.column_names]
    )
    server = told(GetDbSchemas=pa.Table.from_arrays(columns, schema=schema))
    with fletching.connect(server.uri) as connection:
        cursor = connection.get_db_schemas(db_schema="a schema%")
        assert cursor.fetchall() == [("c", "a schema of some length")]
        result = pa.schema(connection.get_db_schemas().fetch_arrow_table().schema)
        assert result.field("catalog_name").nullable
        assert not result.field("db_schema_name").nullable
        assert result.field("db_schema_name").type == pa.utf8()


def test_jdbcs_column_names_are_understood(told: Told) -> None:
    rows = names(TABLE_SCHEM=["s"], TABLE_CATALOG=["c"])
    server = told(GetDbSchemas=rows)
    with fletching.connect(server.uri) as connection:
        assert list(connection.get_db_schemas()) == [("c", "s")]


def test_a_missing_column_says_which_and_what_there_is(told: Told) -> None:
    server = told(GetTables=names(catalog_name=["c"], name=["t"]))
    with fletching.connect(server.uri) as connection:
        with pytest.raises(fletching.DatabaseError) as caught:
            list(connection.get_tables())
        text = str(caught.value)
        assert "GetTables" in text
        assert "table_name" in text
        assert "catalog_name, name" in text


def test_a_column_of_another_type_is_an_error_not_a_crash(told: Told) -> None:
    server = told(GetCatalogs=pa.table({"catalog_name": [1, 2]}))
    with fletching.connect(server.uri) as connection:
        with pytest.raises(fletching.DatabaseError, match="catalog_name"):
            list(connection.get_catalogs())
        server.tell(GetCatalogs=names(catalog_name=["fine"]))
        assert list(connection.get_catalogs()) == [("fine",)]


COMMANDS = {
    "GetCatalogs": lambda c: c.get_catalogs(),
    "GetDbSchemas": lambda c: c.get_db_schemas(),
    "GetTables": lambda c: c.get_tables(),
    "GetTableTypes": lambda c: c.get_table_types(),
    "GetSqlInfo": lambda c: c.get_sql_info(),
    "GetPrimaryKeys": lambda c: c.get_primary_keys("t"),
    "GetImportedKeys": lambda c: c.get_imported_keys("t"),
    "GetExportedKeys": lambda c: c.get_exported_keys("t"),
    "GetCrossReference": lambda c: c.get_cross_reference("t", "u"),
    "GetXdbcTypeInfo": lambda c: c.get_type_info(),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_endpoints_are_no_rows_of_the_protocols_columns(
    told: Told, command: str
) -> None:
    server = told(**{command: NO_ENDPOINTS})
    with fletching.connect(server.uri) as connection:
        cursor = COMMANDS[command](connection)
        assert cursor.fetchall() == []
        assert cursor.description, "the columns are known all the same"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_the_server_lacks_is_named(told: Told, command: str) -> None:
    server = told()
    with (
        fletching.connect(server.uri) as connection,
        pytest.raises(fletching.NotSupportedError, match=command),
    ):
        COMMANDS[command](connection).fetchall()


@pytest.mark.parametrize("words", ["not supported yet", "Unimplemented method"])
def test_not_implemented_is_understood_whatever_its_code(
    told: Told, words: str
) -> None:
    server = told(GetPrimaryKeys=pa.ArrowInvalid(words))
    with (
        fletching.connect(server.uri) as connection,
        pytest.raises(fletching.NotSupportedError, match=words),
    ):
        connection.get_primary_keys("t").fetchall()


# ---- catalogs, schemas, types ----


def test_catalogs_schemas_and_table_types_of_each_server(
    go_sqlite: Any, roapi: Any, derby: Any, embedded: Any
) -> None:
    found = {}
    for name, uri in (
        ("go", go_sqlite.uri),
        ("roapi", roapi("plain").uri),
        ("derby", derby("plain").uri),
        ("datafusion", embedded().uri),
        ("duckdb", embedded(engine="duckdb").uri),
    ):
        with fletching.connect(uri) as connection:
            kinds = [] if name == "roapi" else list(connection.get_table_types())
            found[name] = (
                {row[0] for row in connection.get_catalogs()},
                set(connection.get_db_schemas()),
                {row[0].upper() for row in kinds},
            )
    assert found["go"][0] == {"main"}
    assert "TABLE" in found["go"][2]
    assert ("roapi", "public") in found["roapi"][1]
    assert "APP" in {schema for _, schema in found["derby"][1]}
    assert "TABLE" in found["derby"][2]
    assert ("datafusion", "public") in found["datafusion"][1]
    assert ("memory", "main") in found["duckdb"][1]


def test_a_table_type_in_any_case_finds_the_tables(go_sqlite: Any, derby: Any) -> None:
    """SQLite says "table", others "TABLE" or "BASE TABLE"."""
    for uri, table in ((go_sqlite.uri, "intTable"), (derby("plain").uri, "INTTABLE")):
        with fletching.connect(uri) as connection:
            for kind in ("table", "TABLE", "Table"):
                assert table in table_names(connection, table_types=[kind])
            assert table_names(connection, table_types=["no such type"]) == []


# ---- columns ----


def test_one_rpc_for_a_whole_schemas_columns(go_fresh: Any) -> None:
    server = go_fresh(flags=["-tables", "40", "-columns", "6"])
    with fletching.connect(server.uri) as connection:
        server.reset()
        cursor = connection.get_objects(table="many%", constraints=False)
        (catalog,) = cursor.fetchall()
        tables = catalog[1][0]["db_schema_tables"]
        assert len(tables) == 40
        assert {len(table["table_columns"]) for table in tables} == {6}
        calls = server.state()["calls"]
        assert calls["GetFlightInfo/CommandGetTables"] == 1
        assert sum(calls.values()) <= 6  # three commands of two calls each


@pytest.mark.parametrize("spelling", ["SCHEMA_NAME", "DB_SCHEMA_NAME"])
def test_both_spellings_of_the_schema_key(go_secure: Any, spelling: str) -> None:
    flags = ["-proto-names"] if spelling == "DB_SCHEMA_NAME" else []
    with fletching.connect(go_secure(flags=flags).uri) as connection:
        schema = pa.schema(connection.get_table_schema("intTable"))
        field = schema.field("id")
        assert field.metadata[f"ARROW:FLIGHT:SQL:{spelling}".encode()] == b""
        assert field.metadata[b"ARROW:FLIGHT:SQL:TYPE_NAME"] == b"INTEGER"


def test_get_table_schema_of_each_server(
    go_sqlite: Any, roapi: Any, derby: Any, embedded: Any
) -> None:
    def schema_of(uri: str, table: str, **place: str) -> Any:
        with fletching.connect(uri) as connection:
            return pa.schema(connection.get_table_schema(table, **place))

    assert schema_of(go_sqlite.uri, "intTable").names[0] == "id"
    city = schema_of(roapi("plain").uri, "city")
    assert city.names == ["city", "country", "population", "founded"]
    inttable = schema_of(derby("plain").uri, "INTTABLE", db_schema="APP")
    assert inttable.names == ["ID", "KEYNAME", "VALUE", "FOREIGNID"]
    flights = schema_of(embedded(data="nycflights13").uri, "flights")
    assert "carrier" in flights.names


def test_a_table_that_is_not_there_and_one_that_is_twice(told: Told) -> None:
    encoded = pa.schema([("a", pa.int64())]).serialize().to_pybytes()
    rows = names(
        catalog_name=["c", "c"],
        db_schema_name=["s1", "s2"],
        table_name=["t", "t"],
        table_type=["TABLE", "TABLE"],
    ).append_column("table_schema", pa.array([encoded, encoded], pa.binary()))
    server = told(GetTables=rows)
    with fletching.connect(server.uri) as connection:
        with pytest.raises(fletching.ProgrammingError, match="no such table"):
            connection.get_table_schema("T")
        with pytest.raises(fletching.ProgrammingError, match=r"c\.s1, c\.s2"):
            connection.get_table_schema("t")
        found = connection.get_table_schema("t", db_schema="s2")
        assert pa.schema(found).names == ["a"]


def test_get_table_schema_of_a_server_without_rows_is_not_found(told: Told) -> None:
    """ADBC's driver panics here, and is unusable from then on."""
    server = told(GetTables=NO_ENDPOINTS)
    with fletching.connect(server.uri) as connection:
        with pytest.raises(fletching.ProgrammingError) as caught:
            connection.get_table_schema("t")
        assert caught.value.sqlstate == "42S02"


SCHEMA = pa.schema([("a", pa.int64()), ("b", pa.utf8())])
_MESSAGE = SCHEMA.serialize().to_pybytes()
_STREAM = pa.BufferOutputStream()
with pa.ipc.new_stream(_STREAM, SCHEMA):
    pass
ENCODINGS = {
    "message": _MESSAGE,
    "stream with its end": _STREAM.getvalue().to_pybytes(),
    "without the marker": _MESSAGE[4:],
    "bare flatbuffer": _MESSAGE[8:],
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_table_schema_is_read_in_any_framing(told: Told, encoding: str) -> None:
    rows = names(table_name=["t"], table_type=["TABLE"]).append_column(
        "table_schema", pa.array([ENCODINGS[encoding]], pa.binary())
    )
    server = told(GetTables=rows)
    with fletching.connect(server.uri) as connection:
        assert pa.schema(connection.get_table_schema("t")) == SCHEMA


@pytest.mark.parametrize("junk", [b"", b"\xff\xff\xff\xff", b"\x00" * 64, b"junk" * 9])
def test_a_malformed_table_schema_is_an_error_with_the_tables_name(
    told: Told, junk: bytes
) -> None:
    rows = names(table_name=["broken"], table_type=["TABLE"]).append_column(
        "table_schema", pa.array([junk], pa.binary())
    )
    server = told(GetTables=rows)
    with fletching.connect(server.uri) as connection:
        with pytest.raises(fletching.DatabaseError, match="broken"):
            connection.get_table_schema("broken")
        assert table_names(connection) == ["broken"]


# ---- keys ----


def test_keys_of_duckdb(embedded: Any) -> None:
    server = embedded(engine="duckdb", fresh=True)
    with fletching.connect(server.uri, autocommit=True) as connection:
        connection.execute(
            'create table "Par%ent" (a integer, b integer, c integer unique,'
            " primary key (b, a))"
        )
        connection.execute(
            "create table child (x integer, y integer, z integer, primary key (x),"
            ' foreign key (y, z) references "Par%ent" (b, a))'
        )
        primary = connection.get_primary_keys("Par%ent")
        assert [(row[3], row[5]) for row in primary] == [("b", 1), ("a", 2)]
        columns = [column[0] for column in primary.description]
        assert columns[3:] == ["column_name", "key_name", "key_sequence"]
        imported = list(connection.get_imported_keys("child", db_schema="main"))
        assert [(row[2], row[3], row[6], row[7], row[8]) for row in imported] == [
            ("Par%ent", "b", "child", "y", 1),
            ("Par%ent", "a", "child", "z", 2),
        ]
        assert list(connection.get_exported_keys("Par%ent")) == imported
        crossed = connection.get_cross_reference("Par%ent", "child")
        assert list(crossed) == imported
        assert list(connection.get_cross_reference("child", "Par%ent")) == []
        assert list(connection.get_primary_keys("par%ent")) == []


@pytest.mark.parametrize("kind", ["go_sqlite", "derby"])
def test_keys_of_servers_that_others_wrote(request: Any, kind: str) -> None:
    server = request.getfixturevalue(kind)
    uri = server("plain").uri if callable(server) else server.uri
    parent, child = (
        ("foreignTable", "intTable")
        if kind == "go_sqlite"
        else ("FOREIGNTABLE", "INTTABLE")
    )
    with fletching.connect(uri) as connection:
        (primary,) = connection.get_primary_keys(child)
        assert (primary[2], primary[3].upper()) == (child, "ID")
        (imported,) = connection.get_imported_keys(child)
        assert (imported[2], imported[6]) == (parent, child)
        assert (imported[3].upper(), imported[7].upper()) == ("ID", "FOREIGNID")
        assert list(connection.get_exported_keys(parent)) == [imported]
        assert list(connection.get_cross_reference(parent, child)) == [imported]
        assert list(connection.get_imported_keys(parent)) == []


def test_keys_of_a_server_that_ignores_the_table_are_filtered(told: Told) -> None:
    keys = names(
        table_name=["t", "u"], column_name=["a", "b"], db_schema_name=[None, "s"]
    ).append_column("key_sequence", pa.array([1, 1], pa.int64()))
    server = told(GetPrimaryKeys=keys)
    with fletching.connect(server.uri) as connection:
        assert list(connection.get_primary_keys("t")) == [
            (None, None, "t", "a", None, 1)
        ]
        assert list(connection.get_primary_keys("u", db_schema="other")) == []
        # What a row does not say cannot exclude it.
        assert len(list(connection.get_primary_keys("t", db_schema="s"))) == 1


def test_a_key_sequence_out_of_range_is_an_error(told: Told) -> None:
    keys = names(table_name=["t"], column_name=["a"]).append_column(
        "key_sequence", pa.array([2**40], pa.int64())
    )
    server = told(GetPrimaryKeys=keys)
    with (
        fletching.connect(server.uri) as connection,
        pytest.raises(fletching.DatabaseError, match="out of range"),
    ):
        list(connection.get_primary_keys("t"))


# ---- XdbcTypeInfo ----


def test_type_info(go_sqlite: Any, embedded: Any) -> None:
    for uri in (go_sqlite.uri, embedded(engine="duckdb").uri):
        with fletching.connect(uri) as connection:
            cursor = connection.get_type_info()
            columns = [column[0] for column in cursor.description]
            assert columns[:3] == ["type_name", "data_type", "column_size"]
            assert len(columns) == 19
            rows = cursor.fetchall()
            number = rows[0][1]
            chosen = connection.get_type_info(number).fetchall()
            assert chosen == [row for row in rows if row[1] == number]


# ---- retries and caches ----


def test_sql_info_is_asked_once_for_many_patterns(told: Told) -> None:
    server = told(
        GetSqlInfo=sql_info({0: "Told", 513: "\\"}),
        GetTables=names(table_name=["a_b"], table_type=["TABLE"]),
    )
    with fletching.connect(server.uri) as connection:
        for _ in range(3):
            assert table_names(connection, table="a\\_b") == ["a_b"]
    assert server.asked["GetSqlInfo"] == 1
    assert server.requests[-2][1].string(3) == "a\\_b"


def test_a_wrong_escape_is_found_out(told: Told) -> None:
    """The server says \\ but takes it for a letter: the wider question finds it."""

    tables = IfPattern(
        "\\",
        names(table_name=[], table_type=[]),
        names(table_name=["a_b", "axb"], table_type=["TABLE", "TABLE"]),
    )
    server = told(GetSqlInfo=sql_info({513: "\\"}), GetTables=tables)
    with fletching.connect(server.uri) as connection:
        assert table_names(connection, table="a\\_b") == ["a_b"]
