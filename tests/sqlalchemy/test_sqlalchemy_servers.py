# SPDX-License-Identifier: Apache-2.0
"""Reflection and errors on arrow-go's SQLite example and on Arrow Java's on Derby.

The generic dialect reads both; SQLite's has its own way to keys.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy_urls import url_of

from fletching.sqlalchemy import FlightSQLDialect
from fletching.sqlalchemy._versions import SQLALCHEMY_2


@pytest.fixture
def engine_on() -> Iterator[Callable[[Any, str], sa.engine.Engine]]:
    """A function that makes an engine on a server."""
    engines: list[sa.engine.Engine] = []

    def make(server: Any, dialect: str) -> sa.engine.Engine:
        engines.append(sa.create_engine(url_of(server, dialect)))
        return engines[-1]

    yield make
    for engine in engines:
        engine.dispose()


@pytest.fixture(params=["golite+flightsql", "flightsql"])
def lite(
    request: pytest.FixtureRequest, go_sqlite: Any, engine_on: Any
) -> sa.engine.Engine:
    """SQLite by its own dialect and by the generic one."""
    return engine_on(go_sqlite, request.param)


@pytest.fixture
def java(derby: Any, engine_on: Any) -> sa.engine.Engine:
    """Derby."""
    return engine_on(derby("plain"), "flightsql")


def texts(columns: Any) -> list[tuple[str, str, bool]]:
    """Name, type and whether NULL may be in it."""
    dialect = FlightSQLDialect()
    return [(c["name"], c["type"].compile(dialect), c["nullable"]) for c in columns]


def test_sqlite_is_reflected(lite: sa.engine.Engine) -> None:
    inspector = sa.inspect(lite)
    assert {"intTable", "foreignTable"} <= set(inspector.get_table_names())
    assert texts(inspector.get_columns("intTable")) == [
        ("id", "BIGINT", False),
        ("keyName", "VARCHAR", True),
        ("value", "BIGINT", True),
        ("foreignId", "BIGINT", True),
    ]
    key = inspector.get_pk_constraint("intTable")
    assert key == {"constrained_columns": ["id"], "name": None}
    (foreign,) = inspector.get_foreign_keys("intTable")
    assert foreign["constrained_columns"] == ["foreignId"]
    assert foreign["referred_table"] == "foreignTable"
    assert foreign["referred_columns"] == ["id"]
    assert inspector.get_foreign_keys("foreignTable") == []
    assert inspector.has_table("intTable")
    assert not inspector.has_table("int_able")  # no pattern
    with pytest.raises(sa.exc.NoSuchTableError):
        inspector.get_columns("nope")


def test_derby_is_reflected(java: sa.engine.Engine) -> None:
    inspector = sa.inspect(java)
    assert {"APP", "SYS"} <= set(inspector.get_schema_names())
    assert inspector.get_table_names("APP") == ["FOREIGNTABLE", "INTTABLE"]
    assert texts(inspector.get_columns("INTTABLE", "APP")) == [
        ("ID", "INTEGER", False),
        ("KEYNAME", "VARCHAR", True),
        ("VALUE", "INTEGER", True),
        ("FOREIGNID", "INTEGER", True),
    ]
    assert inspector.get_columns("INTTABLE", "APP")[0]["autoincrement"] is True
    key = inspector.get_pk_constraint("INTTABLE", "APP")
    assert key["constrained_columns"] == ["ID"]
    (foreign,) = inspector.get_foreign_keys("INTTABLE", "APP")
    assert (foreign["referred_schema"], foreign["referred_table"]) == (
        "APP",
        "FOREIGNTABLE",
    )
    metadata = sa.MetaData(schema="APP")
    metadata.reflect(java)
    table = metadata.tables["APP.INTTABLE"]
    assert [key.target_fullname for key in table.foreign_keys] == [
        "APP.FOREIGNTABLE.ID"
    ]
    with java.connect() as connection:
        # Names in upper case are quoted as they are.
        query = sa.select(table.c.KEYNAME).order_by(table.c.ID)
        assert connection.execute(query).scalars().first() == "one"


def test_a_reflected_table_of_sqlite_is_queried(lite: sa.engine.Engine) -> None:
    table = sa.Table("intTable", sa.MetaData(), autoload_with=lite)
    query = sa.select(table.c.keyName).where(table.c.id == 1)
    with lite.connect() as connection:
        assert connection.execute(query).scalar() == "one"


def tells_errors(
    engine: sa.engine.Engine, cases: list[tuple[str, type[Exception], str]]
) -> None:
    """By class, the server's words and the statement; the connection goes on."""
    for text, kind, says in cases:
        with engine.connect() as connection:
            with pytest.raises(kind, match=says) as caught:
                connection.execute(sa.text(text))
            assert isinstance(caught.value, sa.exc.DBAPIError)
            assert caught.value.statement == text
            assert f"[SQL: {text}]" in str(caught.value)
            assert not caught.value.connection_invalidated


