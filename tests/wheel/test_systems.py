# SPDX-License-Identifier: Apache-2.0
"""The wheels on other systems: Alpine's C library, and an old glibc.

`scripts/test-wheel` makes the systems (scripts/wheel-systems.sh) and names them in
FLETCHING_WHEEL_SYSTEMS. Servers run here; the network is the same.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/wheel"))

from programs import ADBC, COMPARED, NAMES, OPTIONAL, ROWS, TABLE  # noqa: E402
from systems import System, bases  # noqa: E402

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not bases(), reason="scripts/test-wheel makes the systems"),
]
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
ROOTS = {
    "debian": CERTIFICATES,
    "fedora": "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "alpine": "/etc/ssl/cert.pem",
}
SMALL_STACKS = (ROOT / "tests/python/small_stacks.py").read_text()
FORKS = """
import os, sys, threading, fletching
def churn():
    while True:
        url = f"{sys.argv[1]}?x-n={os.urandom(4).hex()}"
        with fletching.connect(url, tls_root_certs=sys.argv[2]) as connection:
            connection.execute("select 1").fetchall()
def stream():
    while True:
        with fletching.connect(sys.argv[1], tls_root_certs=sys.argv[2]) as connection:
            cursor = connection.execute("select range::varchar from range(1000000)")
            while cursor.fetchmany(1000): pass
for work in (churn, stream):
    threading.Thread(target=work, daemon=True).start()
connection = fletching.connect(sys.argv[1], tls_root_certs=sys.argv[2])
connection.execute("select 1").fetchall()
for number in range(30):
    child = os.fork()
    if child == 0:
        with fletching.connect(sys.argv[1], tls_root_certs=sys.argv[2]) as mine:
            os._exit(mine.execute("select 42").fetchall() != [(42,)])
    assert os.waitpid(child, 0)[1] == 0, number
assert connection.execute("select 43").fetchall() == [(43,)]
print("all")
"""


@pytest.fixture(scope="module", params=bases(), ids=lambda base: base.name)
def system(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    tls_files: Any,
) -> Iterator[System]:
    """One of the systems with fletching in its bare environment."""
    folder = tmp_path_factory.mktemp("system", numbered=True)
    made = System(request.param, folder / "root", tls_files.ca.parents[1])
    made.install(["fletching"])
    yield made
    subprocess.run(["rm", "-rf", "--one-file-system", folder], check=True)


def test_it_is_another_c_library(system: System) -> None:
    said = system.try_to_run(f"/lib/ld-musl-{os.uname().machine}.so.1").stderr
    assert ("musl libc" in said) == system.is_musl


def test_every_name_is_imported(system: System) -> None:
    system.python(NAMES.format(optional=OPTIONAL))


def test_rows_and_the_command_line(system: System, flights: str) -> None:
    assert system.python(ROWS, flights) == "[(336776, 'x')]\n"
    sql = "select count(*) as n from flights"
    told = system.run("/venv/bin/fletching", "query", flights, sql, "--format", "csv")
    assert told.split() == ["n", "336776"]
    assert system.run("/venv/bin/fletching", "--version").startswith("fletching ")


def test_every_value_is_the_one_that_it_is_here(
    system: System, embedded: Callable[..., Any]
) -> None:
    uri = embedded(engine="duckdb", data="nycflights13").uri
    here = subprocess.run(
        [sys.executable, "-c", COMPARED, uri], capture_output=True, text=True
    )
    assert here.returncode == 0, here.stderr
    assert system.python(COMPARED, uri) == here.stdout


def test_arrow(system: System, flights: str) -> None:
    system.install(["pyarrow"])
    assert system.python(TABLE, flights) == "336776 19\n"


def test_adbc(system: System, flights: str) -> None:
    if system.is_musl:
        pytest.skip("there is no adbc-driver-manager for musl")
    system.install(["adbc-driver-manager", "pyarrow"])
    assert system.python(ADBC, flights) == "[(336776,)]\n"


def test_the_driver_in_a_program_without_python(system: System, flights: str) -> None:
    fetch = [sys.executable, ROOT / "tools/fetch_source.py", "adbc_driver_manager"]
    source = subprocess.run(fetch, check=True, capture_output=True, text=True).stdout
    header = f"-I{source.strip()}/adbc_driver_manager"
    program = system.root / "tmp/program"
    compiler = os.environ["FLETCHING_WHEEL_CC"]
    sources = [ROOT / "tests/adbc/program.c", "-o", program, header, "-ldl"]
    subprocess.run([compiler, *sources], check=True)
    (driver,) = system.root.glob("venv/lib/python*/site-packages/fletching/libadbc*")
    inside = Path("/") / driver.relative_to(system.root)
    sql = "select count(*) from flights"
    assert system.run("/tmp/program", inside, flights, sql) == "336776\n"


@pytest.mark.parametrize("layout", ROOTS)
def test_authorities_are_found(
    system: System, embedded: Callable[..., Any], tls_files: Any, layout: str
) -> None:
    for path in ROOTS.values():
        (system.root / path.lstrip("/")).unlink(missing_ok=True)
    uri = embedded(data="nycflights13", tls=True).uri
    refused = system.try_to_run("/venv/bin/python", "-c", ROWS, uri)
    # The folder of one layout may stay behind, empty.
    assert re.search("no root certificates found|roots from", refused.stderr)
    system.write(ROOTS[layout], tls_files.ca.read_bytes())
    assert system.python(ROWS, uri) == "[(336776, 'x')]\n"


def test_names(
    system: System, flights: str, dns_on_port_53: Callable[..., Any]
) -> None:
    port = flights.rpartition(":")[2]
    system.write("/etc/hosts", "127.0.0.1 localhost here.example.test\n")
    dns_on_port_53({"there.example.test": ["127.0.0.1"]})
    system.write("/etc/resolv.conf", "nameserver 127.0.0.53\n")
    for name in ("localhost", "here.example.test", "there.example.test"):
        assert "336776" in system.python(ROWS, f"grpc://{name}:{port}"), name
    lost = system.try_to_run("/venv/bin/fletching", "ping", f"grpc://no.test:{port}")
    assert lost.returncode != 0
    assert "no.test" in lost.stderr


def test_small_stacks(system: System, embedded: Callable[..., Any]) -> None:
    server = embedded(engine="duckdb", tls=True)
    assert system.python(SMALL_STACKS, server.uri, str(server.tls.ca)) == "all\n"


def test_forks(system: System, embedded: Callable[..., Any]) -> None:
    server = embedded(engine="duckdb", tls=True)
    assert system.python(FORKS, server.uri, str(server.tls.ca)) == "all\n"


def test_exits(system: System, tmp_path: Path) -> None:
    """The tests of exits, with the Python of that system."""
    python = system.wrapper(tmp_path / "python")
    tests = Path(__file__).parents[1] / "python/test_exit.py"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", tests],
        env=os.environ | {"FLETCHING_TEST_PYTHONS": str(python)},
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
