# SPDX-License-Identifier: Apache-2.0
"""Bulk ingest from Python: what may be given, what comes out, what ends it."""

from __future__ import annotations

import datetime
import gc
import os
import signal
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

import fletching

pa = pytest.importorskip("pyarrow")

ROWS = pa.table({"id": pa.array([1, 2, 3]), "name": pa.array(["one", None, "drei"])})
AS_TUPLES = [(1, "one"), (2, None), (3, "drei")]


@pytest.fixture
def connection(server: Any) -> Iterator[fletching.Connection]:
    """One whose errors leave no transaction to roll back."""
    with fletching.connect(server.uri, autocommit=True) as connection:
        yield connection


@pytest.fixture
def target(connection: fletching.Connection) -> Iterator[str]:
    """The name of a table that one test may make."""
    yield "ingested"
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists ingested")


def read(cursor: Any, table: str = "ingested") -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = cursor.execute(f"from {table} order by 1").fetchall()
    return rows


# ---- what may be given ----


class StreamOnly:
    """Something that has nothing but the interface."""

    def __init__(self, table: Any) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self.table.__arrow_c_stream__()


class ArrayOnly:
    def __init__(self, batch: Any) -> None:
        self.batch = batch

    def __arrow_c_array__(self, requested_schema: object = None) -> Any:
        return self.batch.__arrow_c_array__()


def as_pandas(table: Any) -> Any:
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame({"id": [1, 2, 3], "name": ["one", None, "drei"]})


def as_polars(table: Any) -> Any:
    return pytest.importorskip("polars").from_arrow(table)


def as_duckdb(table: Any) -> Any:
    return pytest.importorskip("duckdb").connect().from_arrow(table)


GIVEN = {
    "Table": lambda table: table,
    "RecordBatch": lambda table: table.to_batches()[0],
    "RecordBatchReader": lambda table: table.to_reader(max_chunksize=2),
    "stream": StreamOnly,
    "array": lambda table: ArrayOnly(table.to_batches()[0]),
    "capsule": lambda table: table.__arrow_c_stream__(),
    "pandas": as_pandas,
    "polars": as_polars,
    "duckdb": as_duckdb,
    "batches": lambda table: (batch for batch in table.to_batches(max_chunksize=1)),
    "list": lambda table: table.to_batches(max_chunksize=2),
}


@pytest.mark.parametrize("kind", GIVEN)
def test_anything_that_gives_arrow_is_taken(
    cursor: Any, target: str, kind: str
) -> None:
    assert cursor.ingest(target, GIVEN[kind](ROWS)) == 3
    assert cursor.rowcount == 3
    assert cursor.description is None
    assert read(cursor) == AS_TUPLES


def test_a_result_of_ours_goes_into_a_table(
    connection: fletching.Connection, cursor: Any, target: str
) -> None:
    rows = connection.execute("select range as id, 'r' || range as name from range(9)")
    assert cursor.ingest(target, rows.fetch_arrow()) == 9
    assert read(cursor)[8] == (8, "r8")


def test_a_large_result_of_the_same_connection_streams_through(
    connection: fletching.Connection, cursor: Any, target: str
) -> None:
    rows = connection.execute(
        "select range as a, md5(range::varchar) as b from range(500000)"
    )
    assert cursor.ingest(target, rows.fetch_arrow()) == 500_000
    cursor.execute("select count(*), sum(a), count(distinct b) from ingested")
    assert cursor.fetchone() == (500_000, 499_999 * 250_000, 500_000)


def test_unnamed_indexes_of_pandas_are_left_out(cursor: Any, target: str) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2, 3]})
    assert cursor.ingest(target, frame[frame.a > 1]) == 2
    assert read(cursor) == [(2,), (3,)]
    assert [column[0] for column in cursor.description] == ["a"]
    named = pandas.DataFrame({"a": [1]}, index=pandas.Index([7], name="key"))
    cursor.ingest(target, named, "replace")
    assert read(cursor) == [(1, 7)]


@pytest.mark.parametrize("bad", [42, "text", {"a": [1]}, None, [1, 2], [(1, "x")]])
def test_what_is_no_arrow_data_is_refused(cursor: Any, target: str, bad: Any) -> None:
    with pytest.raises(fletching.ProgrammingError, match=r"ingest: Arrow data") as it:
        cursor.ingest(target, bad)
    assert it.value.sqlstate == "07006"
    assert cursor.execute("select 1").fetchall() == [(1,)]


def test_a_stream_is_read_once(cursor: Any, target: str) -> None:
    stream = cursor.execute("select 1 as id").fetch_arrow()
    assert cursor.ingest(target, stream) == 1
    with pytest.raises(fletching.Error, match=r"read already|given away"):
        cursor.ingest(target, stream, "append")


