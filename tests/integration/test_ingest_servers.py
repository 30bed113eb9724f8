# SPDX-License-Identifier: Apache-2.0
"""Bulk ingest at servers that others wrote, and at those that have none."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import fletching

pa = pytest.importorskip("pyarrow")

Started = Callable[..., Any]
ROWS = pa.table({"id": [1, 2, 3], "name": ["one", None, "drei"]})
AS_TUPLES = [(1, "one"), (2, None), (3, "drei")]


@pytest.fixture
def server(go_fresh: Started) -> Any:
    """The Go server, of one test."""
    return go_fresh()


@pytest.fixture
def cursor(server: Any) -> Iterator[Any]:
    with fletching.connect(server.uri, autocommit=True) as connection:
        yield connection.cursor()


def read(cursor: Any, table: str = "t") -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = cursor.execute(
        f"select * from {table} order by 1"
    ).fetchall()
    return rows


def event_of(server: Any) -> dict[str, Any]:
    """What the server understood of the last ingest."""
    event: dict[str, Any] = server.events("DoPut/CommandStatementIngest")[-1]
    return event


# ---- the command ----


@pytest.mark.parametrize(
    ("mode", "missing", "exists"),
    [
        ("create", "CREATE", "FAIL"),
        ("append", "FAIL", "APPEND"),
        ("replace", "CREATE", "REPLACE"),
        ("create_append", "CREATE", "APPEND"),
    ],
)
@pytest.mark.parametrize("there", [True, False])
def test_modes(
    server: Any, cursor: Any, mode: str, missing: str, exists: str, there: bool
) -> None:
    if there:
        cursor.ingest("t", ROWS)
    if mode == ("create" if there else "append"):
        word = "exists" if there else "no such table"
        with pytest.raises(fletching.ProgrammingError, match=word) as caught:
            cursor.ingest("t", ROWS, mode)
        assert str(caught.value).startswith("ingest into t: ")
        assert caught.value.code == ("ALREADY_EXISTS" if there else "NOT_FOUND")
    else:
        assert cursor.ingest("t", ROWS, mode) == 3
    assert event_of(server)["request"]["table_definition_options"] == {
        "if_not_exist": f"TABLE_NOT_EXIST_OPTION_{missing}",
        "if_exists": f"TABLE_EXISTS_OPTION_{exists}",
    }
    if there or mode != "append":
        appended = there and mode in ("append", "create_append")
        assert len(read(cursor)) == (6 if appended else 3)


def test_where_it_goes_and_the_servers_own_options(server: Any, cursor: Any) -> None:
    options = {"block": "7", "empty": ""}
    cursor.ingest("t", ROWS, catalog="main", options=options)
    request = event_of(server)["request"]
    assert request["catalog"] == "main"
    assert request["options"] == options
    assert "transaction_id" not in request
    assert "schema" not in request


def test_another_catalog(go_fresh: Started) -> None:
    server = go_fresh(flags=["-catalog", "extra"])
    with fletching.connect(server.uri, autocommit=True) as connection:
        cursor = connection.cursor()
        assert cursor.ingest("t", ROWS, catalog="extra") == 3
        assert read(cursor, "extra.t") == AS_TUPLES
        with pytest.raises(fletching.DatabaseError, match="no such table"):
            read(cursor, "main.t")
        with pytest.raises(fletching.DatabaseError, match="catalog"):
            cursor.ingest("t", ROWS, catalog="other")
        with pytest.raises(fletching.DatabaseError, match="schema"):
            cursor.ingest("t", ROWS, schema="public")


def test_temporary_tables_live_with_the_connection(server: Any, cursor: Any) -> None:
    assert cursor.ingest("t", ROWS, temporary=True) == 3
    assert event_of(server)["request"]["temporary"] is True
    assert read(cursor, "temp.t") == AS_TUPLES
    with (
        fletching.connect(server.uri) as other,
        pytest.raises(fletching.DatabaseError, match="no such table"),
    ):
        other.execute("select * from t")


# ---- transactions ----


def test_a_rolled_back_ingest_leaves_no_row(server: Any, cursor: Any) -> None:
    cursor.ingest("t", ROWS.slice(0, 1))
    with fletching.connect(server.uri) as connection:
        inside = connection.cursor()
        assert inside.ingest("t", ROWS.slice(1), "append") == 2
        assert connection.in_transaction
        assert event_of(server)["request"]["transaction_id"]
        assert read(inside) == AS_TUPLES
        assert read(cursor) == AS_TUPLES[:1]
        connection.rollback()
    assert read(cursor) == AS_TUPLES[:1]
    assert server.state()["counters"]["rolled back"] == 1


def test_a_committed_ingest_stays(server: Any, cursor: Any) -> None:
    with fletching.connect(server.uri, autocommit=False) as connection:
        connection.ingest("t", ROWS)
        connection.commit()
    assert read(cursor) == AS_TUPLES


def test_rolling_back_to_a_savepoint(server: Any, cursor: Any) -> None:
    with fletching.connect(server.uri, autocommit=False) as connection:
        connection.ingest("t", ROWS.slice(0, 1))
        connection.savepoint("one")
        connection.ingest("t", ROWS.slice(1), "append")
        connection.rollback_to("one")
        connection.commit()
    assert read(cursor) == AS_TUPLES[:1]


def test_an_ingest_that_fails_leaves_nothing(server: Any, cursor: Any) -> None:
    strict = pa.schema([pa.field("n", pa.int64(), nullable=False)])
    cursor.ingest("t", strict.empty_table())
    rows = [pa.record_batch({"n": [1]}), pa.record_batch({"n": pa.nulls(1, "int64")})]
    with pytest.raises(fletching.Error, match="NOT NULL"):
        cursor.ingest("t", rows, "append")
    assert read(cursor) == []


# ---- messages ----


def blob_table(rows: int, each: int) -> Any:
    return pa.table({"n": range(rows), "text": ["x" * each] * rows}).combine_chunks()


def test_large_batches_are_sliced_to_what_grpc_servers_take(
    server: Any, cursor: Any
) -> None:
    table = blob_table(20_000, 1000)  # 20 MB in one batch; the server takes 4 MiB
    assert cursor.ingest("t", table) == 20_000
    event = event_of(server)
    assert event["rows"] == 20_000
    assert event["largest"] <= 4 << 20
    assert 5 <= event["batches"] <= 7, "not smaller than they must be"
    cursor.execute("select count(*), sum(n), sum(length(text)) from t")
    assert cursor.fetchone() == (20_000, 19_999 * 10_000, 20_000_000)


def test_parameters_are_sliced_too(server: Any, cursor: Any) -> None:
    cursor.execute("create table t (n integer, text varchar)")
    rows = [(n, "x" * 1000) for n in range(10_000)]
    cursor.executemany("insert into t values (?, ?)", rows)
    assert cursor.rowcount == 10_000
    cursor.execute("select count(*), sum(length(text)) from t")
    assert cursor.fetchone() == (10_000, 10_000_000)


def test_a_smaller_limit_is_an_option(go_fresh: Started) -> None:
    server = go_fresh(flags=["-max-message", "100000"])
    with fletching.connect(server.uri, autocommit=True) as connection:
        cursor = connection.cursor()
        with pytest.raises(fletching.Error, match="larger than max"):
            cursor.ingest("t", blob_table(1000, 1000))
        cursor.set_option("ingest_message", "100k")
        assert cursor.ingest("t", blob_table(1000, 1000), "replace") == 1000
    assert event_of(server)["largest"] <= 100_000


def test_tiny_batches_are_merged(server: Any, cursor: Any) -> None:
    batches = [pa.record_batch({"n": [n], "s": [f"s{n}"]}) for n in range(5000)]
    assert cursor.ingest("t", batches) == 5000
    event = event_of(server)
    assert event["rows"] == 5000
    assert event["batches"] < 5
    assert read(cursor) == [(n, f"s{n}") for n in range(5000)]


def test_dictionaries_and_views_in_slices(server: Any, cursor: Any) -> None:
    words = [f"word {n} is longer than twelve" for n in range(100)]
    rows = 20_000
    table = pa.table(
        {
            "n": range(rows),
            "coded": pa.array(
                [words[n % 100] for n in range(rows)]
            ).dictionary_encode(),
            "view": pa.array([words[n % 7] for n in range(rows)], pa.string_view()),
        }
    ).combine_chunks()
    cursor.set_option("ingest_message", "64k")
    assert cursor.ingest("t", table.slice(11)) == rows - 11
    event = event_of(server)
    assert event["largest"] <= 64 << 10
    assert event["batches"] > 5
    assert event["messages"] == event["batches"] + 2, "a schema, one dictionary"
    found = read(cursor)
    assert found == [(n, words[n % 100], words[n % 7]) for n in range(11, rows)]


def test_nested_types_are_the_servers_to_refuse(cursor: Any) -> None:
    with pytest.raises(fletching.Error, match=r"ingest into t: .*cannot be stored"):
        cursor.ingest("t", pa.table({"l": [[1]]}))
    assert cursor.ingest("t", ROWS) == 3


def test_no_rows_make_the_table(server: Any, cursor: Any) -> None:
    assert cursor.ingest("t", ROWS.schema.empty_table()) == 0
    assert read(cursor) == []
    assert cursor.ingest("t", ROWS.schema.empty_table(), "append") == 0


def test_values_of_many_types(cursor: Any) -> None:
    table = pa.table(
        {
            "yes": pa.array([True, None]),
            "large": pa.array([2**63 - 1, None], pa.uint64()),
            "half": pa.array([0.5, None], pa.float32()),
            "blob": pa.array([b"\0\xff", None], pa.large_binary()),
            "day": pa.array([datetime.date(2022, 1, 8), None]),
            "at": pa.array([1_700_000_000_123_456, None], pa.timestamp("us")),
        }
    )
    cursor.ingest("t", table)
    row, nulls = cursor.execute("select * from t order by yes is null").fetchall()
    at = datetime.datetime(2023, 11, 14, 22, 13, 20, 123_456)
    assert row == (True, 2**63 - 1, 0.5, b"\0\xff", datetime.date(2022, 1, 8), at)
    assert nulls == (None,) * 6


# ---- answers and failures ----


@pytest.mark.parametrize("count", ["unknown", "none"])
def test_a_count_that_is_not_told_is_minus_one(go_fresh: Started, count: str) -> None:
    server = go_fresh(flags=["-count", count])
    with fletching.connect(server.uri, autocommit=True) as connection:
        cursor = connection.cursor()
        assert cursor.ingest("t", ROWS) == -1
        assert cursor.rowcount == -1
        assert read(cursor) == AS_TUPLES


def test_an_error_behind_the_count_is_seen(server: Any, cursor: Any) -> None:
    server.fail("CommandStatementIngest=INTERNAL,after=end,times=1")
    with pytest.raises(fletching.InternalError, match=r"ingest into t: .*told to fail"):
        cursor.ingest("t", ROWS)
    assert cursor.rowcount == -1
    assert cursor.ingest("t2", ROWS) == 3


def test_a_server_that_refuses_early_is_not_sent_everything(
    server: Any, cursor: Any
) -> None:
    server.fail("CommandStatementIngest=RESOURCE_EXHAUSTED,times=1")
    made = 0

    def batches() -> Iterator[Any]:
        nonlocal made
        for _ in range(2000):
            made += 1
            yield pa.record_batch({"n": range(100_000)})

    with pytest.raises(fletching.OperationalError, match="told to fail"):
        cursor.ingest("t", batches())
    assert made < 1000
    assert cursor.ingest("t", ROWS) == 3


def failing() -> Iterator[Any]:
    for _ in range(3):
        yield pa.record_batch({"n": range(50_000)})
    raise ValueError("no more of this")


def test_a_source_that_fails_leaves_no_row(server: Any, cursor: Any) -> None:
    with pytest.raises(ValueError, match="no more of this"):
        cursor.ingest("t", failing())
    with pytest.raises(fletching.DatabaseError, match="no such table"):
        read(cursor)
    assert cursor.ingest("t", ROWS) == 3


def test_a_result_that_breaks_off_ends_the_ingest_as_itself(
    go_fresh: Started, server: Any, cursor: Any
) -> None:
    source = go_fresh()
    with fletching.connect(source.uri, autocommit=True) as other:
        other.ingest("big", pa.table({"n": range(20_000)}))
        source.fail("DoGet=DATA_LOSS,after=9")
        rows = other.execute("select * from big").fetch_arrow()
        with pytest.raises(fletching.Error, match=r"^DoGet: told to fail"):
            cursor.ingest("t", rows)
    with pytest.raises(fletching.DatabaseError, match="no such table"):
        read(cursor)


def test_another_servers_result_streams_through(embedded: Started, cursor: Any) -> None:
    source = embedded(engine="duckdb")
    with fletching.connect(source.uri) as other:
        rows = other.execute("select range as a, range::varchar as b from range(50000)")
        assert cursor.ingest("t", rows.fetch_arrow()) == 50_000
    cursor.execute("select sum(a), count(distinct b) from t")
    assert cursor.fetchone() == (49_999 * 25_000, 50_000)


def test_a_server_that_swallows_everything_counts(go_fresh: Started) -> None:
    server = go_fresh(flags=["-discard"])
    with fletching.connect(server.uri, autocommit=True) as connection:
        told: list[Any] = []
        rows = pa.table({"n": range(1_000_000)})
        assert connection.ingest("t", rows, progress=told.append) == 1_000_000
    assert told[-1].rows == 1_000_000
    assert event_of(server)["rows"] == 1_000_000


# ---- DataFusion ----


def test_datafusion_modes(embedded: Started) -> None:
    server = embedded(engine="datafusion")
    with fletching.connect(server.uri) as connection:
        cursor = connection.cursor()
        try:
            assert cursor.ingest("bulk", ROWS) == 3
            with pytest.raises(fletching.DatabaseError, match="exists"):
                cursor.ingest("bulk", ROWS)
            assert cursor.ingest("bulk", ROWS, "append") == 3
            assert len(read(cursor, "bulk")) == 6
            assert cursor.ingest("bulk", ROWS, "replace", schema="public") == 3
            assert read(cursor, "datafusion.public.bulk") == AS_TUPLES
            with pytest.raises(fletching.NotSupportedError, match="temporary"):
                cursor.ingest("brief", ROWS, temporary=True)
            with pytest.raises(fletching.DatabaseError, match="nowhere"):
                cursor.ingest("bulk", ROWS, catalog="nowhere")
            with pytest.raises(ValueError, match="no more"):
                cursor.ingest("half", failing())
            with pytest.raises(fletching.DatabaseError, match="half"):
                read(cursor, "half")
        finally:
            cursor.execute("drop table if exists bulk")


# ---- servers without ingest ----


@pytest.fixture
def without_ingest(go_fresh: Started) -> Iterator[Any]:
    """A cursor at a server that has no ingest."""
    server = go_fresh(flags=["-fail", "CommandStatementIngest=UNIMPLEMENTED"])
    with fletching.connect(server.uri, autocommit=True) as connection:
        yield connection.cursor()


def test_a_server_without_ingest_says_what_to_do(go_sqlite: Any) -> None:
    with fletching.connect(go_sqlite.uri, autocommit=True) as connection:
        cursor = connection.cursor()
        with pytest.raises(fletching.NotSupportedError) as caught:
            cursor.ingest("t", ROWS)
        assert str(caught.value).startswith("ingest into t: ")
        assert "insert_fallback=True" in str(caught.value)
        assert caught.value.code == "NOT_IMPLEMENTED"
        assert cursor.execute("select 1").fetchone()[0] == 1


def test_inserts_where_there_is_no_ingest(without_ingest: Any) -> None:
    cursor = without_ingest
    told: list[Any] = []
    written = cursor.ingest("t", ROWS, insert_fallback=True, progress=told.append)
    assert written == 3
    assert told[-1].rows == 3
    assert read(cursor) == AS_TUPLES
    with pytest.raises(fletching.DatabaseError, match="exists"):
        cursor.ingest("t", ROWS, insert_fallback=True)
    assert cursor.ingest("t", ROWS, "append", insert_fallback=True) == 3
    assert cursor.ingest("t", ROWS, "create_append", insert_fallback=True) == 3
    assert len(read(cursor)) == 9
    assert cursor.ingest("t", ROWS.slice(2), "replace", insert_fallback=True) == 1
    assert read(cursor) == AS_TUPLES[2:]
    with pytest.raises(fletching.DatabaseError, match="no such table"):
        cursor.ingest("nowhere", ROWS, "append", insert_fallback=True)


def test_inserts_of_many_batches(without_ingest: Any) -> None:
    batches = [pa.record_batch({"n": range(n * 100, n * 100 + 100)}) for n in range(90)]
    assert without_ingest.ingest("t", iter(batches), insert_fallback=True) == 9000
    found = without_ingest.execute("select count(*), sum(n) from t").fetchone()
    assert found == (9000, 8999 * 4500)


def test_inserts_of_nothing_make_the_table(without_ingest: Any) -> None:
    empty = ROWS.schema.empty_table()
    assert without_ingest.ingest("t", empty, insert_fallback=True) == 0
    assert without_ingest.ingest("t", ROWS, "append", insert_fallback=True) == 3


def test_inserts_with_literals(without_ingest: Any) -> None:
    cursor = without_ingest
    cursor.set_option("bind", "client")
    tricky = pa.table({"id": [1, 2], "it's": ["a'; drop table t; --", None]})
    assert cursor.ingest("t", tricky, insert_fallback=True) == 2
    assert read(cursor) == [(1, "a'; drop table t; --"), (2, None)]
    many = pa.table({"id": range(3, 1203), "it's": ["x"] * 1200})
    assert cursor.ingest("t", many, "append", insert_fallback=True) == 1200
    assert cursor.execute("select count(*) from t").fetchone() == (1202,)


def test_inserts_in_a_transaction(go_fresh: Started) -> None:
    server = go_fresh(flags=["-fail", "CommandStatementIngest=UNIMPLEMENTED"])
    with fletching.connect(server.uri, autocommit=False) as connection:
        cursor = connection.cursor()
        assert cursor.ingest("t", ROWS, insert_fallback=True) == 3
        assert read(cursor) == AS_TUPLES
        connection.rollback()
        with pytest.raises(fletching.DatabaseError, match="no such table"):
            read(cursor)


def test_a_server_that_has_it_needs_no_inserts(server: Any, cursor: Any) -> None:
    assert cursor.ingest("t", ROWS, insert_fallback=True) == 3
    assert event_of(server)["rows"] == 3
    assert server.events("CommandPreparedStatementUpdate") == []


def test_derby_only_appends(derby: Started) -> None:
    table = pa.table({"N": pa.array([1, 2], pa.int32()), "NAME": ["drei", None]})
    with fletching.connect(derby("plain").uri, autocommit=True) as connection:
        cursor = connection.cursor()
        with pytest.raises(fletching.NotSupportedError, match="insert_fallback=True"):
            cursor.ingest("FALLS", table)
        # Its VARCHAR needs a length, which Arrow does not know.
        with pytest.raises(fletching.ProgrammingError) as caught:
            cursor.ingest("FALLS", table, insert_fallback=True)
        assert str(caught.value).startswith("ingest into FALLS by INSERT: ")
        assert 'CREATE TABLE "FALLS" ("N" INTEGER' in str(caught.value)
        assert "mode=append" in str(caught.value)
        numbers = table.select(["N"])
        assert cursor.ingest("NUMBERS", numbers, insert_fallback=True) == 2
        cursor.execute("create table falls (n integer, name varchar(20))")
        assert cursor.ingest("FALLS", table, "append") == -1
        assert read(cursor, "falls") == [(1, "drei"), (2, None)]
        assert read(cursor, "numbers") == [(1,), (2,)]
        cursor.execute("drop table falls")
        cursor.execute("drop table numbers")


def test_roapi_has_no_ingest_and_no_inserts(roapi: Started) -> None:
    server = roapi("plain")
    with fletching.connect(server.uri) as connection:
        cursor = connection.cursor()
        with pytest.raises(fletching.Error, match="ingest into t: ") as caught:
            cursor.ingest("t", ROWS)
        assert "insert_fallback=True" in str(caught.value)
        # It says yes to every CREATE TABLE, and makes none.
        with pytest.raises(fletching.Error, match=r"by INSERT: .*'roapi.public.t'"):
            cursor.ingest("t", ROWS, insert_fallback=True)
        assert cursor.execute("select count(*) from city").fetchone() == (3,)
