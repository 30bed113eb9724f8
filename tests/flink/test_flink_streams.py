# SPDX-License-Identifier: Apache-2.0
"""Streams of changes, and tables that follow them, on both kinds of servers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from flink_help import ENDLESS, GROUPED, confluent_url, running, url_of, wait_until

import fletching
import fletching.flink


@pytest.fixture(params=["gateway", "confluent"])
def connection(request: pytest.FixtureRequest) -> Iterator[fletching.Connection]:
    if request.param == "gateway":
        url = url_of(request.getfixturevalue("flink")())
    else:
        url = confluent_url(request.getfixturevalue("confluent"))
    with fletching.flink.connect(url) as opened:
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
    with fletching.flink.live(connection, GROUPED, max_rows=1) as table:
        wait_until(lambda: table.ended)
        with pytest.raises(fletching.Error):
            table.rows()


def test_urls_of_others_are_refused() -> None:
    with pytest.raises(fletching.ProgrammingError, match=r"flink\+http"):
        fletching.flink.connect("grpc://127.0.0.1:1")