def test_errors_of_sqlite_keep_class_and_words(lite: sa.engine.Engine) -> None:
    cases = [
        ("select * from none_such", sa.exc.DatabaseError, "no such table: none_such"),
        ("selec 1", sa.exc.DatabaseError, "syntax error"),
        (
            "insert into intTable (id) values (1)",
            sa.exc.IntegrityError,
            "UNIQUE constraint failed: intTable.id",
        ),
    ]
    tells_errors(lite, cases)
    with lite.connect() as connection:
        assert connection.execute(sa.text("select 1")).scalar() == 1


def test_errors_of_derby_keep_class_and_words(java: sa.engine.Engine) -> None:
    insert = sa.text("insert into intTable (id) values (1)")
    with java.connect() as connection:
        with pytest.raises(sa.exc.ProgrammingError, match="identity column 'ID'"):
            connection.execute(insert)
        # The server answers an error in a query with a code alone, which is told.
        with pytest.raises(sa.exc.DatabaseError, match="INTERNAL"):
            connection.execute(sa.text("select * from none_such"))
        assert connection.execute(sa.text("values 1")).scalar() == 1


# ---- all that there is to reflect, on tables of our own ----

SHOP = [
    "create schema SHOP",
    "create table SHOP.THINGS (ID integer not null primary key, SMALL smallint,"
    " BIG bigint, R real, D double, AMOUNT decimal(10,2) default 1.5,"
    " NAME varchar(20) not null, FIX char(3), FLAG boolean, DAY date, TOD time,"
    " MOMENT timestamp, BODY blob, TXT clob)",
    "create table SHOP.PAIRS (THING integer not null, N integer not null,"
    " constraint BY_TWO primary key (THING, N))",
    "create table SHOP.LINKS (A integer, B integer, C integer, D integer,"
    " constraint FIRST_PAIR foreign key (A, B) references SHOP.PAIRS (THING, N)"
    " on delete cascade, constraint OTHER_PAIR foreign key (C, D)"
    " references SHOP.PAIRS (THING, N) on delete cascade)",
    "create view SHOP.NAMES as select ID, NAME from SHOP.THINGS",
    'create table SHOP."mixed Case" ("lower" integer)',
]
NO_SHOP = ['drop table SHOP."mixed Case"', "drop view SHOP.NAMES"]
NO_SHOP += ["drop table SHOP.LINKS", "drop table SHOP.PAIRS", "drop table SHOP.THINGS"]
NO_SHOP += ["drop schema SHOP restrict"]


def run_all(engine: sa.engine.Engine, statements: list[str]) -> None:
    """Each by itself."""
    for statement in statements:
        with engine.begin() as connection:
            connection.execute(sa.text(statement))


@pytest.fixture
def shop(java: sa.engine.Engine) -> Iterator[sa.engine.Engine]:
    """Derby with a schema of our own."""
    run_all(java, SHOP)
    yield java
    run_all(java, NO_SHOP)


def test_derbys_types_views_and_keys(shop: sa.engine.Engine) -> None:
    inspector = sa.inspect(shop)
    tables = ["LINKS", "PAIRS", "THINGS", "mixed Case"]
    assert inspector.get_table_names("SHOP") == tables
    assert inspector.get_view_names("SHOP") == ["NAMES"]
    assert texts(inspector.get_columns("THINGS", "SHOP")) == [
        ("ID", "INTEGER", False),
        ("SMALL", "SMALLINT", True),
        ("BIG", "BIGINT", True),
        ("R", "REAL", True),
        ("D", "DOUBLE", True),
        ("AMOUNT", "DECIMAL(10, 2)", True),
        ("NAME", "VARCHAR", False),
        ("FIX", "VARCHAR", True),
        ("FLAG", "BOOLEAN", True),
        ("DAY", "DATE", True),
        ("TOD", "TIME", True),
        ("MOMENT", "TIMESTAMP WITH TIME ZONE", True),  # Arrow's: of UTC
        ("BODY", "VARBINARY", True),
        ("TXT", "VARCHAR", True),
    ]
    view = [("ID", "INTEGER", False), ("NAME", "VARCHAR", False)]
    assert texts(inspector.get_columns("NAMES", "SHOP")) == view
    # In the order of the key, which is not that of the server's answer.
    key = {"constrained_columns": ["THING", "N"], "name": "BY_TWO"}
    assert dict(inspector.get_pk_constraint("PAIRS", "SHOP")) == key
    # Two keys to one table, whose columns come in turns.
    keys = inspector.get_foreign_keys("LINKS", "SHOP")
    found = {key["name"]: key for key in keys}
    assert found["FIRST_PAIR"]["constrained_columns"] == ["A", "B"]
    assert found["OTHER_PAIR"]["constrained_columns"] == ["C", "D"]
    for key in keys:
        assert (key["referred_schema"], key["referred_table"]) == ("SHOP", "PAIRS")
        assert key["referred_columns"] == ["THING", "N"]
    assert found["OTHER_PAIR"]["options"] == {"ondelete": "CASCADE"}
    for name, there in {"NAMES": True, "mixed Case": True, "names": False}.items():
        assert inspector.has_table(name, "SHOP") is there
    # The server has no command for it, and no information schema.
    with pytest.raises(NotImplementedError, match=r"SHOP\.NAMES"):
        inspector.get_view_definition("NAMES", "SHOP")
    with pytest.raises(sa.exc.NoSuchTableError):
        inspector.get_view_definition("THINGS", "SHOP")  # a table is no view
    for read in (inspector.get_columns, inspector.get_pk_constraint):
        with pytest.raises(sa.exc.NoSuchTableError):
            read("NOWHERE", "SHOP")


