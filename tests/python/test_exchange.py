# SPDX-License-Identifier: Apache-2.0
"""DoExchange: what is sent while it is answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import fletching

pa = pytest.importorskip("pyarrow")


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
