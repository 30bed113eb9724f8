# SPDX-License-Identifier: Apache-2.0
"""Reflection and errors on arrow-go's SQLite example and on Arrow Java's on Derby.

The generic dialect reads both; SQLite's has its own way to keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy_urls import url_of


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
    return [(c["name"], str(c["type"]), c["nullable"]) for c in columns]


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


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("select * from none_such", sa.exc.DatabaseError, "no such table: none_such"),
        ("selec 1", sa.exc.DatabaseError, "syntax error"),
        (
            "insert into intTable (id) values (1)",
            sa.exc.IntegrityError,
            "UNIQUE constraint failed: intTable.id",
        ),
    ],
)
def test_errors_of_sqlite_keep_class_and_words(
    lite: sa.engine.Engine, text: str, kind: Any, says: str
) -> None:
    with lite.connect() as connection:
        with pytest.raises(kind, match=says):
            connection.execute(sa.text(text))
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
