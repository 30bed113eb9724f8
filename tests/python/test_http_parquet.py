# SPDX-License-Identifier: Apache-2.0
"""Rows that a server offers as Parquet files at HTTP URLs, read by pyarrow."""

from __future__ import annotations

import base64
import datetime
import decimal
import gc
import json
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import fletching

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

PARQUET = "application/vnd.apache.parquet"


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """The servers of offering_server.py."""
    import offering_server

    yield from offering_server.serve()


def told(schema: Any, *endpoints: list[str]) -> str:
    """The statement whose FlightInfo has this schema."""
    text = base64.b64encode(schema.serialize().to_pybytes()).decode()
    return json.dumps({"schema": text, "endpoints": endpoints})


@pytest.fixture
def offer(server: Any, tmp_path: Path) -> Any:
    """offer(table or bytes, **how): the URL of such a file; see web_rows.py."""
    count = 0

    def url(content: Any, options: Any = None, **how: str) -> str:
        nonlocal count
        count += 1
        path = tmp_path / f"{count}.parquet"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            pq.write_table(content, path, **(options or {}))
        asked = {"path": str(path), "type": PARQUET, **how}
        words = "&".join(f"{name}={quote(value)}" for name, value in asked.items())
        return f"{server.http}/disk?{words}"

    return url


@pytest.fixture
def connection(server: Any) -> Iterator[fletching.Connection]:
    """A connection of one test."""
    with fletching.connect(server.uri) as connection:
        yield connection


def fetched(connection: fletching.Connection, statement: str) -> Any:
    """The result as a table of pyarrow's."""
    return connection.execute(statement).fetch_arrow().to_pyarrow()


def every_type() -> Any:
    """Columns that lose something where types are taken from Parquet alone."""
    ns = pa.array([1, None, 1_600_000_000_123_456_789], pa.int64())
    words = pa.array(["a", None, "c"])
    moment = datetime.datetime(2024, 2, 29, 12, 30, 15, 123456)
    return pa.table(
        {
            "i8": pa.array([1, None, -128], pa.int8()),
            "u32": pa.array([0, None, 2**32 - 1], pa.uint32()),
            "u64": pa.array([0, None, 2**64 - 1], pa.uint64()),
            "i64": pa.array([2**63 - 1, None, -(2**63)], pa.int64()),
            "f32": pa.array([1.5, None, float("inf")], pa.float32()),
            "flag": pa.array([True, None, False]),
            "ns": ns.cast(pa.timestamp("ns")),
            "ns_zone": ns.cast(pa.timestamp("ns", "Europe/Berlin")),
            "us": pa.array([moment, None, moment], pa.timestamp("us")),
            "s": pa.array([0, None, 5], pa.timestamp("s")),
            "time_ns": pa.array([1, None, 86_399_999_999_999], pa.time64("ns")),
            "day": pa.array([datetime.date(2024, 2, 29), None, datetime.date.min]),
            "span": pa.array([1, None, -7], pa.duration("ns")),
            "d38": pa.array(
                [decimal.Decimal("9" * 36 + ".99"), None, decimal.Decimal("-0.01")],
                pa.decimal128(38, 2),
            ),
            "d76": pa.array(
                [decimal.Decimal("9" * 70 + ".125"), None, decimal.Decimal("0.001")],
                pa.decimal256(76, 3),
            ),
            "text": words,
            "large": words.cast(pa.large_utf8()),
            "bytes": pa.array([b"\0\xff", None, b""]),
            "fixed": pa.array([b"ab", None, b"cd"], pa.binary(2)),
            "word": words.dictionary_encode(),
            "list": pa.array([[1, None], None, []], pa.list_(pa.int16())),
            "struct": pa.array([{"a": 1, "b": "x"}, None, {"a": None, "b": None}]),
            "map": pa.array([[("k", 1)], None, []], pa.map_(pa.utf8(), pa.int32())),
        }
    )


