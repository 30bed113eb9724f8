# SPDX-License-Identifier: Apache-2.0
"""DoExchange: what is sent while it is answered."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import fletching

pa = pytest.importorskip("pyarrow")

FLOOD = """
import resource, sys
import pyarrow as pa
import fletching

def most():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

batch = pa.record_batch({"n": range(300_000)})  # 2.4 MB
sent = pa.Table.from_batches([batch] * 4)
with fletching.connect(sys.argv[1]) as connection:
    connection.exchange(b"give").to_pyarrow()
    before, rows = most(), 0
    for part in connection.exchange(b"flood", sent).to_reader():
        rows += part.num_rows
    print(rows, most() - before)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """The Flight server of offering_server.py."""
    import offering_server

    yield from offering_server.serve()


@pytest.fixture
def connection(server: Any) -> Iterator[fletching.Connection]:
    """A connection of one test."""
    with fletching.connect(server.uri) as connection:
        yield connection


def table(batches: int, rows: int) -> Any:
    """Rows with numbers, nulls and a dictionary."""
    words = pa.array(["a", None, "c"] * rows, pa.utf8()).slice(0, rows)
    columns = {"n": list(range(rows)), "w": words.dictionary_encode()}
    return pa.Table.from_batches([pa.record_batch(columns) for _ in range(batches)])


def test_what_is_sent_comes_back(connection: fletching.Connection) -> None:
    sent = table(5, 1000)
    got = connection.exchange(b"echo", sent).to_pyarrow()
    assert got.to_pydict() == sent.to_pydict()
    assert got.schema == sent.schema


def test_an_answer_to_all_of_it(connection: fletching.Connection) -> None:
    got = connection.exchange(b"count", table(7, 100)).to_pyarrow()
    assert got.to_pydict() == {"rows": [700]}


def test_large_batches_are_cut(connection: fletching.Connection) -> None:
    sent = pa.table({"n": range(3_000_000)})  # one batch of 24 MB
    assert len(sent.to_batches()) == 1
    got = connection.exchange(b"echo", sent).to_pyarrow()
    assert got == sent
    assert max(b.nbytes for b in got.to_batches()) <= 4 << 20


def test_a_service_that_answers_more_than_it_reads(
    connection: fletching.Connection,
) -> None:
    batch = pa.record_batch({"n": range(300_000)})  # 2.4 MB, 77 MB for each come back
    sent = pa.Table.from_batches([batch] * 4)
    rows = sum(
        part.num_rows for part in connection.exchange(b"flood", sent).to_reader()
    )
    assert rows == 4 * 32 * 300_000


