# SPDX-License-Identifier: Apache-2.0
"""The text of each construct in each dialect; without a server.

Under "*" is what all dialects spell alike, and under a name what that one does.
test_sqlalchemy_constructs.py has engines run them.
"""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.schema import CreateTable

import fletching.sqlalchemy as fs
from fletching.sqlalchemy._versions import SQLALCHEMY_2, VERSION

DIALECTS: dict[str, type[fs.FlightSQLDialect]] = {
    "flightsql": fs.FlightSQLDialect,
    "datafusion": fs.DataFusionDialect,
    "influxdb3": fs.InfluxDB3Dialect,
    "duckdb": fs.DuckDBDialect,
    "gizmosql": fs.GizmoSQLDialect,
    "sqlite": fs.SQLiteDialect,
    "dremio": fs.DremioDialect,
}
LIKE = {"influxdb3": "datafusion", "gizmosql": "duckdb"}
"""Dialects that spell everything as another one."""

table = sa.Table(
    "t",
    sa.MetaData(),
    sa.Column("a", sa.Integer),
    sa.Column("s", sa.String),
    sa.Column("d", sa.DateTime),
    sa.Column("f", sa.Float),
    sa.Column("j", sa.JSON),
    sa.Column("l", fs.ARRAY(sa.Integer)),
    sa.Column("st", fs.STRUCT({"x": sa.Integer, "y z": sa.String})),
    sa.Column("m", fs.MAP(sa.String, sa.Integer)),
)
c = table.c
big = sa.select(c.a).where(c.a > 1).cte("big")
tree = sa.select(sa.literal_column("1").label("n")).cte("tree", recursive=True)
tree = tree.union_all(sa.select(tree.c.n + 1).where(tree.c.n < 3))
made = sa.Table(
    "made",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(20), nullable=False, unique=True),
    sa.Column("n", sa.Integer, sa.ForeignKey("cat.sch.made.id"), server_default="7"),
    sa.CheckConstraint("id > 0"),
    schema="cat.sch",
)

