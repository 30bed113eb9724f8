# SPDX-License-Identifier: Apache-2.0
"""The IOMETE dialect on the emulator: statements, values, names, reflection.

`test_iomete_spark.py` runs what depends on Spark's own semantics on Spark, and
`test_sqlalchemy_old.py` runs this file on SQLAlchemy 1.4.
"""

from __future__ import annotations

import asyncio
import datetime
import decimal
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy_urls import iomete_url

import fletching
from fletching.sqlalchemy import NestedJSON

UTC = datetime.timezone.utc


@pytest.fixture(scope="module")
def server(emulator: Any) -> Any:
    """The emulator as it is documented."""
    return emulator("iomete")


@pytest.fixture
def engine_of() -> Iterator[Callable[..., sa.engine.Engine]]:
    """A factory: engine_of(server, "spark_catalog/default", "parameter=x")."""
    made: list[sa.engine.Engine] = []

    def make(server: Any, *place: str, **options: Any) -> sa.engine.Engine:
        made.append(sa.create_engine(iomete_url(server, *place), **options))
        return made[-1]

    yield make
    for one in made:
        one.dispose()


@pytest.fixture
def engine(server: Any, engine_of: Any) -> sa.engine.Engine:
    """An engine on spark_catalog.default."""
    made: sa.engine.Engine = engine_of(server)
    return made


# ---- headers and places ----


def test_every_call_is_routed_and_names_the_catalog(
    emulator: Any, engine_of: Any
) -> None:
    server = emulator("iomete", cluster="big one", data_plane="eu-1", fresh=True)
    place = ("lake/raw", "cluster=big%20one&data_plane=eu-1")
    with engine_of(server, *place).connect() as connection:
        connection.execute(sa.text("SELECT 1")).scalar()
    calls = server.calls()
    assert len(calls) > 3
    for call in calls:
        assert call.header("cluster") == "big one"
        assert call.header("data-plane") == "eu-1"
        assert call.header("schema") == "lake"  # the catalog: a trap
        assert call.header("authorization") in ("Basic", "Bearer")


def test_a_wrong_token_and_none_are_said(emulator: Any) -> None:
    server = emulator("iomete", user="alice", password="pat")
    url = sa.engine.make_url(iomete_url(server))
    with pytest.raises(exc.OperationalError, match="wrong user name or password"):
        sa.create_engine(url.set(password="wrong")).connect()
    bare = iomete_url(server).replace("alice:pat@", "")
    with pytest.raises(exc.OperationalError, match="no credentials"):
        sa.create_engine(bare).connect()


def test_the_paths_schema_is_that_of_unqualified_names(
    server: Any, engine_of: Any
) -> None:
    engine = engine_of(server, "spark_catalog/sales")
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT count(*) FROM orders"))
        assert rows.scalar() == 2
        orders = sa.Table("orders", sa.MetaData(), autoload_with=connection)
        assert connection.execute(sa.select(orders.c.id)).fetchall() == [(1,), (2,)]
    assert engine.dialect.default_schema_name == "sales"
    assert sa.inspect(engine).get_table_names() == ["orders"]


def test_a_schema_that_is_not_there_is_said_while_connecting(
    server: Any, engine_of: Any
) -> None:
    with pytest.raises(exc.ProgrammingError, match="SCHEMA_NOT_FOUND"):
        engine_of(server, "spark_catalog/nowhere").connect()
    with pytest.raises(exc.ProgrammingError, match="CATALOG_NOT_FOUND"):
        engine_of(server, "none/default").connect()


def test_a_server_that_forgets_the_schema_gets_it_with_every_table(
    emulator: Any, engine_of: Any, caplog: Any
) -> None:
    server = emulator("iomete", with_=["stateless"])
    engine = engine_of(server, "spark_catalog/sales")
    with caplog.at_level(logging.WARNING, "fletching"), engine.connect() as connection:
        assert "does not keep the schema" in caplog.text
        orders = sa.Table("orders", sa.MetaData(), autoload_with=connection)
        statement = sa.select(orders.c.id).where(orders.c.id > 1)
        assert connection.execute(statement).fetchall() == [(2,)]
        assert "FROM sales.orders" in server.statements()[-1]
        with pytest.raises(exc.ProgrammingError, match="orders"):
            connection.execute(sa.text("SELECT * FROM orders"))


def test_a_server_without_the_update_path_gets_statements_as_queries(
    emulator: Any, engine_of: Any
) -> None:
    server = emulator("iomete", with_=["no-update"])
    with engine_of(server, "spark_catalog/sales").begin() as connection:
        connection.execute(sa.text("CREATE TABLE by_query (a INT)"))
        connection.execute(sa.text("INSERT INTO by_query VALUES (1), (2)"))
        total = connection.execute(sa.text("SELECT sum(a) FROM by_query")).scalar()
        assert total == 3


