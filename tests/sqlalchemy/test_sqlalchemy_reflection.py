# SPDX-License-Identifier: Apache-2.0
"""Reflection on servers that others wrote: what is found, and by how many calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy_urls import url_of

from fletching.sqlalchemy._versions import SQLALCHEMY_2

TABLES, COLUMNS = 30, 4
MANY = [f"many_{number:04}" for number in range(1, TABLES + 1)]


@pytest.fixture(scope="module")
def many(go_secure: Callable[..., Any]) -> Any:
    """A server of many tables that logs its calls."""
    flags = ["-tables", str(TABLES), "-columns", str(COLUMNS)]
    return go_secure("plain", flags=flags, fresh=True)


@pytest.fixture
def connected(many: Any) -> Iterator[Callable[[str], sa.engine.Connection]]:
    """A function that connects with a dialect; what that alone asks is asked."""
    engines = []

    def connect(dialect: str) -> sa.engine.Connection:
        engines.append(sa.create_engine(url_of(many, dialect)))
        connection = engines[-1].connect()
        sa.inspect(connection).has_table("no_ne")
        return connection

    yield connect
    for engine in engines:
        engine.dispose()


class Calls:
    """The calls that a server gets within a block."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.methods: list[str] = []

    def __enter__(self) -> list[str]:
        self._before = len(self._server.calls())
        return self.methods

    def __exit__(self, *_: object) -> None:
        calls = self._server.calls()[self._before :]
        self.methods += [call.method for call in calls]


ONE_COMMAND = ["GetFlightInfo", "DoGet"]


@pytest.mark.parametrize("dialect", ["golite+flightsql", "datafusion+flightsql"])
def test_names_and_columns_of_a_schema_come_by_one_command(
    many: Any, connected: Any, dialect: str
) -> None:
    with connected(dialect) as connection, Calls(many) as methods:
        inspector = sa.inspect(connection)
        names = inspector.get_table_names()
        columns = {name: inspector.get_columns(name) for name in names}
        # 1.4 asks for one table whatever its inspector knows.
        assert not SQLALCHEMY_2 or inspector.has_table(MANY[0])
    assert set(MANY) <= set(names)
    assert {len(columns[name]) for name in MANY} == {COLUMNS}
    assert methods == ONE_COMMAND


def test_a_server_of_unknown_cost_is_asked_for_columns_when_they_are_wanted(
    many: Any, connected: Any
) -> None:
    with connected("flightsql") as connection:
        inspector = sa.inspect(connection)
        with Calls(many) as methods:
            names = inspector.get_table_names()
        assert methods == ONE_COMMAND
        with Calls(many) as methods:
            for name in names:
                inspector.get_columns(name)
        assert methods == ONE_COMMAND


def test_one_table_is_read_alone(many: Any, connected: Any) -> None:
    with connected("datafusion+flightsql") as connection, Calls(many) as methods:
        assert len(sa.inspect(connection).get_columns(MANY[3])) == COLUMNS
    assert methods == ONE_COMMAND
    event = many.events("GetFlightInfo")[-1]
    assert MANY[3] in str(event).replace("\\", "")


@pytest.mark.parametrize("dialect", ["golite+flightsql", "datafusion+flightsql"])
def test_reflecting_all_tables_takes_few_calls_a_kind(
    many: Any, connected: Any, dialect: str
) -> None:
    metadata = sa.MetaData()
    with connected(dialect) as connection, Calls(many) as methods:
        metadata.reflect(connection)
    assert set(MANY) <= set(metadata.tables)
    # Tables with their columns; SQLite's primary and foreign keys are a query each.
    assert methods == ONE_COMMAND * (3 if dialect.startswith("golite") else 1)


def test_keys_by_table_are_asked_for_on_one_connection(
    many: Any, connected: Any
) -> None:
    metadata = sa.MetaData()
    with connected("flightsql") as connection, Calls(many) as methods:
        metadata.reflect(connection)
    table = metadata.tables["intTable"]
    assert [column.name for column in table.primary_key] == ["id"]
    (key,) = table.foreign_keys
    assert key.target_fullname == "foreignTable.id"
    assert {call.peer for call in many.calls()[-len(methods) :]} == {
        many.calls()[-1].peer
    }