CONSTRUCTS: dict[str, tuple[Any, dict[str, str]]] = {
    "limit": (
        sa.select(c.a).limit(5),
        {"*": "SELECT t.a FROM t LIMIT 5"},
    ),
    "offset": (
        sa.select(c.a).offset(5),
        {
            "*": "SELECT t.a FROM t OFFSET 5",
            "sqlite": "SELECT t.a FROM t LIMIT -1 OFFSET 5",
        },
    ),
    "limit and offset": (
        sa.select(c.a).order_by(c.a).limit(5).offset(10),
        {"*": "SELECT t.a FROM t ORDER BY t.a LIMIT 5 OFFSET 10"},
    ),
    "cte": (
        sa.select(big.c.a),
        {
            "*": "WITH big AS (SELECT t.a AS a FROM t WHERE t.a > 1)"
            " SELECT big.a FROM big"
        },
    ),
    "recursive cte": (
        sa.select(tree.c.n),
        {
            "*": "WITH RECURSIVE tree(n) AS (SELECT 1 AS n UNION ALL"
            " SELECT tree.n + 1 AS anon_1 FROM tree WHERE tree.n < 3)"
            " SELECT tree.n FROM tree"
        },
    ),
    "window": (
        sa.select(sa.func.row_number().over(partition_by=c.s, order_by=c.a.desc())),
        {
            "*": "SELECT row_number() OVER (PARTITION BY t.s ORDER BY t.a DESC)"
            " AS anon_1 FROM t"
        },
    ),
    "window with a frame": (
        sa.select(sa.func.sum(c.a).over(order_by=c.a, rows=(-2, 0))),
        {
            "*": "SELECT sum(t.a) OVER (ORDER BY t.a ROWS BETWEEN 2 PRECEDING AND"
            " CURRENT ROW) AS anon_1 FROM t"
        },
    ),
    "filter": (
        sa.select(sa.func.count(c.a).filter(c.a > 1)),
        {"*": "SELECT count(t.a) FILTER (WHERE t.a > 1) AS anon_1 FROM t"},
    ),
    "ilike": (
        sa.select(c.a).where(c.s.ilike("x/_%", escape="/")),
        {
            "*": "SELECT t.a FROM t WHERE t.s ILIKE 'x/_%' ESCAPE '/'",
            "sqlite": "SELECT t.a FROM t WHERE t.s LIKE 'x/_%' ESCAPE '/'",
            "datafusion": "SELECT t.a FROM t WHERE t.s ILIKE regexp_replace("
            r"replace('x/_%', '\', '\\'), '(?s)/(.)', '\$1', 'g')",
        },
    ),
    "not ilike": (
        sa.select(c.a).where(~c.s.ilike("x%")),
        {
            "*": "SELECT t.a FROM t WHERE t.s NOT ILIKE 'x%'",
            "sqlite": "SELECT t.a FROM t WHERE t.s NOT LIKE 'x%'",
        },
    ),
    "regexp": (
        sa.select(c.a).where(c.s.regexp_match("x")),
        {
            "*": "SELECT t.a FROM t WHERE t.s ~ 'x'",
            "duckdb": "SELECT t.a FROM t WHERE regexp_matches(t.s, 'x')",
            "sqlite": "SELECT t.a FROM t WHERE t.s REGEXP 'x'",
        },
    ),
    "not regexp, any case": (
        sa.select(c.a).where(~c.s.regexp_match("x", flags="i")),
        {
            "*": "SELECT t.a FROM t WHERE t.s !~* 'x'",
            "duckdb": "SELECT t.a FROM t WHERE NOT regexp_matches(t.s, 'x', 'i')",
            "sqlite": "SELECT t.a FROM t WHERE NOT t.s REGEXP 'x'",
        },
    ),
    "regexp_replace": (
        sa.select(c.s.regexp_replace("a", "b")),
        {"*": "SELECT regexp_replace(t.s, 'a', 'b', 'g') AS anon_1 FROM t"},
    ),
    "cast": (
        sa.select(sa.cast(c.a, sa.String), sa.cast(c.s, sa.Numeric(10, 2))),
        {
            "*": "SELECT CAST(t.a AS VARCHAR) AS a,"
            " CAST(t.s AS NUMERIC(10, 2)) AS s FROM t"
        },
    ),
    "cast to a timestamp": (
        sa.select(sa.cast(c.s, sa.DateTime)),
        {
            "*": "SELECT CAST(t.s AS TIMESTAMP) AS s FROM t",
            "datafusion": "SELECT CAST(t.s AS TIMESTAMP(6)) AS s FROM t",
            "sqlite": "SELECT CAST(t.s AS DATETIME) AS s FROM t",
        },
    ),
    "json key": (
        sa.select(c.j["k"]),
        {
            "*": "SELECT (t.j -> 'k') AS anon_1 FROM t",
            "duckdb": "SELECT (t.j -> '$.\"k\"') AS anon_1 FROM t",
            "sqlite": "SELECT (t.j -> '$.\"k\"') AS anon_1 FROM t",
            "datafusion": "SELECT json_get_json(t.j, 'k') AS anon_1 FROM t",
        },
    ),
    "json index": (
        sa.select(c.j[0]),
        {
            "*": "SELECT (t.j -> 0) AS anon_1 FROM t",
            "duckdb": "SELECT (t.j -> '$[0]') AS anon_1 FROM t",
            "sqlite": "SELECT (t.j -> '$[0]') AS anon_1 FROM t",
            "datafusion": "SELECT json_get_json(t.j, 0) AS anon_1 FROM t",
        },
    ),
    "json path": (
        sa.select(c.j[("k", 1)].as_string()),
        {
            "*": "SELECT (t.j ->> '$.\"k\"[1]') AS anon_1 FROM t",
            "datafusion": "SELECT json_get_str(t.j, 'k', 1) AS anon_1 FROM t",
        },
    ),
    "json integer": (
        sa.select(c.j[("k",)].as_integer()),
        {
            "*": "SELECT CAST((t.j ->> '$.\"k\"') AS BIGINT) AS anon_1 FROM t",
            "datafusion": "SELECT json_get_int(t.j, 'k') AS anon_1 FROM t",
        },
    ),
    "json float": (
        sa.select(c.j[("k",)].as_float()),
        {
            "*": "SELECT CAST((t.j ->> '$.\"k\"') AS DOUBLE) AS anon_1 FROM t",
            "datafusion": "SELECT json_get_float(t.j, 'k') AS anon_1 FROM t",
        },
    ),
    "json boolean": (
        sa.select(c.j[("k",)].as_boolean()),
        {
            "*": "SELECT CAST((t.j ->> '$.\"k\"') AS BOOLEAN) AS anon_1 FROM t",
            "datafusion": "SELECT json_get_bool(t.j, 'k') AS anon_1 FROM t",
        },
    ),
    "json decimal": (
        sa.select(c.j[("k",)].as_numeric(10, 2)),
        {
            "*": "SELECT CAST((t.j ->> '$.\"k\"') AS NUMERIC(10, 2)) AS anon_1 FROM t",
            "datafusion": "SELECT CAST(json_as_text(t.j, 'k') AS NUMERIC(10, 2))"
            " AS anon_1 FROM t",
        },
    ),
    "element of an array": (
        sa.select(c.l[1]),
        {"*": "SELECT t.l[1] AS anon_1 FROM t"},
    ),
    "slice of an array": (
        sa.select(c.l[1:2]),
        {"*": "SELECT t.l[1:2] AS anon_1 FROM t"},
    ),
    "field of a struct": (
        sa.select(c.st["y z"]),
        {"*": "SELECT t.st['y z'] AS anon_1 FROM t"},
    ),
    "value of a map": (
        sa.select(c.m["k"]),
        {"*": "SELECT t.m['k'] AS anon_1 FROM t"},
    ),
    "date_trunc": (
        sa.select(sa.func.date_trunc("hour", c.d)),
        {"*": "SELECT date_trunc('hour', t.d) AS date_trunc_1 FROM t"},
    ),
    "date_bin": (
        sa.select(sa.func.date_bin(sa.text("INTERVAL '5 minutes'"), c.d)),
        {"*": "SELECT date_bin(INTERVAL '5 minutes', t.d) AS date_bin_1 FROM t"},
    ),
    "extract": (
        sa.select(sa.extract("year", c.d)),
        {"*": "SELECT EXTRACT(year FROM t.d) AS anon_1 FROM t"},
    ),
    "now": (
        sa.select(sa.func.now()),
        {"*": "SELECT CURRENT_TIMESTAMP AS now_1"},
    ),
    "in": (
        sa.select(c.a).where(c.a.in_([1, 2])),
        {"*": "SELECT t.a FROM t WHERE t.a IN (1, 2)"},
    ),
    "in nothing": (
        sa.select(c.a).where(c.a.in_([])),
        {
            "*": "SELECT t.a FROM t WHERE t.a IN (NULL) AND (1 != 1)",
        },
    ),
    "is distinct from": (
        sa.select(c.a).where(c.a.is_distinct_from(sa.null())),
        {"*": "SELECT t.a FROM t WHERE t.a IS DISTINCT FROM NULL"},
    ),
    "union": (
        sa.union_all(sa.select(c.a), sa.select(c.a)).limit(2),
        {"*": "SELECT t.a FROM t UNION ALL SELECT t.a FROM t LIMIT 2"},
    ),
    "nulls last": (
        sa.select(c.a).order_by(c.a.desc().nulls_last()),
        {"*": "SELECT t.a FROM t ORDER BY t.a DESC NULLS LAST"},
    ),
    "for update": (
        sa.select(c.a).with_for_update(),
        {"*": "SELECT t.a FROM t"},
    ),
    "names": (
        sa.select(sa.column("select"), sa.column('we"ird'), sa.column("Mixed")),
        {"*": 'SELECT "select", "we""ird", "Mixed"'},
    ),
    "schema of a catalog": (
        sa.select(sa.column("a")).select_from(sa.table("x", schema="cat.my sch")),
        {"*": 'SELECT a FROM cat."my sch".x'},
    ),
    "insert values": (
        table.insert().values([{"a": 1, "s": "it's"}, {"a": 2, "s": None}]),
        {"*": "INSERT INTO t (a, s) VALUES (1, 'it''s'), (2, NULL)"},
    ),
    "insert select": (
        table.insert().from_select(["a"], sa.select(c.a)),
        {"*": "INSERT INTO t (a) SELECT t.a FROM t"},
    ),
    "insert returning": (
        table.insert().values(a=1).returning(c.a),
        {"*": "INSERT INTO t (a) VALUES (1) RETURNING t.a"},
    ),
    "update": (
        table.update().where(c.a == 1).values(s="x"),
        {"*": "UPDATE t SET s='x' WHERE t.a = 1"},
    ),
    "delete": (
        table.delete().where(c.a == 1),
        {"*": "DELETE FROM t WHERE t.a = 1"},
    ),
    "create table": (
        CreateTable(made),
        {
            "*": "CREATE TABLE cat.sch.made ( id INTEGER NOT NULL,"
            " name VARCHAR(20) NOT NULL, n INTEGER DEFAULT '7', PRIMARY KEY (id),"
            " CHECK (id > 0), UNIQUE (name),"
            " FOREIGN KEY(n) REFERENCES cat.sch.made (id) )",
            "duckdb": "CREATE TABLE cat.sch.made ("
            " id INTEGER DEFAULT nextval('cat.sch.made_id_seq') NOT NULL,"
            " name VARCHAR(20) NOT NULL, n INTEGER DEFAULT '7', PRIMARY KEY (id),"
            " CHECK (id > 0), UNIQUE (name),"
            " FOREIGN KEY(n) REFERENCES cat.sch.made (id) )",
            "datafusion": "CREATE TABLE cat.sch.made ( id INTEGER NOT NULL,"
            " name VARCHAR(20) NOT NULL, n INTEGER DEFAULT '7', PRIMARY KEY (id),"
            " UNIQUE (name) )",
        },
    ),
}


