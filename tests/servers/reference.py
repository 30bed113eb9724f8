# SPDX-License-Identifier: Apache-2.0
"""The reference client, ADBC's, as the tests of the servers use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from adbc_driver_flightsql import dbapi

from servers.launch import Server

COOKIES = {"adbc.flight.sql.rpc.with_cookie_middleware": "true"}


def connect(server: Server, **options: str) -> Any:
    """A connection in autocommit, without login."""
    uri = server.uri.replace("grpc://", "grpc+tcp://")
    return dbapi.connect(uri, options, autocommit=True)


@contextmanager
def cursor(server: Server, **options: str) -> Iterator[Any]:
    """A cursor of a connection of its own."""
    with connect(server, **options) as connection, connection.cursor() as one:
        yield one


def fetch(one: Any, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query on this cursor."""
    one.execute(sql)
    rows: list[tuple[Any, ...]] = one.fetchall()
    return rows
