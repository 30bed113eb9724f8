# SPDX-License-Identifier: Apache-2.0
"""A server and connections for the tests of the Python face."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import fletching


@pytest.fixture(scope="session")
def server(embedded: Any) -> Any:
    """The embedded server with an engine that has every type and DDL."""
    return embedded(engine="duckdb")


@pytest.fixture
def connection(server: Any) -> Iterator[fletching.Connection]:
    """A connection of one test."""
    with fletching.connect(server.uri) as connection:
        yield connection


@pytest.fixture
def cursor(connection: fletching.Connection) -> Iterator[fletching.Cursor]:
    """A cursor of one test."""
    with connection.cursor() as cursor:
        yield cursor


@pytest.fixture
def table(connection: fletching.Connection) -> Iterator[str]:
    """The name of a table with rows (1, 'one') to (3, NULL), for one test."""
    name = "of_a_test"
    with connection.cursor() as cursor:
        cursor.execute(f"create or replace table {name} (n integer, t varchar)")
        cursor.execute(f"insert into {name} values (1, 'one'), (2, 'two'), (3, null)")
        yield name
        cursor.execute(f"drop table if exists {name}")


@pytest.fixture(scope="session")
def told_process() -> Iterator[Any]:
    """The process behind `told`."""
    pytest.importorskip("pyarrow")
    from told_server import ToldProcess

    process = ToldProcess()
    yield process
    process.stop()


@pytest.fixture
def told(told_process: Any) -> Callable[..., Any]:
    """told(GetTables=..., ...): a server that says that; see told_server.py."""

    def tell(**answers: Any) -> Any:
        return told_process.tell(answers)

    return tell