def test_a_schema_of_derby_becomes_tables(shop: sa.engine.Engine) -> None:
    metadata = sa.MetaData(schema="SHOP")
    metadata.reflect(shop, views=True)
    assert sorted(table.name for table in metadata.tables.values()) == [
        "LINKS",
        "NAMES",
        "PAIRS",
        "THINGS",
        "mixed Case",
    ]
    links = metadata.tables["SHOP.LINKS"]
    assert {key.target_fullname for key in links.foreign_keys} == {
        "SHOP.PAIRS.THING",
        "SHOP.PAIRS.N",
    }
    things = metadata.tables["SHOP.THINGS"]
    with shop.begin() as connection:
        connection.execute(things.insert().values(ID=1, NAME="it's", FLAG=True))
        row = connection.execute(sa.select(things)).mappings().one()
    assert (row["AMOUNT"], row["NAME"]) == (decimal.Decimal("1.50"), "it's")
    assert row["FLAG"] is True


LITE = [
    "create table things (id integer primary key, n smallint, r real, d double,"
    " name varchar(20) not null, body blob, txt text, day date, moment datetime,"
    " flag boolean)",
    "create table parts (thing integer not null, n integer not null,"
    " primary key (thing, n), foreign key (thing) references things (id))",
    "create view names as select id, name from things",
    'create table "mixed Case" ("lower" integer)',
]


@pytest.fixture(params=["golite+flightsql", "flightsql"])
def typed(
    request: pytest.FixtureRequest, go_fresh: Any, engine_on: Any
) -> sa.engine.Engine:
    """SQLite behind the program of ours that gives its types, with tables."""
    engine: sa.engine.Engine = engine_on(go_fresh(), request.param)
    run_all(engine, LITE)
    return engine


def test_sqlites_types_views_and_keys(typed: sa.engine.Engine) -> None:
    inspector = sa.inspect(typed)
    assert {"things", "parts", "mixed Case"} <= set(inspector.get_table_names())
    assert inspector.get_view_names() == ["names"]
    assert texts(inspector.get_columns("things")) == [
        ("id", "BIGINT", True),
        ("n", "SMALLINT", True),
        ("r", "DOUBLE", True),
        ("d", "DOUBLE", True),
        ("name", "VARCHAR", False),
        ("body", "VARBINARY", True),
        ("txt", "VARCHAR", True),
        ("day", "DATE", True),
        ("moment", "TIMESTAMP", True),
        ("flag", "BOOLEAN", True),
    ]
    key = {"constrained_columns": ["thing", "n"], "name": None}
    assert dict(inspector.get_pk_constraint("parts")) == key
    (foreign,) = inspector.get_foreign_keys("parts")
    assert (foreign["referred_table"], foreign["referred_columns"]) == (
        "things",
        ["id"],
    )
    assert inspector.has_table("names")
    assert inspector.has_table("mixed Case")
    assert not inspector.has_table("nowhere")
    if typed.url.drivername.startswith("golite"):
        definition = inspector.get_view_definition("names")
        assert "select id, name from things" in definition
    with pytest.raises(sa.exc.NoSuchTableError):
        inspector.get_view_definition("nowhere")
    metadata = sa.MetaData()
    metadata.reflect(typed, views=True)
    assert {"things", "parts", "names", "mixed Case"} <= set(metadata.tables)
    (key,) = metadata.tables["parts"].foreign_keys
    assert key.target_fullname == "things.id"


