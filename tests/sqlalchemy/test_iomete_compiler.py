# SPDX-License-Identifier: Apache-2.0
"""What the IOMETE dialect writes and reads without a server."""

from __future__ import annotations

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
    TINYINT,
    IOMETEDialect,
    NestedJSON,
    spark_type,
)

URL = "iomete://u:t@host/lake/sales?cluster=c&data_plane=d"


def dialect(url: str = URL) -> IOMETEDialect:
    made = IOMETEDialect()
    made.create_connect_args(make_url(url))
    return made


def text_of(statement: Any, **options: Any) -> str:
    compiled = statement.compile(dialect=dialect(), **options)
    return " ".join(str(compiled).split())


T = sa.Table(
    "t",
    sa.MetaData(),
    sa.Column("id", sa.Integer),
    sa.Column("Name", sa.String),
    sa.Column("j", sa.JSON),
    sa.Column("nested", NestedJSON("struct<a:array<int>>")),
)

# ---- URLs ----


@pytest.mark.parametrize(
    ("url", "missing"),
    [
        ("iomete://u:t@host?cluster=c&data_plane=d", "a catalog in its path"),
        ("iomete://u:t@host/?cluster=c&data_plane=d", "a catalog in its path"),
        ("iomete://u:t@host/cat?cluster=c&data_plane=d", "a schema in its path"),
        ("iomete://u:t@host/cat/?cluster=c&data_plane=d", "a schema in its path"),
        ("iomete://u:t@host/cat/s?data_plane=d", "the parameter cluster"),
        ("iomete://u:t@host/cat/s?cluster=&data_plane=d", "the parameter cluster"),
        ("iomete://u:t@host/cat/s?cluster=c", "the parameter data_plane"),
        ("iomete:///cat/s?cluster=c&data_plane=d", "a host"),
    ],
)
def test_a_part_that_is_missing_is_named_before_anything_is_sent(
    url: str, missing: str
) -> None:
    with pytest.raises(exc.ArgumentError, match=f"iomete needs {missing}") as caught:
        sa.create_engine(url)
    assert "cluster=CLUSTER&data_plane=DATA_PLANE" in str(caught.value)
    assert "u:t" not in str(caught.value)


def test_the_url_goes_to_the_driver_whole_and_without_credentials() -> None:
    url = (
        "iomete+flightsql://me%40corp:p%2Ba%25t@host/lake/sales"
        "?cluster=a%2Bb&data_plane=d&tls=false&max_msg_size=1000"
    )
    (uri,), options = IOMETEDialect().create_connect_args(make_url(url))
    assert uri == (
        "iomete://host/lake/sales?cluster=a%2Bb&data_plane=d&tls=false&max_msg_size=1000"
    )
    assert options == {"user": "me@corp", "password": "p+a%t"}


# ---- names ----


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        (None, "t"),
        ("s", "s.t"),
        ("lake.s", "s.t"),  # the URL's own catalog
        ("other.s", "other.s.t"),
        ("other.my db", "other.`my db`.t"),
        ("other.a.b", "other.a.b.t"),
        (sa.sql.quoted_name("with.dot", quote=True), "`with.dot`.t"),
        ("tick`ed", "`tick``ed`.t"),
    ],
)
def test_names_of_two_and_three_levels(schema: str | None, written: str) -> None:
    table = sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer), schema=schema)
    text = text_of(sa.select(sa.func.count()).select_from(table))
    assert text == f"SELECT count(*) AS count_1 FROM {written}"


def test_names_are_quoted_with_backticks_whatever_the_server_says() -> None:
    made = dialect()
    made.identifier_preparer.use_quotes('"')
    assert made.identifier_preparer.quote("Name") == "`Name`"
    assert text_of(sa.select(T.c.Name)) == "SELECT t.`Name` FROM t"


# ---- limits ----


def test_limits_are_literals() -> None:
    statement = sa.select(T.c.id).limit(10).offset(20)
    assert text_of(statement) == "SELECT t.id FROM t LIMIT 10 OFFSET 20"
    fetched = sa.select(T.c.id).fetch(3).offset(1)
    assert text_of(fetched) == "SELECT t.id FROM t LIMIT 3 OFFSET 1"
    with pytest.raises(exc.CompileError, match="WITH TIES"):
        text_of(sa.select(T.c.id).fetch(3, with_ties=True))


# ---- expressions ----


