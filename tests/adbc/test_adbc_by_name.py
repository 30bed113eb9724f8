# SPDX-License-Identifier: Apache-2.0
"""The driver found by its name: adbc_driver_fletching, Polars, a URI alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import fletching
import fletching.adbc

pytest.importorskip("pyarrow")
manager = pytest.importorskip("adbc_driver_manager")
dbapi = pytest.importorskip("adbc_driver_fletching.dbapi")

import adbc_driver_fletching  # noqa: E402

COUNT = "select count(*) as n from flights"


def test_polars_takes_the_driver_from_the_uri(flights: str) -> None:
    polars = pytest.importorskip("polars")
    uri = f"fletching:{flights}"
    frame = polars.read_database_uri(COUNT, uri, engine="adbc")
    assert frame.to_dicts() == [{"n": 336_776}]
    one = polars.read_database_uri(
        "select name from airlines where carrier = ?",
        uri.replace("fletching:grpc", "Fletching:grpc"),
        engine="adbc",
        execute_options={"parameters": ("UA",)},
    )
    assert one["name"].to_list() == ["United Air Lines Inc."]


def test_polars_reads_flink(flink: Callable[..., Any]) -> None:
    polars = pytest.importorskip("polars")
    uri = "fletching:flink+" + flink().uri
    frame = polars.read_database_uri("select 41 + 1 as n", uri, engine="adbc")
    assert frame.to_dicts() == [{"n": 42}]


def test_the_packages_own_connect(flights: str, duck: str) -> None:
    with dbapi.connect(flights) as connection, connection.cursor() as cursor:
        assert cursor.execute(COUNT).fetchall() == [(336_776,)]
    # A server with transactions has autocommit off, as PEP 249 wants it.
    with (
        dbapi.connect(
            duck,
            {"fletching.memory_budget": "32m"},
            {"adbc.connection.db_schema": "main"},
        ) as connection,
        connection.cursor() as cursor,
    ):
        assert connection.adbc_database.get_option("fletching.memory_budget") == "32m"
        assert connection.adbc_connection.get_option(
            "adbc.connection.autocommit"
        ) == "false"  # fmt: skip
        assert cursor.execute("select current_schema()").fetchall() == [("main",)]
        connection.rollback()
    with adbc_driver_fletching.connect(flights) as database:
        connection = manager.AdbcConnection(database)
        connection.close()
    assert adbc_driver_fletching._driver_path() == fletching.adbc_driver_path()
    with pytest.raises(dbapi.OperationalError, match="is the server running"):
        dbapi.connect("fletching://127.0.0.1:1?transport=tcp")


def test_without_the_driver_manager_it_says_what_to_install() -> None:
    program = """
import sys
sys.modules["adbc_driver_manager"] = None  # as if it were not installed
import adbc_driver_fletching
for attempt in (
    lambda: adbc_driver_fletching.connect("grpc://127.0.0.1:1"),
    lambda: __import__("adbc_driver_fletching.dbapi"),
):
    try:
        attempt()
    except ImportError as error:
        assert "pip install 'fletching[adbc]'" in str(error), error
    else:
        raise SystemExit("no error")
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_uri_alone_finds_the_manifest(
    flights: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fletching.adbc.install_manifest(tmp_path)
    monkeypatch.setenv("ADBC_DRIVER_PATH", str(tmp_path))
    connect = pytest.importorskip("adbc_driver_manager.dbapi").connect
    own = flights.replace("grpc://", "fletching://") + "?transport=tcp"
    for named in (
        {"uri": own},
        {"driver": own},
        {"driver": "fletching", "db_kwargs": {"uri": flights}},
    ):
        with (
            connect(**named, autocommit=True) as connection,
            connection.cursor() as cursor,
        ):
            assert cursor.execute("select 1").fetchall() == [(1,)]


@pytest.mark.parametrize(
    "name", ["fletching:{}", "FLETCHING:{}", "fletching://{place}?transport=tcp"]
)
def test_every_face_takes_these_urls(flights: str, name: str) -> None:
    place = flights.partition("://")[2]
    uri = name.format(flights, place=place)
    with fletching.connect(uri) as connection:
        assert connection.execute(COUNT).fetchone() == (336_776,)
    command = [str(Path(sys.executable).with_name("fletching")), "query", uri, COUNT]
    done = subprocess.run(
        [*command, "--format", "csv"], check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == ["n", "336776"]


def test_a_name_is_not_taken_twice() -> None:
    for uri in ("fletching:fletching:grpc://h:1", "fletching:h:1", "fletching:"):
        with pytest.raises(fletching.ProgrammingError, match=r"^UR[IL]: "):
            fletching.connect(uri)