def test_every_connection_has_a_session_of_its_own(server: Any, engine_of: Any) -> None:
    sales, default = engine_of(server, "spark_catalog/sales"), engine_of(server)
    where = sa.text("SELECT current_database()")
    with sales.connect() as one, default.connect() as other:
        assert one.execute(where).scalar() == "sales"
        assert other.execute(where).scalar() == "default"
        assert one.execute(where).scalar() == "sales"


# ---- what Spark's front end does in its own way ----


def test_limits_are_literals_and_never_another_statements(
    engine: sa.engine.Engine,
) -> None:
    table = sa.table("my_table", sa.column("id", sa.Integer))
    with engine.connect() as connection:
        for limit in (3, 5, 3):
            statement = sa.select(table.c.id).order_by(table.c.id).limit(limit)
            rows = connection.execute(statement.offset(1)).fetchall()
            assert rows == [(n,) for n in range(1, limit + 1)]
        with pytest.raises(exc.DBAPIError, match="must be a literal"):
            connection.exec_driver_sql("SELECT id FROM my_table LIMIT ?", (3,))


def test_many_rows_go_one_by_one(server: Any, engine: sa.engine.Engine) -> None:
    table = sa.Table(
        "one_by_one",
        sa.MetaData(),
        sa.Column("a", sa.Integer),
        sa.Column("b", sa.String),
        iomete_using="iceberg",
    )
    rows = [{"a": n, "b": None if n == 1 else f"r{n}"} for n in range(5)]
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), rows)
        connection.execute(table.insert().values([{"a": 7, "b": "x"}, {"a": 8}][:1]))
        found = connection.execute(sa.select(table).order_by(table.c.a)).fetchall()
        assert found == [(n, None if n == 1 else f"r{n}") for n in range(5)] + [
            (7, "x")
        ]
        connection.execute(table.update().where(table.c.a == 7).values(b=None))
        connection.execute(table.delete().where(table.c.a < 5))
        assert connection.execute(sa.select(table)).fetchall() == [(7, None)]
        table.drop(connection)
    with fletching.connect(
        server.uri,
        user="alice",
        password="pat",
        headers={"cluster": "c", "data-plane": "d", "schema": "lake"},
        bind_rows="many",
        profile="iomete",
    ) as raw:
        raw.execute("CREATE TABLE refused (a INT)")
        with pytest.raises(fletching.Error, match="Only one row"):
            raw.executemany("INSERT INTO refused VALUES (?)", [(1,), (2,)])


def test_there_are_no_transactions_to_wait_for(engine: sa.engine.Engine) -> None:
    with engine.connect() as connection:
        assert connection.get_isolation_level() == "AUTOCOMMIT"
        connection.execute(sa.text("CREATE TABLE kept (a INT)"))
    with engine.connect() as connection:  # nothing was rolled back
        connection.execute(sa.text("DROP TABLE kept"))


def test_a_large_message_is_refused_by_the_name_of_the_option(
    server: Any, engine_of: Any
) -> None:
    place = "spark_catalog/default", "cluster=c&data_plane=d&max_msg_size=20000"
    wide = sa.text("SELECT repeat('x', 100000) AS wide")
    with engine_of(server, *place).connect() as connection:
        assert connection.execute(sa.text("SELECT 1")).scalar() == 1
        with pytest.raises(exc.OperationalError, match="max_msg_size"):
            connection.execute(wide).fetchall()
    with engine_of(server).connect() as connection:
        assert len(connection.execute(wide).scalar()) == 100000


def test_a_ping_asks_the_cluster(server: Any, engine_of: Any) -> None:
    engine = engine_of(server, pool_pre_ping=True)
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT 2")).scalar()
    with engine.connect() as connection:
        pass
    assert server.statements()[-1] == "SELECT 1"


# ---- values ----

VALUES = {
    "a_boolean": True,
    "a_tinyint": 1,
    "a_smallint": 2,
    "an_int": 3,
    "a_bigint": 2**53 + 1,
    "a_float": 0.5,
    "a_double": 0.1,
    "a_decimal": decimal.Decimal("123456789.125"),
    "a_char": "abc",
    "a_varchar": "variable",
    "a_string": "text",
    "a_binary": b"bytes",
    "a_date": datetime.date(2024, 2, 29),
    "a_timestamp": datetime.datetime(2024, 2, 29, 12, 30, 0, 123456, UTC),
    "a_timestamp_ntz": datetime.datetime(2024, 2, 29, 12, 30, 0, 123456),
    "an_array": [1, 2, None],
    "a_map": {"k": 7},
    "a_struct": {"x": 1, "y": "z"},
}


