# SPDX-License-Identifier: Apache-2.0
"""Engines at work: values, types, transactions, reflection, liveness."""

from __future__ import annotations

import asyncio
import datetime
import decimal
import os
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

import fletching.sqlalchemy as fs


def made(engine: sa.engine.Engine, *statements: str) -> None:
    """Run statements, each by itself."""
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def test_values_come_back_as_they_were(duck: sa.engine.Engine) -> None:
    metadata = sa.MetaData()
    table = sa.Table(
        "of_values",
        metadata,
        sa.Column("n", sa.BigInteger),
        sa.Column("d", sa.Numeric(38, 10)),
        sa.Column("f", sa.Float),
        sa.Column("b", sa.LargeBinary),
        sa.Column("t", sa.DateTime),
        sa.Column("j", sa.JSON),
        sa.Column("u", fs.UUID),
        sa.Column("a", fs.ARRAY(sa.Integer)),
        sa.Column("flag", sa.Boolean),
    )
    metadata.drop_all(duck)
    metadata.create_all(duck)
    row = {
        "n": 2**53 + 1,
        "d": decimal.Decimal("1234567890123456789012345678.0123456789"),
        "f": 0.1,
        "b": b"\x00\xff",
        "t": datetime.datetime(1999, 12, 31, 23, 59, 59, 999999),
        "j": {"a": [1, None, "x"]},
        "u": uuid.UUID(int=7),
        "a": [1, None, 3],
        "flag": True,
    }
    nothing = dict.fromkeys(row)
    nothing["j"] = sa.null()
    with duck.begin() as connection:
        connection.execute(table.insert(), [row])
        connection.execute(table.insert().values(nothing))
        found = connection.execute(table.select()).mappings().all()
    assert dict(found[0]) == row
    assert set(found[1].values()) == {None}
    metadata.drop_all(duck)


def test_types_are_reflected_exactly(duck: sa.engine.Engine) -> None:
    made(
        duck,
        "create or replace table of_types (a utinyint, b ubigint, c decimal(20, 4),"
        " d timestamp_ns, e timestamptz, f integer[][], g struct(x integer, y varchar),"
        " h map(varchar, double), i json, j hugeint, k time, l blob, m interval)",
    )
    columns = sa.inspect(duck).get_columns("of_types")
    kinds = {column["name"]: column["type"] for column in columns}
    assert isinstance(kinds["a"], fs.UTINYINT)
    assert isinstance(kinds["b"], fs.UBIGINT)
    assert (kinds["c"].precision, kinds["c"].scale) == (20, 4)
    assert (kinds["d"].precision, kinds["d"].timezone) == (9, False)
    assert (kinds["e"].precision, kinds["e"].timezone) == (6, True)
    assert (kinds["f"].dimensions, type(kinds["f"].item_type)) == (2, sa.INTEGER)
    assert isinstance(kinds["g"].fields["y"], sa.VARCHAR)
    assert isinstance(kinds["h"].value_type, sa.Float)
    assert isinstance(kinds["i"], sa.JSON)
    assert isinstance(kinds["j"], fs.HUGEINT)
    assert isinstance(kinds["k"], sa.TIME)
    assert isinstance(kinds["l"], sa.VARBINARY)
    assert isinstance(kinds["m"], fs.INTERVAL)
    made(duck, "drop table of_types")


def test_a_reflected_table_can_be_made_again(duck: sa.engine.Engine) -> None:
    made(
        duck,
        "create or replace table of_copy (a integer not null, b decimal(9, 2),"
        " c struct(x integer, y varchar[]), d map(varchar, bigint), e timestamp_ms,"
        " primary key (a))",
    )
    before = sa.inspect(duck).get_columns("of_copy")
    table = sa.Table("of_copy", sa.MetaData(), autoload_with=duck)
    made(duck, "drop table of_copy")
    table.create(duck)
    after = sa.inspect(duck).get_columns("of_copy")
    assert [repr(column) for column in before] == [repr(column) for column in after]
    table.drop(duck)


def test_keys_views_comments_and_indexes(duck: sa.engine.Engine) -> None:
    made(
        duck,
        "create schema if not exists keyed",
        "create table keyed.a (x integer, y integer, primary key (x, y))",
        "create table keyed.b (p integer, q integer default 7,"
        " foreign key (p, q) references keyed.a (x, y))",
        "create index by_q on keyed.b (q)",
        "create view keyed.v as select x from keyed.a",
        "comment on table keyed.a is 'all of it'",
        "comment on column keyed.a.x is 'the first'",
    )
    inspector = sa.inspect(duck)
    assert inspector.get_table_names("keyed") == ["a", "b"]
    assert inspector.get_view_names("keyed") == ["v"]
    assert "from keyed.a" in inspector.get_view_definition("v", "keyed").lower()
    key = inspector.get_pk_constraint("a", "keyed")
    assert key["constrained_columns"] == ["x", "y"]
    (foreign,) = inspector.get_foreign_keys("b", "keyed")
    assert foreign["constrained_columns"] == ["p", "q"]
    assert (foreign["referred_schema"], foreign["referred_table"]) == ("keyed", "a")
    assert inspector.get_columns("b", "keyed")[1]["default"] == "7"
    assert inspector.get_columns("a", "keyed")[0]["comment"] == "the first"
    assert inspector.get_table_comment("a", "keyed") == {"text": "all of it"}
    assert inspector.get_indexes("b", "keyed")[0]["column_names"] == ["q"]
    assert inspector.get_columns("v", "keyed")[0]["name"] == "x"
    with pytest.raises(sa.exc.NoSuchTableError):
        inspector.get_columns("none", "keyed")
    metadata = sa.MetaData(schema="keyed")
    metadata.reflect(duck)
    assert sorted(metadata.tables) == ["keyed.a", "keyed.b"]
    made(duck, "drop schema keyed cascade")


