# SPDX-License-Identifier: Apache-2.0
"""SQL through Superset's parser and back; without Superset."""

from __future__ import annotations

from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from fletching.superset._grammars import (
    DataFusionSQL,
    DuckDBSQL,
    FlinkSQL,
    SparkSQL,
)

ALL = [DataFusionSQL, DuckDBSQL, SparkSQL, FlinkSQL]


def written(dialect: Any, tree: Any, *, comments: bool = True) -> str:
    """As Superset writes a statement."""
    return str(dialect().generate(tree, copy=True, comments=comments, pretty=True))


def limited(dialect: Any, sql: str, rows: int = 11) -> str:
    """As Superset limits a statement."""
    tree = sqlglot.parse_one(sql, dialect=dialect)
    value = exp.Literal(this=str(rows), is_string=False)
    tree.args["limit"] = exp.Limit(expression=value)
    return written(dialect, tree)


def changes(dialect: Any, sql: str) -> bool:
    """As Superset asks whether a statement changes data."""
    tree = sqlglot.parse_one(sql, dialect=dialect)
    kinds = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop)
    more = (exp.TruncateTable, exp.Alter)
    alters = isinstance(tree, exp.Command) and tree.name == "ALTER"
    return tree.find(*kinds, *more) is not None or alters


ANY = [
    "SELECT  a ,b\n  FROM t -- all of it\n WHERE a<>'x''y'",
    "select data::json->>'OrderId' as order_id from kdb.records",
    "/* first */ select 1 /* last */",
    "WITH x AS (SELECT 1 AS a LIMIT 3) SELECT * FROM x",
    "(select 1) union all (select 2 limit 3)",
    "EXPLAIN SELECT * FROM t",
    "explain analyze verbose select 1",
    "show tables",
    "SET a = 1",
]
BY_GRAMMAR = {
    DataFusionSQL: [
        "SELECT * EXCLUDE (a) FROM t",
        "select median(b), approx_distinct(c), a ~ 'x', arr[1] from t",
        "select date_bin(interval '1 hour', placed, timestamp '1970-01-01') from t",
        "select arrow_cast(a, 'Int8'), make_array(1, 2), named_struct('x', 1) from t",
        "select row_number() over (partition by b order by c desc nulls last) from t",
        "SELECT a AT TIME ZONE 'Europe/Berlin' FROM t WHERE b IS NOT DISTINCT FROM 1",
        "select count(*) filter (where a > 1), array_agg(a order by b) from t",
        "select * from t1 left semi join t2 on t1.a = t2.a",
    ],
    DuckDBSQL: [
        "SELECT * EXCLUDE (a) REPLACE (b + 1 AS b) FROM t QUALIFY sum(a) OVER () = 1",
        "FROM t SELECT a",
        "select list_transform(l, x -> x + 1), {'a': 1}, map {'k': 1}, [1][1] from t",
        "select a::struct(x integer), s.x, 'a' ~ 'b', 5 // 2 from t using sample 10",
        "select columns('a.*') from t order by all",
        "select * from t asof join u using (a, placed)",
        "PIVOT t ON a USING sum(b)",
    ],
    SparkSQL: [
        "SELECT `a b`, 'it\\'s' FROM c.s.t VERSION AS OF 3",
        "select get_json_object(d, '$.x'), from_utc_timestamp(t, 'UTC') from x",
        "SELECT * FROM t TIMESTAMP AS OF '2026-01-01 00:00:00'",
        "select explode(l) from t lateral view explode(m) x as k, v cluster by k",
        "SHOW TABLES IN c.s",
        "DESCRIBE TABLE EXTENDED c.s.t",
    ],
    FlinkSQL: [
        "SELECT `a b`, 'it''s', '\\' AS c FROM `c`.`s`.`t`",
        "select FLOOR(t TO DAY), TIMESTAMPADD(MINUTE, -5, t), U&'\\00e9' from x",
        "SELECT * FROM a JOIN b FOR SYSTEM_TIME AS OF a.p AS r ON a.id = r.id",
        "SELECT * FROM a, LATERAL TABLE(f(x)) AS T(y) CROSS JOIN UNNEST(l) AS u (v)",
        "SELECT ROW(1, 'a'), ARRAY[1, 2], MAP['k', 1], CAST(x AS ROW<a INT>) FROM t",
        "SELECT CAST(x AS TIMESTAMP_LTZ(3)), TRY_CAST(x AS BYTES) FROM t",
        "SELECT JSON_VALUE(d, '$.x' RETURNING INTEGER), d IS JSON FROM t",
        "SELECT * FROM t MATCH_RECOGNIZE (PARTITION BY a ORDER BY ts MEASURES A.x AS x"
        " ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (A+ B)"
        " DEFINE B AS B.x > 1)",
        "EXPLAIN ESTIMATED_COST, CHANGELOG_MODE SELECT * FROM t",
        "EXPLAIN PLAN FOR SELECT * FROM t",
        "SHOW CREATE TABLE t",
        "USE CATALOG c",
        "SET 'execution.runtime-mode' = 'batch'",
    ],
}
CASES = [(grammar, sql) for grammar in ALL for sql in [*ANY, *BY_GRAMMAR[grammar]]]