def test_nothing_to_write_still_makes_the_table(cursor: Any, target: str) -> None:
    assert cursor.ingest(target, ROWS.slice(0, 0)) == 0
    assert cursor.rowcount == 0
    assert cursor.execute("select id, name from ingested").fetchall() == []
    assert cursor.ingest(target, ROWS.schema.empty_table(), "append") == 0
    assert (
        cursor.ingest(
            target, pa.RecordBatchReader.from_batches(ROWS.schema, []), "replace"
        )
        == 0
    )


def test_no_batches_at_all_have_no_columns(cursor: Any, target: str) -> None:
    with pytest.raises(fletching.ProgrammingError, match="no batch"):
        cursor.ingest(target, [])
    with pytest.raises(fletching.ProgrammingError, match="no columns"):
        cursor.ingest(target, pa.table({}))
    with pytest.raises(fletching.ProgrammingError, match=r"column 2 .* no name"):
        cursor.ingest(target, pa.table([[1], [2]], names=["a", ""]))


def test_batches_must_have_the_same_columns(cursor: Any, target: str) -> None:
    batches = [pa.record_batch({"a": [1]}), pa.record_batch({"b": ["x"]})]
    with pytest.raises(fletching.Error, match=r"batch 2 .*other columns"):
        cursor.ingest(target, batches)
    assert cursor.execute("select 1").fetchall() == [(1,)]


# ---- modes and places ----


def test_modes(cursor: Any, target: str) -> None:
    with pytest.raises(fletching.ProgrammingError, match=r"ingest into ingested: .*"):
        cursor.ingest(target, ROWS, "append")
    assert cursor.ingest(target, ROWS, "create") == 3
    with pytest.raises(fletching.DatabaseError, match="exists"):
        cursor.ingest(target, ROWS, "create")
    assert cursor.ingest(target, ROWS, mode="append") == 3
    assert cursor.ingest(target, ROWS, "create_append") == 3
    assert len(read(cursor)) == 9
    assert cursor.ingest(target, ROWS.slice(1), "replace") == 2
    assert read(cursor) == AS_TUPLES[1:]
    cursor.execute("drop table ingested")
    assert cursor.ingest(target, ROWS, "create_append") == 3
    with pytest.raises(fletching.ProgrammingError, match="mode 'upsert' is none of"):
        cursor.ingest(target, ROWS, "upsert")
    with pytest.raises(fletching.ProgrammingError, match="no name"):
        cursor.ingest("", ROWS)


def test_schema_and_catalog(connection: fletching.Connection, cursor: Any) -> None:
    cursor.execute("create schema if not exists elsewhere")
    try:
        assert connection.ingest("t", ROWS, schema="elsewhere") == 3
        assert read(cursor, "elsewhere.t") == AS_TUPLES
        catalog = cursor.execute("select current_database()").fetchone()[0]
        cursor.ingest("t", ROWS, "append", catalog=catalog, schema="elsewhere")
        assert len(read(cursor, "elsewhere.t")) == 6
        with pytest.raises(fletching.DatabaseError):
            cursor.ingest("t", ROWS, catalog="no_such_catalog")
    finally:
        cursor.execute("drop schema elsewhere cascade")


def test_temporary_tables_are_the_connections(
    server: Any, connection: fletching.Connection, cursor: Any
) -> None:
    assert cursor.ingest("of_ours", ROWS, temporary=True) == 3
    assert read(cursor, "of_ours") == AS_TUPLES
    with (
        fletching.connect(server.uri) as other,
        pytest.raises(fletching.DatabaseError, match="of_ours"),
    ):
        other.execute("from of_ours")


def test_names_are_taken_as_they_are(connection: fletching.Connection) -> None:
    table = 'my "odd; table" -- name'
    rows = pa.table({"a b": [1], 'say "hi"': ["x"], "select": [2.5]})
    with connection.cursor() as cursor:
        try:
            assert cursor.ingest(table, rows) == 1
            quoted = table.replace('"', '""')
            cursor.execute(f'select * from "{quoted}"')
            assert cursor.fetchall() == [(1, "x", 2.5)]
            assert [c[0] for c in cursor.description] == rows.column_names
        finally:
            cursor.execute(f'drop table if exists "{quoted}"')


def test_by_the_names_of_adbc(cursor: Any, target: str) -> None:
    assert cursor.adbc_ingest(target, ROWS, mode="create", db_schema_name="main") == 3
    assert cursor.adbc_ingest(target, ROWS, "append") == 3
    assert cursor.adbc_ingest("of_adbc", ROWS, temporary=True) == 3
    assert len(read(cursor)) == 6


