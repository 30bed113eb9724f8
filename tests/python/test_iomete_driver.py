# SPDX-License-Identifier: Apache-2.0
"""IOMETE by the driver alone: its URL, its headers, its schema."""

from __future__ import annotations

from typing import Any

import pytest

import fletching

URL = "iomete://alice:pat@{}/{}?cluster=c&data_plane=d&tls=false"


@pytest.fixture(scope="module")
def server(emulator: Any) -> Any:
    """The emulator as it is documented."""
    return emulator("iomete")


def test_a_part_that_is_missing_is_an_error_before_any_network() -> None:
    for url, what in {
        "iomete://u:t@nowhere.invalid?cluster=c&data_plane=d": "a catalog in its path",
        "iomete://u:t@nowhere.invalid/cat?cluster=c&data_plane=d": "a schema in its",
        "iomete://u:t@nowhere.invalid/cat/s?data_plane=d": "the parameter cluster",
        "iomete://u:t@nowhere.invalid/cat/s?cluster=c": "the parameter data_plane",
    }.items():
        with pytest.raises(fletching.ProgrammingError, match=f"needs {what}") as caught:
            fletching.connect(url)
        assert "u:t" not in str(caught.value)


def test_names_without_a_schema_are_in_the_urls(server: Any) -> None:
    url = URL.format(server.address, "spark_catalog/sales")
    with fletching.connect(url) as connection:
        assert connection.info["profile"] == "iomete"
        assert connection.execute("SELECT count(*) FROM orders").fetchall() == [(2,)]
        cursor = connection.execute("SELECT id FROM orders WHERE amount > ?", [10])
        assert cursor.fetchall() == [(2,)]
    with fletching.connect(url, db_schema="default") as connection:
        assert connection.execute("SELECT count(*) FROM my_table").fetchall() == [(12,)]
    with pytest.raises(fletching.ProgrammingError, match="SCHEMA_NOT_FOUND"):
        fletching.connect(URL.format(server.address, "lake/nowhere"))


def test_a_statement_has_run_when_execute_returns(emulator: Any) -> None:
    """Whichever path the server has; the rows of neither are read."""
    for options in ({}, {"with_": ["no-update"]}):
        server = emulator("iomete", **options)
        with fletching.connect(URL.format(server.address, "lake/raw")) as connection:
            connection.execute("CREATE TABLE ran (a INT, b STRING)")
            connection.execute("INSERT INTO ran VALUES (1, 'x')").close()
            insert = "INSERT INTO ran VALUES (?, ?)"
            connection.executemany(insert, [(2, "y"), (3, None)])
            rows = connection.execute("SELECT * FROM ran ORDER BY a").fetchall()
            assert rows == [(1, "x"), (2, "y"), (3, None)]
            connection.execute("DROP TABLE ran")
