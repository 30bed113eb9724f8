# SPDX-License-Identifier: Apache-2.0
"""What DuckDB's dialect does for users that the engine does in its own way."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import func
from sqlalchemy.orm import Session, declarative_base
from sqlalchemy.schema import CreateTable


@pytest.fixture
def schema(duck: sa.engine.Engine) -> Iterator[str]:
    """A schema of the test's own."""
    name = f"s{uuid.uuid4().hex[:8]}"
    with duck.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    yield name
    with duck.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")


def test_an_integer_key_numbers_its_rows(duck: sa.engine.Engine, schema: str) -> None:
    table = sa.Table(
        "people",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String),
        schema=schema,
    )
    with duck.begin() as connection:
        table.create(connection)
        keys = [
            connection.execute(table.insert().values(name=name)).inserted_primary_key[0]
            for name in ("Ada", "Grace")
        ]
        assert keys == [1, 2]
        assert sa.inspect(connection).get_sequence_names(schema) == ["people_id_seq"]
    # Also when the table was not declared but found.
    with duck.begin() as connection:
        found = sa.Table(
            "people", sa.MetaData(), schema=schema, autoload_with=connection
        )
        connection.execute(found.insert().values(name="Mary"))
        assert connection.execute(sa.select(func.max(found.c.id))).scalar() == 3
        found.drop(connection)
        assert sa.inspect(connection).get_sequence_names(schema) == []


def test_keys_that_others_give_have_no_sequence(duck: sa.engine.Engine) -> None:
    columns = [
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer, server_default="3"),
    ]
    text = str(CreateTable(sa.Table("t", sa.MetaData(), *columns)).compile(duck))
    assert "nextval" not in text
    own = sa.Column("id", sa.Integer, sa.Sequence("numbers"), primary_key=True)
    text = str(CreateTable(sa.Table("t", sa.MetaData(), own)).compile(duck))
    assert "t_id_seq" not in text


def test_temporary_tables_number_rows_and_hide_others(
    duck: sa.engine.Engine,
) -> None:
    name = f"t{uuid.uuid4().hex[:8]}"
    with duck.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {name}(other INTEGER)")
        table = sa.Table(
            name,
            sa.MetaData(),
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("mine", sa.String),
            prefixes=["TEMPORARY"],
        )
        table.create(connection)
        connection.exec_driver_sql(f"CREATE TEMP VIEW {name}_v AS SELECT 1 AS one")
        connection.execute(table.insert().values(mine="x"))
        assert connection.execute(sa.select(table)).all() == [(1, "x")]
        inspector = sa.inspect(connection)
        assert name in inspector.get_temp_table_names()
        assert f"{name}_v" not in inspector.get_view_names()
        names = [column["name"] for column in inspector.get_columns(name)]
        assert names == ["id", "mine"]
        assert inspector.get_pk_constraint(name)["constrained_columns"] == ["id"]
        for kind in ("VIEW temp.main." + name + "_v", "TABLE " + name, "TABLE " + name):
            connection.exec_driver_sql(f"DROP {kind}")


def test_other_databases_tables_are_not_ours(duck: sa.engine.Engine) -> None:
    other = f"db{uuid.uuid4().hex[:8]}"
    engine = duck.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"ATTACH ':memory:' AS {other}")
        connection.exec_driver_sql(f"CREATE TABLE {other}.main.{other}_t(x INTEGER)")
        try:
            inspector = sa.inspect(connection)
            assert f"{other}_t" not in inspector.get_table_names()
            assert f"{other}_t" in inspector.get_table_names(schema=f"{other}.main")
        finally:
            connection.exec_driver_sql(f"DETACH {other}")


def test_computed_columns_and_indexes_of_expressions(
    duck: sa.engine.Engine, schema: str
) -> None:
    table = sa.Table(
        "t",
        sa.MetaData(),
        sa.Column("a", sa.Integer),
        sa.Column("b c", sa.String),
        sa.Column("twice", sa.Integer, sa.Computed("a * 2")),
        schema=schema,
    )
    sa.Index("i", table.c["b c"], func.lower(table.c["b c"]), table.c.a)
    with duck.begin() as connection:
        table.create(connection)
        connection.execute(table.insert().values(a=4))
        assert connection.execute(sa.select(table.c.twice)).scalar() == 8
        inspector = sa.inspect(connection)
        column = inspector.get_columns("t", schema)[2]
        assert column["default"] is None
        assert column["computed"] == {"sqltext": "(a * 2)", "persisted": False}
        if sa.__version__ < "2":  # it knows of no expressions in indexes
            with pytest.warns(sa.exc.SAWarning, match="expression-based index i"):
                assert inspector.get_indexes("t", schema) == []
            return
        (index,) = inspector.get_indexes("t", schema)
    assert index["column_names"] == ["b c", None, "a"]
    assert index["expressions"] == ["b c", 'lower("b c")', "a"]


