# SPDX-License-Identifier: Apache-2.0
"""Flink's result pages and changelogs beside confluent-sql.

`scripts/bench flink` prepares it. Both sides read the same bytes: pages of 1,000 rows
with six columns, in process, or from a server that has them ready (pages.cc). Each
case runs in a process of its own (flink_worker.py), and each figure is the best of all
rounds; of latencies it is the middle one.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import pathlib
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

import flink_worker

HERE = pathlib.Path(__file__).parent


def seconds(python: str, case: str, *words: str) -> float:
    """Of one run, for one row, event or call."""
    done = subprocess.run(
        [python, str(HERE / "flink_worker.py"), case, *words],
        capture_output=True,
        text=True,
        timeout=1800,
    )
    if done.returncode != 0:
        sys.exit(f"bench: {case} failed: {done.stderr.strip()[-2000:]}")
    return float(json.loads(done.stdout)["seconds"])


def measure(python: str, case: str, rounds: int, *words: str) -> float:
    """The best of some runs."""
    return min(seconds(python, case, *words) for _ in range(rounds))


def added(python: str, case: str, rounds: int, url: str, ready: float) -> float:
    """How much later than it was ready a query's first row is there: the middle run."""
    words = (url, str(int(ready * 1000)))
    return statistics.median(
        seconds(python, case, *words) - ready for _ in range(rounds)
    )


@contextlib.contextmanager
def served_pages(program: pathlib.Path) -> Iterator[str]:
    """The URL of a server of the pages, which name it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    statement = f"{url}/sql/v1/organizations/o-1/environments/env-1/statements/s"
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        (place / "columns.json").write_text(json.dumps(flink_worker.columns()))
        for number, page in enumerate(flink_worker.pages(statement)):
            (place / f"{number}.json").write_bytes(page)
        server = subprocess.Popen(
            [program, folder, str(port)], stdout=subprocess.PIPE, text=True
        )
        assert server.stdout is not None
        server.stdout.readline()
        try:
            yield url
        finally:
            server.kill()
            server.wait()


def shown(time_taken: float) -> str:
    """Seconds in the unit that fits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if time_taken >= size:
            return f"{time_taken / size:.3g} {unit}"
    return f"{time_taken * 1e9:.0f} ns"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", required=True, help="a Python with confluent-sql")
    parser.add_argument("--pages", required=True, help="the program of pages.cc")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    ours, theirs, rounds = sys.executable, arguments.peer, arguments.rounds
    print(f"{time.strftime('%Y-%m-%d')}, {platform.platform()}, {platform.processor()}")
    print("\n| what | fletching | confluent-sql 0.7.0 | ratio | target |")
    print("| --- | --- | --- | --- | --- |")

    def row(what: str, mine: float, peer: float | None, target: str) -> None:
        ratio = "" if peer is None else f"{peer / mine:.1f}x"
        if peer is not None and target.startswith("<= "):
            ratio = f"{mine / peer:.2f}x"
        other = "" if peer is None else shown(peer)
        line = f"| {what} | {shown(mine)} | {other} | {ratio} | {target} |"
        print(line, flush=True)

    peer = measure(theirs, "peer_rows", rounds)
    row("a row of six columns to a tuple", measure(ours, "rows", rounds), peer, ">= 8x")
    row("the same to Arrow", measure(ours, "arrow", rounds), peer, ">= 25x")
    with served_pages(pathlib.Path(arguments.pages)) as url:
        peer = measure(theirs, "peer_fetched", 2, url)
        mine = measure(ours, "fetched", 2 * rounds, url)
        row("50 pages of 1,000 rows with all defaults", mine, peer, ">= 100x")
        for ready, target in ((0.2, "<= 0.15x"), (3.0, "<= 0.3x")):
            peer = added(theirs, "peer_fetched", rounds, url, ready)
            mine = added(ours, "fetched", rounds, url, ready)
            row(f"added to a query that is ready at {ready:g} s", mine, peer, target)
    target = ">= 300x"
    peer = measure(theirs, "peer_keyless", 1)
    mine = measure(ours, "keyless", rounds)
    row("keyless update pair, 100,000 live rows, tuples", mine, peer, target)
    mine = measure(ours, "keyless_arrow", rounds)
    row("the same on Arrow batches", mine, peer, target)
    for live in (1_000, 10_000, 1_000_000):
        mine = measure(ours, f"keyless:{live}", rounds)
        row(f"the same on tuples, {live:,} live rows", mine, None, "linear")
    peer = measure(theirs, "peer_snapshot", 1)
    mine = measure(ours, "snapshot", rounds)
    row("snapshot of 100,000 unchanged rows", mine, peer, "< 1 ms")
    mine = measure(ours, "snapshot_list", rounds)
    row("the same copied into a list", mine, peer, "(reported)")
    mine = measure(ours, "snapshot_arrow", rounds)
    row("the same as an Arrow table", mine, peer, "< 1 ms")
    mine = measure(ours, "look", rounds)
    row("100,000 rows of a live table after a change", mine, peer, "(reported)")


if __name__ == "__main__":
    main()