def test_values_of_every_type_and_null(engine: sa.engine.Engine) -> None:
    with engine.connect() as connection:
        table = sa.Table("every_type", sa.MetaData(), autoload_with=connection)
        statement = sa.select(table).order_by(table.c.an_int.is_(None))
        full, empty = connection.execute(statement).fetchall()
        assert dict(full._mapping) == VALUES
        assert set(empty) == {None}
        inside = sa.select(table.c.a_struct["y"], table.c.an_array[0])
        where = table.c.a_map["k"].as_integer() == 7
        assert connection.execute(inside.where(where)).fetchall() == [("z", 1)]


def test_values_written_come_back(engine: sa.engine.Engine) -> None:
    names = [name for name in VALUES if name not in ("an_array", "a_map", "a_struct")]
    with engine.begin() as connection:
        whole = sa.Table("every_type", sa.MetaData(), autoload_with=connection)
        columns = [sa.Column(name, whole.c[name].type) for name in names]
        table = sa.Table("written", sa.MetaData(), *columns)
        table.create(connection)
        row = {name: VALUES[name] for name in names}
        # DateTime is TIMESTAMP, whichever of Spark's two it was reflected from.
        row["a_timestamp_ntz"] = VALUES["a_timestamp"]
        connection.execute(table.insert(), [row])
        (found,) = connection.execute(sa.select(table)).fetchall()
        assert dict(found._mapping) == row
        connection.execute(table.delete())
        connection.execute(table.insert(), dict.fromkeys(names))
        assert set(*connection.execute(sa.select(table)).fetchall()) == {None}
        table.drop(connection)


def test_json_and_uuids_are_strings(engine: sa.engine.Engine) -> None:
    table = sa.Table(
        "documents", sa.MetaData(), sa.Column("j", sa.JSON), sa.Column("t", sa.Text)
    )
    document = {"OrderId": 7, "it's": [1, None, "\\"]}
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), {"j": document, "t": "\\'; --"})
        assert connection.execute(sa.select(table)).fetchall() == [
            (document, "\\'; --")
        ]
        key = sa.select(table.c.j["OrderId"].as_integer())
        assert connection.execute(key).scalar() == 7
        literal = sa.select(table.c.t).where(
            table.c.t == sa.bindparam(None, "\\'; --", literal_execute=True)
        )
        assert connection.execute(literal).fetchall() == [("\\'; --",)]
        table.drop(connection)


# ---- reflection ----


@pytest.fixture(params=["by SHOW", "by metadata"])
def listed(request: pytest.FixtureRequest, emulator: Any, engine_of: Any) -> Any:
    """An engine on a server without metadata commands, and on one that has them."""
    without = ["no-metadata"] if request.param == "by metadata" else []
    # Named by their cluster, they are servers that no test of writing has.
    return engine_of(emulator("iomete", without=without, cluster="c"))


def test_schemas_have_bare_names(listed: sa.engine.Engine) -> None:
    assert sa.inspect(listed).get_schema_names() == ["default", "sales"]
    names = ["sales", "spark_catalog.sales", "lake.raw", "raw", "lake.nowhere", "x.y"]
    with listed.connect() as connection:
        found = [listed.dialect.has_schema(connection, name) for name in names]
    assert found == [True, True, True, False, False, False]


def test_tables_of_a_schema_with_and_without_its_catalog(
    listed: sa.engine.Engine,
) -> None:
    inspector = sa.inspect(listed)
    everything = ["every_type", "my_table"]
    for schema in (None, "default", "spark_catalog.default"):
        assert inspector.get_table_names(schema=schema) == everything
        assert inspector.get_view_names(schema=schema) == ["short"]
    assert inspector.get_table_names(schema="sales") == ["orders"]
    assert inspector.get_table_names(schema="lake.raw") == ["events"]
    assert inspector.get_table_names(schema="nowhere") == []
    assert inspector.has_table("my_table")
    assert inspector.has_table("short")
    assert inspector.has_table("events", schema="lake.raw")
    assert not inspector.has_table("events")
    assert not inspector.has_table("events", schema="lake.nowhere")