def test_types_come_as_they_were_stored(
    connection: fletching.Connection, offer: Any
) -> None:
    sent = every_type()
    got = fetched(connection, told(sent.schema, [offer(sent)]))
    assert got.schema.equals(sent.schema)
    assert got.to_pydict() == sent.to_pydict()
    rows = connection.execute(told(sent.schema, [offer(sent)])).fetchall()
    named = dict(zip(sent.column_names, rows[2], strict=True))
    assert named["u64"] == 2**64 - 1
    assert named["ns"].nanosecond == 789
    assert named["d38"] == decimal.Decimal("-0.01")
    assert [row[sent.column_names.index("i64")] for row in rows] == [
        2**63 - 1,
        None,
        -(2**63),
    ]


def test_types_that_parquet_lost_are_the_results_again(
    connection: fletching.Connection, offer: Any
) -> None:
    """Written without Arrow's schema, and by an old version of the format."""
    sent = every_type().drop(["span", "ns", "ns_zone", "d76"])
    url = offer(sent, {"store_schema": False, "version": "2.4"})
    file = pq.read_schema(url.partition("path=")[2].partition("&")[0])
    assert file.field("word").type == pa.utf8(), "or this tests nothing"
    got = fetched(connection, told(sent.schema, [url]))
    assert got.schema.equals(sent.schema)
    assert got.to_pydict() == sent.to_pydict()


def moments(*values: int) -> Any:
    """Nanoseconds since 1970 in a table."""
    return pa.table({"t": pa.array(values).cast(pa.timestamp("ns")), "n": [*values]})


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_moments_of_96_bits_are_exact(
    connection: fletching.Connection, offer: Any, zone: str | None
) -> None:
    old = {"use_deprecated_int96_timestamps": True, "store_schema": False}
    far = datetime.datetime(9999, 12, 31, 1, 2, 3, 456789)
    early = datetime.datetime(1, 1, 1)
    sent = pa.table({"t": pa.array([far, None, early], pa.timestamp("us"))})
    us = pa.schema([("t", pa.timestamp("us", zone))])
    got = fetched(connection, told(us, [offer(sent, old)]))
    assert got.schema.equals(us)
    assert got["t"].cast(pa.int64()).equals(sent["t"].cast(pa.int64()))
    ns = pa.schema([("n", pa.int64()), ("t", pa.timestamp("ns", zone))])
    values = (-(2**62) - 1, -1, 1_700_000_000_123_456_789)
    got = fetched(connection, told(ns, [offer(moments(*values), old)]))
    assert got["t"].cast(pa.int64()).to_pylist() == got["n"].to_pylist() == [*values]
    with pytest.raises(fletching.DataError, match=r"'t': a moment that no ns can tell"):
        fetched(connection, told(ns.remove(0), [offer(sent, old)]))
    url = offer(moments(1001).select(["t"]), old)
    with pytest.raises(fletching.DataError, match=r"'t': nanoseconds would be lost"):
        fetched(connection, told(us, [url]))
    nested = pa.table({"t": pa.array([[far]], pa.list_(pa.timestamp("us")))})
    with pytest.raises(fletching.NotSupportedError, match="INT96"):
        fetched(connection, told(nested.schema, [offer(nested, old)]))


