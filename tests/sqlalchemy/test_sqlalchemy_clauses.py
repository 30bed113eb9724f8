# SPDX-License-Identifier: Apache-2.0
"""The text of clauses, DDL and names, of Spark, Flink and KurrentDB too; no server.

As in test_sqlalchemy_compile.py: under "*" is what all dialects spell alike.
"""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.sql import ddl

import fletching.sqlalchemy as fs
from fletching.sqlalchemy._versions import SQLALCHEMY_2

DIALECTS: dict[str, type[fs.FlightSQLDialect]] = {
    "flightsql": fs.FlightSQLDialect,
    "datafusion": fs.DataFusionDialect,
    "duckdb": fs.DuckDBDialect,
    "sqlite": fs.SQLiteDialect,
    "dremio": fs.DremioDialect,
    "kurrentdb": fs.KurrentDBDialect,
    "iomete": fs.IOMETEDialect,
    "flink": fs.FlinkDialect,
}

t = sa.table(
    "t",
    sa.column("a", sa.Integer),
    sa.column("s", sa.String),
    sa.column("f", sa.Float),
    sa.column("at", sa.Time),
    sa.column("d", sa.DateTime),
)
other = sa.table("other", sa.column("a", sa.Integer))
metadata = sa.MetaData()
made = sa.Table(
    "made",
    metadata,
    sa.Column("id", sa.Integer, sa.CheckConstraint("id > 1"), primary_key=True),
    sa.Column("n", sa.Integer, sa.Computed("id * 2")),
    sa.Column("s", sa.String, index=True, comment="what it's called"),
    comment="it's mine",
)
stored = sa.Table(
    "stored", metadata, sa.Column("n", sa.Integer, sa.Computed("2", persisted=True))
)
(index,) = made.indexes
kurrent = sa.table("records", sa.column("created_at", fs.EPOCH_MS), sa.column("s"))
nothing = sa.bindparam("ids", [], expanding=True)
interval = datetime.timedelta(days=1, seconds=2)

