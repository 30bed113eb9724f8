# SPDX-License-Identifier: Apache-2.0
"""The IOMETE dialect's SQL, read by Spark: what it writes is what Spark takes."""

from __future__ import annotations

import datetime
import decimal
import time
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy_urls import iomete_url

import fletching
from fletching.sqlalchemy import ARRAY, MAP, STRUCT, TINYINT, NestedJSON

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def server(spark: Any) -> Any:
    """Spark 4.0 with Iceberg, behind the emulator."""
    return spark()


@pytest.fixture
def engine(server: Any) -> Iterator[sa.engine.Engine]:
    """An engine on Spark's own catalog."""
    engine = sa.create_engine(iomete_url(server))
    yield engine
    engine.dispose()


@pytest.fixture
def lake(server: Any) -> Iterator[sa.engine.Engine]:
    """An engine on Iceberg's catalog."""
    engine = sa.create_engine(iomete_url(server, "lake/raw"))
    yield engine
    engine.dispose()


def scalar(engine: sa.engine.Engine, expression: Any) -> Any:
    with engine.connect() as connection:
        return connection.execute(sa.select(expression)).scalar()


TEXT = sa.literal("it's a \\ and ${x} or \n`")
DOCUMENT = sa.literal('{"a": [1, {"b c": "x"}]}', sa.JSON)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (TEXT, TEXT.value),
        (sa.bindparam(None, TEXT.value, literal_execute=True), TEXT.value),
        (TEXT.regexp_match("^it"), True),
        (TEXT.regexp_match("^IT"), False),
        (TEXT.regexp_match("^IT", flags="i"), True),
        (sa.not_(TEXT.regexp_match("^IT")), True),
        (sa.literal("aXbX").regexp_replace("X", "-"), "a-b-"),
        (sa.literal("AbC").ilike("%B%"), True),
        (sa.literal("50%").like("5#%", escape="#"), False),
        (sa.literal("50%").contains("0%", autoescape=True), True),
        (sa.literal(7) / sa.literal(2), 3.5),
        (sa.literal(7) % sa.literal(4), 3),
        (sa.literal(None, sa.Integer).is_distinct_from(1), True),
        (sa.cast(sa.literal("12.50"), sa.Numeric(10, 2)), decimal.Decimal("12.50")),
        (sa.cast(sa.literal(2**53 + 1), sa.String), str(2**53 + 1)),
        (sa.cast(sa.literal("2024-02-29"), sa.Date), datetime.date(2024, 2, 29)),
        (sa.extract("year", sa.cast(sa.literal("2024-02-29"), sa.Date)), 2024),
        (
            sa.extract("epoch", sa.cast(sa.literal("1970-01-02"), sa.TIMESTAMP)),
            86400,
        ),
        (sa.func.coalesce(None, sa.literal("x")), "x"),
        (sa.func.char_length("abc"), 3),
        (sa.literal("a") + sa.literal("b"), "ab"),
        (sa.case((sa.true(), 1), else_=2), 1),
        (sa.func.now() > sa.literal(datetime.datetime(2020, 1, 1)), True),
        (sa.func.random() < 1, True),
        (sa.literal(1).in_([]), False),
        (sa.literal(1).in_([1, 2]), True),
    ],
)
def test_an_expression_means_the_same_to_spark(
    engine: sa.engine.Engine, expression: Any, value: Any
) -> None:
    assert scalar(engine, expression.label("v")) == value


def test_json_paths(engine: sa.engine.Engine) -> None:
    text = sa.literal_column("""'{"a": [1, {"b c": "x"}], "n": 7}'""", sa.JSON)
    assert scalar(engine, text["n"].as_integer()) == 7
    assert scalar(engine, text["a", 1, "b c"].as_string()) == "x"
    assert scalar(engine, text["a", 0].as_integer()) == 1
    assert scalar(engine, text["missing"].as_string()) is None


def test_aggregates_limits_windows(engine: sa.engine.Engine) -> None:
    runs = sa.Table("my_table", sa.MetaData(), autoload_with=engine)
    few = sa.select(runs.c.name).where(runs.c.id < 3).subquery()
    assert scalar(engine, sa.func.string_agg(few.c.name, ";")) == "run-0;run-1;run-2"
    with engine.connect() as connection:
        for limit in (2, 4):
            page = sa.select(runs.c.id).order_by(runs.c.id).limit(limit).offset(3)
            rows = connection.execute(page).fetchall()
            assert rows == [(n,) for n in range(3, 3 + limit)]
        number = sa.func.row_number().over(order_by=runs.c.id.desc())
        last = sa.select(runs.c.id, number.label("n")).order_by("n").fetch(1)
        assert connection.execute(last).fetchall() == [(11, 1)]
        nothing = sa.select(runs.c.id).where(runs.c.id.in_([]))
        assert connection.execute(nothing).fetchall() == []
        both = sa.select(runs.c.id).where(runs.c.id == 1)
        united = sa.union_all(both, both.with_only_columns(runs.c.id))
        assert connection.execute(united).fetchall() == [(1,), (1,)]