def test_in_the_connections_transaction(server: Any, target: str) -> None:
    with fletching.connect(server.uri, autocommit=False) as connection:
        cursor = connection.cursor()
        assert cursor.ingest(target, ROWS) == 3
        assert connection.in_transaction
        assert len(read(cursor)) == 3
        connection.rollback()
        with pytest.raises(fletching.DatabaseError, match="ingested"):
            read(cursor)
        connection.rollback()
        cursor.ingest(target, ROWS)
        connection.commit()
        cursor.ingest(target, ROWS, "append")
        connection.rollback()
        assert len(read(cursor)) == 3
        cursor.execute("drop table ingested")
        connection.commit()


# ---- values ----


def test_values_come_back_as_they_were(cursor: Any, target: str) -> None:
    utc = datetime.timezone.utc
    columns = {
        "i8": pa.array([-7, None], pa.int8()),
        "u64": pa.array([2**64 - 1, None], pa.uint64()),
        "f": pa.array([0.5, None], pa.float32()),
        "flag": pa.array([True, None]),
        "text": pa.array(["ü\0x", None], pa.large_string()),
        "view": pa.array(["a text longer than twelve bytes", None], pa.string_view()),
        "blob": pa.array([b"\0\xff", None], pa.binary_view()),
        "coded": pa.array(["a", None]).dictionary_encode(),
        "money": pa.array([Decimal("-12.30"), None], pa.decimal128(38, 2)),
        "day": pa.array([datetime.date(1969, 7, 20), None]),
        "at": pa.array([1_700_000_000_123_456, None], pa.timestamp("us")),
        "zoned": pa.array([1_700_000_000_000_000, None], pa.timestamp("us", "UTC")),
        "list": pa.array([[1, None], None], pa.list_(pa.int64())),
        "record": pa.array([{"x": 1, "y": ["z"]}, None]),
        "map": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64())),
        "none": pa.nulls(2),
    }
    assert cursor.ingest(target, pa.table(columns)) == 2
    cursor.execute("select * from ingested order by i8 nulls last")
    row, nulls = cursor.fetchall()
    assert nulls == (None,) * len(columns)
    assert row == (
        -7,
        2**64 - 1,
        0.5,
        True,
        "ü\0x",
        "a text longer than twelve bytes",
        b"\0\xff",
        "a",
        Decimal("-12.30"),
        datetime.date(1969, 7, 20),
        datetime.datetime(2023, 11, 14, 22, 13, 20, 123456),
        datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=utc),
        [1, None],
        {"x": 1, "y": ["z"]},
        {"k": 1},
        None,
    )


def mixed(rows: int, seed: int = 0) -> Any:
    """Every kind of layout that is sliced or merged in its own way."""
    numbers = range(seed, seed + rows)
    words = [f"word number {n}" for n in range(50)]
    return pa.table(
        {
            "n": pa.array(numbers),
            "bit": pa.array([None if n % 5 == 0 else n % 2 == 0 for n in numbers]),
            "text": pa.array(
                [None if n % 7 == 0 else f"t{n}" * (n % 9) for n in numbers]
            ),
            "view": pa.array(
                [f"{n} is a view" * (n % 3) for n in numbers], pa.string_view()
            ),
            "coded": pa.array([words[n % 50] for n in numbers]).dictionary_encode(),
            "list": pa.array(
                [[n, None][: n % 3] for n in numbers], pa.list_(pa.int64())
            ),
            "record": pa.array([{"a": n, "b": str(n)} for n in numbers]),
        }
    )


def expected(table: Any) -> list[tuple[Any, ...]]:
    return fletching.rows(table).fetchall()


def test_large_batches_of_every_layout(cursor: Any, target: str) -> None:
    table = mixed(120_000).combine_chunks()
    assert table.nbytes > 8 << 20
    assert cursor.ingest(target, table) == table.num_rows
    assert read(cursor) == expected(table)


def test_slices_of_every_layout(cursor: Any, target: str) -> None:
    table = mixed(3000).combine_chunks()
    part = table.slice(1234, 777)
    assert cursor.ingest(target, part) == 777
    assert read(cursor) == expected(part)


def test_many_tiny_batches(cursor: Any, target: str) -> None:
    table = mixed(5000)
    reader = pa.RecordBatchReader.from_batches(
        table.schema, table.combine_chunks().to_batches(max_chunksize=3)
    )
    assert cursor.ingest(target, reader) == 5000
    assert read(cursor) == expected(table)


