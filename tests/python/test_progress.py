# SPDX-License-Identifier: Apache-2.0
"""How far a statement is, told to a function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import fletching
from fletching import Progress


@pytest.fixture(scope="module")
def go(go_secure: Any) -> Any:
    return go_secure("plain", fresh=True)


@pytest.fixture
def server(go: Any) -> Any:
    go.reset()
    return go


@pytest.fixture
def connection(server: Any) -> Iterator[fletching.Connection]:
    with fletching.connect(server.uri) as connection:
        yield connection


NUMBERS = (
    "with recursive r(n) as (select 1 union all select n + 1 from r where n < 9)"
    " select n from r"
)


def polls(server: Any) -> int:
    calls: dict[str, int] = server.state()["calls"]
    return sum(n for name, n in calls.items() if name.startswith("PollFlightInfo"))


def test_progress_comes_in_steps(server: Any, connection: fletching.Connection) -> None:
    told: list[Progress] = []
    cursor = connection.cursor()
    cursor.execute(f"{NUMBERS} /* poll:4 wait:150ms */", progress=told.append)
    assert [row[0] for row in cursor] == list(range(1, 10))
    fractions = [one.fraction for one in told if one.fraction is not None]
    assert len(fractions) >= 3
    assert all(0 <= fraction <= 1 for fraction in fractions)
    assert fractions == sorted(fractions)
    assert isinstance(told[0], tuple)
    assert polls(server) >= 4


def test_progress_of_a_bound_query(
    server: Any, connection: fletching.Connection
) -> None:
    told: list[Progress] = []
    cursor = connection.cursor()
    sql = f"{NUMBERS} where n > ? /* poll:4 wait:150ms */"
    cursor.execute(sql, [3], progress=told.append)
    assert [row[0] for row in cursor] == list(range(4, 10))
    assert told
    asked = polls(server)
    assert asked >= 4
    cursor.execute(sql, [3])  # prepared before, and nobody listens any more
    assert len(cursor.fetchall()) == 6
    assert polls(server) == asked


def test_progress_may_be_missing_and_go_back(
    connection: fletching.Connection,
) -> None:
    told: list[Progress] = []
    cursor = connection.cursor()
    sql = f"{NUMBERS} /* poll:4 wait:150ms progress:0.5,-,0.2,7 */"
    assert len(cursor.execute(sql, progress=told.append).fetchall()) == 9
    assert {one.fraction for one in told} <= {0.5, None, 0.2, 1.0}


def test_without_a_callback_nothing_is_polled(
    server: Any, connection: fletching.Connection
) -> None:
    connection.execute(NUMBERS).fetchall()
    assert polls(server) == 0


def test_a_lost_poll_is_asked_again(
    server: Any, connection: fletching.Connection
) -> None:
    cursor = connection.cursor()
    sql = f"{NUMBERS} /* poll:5 lost:3 endpoints:4 */"
    cursor.execute(sql, progress=lambda _: None)
    assert [row[0] for row in cursor] == list(range(1, 10))


def test_a_server_that_cannot_poll_is_asked_once(go_fresh: Any) -> None:
    server = go_fresh(flags=["-fail", "PollFlightInfo=UNIMPLEMENTED"])
    with fletching.connect(server.uri) as connection:
        cursor = connection.cursor()
        cursor.set_progress(lambda _: None)
        for _ in range(3):
            assert cursor.execute("select 1 as n").fetchall() == [(1,)]
    assert polls(server) == 1


def test_a_read_of_a_server_that_is_away_for_a_moment_is_polled_again(
    server: Any, connection: fletching.Connection
) -> None:
    server.fail("PollFlightInfo=UNAVAILABLE,times=1")
    cursor = connection.cursor()
    sql = f"{NUMBERS} /* poll:3 */"
    assert len(cursor.execute(sql, progress=lambda _: None).fetchall()) == 9


def test_set_progress_is_for_all_later_statements(
    connection: fletching.Connection,
) -> None:
    told: list[Progress] = []
    cursor = connection.cursor()
    cursor.set_progress(told.append)
    cursor.execute(f"{NUMBERS} /* poll:3 wait:120ms */").fetchall()
    count = len(told)
    assert count > 0
    other: list[Progress] = []
    cursor.execute(f"{NUMBERS} /* poll:3 wait:120ms */", progress=other.append)
    assert (len(told), len(other) > 0) == (count, True)
    cursor.set_progress(None)
    cursor.execute(f"{NUMBERS} /* poll:3 wait:120ms */").fetchall()
    assert len(told) == count


def test_what_a_callback_raises_comes_out_and_ends_the_query(
    server: Any, connection: fletching.Connection
) -> None:
    class Enough(Exception):
        pass

    def stop(_: Progress) -> None:
        raise Enough("for today")

    cursor = connection.cursor()
    with pytest.raises(Enough, match="for today"):
        cursor.execute(f"{NUMBERS} /* poll:5 wait:100ms */", progress=stop)
    assert cursor.execute("select 1 as n").fetchall() == [(1,)]
    assert server.state()["open"]["queries"] == {}


def test_a_callback_may_use_the_connection(connection: fletching.Connection) -> None:
    seen: list[Any] = []

    def ask(_: Progress) -> None:
        seen.extend(connection.execute("select 5 as n").fetchall())

    cursor = connection.cursor()
    cursor.execute(f"{NUMBERS} /* poll:3 wait:120ms */", progress=ask)
    assert len(cursor.fetchall()) == 9
    assert set(seen) == {(5,)}


def test_ingest_tells_its_rows(connection: fletching.Connection) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    told: list[Progress] = []
    batches = [pyarrow.record_batch({"n": [i] * 20_000}) for i in range(5)]
    with connection.cursor() as cursor:
        cursor.ingest("told", pyarrow.Table.from_batches(batches), progress=told.append)
    connection.rollback()
    assert told
    assert [one.rows for one in told] == sorted(one.rows for one in told)
    assert all(one.bytes > 0 for one in told)
