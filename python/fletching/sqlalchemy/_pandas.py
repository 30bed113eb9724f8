# SPDX-License-Identifier: Apache-2.0
"""For `pandas.DataFrame.to_sql`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fletching.sqlalchemy._connection import driver_of


def ingest(table: Any, connection: Any, keys: list[str], rows: Iterable[Any]) -> int:
    """Write a frame by bulk ingest: ``frame.to_sql(..., method=ingest)``.

    pandas has made the table and calls this with its rows. Needs pyarrow.
    """
    import pyarrow

    columns = list(zip(*rows, strict=True))
    if not columns:
        return 0
    data = pyarrow.table(dict(zip(keys, map(list, columns), strict=True)))
    driver = driver_of(connection)
    with driver.cursor() as cursor:
        written: int = cursor.ingest(table.name, data, "append", schema=table.schema)
    return written
