# SPDX-License-Identifier: Apache-2.0
"""Reading rows: fetchone/many/all across batches, faults, releases, other threads."""

import gc
import threading
import time
import weakref

import pyarrow as pa
import pytest

import fletching


def reader_of(sizes, columns=2):
    """A stream of batches of these sizes; values count rows on."""
    schema = pa.schema([(f"c{i}", pa.int64()) for i in range(columns)])
    at = 0
    batches = []
    for size in sizes:
        values = pa.array(range(at, at + size), pa.int64())
        batches.append(pa.record_batch([values] * columns, schema=schema))
        at += size
    return fletching.rows(pa.RecordBatchReader.from_batches(schema, batches))


def numbers(rows):
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    "sizes", [[], [0], [0, 0, 1], [1], [1023, 1, 1024, 1025], [5000], [1] * 50]
)
def test_all_ways_of_fetching_agree(sizes):
    total = sum(sizes)
    expected = list(range(total))
    assert numbers(reader_of(sizes).fetchall()) == expected
    for step in (1, 7, 1024, 10_000):
        reader = reader_of(sizes)
        got = []
        while rows := reader.fetchmany(step):
            assert len(rows) <= step
            got += rows
        assert numbers(got) == expected
        assert reader.fetchone() is None
        assert reader.fetchall() == []
    reader = reader_of(sizes)
    got = list(iter(reader.fetchone, None))
    assert numbers(got) == expected
    assert reader.row_number == total


def test_ways_of_fetching_mix():
    reader = reader_of([10, 3000, 7])
    got = [reader.fetchone(), *reader.fetchmany(5), reader.fetchone()]
    got += reader.fetchmany(0)
    got += reader.fetchmany(2000)
    got += [reader.fetchone()]
    got += reader.fetchall()
    assert numbers(got) == list(range(3017))
    assert all(type(row) is tuple and row == (row[0],) * 2 for row in got)


def test_fetchmany_gives_full_pages_across_batches():
    reader = reader_of([3, 3, 3])
    assert [len(reader.fetchmany(4)) for _ in range(4)] == [4, 4, 1, 0]


def test_rows_without_columns_are_counted():
    table = pa.table({"x": range(5)}).select([])
    assert fletching.rows(table.to_batches()[0]).fetchall() == [()] * 5


def test_tuples_of_atoms_are_unknown_to_the_collector_and_others_are_not():
    atoms = fletching.rows(pa.table({"a": [1], "b": ["x"]})).fetchall()
    assert not gc.is_tracked(atoms[0])
    nested = fletching.rows(pa.table({"a": [[1]]})).fetchall()
    assert gc.is_tracked(nested[0])


def test_a_cycle_through_a_row_with_a_list_is_collected():
    class Canary:
        pass

    canary = Canary()
    gone = weakref.ref(canary)
    rows = fletching.rows(pa.table({"a": [[1]]})).fetchall()
    rows[0][0].append((canary, rows))
    del canary, rows
    gc.collect()
    assert gone() is None


def test_a_bad_value_spoils_its_own_row_only():
    stamps = pa.array([0, 1, 2**60, 3], pa.int64()).cast(pa.timestamp("s"))
    table = pa.table({"n": [1, 2, 3, 4], "t": stamps})
    reader = fletching.rows(table)
    assert [reader.fetchone()[0], reader.fetchone()[0]] == [1, 2]
    with pytest.raises(fletching.DataError, match=r"row 3, column 2 't'"):
        reader.fetchone()
    with pytest.raises(fletching.DataError, match=r"row 3, column 2 't'"):
        reader.fetchall()


def test_rows_before_a_bad_value_are_not_lost_by_fetchall():
    days = pa.array([1] * 2500 + [2**30], pa.int32()).cast(pa.date32())
    reader = fletching.rows(pa.table({"n": range(2501), "d": days}))
    with pytest.raises(fletching.DataError, match=r"row 2501, column 2 'd'"):
        reader.fetchall()
    assert numbers(reader.fetchmany(2500)) == list(range(2500))


def test_the_first_of_several_bad_values_is_the_one_named():
    far = pa.array([0, 0, 2**60], pa.int64()).cast(pa.timestamp("s"))
    near = pa.array([0, 2**60, 0], pa.int64()).cast(pa.timestamp("s"))
    reader = fletching.rows(pa.table({"far": far, "near": near}))
    with pytest.raises(fletching.DataError, match=r"row 2, column 2 'near'"):
        reader.fetchall()


def test_row_numbers_in_faults_count_over_batches():
    good = pa.record_batch({"d": pa.array([1] * 1500, pa.int32()).cast(pa.date32())})
    bad = pa.record_batch({"d": pa.array([2**30], pa.int32()).cast(pa.date32())})
    reader = fletching.rows(pa.Table.from_batches([good, good, bad]))
    with pytest.raises(fletching.DataError, match="row 3001,"):
        reader.fetchall()


def test_an_error_of_the_stream_comes_out_and_keeps_the_rows_before_it():
    schema = pa.schema([("x", pa.int64())])

    def batches():
        yield pa.record_batch([pa.array([1, 2])], schema=schema)
        raise RuntimeError("the tap is dry")

    reader = fletching.rows(pa.RecordBatchReader.from_batches(schema, batches()))
    with pytest.raises(fletching.OperationalError, match="the tap is dry"):
        reader.fetchall()
    assert reader.fetchmany(2) == [(1,), (2,)]


