# SPDX-License-Identifier: Apache-2.0
"""The cap of KurrentDB's queries without a LIMIT, through every face."""

from __future__ import annotations

import logging
import os
import pathlib
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

import fletching

SQL = "SELECT log_position FROM kdb.records"
CAP = "KURRENTDB_MAX_ROWS"


@pytest.fixture(autouse=True)
def without_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is not set."""
    monkeypatch.delenv(CAP, raising=False)


@pytest.fixture(scope="module")
def server(emulator: Any) -> Any:
    """KurrentDB with a billion events."""
    return emulator("kurrentdb", records=1_000_000_000)


@pytest.fixture
def url(server: Any) -> str:
    address = server.uri.partition("://")[2]
    return f"kurrentdb://admin:changeit@{address}?insecure=true"


def test_a_query_without_end_ends(url: str, server: Any) -> None:
    with fletching.connect(url) as connection:
        assert len(connection.execute(SQL).fetchall()) == 10_000
        assert server.statements()[-1] == f"{SQL}\nLIMIT 10000"
        # What has a LIMIT goes out as it is, also beyond the cap.
        longer = f"{SQL} LIMIT 20000"
        assert len(connection.execute(longer).fetchall()) == 20_000
        assert server.statements()[-1] == longer


def read_all(cursor: Any) -> int:
    return len(cursor.fetchall())


def read_many(cursor: Any) -> int:
    rows = 0
    while found := cursor.fetchmany(7):
        rows += len(found)
    return rows


def read_singly(cursor: Any) -> int:
    rows = 0
    while cursor.fetchone() is not None:
        rows += 1
    return rows


def iterate(cursor: Any) -> int:
    return sum(1 for _ in cursor)


def read_arrow(cursor: Any) -> int:
    rows: int = cursor.fetch_arrow_table().num_rows
    return rows


def read_frame(cursor: Any) -> int:
    return len(cursor.fetch_df())


READERS: list[Callable[[Any], int]] = [
    read_all,
    read_many,
    read_singly,
    iterate,
    read_arrow,
    read_frame,
]


@pytest.mark.parametrize("read", READERS)
def test_a_full_result_is_told_when_it_is_read(
    url: str,
    read: Callable[[Any], int],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv(CAP, "30")
    with fletching.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(SQL)
        with caplog.at_level(logging.WARNING, "fletching"):
            assert read(cursor) == 30
        (record,) = caplog.records
        assert record.levelno == logging.WARNING
        assert CAP in record.getMessage()
        assert "30 rows" in record.getMessage()


def test_fewer_rows_are_not_told(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with fletching.connect(url) as connection:
        cursor = connection.execute(f"{SQL} WHERE log_position < 128 * 29")
        assert len(cursor.fetchall()) == 29
    assert caplog.records == []


@pytest.mark.parametrize("bind", ["client", "server"])
def test_it_holds_with_parameters(url: str, server: Any, bind: str) -> None:
    sql = f"{SQL} WHERE log_position > ? -- not all"
    with fletching.connect(url, bind=bind, max_rows=5) as connection:
        rows = connection.execute(sql, [1000]).fetchall()
    assert rows == [(1024,), (1152,), (1280,), (1408,), (1536,)]
    value = "1000" if bind == "client" else "$1"
    assert server.statements()[-1] == sql.replace("?", value) + "\nLIMIT 5"


def test_the_limit_stands_before_the_semicolon(url: str, server: Any) -> None:
    with fletching.connect(url, max_rows=5) as connection:
        assert len(connection.execute(f"{SQL} ; -- all").fetchall()) == 5
    assert server.statements()[-1] == f"{SQL} \nLIMIT 5; -- all"


def test_none_by_option_or_variable(
    url: str, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fletching.connect(url, max_rows=0) as connection:
        connection.execute(SQL).close()
        assert server.statements()[-1] == SQL
    monkeypatch.setenv(CAP, "0")
    with fletching.connect(url) as connection:
        connection.execute(SQL).close()
        assert server.statements()[-1] == SQL


def test_what_is_no_integer_is_an_error(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CAP, "10k")
    with pytest.raises(fletching.ProgrammingError, match=f"{CAP}: '10k'"):
        fletching.connect(url)


def test_the_profile_alone_is_enough(server: Any) -> None:
    options: dict[str, Any] = {"user": "admin", "password": "changeit"}
    with fletching.connect(server.uri, profile="kurrentdb", **options) as connection:
        connection.execute(SQL).close()
    assert server.statements()[-1] == f"{SQL}\nLIMIT 10000"
    # Other servers are asked as it is written.
    with fletching.connect(server.uri, **options) as connection:
        connection.execute(SQL).close()
    assert server.statements()[-1] == SQL


def test_the_command_line(url: str, server: Any) -> None:
    program = pathlib.Path(sys.executable).with_name("fletching")
    done = subprocess.run(
        [program, "query", "--format", "csv", url, SQL],
        env={"PATH": os.environ["PATH"], CAP: "12"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 13  # with the header
    assert CAP in done.stderr
    assert server.statements()[-1] == f"{SQL}\nLIMIT 12"