def test_three_levels_of_names(
    engine: sa.engine.Engine, lake: sa.engine.Engine
) -> None:
    metadata = sa.MetaData()
    events = sa.Table("events", metadata, schema="lake.raw", autoload_with=engine)
    orders = sa.Table("orders", metadata, schema="sales", autoload_with=engine)
    own = sa.Table("my_table", metadata, autoload_with=engine)
    with engine.connect() as connection:
        three = (
            sa.select(events.c.what, orders.c.amount, own.c.name)
            .select_from(events.join(orders, sa.true()).join(own, own.c.id == 1))
            .order_by(orders.c.id)
        )
        assert connection.execute(three).fetchall() == [
            ("first", decimal.Decimal("9.99"), "run-1"),
            ("first", decimal.Decimal("120.00"), "run-1"),
        ]
    inspector = sa.inspect(lake)
    assert sorted(inspector.get_schema_names()) == ["default", "raw"]
    assert "events" in inspector.get_table_names()
    assert inspector.get_view_names() == []
    assert inspector.has_table("orders", schema="spark_catalog.sales")
    assert not inspector.has_table("orders")
    with lake.connect() as connection:
        assert connection.execute(sa.text("SELECT what FROM events")).scalar()


def test_time_travel(lake: sa.engine.Engine) -> None:
    table = sa.Table(
        "versions",
        sa.MetaData(),
        sa.Column("id", sa.Integer, nullable=False, comment="which one's"),
        sa.Column("day", sa.Date),
        comment="With versions",
        iomete_using="iceberg",
        iomete_partitioned_by=["day"],
        iomete_tblproperties={"format-version": "2"},
    )
    day = datetime.date(2024, 2, 29)
    with lake.begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"id": 1, "day": day}])
        snapshots = "SELECT snapshot_id, committed_at FROM lake.raw.versions.snapshots"
        ((first, _),) = connection.exec_driver_sql(snapshots).fetchall()
        time.sleep(1.1)  # the resolution of the texts below is a second
        connection.execute(table.insert(), {"id": 2, "day": None})
        connection.execute(table.update().where(table.c.id == 1).values(id=7))
        now = sa.select(table.c.id).order_by(table.c.id)
        assert connection.execute(now).fetchall() == [(2,), (7,)]
        then = now.with_hint(table, f"VERSION AS OF {first}")
        assert connection.execute(then).fetchall() == [(1,)]
        old = table.alias("old")
        joined = sa.select(table.c.id, old.c.id).select_from(
            table.join(old, table.c.day == old.c.day)
        )
        joined = joined.with_hint(old, f"VERSION AS OF {first}")
        assert connection.execute(joined).fetchall() == [(7, 1)]
        rows = connection.exec_driver_sql(snapshots).fetchall()
        at = min(row[1] for row in rows) + datetime.timedelta(seconds=1)
        hint = f"TIMESTAMP AS OF '{at:%Y-%m-%d %H:%M:%S}'"
        assert connection.execute(now.with_hint(table, hint)).fetchall() == [(1,)]
        inspector = sa.inspect(connection)
        assert inspector.get_table_comment("versions") == {"text": "With versions"}
        names = [column["name"] for column in inspector.get_columns("versions")]
        assert names == ["id", "day"]
        assert inspector.get_columns("versions")[0]["comment"] == "which one's"
        table.drop(connection)


