# SPDX-License-Identifier: Apache-2.0
"""A server and clients for the tests of other packages' import names."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from flightsql import FlightSQLClient, connect
from flightsql.dbapi import Connection


def place_of(uri: str) -> dict[str, Any]:
    """A server's host, port and security as FlightSQLClient's arguments."""
    url = urllib.parse.urlsplit(uri)
    insecure = url.scheme in ("grpc", "grpc+tcp")
    return {"host": url.hostname, "port": url.port, "insecure": insecure}


@pytest.fixture(scope="session")
def duck(embedded: Any) -> Any:
    """An engine that has every type and DDL."""
    return embedded(engine="duckdb")


@pytest.fixture
def client_of() -> Iterator[Callable[..., FlightSQLClient]]:
    """A factory of clients for one test: client_of(server, **arguments)."""
    made: list[FlightSQLClient] = []

    def make(server: Any, **arguments: Any) -> FlightSQLClient:
        made.append(FlightSQLClient(**{**place_of(server.uri), **arguments}))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def client(duck: Any, client_of: Callable[..., FlightSQLClient]) -> FlightSQLClient:
    """A client of one test."""
    return client_of(duck)


@pytest.fixture
def connection(client: FlightSQLClient) -> Iterator[Connection]:
    """A DB-API connection of one test."""
    with connect(client) as connection:
        yield connection


@pytest.fixture
def table(client: FlightSQLClient) -> Iterator[str]:
    """The name of a table with an exact bigint, a text and NULLs, for one test."""
    client.execute_update("create or replace table compat (n bigint, t varchar)")
    client.execute_update(
        "insert into compat values (9007199254740993, 'a'), (null, null), (2, 'b')"
    )
    yield "compat"
    client.execute_update("drop table compat")
