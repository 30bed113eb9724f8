# SPDX-License-Identifier: Apache-2.0
"""SQL text and types of the Flink dialects; nothing is sent."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateTable

from fletching.sqlalchemy import (
    ARRAY,
    MAP,
    STRUCT,
    TIMESTAMP,
    ConfluentDialect,
    FlinkDialect,
)
from fletching.sqlalchemy._flink_types import flink_type

DIALECT = FlinkDialect()


def text_of(statement: Any) -> str:
    compiled = statement.compile(
        dialect=DIALECT, compile_kwargs={"literal_binds": True}
    )
    return " ".join(str(compiled).split())


ORDERS = sa.Table(
    "orders",
    sa.MetaData(),
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("user", sa.String(20), comment="who"),
    sa.Column("at", TIMESTAMP(timezone=True, precision=3), nullable=False),
    sa.Column("total", sa.Numeric(10, 2)),
    sa.Column("twice", sa.Numeric, sa.Computed("total * 2")),
    flink_with={"connector": "datagen", "rows-per-second": 5},
    flink_watermark="FOR `at` AS `at` - INTERVAL '5' SECOND",
    comment="it's mine",
)


def test_names_stand_in_backticks() -> None:
    assert text_of(sa.select(ORDERS.c.id).where(ORDERS.c.user == "O'Hara")) == (
        "SELECT `orders`.`id` FROM `orders` WHERE `orders`.`user` = 'O''Hara'"
    )
    odd = sa.table("a`b", sa.column("x"), schema="cat.db")
    assert "FROM `cat`.`db`.`a``b`" in text_of(sa.select(odd.c.x))


def test_literals() -> None:
    noon = dt.datetime(2024, 7, 1, 12, tzinfo=dt.timezone.utc)
    text = text_of(sa.select(ORDERS.c.id).where(ORDERS.c["at"] > noon))
    assert text.endswith("`at` > TO_TIMESTAMP_LTZ(1719835200000, 3)")
    assert text_of(sa.select(sa.literal(True), sa.func.now())) == (
        "SELECT true AS `anon_1`, CURRENT_TIMESTAMP AS `now_1`"
    )


def test_clauses() -> None:
    assert text_of(sa.select(ORDERS.c.id).limit(5)).endswith("LIMIT 5")
    assert "LOWER(`orders`.`user`) LIKE LOWER('a%')" in text_of(
        sa.select(ORDERS.c.id).where(ORDERS.c.user.ilike("a%"))
    )
    assert "REGEXP(`orders`.`user`, '^a')" in text_of(
        sa.select(ORDERS.c.id).where(ORDERS.c.user.regexp_match("^a"))
    )


def test_a_table_with_all_that_flink_has() -> None:
    assert text_of(CreateTable(ORDERS)) == (
        "CREATE TABLE `orders` ( `id` BIGINT NOT NULL,"
        " `user` VARCHAR(20) COMMENT 'who',"
        " `at` TIMESTAMP_LTZ(3) NOT NULL, `total` DECIMAL(10, 2), `twice` AS total * 2,"
        " PRIMARY KEY (`id`) NOT ENFORCED,"
        " WATERMARK FOR `at` AS `at` - INTERVAL '5' SECOND ) COMMENT 'it''s mine'"
        " WITH ('connector' = 'datagen', 'rows-per-second' = '5')"
    )


TYPES = [
    ("STRING", "STRING"),
    ("VARCHAR(10)", "VARCHAR(10)"),
    ("CHAR(3) NOT NULL", "CHAR(3)"),
    ("BOOLEAN", "BOOLEAN"),
    ("TINYINT", "TINYINT"),
    ("SMALLINT", "SMALLINT"),
    ("INT NOT NULL", "INT"),
    ("BIGINT", "BIGINT"),
    ("FLOAT", "FLOAT"),
    ("DOUBLE", "DOUBLE"),
    ("DECIMAL(20, 4)", "DECIMAL(20, 4)"),
    ("BYTES", "BYTES"),
    ("DATE", "DATE"),
    ("TIME(3)", "TIME(3)"),
    ("TIMESTAMP(9)", "TIMESTAMP(9)"),
    ("TIMESTAMP_LTZ(3)", "TIMESTAMP_LTZ(3)"),
    ("TIMESTAMP(3) WITH LOCAL TIME ZONE", "TIMESTAMP_LTZ(3)"),
    ("INTERVAL DAY TO SECOND(3)", "INTERVAL DAY TO SECOND(3)"),
    ("ARRAY<ARRAY<INT>>", "ARRAY<ARRAY<INT>>"),
    ("MAP<STRING, DECIMAL(10, 2)>", "MAP<STRING, DECIMAL(10, 2)>"),
    (
        "ROW<`a b` INT NOT NULL, `c` MAP<INT, STRING>>",
        "ROW<`a b` INT, `c` MAP<INT, STRING>>",
    ),
]


@pytest.mark.parametrize(("told", "written"), TYPES)
def test_types_both_ways(told: str, written: str) -> None:
    assert DIALECT.type_compiler.process(flink_type(told)) == written


def test_what_types_become() -> None:
    assert isinstance(flink_type("ARRAY<INT>"), ARRAY)
    assert isinstance(flink_type("MULTISET<STRING>"), MAP)
    assert isinstance(flink_type("ROW<a INT>"), STRUCT)
    assert isinstance(flink_type("RAW('x', 'y')"), sa.types.NullType)


def test_urls() -> None:
    url = make_url("flink+gateway://user:pw@h:8083/cat/db?tls=true&mode=streaming")
    assert url.get_dialect() is FlinkDialect
    (target,), options = FlinkDialect().create_connect_args(url)
    assert target == "flink+http://h:8083/cat/db?tls=true&mode=streaming"
    assert options == {"user": "user", "password": "pw"}
    confluent = make_url("flink+confluent://K:S@us-east-2.aws/env-1/db?organization=o")
    assert confluent.get_dialect() is ConfluentDialect
    (target,), options = ConfluentDialect().create_connect_args(confluent)
    assert target == "confluent://us-east-2.aws/env-1/db?organization=o"
    with pytest.raises(exc.ArgumentError, match="environment"):
        ConfluentDialect().create_connect_args(make_url("flink+confluent://K:S@r.aws"))