def test_literals_keep_backslashes_and_quotes() -> None:
    statement = sa.select(sa.literal("it's a \\ and ${x}"))
    text = text_of(statement, compile_kwargs={"literal_binds": True})
    assert text == "SELECT 'it\\'s a \\\\ and \\u0024{x}' AS anon_1"


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        (T.c.Name.regexp_match("^a"), "t.`Name` RLIKE '^a'"),
        (~T.c.Name.regexp_match("^a"), "NOT t.`Name` RLIKE '^a'"),
        (
            T.c.Name.regexp_match("^a", flags="i"),
            "t.`Name` RLIKE concat('(?i)', '^a')",
        ),
        (
            T.c.Name.regexp_replace("a", "b"),
            "regexp_replace(t.`Name`, 'a', 'b')",
        ),
        (T.c.Name.ilike("%x%"), "t.`Name` ILIKE '%x%'"),
        (sa.func.now(), "current_timestamp()"),
        (sa.func.random(), "rand()"),
        (
            sa.func.string_agg(T.c.Name, ";"),
            "array_join(collect_list(t.`Name`), ';')",
        ),
        (sa.extract("epoch", sa.func.now()), "unix_timestamp(current_timestamp())"),
        (sa.extract("year", sa.func.now()), "EXTRACT(year FROM current_timestamp())"),
        (T.c.id / 2, "t.id / 2"),
        (T.c.id.is_distinct_from(2), "t.id IS DISTINCT FROM 2"),
        (sa.cast(T.c.id, sa.String), "CAST(t.id AS STRING)"),
        (T.c.j["a"], "get_json_object(t.j, '$[\\'a\\']')"),
        (T.c.j["a", 1], "get_json_object(t.j, '$[\\'a\\'][1]')"),
        (
            T.c.j["a"].as_integer(),
            "CAST(get_json_object(t.j, '$[\\'a\\']') AS INT)",
        ),
        (T.c.nested["a"], "t.nested['a']"),
        (T.c.nested["a", 0], "t.nested['a'][0]"),
    ],
)
def test_expressions_are_sparks(expression: Any, written: str) -> None:
    text = text_of(expression, compile_kwargs={"literal_binds": True})
    assert text == written


