# SPDX-License-Identifier: Apache-2.0
"""The Python half of scripts/demo: PEP 249 rows and Arrow batches, and their rates."""

from __future__ import annotations

import sys
import time

import pyarrow as pa

import fletching

ALL = "select year, month, day, carrier, flight, origin, dest, dep_delay from flights"


def main(uri: str) -> None:
    """Query the server at uri and print rows and rates."""
    with fletching.connect(uri) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select origin, count(*), max(distance) from flights group by 1 order by 1"
        )
        print([column[0] for column in cursor.description or ()])
        for row in cursor:
            print(row)

        start = time.perf_counter()
        cursor.execute(ALL)
        rows = cursor.fetchall()
        report("fetchall, Python rows", len(rows), time.perf_counter() - start)

        start = time.perf_counter()
        cursor.execute(ALL)
        count = count_arrow_rows(cursor)
        report("fetch_arrow, Arrow batches", count, time.perf_counter() - start)
    if count != len(rows):
        sys.exit(f"{count} rows by Arrow, {len(rows)} by fetchall")


def count_arrow_rows(cursor: fletching.Cursor) -> int:
    """Read the whole result as Arrow (any library that knows its capsules can)."""
    reader = pa.RecordBatchReader.from_stream(cursor.fetch_arrow())
    return sum(batch.num_rows for batch in reader)


def report(what: str, rows: int, seconds: float) -> None:
    """Print one measurement."""
    rate = rows / seconds / 1e6
    print(f"{what}: {rows:,} rows in {seconds:.3f} s, {rate:.2f} million rows/s")


if __name__ == "__main__":
    main(sys.argv[1])