def test_dictionaries_that_change_between_batches(cursor: Any, target: str) -> None:
    words = ["a", "b"], ["b", "c", "d"], ["b", "c", "d"], ["x"]
    batches = [
        pa.record_batch({"n": pa.array([i]), "d": pa.array(w).dictionary_encode()[-1:]})
        for i, w in enumerate(words)
    ]
    assert cursor.ingest(target, batches) == 4
    assert read(cursor) == [(0, "b"), (1, "d"), (2, "d"), (3, "x")]


# ---- progress ----


def test_progress_is_told_to_the_end(cursor: Any, target: str) -> None:
    told: list[fletching.Progress] = []
    threads = set()

    def tell(progress: fletching.Progress) -> None:
        told.append(progress)
        threads.add(threading.get_ident())

    batches = pa.table({"n": range(400_000)}).to_batches(max_chunksize=20_000)
    assert cursor.ingest(target, batches, progress=tell) == 400_000
    assert threads == {threading.get_ident()}
    rows = [progress.rows for progress in told]
    assert rows == sorted(rows)
    assert rows[-1] == 400_000
    assert told[-1].bytes > 400_000 * 8
    told.clear()
    cursor.ingest(target, ROWS, "replace")
    assert told == []  # for one call alone
    cursor.set_progress(tell)
    cursor.ingest(target, ROWS, "append")
    assert told[-1].rows == 3


class Enough(Exception):
    """What a callback raises."""


def stop(_progress: object) -> None:
    raise Enough("of that")


def test_what_the_callback_raises_comes_out_as_itself(cursor: Any, target: str) -> None:
    with pytest.raises(Enough, match="of that"):
        cursor.ingest(target, ROWS, progress=stop)
    with pytest.raises(fletching.DatabaseError, match="ingested"):
        read(cursor)
    assert cursor.ingest(target, ROWS) == 3


# ---- what ends it ----


def failing(error: BaseException, after: int = 2) -> Iterator[Any]:
    for n in range(after):
        yield pa.record_batch({"n": pa.array(range(n * 50_000, (n + 1) * 50_000))})
    raise error


SCHEMA = pa.schema({"n": pa.int64()})


@pytest.mark.parametrize("after", [1, 20])
@pytest.mark.parametrize("reader", [False, True])
def test_what_the_source_raises_comes_out_as_itself(
    cursor: Any, target: str, reader: bool, after: int
) -> None:
    batches: Any = failing(Enough("of this source"), after)
    if reader:
        batches = pa.RecordBatchReader.from_batches(SCHEMA, batches)
    with pytest.raises(Enough, match="of this source"):
        cursor.ingest(target, batches)
    with pytest.raises(fletching.DatabaseError, match="ingested"):
        read(cursor)
    assert cursor.ingest(target, ROWS) == 3


class Broken:
    """A producer that fails as those without Python do: with a number and a text."""

    def __init__(self) -> None:
        self.reader = pa.RecordBatchReader.from_batches(
            SCHEMA, failing(OSError("disk gone"))
        )

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self.reader.__arrow_c_stream__()


def test_an_error_of_a_foreign_stream_keeps_its_words(cursor: Any, target: str) -> None:
    with pytest.raises(fletching.Error, match=r"reading an Arrow stream: .*disk gone"):
        cursor.ingest(target, Broken())
    assert cursor.ingest(target, ROWS) == 3


def slow_batches(seconds: float = 30.0) -> Iterator[Any]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield pa.record_batch({"n": pa.array(range(20_000))})
        time.sleep(0.01)


@pytest.mark.parametrize("reader", [False, True])
def test_ctrl_c_is_a_keyboard_interrupt(cursor: Any, target: str, reader: bool) -> None:
    batches: Any = slow_batches()
    if reader:
        batches = pa.RecordBatchReader.from_batches(SCHEMA, batches)
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        cursor.ingest(target, batches)
    assert time.monotonic() - start < 10
    timer.join()
    assert cursor.execute("select 1").fetchall() == [(1,)]
    assert cursor.ingest(target, ROWS, "replace") == 3


def test_cancel_from_another_thread(cursor: Any, target: str) -> None:
    timer = threading.Timer(0.3, cursor.cancel)
    timer.start()
    with pytest.raises(fletching.OperationalError) as caught:
        cursor.ingest(target, slow_batches())
    assert caught.value.code == "CANCELLED"
    timer.join()
    assert cursor.ingest(target, ROWS, "replace") == 3


def test_the_source_is_let_go(cursor: Any, target: str) -> None:
    released = threading.Event()

    class Source:
        def __iter__(self) -> Any:
            return iter([pa.record_batch({"n": [1]})])

        def __del__(self) -> None:
            released.set()

    def batches() -> Iterator[Any]:
        source = Source()
        yield from source
        del source

    assert cursor.ingest(target, batches()) == 1
    gc.collect()
    assert released.is_set()