if SQLALCHEMY_2:
    CONSTRUCTS |= {
        "division": (
            sa.select(c.a / 2, c.a // 2),
            {
                "*": "SELECT t.a / CAST(2 AS NUMERIC) AS anon_1, t.a / 2 AS anon_2"
                " FROM t",
                "duckdb": "SELECT t.a / 2 AS anon_1, t.a // 2 AS anon_2 FROM t",
                "sqlite": "SELECT t.a / (2 + 0.0) AS anon_1, t.a / 2 AS anon_2 FROM t",
            },
        ),
        "xor": (
            sa.select(c.a.bitwise_xor(1)),
            {
                "*": "SELECT t.a ^ 1 AS anon_1 FROM t",
                "duckdb": "SELECT xor(t.a, 1) AS anon_1 FROM t",
                "sqlite": "SELECT ((t.a | 1) - (t.a & 1)) AS anon_1 FROM t",
            },
        ),
    }


def compiled(construct: Any, dialect: str) -> str:
    """Its text, values written in."""
    options = {"compile_kwargs": {"literal_binds": True}}
    if isinstance(construct, CreateTable):
        options = {}
    text = str(construct.compile(dialect=DIALECTS[dialect](), **options))
    return " ".join(text.split())


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", CONSTRUCTS)
def test_a_construct_has_its_text(name: str, dialect: str) -> None:
    construct, texts = CONSTRUCTS[name]
    expected = texts.get(LIKE.get(dialect, dialect), texts["*"])
    assert compiled(construct, dialect) == expected


def test_values_are_bound_where_the_server_binds() -> None:
    query = sa.select(c.a).where(c.a == 1, c.s.in_(["x", "y"])).limit(5)
    text = str(query.compile(dialect=fs.DataFusionDialect()))
    assert text.count("?") == 2
    assert "POSTCOMPILE" in text  # each of IN's is a placeholder of its own


@pytest.mark.skipif(not SQLALCHEMY_2, reason="SQLAlchemy 1.4 has no try_cast")
@pytest.mark.parametrize("dialect", ["datafusion", "influxdb3", "duckdb", "gizmosql"])
def test_try_cast(dialect: str) -> None:
    query = sa.select(sa.try_cast(c.s, sa.Integer))
    assert compiled(query, dialect) == "SELECT TRY_CAST(t.s AS INTEGER) AS s FROM t"


@pytest.mark.skipif(VERSION < (2, 1), reason="SQLAlchemy 2.1 brought CreateView")
@pytest.mark.parametrize("dialect", DIALECTS)
def test_views_and_tables_of_queries(dialect: str) -> None:
    from sqlalchemy.sql import ddl

    view = ddl.CreateView(sa.select(c.a), "v", or_replace=True)
    made_of = ddl.CreateTableAs(sa.select(c.a), "v")
    names = [
        " ".join(str(x.compile(dialect=DIALECTS[dialect]())).split())
        for x in (view, made_of)
    ]
    assert names == [
        "CREATE OR REPLACE VIEW v AS SELECT t.a FROM t",
        "CREATE TABLE v AS SELECT t.a FROM t",
    ]


# ---- types: their names, in the order of NAMES ----

NAMES = ["flightsql", "datafusion", "duckdb", "sqlite", "dremio"]
TYPES: list[tuple[Any, str]] = [
    (sa.Boolean(), "BOOLEAN"),
    (sa.SmallInteger(), "SMALLINT|SMALLINT|SMALLINT|SMALLINT|INTEGER"),
    (sa.Integer(), "INTEGER"),
    (sa.BigInteger(), "BIGINT"),
    (fs.TINYINT(), "TINYINT|TINYINT|TINYINT|TINYINT|INTEGER"),
    (fs.UTINYINT(), "SMALLINT|TINYINT UNSIGNED|UTINYINT|SMALLINT|INTEGER"),
    (fs.USMALLINT(), "INTEGER|SMALLINT UNSIGNED|USMALLINT|INTEGER|INTEGER"),
    (fs.UINTEGER(), "BIGINT|INT UNSIGNED|UINTEGER|BIGINT|BIGINT"),
    (
        fs.UBIGINT(),
        "DECIMAL(20, 0)|BIGINT UNSIGNED|UBIGINT|DECIMAL(20, 0)|DECIMAL(20, 0)",
    ),
    (
        fs.HUGEINT(),
        "DECIMAL(38, 0)|DECIMAL(38, 0)|HUGEINT|DECIMAL(38, 0)|DECIMAL(38, 0)",
    ),
    (
        fs.UHUGEINT(),
        "DECIMAL(38, 0)|DECIMAL(38, 0)|UHUGEINT|DECIMAL(38, 0)|DECIMAL(38, 0)",
    ),
    (sa.Float(), "DOUBLE"),
    (sa.Float(10), "REAL"),
    (sa.REAL(), "REAL|REAL|REAL|REAL|FLOAT"),
    (fs.DOUBLE(), "DOUBLE"),
    (sa.Numeric(), "NUMERIC|NUMERIC|DECIMAL(38, 10)|NUMERIC|NUMERIC"),
    (sa.Numeric(10, 2), "NUMERIC(10, 2)"),
    (sa.DECIMAL(38, 10), "DECIMAL(38, 10)"),
    (sa.String(), "VARCHAR"),
    (sa.String(20), "VARCHAR(20)"),
    (sa.Text(), "VARCHAR|VARCHAR|VARCHAR|TEXT|VARCHAR"),
    (sa.Unicode(), "VARCHAR"),
    (sa.UnicodeText(), "VARCHAR"),
    (sa.LargeBinary(), "VARBINARY|BYTEA|BLOB|BLOB|VARBINARY"),
    (sa.VARBINARY(), "VARBINARY|BYTEA|BLOB|VARBINARY|VARBINARY"),
    (sa.BINARY(4), "VARBINARY|BYTEA|BLOB|VARBINARY|VARBINARY"),
    (sa.Date(), "DATE"),
    (sa.Time(), "TIME"),
    (sa.DateTime(), "TIMESTAMP|TIMESTAMP(6)|TIMESTAMP|DATETIME|TIMESTAMP"),
    (
        sa.DateTime(timezone=True),
        "TIMESTAMP WITH TIME ZONE|TIMESTAMP(6) WITH TIME ZONE"
        "|TIMESTAMP WITH TIME ZONE|DATETIME|TIMESTAMP",
    ),
    (fs.TIMESTAMP(), "TIMESTAMP|TIMESTAMP(6)|TIMESTAMP|DATETIME|TIMESTAMP"),
    (
        fs.TIMESTAMP(precision=0),
        "TIMESTAMP|TIMESTAMP(0)|TIMESTAMP_S|DATETIME|TIMESTAMP",
    ),
    (
        fs.TIMESTAMP(precision=3),
        "TIMESTAMP|TIMESTAMP(3)|TIMESTAMP_MS|DATETIME|TIMESTAMP",
    ),
    (
        fs.TIMESTAMP(precision=9),
        "TIMESTAMP|TIMESTAMP(9)|TIMESTAMP_NS|DATETIME|TIMESTAMP",
    ),
    (sa.Interval(), "INTERVAL"),
    (fs.UUID(), "VARCHAR|VARCHAR|UUID|VARCHAR|VARCHAR"),
    (sa.JSON(), "VARCHAR|VARCHAR|JSON|VARCHAR|VARCHAR"),
    (fs.ARRAY(sa.Integer), "INTEGER[]"),
    (fs.ARRAY(sa.String, dimensions=2), "VARCHAR[][]"),
    (
        fs.STRUCT({"x": sa.Integer, "y z": sa.String}),
        'STRUCT(x INTEGER, "y z" VARCHAR)|STRUCT<x INTEGER, "y z" VARCHAR>'
        '|STRUCT(x INTEGER, "y z" VARCHAR)|STRUCT(x INTEGER, "y z" VARCHAR)'
        '|STRUCT(x INTEGER, "y z" VARCHAR)',
    ),
    (fs.MAP(sa.String, sa.BigInteger), "MAP(VARCHAR, BIGINT)"),
    (sa.Enum("a", "bc"), "VARCHAR(2)"),
    (sa.CLOB(), "CLOB|VARCHAR|VARCHAR|CLOB|CLOB"),
    (sa.NVARCHAR(5), "NVARCHAR(5)|VARCHAR(5)|NVARCHAR(5)|NVARCHAR(5)|NVARCHAR(5)"),
    (sa.NCHAR(5), "NCHAR(5)|CHAR(5)|NCHAR(5)|NCHAR(5)|NCHAR(5)"),
]


@pytest.mark.parametrize(("kind", "names"), TYPES, ids=lambda x: repr(x)[:40])
def test_a_type_has_its_name(kind: Any, names: str) -> None:
    parts = names.split("|")
    if len(parts) == 1:
        parts *= len(NAMES)
    found = [kind.compile(dialect=DIALECTS[name]()) for name in NAMES]
    assert found == parts
