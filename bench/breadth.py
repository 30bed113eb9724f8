# SPDX-License-Identifier: Apache-2.0
"""Breadth: metadata of many tables, and a result in many endpoints, beside ADBC.

    python bench/breadth.py [--rounds N] [--only objects|endpoints]

GetObjects asks the tests' Go server (500 tables x 20 columns), and then a server that
gives that server's answers out of memory, which leaves the clients' part; the endpoints
come from pyarrow.flight (64 of 10 MB each). Clients take turns, each run in a process
of its own; the best run of each counts.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import worker

HERE = pathlib.Path(__file__).resolve().parent
TABLES, COLUMNS = 500, 20
ENDPOINTS, ENDPOINT_BYTES = 64, 10_000_000
OURS, THEIRS = "fletching", "adbc"


# ---- the servers ----


def start_go() -> tuple[Any, str]:
    """The tests' Go server with many tables."""
    sys.path.insert(0, str(HERE.parent / "tests"))
    from servers import launch

    folder = pathlib.Path(tempfile.mkdtemp())
    flags = ["-tables", str(TABLES), "-columns", str(COLUMNS)]
    server = launch.start_go_secure(folder, lambda: None, "plain", flags=flags)
    return server.process, server.uri


def serve_endpoints() -> None:
    """Answer any statement with the same batches behind many endpoints."""
    import pyarrow as pa
    import pyarrow.flight as flight

    rows = 16_384
    batch = pa.record_batch(
        {
            "a": pa.array(range(rows), pa.int64()),
            "b": pa.array(range(rows), pa.float64()),
            "t": pa.array([f"some text {i % 977}" for i in range(rows)]),
        }
    )
    table = pa.Table.from_batches([batch] * round(ENDPOINT_BYTES / batch.nbytes))

    class Server(flight.FlightServerBase):
        def get_flight_info(self, context: Any, descriptor: Any) -> Any:
            if b"CommandStatementQuery" not in descriptor.command:
                raise NotImplementedError("only statements")
            endpoints = [
                flight.FlightEndpoint(str(i).encode(), []) for i in range(ENDPOINTS)
            ]
            count = table.num_rows * ENDPOINTS
            return flight.FlightInfo(table.schema, descriptor, endpoints, count, -1)

        def do_get(self, context: Any, ticket: Any) -> Any:
            return flight.RecordBatchStream(table)

        def do_action(self, context: Any, action: Any) -> Any:
            raise NotImplementedError(action.type)

    server = Server("grpc://127.0.0.1:0")
    print(f"grpc://127.0.0.1:{server.port}", flush=True)
    server.serve()


def serve_remembered(origin: str) -> None:
    """Answer as the origin does, out of memory from the second time on."""
    import pyarrow.flight as flight

    client = flight.connect(origin)
    known: dict[bytes, Any] = {}

    def answer(command: bytes) -> Any:
        if command not in known:
            asked = flight.FlightDescriptor.for_command(command)
            (endpoint,) = client.get_flight_info(asked).endpoints
            known[command] = client.do_get(endpoint.ticket).read_all()
        return known[command]

    class Server(flight.FlightServerBase):
        def get_flight_info(self, context: Any, descriptor: Any) -> Any:
            schema = answer(descriptor.command).schema
            endpoint = flight.FlightEndpoint(descriptor.command, [])
            return flight.FlightInfo(schema, descriptor, [endpoint], -1, -1)

        def do_get(self, context: Any, ticket: Any) -> Any:
            return flight.RecordBatchStream(answer(ticket.ticket))

        def do_action(self, context: Any, action: Any) -> Any:
            raise NotImplementedError(action.type)

    server = Server("grpc://127.0.0.1:0")
    print(f"grpc://127.0.0.1:{server.port}", flush=True)
    server.serve()


def start_self(*words: str) -> tuple[Any, str]:
    """One of the two servers above in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, __file__, *words], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


# ---- the clients ----


def connect(client: str, uri: str) -> Any:
    """A connection of one of the two."""
    if client == OURS:
        import fletching

        return fletching.connect(uri)
    import adbc_driver_flightsql.dbapi as dbapi

    options = {"adbc.flight.sql.client_option.with_max_msg_size": str(2**31 - 1)}
    return dbapi.connect(uri, db_kwargs=options, autocommit=True)


def objects(client: str, connection: Any, keys: bool) -> int:
    """All columns of all tables, as Arrow."""
    if client == OURS:
        found = connection.get_objects("all", constraints=keys).fetch_arrow_table()
    else:
        found = connection.adbc_get_objects(depth="all").read_all()
    return int(found.nbytes)


def batches(client: str, connection: Any) -> int:
    """Every batch of a result, one held at a time."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")
        return sum(batch.nbytes for batch in cursor.fetch_record_batch())