TEXTS: dict[str, tuple[Any, dict[str, str]]] = {
    "fetch": (
        sa.select(t.c.a).order_by(t.c.a).fetch(3).offset(1),
        {
            "*": "SELECT t.a FROM t ORDER BY t.a LIMIT 3 OFFSET 1",
            "kurrentdb": "SELECT t.a FROM kdb.t AS t ORDER BY t.a LIMIT 3 OFFSET 1",
            "flink": "SELECT `t`.`a` FROM `t` ORDER BY `t`.`a` LIMIT 3 OFFSET 1",
        },
    ),
    "fetch with ties": (
        sa.select(t.c.a).fetch(3, with_ties=True),
        {
            "*": "SELECT t.a FROM t FETCH FIRST 3 ROWS WITH TIES",
            "kurrentdb": "SELECT t.a FROM kdb.t AS t FETCH FIRST 3 ROWS WITH TIES",
            "flink": "SELECT `t`.`a` FROM `t` FETCH FIRST 3 ROWS WITH TIES",
            "iomete": "CompileError: Spark has no FETCH ... PERCENT or WITH TIES",
        },
    ),
    "fetch a share": (
        sa.select(t.c.a).fetch(10, percent=True).offset(1),
        {
            "*": "SELECT t.a FROM t OFFSET 1 ROWS FETCH FIRST 10 PERCENT ROWS ONLY",
            "duckdb": "SELECT t.a FROM t LIMIT (10)% OFFSET 1",
            "kurrentdb": "SELECT t.a FROM kdb.t AS t LIMIT (10)% OFFSET 1",
            "iomete": "CompileError: Spark has no FETCH ... PERCENT or WITH TIES",
            "flink": "SELECT `t`.`a` FROM `t` OFFSET 1 ROWS"
            " FETCH FIRST 10 PERCENT ROWS ONLY",
        },
    ),
    "update from": (
        sa.update(t).where(t.c.a == other.c.a).values(s="x"),
        {
            "*": "NotImplementedError: This backend does not support multiple-table"
            " criteria within UPDATE",
            "duckdb": "UPDATE t SET s='x' FROM other WHERE t.a = other.a",
            "kurrentdb": "UPDATE kdb.t AS t SET s='x' FROM kdb.other AS other"
            " WHERE t.a = other.a",
        },
    ),
    "delete using": (
        sa.delete(t).where(t.c.a == other.c.a),
        {
            "*": "NotImplementedError: This backend does not support multiple-table"
            " criteria within DELETE",
            "duckdb": "DELETE FROM t USING other WHERE t.a = other.a",
            "kurrentdb": "DELETE FROM kdb.t AS t USING kdb.other AS other"
            " WHERE t.a = other.a",
        },
    ),
    "concatenation": (
        sa.select(t.c.s + "x" + "y").select_from(t),
        {
            "*": "SELECT t.s || 'x' || 'y' AS anon_1 FROM t",
            "kurrentdb": "SELECT t.s || 'x' || 'y' AS anon_1 FROM kdb.t AS t",
            "flink": "SELECT `t`.`s` || 'x' || 'y' AS `anon_1` FROM `t`",
        },
    ),
    "like": (
        sa.select(t.c.a).where(t.c.s.like("x/_%", escape="/"), ~t.c.s.like("y")),
        {
            "*": "SELECT t.a FROM t WHERE t.s LIKE 'x/_%' ESCAPE '/'"
            " AND t.s NOT LIKE 'y'",
            "datafusion": "SELECT t.a FROM t WHERE t.s LIKE regexp_replace("
            r"replace('x/_%', '\', '\\'), '(?s)/(.)', '\$1', 'g')"
            " AND t.s NOT LIKE 'y'",
            "kurrentdb": "SELECT t.a FROM kdb.t AS t WHERE t.s LIKE 'x/_%' ESCAPE '/'"
            " AND t.s NOT LIKE 'y'",
            "flink": "SELECT `t`.`a` FROM `t` WHERE `t`.`s` LIKE 'x/_%' ESCAPE '/'"
            " AND `t`.`s` NOT LIKE 'y'",
        },
    ),
    "not ilike": (
        sa.select(t.c.a).where(~t.c.s.ilike("x")),
        {
            "*": "SELECT t.a FROM t WHERE t.s NOT ILIKE 'x'",
            "sqlite": "SELECT t.a FROM t WHERE t.s NOT LIKE 'x'",
            "kurrentdb": "SELECT t.a FROM kdb.t AS t WHERE t.s NOT ILIKE 'x'",
            "flink": "SELECT `t`.`a` FROM `t` WHERE LOWER(`t`.`s`) NOT LIKE LOWER('x')",
        },
    ),
    "next of a sequence": (
        sa.select(sa.Sequence("s q").next_value()),
        {
            "*": 'SELECT NEXT VALUE FOR "s q" AS next_value_1',
            "duckdb": "SELECT nextval('\"s q\"') AS next_value_1",
            "iomete": "SELECT NEXT VALUE FOR `s q` AS next_value_1",
            "flink": "SELECT NEXT VALUE FOR `s q` AS `next_value_1`",
        },
    ),
    "no values in a text": (
        sa.text("SELECT a FROM t WHERE a IN :ids").bindparams(nothing),
        {
            "*": "SELECT a FROM t WHERE a IN"
            " (SELECT CAST(NULL AS INTEGER) WHERE 1 != 1)",
            "iomete": "SELECT a FROM t WHERE a IN"
            " (SELECT CAST(NULL AS INT) WHERE 1 != 1)",
            "flink": "SELECT a FROM t WHERE a IN"
            " (SELECT CAST(NULL AS INT) WHERE 1 != 1)",
        },
    ),
    "random": (
        sa.select(sa.func.random()),
        {
            "*": "SELECT random() AS random_1",
            "iomete": "SELECT rand() AS random_1",
            "flink": "SELECT RAND() AS `random_1`",
        },
    ),
    "local time": (
        sa.select(sa.func.localtimestamp()),
        {
            "*": "SELECT LOCALTIMESTAMP AS localtimestamp_1",
            "iomete": "SELECT localtimestamp() AS localtimestamp_1",
            "flink": "SELECT LOCALTIMESTAMP AS `localtimestamp_1`",
        },
    ),
    "length of a text": (
        sa.select(sa.func.char_length("x")),
        {
            "*": "SELECT char_length('x') AS char_length_1",
            "flink": "SELECT CHAR_LENGTH('x') AS `char_length_1`",
        },
    ),
    "group_concat": (
        sa.select(sa.func.group_concat(sa.literal_column("s"))),
        {
            "*": "SELECT group_concat(s) AS group_concat_1",
            "iomete": "SELECT array_join(collect_list(s), ',') AS group_concat_1",
            "flink": "SELECT group_concat(s) AS `group_concat_1`",
        },
    ),
    "create table": (
        ddl.CreateTable(made),
        {
            "*": "CREATE TABLE made ( id INTEGER NOT NULL CHECK (id > 1),"
            " n INTEGER GENERATED ALWAYS AS (id * 2), s VARCHAR, PRIMARY KEY (id) )",
            "datafusion": "CREATE TABLE made ( id INTEGER NOT NULL,"
            " n INTEGER GENERATED ALWAYS AS (id * 2), s VARCHAR, PRIMARY KEY (id) )",
            "duckdb": "CREATE TABLE made ( id INTEGER DEFAULT nextval('made_id_seq')"
            " NOT NULL CHECK (id > 1), n INTEGER GENERATED ALWAYS AS (id * 2) VIRTUAL,"
            " s VARCHAR, PRIMARY KEY (id) )",
            "kurrentdb": "CREATE TABLE made ( id INTEGER DEFAULT NEXT VALUE FOR"
            " made_id_seq NOT NULL CHECK (id > 1),"
            " n INTEGER GENERATED ALWAYS AS (id * 2) VIRTUAL,"
            " s VARCHAR, PRIMARY KEY (id) )",
            "iomete": "CREATE TABLE made ( id INT NOT NULL,"
            " n INT GENERATED ALWAYS AS (id * 2),"
            r" s STRING COMMENT 'what it\'s called' ) COMMENT 'it\'s mine'",
            "flink": "CREATE TABLE `made` ( `id` INT NOT NULL, `n` AS id * 2,"
            " `s` STRING COMMENT 'what it''s called',"
            " PRIMARY KEY (`id`) NOT ENFORCED ) COMMENT 'it''s mine'",
        },
    ),
    "computed and stored": (
        ddl.CreateTable(stored),
        {
            "*": "CREATE TABLE stored ( n INTEGER GENERATED ALWAYS AS (2) STORED )",
            "duckdb": "CompileError: (in table 'stored', column 'n'): DuckDB computes"
            " columns when they are read only",
            "kurrentdb": "CompileError: (in table 'stored', column 'n'): DuckDB"
            " computes columns when they are read only",
            "iomete": "CREATE TABLE stored ( n INT GENERATED ALWAYS AS (2) )",
            "flink": "CREATE TABLE `stored` ( `n` AS 2 )",
        },
    ),
    "create index": (
        ddl.CreateIndex(index),
        {
            "*": "CREATE INDEX ix_made_s ON made (s)",
            "datafusion": "",
            "iomete": "CompileError: Spark has no indexes",
            "flink": "CompileError: Flink has no indexes",
        },
    ),
    "drop index": (
        ddl.DropIndex(index),
        {
            "*": "DROP INDEX ix_made_s",
            "datafusion": "",
            "flink": "DROP INDEX `ix_made_s`",
        },
    ),
    "comment of a table": (
        ddl.SetTableComment(made),
        {
            "*": "COMMENT ON TABLE made IS 'it''s mine'",
            "iomete": r"COMMENT ON TABLE made IS 'it\'s mine'",
            "flink": "COMMENT ON TABLE `made` IS 'it''s mine'",
        },
    ),
    "no comment of a table": (
        ddl.DropTableComment(made),
        {
            "*": "COMMENT ON TABLE made IS NULL",
            "flink": "COMMENT ON TABLE `made` IS NULL",
        },
    ),
    "comment of a column": (
        ddl.SetColumnComment(made.c.s),
        {
            "*": "COMMENT ON COLUMN made.s IS 'what it''s called'",
            "iomete": "ALTER TABLE made ALTER COLUMN s"
            r" COMMENT 'what it\'s called'",
            "flink": "COMMENT ON COLUMN `made`.`s` IS 'what it''s called'",
        },
    ),
}