def test_memory_stays_within_the_budget(server: Any) -> None:
    """77 MB come back for each message, before the server reads the next one."""
    done = subprocess.run(
        [sys.executable, "-c", FLOOD, server.uri],
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    rows, grown = map(int, done.stdout.split())
    assert rows == 4 * 32 * 300_000
    assert grown < 50_000, "kB"


def test_bytes_beside_batches_go_both_ways(
    connection: fletching.Connection,
) -> None:
    batches = table(3, 10).to_batches()
    sent = [(batch, b"n%d" % i) for i, batch in enumerate(batches)]
    got = list(connection.exchange_messages(b"beside", sent))
    rows = [(pa.record_batch(rows), beside) for rows, beside in got if rows is not None]
    assert [beside for _, beside in rows] == [b"0:n0", b"1:n1", b"2:n2"]
    assert [batch.to_pydict() for batch, _ in rows] == [b.to_pydict() for b in batches]
    assert got[-1] == (None, b"end")


def test_messages_without_rows(connection: fletching.Connection) -> None:
    batch = table(1, 3).to_batches()[0]
    sent = [(None, b"first"), (batch, None), (None, b"last"), (batch.slice(0, 0), b"0")]
    received = connection.exchange_messages(b"beside", sent, schema=batch.schema)
    got = [(None if r is None else len(r), beside) for r, beside in received]
    assert got == [
        (None, b"0:first"),
        (3, b"1:"),
        (None, b"2:last"),
        (0, b"3:0"),
        (None, b"end"),
    ]
    alone = connection.exchange_messages(b"give")
    assert [len(rows) for rows, _ in alone if rows is not None] == [5]


def test_a_large_batch_has_its_bytes_beside_the_first_piece(
    connection: fletching.Connection,
) -> None:
    batch = pa.record_batch({"n": range(2_000_000)})  # 16 MB
    got = list(connection.exchange_messages(b"beside", [(batch, b"x"), (batch, b"y")]))
    pieces = [(len(rows), beside[-1:]) for rows, beside in got if rows is not None]
    assert sum(count for count, _ in pieces) == 4_000_000
    assert [beside for _, beside in pieces if beside != b":"] == [b"x", b"y"]


def test_messages_that_are_none(connection: fletching.Connection) -> None:
    batch = table(1, 3).to_batches()[0]
    other = pa.record_batch({"other": [1]})
    for wrong, error, told in (
        ([(batch, b""), (other, b"")], fletching.Error, "message 2 has other columns"),
        ([(None, b"x"), (batch, b"")], fletching.Error, "the first had no rows"),
        ([(batch, b""), batch], TypeError, "a pair of rows"),
        ([(batch, "text")], TypeError, "bytes"),
        ([(table(2, 3), b"")], TypeError, "__arrow_c_array__"),
        ([(batch, b""), (table(2, 3), b"")], fletching.Error, "one batch"),
    ):
        with pytest.raises(error, match=told):
            list(connection.exchange_messages(b"beside", wrong))

    def broken() -> Iterator[Any]:
        yield batch, b""
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        list(connection.exchange_messages(b"beside", broken()))
    assert connection.exchange(b"give").to_pyarrow().num_rows == 5


def test_whoever_stops_reading_messages_ends_the_call(
    connection: fletching.Connection,
) -> None:
    batch = pa.record_batch({"n": range(300_000)})
    messages = connection.exchange_messages(b"flood", ((batch, b"") for _ in range(99)))
    rows, _ = next(messages)
    assert rows is not None
    messages.close()
    assert connection.exchange(b"give").to_pyarrow().num_rows == 5


def test_the_source_is_read_as_it_goes(connection: fletching.Connection) -> None:
    given = []
    batch = pa.record_batch({"n": range(125_000)})  # 1 MB

    def batches() -> Iterator[Any]:
        for i in range(200):
            given.append(i)
            yield batch

    source = pa.RecordBatchReader.from_batches(
        pa.schema([("n", pa.int64())]), batches()
    )
    reader = connection.exchange(b"echo", source).to_reader()
    assert reader.read_next_batch().num_rows == 125_000
    assert len(given) < 200
    assert sum(part.num_rows for part in reader) == 199 * 125_000


def test_without_rows(connection: fletching.Connection) -> None:
    got = connection.exchange(b"give").to_pyarrow()
    assert got.column("n").to_pylist() == [0, 1, 2, 3, 4]
    assert connection.exchange(b"nothing").to_pyarrow().num_rows == 0


def test_paths(connection: fletching.Connection) -> None:
    got = connection.exchange(["models", "ü"]).to_pyarrow()
    assert got.to_pydict() == {"part": ["models", "ü"]}
    assert connection.exchange("one").to_pyarrow().to_pydict() == {"part": ["one"]}


def test_an_error_ends_it_and_not_the_connection(
    connection: fletching.Connection,
) -> None:
    with pytest.raises(fletching.Error, match="enough of that"):
        connection.exchange(b"fail", table(3, 10)).to_pyarrow()
    got = connection.exchange(b"count", table(1, 1)).to_pyarrow()
    assert got.to_pydict() == {"rows": [1]}
    with pytest.raises(TypeError, match="Arrow data is needed"):
        connection.exchange(b"echo", 7)


def test_a_source_that_fails_ends_it(connection: fletching.Connection) -> None:
    def batches() -> Iterator[Any]:
        yield pa.record_batch({"n": [1]})
        raise ValueError("no more of these")

    source = pa.RecordBatchReader.from_batches(
        pa.schema([("n", pa.int64())]), batches()
    )
    with pytest.raises(fletching.Error, match="no more of these"):
        connection.exchange(b"echo", source).to_pyarrow()
    assert connection.exchange(b"give").to_pyarrow().num_rows == 5


def test_servers_without_it_say_so(embedded: Any) -> None:
    with (
        fletching.connect(embedded(data="nycflights13").uri) as connection,
        pytest.raises(fletching.NotSupportedError, match=r"(?i)exchange"),
    ):
        connection.exchange(b"echo", table(1, 1)).to_pyarrow()
