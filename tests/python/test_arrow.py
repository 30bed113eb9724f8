# SPDX-License-Identifier: Apache-2.0
"""Results as Arrow: streams, tables, data frames."""

import sys

import pyarrow as pa
import pytest

import fletching


def test_fetch_arrow_feeds_any_library(cursor):
    stream = cursor.execute(
        "select i, i::varchar s from range(5000) t(i)"
    ).fetch_arrow()
    assert stream.schema().names == ["i", "s"]
    assert pa.schema(stream).names == ["i", "s"]
    table = pa.table(stream)
    assert table.num_rows == 5000
    table.validate(full=True)
    assert set(table["i"].to_pylist()) == set(range(5000))


def test_a_stream_is_read_once(cursor):
    stream = cursor.execute("select 1").fetch_arrow()
    pa.table(stream)
    with pytest.raises(fletching.InterfaceError, match="read already"):
        pa.table(stream)
    with pytest.raises(fletching.InterfaceError, match="no result"):
        cursor.fetchone()


def test_a_stream_outlives_its_cursor(connection):
    cursor = connection.cursor()
    stream = cursor.execute("select * from range(300000)").fetch_arrow()
    cursor.execute("select 1")
    cursor.close()
    del cursor
    assert pa.table(stream).num_rows == 300_000


def test_rows_first_then_arrow_is_an_error(cursor):
    cursor.execute("select * from range(10)")
    cursor.fetchone()
    with pytest.raises(fletching.InterfaceError, match="fetched already"):
        cursor.fetch_arrow()
    assert len(cursor.fetchall()) == 9


def test_batches_come_one_by_one(cursor):
    cursor.execute("select * from range(500000)")
    with cursor.fetch_record_batch() as reader:
        first = reader.read_next_batch()
        assert 0 < first.num_rows < 500_000
        assert first.num_rows + sum(b.num_rows for b in reader) == 500_000


def test_fetch_df_keeps_digits(cursor):
    big = 2**62 + 1
    frame = cursor.execute(
        f"select {big}::bigint as n union all select null"
    ).fetch_df()
    assert str(frame["n"].dtype) == "Int64"
    assert big in frame["n"].dropna().tolist()


def test_fetch_polars(cursor):
    frame = cursor.execute("select i from range(10) t(i) order by i").fetch_polars()
    assert frame["i"].to_list() == list(range(10))


def test_duckdb_and_datafusion_read_streams(cursor):
    duckdb = pytest.importorskip("duckdb")
    stream = cursor.execute("select i from range(1000) t(i)").fetch_arrow()
    assert duckdb.connect().execute("select sum(i) from stream").fetchall() == [
        (499500,)
    ]
    datafusion = pytest.importorskip("datafusion")
    stream = cursor.execute("select i from range(1000) t(i)").fetch_arrow()
    context = datafusion.SessionContext()
    assert context.from_arrow(stream).count() == 1000


@pytest.mark.parametrize(
    ("method", "module", "line"),
    [
        ("fetch_df", "pandas", "pip install pandas pyarrow"),
        ("fetch_df", "pyarrow", "pip install pandas pyarrow"),
        ("fetch_polars", "polars", "pip install polars"),
        ("fetch_arrow_table", "pyarrow", "pip install pyarrow"),
    ],
)
def test_what_is_missing_is_told_with_the_line_to_type(
    cursor, monkeypatch, method, module, line
):
    monkeypatch.setitem(sys.modules, module, None)
    cursor.execute("select 1")
    with pytest.raises(ImportError, match=line) as caught:
        getattr(cursor, method)()
    assert caught.value.name == module


def test_errors_inside_a_library_come_out_as_ours(cursor):
    sql = (
        "select case when i = 900000 then error('the tap is dry') else i::varchar end x"
        " from range(1000000) t(i)"
    )
    with pytest.raises(fletching.DatabaseError, match="the tap is dry"):
        cursor.execute(sql).fetch_arrow_table()


def test_schema_of_a_query_without_running_it(cursor):
    schema = cursor.execute_schema("select 1::bigint as n, 'x' as s")
    assert schema.names == ["n", "s"]
    assert schema.to_pyarrow().field("n").type == pa.int64()
    assert repr(schema).startswith("fletching.Schema(n: int64, s: ")
    # Consumers take what they are given: each has a copy.
    assert schema.to_pyarrow().names == ["n", "s"]
    assert [column.name for column in schema.columns] == ["n", "s"]
