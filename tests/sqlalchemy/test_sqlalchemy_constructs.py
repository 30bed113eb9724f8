# SPDX-License-Identifier: Apache-2.0
"""Engines run what the compilers write, and give what is meant."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

import fletching.sqlalchemy as fs
from fletching.sqlalchemy._versions import SQLALCHEMY_2, VERSION

DAY = datetime.datetime(2024, 2, 29, 13, 7, 30)
ROWS = [
    {"a": 1, "s": "Abc", "d": DAY, "l": [1, 2, 3], "st": {"x": 7, "y z": "in"}},
    {"a": 2, "s": "abD", "d": None, "l": None, "st": None},
    {"a": 3, "s": None, "d": DAY, "l": [4], "st": {"x": None, "y z": None}},
]

table = sa.Table(
    "of_constructs",
    sa.MetaData(),
    sa.Column("a", sa.Integer),
    sa.Column("s", sa.String),
    sa.Column("d", sa.DateTime),
    sa.Column("l", fs.ARRAY(sa.Integer)),
    sa.Column("st", fs.STRUCT({"x": sa.Integer, "y z": sa.String})),
)
c = table.c


@pytest.fixture(scope="module")
def made() -> Iterator[Callable[[sa.engine.Engine], None]]:
    """A function that makes the table where it is not yet."""
    engines: list[sa.engine.Engine] = []

    def make(engine: sa.engine.Engine) -> None:
        if engine.url not in [known.url for known in engines]:
            table.drop(engine, checkfirst=True)
            table.create(engine)
            with engine.begin() as connection:
                connection.execute(table.insert(), ROWS)
            engines.append(engine)

    yield make
    for engine in engines:
        table.drop(engine)
        engine.dispose()


@pytest.fixture
def run(engine: sa.engine.Engine, made: Any) -> Callable[[Any], list[Any]]:
    """A function that gives the rows of a query."""
    made(engine)

    def rows(query: Any) -> list[Any]:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(query)]

    return rows


big = sa.select(c.a).where(c.a > 1).cte("big")
numbers = sa.select(sa.literal_column("1").label("n")).cte("numbers", recursive=True)
numbers = numbers.union_all(sa.select(numbers.c.n + 1).where(numbers.c.n < 3))
by_a = sa.select(c.a).order_by(c.a)

QUERIES: dict[str, tuple[Any, list[Any]]] = {
    "limit and offset": (by_a.limit(1).offset(1), [2]),
    "offset": (by_a.offset(2), [3]),
    "cte": (sa.select(big.c.a).order_by(big.c.a), [2, 3]),
    "recursive cte": (sa.select(numbers.c.n).order_by(numbers.c.n), [1, 2, 3]),
    "window": (
        sa.select(sa.func.row_number().over(order_by=c.a.desc())).order_by(c.a),
        [3, 2, 1],
    ),
    "window with a frame": (
        sa.select(sa.func.sum(c.a).over(order_by=c.a, rows=(-1, 0))).order_by(c.a),
        [1, 3, 5],
    ),
    "filter": (sa.select(sa.func.count(c.a).filter(c.a > 1)), [2]),
    "ilike": (by_a.where(c.s.ilike("AB_")), [1, 2]),
    "ilike with an escape": (by_a.where(c.s.ilike("ab/_", escape="/")), []),
    "contains": (by_a.where(c.s.contains("b", autoescape=True)), [1, 2]),
    "contains what is no pattern": (by_a.where(c.s.contains("_", autoescape=True)), []),
    "not ilike": (by_a.where(~c.s.ilike("abc")), [2]),
    "regexp": (by_a.where(c.s.regexp_match("^A")), [1]),
    "regexp, any case": (by_a.where(c.s.regexp_match("^A", flags="i")), [1, 2]),
    "not regexp": (by_a.where(~c.s.regexp_match("^A")), [2]),
    "regexp_replace": (
        sa.select(c.s.regexp_replace("[A-D]", "-")).order_by(c.a).limit(1),
        ["-bc"],
    ),
    "cast": (
        sa.select(
            sa.cast(sa.cast(c.a, sa.String), sa.Numeric(10, 2)).label("n")
        ).order_by(c.a),
        [decimal.Decimal(f"{n}.00") for n in (1, 2, 3)],
    ),
    "element of an array": (sa.select(c.l[1]).order_by(c.a), [1, None, 4]),
    "slice of an array": (sa.select(c.l[1:2]).where(c.a == 1), [[1, 2]]),
    "field of a struct": (
        sa.select(c.st["y z"]).where(c.a != 2).order_by(c.a),
        ["in", None],
    ),
    "date_trunc": (
        sa.select(sa.func.date_trunc("hour", c.d)).where(c.a == 1),
        [DAY.replace(minute=0, second=0)],
    ),
    "extract": (sa.select(sa.extract("year", c.d)).where(c.a == 1), [2024]),
    "in nothing": (by_a.where(c.a.in_([])), []),
    "tuples in": (by_a.where(sa.tuple_(c.a, c.s).in_([(1, "Abc"), (2, "x")])), [1]),
    "distinct from": (by_a.where(c.s.is_distinct_from(None)), [1, 2]),
    "union": (sa.union(sa.select(c.a), sa.select(c.a)).order_by("a"), [1, 2, 3]),
    "except": (sa.except_(sa.select(c.a), by_a.where(c.a > 1).order_by(None)), [1]),
    "nulls last": (sa.select(c.s).order_by(c.s.desc().nulls_last()).limit(1), ["abD"]),
    "case": (sa.select(sa.case((c.a > 2, "x"), else_="y")).order_by(c.a), list("yyx")),
    "exists": (by_a.where(sa.exists().where(big.c.a == c.a)), [2, 3]),
    "for update": (by_a.limit(1).with_for_update(), [1]),
}


if SQLALCHEMY_2:
    QUERIES |= {
        "try_cast": (sa.select(sa.try_cast(c.s, sa.Integer)).where(c.a == 1), [None]),
        "strings of a group": (
            sa.select(sa.func.aggregate_strings(c.s, ";")).where(c.a == 1),
            ["Abc"],
        ),
        "starts with": (by_a.where(c.s.istartswith("AB", autoescape=True)), [1, 2]),
        "division": (sa.select(c.a / 2 * 2).order_by(c.a), [1, 2, 3]),
        "floor division": (sa.select(c.a // 2).order_by(c.a), [0, 1, 1]),
        "xor": (sa.select(c.a.bitwise_xor(1)).order_by(c.a), [0, 3, 2]),
    }


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_gives_what_is_meant(run: Any, name: str) -> None:
    query, expected = QUERIES[name]
    assert [row[0] for row in run(query)] == expected


@pytest.mark.skipif(VERSION < (2, 1), reason="SQLAlchemy 2.1 brought CreateView")
def test_a_view_is_made_and_read(engine: sa.engine.Engine, run: Any) -> None:
    from sqlalchemy.sql import ddl

    view = ddl.CreateView(sa.select(c.a).where(c.a > 2), "of_view", or_replace=True)
    with engine.begin() as connection:
        connection.execute(view)
    assert run(sa.select(view.table.c.a)) == [(3,)]
    assert "of_view" in sa.inspect(engine).get_view_names()
    definition = sa.inspect(engine).get_view_definition("of_view")
    assert "of_constructs" in definition
    with engine.begin() as connection:
        connection.execute(sa.text("drop view of_view"))


def test_date_bin(fusion: sa.engine.Engine, made: Any) -> None:
    made(fusion)
    bins = sa.func.date_bin(sa.text("INTERVAL '5 minutes'"), c.d)
    with fusion.connect() as connection:
        found = connection.execute(sa.select(bins).where(c.a == 1)).scalar()
    assert found == DAY.replace(minute=5, second=0)


def test_json_paths(duck: sa.engine.Engine) -> None:
    kept = sa.Table("of_json", sa.MetaData(), sa.Column("j", sa.JSON))
    kept.drop(duck, checkfirst=True)
    kept.create(duck)
    value = {"a.b": {"$x": [1, {"y": 2.5}]}, 'q"': True, "n": 12345678901234}
    j = kept.c.j
    with duck.begin() as connection:
        connection.execute(kept.insert(), [{"j": value}])
        for expression, expected in [
            (j["a.b"], value["a.b"]),
            (j[("a.b", "$x", 1)], {"y": 2.5}),
            (j[("a.b", "$x", 1, "y")].as_float(), 2.5),
            (j[("a.b", "$x", 1, "y")].as_numeric(10, 2), decimal.Decimal("2.50")),
            (j['q"'].as_boolean(), True),
            (j["n"].as_integer(), 12345678901234),
            (j["n"].as_string(), "12345678901234"),
            (j["none"], None),
        ]:
            assert connection.execute(sa.select(expression)).scalar() == expected
    kept.drop(duck)


def test_values_of_a_map_and_of_an_enum(duck: sa.engine.Engine) -> None:
    texts = {
        "select map {'k': 1, 'l': 2}": {"k": 1, "l": 2},
        "select 'a'::enum('a', 'b')": "a",
        "select null::enum('a', 'b')": None,
    }
    with duck.connect() as connection:
        for text, expected in texts.items():
            assert connection.execute(sa.text(text)).scalar() == expected
        mapped = sa.literal_column("m", fs.MAP(sa.String, sa.Integer))
        query = sa.select(mapped["k"]).select_from(sa.text("(select map {'k': 1} m)"))
        assert connection.execute(query).scalar() == 1


def test_returning(duck: sa.engine.Engine) -> None:
    kept = sa.Table("of_returning", sa.MetaData(), sa.Column("n", sa.Integer))
    kept.drop(duck, checkfirst=True)
    kept.create(duck)
    with duck.begin() as connection:
        inserted = kept.insert().values([{"n": 1}, {"n": 2}]).returning(kept.c.n)
        assert connection.execute(inserted).all() == [(1,), (2,)]
        updated = kept.update().values(n=5).where(kept.c.n == 1).returning(kept.c.n)
        assert connection.execute(updated).all() == [(5,)]
        copied = kept.insert().from_select(["n"], sa.select(kept.c.n))
        assert connection.execute(copied).rowcount == 2
        assert connection.execute(kept.delete()).rowcount == 4
    kept.drop(duck)