def test_columns_have_the_types_of_the_table(listed: sa.engine.Engine) -> None:
    columns = sa.inspect(listed).get_columns("every_type")
    assert [column["name"] for column in columns] == list(VALUES)
    kinds = {column["name"]: column["type"] for column in columns}
    assert [type(kind) for kind in kinds.values()] == [
        sa.Boolean,
        sa.SmallInteger,
        sa.SmallInteger,
        sa.Integer,
        sa.BigInteger,
        sa.Float,
        sa.Float,
        sa.Numeric,
        sa.CHAR,
        sa.VARCHAR,
        sa.Text,
        sa.LargeBinary,
        sa.Date,
        sa.DateTime,
        sa.DateTime,
        NestedJSON,
        NestedJSON,
        NestedJSON,
    ]
    assert kinds["a_float"].precision == 24
    assert kinds["a_double"].precision == 53
    assert (kinds["a_decimal"].precision, kinds["a_decimal"].scale) == (12, 3)
    assert (kinds["a_char"].length, kinds["a_varchar"].length) == (3, 20)
    assert kinds["a_struct"].spark_type == "struct<x:int,y:string>"
    with pytest.raises(exc.NoSuchTableError):
        sa.inspect(listed).get_columns("nothing")


def test_comments_views_and_what_spark_has_not(listed: sa.engine.Engine) -> None:
    inspector = sa.inspect(listed)
    assert inspector.get_table_comment("my_table") == {"text": "Twelve rows"}
    assert inspector.get_table_comment("every_type") == {"text": None}
    assert inspector.get_columns("my_table")[0]["comment"] == "which one"
    assert "SELECT id, name" in inspector.get_view_definition("short")
    with pytest.raises(exc.NoSuchTableError):
        inspector.get_view_definition("nothing")
    nothing: dict[str, Any] = {"constrained_columns": [], "name": None}
    assert inspector.get_pk_constraint("my_table") == nothing
    assert inspector.get_foreign_keys("my_table") == []
    assert inspector.get_indexes("my_table") == []
    assert inspector.get_unique_constraints("my_table") == []
    assert inspector.get_check_constraints("my_table") == []


def test_a_column_called_comment_is_no_comment(engine: sa.engine.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE noted (comment STRING)"))
        assert sa.inspect(connection).get_table_comment("noted") == {"text": None}
        connection.execute(sa.text("COMMENT ON TABLE noted IS 'it\\'s'"))
        connection.execute(sa.text("DROP TABLE noted"))


def test_temporary_views_are_apart(engine: sa.engine.Engine) -> None:
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE TEMPORARY VIEW passing AS SELECT 1 AS one"))
        inspector = sa.inspect(connection)
        assert inspector.get_temp_view_names() == ["passing"]
        assert inspector.get_temp_table_names() == []
        assert "passing" not in inspector.get_view_names()
        assert "passing" not in inspector.get_table_names()
        assert inspector.has_table("passing")


def test_a_whole_schema_is_reflected(listed: sa.engine.Engine) -> None:
    metadata = sa.MetaData(schema="lake.raw")
    metadata.reflect(listed)
    assert list(metadata.tables) == ["lake.raw.events"]
    default = sa.MetaData()
    default.reflect(listed, views=True)
    assert sorted(default.tables) == ["every_type", "my_table", "short"]
    with listed.connect() as connection:
        events = metadata.tables["lake.raw.events"]
        assert connection.execute(sa.select(events.c.what)).scalar() == "first"
        three = sa.select(sa.func.count()).select_from(
            default.tables["my_table"].join(events, sa.true())
        )
        assert connection.execute(three).scalar() == 12


def test_an_error_is_not_taken_for_nothing(emulator: Any, engine_of: Any) -> None:
    """A server that is gone has not said that there is no table."""
    server = emulator("iomete", fresh=True)
    with engine_of(server).connect() as connection:
        inspector = sa.inspect(connection)
        assert inspector.get_view_names() == ["short"]
        server.process.stop()
        with pytest.raises(exc.OperationalError):
            inspector.has_table("my_table")


def test_a_table_is_reflected_by_one_statement(
    server: Any, engine: sa.engine.Engine
) -> None:
    with engine.connect() as connection:
        before = len(server.statements())
        table = sa.Table("my_table", sa.MetaData(), autoload_with=connection)
        assert table.comment == "Twelve rows"
        (sent,) = server.statements()[before:]
        assert sent == "DESCRIBE TABLE EXTENDED `default`.`my_table`"


def test_asyncio(server: Any) -> None:
    async def ask() -> Any:
        url = iomete_url(server, "spark_catalog/sales")
        engine = create_async_engine(url.replace("iomete:", "iomete_async:"))
        async with engine.connect() as connection:
            rows = await connection.execute(sa.text("SELECT count(*) FROM orders"))
            found = (
                rows.scalar(),
                await connection.run_sync(
                    lambda sync: sa.inspect(sync).get_table_names()
                ),
            )
        await engine.dispose()
        return found

    assert asyncio.run(ask()) == (2, ["orders"])


def test_the_version_is_sparks(engine: sa.engine.Engine) -> None:
    with engine.connect():
        assert engine.dialect.server_version_info == (3, 5, 5)
