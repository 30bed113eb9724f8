# SPDX-License-Identifier: Apache-2.0
"""Streams of changes, and tables that follow them, on both kinds of servers."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
from emulators.confluent import Emulator, Script
from flink_help import (
    ENDLESS,
    GROUPED,
    confluent_url,
    running,
    url_of,
    wait_until,
)

import fletching
import fletching.flink


@pytest.fixture
def connection(either: str) -> Iterator[fletching.Connection]:
    with fletching.flink.connect(either) as opened:
        yield opened


CHANGES = [("+I", ("a", 1)), ("+I", ("b", 1)), ("-U", ("a", 1)), ("+U", ("a", 2))]


def test_changes_in_order(connection: fletching.Connection) -> None:
    with fletching.flink.stream(connection, GROUPED) as changes:
        assert changes.columns == ["k", "n"]
        assert list(changes) == CHANGES
    with connection.cursor() as cursor:  # of others nothing changed
        cursor.execute(GROUPED)
        assert sorted(cursor.fetchall()) == [("a", 2), ("b", 1)]


def test_asyncio(connection: fletching.Connection) -> None:
    async def read() -> list[Any]:
        with fletching.flink.stream(connection, GROUPED) as changes:
            return [change async for change in changes]

    assert asyncio.run(read()) == CHANGES


def test_a_live_table(connection: fletching.Connection) -> None:
    with fletching.flink.live(connection, GROUPED, key=["k"]) as table:
        assert table.wait(lambda rows: sorted(rows) == [("a", 2), ("b", 1)], 60)
        assert sorted(table.delta()) == [("+I", ("a", 2)), ("+I", ("b", 1))]
        assert table.delta() == []
        assert table.columns == ["k", "n"]
    with pytest.raises(fletching.ProgrammingError, match="no column nope"):
        fletching.flink.live(connection, GROUPED, key=["nope"])


def test_closing_ends_the_job(flink: Any) -> None:
    server = flink()
    before = running(server)
    with fletching.flink.connect(url_of(server)) as connection:
        with connection.cursor() as cursor:
            cursor.execute(ENDLESS.format("followed"))
        with fletching.flink.live(connection, "SELECT id FROM followed") as table:
            assert table.wait(lambda rows: len(rows) >= 20, 60)
            assert running(server) - before
            assert not table.ended
        assert table.ended
        wait_until(lambda: not running(server) - before)


def test_what_fails_is_told(connection: fletching.Connection) -> None:
    with pytest.raises(fletching.DatabaseError, match="nope"):
        fletching.flink.stream(connection, "SELECT * FROM nope")


@pytest.mark.parametrize(("bound", "least"), [("max_rows", 1), ("max_bytes", 100)])
def test_a_live_table_is_bounded(
    connection: fletching.Connection, bound: str, least: int
) -> None:
    limits: dict[str, Any] = {bound: least}
    with fletching.flink.live(connection, GROUPED, key=["k"], **limits) as table:
        wait_until(lambda: table.ended)
        with pytest.raises(fletching.Error, match=f"raise {bound}") as caught:
            table.rows()
        assert caught.value.code == "INVALID_STATE"
        assert len(table) == 1
    limits[bound] = 1_000_000
    with fletching.flink.live(connection, GROUPED, key=["k"], **limits) as table:
        assert table.wait(lambda rows: sorted(rows) == [("a", 2), ("b", 1)], 60)


VALUES = "(VALUES ('a', 1), ('b', 7), ('a', 3), ('a', 2), ('c', 0))"
CHANGELOGS = {
    "GROUP BY": f"SELECT k, SUM(v) AS s FROM {VALUES} AS t(k, v) GROUP BY k",
    "Top-N": "SELECT k, v FROM (SELECT k, v, ROW_NUMBER() OVER (PARTITION BY k"
    f" ORDER BY v DESC) AS n FROM {VALUES} AS t(k, v)) WHERE n <= 2",
    "join": f"SELECT a.k, a.v, b.w FROM {VALUES} AS a(k, v) LEFT JOIN"
    " (VALUES ('a', 'x'), ('b', 'y'), ('a', 'z')) AS b(k, w) ON a.k = b.k",
}


@pytest.mark.parametrize("kind", CHANGELOGS)
def test_a_changelog_ends_as_the_table(
    connection: fletching.Connection, kind: str
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(CHANGELOGS[kind])
        rows = sorted(cursor.fetchall(), key=str)
    assert len(rows) > 2
    with fletching.flink.live(connection, CHANGELOGS[kind]) as table:
        wait_until(lambda: table.ended)
        assert sorted(table.rows(), key=str) == rows


def test_closing_is_interrupted_and_done_again(
    connection: fletching.Connection,
) -> None:
    class Slow(fletching.flink.Stream):
        deaf = True

        def stop(self) -> None:
            if not self.deaf:
                super().stop()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS slowly")
        cursor.execute(ENDLESS.format("slowly"))
    opened = fletching.flink.stream(connection, "SELECT id FROM slowly")
    opened.__class__ = Slow
    assert isinstance(opened, Slow)
    table = fletching.flink.LiveTable(opened)
    assert table.wait(lambda rows: len(rows) > 0, 60)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for _ in range(3):
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            with pytest.raises(KeyboardInterrupt):
                table.close()
            assert not table.ended
            assert table.rows() is not None  # its reader goes on
    finally:
        signal.signal(signal.SIGALRM, before)
    opened.deaf = False
    table.close()
    assert table.ended


def test_urls_of_others_are_refused() -> None:
    with pytest.raises(fletching.ProgrammingError, match=r"flink\+http"):
        fletching.flink.connect("grpc://127.0.0.1:1")


def test_changes_as_arrow_batches(connection: fletching.Connection) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    with fletching.flink.stream(connection, GROUPED) as changes:
        batches = [batch.to_pyarrow() for batch in changes.batches()]
    table = pyarrow.Table.from_batches(batches)
    assert table.column_names == ["op", "k", "n"]
    rows = [(row.pop("op"), tuple(row.values())) for row in table.to_pylist()]
    assert rows == CHANGES
    with fletching.flink.stream(connection, GROUPED) as changes:
        assert changes.fetch_arrow().to_pyarrow().num_rows == 4


def test_arrow_batches_for_asyncio(connection: fletching.Connection) -> None:
    async def count() -> int:
        with fletching.flink.stream(connection, GROUPED) as changes:
            return sum([len(batch) async for batch in changes.batches()])

    assert asyncio.run(count()) == 4


def test_a_live_table_as_arrow(connection: fletching.Connection) -> None:
    pytest.importorskip("pyarrow")
    with fletching.flink.live(connection, GROUPED, key=["k"]) as table:
        assert table.wait(lambda rows: sorted(rows) == [("a", 2), ("b", 1)], 60)
        shown = table.fetch_arrow().to_pyarrow()
        assert shown.column_names == ["k", "n"]
        assert sorted(shown.to_pylist(), key=str) == [
            {"k": "a", "n": 2},
            {"k": "b", "n": 1},
        ]
        assert table.rows() is table.rows()


COLUMNS = [{"name": "n", "type": {"type": "BIGINT", "nullable": True}}]


def numbered(pages: int, size: int) -> list[Any]:
    return [
        [(0, [str(page * size + row)]) for row in range(size)] for page in range(pages)
    ]


@pytest.mark.parametrize("prefetch", ["auto", "on", "off"])
def test_a_row_that_does_not_decode_is_one_error(
    confluent: Emulator, prefetch: str
) -> None:
    pages = numbered(8, 10)
    pages[5][3] = (0, ["oops"])
    confluent.statements.scripts["SELECT n FROM scripted"] = Script(COLUMNS, pages)
    good = [(n,) for n in range(80) if n != 53]
    with (
        fletching.connect(confluent_url(confluent), prefetch=prefetch) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT n FROM scripted")
        with pytest.raises(fletching.DataError, match=r"row 54.*oops"):
            cursor.fetchall()
        assert cursor.fetchall() == good  # those before it, and those behind it


@pytest.mark.parametrize("prefetch", ["auto", "on", "off"])
def test_a_page_that_did_not_come_is_asked_for_again(
    confluent: Emulator, prefetch: str
) -> None:
    pages = numbered(8, 10)
    confluent.statements.scripts["SELECT n FROM scripted"] = Script(COLUMNS, pages)
    with (
        fletching.connect(confluent_url(confluent), prefetch=prefetch) as connection,
        connection.cursor() as cursor,
    ):
        # The driver asks four times by itself.
        confluent.faults.add("GET */results*", status=503, skip=5, times=4)
        cursor.execute("SELECT n FROM scripted")
        with pytest.raises(fletching.OperationalError, match="on purpose"):
            cursor.fetchall()
        assert cursor.fetchall() == [(n,) for n in range(80)]


@pytest.mark.parametrize("server", ["gateway", "confluent"])
def test_closing_what_was_read_far_ahead_ends_the_job(
    request: pytest.FixtureRequest, server: str
) -> None:
    flink = request.getfixturevalue("flink")()
    emulator: Emulator = request.getfixturevalue("confluent")
    url = url_of(flink) if server == "gateway" else confluent_url(emulator)
    before = running(flink)
    with fletching.flink.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS fast")
        cursor.execute(
            "CREATE TABLE fast (id BIGINT, text STRING) WITH ('connector' = 'datagen',"
            " 'rows-per-second' = '200000', 'fields.text.length' = '1000')"
        )
        changes = fletching.flink.stream(connection, "SELECT id, text FROM fast")
        for _ in range(6000):  # the thread that reads ahead has begun
            next(changes)
        time.sleep(3)  # and has as much as it may
        assert running(flink) - before
        changes.close()
        # No other statement comes, and the connection is open.
        wait_until(lambda: not running(flink) - before)
        if server == "confluent":
            wait_until(lambda: not emulator.state()["statements"])
