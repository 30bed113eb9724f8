# SPDX-License-Identifier: Apache-2.0
"""get_objects: every depth, every filter, constraints, many catalogs."""

from __future__ import annotations

from typing import Any

import pytest

import fletching

pa = pytest.importorskip("pyarrow")

from told_server import NO_ENDPOINTS, Told, names  # noqa: E402

Tree = dict[Any, Any]


def tree(connection: fletching.Connection, depth: str = "all", **filters: Any) -> Tree:
    """{catalog: {schema: {table: its dict}}}; a level that is NULL is None."""
    out: Tree = {}
    for catalog, schemas in connection.get_objects(depth, **filters):
        assert catalog not in out
        out[catalog] = None if schemas is None else {}
        for schema in schemas or ():
            tables = schema["db_schema_tables"]
            out[catalog][schema["db_schema_name"]] = (
                None if tables is None else {t["table_name"]: t for t in tables}
            )
    return out


def columns(table: dict[str, Any]) -> list[str]:
    return [column["column_name"] for column in table["table_columns"]]


@pytest.fixture(scope="module")
def shop(embedded: Any) -> Any:
    """DuckDB with two schemas, keys, a view and odd names."""
    server = embedded(engine="duckdb", fresh=True)
    with fletching.connect(server.uri, autocommit=True) as connection:
        for statement in (
            'create schema "Sh%op_1"',
            'create table "Sh%op_1".item (id integer primary key, "Na_me" varchar'
            " not null, price decimal(9, 2))",
            'create table "Sh%op_1".line (a integer, b integer, item integer, primary'
            ' key (b, a), foreign key (item) references "Sh%op_1".item (id))',
            'create view "Sh%op_1".cheap as select id, price from "Sh%op_1".item',
            "create table main.other (x timestamp_ns, y blob, z double)",
        ):
            connection.execute(statement)
    return server


def test_every_depth(shop: Any) -> None:
    with fletching.connect(shop.uri) as connection:
        assert tree(connection, "catalogs")["memory"] is None
        schemas = tree(connection, "db_schemas")["memory"]
        assert schemas["Sh%op_1"] is None
        assert schemas["main"] is None
        tables = tree(connection, "tables", constraints=False)["memory"]["Sh%op_1"]
        assert set(tables) == {"item", "line", "cheap"}
        assert tables["item"]["table_columns"] is None
        assert tables["item"]["table_constraints"] is None
        assert tables["cheap"]["table_type"] == "VIEW"
        for depth in ("columns", "all"):
            everything = tree(connection, depth)["memory"]["Sh%op_1"]
            assert columns(everything["item"]) == ["id", "Na_me", "price"]
        with pytest.raises(fletching.ProgrammingError, match="catalogs, db_schemas"):
            connection.get_objects("everything")


def test_constraints_say_keys_in_order_and_what_they_refer_to(shop: Any) -> None:
    with fletching.connect(shop.uri) as connection:
        found = tree(connection)["memory"]["Sh%op_1"]
        (key,) = found["item"]["table_constraints"]
        assert key["constraint_type"] == "PRIMARY KEY"
        assert key["constraint_column_names"] == ["id"]
        assert key["constraint_column_usage"] is None
        by_type = {c["constraint_type"]: c for c in found["line"]["table_constraints"]}
        assert by_type["PRIMARY KEY"]["constraint_column_names"] == ["b", "a"]
        foreign = by_type["FOREIGN KEY"]
        assert foreign["constraint_column_names"] == ["item"]
        assert foreign["constraint_column_usage"] == [
            {
                "fk_catalog": "memory",
                "fk_db_schema": "Sh%op_1",
                "fk_table": "item",
                "fk_column_name": "id",
            }
        ]
        assert found["cheap"]["table_constraints"] == []


def test_constraints_can_be_left_out_and_then_cost_nothing(go_fresh: Any) -> None:
    server = go_fresh(flags=["-tables", "5"])
    with fletching.connect(server.uri) as connection:
        server.reset()
        list(connection.get_objects(constraints=False))
        calls = server.state()["calls"]
        assert not [call for call in calls if "Keys" in call]
        tables = tree(connection)["main"][""]
        assert tables["many_0001"]["table_constraints"][0]["constraint_type"] == (
            "PRIMARY KEY"
        )


def test_columns_say_type_size_and_nullability(shop: Any) -> None:
    with fletching.connect(shop.uri) as connection:
        found = tree(connection)["memory"]
        price = found["Sh%op_1"]["item"]["table_columns"][2]
        assert price["ordinal_position"] == 3
        assert price["xdbc_data_type"] == 3
        assert "DECIMAL" in price["xdbc_type_name"]
        assert (price["xdbc_column_size"], price["xdbc_decimal_digits"]) == (9, 2)
        assert (price["xdbc_nullable"], price["xdbc_is_nullable"]) == (1, "YES")
        name = found["Sh%op_1"]["item"]["table_columns"][1]
        assert (name["xdbc_nullable"], name["xdbc_is_nullable"]) == (0, "NO")
        assert name["xdbc_data_type"] == 12
        x, y, z = found["main"]["other"]["table_columns"]
        assert (x["xdbc_data_type"], x["xdbc_sql_data_type"]) == (93, 9)
        assert x["xdbc_datetime_sub"] == 3
        assert x["xdbc_decimal_digits"] == 9
        assert y["xdbc_data_type"] == -3
        assert (z["xdbc_data_type"], z["xdbc_num_prec_radix"]) == (8, 2)


