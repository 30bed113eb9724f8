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

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/cli"))

from tmux_terminal import Terminal  # noqa: E402

DIRECTORY = os.environ.get("FLETCHING_WHEELS", "")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not DIRECTORY, reason="scripts/test-wheel builds the wheels"),
]
# Programs, but no compiler.
BARE = {"HOME": os.environ.get("HOME", "/"), "PATH": "/nowhere"}
ENTRIES = {
    "AdbcDriverFletchingInit",
    "AdbcDriverInit",
    "PyInit__core",
    "fletching_main",
    "fletching_module",
}
NAMES = """
import importlib, pkgutil, fletching
for module in pkgutil.iter_modules(fletching.__path__, "fletching."):
    name = module.name.rpartition(".")[2]
    if name in {optional!r} or name.startswith("lib"):
        continue
    importlib.import_module(module.name)
"""
# What needs packages that are not there.
OPTIONAL = {"serve", "sqlalchemy", "superset", "_gevent", "_harlequin"}
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
BY_NAME = """
import sys
from adbc_driver_fletching import dbapi
with dbapi.connect("fletching:" + sys.argv[1]) as c, c.cursor() as cursor:
    cursor.execute("select count(*) from flights")
    print(cursor.fetchall())
"""
WITHOUT_MANAGER = """
import adbc_driver_fletching
print(adbc_driver_fletching.__version__ is not None)
try:
    import adbc_driver_fletching.dbapi
except ImportError as error:
    print(error)
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

# A program without Python that asks the driver for its functions.
HOST = """
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
int main(int argc, char** argv) {
  void* library = dlopen(argv[argc - 1], RTLD_NOW);
  if (library == NULL) return puts(dlerror()), 1;
  int (*init)(int, void*, void*) = dlsym(library, "AdbcDriverInit");
  void *(*module)(void) = dlsym(library, "fletching_module");
  char driver[4096];
  printf("%d %d\\n", init(1001000, driver, NULL), module() == NULL);
}
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
    libraries = [name for name in names if "lib" in name and name.endswith(".so")]
    assert libraries == ["fletching/libadbc_driver_fletching.so"]
    licences = {Path(name).stem for name in names if "fletching/licences/" in name}
    assert {"openssl", "nghttp2", "nanoarrow", "llhttp", "libcxx"} <= licences


def test_it_is_for_every_system_since_2018() -> None:
    (wheel,) = Path(DIRECTORY).glob("fletching-*.whl")
    assert "manylinux_2_28" in wheel.name


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
        assert set(names) <= ENTRIES, library.name


def test_a_bare_environment(environment: Callable[..., Path], flights: str) -> None:
    folder = environment("fletching", network=False)
    run(folder / "python", "-c", NAMES.format(optional=OPTIONAL))
    told = run(folder / "python", "-c", WITHOUT_MANAGER)
    assert told.startswith("True\n")
    assert "pip install 'fletching[adbc]'" in told
    assert run(folder / "python", "-c", ROWS, flights) == "[(336776, 'x')]\n"
    sql = "select count(*) as n from flights"
    query = run(folder / "fletching", "query", flights, sql, "--format", "csv")
    assert query.split() == ["n", "336776"]


def test_adbc(environment: Callable[..., Path], flights: str) -> None:
    folder = environment("fletching[adbc]", "pyarrow")
    assert run(folder / "python", "-c", ADBC, flights) == "[(336776,)]\n"
    assert run(folder / "python", "-c", BY_NAME, flights) == "[(336776,)]\n"


def test_the_driver_in_a_program_without_python(
    environment: Callable[..., Path], tmp_path: Path
) -> None:
    folder = environment("fletching", network=False)
    (driver,) = folder.parent.rglob("libadbc_driver_fletching.so")
    (tmp_path / "host.c").write_text(HOST)
    host = tmp_path / "host"
    subprocess.run(["cc", tmp_path / "host.c", "-o", host, "-ldl"], check=True)
    assert run(host, driver) == "0 1\n"


def test_the_shell(environment: Callable[..., Path], flights: str) -> None:
    folder = environment("fletching[shell]")
    terminal = Terminal([str(folder / "fletching"), "shell", flights], BARE)
    try:
        terminal.wait(r"^fletching> ?$")
        terminal.type("select count(*) as n from fli", "Tab")
        terminal.wait(r"from flights$")
        terminal.type(";")
        terminal.wait(r"^ *336776\n1 row")
    finally:
        terminal.close()


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