def test_a_transaction_is_rolled_back(duck: sa.engine.Engine) -> None:
    made(duck, "create or replace table of_rollback (n integer)")
    with duck.connect() as connection:
        transaction = connection.begin()
        connection.execute(sa.text("insert into of_rollback values (1)"))
        transaction.rollback()
    with duck.connect() as connection:
        count = connection.execute(sa.text("select count(*) from of_rollback"))
        assert count.scalar() == 0
    made(duck, "drop table of_rollback")


def test_isolation_levels(engine: sa.engine.Engine) -> None:
    with engine.connect() as connection:
        default = connection.get_isolation_level()
        switched = connection.execution_options(isolation_level="AUTOCOMMIT")
        assert switched.get_isolation_level() == "AUTOCOMMIT"
    expected = "SNAPSHOT" if engine.dialect.name == "duckdb" else "AUTOCOMMIT"
    assert default == engine.dialect.default_isolation_level == expected


def test_errors_have_their_classes(duck: sa.engine.Engine) -> None:
    made(duck, "create or replace table of_errors (n integer primary key)")
    missing = sa.text("select * from no_such_table")
    with duck.connect() as connection, pytest.raises(sa.exc.ProgrammingError):
        connection.execute(missing)
    with duck.connect() as connection:
        twice = sa.text("insert into of_errors values (1), (1)")
        with pytest.raises(sa.exc.IntegrityError):
            connection.execute(twice)
    made(duck, "drop table of_errors")


def test_a_statement_has_its_time_limit(duck: sa.engine.Engine) -> None:
    slow = sa.text("select count(*) from range(1000000000) a, range(1000000000) b")
    with duck.connect() as connection:
        with pytest.raises(sa.exc.OperationalError):
            connection.execute(slow.execution_options(timeout=0.3))
        # The connection is as good as before.
        assert connection.execute(sa.text("select 1")).scalar() == 1


def test_rows_come_from_the_open_stream(duck: sa.engine.Engine) -> None:
    many = sa.text("select i from range(100000) t(i)")
    with duck.connect() as connection:
        streamed = connection.execution_options(yield_per=1000, stream_results=True)
        assert next(iter(streamed.execute(many))) == (0,)
        assert connection.execute(many).fetchmany(2) == [(0,), (1,)]


def test_a_lost_connection_is_told(embedded: Any, fleet: Any) -> None:
    server = embedded(engine="duckdb", fresh=True)
    address = server.uri.partition("://")[2]
    engine = sa.create_engine(f"duckdb+flightsql://{address}?insecure=true")
    with engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        assert engine.dialect.do_ping(driver) is True
        fleet.end(server)
        assert engine.dialect.do_ping(driver) is False
        with pytest.raises(sa.exc.OperationalError) as caught:
            connection.execute(sa.text("select 1"))
        assert caught.value.connection_invalidated


def test_a_forked_childs_pool_is_its_own_Fork(duck: sa.engine.Engine) -> None:  # noqa: N802
    with duck.connect() as connection:
        assert connection.execute(sa.text("select 1")).scalar() == 1
    parents = duck.pool
    child = os.fork()
    if child == 0:
        try:
            assert duck.pool is not parents
            with duck.connect() as connection:
                assert connection.execute(sa.text("select 2")).scalar() == 2
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with duck.connect() as connection:
        assert connection.execute(sa.text("select 3")).scalar() == 3


def test_asyncio_has_the_same_dialect(duck_url: str) -> None:
    url = duck_url.replace("duckdb+flightsql", "gizmosql+flightsql_async")

    async def main() -> None:
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            rows = await connection.execute(sa.text("select i from range(3) t(i)"))
            assert rows.all() == [(0,), (1,), (2,)]
            streamed = await connection.stream(sa.text("select i from range(3) t(i)"))
            assert [row async for row in streamed] == [(0,), (1,), (2,)]
            names = await connection.run_sync(
                lambda sync: sa.inspect(sync).get_schema_names()
            )
            assert "main" in names
        await engine.dispose()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (sa.literal_column("'ABC'").ilike("a%"), True),
        (sa.literal_column("'abc'").regexp_match("b"), True),
        (sa.literal_column("'abc'").regexp_replace("b", "x"), "axc"),
        (sa.literal(7) % sa.literal(4), 3),
        (sa.cast(sa.literal("12"), sa.Integer), 12),
        (sa.literal(5).in_([1, 5]), True),
        (sa.literal(5).in_([]), False),
        (sa.literal(None).is_distinct_from(1), True),
        (sa.func.coalesce(sa.null(), 3), 3),
    ],
)
def test_expressions(engine: sa.engine.Engine, expression: Any, expected: Any) -> None:
    with engine.connect() as connection:
        assert connection.execute(sa.select(expression)).scalar() == expected
