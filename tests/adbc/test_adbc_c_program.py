# SPDX-License-Identifier: Apache-2.0
"""A C program that loads the driver by itself: program.c."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import fletching

manager = pytest.importorskip("adbc_driver_manager")


def compiled(name: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    compiler = shutil.which("cc")
    assert compiler is not None, "cc is missing (Debian: apt-get install gcc)"
    path = tmp_path_factory.mktemp("c") / name
    source = Path(__file__).with_name(f"{name}.c")
    include = Path(manager.__file__).parent  # it brings adbc.h
    command = [compiler, "-std=c11", "-Wall", "-Werror", "-D_GNU_SOURCE", str(source)]
    command += ["-isystem", str(include), "-o", str(path), "-ldl"]
    subprocess.run(command, check=True)
    return str(path)


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> str:
    return compiled("program", tmp_path_factory)


def run(program: str, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [program, fletching.adbc_driver_path(), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


def test_it_reads_rows(program: str, flights: str) -> None:
    sql = "select count(*) from flights union all select 7 order by 1"
    assert run(program, flights, sql) == (0, "7\n336776\n")


def test_it_is_told_what_is_wrong(program: str, flights: str) -> None:
    status, output = run(program, flights, "select x from nowhere")
    assert status == 1
    assert output.startswith("query: ")
    assert "nowhere" in output


def test_misuse_is_an_error_not_a_crash(program: str) -> None:
    assert run(program, "--misuse") == (0, "0 wrong\n")


def test_callers_of_version_1_0_0(program: str) -> None:
    status, output = run(program, "--old")
    assert status == 0
    assert "1.0.0 and 1.1.0 are" in output


def test_every_function_answers(
    tmp_path_factory: pytest.TempPathFactory, embedded: Callable[..., Any]
) -> None:
    uri = embedded(engine="duckdb").uri
    with fletching.connect(uri, autocommit=True) as connection:
        connection.execute("create or replace table t as select 7::bigint as n")
        walk = compiled("walk", tmp_path_factory)
        status, output = run(walk, uri)
        connection.execute("drop table t")
    assert status == 0, output
    lines = [line.rsplit(" ", 1) for line in output.splitlines()]
    not_implemented, not_found = 2, 3
    other = {
        "a plan": not_implemented,  # DuckDB takes none
        "a wrong query": not_found,
    }
    told = {name: int(code) for name, code in lines}
    assert {name: code for name, code in told.items() if code != 0} == other
    table = Path(manager.__file__).parent / "arrow-adbc" / "adbc.h"
    functions = re.findall(
        r"^  (?:AdbcStatusCode|int|struct AdbcErrorDetail|const struct AdbcError\*)"
        r" \(\*(\w+)\)\(",
        table.read_text().partition("struct ADBC_EXPORT AdbcDriver {")[2],
        re.MULTILINE,
    )
    assert len(functions) > 50
    assert set(functions) <= set(told), "each was called"
