# SPDX-License-Identifier: Apache-2.0
"""What DataFusion's dialect does for users that the engine does in its own way."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import func


@pytest.fixture
def things(fusion: sa.engine.Engine) -> Iterator[sa.Table]:
    """A table as applications declare them, with all that the engine does not know."""
    table = sa.Table(
        f"t{uuid.uuid4().hex[:8]}",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, index=True),
        sa.Column("at", sa.Time),
        sa.Column("day", sa.DateTime),
        sa.Column("n", sa.Integer, sa.CheckConstraint("n > 0")),
        sa.CheckConstraint("id > 0"),
    )
    table.append_column(sa.Column("parent", sa.ForeignKey(table.c.id)))
    with fusion.begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), [_row(k) for k in range(1, 4)])
    yield table
    with fusion.begin() as connection:
        table.drop(connection)


def _row(key: int) -> dict[str, Any]:
    return {
        "id": key,
        "name": ("plain", "per%cent", "sla/sh%")[key - 1],
        "at": datetime.time(12, key),
        "day": datetime.datetime(2024, 2, key),
        "n": key,
        "parent": 1,
    }


def _all(engine: sa.engine.Engine, query: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(query).scalars())


def test_like_with_an_escape(fusion: sa.engine.Engine, things: sa.Table) -> None:
    for text, found in (
        ("r%c", [2]),
        ("%", [2, 3]),
        ("/", [3]),
        ("/sh%", [3]),
        ("\\", []),
        ("l_i", []),
    ):
        condition = things.c.name.contains(text, autoescape=True)
        query = sa.select(things.c.id).where(condition).order_by(things.c.id)
        assert _all(fusion, query) == found, text
    query = sa.select(things.c.id).where(things.c.name.notlike("%#%%", escape="#"))
    assert _all(fusion, query) == [1]


def test_updates_have_the_columns_type(
    fusion: sa.engine.Engine, things: sa.Table
) -> None:
    with fusion.begin() as connection:
        connection.execute(things.update().where(things.c.id == 1).values(n=15))
        update = things.update().where(things.c.id == sa.bindparam("key"))
        rows = [{"key": 2, "n": 16}, {"key": 3, "n": None}]
        connection.execute(update, rows)
    query = sa.select(things.c.n).order_by(things.c.id)
    assert _all(fusion, query) == [15, 16, None]


def test_insert_from_select_has_the_columns_type(
    fusion: sa.engine.Engine, things: sa.Table
) -> None:
    source = sa.select(things.c.id + 10, sa.literal(7)).where(things.c.id > 1)
    with fusion.begin() as connection:
        connection.execute(things.insert().from_select(["id", "n"], source))
    query = sa.select(things.c.id).where(things.c.n == 7).order_by(things.c.id)
    assert _all(fusion, query) == [12, 13]


def test_times_compare(fusion: sa.engine.Engine, things: sa.Table) -> None:
    query = sa.select(things.c.id).where(things.c.at == datetime.time(12, 2))
    assert _all(fusion, query) == [2]


def test_lengths_of_time(fusion: sa.engine.Engine, things: sa.Table) -> None:
    day = datetime.timedelta(days=1)
    query = sa.select(things.c.day + day).where(things.c.id == 1)
    assert _all(fusion, query) == [datetime.datetime(2024, 2, 2)]
    rows = func.sum(things.c.n).over(order_by=things.c.day, rows=(-1, 0))
    assert _all(fusion, sa.select(rows).order_by(things.c.day)) == [1, 3, 5]


def test_parameters_alone(fusion: sa.engine.Engine) -> None:
    query = sa.select(sa.literal("a") + sa.literal("b"))
    assert _all(fusion, query) == ["ab"]


def test_levels_that_the_engine_lacks_are_refused(fusion_url: str) -> None:
    engine = sa.create_engine(fusion_url, isolation_level="SERIALIZABLE")
    with pytest.raises(sa.exc.ArgumentError, match="AUTOCOMMIT"):
        engine.connect()
    engine.dispose()
