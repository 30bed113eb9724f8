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

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests/cli"), str(ROOT / "tests/wheel")]

from programs import (  # noqa: E402
    ADBC,
    BY_NAME,
    ENGINE,
    NAMES,
    OLD_NAME,
    OPTIONAL,
    ROWS,
    WITHOUT_MANAGER,
)
from tmux_terminal import Terminal  # noqa: E402

DIRECTORY = os.environ.get("FLETCHING_WHEELS", "")
# The interpreters that there are wheels for, with os.pathsep between.
PYTHONS = os.environ.get("FLETCHING_TEST_PYTHONS", sys.executable).split(os.pathsep)
WHEELS = sorted(Path(DIRECTORY).glob("fletching-*.whl"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not DIRECTORY, reason="scripts/test-wheel builds the wheels"),
]
# Programs, but no compiler.
BARE = {"HOME": os.environ.get("HOME", "/"), "PATH": "/nowhere"}
# All that is linked into it.
LICENCES = {
    *("adbc", "c-ares", "flatcc", "libcxx", "llhttp", "lz4", "nanoarrow", "nanobind"),
    *("nghttp2", "openssl", "protozero", "robin_map", "simdjson", "zig", "zlib"),
    "zstd",
}
ENTRIES = {
    "AdbcDriverFletchingInit",
    "AdbcDriverInit",
    "PyInit__core",
    "fletching_main",
    "fletching_module",
}
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


@pytest.fixture
def environment(tmp_path: Path) -> Callable[..., Path]:
    """environment("fletching[extra]", ...): the bin folder of a new environment."""

    def make(*packages: str, network: bool = True, python: str = PYTHONS[0]) -> Path:
        subprocess.run([python, "-m", "venv", str(tmp_path / "v")], check=True)
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


def pytest_in(*arguments: str, **environment: str) -> None:
    """Other tests of this project, which find in `environment` what they try."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", "slow or not slow", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout[-4000:]


def test_there_is_one_for_each_python() -> None:
    assert len(WHEELS) == len(PYTHONS)


@pytest.mark.parametrize("wheel", WHEELS, ids=lambda wheel: wheel.name)
def test_what_is_in_it(wheel: Path) -> None:
    assert wheel.stat().st_size <= 8_000_000
    assert "abi3" not in wheel.name
    names = zipfile.ZipFile(wheel).namelist()
    libraries = [name for name in names if "lib" in name and name.endswith(".so")]
    assert libraries == ["fletching/libadbc_driver_fletching.so"]
    licences = {Path(name).stem for name in names if "fletching/licences/" in name}
    assert licences == LICENCES


@pytest.mark.parametrize("wheel", WHEELS, ids=lambda wheel: wheel.name)
def test_it_is_for_every_system_since_2018(wheel: Path) -> None:
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


@pytest.mark.parametrize("python", PYTHONS)
def test_a_bare_environment(
    environment: Callable[..., Path], flights: str, python: str
) -> None:
    folder = environment("fletching", network=False, python=python)
    run(folder / "python", "-c", NAMES.format(optional=OPTIONAL))
    told = run(folder / "python", "-c", WITHOUT_MANAGER)
    assert told.startswith("True\n")
    assert "pip install 'fletching[adbc]'" in told
    assert run(folder / "python", "-c", ROWS, flights) == "[(336776, 'x')]\n"
    sql = "select count(*) as n from flights"
    query = run(folder / "fletching", "query", flights, sql, "--format", "csv")
    assert query.split() == ["n", "336776"]


@pytest.mark.parametrize("python", PYTHONS)
def test_adbc(environment: Callable[..., Path], flights: str, python: str) -> None:
    folder = environment("fletching[adbc]", "pyarrow", python=python)
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


@pytest.mark.parametrize("name", ["flightsql", "iomete", "kurrent", "confluent"])
def test_the_samples_of_an_extra(environment: Callable[..., Path], name: str) -> None:
    """Unchanged, in an environment that has no more than the extra brings."""
    folder = environment(f"fletching[{name}]")
    pytest_in(
        f"tests/samples/test_{name}_samples.py",
        *("-k", "not 1.4 and not 1_4"),
        FLETCHING_SAMPLES_PYTHON=str(folder / "python"),
    )


@pytest.mark.parametrize("python", PYTHONS)
def test_exits(environment: Callable[..., Path], python: str) -> None:
    folder = environment("fletching", network=False, python=python)
    pytest_in(
        "tests/python/test_exit.py", FLETCHING_TEST_PYTHONS=str(folder / "python")
    )
