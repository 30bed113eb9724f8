# SPDX-License-Identifier: Apache-2.0
"""SQLAlchemy over Flink: a real gateway, and Confluent Cloud emulated over it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from emulators.confluent import ENVIRONMENT, ORGANIZATION
from sqlalchemy import exc
from sqlalchemy.pool import StaticPool

import fletching
from fletching.sqlalchemy import TIMESTAMP

TABLE = (
    "CREATE TABLE IF NOT EXISTS reflected (id BIGINT NOT NULL,"
    " name STRING COMMENT 'who',"
    " at_ TIMESTAMP_LTZ(3), twice AS id * 2, PRIMARY KEY (id) NOT ENFORCED{}){}"
)


@pytest.fixture(scope="module")
def gateway(flink: Any) -> Iterator[Any]:
    """An engine with one connection: a gateway's tables live in the session."""
    address = flink().uri.partition("://")[2]
    engine = sa.create_engine(f"flink+gateway://{address}", poolclass=StaticPool)
    watermark = ", WATERMARK FOR at_ AS at_ - INTERVAL '5' SECOND"
    options = " WITH ('connector' = 'datagen', 'number-of-rows' = '3')"
    with engine.connect() as connection:
        connection.execute(sa.text(TABLE.format(watermark, options)))
        connection.execute(sa.text("CREATE VIEW seen AS SELECT id FROM reflected"))
    yield engine
    engine.dispose()


@pytest.fixture
def confluent_engine(confluent: Any) -> Iterator[Any]:
    engine = sa.create_engine(
        f"flink+confluent://key:secret@/{ENVIRONMENT}/db?organization={ORGANIZATION}"
        f"&endpoint={confluent.url}"
    )
    yield engine
    engine.dispose()


def test_queries_with_parameters(gateway: Any) -> None:
    noon = dt.datetime(2024, 7, 1, 12, tzinfo=dt.timezone.utc)
    values = sa.text(
        "SELECT :n AS n, :t AS t, CAST(:d AS DECIMAL(10, 2)) AS d, :at AS at_"
    )
    with gateway.connect() as connection:
        row = connection.execute(
            values, {"n": 1, "t": "it's", "d": Decimal("1.5"), "at": noon}
        ).one()
        assert tuple(row) == (1, "it's", Decimal("1.50"), noon)
        with pytest.raises(exc.DBAPIError, match="nope"):
            connection.execute(sa.text("SELECT * FROM nope"))


def test_reflection_of_a_gateway(gateway: Any) -> None:
    inspector = sa.inspect(gateway)
    assert inspector.default_schema_name == "default_database"
    assert "default_database" in inspector.get_schema_names()
    assert "reflected" in inspector.get_table_names()
    assert inspector.get_view_names() == ["seen"]
    assert inspector.has_table("reflected")
    assert not inspector.has_table("nope")
    with pytest.raises(exc.NoSuchTableError):
        inspector.get_columns("nope")
    columns = {one["name"]: one for one in inspector.get_columns("reflected")}
    assert [*columns] == ["id", "name", "at_", "twice"]
    assert not columns["id"]["nullable"]
    assert columns["name"]["comment"] == "who"
    assert "WATERMARK" in columns["at_"]["comment"]
    assert isinstance(columns["at_"]["type"], TIMESTAMP)
    assert columns["at_"]["type"].timezone
    assert "computed" in columns["twice"]
    assert inspector.get_pk_constraint("reflected")["constrained_columns"] == ["id"]
    assert "seen" in inspector.get_view_definition("seen")


def test_a_table_that_was_reflected(gateway: Any) -> None:
    table = sa.Table("reflected", sa.MetaData(), autoload_with=gateway)
    with gateway.connect() as connection:
        query = sa.select(sa.func.count()).select_from(table)
        assert connection.execute(query).scalar() == 3


def test_reflection_of_confluent(confluent_engine: Any) -> None:
    with confluent_engine.connect() as connection:
        connection.execute(sa.text(TABLE.format("", "")))
    inspector = sa.inspect(confluent_engine)
    assert inspector.default_schema_name == "db"
    assert "db" in inspector.get_schema_names()
    assert "reflected" in inspector.get_table_names()
    columns = inspector.get_columns("reflected")
    assert [one["name"] for one in columns] == ["id", "name", "at_", "twice"]
    assert columns[3]["computed"]["sqltext"].replace("`", "") == "id * 2"
    key = inspector.get_pk_constraint("reflected")
    assert key["constrained_columns"] == ["id"]
    table = sa.Table("reflected", sa.MetaData(), autoload_with=confluent_engine)
    assert [one.name for one in table.primary_key] == ["id"]


def test_queries_of_confluent(confluent_engine: Any, confluent: Any) -> None:
    with confluent_engine.connect() as connection:
        found = connection.execute(sa.text("SELECT CAST(:n AS BIGINT) AS n"), {"n": 7})
        assert found.scalar() == 7
    assert [one for one in confluent.statements.all() if not one.deleted] == []


def test_a_ping_of_confluent_asks_it(confluent_engine: Any, confluent: Any) -> None:
    with confluent_engine.connect() as connection:
        assert confluent_engine.dialect.do_ping(connection.connection)
    (asked,) = confluent.requests
    assert asked.method == "GET"
    assert asked.path.endswith("/statements")
    assert asked.query == "page_size=1"
    wrong = sa.create_engine(confluent_engine.url.set(password="bad"))
    with wrong.connect() as lost, pytest.raises(fletching.Error, match="Unauthorized"):
        wrong.dialect.do_ping(lost.connection)
    wrong.dispose()