@pytest.mark.parametrize(("dialect", "sql"), CASES)
def test_text_comes_back_as_it_was(dialect: Any, sql: str) -> None:
    (tree,) = sqlglot.parse(sql, dialect=dialect)
    assert written(dialect, tree) == sql
    assert written(dialect, tree.copy()) == sql


def test_statements_of_a_script_come_back_one_by_one() -> None:
    sql = " select 1 ;\n-- second\nselect  2 ; ; select 3 -- end\n"
    trees = [tree for tree in sqlglot.parse(sql, dialect=DataFusionSQL) if tree]
    texts = [written(DataFusionSQL, tree) for tree in trees]
    assert texts == ["select 1", "-- second\nselect  2", "select 3 -- end\n"]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select a from t", "select a from t\nLIMIT 11"),
        ("select a from t -- c", "select a from t -- c\nLIMIT 11"),
        ("select a from t limit 500", "select a from t limit 11"),
        ("select a from t limit 7", "select a from t limit 7"),
        (
            "select a from t LIMIT 50 OFFSET 3 -- c",
            "select a from t LIMIT 11 OFFSET 3 -- c\n",
        ),
        ("select a from t offset 3", "select a from t LIMIT 11 offset 3"),
        (
            "with x as (select 1 limit 3) select (select 2 limit 4) from x",
            "with x as (select 1 limit 3) select (select 2 limit 4) from x\nLIMIT 11",
        ),
        ("select 'limit 5' as b from t", "select 'limit 5' as b from t\nLIMIT 11"),
        ("select 1 union all select 2", "select 1 union all select 2\nLIMIT 11"),
        ("EXPLAIN select 1", "EXPLAIN select 1"),
        ("show tables", "show tables"),
    ],
)
@pytest.mark.parametrize("dialect", ALL)
def test_a_limit_is_edited_in_the_text(dialect: Any, sql: str, expected: str) -> None:
    assert limited(dialect, sql) == expected


def test_a_changed_tree_is_written_out_with_functions_by_their_names() -> None:
    sql = "select median(b), date_bin(interval '1 hour', c) from t where d->>'x' = 'y'"
    tree = sqlglot.parse_one(sql, dialect=DataFusionSQL)
    predicate = sqlglot.parse_one("region = 'north'", dialect=DataFusionSQL)
    tree.args["where"].set("this", exp.and_(tree.args["where"].this, predicate))
    text = " ".join(written(DataFusionSQL, tree).split())
    assert text == (
        "SELECT MEDIAN(b), DATE_BIN(INTERVAL '1 HOUR', c) FROM t"
        " WHERE d ->> 'x' = 'y' AND region = 'north'"
    )


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "select cast(a as string), cast(b as bytes), cast(c as timestamp_ltz(3))",
            "SELECT CAST(a AS STRING), CAST(b AS BYTES), CAST(c AS TIMESTAMP_LTZ(3))",
        ),
        (
            "select array[1], json_object('a' value b), current_timestamp, '\\'",
            "SELECT ARRAY[1], JSON_OBJECT('a' VALUE b), CURRENT_TIMESTAMP, '\\'",
        ),
        (
            "select `a` from t for system_time as of b limit 3 offset 2",
            "SELECT `a` FROM t FOR SYSTEM_TIME AS OF b LIMIT 3 OFFSET 2",
        ),
    ],
)
def test_a_changed_tree_is_written_in_flinks_words(sql: str, expected: str) -> None:
    tree = sqlglot.parse_one(sql, dialect=FlinkSQL)
    tree.meta.clear()
    assert " ".join(written(FlinkSQL, tree).split()) == expected


def test_what_begins_a_comment_of_flinks_is_one() -> None:
    tree = sqlglot.parse_one("select 1 // , a\nfrom t", dialect=FlinkSQL)
    assert [table.name for table in tree.find_all(exp.Table)] == ["t"]
    assert list(tree.find_all(exp.Column)) == []
    assert "//" not in written(FlinkSQL, tree)


