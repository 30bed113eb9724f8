# SPDX-License-Identifier: Apache-2.0
"""Runs one case with one client in a process of its own and prints a line of JSON."""

from __future__ import annotations

import argparse
import json
import pathlib
import resource
import statistics
import sys
import time
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).parent))


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def resident() -> int:
    fields = pathlib.Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * resource.getpagesize()


def peak_resident() -> int:
    status = pathlib.Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def timed(function, repeat: int) -> dict[str, object]:
    walls, cpus = [], []
    for _ in range(repeat):
        cpu, wall = cpu_seconds(), time.perf_counter()
        result = function()
        walls.append(time.perf_counter() - wall)
        cpus.append(cpu_seconds() - cpu)
        del result
    return {"wall": walls, "cpu": cpus}


def run(arguments: argparse.Namespace) -> dict[str, object]:
    case = arguments.case
    start = time.perf_counter()
    from clients import CLIENTS

    make = CLIENTS[arguments.client]
    sql = f"select * from {arguments.table}"
    if case == "import":
        client = make(arguments.uri, arguments.roots)
        return {"wall": [time.perf_counter() - start]}
    if case == "connect":

        def session() -> None:
            client = make(arguments.uri, arguments.roots)
            client.fetchall(sql)
            client.close()

        session()
        return timed(session, arguments.repeat)
    client = make(arguments.uri, arguments.roots)
    if case == "table":
        return timed(lambda: client.table(sql), arguments.repeat)
    if case == "fetchall":
        return timed(lambda: client.fetchall(sql), arguments.repeat)
    if case == "rows":
        table = client.table(sql)
        return timed(lambda: client.rows(table), arguments.repeat)
    if case == "ingest":
        import pyarrow.feather as feather

        data = feather.read_table(
            arguments.data / f"{arguments.table}.arrow", memory_map=False
        )
        return timed(lambda: client.ingest("ingested", data), arguments.repeat)
    if case == "executemany":
        import writes

        if arguments.table == "many":
            client.run(writes.CREATE)
        sql = writes.INSERT if arguments.table == "many" else writes.SWALLOWED
        rows = writes.parameters()
        return timed(lambda: client.executemany(sql, rows), arguments.repeat)
    if case == "latency":
        walls = timed(lambda: client.table(sql), arguments.repeat)["wall"]
        cut = statistics.quantiles(walls, n=100)
        return {"p50": cut[49], "p99": cut[98]}
    if case == "memory":
        client.fetchall("select * from ten")
        before, size = resident(), 0
        pathlib.Path("/proc/self/clear_refs").write_text("5")
        for batch in client.batches(sql):
            size += batch.nbytes if hasattr(batch, "nbytes") else 0
        return {"above": peak_resident() - before, "bytes": size}
    raise SystemExit(f"no case {case}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--client", required=True)
    parser.add_argument("--case", required=True)
    parser.add_argument("--uri", required=True)
    parser.add_argument("--roots")
    parser.add_argument("--table", required=True)
    parser.add_argument("--data", type=pathlib.Path, help="for ingest")
    parser.add_argument("--repeat", type=int, default=5)
    warnings.simplefilter("ignore")
    print(json.dumps(run(parser.parse_args())))


if __name__ == "__main__":
    main()
