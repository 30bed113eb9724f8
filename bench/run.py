# SPDX-License-Identifier: Apache-2.0
"""Runs the comparison and prints one table of ratios. `scripts/bench` prepares it.

Every figure of a row comes from the same server in the same run; clients take turns,
round by round, so that a machine whose speed drifts drifts for all of them.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import pathlib
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass

import dialects
import loopback
import writes

HERE = pathlib.Path(__file__).parent
OURS = "fletching"


@dataclass
class Row:
    what: str
    ours: str
    peers: str
    ratios: str
    target: str


class Bench:
    """Starts workers and remembers their answers."""

    def __init__(
        self, old_python: str, programs: pathlib.Path, rounds: int, quick: bool
    ) -> None:
        self.pythons = {"flightsql-dbapi": old_python}
        self.programs = programs
        self.rounds = rounds
        self.quick = quick
        self.uri = ""
        self.roots: str | None = None
        self.data: pathlib.Path | None = None
        self.rows: list[Row] = []

    def worker(self, client: str, case: str, table: str, repeat: int) -> dict:
        python = self.pythons.get(client, sys.executable)
        command = [python, str(HERE / "worker.py"), "--client", client, "--case", case]
        command += ["--uri", self.uri, "--table", table, "--repeat", str(repeat)]
        if self.data:
            command += ["--data", str(self.data)]
        if self.roots:
            command += ["--roots", self.roots]
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
        if done.returncode != 0:
            last = done.stderr.strip().splitlines()[-3:]
            sys.exit(f"bench: {client} {case} {table} failed: {' | '.join(last)}")
        answer: dict = json.loads(done.stdout.strip().splitlines()[-1])
        return answer

    def drain(self, table: str, repeat: int) -> float:
        """Seconds of the least a client can do: see drain.cc."""
        host, port = self.uri.rsplit("/", 1)[-1].split(":")
        mode = "tls" if self.roots else "plain"
        command = [str(self.programs / "drain"), host, port, mode, table, str(repeat)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        wall: float = json.loads(done.stdout)["wall"]
        return wall

    def compare(
        self, clients: list[str], case: str, table: str, repeat: int, key: str = "wall"
    ) -> dict[str, float]:
        """The best figure of each client over all rounds."""
        best: dict[str, float] = {}
        for _ in range(self.rounds):
            for client in clients:
                answer = self.worker(client, case, table, repeat)
                value = answer[key]
                figure = min(value) if isinstance(value, list) else value
                best[client] = min(best.get(client, figure), figure)
        return best

    def add(
        self, what: str, figures: dict[str, float], unit: str, target: str, up: bool
    ) -> None:
        """up: how many times faster we are; else, what part of theirs ours is."""
        scale = {"s": 1.0, "ms": 1e3, "us": 1e6, "MiB": 1 / 2**20}[unit]
        ours = figures[OURS]
        peers = {name: value for name, value in figures.items() if name != OURS}
        ratios = {n: (v / ours if up else ours / v) for n, v in peers.items()}
        row = Row(
            what,
            f"{ours * scale:.3g} {unit}",
            ", ".join(f"{n} {v * scale:.3g}" for n, v in peers.items()),
            ", ".join(f"{n} {v:.2f}x" for n, v in ratios.items()),
            target,
        )
        self.rows.append(row)
        print(f"  {row.what}: {row.ours} | {row.peers} | {row.ratios} | {row.target}")


@contextlib.contextmanager
def server(
    programs: pathlib.Path, data: pathlib.Path, tls: tuple[str, str] | None
) -> Iterator[str]:
    command = [str(programs / "server"), str(data), *(tls or ())]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[-1]
    finally:
        process.kill()
        process.wait()


def make_certificate(directory: pathlib.Path) -> tuple[str, str]:
    cert, key = directory / "cert.pem", directory / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return str(cert), str(key)


def arrow_rows(bench: Bench, size: int) -> None:
    peers = [OURS, "pyarrow.flight", "adbc"]
    plain = not bench.roots
    repeat = 3 if bench.quick else 7
    figures = bench.compare(peers, "table", "lineitem", repeat)
    name = "lineitem SF1, Arrow table, " + ("plaintext" if plain else "TLS")
    target = "<= 0.67x the faster" if plain else "<= 0.7x the faster"
    bench.add(f"{name}: best wall", figures, "s", target, up=False)
    least = {OURS: figures[OURS], "drain": bench.drain("lineitem", 2 * repeat)}
    bench.add("  against throwing it away", least, "s", "(reported)", up=False)
    if not plain:
        return
    raw = {OURS: figures[OURS], "raw loopback": loopback.measure(size, 5)}
    bench.add("  against raw loopback receive", raw, "s", "<= 1.43x (70%)", up=False)
    first = {c: bench.worker(c, "table", "lineitem", 1)["wall"][0] for c in peers}
    bench.add("  first run in a fresh process", first, "s", "(reported)", up=False)
    cpu = bench.compare(peers, "table", "lineitem", repeat, key="cpu")
    per_gb = {client: value / (size / 1e9) for client, value in cpu.items()}
    bench.add(
        "  client CPU seconds per GB", per_gb, "s", "<= 0.75x the better", up=False
    )


def latency_rows(bench: Bench) -> None:
    peers = [OURS, "pyarrow.flight", "adbc"]
    repeat = 500 if bench.quick else 3000
    for key in ("p50", "p99"):
        figures = bench.compare(peers, "latency", "ten", repeat, key=key)
        target = "<= 0.5x pyarrow.flight, 0.2x adbc" if key == "p50" else "(reported)"
        bench.add(f"10-row query, {key}", figures, "us", target, up=False)
    figures = bench.compare([OURS, "adbc"], "connect", "ten", 100)
    bench.add("connect + first query + close", figures, "us", "<= 0.3x adbc", up=False)


def row_rows(bench: Bench) -> None:
    repeat = 2 if bench.quick else 3
    for table, name, target in (
        ("six", "1 M rows x 6", ">= 8x dbapi, 20x adbc, 4x pyarrow"),
        ("lineitem_part", "1 M lineitem rows x 16", ">= 3x / 12x / 3x"),
    ):
        peers = [OURS, "flightsql-dbapi", "adbc", "pyarrow.flight"]
        figures = bench.compare(peers, "fetchall", table, repeat)
        bench.add(f"fetchall, {name}, end to end", figures, "s", target, up=True)
        figures = bench.compare([OURS, "pyarrow.flight"], "rows", table, repeat)
        bench.add("  conversion alone", figures, "s", "(reported)", up=True)


def process_rows(bench: Bench) -> None:
    figures = bench.compare([OURS, "flightsql-dbapi"], "import", "ten", 1)
    target = "<= 0.2x flightsql-dbapi"
    bench.add("import + connect, fresh process", figures, "ms", target, up=False)
    figures = bench.compare(
        [OURS, "pyarrow.flight", "adbc"], "memory", "big", 1, "above"
    )
    target = "<= 128 MiB"
    bench.add("memory above start, 2 GB in batches", figures, "MiB", target, up=False)


def print_table(rows: list[Row]) -> None:
    header = Row("what", OURS, "peers", "ratio", "target")
    print("\n| " + " | ".join(vars(header).values()) + " |")
    print("|" + " --- |" * 5)
    for row in rows:
        print("| " + " | ".join(vars(row).values()) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument(
        "--programs", type=pathlib.Path, required=True, help="where server, drain are"
    )
    parser.add_argument("--old-python", required=True, help="one with flightsql-dbapi")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument(
        "--only",
        choices=["arrow", "tls", "latency", "rows", "process", "writes", "dialects"],
    )
    arguments = parser.parse_args()
    bench = Bench(
        arguments.old_python, arguments.programs, arguments.rounds, arguments.quick
    )
    print(f"{time.strftime('%Y-%m-%d')}, {platform.platform()}, {platform.processor()}")
    size = (arguments.data / "lineitem.arrow").stat().st_size
    wanted = {arguments.only} if arguments.only else {"arrow", "tls", "latency", "rows"}
    if not arguments.only:
        wanted |= {"process", "writes", "dialects"}
    reads = wanted - {"tls", "writes", "dialects"}
    plain = server(bench.programs, arguments.data, None)
    with plain if reads else contextlib.nullcontext() as uri:
        bench.uri = uri or ""
        if "arrow" in wanted:
            arrow_rows(bench, size)
        if "latency" in wanted:
            latency_rows(bench)
        if "rows" in wanted:
            row_rows(bench)
        if "process" in wanted:
            process_rows(bench)
    if "tls" in wanted:
        with tempfile.TemporaryDirectory() as name:
            pair = make_certificate(pathlib.Path(name))
            with server(bench.programs, arguments.data, pair) as bench.uri:
                bench.roots = pair[0]
                arrow_rows(bench, size)
    if "writes" in wanted:
        bench.roots, bench.data = None, arguments.data
        writes.write_rows(bench)
    if "dialects" in wanted:
        dialects.dialect_rows(bench)
    print_table(bench.rows)


if __name__ == "__main__":
    main()