def test_every_type_is_made_and_reflected(engine: sa.engine.Engine) -> None:
    kinds = {
        "b": sa.Boolean(),
        "t": TINYINT(),
        "s": sa.SmallInteger(),
        "i": sa.Integer(),
        "l": sa.BigInteger(),
        "f": sa.Float(24),
        "d": sa.Float(53),
        "n": sa.Numeric(12, 3),
        "c": sa.CHAR(3),
        "v": sa.VARCHAR(20),
        "x": sa.Text(),
        "y": sa.LargeBinary(),
        "a": sa.Date(),
        "m": sa.DateTime(),
        "j": sa.JSON(),
        "r": ARRAY(sa.Integer),
        "p": MAP(sa.String, sa.Integer),
        "u": STRUCT({"x": sa.Integer, "y": sa.Text}),
    }
    columns = [sa.Column(name, kind) for name, kind in kinds.items()]
    table = sa.Table("of_types", sa.MetaData(), *columns, iomete_using="parquet")
    with engine.begin() as connection:
        table.create(connection)
        found = sa.inspect(connection).get_columns("of_types")
        assert [column["name"] for column in found] == list(kinds)
        again = [column["type"].compile(engine.dialect) for column in found]
        assert again[:15] == [
            *("BOOLEAN", "SMALLINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE"),
            *("DECIMAL(12, 3)", "CHAR(3)", "VARCHAR(20)", "STRING", "BINARY", "DATE"),
            *("TIMESTAMP", "STRING"),
        ]
        assert again[15:] == ["array<int>", "map<string,int>", "struct<x:int,y:string>"]
        assert all(isinstance(column["type"], NestedJSON) for column in found[15:])
        utc = datetime.timezone.utc
        row = {
            "b": True,
            "t": 1,
            "s": -2,
            "i": 3,
            "l": 2**53 + 1,
            "f": 0.5,
            "d": 0.1,
            "n": decimal.Decimal("123456789.125"),
            "c": "abc",
            "v": "variable",
            "x": "text",
            "y": b"\x00\xff",
            "a": datetime.date(2024, 2, 29),
            "m": datetime.datetime(2024, 2, 29, 12, 30, 0, 123456, utc),
            "j": {"k": [1, None, "it's"]},
        }
        connection.execute(table.insert(), row)
        names = [table.c[name] for name in row]
        (read,) = connection.execute(sa.select(*names)).fetchall()
        assert dict(read._mapping) == row
        table.drop(connection)


def test_rows_go_one_by_one_to_spark(engine: sa.engine.Engine) -> None:
    table = sa.Table(
        "rows",
        sa.MetaData(),
        sa.Column("a", sa.Integer),
        sa.Column("b", sa.Text),
        schema="sales",
        iomete_using="parquet",
    )
    with engine.begin() as connection:
        table.create(connection)
        rows = [{"a": n, "b": None if n == 1 else f"\\'{n}"} for n in range(3)]
        connection.execute(table.insert(), rows)
        ordered = sa.select(table).order_by(table.c.a)
        found = [row._asdict() for row in connection.execute(ordered).fetchall()]
        assert found == rows
        table.drop(connection)


def test_what_is_not_there(engine: sa.engine.Engine, server: Any) -> None:
    inspector = sa.inspect(engine)
    assert inspector.get_table_names(schema="nowhere") == []
    assert inspector.get_table_names(schema="lake.nowhere") == []
    assert not inspector.has_table("nothing")
    assert not inspector.has_table("nothing", schema="nowhere.x")
    with pytest.raises(exc.NoSuchTableError):
        inspector.get_columns("nothing")
    with pytest.raises(exc.ProgrammingError, match="SCHEMA_NOT_FOUND"):
        sa.create_engine(iomete_url(server, "spark_catalog/nowhere")).connect()


def test_views(engine: sa.engine.Engine) -> None:
    inspector = sa.inspect(engine)
    assert "short" not in inspector.get_table_names()
    assert inspector.get_view_names() == ["short"]
    assert "SELECT id, name FROM my_table" in inspector.get_view_definition("short")
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE TEMPORARY VIEW passing AS SELECT 1 AS one"))
        passing = sa.inspect(connection)
        assert passing.get_temp_view_names() == ["passing"]
        assert passing.has_table("passing")
        table = sa.Table("passing", sa.MetaData(), autoload_with=connection)
        assert connection.execute(sa.select(table.c.one)).scalar() == 1


def test_the_driver_writes_literals_that_spark_reads(server: Any) -> None:
    """Without the server's binding: every value in the text, exactly."""
    utc = datetime.timezone.utc
    values = [
        TEXT.value,
        2**53 + 1,
        decimal.Decimal("1.50"),
        0.1,
        True,
        None,
        b"\x00\xff",
        datetime.date(2024, 2, 29),
        datetime.datetime(2024, 2, 29, 12, 30, 0, 123456),
        datetime.datetime(2024, 2, 29, 12, 30, 0, 123456, utc),
        [1, None, 3],
    ]
    marks = ", ".join(f"? AS v{n}" for n in range(len(values)))
    url = iomete_url(server)
    with fletching.connect(url, bind="client") as connection:
        (row,) = connection.execute(f"SELECT {marks}", values).fetchall()
    assert list(row) == values
