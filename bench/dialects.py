# SPDX-License-Identifier: Apache-2.0
"""SQLAlchemy on Fletching beside flightsql-dbapi: `scripts/bench --only dialects`.

Reflection of 500 tables of 20 columns, 100,000 rows of six columns, and a first query
in a fresh process, all on the embedded server. flightsql-dbapi runs on SQLAlchemy 1.4,
Fletching on that and on 2. Clients take turns, each run is a process of its own, the
least of all rounds counts.
"""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import sysconfig
from typing import Any

import writes

HERE = pathlib.Path(__file__).parent
TABLES, COLUMNS, ROWS = 500, 20, 100_000
OURS, OURS_14, OLD = "fletching", "fletching, SQLAlchemy 1.4", "flightsql-dbapi"
FLOOR, FLOOR_14 = "floor", "floor, SQLAlchemy 1.4"
"""Of a client and its floor: which case they run."""
SPECIAL = {FLOOR: "floor", FLOOR_14: "floor"}


class Runner:
    """Runs cases of dialect_worker.py by turns."""

    def __init__(self, bench: Any) -> None:
        import venvs

        old14 = str(venvs.interpreter("sqlalchemy-1.4"))
        self.bench = bench
        self.pythons = {
            OURS: sys.executable,
            FLOOR: sys.executable,
            OURS_14: old14,
            FLOOR_14: old14,
            OLD: bench.pythons[OLD],
        }

    def once(self, client: str, case: str, repeat: int, table: str) -> dict[str, float]:
        """The least of one process's runs in seconds: "wall" and its own "cpu"."""
        program = str(HERE / "dialect_worker.py")
        command = [self.pythons[client], program, "--uri", self.bench.uri]
        command += ["--client", OLD if client == OLD else OURS]
        command += ["--case", SPECIAL.get(client, case), "--table", table]
        command += ["--repeat", str(repeat)]
        if client in (OURS_14, FLOOR_14):
            command += ["--site", sysconfig.get_path("purelib")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
        if done.returncode != 0:
            last = done.stderr.strip().splitlines()[-3:]
            sys.exit(f"bench: {client} {case} failed: {' | '.join(last)}")
        answer: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
        return {kind: min(figures) for kind, figures in answer.items()}

    def compare(
        self, clients: list[str], case: str, repeat: int, table: str = ""
    ) -> dict[str, dict[str, float]]:
        """The least figures, "wall" and "cpu", of each client over all rounds."""
        best: dict[str, dict[str, float]] = {"wall": {}, "cpu": {}}
        for _ in range(self.bench.rounds):
            for client in clients:
                found = self.once(client, case, repeat, table)
                for kind, figure in found.items():
                    known = best[kind].get(client, figure)
                    best[kind][client] = min(known, figure)
        return best


def dialect_rows(bench: Any) -> None:
    """Add the rows of this file to the table."""
    from servers import launch

    runner = Runner(bench)
    with writes.started(launch.start_embedded) as bench.uri:
        make_tables(bench.uri)
        reflection_rows(bench, runner)
        query_rows(bench, runner)


def reflection_rows(bench: Any, runner: Runner) -> None:
    """Columns by one inspector, and MetaData.reflect()."""
    what = f"{TABLES} tables x {COLUMNS} columns"
    clients = [OURS, OURS_14, OLD]
    repeat = 1 if bench.quick else 3
    add(bench, f"Inspector, {what}", runner.compare(clients, "columns", repeat), 0.08)
    found = runner.compare(clients, "reflect", repeat)
    add(bench, f"MetaData.reflect(), {what}", found, 0.5)


def query_rows(bench: Any, runner: Runner) -> None:
    """Rows of a SELECT, and the first query of a process."""
    repeat = 5 if bench.quick else 15
    clients = [OURS, FLOOR, OURS_14, FLOOR_14, OLD]
    found = runner.compare(clients, "all", repeat, "six")
    add(bench, f"execute(select).all(), {ROWS:,} x 6", found, 0.33)
    for ours, floor in ((OURS, FLOOR), (OURS_14, FLOOR_14)):
        for kind, figures in found.items():
            pair = {OURS: figures[ours], "floor": figures[floor]}
            above = (figures[ours] - figures[floor]) * 1e3
            what = f"  {ours}: {above:.0f} ms above the floor, {kind}"
            bench.add(what, pair, "ms", "<= 60 ms", up=False)
    found = runner.compare([OURS, OURS_14, OLD], "start", 1)
    add(bench, "create_engine + first query, fresh process", found, 0.3)


def add(
    bench: Any, what: str, found: dict[str, dict[str, float]], target: float
) -> None:
    """Rows for Fletching on SQLAlchemy 2 and on 1.4, of wall time and of CPU."""
    for client in (OURS, OURS_14):
        for kind, figures in found.items():
            pair = {OURS: figures[client], OLD: figures[OLD]}
            label = ("SQLAlchemy 2" if client == OURS else "SQLAlchemy 1.4", kind)
            goal = f"<= {target}x" if kind == "wall" else "(reported)"
            bench.add(f"{what}, {', '.join(label)}", pair, "ms", goal, up=False)


def make_tables(uri: str) -> None:
    """The tables of both parts."""
    import fletching

    columns = ", ".join(f"c{n} {kind_of(n)}" for n in range(COLUMNS))
    with fletching.connect(uri) as connection:
        for number in range(TABLES):
            connection.execute(f"create table many_{number:04} ({columns})")
        connection.execute(
            "create table six as select value * 7919 + 12345678901 as big,"
            " cast(value % 65536 as int) as small, value / 7.0 as real,"
            " 'name-' || value as text, flag, moment from (select value,"
            " value % 2 = 1 as flag, arrow_cast(1600000000000000 + value * 1234567,"
            f" 'Timestamp(Microsecond, None)') as moment from range({ROWS}))"
        )


def kind_of(number: int) -> str:
    """The type of a column."""
    return ("bigint", "double", "varchar", "timestamp", "boolean")[number % 5]
