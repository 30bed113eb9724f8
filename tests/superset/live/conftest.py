# SPDX-License-Identifier: Apache-2.0
"""A Superset that runs, and databases in it.

FLETCHING_SUPERSET is its version: a file of requirements/venvs is named after it.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
from superset_client import Client
from superset_server import Home, install, make_home

# scripts/test-superset asks for a browser once, on the newest version.
collect_ignore = [] if os.environ.get("FLETCHING_BROWSER") else ["test_browser.py"]

VERSION = os.environ.get("FLETCHING_SUPERSET", "6.1")
USER, PASSWORD = "me", "a secret"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test of a session also starts Superset, which takes its time."""
    for item in items:
        if not any(item.iter_markers("timeout")):
            item.add_marker(pytest.mark.timeout(400))


@pytest.fixture(scope="session")
def version() -> tuple[int, ...]:
    """The version as numbers."""
    return tuple(map(int, VERSION.split(".")))


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home of Superset's."""
    return make_home(install(VERSION), tmp_path_factory.mktemp("superset"))


@pytest.fixture(scope="session")
def address(home: Home) -> Iterator[str]:
    """Where Superset is."""
    process, address = home.serve()
    yield address
    process.stop()


@pytest.fixture(scope="session")
def client(address: str) -> Client:
    """The administrator."""
    return Client(address)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Orders of two regions, every six hours of January 2026."""
    folder = tmp_path_factory.mktemp("orders")
    lines = ["placed,region,amount,note"]
    for number in range(124):
        day, hour = divmod(number * 6, 24)
        region = "north" if number % 2 else "south"
        lines.append(
            f"2026-01-{day + 1:02}T{hour:02}:00:00,{region},{number}.5,n{number}"
        )
    (folder / "orders.csv").write_text("\n".join([*lines, ""]))
    return folder


@pytest.fixture(scope="session")
def fusion_server(embedded: Any, data: pathlib.Path) -> Any:
    """A DataFusion that asks for a password."""
    return embedded(data=str(data), user=USER, password=PASSWORD)


@pytest.fixture(scope="session")
def duck_server(embedded: Any, data: pathlib.Path) -> Any:
    """A DuckDB."""
    return embedded(data=str(data), engine="duckdb")


@pytest.fixture(scope="session")
def fusion_uri(fusion_server: Any) -> str:
    """Its URI."""
    return f"datafusion+flightsql://{USER}:a%20secret@{fusion_server.address}?insecure=true"


@pytest.fixture(scope="session")
def duck_uri(duck_server: Any) -> str:
    """Its URI."""
    return f"gizmosql+flightsql://{duck_server.address}?insecure=true"


@pytest.fixture(scope="session")
def fusion(client: Client, fusion_uri: str) -> int:
    """DataFusion as a database of Superset's."""
    return client.add_database(fusion_uri)


@pytest.fixture(scope="session")
def duck(client: Client, duck_uri: str) -> int:
    """DuckDB as a database of Superset's."""
    return client.add_database(duck_uri)


@pytest.fixture(params=["fusion", "duck"])
def database(request: pytest.FixtureRequest) -> int:
    """Each of them."""
    found: int = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def schema(request: pytest.FixtureRequest) -> str:
    """The schema of the database's tables."""
    return {"fusion": "public", "duck": "main"}[
        request.node.callspec.params["database"]
    ]
