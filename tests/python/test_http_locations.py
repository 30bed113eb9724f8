# SPDX-License-Identifier: Apache-2.0
"""Endpoints whose rows are at HTTP URLs, or on the connection that asked."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

import fletching

pytest.importorskip("pyarrow")

REUSE = "arrow-flight-reuse-connection://?"


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """The servers of offering_server.py."""
    import offering_server

    yield from offering_server.serve()


@pytest.fixture
def rows(server: Any) -> Any:
    """rows(locations of an endpoint, ...): the first column of all rows."""

    def read(*endpoints: list[str], **options: Any) -> list[int]:
        with fletching.connect(server.uri, **options) as connection:
            found = connection.execute(json.dumps(endpoints)).fetchall()
        assert all(str(n) == t for n, t in found)
        return [n for n, _ in found]

    return read


def test_rows_are_read_by_get(server: Any, rows: Any) -> None:
    url = f"{server.http}/stream"
    assert rows([f"{url}?first=5&count=2&batches=3"]) == [5, 6, 7, 8, 9, 10]
    assert rows([f"{url}?type="]) == [0, 1, 2], "without a type it is Arrow"
    assert rows([f"{url}?type=application/octet-stream"]) == [0, 1, 2]
    big = rows([f"{url}?count=100000&batches=10"])
    assert big == list(range(1_000_000))


@pytest.mark.parametrize("how", ["chunked", "gzip"])
def test_however_the_body_is_sent(server: Any, rows: Any, how: str) -> None:
    assert rows([f"{server.http}/{how}"]) == list(range(4000))


def test_endpoints_of_both_kinds_come_in_order(server: Any, rows: Any) -> None:
    stream = f"{server.http}/stream"
    found = rows([f"{stream}?first=7&count=1"], [], [f"{stream}?first=9&count=1"], [])
    assert found == [7, 1000, 1001, 1002, 9, 3000, 3001, 3002]


def test_the_connection_that_asked_is_used_again(server: Any, rows: Any) -> None:
    assert rows([REUSE]) == [0, 1, 2]
    assert rows([], [REUSE]) == [0, 1, 2, 1000, 1001, 1002]
    # Also where the places beside it cannot be reached.
    assert rows(["grpc://127.0.0.1:1", REUSE]) == [0, 1, 2]
    assert rows(["http://127.0.0.1:1/x", REUSE]) == [0, 1, 2]


def test_another_place_is_tried_after_http(server: Any, rows: Any) -> None:
    there = f"{server.http}/stream?first=4&count=1"
    for first in ("missing", "expired", "page", "file", "redirect?to=/missing"):
        assert rows([f"{server.http}/{first}", there]) == [4]
    assert rows(["https://127.0.0.1:1/x", there], [there]) == [4, 4]
    with pytest.raises(fletching.ProgrammingError, match="404"):
        rows([f"{server.http}/missing", "http://127.0.0.1:1/x"])


def test_endpoints_are_opened_ahead(server: Any, rows: Any) -> None:
    """Each answer waits until all three have been asked for."""
    together = f"{server.http}/together?name=three&together=3&first="
    found = rows(*([f"{together}{n}"] for n in (10, 20, 30)))
    assert found == [n + i for n in (10, 20, 30) for i in range(3)]


def test_many_endpoints_come_in_order(server: Any, rows: Any) -> None:
    many = [[f"{server.http}/stream?first={100 * i}&count=100"] for i in range(40)]
    assert rows(*many) == list(range(4000))


def test_an_endpoint_that_fails_comes_after_the_rows_before_it(server: Any) -> None:
    offers = json.dumps([[f"{server.http}/stream"], [f"{server.http}/missing"]])
    with fletching.connect(server.uri) as connection:
        cursor = connection.execute(offers)
        assert cursor.fetchmany(3) == [(0, "0"), (1, "1"), (2, "2")]
        with pytest.raises(fletching.Error, match=r"endpoint 2 of 2: .*404"):
            cursor.fetchone()


def test_a_server_that_says_nothing(server: Any) -> None:
    silent = json.dumps([[f"{server.http}/silent"]])
    with (
        fletching.connect(server.uri, idle_timeout=0.2) as connection,
        pytest.raises(fletching.OperationalError, match="said nothing"),
    ):
        connection.execute(silent).fetchall()
    with fletching.connect(server.uri) as connection:
        cursor = connection.cursor()
        timer = threading.Timer(0.3, cursor.cancel)
        timer.start()
        with pytest.raises(fletching.OperationalError, match="cancelled"):
            cursor.execute(silent).fetchall()
        timer.join()


def test_nothing_of_the_user_is_sent_there(server: Any, rows: Any) -> None:
    where = f"{server.http}/stream?marker=credentials"
    assert rows([where], token="t0ken", headers={"x-secret": "s3cret"}) == [0, 1, 2]
    with urllib.request.urlopen(f"{server.http}/asked") as answer:
        seen = json.load(answer)[-1]
    assert seen["accept"] == (
        "application/vnd.apache.arrow.stream, application/vnd.apache.parquet;q=0.9"
    )
    assert set(seen) == {"host", "user-agent", "accept", "connection"}
    assert "t0ken" not in str(seen)


def test_redirects_are_followed_so_far(server: Any, rows: Any) -> None:
    assert rows([f"{server.http}/redirect?to=/stream"]) == [0, 1, 2]
    assert rows([f"{server.http}/redirect?to={server.http}/stream"]) == [0, 1, 2]
    with pytest.raises(fletching.OperationalError, match="too often"):
        rows([f"{server.http}/loop"])
    with pytest.raises(fletching.Error, match="no http or https URL"):
        rows([f"{server.http}/redirect?to=ftp://x/y"])


@pytest.mark.parametrize(
    ("path", "kind", "told"),
    [
        ("missing", fletching.ProgrammingError, "HTTP status 404"),
        ("expired?sig=s3cret", fletching.ProgrammingError, "run the query again"),
        ("page", fletching.Error, "text/html"),
        ("file", fletching.NotSupportedError, "Arrow file"),
        ("stream?type=application/vnd.apache.arrow.file", fletching.Error, "streams"),
    ],
)
def test_what_is_no_stream_is_named(
    server: Any, rows: Any, path: str, kind: type[Exception], told: str
) -> None:
    with pytest.raises(kind, match=told) as caught:
        rows([f"{server.http}/{path}"])
    assert server.http in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_policy_keeps_to_the_server(server: Any, rows: Any) -> None:
    away = [f"{server.http}/missing"]
    assert rows(away, location_policy="origin") == [0, 1, 2]