def test_columns_are_found_by_name(
    connection: fletching.Connection, offer: Any
) -> None:
    wanted = pa.schema([("a", pa.int64()), ("b", pa.utf8())])
    url = offer(pa.table({"b": ["x"], "a": [1]}))
    assert connection.execute(told(wanted, [url])).fetchall() == [(1, "x")]
    for other in ({"a": [1]}, {"a": [1], "b": ["x"], "c": [1]}, {"a": [1], "B": ["x"]}):
        with pytest.raises(fletching.DataError, match=r"not the result's: missing"):
            fetched(connection, told(wanted, [offer(pa.table(other))]))


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (pa.array([1.5]), pa.int64()),
        (pa.array([1]), pa.float64()),
        (pa.array([1.5]), pa.float32()),
        (pa.array(["1"]), pa.int64()),
        (pa.array([1]), pa.utf8()),
        (pa.array([0], pa.timestamp("us")), pa.timestamp("us", "UTC")),
        (pa.array([0], pa.timestamp("us")), pa.date32()),
        (pa.array([1.5]), pa.decimal128(10, 2)),
        (pa.array([[1]]), pa.int64()),
        (pa.array([{"a": 1}]), pa.struct([("b", pa.int64())])),
    ],
)
def test_what_would_change_values_is_not_cast(
    connection: fletching.Connection, offer: Any, given: Any, wanted: Any
) -> None:
    url = offer(pa.table({"c": given}))
    with pytest.raises(fletching.DataError, match=r"column 'c' is .* in the file and"):
        fetched(connection, told(pa.schema([("c", wanted)]), [url]))


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (pa.array([300]), pa.int8()),
        (pa.array([-1]), pa.uint64()),
        (pa.array([1001], pa.timestamp("us")), pa.timestamp("ms")),
        (pa.array([decimal.Decimal("1.25")]), pa.decimal128(10, 1)),
        (pa.array([b"\xff"]), pa.utf8()),
        (pa.array([2**62], pa.timestamp("us")), pa.timestamp("ns")),
    ],
)
def test_a_value_that_does_not_fit_is_an_error(
    connection: fletching.Connection, offer: Any, given: Any, wanted: Any
) -> None:
    rows = pa.chunked_array([given.cast(given.type).slice(0, 0), given])
    url = offer(pa.table({"c": rows}))
    with pytest.raises(fletching.DataError, match=r"127.0.0.1:\d+: .*column 'c': "):
        fetched(connection, told(pa.schema([("c", wanted)]), [url]))


def test_endpoints_of_every_kind_have_one_schema(
    connection: fletching.Connection, server: Any, offer: Any
) -> None:
    import web_rows

    file = pa.Table.from_batches([web_rows.numbers(50, 2)])
    # The text is large in the file, and the schema comes from the stream before it.
    large = file.set_column(1, "t", file["t"].cast(pa.large_utf8()))
    stream = f"{server.http}/stream?first=7&count=1"
    got = connection.execute(json.dumps([[stream], [offer(large)], []])).fetchall()
    assert [n for n, _ in got] == [7, 50, 51, 2000, 2001, 2002]
    untyped = offer(file, type="application/octet-stream")
    got = connection.execute(json.dumps([[untyped], [stream]])).fetchall()
    assert [n for n, _ in got] == [50, 51, 7]


def test_large_files_come_in_pieces(
    connection: fletching.Connection, offer: Any
) -> None:
    count = 500_000
    sent = pa.table({"n": range(count), "t": ["0123456789" * 3] * count})
    url = offer(sent, {"row_group_size": 200_000, "compression": "zstd"})
    reader = connection.execute(told(sent.schema, [url])).fetch_arrow().to_reader()
    batches = list(reader)
    assert max(batch.num_rows for batch in batches) <= 65_536
    assert pa.Table.from_batches(batches).equals(sent.combine_chunks())
    wide = pa.table({"t": [f"{i}" + "x" * 4_000_000 for i in range(12)]})
    url = offer(wide, {"use_dictionary": False})
    reader = connection.execute(told(wide.schema, [url])).fetch_arrow()
    batches = list(reader.to_reader())
    assert sum(batch.num_rows for batch in batches) == 12
    assert max(batch.num_rows for batch in batches) < 12


def test_an_empty_file(connection: fletching.Connection, offer: Any) -> None:
    sent = pa.table({"n": pa.array([], pa.int64())})
    got = fetched(connection, told(sent.schema, [offer(sent)]))
    assert got.num_rows == 0
    assert got.schema == sent.schema