@pytest.mark.parametrize(
    "sql",
    [
        "select * from t /*+ OPTIONS('path' = '/elsewhere') */",
        "select * from t /*+ LOOKUP('table' = 'u'), options('topic' = 'v') */",
        'select "a" from t',
        "add jar 'x'",
        "stop job 'x'",
        "compile plan 'x' for insert into t select 1",
    ],
)
def test_what_flink_could_do_unseen_is_refused(sql: str) -> None:
    with pytest.raises((sqlglot.ParseError, sqlglot.errors.TokenError)):
        sqlglot.parse_one(sql, dialect=FlinkSQL)


@pytest.mark.parametrize(
    "sql",
    [
        "execute plan 'x'",
        "load module x",
        "explain json_execution_plan insert into t select 1",
        "explain plan for insert into t select 1",
    ],
)
def test_what_changes_things_in_flink_is_known(sql: str) -> None:
    assert changes(FlinkSQL, sql)


@pytest.mark.parametrize("dialect", ALL)
def test_a_clause_is_safe_to_put_between_parentheses(dialect: Any) -> None:
    tree = sqlglot.parse_one("a = 1 -- or so", dialect=dialect)
    clause = dialect().generate(tree, copy=True, comments=True, pretty=False)
    assert sqlglot.parse_one(f"select 1 where ({clause}) and b", dialect=dialect)


@pytest.mark.parametrize("dialect", ALL)
def test_comments_can_be_left_out(dialect: Any) -> None:
    tree = sqlglot.parse_one("select /* a */ 1 -- b\n + 2 -- c", dialect=dialect)
    assert written(dialect, tree, comments=False) == "select 1 + 2"


@pytest.mark.parametrize("dialect", ALL)
def test_what_servers_may_read_in_another_way_is_not_sent_as_it_is(
    dialect: Any,
) -> None:
    with pytest.raises(sqlglot.ParseError, match="comment"):
        sqlglot.parse_one("select 1 /* a /* b */ , secret -- */ */", dialect=dialect)
    tree = sqlglot.parse_one("select 1 -- a\r, 2", dialect=dialect)
    assert "\r" not in written(dialect, tree)


@pytest.mark.parametrize(
    "sql",
    [
        "delete from t",
        "EXPLAIN ANALYZE delete from t",
        "explain (analyze, format json) insert into t values (1)",
        "explain analyze with x as (select 1) delete from t",
        "create table t as select 1",
        "vacuum",
        "call f(1)",
        "with x as (delete from t returning *) select * from x",
    ],
)
@pytest.mark.parametrize("dialect", ALL)
def test_what_changes_data_is_known(dialect: Any, sql: str) -> None:
    if dialect is SparkSQL and "returning" in sql:
        pytest.skip("Spark's grammar has no such statement")
    assert changes(dialect, sql)


@pytest.mark.parametrize(
    "sql", ["copy t to 'x'", "attach 'x' as y", "install httpfs", "pragma a = 1"]
)
def test_what_duckdb_may_do_to_files_counts_as_change(sql: str) -> None:
    assert changes(DuckDBSQL, sql)


@pytest.mark.parametrize("sql", ["select 1", "explain select 1", "show tables"])
@pytest.mark.parametrize("dialect", ALL)
def test_what_reads_is_known(dialect: Any, sql: str) -> None:
    assert not changes(dialect, sql)


@pytest.mark.parametrize("dialect", ALL)
def test_what_cannot_be_parsed_is_refused(dialect: Any) -> None:
    for sql in ("select * from", "explain", "explain selec 1"):
        with pytest.raises(sqlglot.ParseError):
            sqlglot.parse(sql, dialect=dialect)


def test_tables_of_an_explained_statement_are_seen() -> None:
    tree = sqlglot.parse_one("EXPLAIN SELECT * FROM secret", dialect=DataFusionSQL)
    assert [table.name for table in tree.find_all(exp.Table)] == ["secret"]


def test_create_table_as_keeps_the_text_within() -> None:
    tree = sqlglot.parse_one("select  1 as a -- c", dialect=DataFusionSQL)
    table = exp.Table(
        this=exp.Identifier(this="new"), catalog=exp.Identifier(this="datafusion")
    )
    made = exp.Create(this=table, kind="TABLE", expression=tree.copy())
    text = written(DataFusionSQL, made)
    assert text.startswith("CREATE TABLE new AS")
    assert "select  1 as a -- c" in text