def test_a_batch_is_let_go_when_its_last_row_is_built():
    pool = pa.default_memory_pool()
    base = pool.bytes_allocated()

    def batches():
        for _ in range(2):
            yield pa.record_batch([pa.array(range(200_000))], names=["x"])

    schema = pa.schema([("x", pa.int64())])
    reader = fletching.rows(pa.RecordBatchReader.from_batches(schema, batches()))
    reader.fetchmany(200_000)
    assert pool.bytes_allocated() - base < 200_000


def test_close_and_use_after_close():
    reader = reader_of([10])
    reader.fetchone()
    reader.close()
    reader.close()
    assert reader.closed
    for use in (reader.fetchone, reader.fetchall, lambda: reader.fetchmany(1)):
        with pytest.raises(fletching.InterfaceError, match="closed"):
            use()


def test_what_is_not_a_stream_is_named():
    with pytest.raises(TypeError, match="__arrow_c_stream__ is needed, not int"):
        fletching.rows(5)
    with pytest.raises(TypeError, match="not list"):
        fletching.rows([1, 2])


def test_a_stream_that_was_read_already_says_so():
    capsule = pa.table({"x": [1]}).__arrow_c_stream__()
    assert fletching.rows(capsule).fetchall() == [(1,)]
    with pytest.raises(fletching.InterfaceError, match="read already"):
        fletching.rows(capsule)


def test_a_stream_of_plain_arrays_is_refused():
    with pytest.raises(fletching.DataError, match="no table"):
        fletching.rows(pa.chunked_array([[1, 2]])).fetchall()


def test_reading_again_from_inside_the_stream_is_an_error_not_a_crash():
    holder = {}
    schema = pa.schema([("x", pa.int64())])

    def batches():
        with pytest.raises(fletching.InterfaceError, match="reading this cursor"):
            holder["reader"].fetchone()
        yield pa.record_batch([pa.array([1])], schema=schema)

    holder["reader"] = fletching.rows(
        pa.RecordBatchReader.from_batches(schema, batches())
    )
    assert holder["reader"].fetchall() == [(1,)]


def test_close_from_inside_the_stream_ends_the_reading():
    holder = {}
    schema = pa.schema([("x", pa.int64())])

    def batches():
        yield pa.record_batch([pa.array([1])], schema=schema)
        holder["reader"].close()
        yield pa.record_batch([pa.array([2])], schema=schema)

    holder["reader"] = reader = fletching.rows(
        pa.RecordBatchReader.from_batches(schema, batches())
    )
    reader.fetchmany(2)
    assert reader.closed
    with pytest.raises(fletching.InterfaceError, match="closed"):
        reader.fetchone()


def test_other_threads_run_during_a_long_conversion():
    table = pa.table({"a": range(1_500_000), "b": [str(i) for i in range(1_500_000)]})
    reader = fletching.rows(table.combine_chunks())
    beats = []
    stop = threading.Event()

    def beat():
        while not stop.is_set():
            beats.append(time.monotonic())
            time.sleep(0.002)

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        started = time.monotonic()
        reader.fetchall()
        ended = time.monotonic()
    finally:
        stop.set()
        thread.join()
    during = sum(started <= beat <= ended for beat in beats)
    assert during >= min(5, (ended - started) / 0.1)


def test_sixteen_threads_each_with_a_reader():
    table = pa.table({"a": range(30_000), "s": [str(i) for i in range(30_000)]})
    expected = list(zip(*(c.to_pylist() for c in table.columns), strict=True))
    results = [None] * 16

    def work(i):
        results[i] = fletching.rows(table).fetchall() == expected

    threads = [threading.Thread(target=work, args=(i,)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 16


def test_memory_stays_flat_while_reading_pages():
    import tracemalloc

    table = pa.table(
        {"s": [f"text number {i}" for i in range(100_000)], "n": range(100_000)}
    )
    tracemalloc.start()
    try:
        reader = fletching.rows(table)
        while reader.fetchmany(500):
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


def test_description():
    schema = pa.schema(
        [
            pa.field("n", pa.int64(), nullable=False),
            pa.field("d", pa.decimal128(15, 2)),
            pa.field("t", pa.timestamp("us", "UTC")),
            pa.field("s", pa.string()),
            pa.field("n", pa.list_(pa.int8())),
            pa.field("p", pa.float64(), metadata={"ARROW:FLIGHT:SQL:PRECISION": "15"}),
        ]
    )
    assert fletching.rows(schema.empty_table()).description == [
        ("n", "int64", None, 8, None, None, False),
        ("d", "decimal128(15, 2)", None, 16, 15, 2, True),
        ("t", "timestamp[us, tz=UTC]", None, 8, None, None, True),
        ("s", "string", None, None, None, None, True),
        ("n", "list<item: int8>", None, None, None, None, True),
        ("p", "double", None, 8, 15, None, True),
    ]


def test_type_names_are_those_of_pyarrow():
    kinds = [
        pa.bool_(),
        pa.uint8(),
        pa.float16(),
        pa.float32(),
        pa.large_string(),
        pa.string_view(),
        pa.binary(),
        pa.binary(5),
        pa.date32(),
        pa.date64(),
        pa.time32("ms"),
        pa.time64("ns"),
        pa.duration("s"),
        pa.timestamp("ns"),
        pa.month_day_nano_interval(),
        pa.decimal256(70, -3),
        pa.large_list(pa.string()),
        pa.list_(pa.int8(), 3),
        pa.struct([("a", pa.int8()), ("b", pa.string())]),
        pa.null(),
    ]
    schema = pa.schema([pa.field(str(i), kind) for i, kind in enumerate(kinds)])
    names = [d[1] for d in fletching.rows(schema.empty_table()).description]
    assert names == [str(kind) for kind in kinds]