def test_a_broken_download_goes_on(
    connection: fletching.Connection, offer: Any
) -> None:
    sent = pa.table({"n": range(100_000)})
    for more in ({"etag": '"1"', "ranges": "yes"}, {}):
        url = offer(sent, cuts="1000,50000", **more)
        assert fetched(connection, told(sent.schema, [url])).equals(sent)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file with two row groups."""
    path = tmp_path_factory.mktemp("parquet") / "whole"
    pq.write_table(pa.table({"n": range(1000)}), path, row_group_size=500)
    return path.read_bytes()


DAMAGE = {
    "cut short": lambda b: b[:-20],
    "only the magic": lambda b: b[:4],
    "only both magics": lambda b: b"PAR1PAR1",
    "a footer of 4 GB": lambda b: b[:-8] + b"\xff\xff\xff\xff" + b"PAR1",
    "a footer of nothing": lambda b: b[:-8] + b"\0\0\0\0" + b"PAR1",
    "a footer of noise": lambda b: b[:-300] + bytes(range(256)) + b[-44:],
    "pages of noise": lambda b: b[:4] + b"\x15\xa7" * 400 + b[804:],
    "another tail": lambda b: b[:-4] + b"PARE",
    "two files": lambda b: b[: len(b) // 2] + b"\xff" * 64 + b[len(b) // 2 + 64 :],
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_files_are_errors(
    connection: fletching.Connection, offer: Any, whole: bytes, damage: str
) -> None:
    schema = pa.schema([("n", pa.int64())])
    url = offer(DAMAGE[damage](whole))
    with pytest.raises(fletching.DataError, match="reading a Parquet file") as caught:
        fetched(connection, told(schema, [url]))
    assert "127.0.0.1" in str(caught.value)
    assert str(Path.cwd()) not in str(caught.value)
    # The connection is as good as before.
    assert fetched(connection, told(schema, [offer(whole)])).num_rows == 1000


def test_what_is_said_to_be_parquet_and_is_not(
    connection: fletching.Connection, server: Any, offer: Any
) -> None:
    url = offer(b"<html>hello</html>")
    with pytest.raises(fletching.DataError, match="does not begin as one"):
        fetched(connection, json.dumps([[url]]))
    # Another place may have it.
    there = f"{server.http}/stream?first=4&count=1"
    assert connection.execute(json.dumps([[url, there]])).fetchall() == [(4, "4")]
    damaged = offer(b"PAR1PAR1")
    assert connection.execute(json.dumps([[damaged, there]])).fetchall() == [(4, "4")]


def test_a_result_is_the_same_for_every_reader(
    connection: fletching.Connection, offer: Any
) -> None:
    sent = pa.table({"n": range(200_000)})
    statement = told(sent.schema, [offer(sent)], [offer(sent)])
    assert fetched(connection, statement).num_rows == 400_000
    cursor = connection.execute(statement)
    assert sum(1 for _ in cursor) == 400_000
    parts, _ = connection.cursor().execute_partitions(statement)
    counts = [
        connection.cursor().read_partition(part).fetch_arrow().to_pyarrow().num_rows
        for part in parts
    ]
    assert counts == [200_000, 200_000]


def test_threads_and_collections(server: Any, offer: Any) -> None:
    """Several readers at a time, some of which give up in the middle."""
    sent = pa.table({"n": range(150_000)})
    statement = told(sent.schema, [offer(sent)], [offer(sent)])
    found: list[int] = []

    def work(give_up: bool) -> None:
        with fletching.connect(server.uri) as connection:
            for _ in range(3):
                cursor = connection.execute(statement)
                if give_up:
                    found.append(len(cursor.fetchmany(10)))
                    del cursor
                    gc.collect()
                else:
                    found.append(len(cursor.fetchall()))

    threads = [threading.Thread(target=work, args=(i % 2 == 0,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [10] * 6 + [300_000] * 6


def test_cancel_ends_a_download(server: Any, offer: Any) -> None:
    sent = pa.table({"n": range(10_000)})
    with fletching.connect(server.uri) as connection:
        url = offer(sent, cuts="5000", stall="yes")
        cursor = connection.cursor()
        timer = threading.Timer(0.3, cursor.cancel)
        timer.start()
        with pytest.raises(fletching.OperationalError, match="cancelled"):
            cursor.execute(told(sent.schema, [url])).fetchall()
        timer.join()
    with fletching.connect(server.uri, fetch_timeout=0.3) as connection:
        url = offer(sent, cuts="5000", stall="yes")
        with pytest.raises(fletching.OperationalError, match="timed out"):
            connection.execute(told(sent.schema, [url])).fetchall()


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program of its own."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_pyarrow_the_error_says_what_to_install(
    server: Any, offer: Any
) -> None:
    sent = pa.table({"n": [1]})
    done = run(f"""
        import sys
        sys.modules["pyarrow"] = None
        import fletching
        with fletching.connect({server.uri!r}) as connection:
            try:
                connection.execute({told(sent.schema, [offer(sent)])!r})
            except fletching.NotSupportedError as error:
                print(error)
    """)
    assert "pip install pyarrow" in done.stdout, done.stderr
    assert "Parquet" in done.stdout


def test_the_command_line_says_that_it_does_not_read_it(
    server: Any, offer: Any
) -> None:
    url = offer(pa.table({"n": [1]}))
    for offered in (url, url.replace(quote(PARQUET), "")):
        words = ["query", server.uri, json.dumps([[offered]])]
        done = subprocess.run(
            [Path(sys.executable).with_name("fletching"), *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode != 0
        assert "only the Python package reads" in done.stderr


def test_pyarrow_is_imported_only_then(server: Any, offer: Any) -> None:
    sent = pa.table({"n": [1]})
    done = run(f"""
        import sys, fletching
        with fletching.connect({server.uri!r}) as connection:
            connection.execute('[["{server.http}/stream"]]').fetchall()
            assert "pyarrow" not in sys.modules
            connection.execute({told(sent.schema, [offer(sent)])!r}).fetchall()
            assert "pyarrow" in sys.modules
    """)
    assert done.returncode == 0, done.stderr


def test_where_no_file_can_be_made_the_memory_budget_counts(
    server: Any, offer: Any
) -> None:
    sent = pa.table({"n": range(100_000)})
    done = run(
        f"""
        import fletching
        statement = {told(sent.schema, [offer(sent, {"compression": "none"})])!r}
        with fletching.connect({server.uri!r}) as connection:
            print(len(connection.execute(statement).fetchall()))
        with fletching.connect({server.uri!r}, memory_budget=100_000) as connection:
            try:
                connection.execute(statement)
            except fletching.OperationalError as error:
                print(error)
        """,
        TMPDIR="/nowhere/at/all",
    )
    assert done.stdout.startswith("100000\n"), done.stderr
    assert "no more than 100000 bytes" in done.stdout
    assert "TMPDIR" in done.stdout


def test_exit_in_the_middle_of_a_file(server: Any, offer: Any) -> None:
    """Open results, and a thread within one, at the interpreter's end."""
    sent = pa.table({"n": range(400_000)})
    done = run(f"""
        import threading, fletching
        connection = fletching.connect({server.uri!r})
        statement = {told(sent.schema, [offer(sent)], [offer(sent)])!r}
        open_one = connection.execute(statement)
        open_one.fetchone()
        begun = threading.Event()
        def work():
            while True:
                for row in fletching.connect({server.uri!r}).execute(statement):
                    begun.set()
        threading.Thread(target=work, daemon=True).start()
        begun.wait()
        print("done")
    """)
    assert done.stdout == "done\n"
    assert done.returncode == 0, done.stderr


def test_a_forked_child_leaves_the_file_alone_Fork(  # noqa: N802
    connection: fletching.Connection, offer: Any
) -> None:
    from forking import in_child

    sent = pa.table({"n": range(200_000)})
    cursor = connection.execute(told(sent.schema, [offer(sent)]))
    assert cursor.fetchone() == (0,)

    def child() -> None:
        with pytest.raises(fletching.Error, match="fork"):
            cursor.fetchall()

    assert in_child(child) == 0
    assert len(cursor.fetchall()) == 199_999
