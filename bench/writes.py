# SPDX-License-Identifier: Apache-2.0
"""Ingest and executemany beside ADBC: `scripts/bench --only writes`.

lineitem SF1 into a server that swallows it (the tests' Go server, -discard) and into
the embedded one; 100,000 rows of parameters into SQLite behind the Go server, and into
the one that swallows. Clients take turns; the figures are the least of all rounds.
"""

from __future__ import annotations

import contextlib
import pathlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tests"))
PEERS = ["fletching", "adbc"]
ROWS = 100_000


@contextlib.contextmanager
def started(
    start: Callable[..., Any], *arguments: Any, **options: Any
) -> Iterator[str]:
    """The URL of a server of the tests."""
    with tempfile.TemporaryDirectory() as folder:
        server = start(pathlib.Path(folder), lambda: None, *arguments, **options)
        try:
            yield server.uri
        finally:
            server.process.stop()


def write_rows(bench: Any) -> None:
    """Add the rows of this file to the table."""
    from servers import launch

    repeat = 2 if bench.quick else 5
    discard = {"flags": ["-discard"]}
    with started(launch.start_go_secure, "plain", **discard) as bench.uri:
        figures = bench.compare(PEERS, "ingest", "lineitem", repeat)
        name = "ingest of lineitem SF1"
        bench.add(f"{name}, discarded", figures, "s", "<= 0.67x", up=False)
        figures = bench.compare(PEERS, "ingest", "lineitem", repeat, key="cpu")
        bench.add("  client CPU seconds", figures, "s", "(reported)", up=False)
    with started(launch.start_embedded) as bench.uri:
        figures = bench.compare(PEERS, "ingest", "lineitem", repeat)
        bench.add(f"{name}, embedded server", figures, "s", "<= 0.67x", up=False)
    with started(launch.start_go_secure, "plain", **discard) as bench.uri:
        figures = bench.compare(PEERS, "executemany", "intTable", repeat)
        name = f"executemany of {ROWS:,} rows"
        bench.add(f"{name}, discarded", figures, "s", "<= 0.5x", up=False)
        figures = bench.compare(PEERS, "executemany", "intTable", repeat, key="cpu")
        bench.add("  client CPU seconds", figures, "s", "<= 0.5x", up=False)
    with started(launch.start_go_secure, "plain") as bench.uri:
        figures = bench.compare(PEERS, "executemany", "many", repeat)
        bench.add(f"{name}, SQLite", figures, "s", "<= 1x", up=False)


def parameters() -> list[tuple[Any, ...]]:
    """What executemany is given."""
    return [
        (n, n / 7, f"name {n}", None if n % 10 == 0 else n % 3) for n in range(ROWS)
    ]


INSERT = "insert into many (a, b, c, d) values (?, ?, ?, ?)"
CREATE = (
    "create table if not exists many (a integer, b double, c varchar(20), d integer)"
)
# The server knows no table `many` where everything is swallowed.
SWALLOWED = "insert into intTable (id, keyName, value, foreignId) values (?, ?, ?, ?)"