if SQLALCHEMY_2:
    TEXTS |= {
        "shifts": (
            sa.select(sa.literal_column("a", sa.Integer).bitwise_lshift(1)).add_columns(
                sa.literal_column("a", sa.Integer).bitwise_rshift(2)
            ),
            {
                "*": "SELECT a << 1 AS anon_1, a >> 2 AS anon_2",
                "iomete": "SELECT shiftleft(a, 1) AS anon_1,"
                " shiftright(a, 2) AS anon_2",
                "flink": "SELECT a << 1 AS `anon_1`, a >> 2 AS `anon_2`",
            },
        ),
        "floor of a quotient": (
            sa.select(sa.literal_column("f", sa.Float) // 2),
            {
                "*": "SELECT FLOOR(f / 2) AS anon_1",
                "flink": "SELECT FLOOR(f / 2) AS `anon_1`",
            },
        ),
        "strings of a group": (
            sa.select(sa.func.aggregate_strings(sa.literal_column("s"), ";")),
            {
                "*": "SELECT string_agg(s, ';') AS aggregate_strings_1",
                "sqlite": "SELECT group_concat(s, ';') AS aggregate_strings_1",
                "dremio": "SELECT LISTAGG(s, ';') AS aggregate_strings_1",
                "iomete": "SELECT array_join(collect_list(s), ';')"
                " AS aggregate_strings_1",
                "flink": "SELECT LISTAGG(s, ';') AS `aggregate_strings_1`",
            },
        ),
    }


def text_of(construct: Any, dialect: str, *, literals: bool = True) -> str:
    """What a construct is compiled to, or the error."""
    options: dict[str, Any] = {}
    if not isinstance(construct, sa.schema.DDLElement):
        options = {"literal_binds": literals, "render_postcompile": True}
    try:
        made_for = DIALECTS[dialect]()
        compiled = construct.compile(dialect=made_for, compile_kwargs=options)
    except (exc.CompileError, NotImplementedError) as error:
        return f"{type(error).__name__}: {error}".partition(" (Background")[0]
    return " ".join(str(compiled).split())


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", TEXTS)
def test_a_clause_has_its_text(name: str, dialect: str) -> None:
    construct, texts = TEXTS[name]
    assert text_of(construct, dialect) == texts.get(dialect, texts["*"])


# ---- where DataFusion writes values instead of binding them ----

BOUND = {
    "SELECT 'a' || 'b' AS anon_1": sa.select(sa.literal("a") + sa.literal("b")),
    "SELECT t.s || ? AS anon_1 FROM t": sa.select(t.c.s + "a"),
    "SELECT t.d + INTERVAL '1 days 2000000 microseconds' AS anon_1 FROM t": sa.select(
        t.c.d + interval
    ),
    "SELECT t.a FROM t WHERE t.at = CAST(? AS TIME)": sa.select(t.c.a).where(
        t.c["at"] == datetime.time(1, 2)
    ),
    "UPDATE t SET s=CAST(? AS VARCHAR) WHERE t.a = 7": sa.update(t)
    .where(t.c.a == 7)
    .values(s="x"),
    "INSERT INTO t (a) SELECT t.a + 7 AS anon_1 FROM t": sa.insert(t).from_select(
        ["a"], sa.select(t.c.a + 7)
    ),
}


@pytest.mark.parametrize("text", BOUND)
def test_what_datafusion_binds_and_what_it_writes(text: str) -> None:
    assert text_of(BOUND[text], "datafusion", literals=False) == text


# ---- KurrentDB ----


def test_kurrentdbs_tables_have_their_schema_and_a_name() -> None:
    again = kurrent.alias("again")
    query = sa.select(kurrent.c.s, again.c.s).where(kurrent.c.s == again.c.s)
    assert text_of(query, "kurrentdb") == (
        "SELECT records.s, again.s AS s_1 FROM kdb.records AS records,"
        " kdb.records AS again WHERE records.s = again.s"
    )
    times = sa.select(sa.cast(kurrent.c.s, fs.EPOCH_MS))
    assert "CAST(records.s AS BIGINT)" in text_of(times, "kurrentdb")
    kind = fs.EPOCH_MS()
    assert kind.compile(dialect=fs.KurrentDBDialect()) == "TIMESTAMP_EPOCH_MS"


# ---- Flink ----


def test_flinks_hints_stand_behind_the_table() -> None:
    query = sa.select(other.c.a).with_hint(other, "OPTIONS('k'='v')", "flink")
    text = "SELECT `other`.`a` FROM `other` /*+ OPTIONS('k'='v') */"
    assert text_of(query, "flink") == text


def test_flinks_regexp_takes_no_flags() -> None:
    query = sa.select(t.c.a).where(t.c.s.regexp_match("x", flags="i"))
    assert text_of(query, "flink") == "CompileError: Flink's REGEXP takes no flags"


# ---- values that are written into a text ----

LITERALS: dict[str, list[tuple[Any, str]]] = {
    "duckdb": [
        (1.5, "1.5e+00"),
        (b"\x00\xff", r"CAST('\x00\xFF' AS BLOB)"),
        (datetime.date(2024, 1, 2), "DATE '2024-01-02'"),
        (datetime.datetime(2024, 1, 2, 3), "TIMESTAMP '2024-01-02 03:00:00.000000'"),
        (datetime.timedelta(1), "INTERVAL '86400 SECONDS'"),
        (None, "NULL"),
    ],
    "dremio": [(datetime.time(1, 2, 3), "TIME '01:02:03.000'")],
}


@pytest.mark.parametrize("dialect", LITERALS)
def test_values_are_written_as_the_engine_reads_them(dialect: str) -> None:
    for value, text in LITERALS[dialect]:
        assert text_of(sa.select(sa.literal(value)), dialect) == (
            f"SELECT {text} AS anon_1"
        )
    # A moment given for a date is its day.
    day = sa.literal(datetime.datetime(2024, 1, 2, 3), sa.Date)
    assert text_of(sa.select(day), dialect) == "SELECT DATE '2024-01-02' AS anon_1"


def test_percent_signs_are_doubled_where_placeholders_begin_with_one() -> None:
    query = sa.select(sa.literal(datetime.timedelta(1)), sa.literal("50%"))
    dialect = fs.FlightSQLDialect(paramstyle="pyformat")
    compiled = query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    assert "'50%%'" in str(compiled)


# ---- names ----


def test_names_take_the_servers_quotes_and_words() -> None:
    dialect = fs.FlightSQLDialect()
    preparer = dialect.identifier_preparer
    assert preparer.quote("flight") == "flight"
    preparer.reserve(["FLIGHT"])
    preparer.use_quotes("[]")
    assert preparer.quote("flight") == "[flight]"
    assert preparer.quote("a]b c") == "[a]]b c]"
    table = sa.table("Mixed", sa.column("a"), schema="cat.Sch")
    text = str(sa.select(table.c.a).compile(dialect=dialect)).split()
    assert text == ["SELECT", "cat.[Sch].[Mixed].a", "FROM", "cat.[Sch].[Mixed]"]


# ---- types by their names in capitals ----

TYPES: list[tuple[Any, dict[str, str]]] = [
    (sa.TEXT(), {"*": "VARCHAR", "iomete": "STRING", "flink": "STRING"}),
    (
        sa.DATETIME(timezone=True),
        {
            "*": "TIMESTAMP WITH TIME ZONE",
            "datafusion": "TIMESTAMP(6) WITH TIME ZONE",
            "sqlite": "DATETIME",
            "dremio": "TIMESTAMP",
            "iomete": "TIMESTAMP",
            "flink": "TIMESTAMP_LTZ(6)",
        },
    ),
    (
        sa.BLOB(),
        {"*": "BLOB", "datafusion": "BYTEA", "iomete": "BINARY", "flink": "BYTES"},
    ),
    (
        sa.DECIMAL(),
        {
            "*": "DECIMAL(38, 10)",
            "flightsql": "DECIMAL",
            "datafusion": "DECIMAL",
            "sqlite": "DECIMAL",
            "dremio": "DECIMAL",
        },
    ),
    (
        sa.TIME(timezone=True),
        {
            "*": "TIME",
            "duckdb": "TIME WITH TIME ZONE",
            "kurrentdb": "TIME WITH TIME ZONE",
            "iomete": "CompileError: Spark has no type for times of day (use String)",
        },
    ),
    (
        fs.INTERVAL(),
        {
            "*": "INTERVAL",
            "iomete": "INTERVAL DAY TO SECOND",
            "flink": "INTERVAL DAY TO SECOND(3)",
        },
    ),
]
if SQLALCHEMY_2:
    uuids = {"duckdb": "UUID", "kurrentdb": "UUID", "iomete": "STRING"}
    TYPES.append((sa.Uuid(), {"*": "VARCHAR", "flink": "STRING", **uuids}))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("kind", "names"), TYPES, ids=lambda x: repr(x)[:30])
def test_a_type_in_capitals_has_its_name(
    kind: Any, names: dict[str, str], dialect: str
) -> None:
    try:
        found = kind.compile(dialect=DIALECTS[dialect]())
    except exc.CompileError as error:
        found = f"CompileError: {error}"
    assert found == names.get(dialect, names["*"])