def measure(client: str, case: str, uri: str) -> dict[str, float]:
    """One run: the best of a few, and the memory above what it began with."""
    import pyarrow  # noqa: F401, both need it; its size is nobody's

    connection = connect(client, uri)
    runs: dict[str, Callable[[], int]] = {
        "objects": lambda: objects(client, connection, keys=False),
        "objects-keys": lambda: objects(client, connection, keys=True),
        "endpoints": lambda: batches(client, connection),
    }
    before = worker.resident()
    pathlib.Path("/proc/self/clear_refs").write_text("5")
    walls = worker.timed(runs[case], 1 if case == "endpoints" else 3)["wall"]
    above = worker.peak_resident() - before
    connection.close()
    return {"wall": min(walls), "above": above}  # type: ignore[type-var]


def compare(case: str, uri: str, rounds: int, clients: list[str]) -> dict[str, Any]:
    """Clients take turns; the best of each."""
    best: dict[str, Any] = {}
    for _ in range(rounds):
        for client in clients:
            command = [sys.executable, __file__, "--client", client, "--case", case]
            done = subprocess.run(
                [*command, "--uri", uri], capture_output=True, text=True, timeout=900
            )
            if done.returncode != 0:
                sys.exit(f"bench: {client} {case} failed: {done.stderr[-600:]}")
            answer = json.loads(done.stdout.strip().splitlines()[-1])
            known = best.setdefault(client, answer)
            for key, value in answer.items():
                known[key] = min(known[key], value)
    return best


def say(what: str, best: dict[str, Any], goal: str) -> None:
    """A row of the table."""
    ours, theirs = best[OURS], best.get(THEIRS, best[OURS])
    print(
        f"| {what} | {ours['wall']:.3f} s, {ours['above'] / 2**20:.0f} MiB"
        f" | {theirs['wall']:.3f} s, {theirs['above'] / 2**20:.0f} MiB"
        f" | {ours['wall'] / theirs['wall']:.2f}x | {goal} |",
        flush=True,
    )


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["objects", "endpoints"])
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--remember", help=argparse.SUPPRESS)
    parser.add_argument("--client", help=argparse.SUPPRESS)
    parser.add_argument("--case", help=argparse.SUPPRESS)
    parser.add_argument("--uri", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        return serve_endpoints()
    if arguments.remember:
        return serve_remembered(arguments.remember)
    if arguments.client:
        print(json.dumps(measure(arguments.client, arguments.case, arguments.uri)))
        return None
    print(f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores")
    print("| what | fletching | adbc | ratio | goal |\n| --- | --- | --- | --- | --- |")
    if arguments.only in (None, "objects"):
        object_rows(arguments.rounds)
    if arguments.only in (None, "endpoints"):
        endpoint_row(arguments.rounds)
    return None


def object_rows(rounds: int) -> None:
    """GetObjects, without keys as ADBC has it, and with them."""
    both = [OURS, THEIRS]
    what = f"GetObjects, {TABLES} tables x {COLUMNS} columns"
    go, origin = start_go()
    try:
        peers = compare("objects", origin, rounds, both)
        say(f"{what}, Go server", peers, "0.2x")
        remembering, uri = start_self("--remember", origin)
        try:
            say(f"{what}, answers ready", compare("objects", uri, rounds, both), "-")
        finally:
            remembering.kill()
        keys = compare("objects-keys", origin, 1, [OURS])
        say(f"{what}, Go server, ours with keys", {**peers, **keys}, "-")
    finally:
        go.stop()


def endpoint_row(rounds: int) -> None:
    """A result in many endpoints."""
    process, uri = start_self("--serve")
    try:
        best = compare("endpoints", uri, rounds, [OURS, THEIRS])
    finally:
        process.kill()
    what = f"{ENDPOINTS} endpoints of {ENDPOINT_BYTES / 1e6:.0f} MB, in batches"
    say(what, best, "0.67x, below 128 MiB")


if __name__ == "__main__":
    main()
