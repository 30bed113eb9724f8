# SPDX-License-Identifier: Apache-2.0
"""Flink's result pages and changelogs beside confluent-sql, in process: no network.

`scripts/bench flink` prepares it. Both sides read the same bytes: pages of 1,000 rows
with six columns. Each case runs in a process of its own (flink_worker.py), rounds take
turns, and each figure is the best of all rounds.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import platform
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent


def measure(python: str, case: str, rounds: int) -> float:
    """Seconds for one row, event or call."""
    best = float("inf")
    for _ in range(rounds):
        done = subprocess.run(
            [python, str(HERE / "flink_worker.py"), case],
            capture_output=True,
            text=True,
            timeout=1800,
        )
        if done.returncode != 0:
            sys.exit(f"bench: {case} failed: {done.stderr.strip()[-2000:]}")
        best = min(best, float(json.loads(done.stdout)["seconds"]))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", required=True, help="a Python with confluent-sql")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    ours, theirs, rounds = sys.executable, arguments.peer, arguments.rounds
    print(f"{time.strftime('%Y-%m-%d')}, {platform.platform()}, {platform.processor()}")
    print("\n| what | fletching | confluent-sql 0.7.0 | ratio | target |")
    print("| --- | --- | --- | --- | --- |")

    def row(what: str, mine: float, peer: float | None, target: str) -> None:
        ratio = "" if peer is None else f"{peer / mine:.1f}x"
        other = "" if peer is None else f"{peer * 1e9:.0f} ns"
        print(f"| {what} | {mine * 1e9:.0f} ns | {other} | {ratio} | {target} |")

    peer = measure(theirs, "peer_rows", rounds)
    row("a row of six columns to a tuple", measure(ours, "rows", rounds), peer, ">= 8x")
    row("the same to Arrow", measure(ours, "arrow", rounds), peer, ">= 25x")
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


if __name__ == "__main__":
    main()
