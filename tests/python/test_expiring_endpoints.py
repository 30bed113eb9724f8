# SPDX-License-Identifier: Apache-2.0
"""Endpoints that say how long their ticket may be used."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

import fletching

pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """The Flight server of offering_server.py."""
    import offering_server

    yield from offering_server.serve()


def ask(connection: fletching.Connection, *endpoints: Any) -> fletching.Cursor:
    return connection.execute(json.dumps(endpoints))


def test_a_result_goes_on_after_a_lost_connection(server: Any) -> None:
    with fletching.connect(server.uri) as connection:
        found = ask(connection, {"expires": 60, "how": "same"}, []).fetchall()
    assert [n for n, _ in found] == [*range(30), 1000, 1001, 1002]


def test_it_does_not_where_rows_come_otherwise(server: Any) -> None:
    with (
        fletching.connect(server.uri) as connection,
        pytest.raises(fletching.OperationalError, match="not what it sent"),
    ):
        ask(connection, {"expires": 60, "how": "shuffled"}).fetchall()


def test_a_ticket_near_its_end_is_renewed(server: Any) -> None:
    with fletching.connect(
        server.uri, endpoint_concurrency=1, prefetch="off"
    ) as connection:
        cursor = ask(connection, [], {"expires": 1, "how": "late"})
        ended = time.time() + 1.1
        rows = [cursor.fetchone()]
        time.sleep(ended - time.time())
        rows += cursor.fetchall()
    assert [n for n, _ in rows] == [0, 1, 2, *range(1000, 1030)]