def test_filters_at_every_level(shop: Any) -> None:
    with fletching.connect(shop.uri) as connection:

        def found(**filters: Any) -> set[tuple[str, str]]:
            return {
                (schema, table)
                for schemas in tree(connection, constraints=False, **filters).values()
                for schema, tables in schemas.items()
                for table in tables
            }

        assert found(db_schema=fletching.escape_like("Sh%op_1")) == {
            ("Sh%op_1", "item"),
            ("Sh%op_1", "line"),
            ("Sh%op_1", "cheap"),
        }
        assert found(db_schema="sh%") == set()
        assert found(table="_ine") == {("Sh%op_1", "line")}
        assert found(table_types=["view"]) == {("Sh%op_1", "cheap")}
        assert found(catalog="nothing") == set()
        assert tree(connection, catalog="nothing") == {}
        tables = tree(connection, column="%_r%", constraints=False)["memory"]["Sh%op_1"]
        assert columns(tables["item"]) == ["price"]
        tables = tree(connection, column="Na\\_me")["memory"]["Sh%op_1"]
        assert columns(tables["item"]) == ["Na_me"]
        assert columns(tables["line"]) == []


def test_many_catalogs_with_a_batch_each(go_fresh: Any) -> None:
    names_of = ["Second", "th%ird", "fo_urth"]
    flags = [word for name in names_of for word in ("-catalog", name)]
    server = go_fresh(flags=flags)
    with fletching.connect(server.uri, autocommit=True) as connection:
        for name in names_of:
            connection.execute(f'create table "{name}"."in {name}" (a integer)')
        found = tree(connection, constraints=False)
        assert set(found) == {"main", *names_of}
        for name in names_of:
            assert set(found[name][""]) == {f"in {name}"}
        assert set(found["main"][""]) >= {"intTable", "foreignTable"}
        only = tree(connection, catalog="th%ird", constraints=False)
        assert only == {"th%ird": found["th%ird"]}
        assert tree(connection, "catalogs", catalog="second") == {}
        batches = connection.get_objects("tables").fetch_record_batch()
        assert sum(batch.num_rows for batch in batches) == 4


def test_servers_that_others_wrote(go_sqlite: Any, roapi: Any, derby: Any) -> None:
    with fletching.connect(go_sqlite.uri) as connection:
        found = tree(connection)
        tables = {t for schemas in found.values() for s in schemas.values() for t in s}
        assert {"intTable", "foreignTable"} <= tables
        (main,) = [s for s in found["main"].values() if s]
        usage = [
            c["constraint_column_usage"][0]["fk_table"]
            for c in main["intTable"]["table_constraints"]
            if c["constraint_type"] == "FOREIGN KEY"
        ]
        assert usage == ["foreignTable"]
    with fletching.connect(roapi("plain").uri) as connection:
        city = tree(connection)["roapi"]["public"]["city"]
        assert columns(city) == ["city", "country", "population", "founded"]
        assert city["table_constraints"] == []
    with fletching.connect(derby("plain").uri) as connection:
        (schemas,) = tree(connection, db_schema="APP").values()
        inttable = schemas["APP"]["INTTABLE"]
        assert columns(inttable) == ["ID", "KEYNAME", "VALUE", "FOREIGNID"]
        kinds = {c["constraint_type"] for c in inttable["table_constraints"]}
        assert kinds == {"PRIMARY KEY", "FOREIGN KEY"}


# ---- servers that lack something ----


def test_a_server_without_catalogs_has_one_nameless_row(told: Told) -> None:
    server = told(
        GetCatalogs=NO_ENDPOINTS,
        GetDbSchemas=names(catalog_name=[None], db_schema_name=["s"]),
        GetTables=names(
            db_schema_name=["s", None], table_name=["t", "u"], table_type=["TABLE"] * 2
        ).append_column(
            "table_schema",
            pa.array([pa.schema([("a", pa.int8())]).serialize().to_pybytes()] * 2),
        ),
    )
    with fletching.connect(server.uri) as connection:
        found = tree(connection)
        assert set(found) == {None}
        assert columns(found[None]["s"]["t"]) == ["a"]
        assert set(found[None][None]) == {"u"}
        assert tree(connection, "catalogs", catalog="x") == {}
        assert set(tree(connection, "catalogs", catalog="")) == {None}