def test_an_object_with_a_version_is_updated_and_has_what_the_server_made(
    duck: sa.engine.Engine, schema: str
) -> None:
    class Person(declarative_base()):  # type: ignore[misc]
        __tablename__ = "people"
        __table_args__ = ({"schema": schema},)
        id = sa.Column(sa.Integer, primary_key=True)
        name = sa.Column(sa.String)
        length = sa.Column(sa.Integer, sa.Computed("length(name)"))
        version = sa.Column(sa.Integer, nullable=False)
        __mapper_args__ = MappingProxyType(
            {"version_id_col": version, "eager_defaults": True}
        )

    with duck.begin() as connection:
        Person.metadata.create_all(connection)
    with Session(duck) as session:
        person = Person(name="Ada")
        session.add(person)
        session.commit()
        person.name = "Grace"
        session.flush()
        assert (person.version, person.length) == (2, 5)
        person.name = sa.func.upper("Mary")
        session.flush()
        assert (person.version, person.name) == (3, "MARY")
        session.commit()


def test_the_level_of_a_pools_connection_is_set_on_the_drivers(
    duck: sa.engine.Engine,
) -> None:
    with duck.connect() as connection:
        proxy: Any = connection.connection
        duck.dialect.set_isolation_level(proxy, "AUTOCOMMIT")
        assert proxy.dbapi_connection.autocommit
        duck.dialect.reset_isolation_level(proxy)
        assert not proxy.dbapi_connection.autocommit


def test_keys_and_paths_in_json(duck: sa.engine.Engine) -> None:
    value = {"a.b": {'q"x': [1, {"deep": "er"}]}, "$.c": 5, "n": None, "it's": True}
    column = sa.literal(value, sa.JSON)
    queries = [
        (column["a.b"]['q"x'][0].as_integer(), 1),
        (column[("a.b", 'q"x', 1, "deep")].as_string(), "er"),
        (column["$.c"].as_integer(), 5),
        (column["it's"].as_boolean(), True),
        (column[("a.b", 'q"x', -1)], {"deep": "er"}),
        (column["n"], None),
    ]
    with duck.connect() as connection:
        for query, expected in queries:
            assert connection.execute(sa.select(query)).scalar() == expected


def test_several_tables_in_update_and_delete(
    duck: sa.engine.Engine, schema: str
) -> None:
    metadata = sa.MetaData(schema=schema)
    a = sa.Table("a", metadata, sa.Column("k", sa.Integer), sa.Column("v", sa.Integer))
    b = sa.Table("b", metadata, sa.Column("k", sa.Integer), sa.Column("v", sa.Integer))
    with duck.begin() as connection:
        metadata.create_all(connection)
        connection.execute(a.insert(), [{"k": k, "v": 0} for k in range(3)])
        connection.execute(b.insert(), [{"k": 1, "v": 10}, {"k": 2, "v": 20}])
        connection.execute(a.update().values(v=b.c.v).where(a.c.k == b.c.k))
        connection.execute(a.delete().where(a.c.k == b.c.k).where(b.c.v == 20))
        rows = connection.execute(sa.select(a).order_by(a.c.k)).all()
    assert rows == [(0, 0), (1, 10)]


def test_a_share_of_the_rows(duck: sa.engine.Engine) -> None:
    numbers = sa.text("SELECT * FROM range(10) t(n)").columns(sa.column("n")).subquery()
    query = sa.select(numbers.c.n).order_by(numbers.c.n)
    with duck.connect() as connection:
        share = connection.execute(query.fetch(20, percent=True).offset(1)).all()
        first = connection.execute(query.fetch(2).offset(3)).all()
    assert share == [(1,), (2,)]
    assert first == [(3,), (4,)]


def test_intervals_are_timedeltas(duck: sa.engine.Engine) -> None:
    length = datetime.timedelta(days=-101, seconds=3, microseconds=7)
    with duck.connect() as connection:
        assert connection.execute(sa.select(sa.literal(length))).scalar() == length


def test_a_query_that_writes_runs_once(duck: sa.engine.Engine, schema: str) -> None:
    counter = sa.Sequence("counter", schema=schema)
    with duck.begin() as connection:
        connection.exec_driver_sql(f"CREATE SEQUENCE {schema}.counter")
        connection.exec_driver_sql(f"CREATE TABLE {schema}.t(x INTEGER)")
        assert connection.execute(counter.next_value()).scalar() == 1
        written = connection.exec_driver_sql(
            f"WITH new AS (INSERT INTO {schema}.t VALUES (7) RETURNING x)"
            " SELECT x FROM new"
        )
        assert written.all() == [(7,)]
        count: Any = connection.exec_driver_sql(f"SELECT count(*) FROM {schema}.t")
        assert count.scalar() == 1
