# SPDX-License-Identifier: Apache-2.0
"""The DB-API modules that the suite of PEP 249 runs on, and how each connects."""

from __future__ import annotations

import types
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pep249_names import NAMES

import fletching
import flightsql

Connect = Callable[[], Any]


def connect_flightsql(uri: str) -> Any:
    url = urllib.parse.urlsplit(uri)
    client = flightsql.FlightSQLClient(url.hostname, url.port, insecure=True)
    return flightsql.connect(client, autocommit=False)


MODULES: dict[str, tuple[types.ModuleType, Callable[[str], Any]]] = {
    "fletching": (fletching, fletching.connect),
    "flightsql": (flightsql, connect_flightsql),
}


@pytest.fixture(scope="module", params=MODULES)
def module(request: pytest.FixtureRequest) -> types.ModuleType:
    """The DB-API module."""
    return MODULES[request.param][0]


@pytest.fixture(scope="module")
def connect(module: types.ModuleType, embedded: Any) -> Connect:
    """Its connect() to a server that has DDL and transactions."""
    uri = embedded(engine="duckdb").uri
    return lambda: MODULES[module.__name__][1](uri)


@pytest.fixture
def connection(connect: Connect) -> Iterator[Any]:
    connection = connect()
    yield connection
    connection.close()


@pytest.fixture
def cursor(connection: Any) -> Any:
    return connection.cursor()


@pytest.fixture
def beers(connection: Any) -> Iterator[str]:
    """A table with six rows, committed, dropped at the end."""
    cursor = connection.cursor()
    cursor.execute("create or replace table beers (id integer, name varchar)")
    cursor.executemany(
        "insert into beers values (?, ?)", list(enumerate(NAMES, start=1))
    )
    connection.commit()
    yield "beers"
    cursor = connection.cursor()
    connection.rollback()
    cursor.execute("drop table if exists beers")
    connection.commit()