@pytest.mark.skipif(not SQLALCHEMY_2, reason="SQLAlchemy 2 brought get_multi_...")
def test_many_tables_at_once(typed: sa.engine.Engine, shop: sa.engine.Engine) -> None:
    inspector = sa.inspect(typed)
    columns = inspector.get_multi_columns()
    assert len(columns[None, "things"]) == 10
    keys = inspector.get_multi_pk_constraint(filter_names=["parts"])
    assert keys[None, "parts"]["constrained_columns"] == ["thing", "n"]
    foreign = inspector.get_multi_foreign_keys()
    assert foreign[None, "parts"][0]["referred_table"] == "things"
    assert foreign[None, "things"] == []
    inspector = sa.inspect(shop)
    columns = inspector.get_multi_columns(schema="SHOP")
    assert [column["name"] for column in columns["SHOP", "PAIRS"]] == ["THING", "N"]
    keys = inspector.get_multi_pk_constraint(schema="SHOP")
    assert keys["SHOP", "PAIRS"]["constrained_columns"] == ["THING", "N"]
    assert len(inspector.get_multi_foreign_keys(schema="SHOP")["SHOP", "LINKS"]) == 2


# ---- errors ----

DERBYS = [
    ("insert into SHOP.THINGS (ID) values (1)", sa.exc.IntegrityError, "'NAME'"),
    ("insert into SHOP.LINKS (A, B) values (9, 9)", sa.exc.IntegrityError, "FIRST_"),
    (
        "insert into SHOP.THINGS (ID, NAME) values (2, 'longer than it may be there')",
        sa.exc.DataError,
        "truncation error",
    ),
    ("update SHOP.NOWHERE set X = 1", sa.exc.ProgrammingError, "SHOP.NOWHERE"),
    ("create tabel X (A int)", sa.exc.ProgrammingError, "tabel"),
]


def test_errors_of_derby_are_told_by_class_words_and_statement(
    shop: sa.engine.Engine,
) -> None:
    tells_errors(shop, DERBYS)
    double = "insert into SHOP.PAIRS values (1, 1)"
    with shop.begin() as connection:
        connection.execute(sa.text(double))
    with shop.connect() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.execute(sa.text(double))


LITES = [
    ("insert into things (id) values (1)", sa.exc.IntegrityError, "things.name"),
    ("create table things (a int)", sa.exc.DatabaseError, "things already exists"),
    ("update nowhere set x = 1", sa.exc.DatabaseError, "no such table: nowhere"),
]


def test_errors_of_sqlite_are_told_by_class_words_and_statement(
    typed: sa.engine.Engine,
) -> None:
    tells_errors(typed, LITES)
    missing = sa.text("select * from things where id = :id and nowhere = 1")
    with typed.connect() as connection:
        with pytest.raises(sa.exc.DatabaseError, match="nowhere") as caught:
            connection.execute(missing, {"id": 7})
        assert "[parameters: (7,)]" in str(caught.value)


@pytest.mark.parametrize("name", ["go", "derby"])
def test_a_server_that_was_killed_is_a_lost_connection(
    name: str, fleet: Any, engine_on: Any, request: pytest.FixtureRequest
) -> None:
    if name == "go":
        server = request.getfixturevalue("go_fresh")()
    else:
        server = request.getfixturevalue("derby")("plain", fresh=True)
    engine = engine_on(server, "flightsql")
    one = "select 1" if name == "go" else "values 1"
    with engine.connect() as connection:
        assert connection.execute(sa.text(one)).scalar() == 1
        driver = connection.connection.dbapi_connection
        assert engine.dialect.do_ping(driver) is True
        server.process.stop()
        assert engine.dialect.do_ping(driver) is False
        with pytest.raises(sa.exc.OperationalError) as caught:
            connection.execute(sa.text(one))
        assert caught.value.connection_invalidated
        assert engine.dialect.is_disconnect(caught.value.orig, driver, None)


def test_a_server_that_is_not_there(engine_on: Any) -> None:
    engine = sa.create_engine("flightsql://127.0.0.1:1?transport=tcp")
    with pytest.raises(sa.exc.OperationalError, match=r"127\.0\.0\.1:1"):
        sa.inspect(engine)


def test_keys_of_a_datafusion_url_are_asked_for_on_request(go_sqlite: Any) -> None:
    for parameters, found in [("", []), ("feature-sqlalchemy-primary-keys=on", ["id"])]:
        url = url_of(go_sqlite, "datafusion+flightsql", parameters)
        engine = sa.create_engine(url)
        key = sa.inspect(engine).get_pk_constraint("intTable")
        assert key["constrained_columns"] == found
        engine.dispose()