@pytest.mark.skipif(not hasattr(sa, "Uuid"), reason="SQLAlchemy 1.4 has no //")
def test_floors_are_written_out() -> None:
    written = text_of(T.c.id // 2, compile_kwargs={"literal_binds": True})
    assert written == "FLOOR(t.id / 2)"


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")
def test_what_spark_lacks_is_an_error() -> None:
    with pytest.raises(exc.CompileError, match="DISTINCT ON"):
        text_of(sa.select(T.c.id).distinct(T.c.Name))
    with pytest.raises(exc.CompileError, match="no indexes"):
        text_of(sa.schema.CreateIndex(sa.Index("i", sa.Column("x", sa.Integer))))
    with pytest.raises(exc.CompileError, match="times of day"):
        text_of(sa.cast(T.c.id, sa.Time))


def test_time_travel_stands_behind_the_table() -> None:
    then = "VERSION AS OF 3"
    statement = sa.select(T.c.id).with_hint(T, then, "iomete")
    assert text_of(statement) == "SELECT t.id FROM t VERSION AS OF 3"
    old = T.alias("old")
    joined = (
        sa.select(T.c.id)
        .join(old, old.c.id == T.c.id)
        .with_hint(old, "TIMESTAMP AS OF '2024-01-01'")
    )
    assert text_of(joined) == (
        "SELECT t.id FROM t JOIN t TIMESTAMP AS OF '2024-01-01' AS `old`"
        " ON `old`.id = t.id"
    )


# ---- types ----

ROWS = [
    # Spark, SQLAlchemy, its attributes, back
    ("boolean", sa.Boolean, {}, "BOOLEAN"),
    ("tinyint", sa.SmallInteger, {}, "SMALLINT"),
    ("smallint", sa.SmallInteger, {}, "SMALLINT"),
    ("int", sa.Integer, {}, "INT"),
    ("integer", sa.Integer, {}, "INT"),
    ("bigint", sa.BigInteger, {}, "BIGINT"),
    ("float", sa.Float, {"precision": 24}, "FLOAT"),
    ("real", sa.Float, {"precision": 24}, "FLOAT"),
    ("double", sa.Float, {"precision": 53}, "DOUBLE"),
    ("decimal(10, 2)", sa.Numeric, {"precision": 10, "scale": 2}, "DECIMAL(10, 2)"),
    ("decimal(10,2)", sa.Numeric, {"precision": 10, "scale": 2}, "DECIMAL(10, 2)"),
    ("decimal(9)", sa.Numeric, {"precision": 9, "scale": 0}, "DECIMAL(9, 0)"),
    ("char(7)", sa.CHAR, {"length": 7}, "CHAR(7)"),
    ("varchar(255)", sa.VARCHAR, {"length": 255}, "VARCHAR(255)"),
    ("string", sa.Text, {}, "STRING"),
    ("text", sa.Text, {}, "STRING"),
    ("binary", sa.LargeBinary, {}, "BINARY"),
    ("date", sa.Date, {}, "DATE"),
    ("timestamp", sa.DateTime, {}, "TIMESTAMP"),
    ("timestamp_ntz", sa.DateTime, {}, "TIMESTAMP"),
    ("array<int>", sa.JSON, {}, "array<int>"),
    ("map<string,int>", sa.JSON, {}, "map<string,int>"),
    ("struct<a:int,b:string>", sa.JSON, {}, "struct<a:int,b:string>"),
    # beyond the table
    ("string collate UTF8_BINARY", sa.Text, {}, "STRING"),
    ("interval day to second", sa.Interval, {}, "INTERVAL DAY TO SECOND"),
    ("void", sa.types.NullType, {}, None),
    ("geography", sa.Text, {}, "STRING"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row[0]))
def test_every_row_of_the_type_table_both_ways(row: Any) -> None:
    name, kind, attributes, back = row
    for spelling in (name, name.upper() if "<" not in name else name):
        found = spark_type(spelling)
        assert isinstance(found, kind)
        assert type(found) is kind or issubclass(type(found), sa.JSON)
        for attribute, value in attributes.items():
            assert getattr(found, attribute) == value
    if back is not None:
        assert found.compile(dialect=IOMETEDialect()) == back


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (sa.Text(), "STRING"),
        (sa.String(), "STRING"),
        (sa.String(9), "VARCHAR(9)"),
        (sa.Unicode(9), "VARCHAR(9)"),
        (sa.CHAR(), "STRING"),
        (sa.LargeBinary(), "BINARY"),
        (sa.LargeBinary(9), "BINARY"),
        (sa.Float(24), "FLOAT"),
        (sa.Float(53), "DOUBLE"),
        (sa.Float(), "DOUBLE"),
        (sa.DateTime(), "TIMESTAMP"),
        (sa.DateTime(timezone=True), "TIMESTAMP"),
        (sa.JSON(), "STRING"),
        (sa.Numeric(), "DECIMAL(38, 10)"),
        (sa.Numeric(12), "DECIMAL(12, 0)"),
        (sa.Enum("a", "long", name="e"), "VARCHAR(4)"),
        (TINYINT(), "TINYINT"),
        (ARRAY(sa.Integer, dimensions=2), "ARRAY<ARRAY<INT>>"),
        (MAP(sa.String, sa.Integer), "MAP<STRING, INT>"),
        (STRUCT({"a": sa.Integer, "B c": sa.Text}), "STRUCT<a: INT, `B c`: STRING>"),
    ],
    ids=str,
)
def test_types_as_spark_writes_them(kind: Any, written: str) -> None:
    assert kind.compile(dialect=IOMETEDialect()) == written


def test_a_table_is_made_with_what_spark_keeps_of_it() -> None:
    table = sa.Table(
        "t",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True, comment="which one's"),
        sa.Column("other", sa.Integer, sa.ForeignKey("x.id"), unique=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("n", sa.Float(24)),
        sa.Column("twice", sa.Integer, sa.Computed("id * 2"), nullable=False),
        comment="A table",
        iomete_using="iceberg",
        iomete_partitioned_by=["day"],
        iomete_location="s3://b/t",
        iomete_tblproperties={"format-version": "2"},
    )
    assert text_of(CreateTable(table)) == (
        "CREATE TABLE t ( id INT NOT NULL COMMENT 'which one\\'s', other INT,"
        " day DATE NOT NULL, n FLOAT,"
        " twice INT GENERATED ALWAYS AS (id * 2) NOT NULL )"
        " USING iceberg PARTITIONED BY (day)"
        " LOCATION 's3://b/t' COMMENT 'A table'"
        " TBLPROPERTIES ('format-version' = '2')"
    )
