# SPDX-License-Identifier: Apache-2.0
"""Bearer tokens that a function gives while they are needed."""

from __future__ import annotations

import datetime
import itertools
import threading
import time
from typing import Any

import pytest

import fletching


@pytest.fixture
def server(go_fresh: Any) -> Any:
    """Takes tokens that begin with "good", each for three calls."""
    return go_fresh("auth", flags=["-token-prefix", "good", "-token-uses", "3"])


class Tokens:
    """Gives good1, good2, ... and counts."""

    def __init__(self, lifetime: float | None = None) -> None:
        self.given = 0
        self.lifetime = lifetime

    def __call__(self) -> Any:
        self.given += 1
        token = f"good{self.given}-{id(self)}"
        if self.lifetime is None:
            return token
        return token, time.time() + self.lifetime


def test_a_token_is_asked_for_once_while_it_is_good(go_fresh: Any) -> None:
    server = go_fresh("auth", flags=["-token-prefix", "good"])
    tokens = Tokens()
    with fletching.connect(server.uri, token=tokens) as connection:
        for _ in range(5):
            assert connection.execute("select 1 as n").fetchall() == [(1,)]
    assert tokens.given == 1


def test_a_refused_token_is_asked_for_anew_and_the_call_sent_once_more(
    server: Any,
) -> None:
    tokens = Tokens()
    with fletching.connect(server.uri, token=tokens, autocommit=True) as connection:
        connection.execute("create table t (n bigint)")
        for number in range(10):
            connection.execute("insert into t values (?)", [number])
        assert connection.execute("select count(*) as n from t").fetchall() == [(10,)]
    assert tokens.given >= 5


def test_a_token_that_is_refused_twice_is_an_error(go_fresh: Any) -> None:
    server = go_fresh("auth", flags=["-token-prefix", "good"])
    asked = itertools.count()

    def provide() -> str:
        next(asked)
        return "evil"

    with (
        fletching.connect(server.uri, token=provide) as connection,
        pytest.raises(fletching.OperationalError) as caught,
    ):
        connection.execute("select 1 as n")
    assert caught.value.sqlstate == "28000"
    assert next(asked) == 2
    assert "evil" not in str(caught.value)


def test_a_token_is_renewed_before_its_end(go_fresh: Any) -> None:
    server = go_fresh("auth", flags=["-token-prefix", "good"])
    tokens = Tokens(lifetime=1.0)  # renewed halfway
    with fletching.connect(server.uri, token=tokens) as connection:
        connection.execute("select 1 as n").fetchall()
        assert tokens.given == 1
        time.sleep(0.7)
        connection.execute("select 1 as n").fetchall()
    assert tokens.given == 2
    assert server.state()["counters"].get("refused", 0) == 0


@pytest.mark.parametrize(
    "end",
    [
        None,
        float("inf"),
        1e300,
        datetime.datetime(2200, 1, 1, tzinfo=datetime.timezone.utc),
        4_000_000_000,
    ],
    ids=str,
)
def test_ends_of_every_form(go_fresh: Any, end: Any) -> None:
    server = go_fresh("auth", flags=["-token-prefix", "good"])
    asked = itertools.count()

    def provide() -> Any:
        next(asked)
        return "good", end

    with fletching.connect(server.uri, token=provide) as connection:
        for _ in range(3):
            connection.execute("select 1 as n").fetchall()
    assert next(asked) == 1


@pytest.mark.parametrize("answer", [None, 5, b"good", ("good", 1, 2), ("good", "soon")])
def test_an_answer_that_is_no_token_is_a_type_error(server: Any, answer: Any) -> None:
    with pytest.raises(TypeError):
        fletching.connect(server.uri, token=lambda: answer)


@pytest.mark.parametrize("answer", ["", "with blank", "line\nbreak", "ü"])
def test_what_cannot_be_sent_is_refused_and_not_shown(server: Any, answer: str) -> None:
    with pytest.raises(fletching.OperationalError, match="token provider") as caught:
        fletching.connect(server.uri, token=lambda: answer)
    assert not answer or answer not in str(caught.value)


class Refused(Exception):
    """What a provider raises."""


def test_what_a_provider_raises_comes_out(server: Any) -> None:
    good = Tokens()
    broken = threading.Event()

    def provide() -> Any:
        if broken.is_set():
            raise Refused("no more")
        return good()

    with fletching.connect(server.uri, token=provide) as connection:
        connection.execute("select 1 as n").fetchall()
        broken.set()
        server.expire_tokens()
        calls: list[Any] = [
            lambda: connection.execute("select 1 as n"),
            lambda: connection.execute("select ? as n", [1]),
            lambda: connection.cursor().execute_schema("select 1 as n"),
            connection.ping,
            connection.get_tables,
            connection.begin,
            connection.get_session_options,
        ]
        for call in calls:
            with pytest.raises(Refused, match="no more"):
                call()
        broken.clear()
        assert connection.execute("select 1 as n").fetchall() == [(1,)]


def test_a_provider_that_fails_while_rows_are_fetched(go_fresh: Any) -> None:
    server = go_fresh("auth", flags=["-token-prefix", "good", "-endpoints", "40"])
    good = Tokens()
    broken = threading.Event()

    def provide() -> Any:
        if broken.is_set():
            raise Refused("no more")
        return good()

    sql = (
        "with recursive r(n) as (select 1 union all select n + 1 from r where n < 4000)"
        " select n from r /* each:5ms */"
    )
    options: dict[str, Any] = {"endpoint_concurrency": 1}
    with fletching.connect(server.uri, token=provide, **options) as connection:
        cursor = connection.execute(sql)
        broken.set()
        server.expire_tokens()
        with pytest.raises((Refused, fletching.OperationalError)):
            cursor.fetchall()
        broken.clear()
        cursor = connection.execute(sql)
        server.expire_tokens()
        assert len(cursor.fetchall()) == 4000


def test_a_provider_that_uses_its_own_connection_is_told(server: Any) -> None:
    connections: list[fletching.Connection] = []

    def provide() -> str:
        if connections:
            connections[0].execute("select 1 as n")
        return "good"

    connection = fletching.connect(server.uri, token=provide)
    connection.execute("select 1 as n").fetchall()
    connections.append(connection)
    server.expire_tokens()
    with pytest.raises(fletching.Error, match="used the connection that waits"):
        connection.execute("select 1 as n")
    connections.clear()
    connection.close()


def test_many_threads_ask_once(go_fresh: Any) -> None:
    server = go_fresh("auth", flags=["-token-prefix", "good"])
    tokens = Tokens()

    def slow() -> Any:
        time.sleep(0.2)
        return tokens()

    with fletching.connect(server.uri, token=slow) as connection:
        found: list[Any] = []
        threads = [
            threading.Thread(
                target=lambda: found.extend(
                    connection.execute("select 1 as n").fetchall()
                )
            )
            for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [(1,)] * 6
    assert tokens.given == 1


def test_a_token_that_is_neither_text_nor_function(server: Any) -> None:
    with pytest.raises(fletching.ProgrammingError, match="str or a function"):
        fletching.connect(server.uri, token=5)  # type: ignore[arg-type]