def test_a_server_with_nothing_but_tables(told: Told) -> None:
    """No catalogs, schemas, keys; table_schema is left out."""
    server = told(GetTables=names(table_name=["t"], table_type=["TABLE"]))
    with fletching.connect(server.uri) as connection:
        found = tree(connection)[None][None]["t"]
        assert found["table_columns"] == []
        assert found["table_constraints"] == []
        assert tree(connection, "db_schemas") == {None: {}}
    assert server.asked["GetPrimaryKeys"] == 1


def test_a_server_with_nothing_at_all(told: Told) -> None:
    """ADBC says "Invalid schema returned"."""
    for answers in ({}, dict.fromkeys(["GetCatalogs", "GetTables"], NO_ENDPOINTS)):
        with fletching.connect(told(**answers).uri) as connection:
            assert tree(connection) == {None: {}}
            assert tree(connection, "catalogs") == {None: None}


def test_keys_without_names_are_told_apart_by_their_sequence(told: Told) -> None:
    rows: dict[str, list[Any]] = {
        "pk_table_name": ["p", "p", "p", "p", "q"],
        "pk_column_name": ["a", "b", "a", "b", "a"],
        "fk_table_name": ["t"] * 5,
        "fk_column_name": ["k1", "k2", "l1", "l2", "m"],
    }
    numbers = {
        "key_sequence": pa.array([1, 2, 1, 2, 1], pa.int32()),
        "update_rule": pa.array([3] * 5, pa.uint8()),
        "delete_rule": pa.array([3] * 5, pa.uint8()),
    }
    keys = names(**rows)
    for name, values in numbers.items():
        keys = keys.append_column(name, values)
    server = told(
        GetTables=names(table_name=["t"], table_type=["TABLE"]), GetImportedKeys=keys
    )
    with fletching.connect(server.uri) as connection:
        (table,) = tree(connection)[None][None].values()
        found = [c["constraint_column_names"] for c in table["table_constraints"]]
        assert found == [["k1", "k2"], ["l1", "l2"], ["m"]]


def test_a_broken_table_schema_is_an_error_with_the_tables_name(told: Told) -> None:
    rows = names(table_name=["broken"], table_type=["TABLE"]).append_column(
        "table_schema", pa.array([b"no schema at all"], pa.binary())
    )
    with fletching.connect(told(GetTables=rows).uri) as connection:
        with pytest.raises(fletching.DatabaseError, match="broken"):
            connection.get_objects().fetchall()
        assert set(tree(connection, "tables")[None][None]) == {"broken"}


def test_an_error_of_the_server_is_not_taken_for_nothing(told: Told) -> None:
    server = told(GetTables=pa.ArrowInvalid("the catalog is on fire"))
    with (
        fletching.connect(server.uri) as connection,
        pytest.raises(fletching.DatabaseError, match="on fire"),
    ):
        connection.get_objects().fetchall()


def test_the_result_is_what_adbc_says(shop: Any) -> None:
    """The types and names of adbc.h at AdbcConnectionGetObjects."""
    with fletching.connect(shop.uri) as connection:
        schema = connection.get_objects("catalogs").fetch_arrow_table().schema
    assert schema.names == ["catalog_name", "catalog_db_schemas"]
    db_schema = schema.field(1).type.value_type
    assert [f.name for f in db_schema] == ["db_schema_name", "db_schema_tables"]
    table = db_schema.field(1).type.value_type
    assert [f.name for f in table] == [
        "table_name",
        "table_type",
        "table_columns",
        "table_constraints",
    ]
    column = table.field(2).type.value_type
    assert column.num_fields == 19
    assert column.field(3).type == pa.int16()
    assert column.field(17).type == pa.bool_()


def test_under_adbcs_names(go_fresh: Any) -> None:
    """There the catalog is a pattern, and the results are pyarrow's."""
    server = go_fresh(flags=["-catalog", "second", "-catalog", "se_ond"])
    with fletching.connect(server.uri) as connection:

        def catalogs(pattern: str) -> list[str]:
            reader = connection.adbc_get_objects(
                depth="catalogs", catalog_filter=pattern
            )
            return sorted(row["catalog_name"] for row in reader.read_all().to_pylist())

        assert catalogs("%") == ["main", "se_ond", "second"]
        assert catalogs("se_ond") == ["se_ond", "second"]
        assert catalogs("se\\_ond") == ["se_ond"]
        assert catalogs("x") == []
        reader = connection.adbc_get_objects(
            catalog_filter="ma%",
            table_name_filter="int%",
            table_types_filter=["table"],
            column_name_filter="%Name",
        )
        (row,) = reader.read_all().to_pylist()
        (table,) = row["catalog_db_schemas"][0]["db_schema_tables"]
        assert columns(table) == ["keyName"]
        schema = connection.adbc_get_table_schema("intTable", catalog_filter="main")
        assert schema.names == ["id", "keyName", "value", "foreignId"]
        assert "table" in connection.adbc_get_table_types()
        assert connection.adbc_get_info()["vendor_name"] == "db_name"
