# SPDX-License-Identifier: Apache-2.0
"""Flink SQL as streams of changes, and as tables that follow them.

    import fletching.flink

    with fletching.flink.connect("flink+http://127.0.0.1:8083") as connection:
        sql = "SELECT user, COUNT(*) AS n FROM clicks GROUP BY user"
        with fletching.flink.stream(connection, sql) as changes:
            for op, row in changes:
                print(op, row)

        with fletching.flink.live(connection, sql, key=["user"]) as table:
            table.wait(lambda rows: len(rows) > 10, timeout=60)
            print(table.rows())

    for statement in fletching.flink.list_statements(connection, label="reports"):
        print(statement.name, statement.phase)

A connection is one of `fletching.connect` (PEP 249), to an SQL Gateway or to Confluent
Cloud; docs/reference/urls.md has the forms of URLs.
"""

from __future__ import annotations

from typing import Any

import fletching
from fletching.flink._live import LiveTable, live
from fletching.flink._statements import (
    Statement,
    StatementException,
    delete_statement,
    get_statement,
    list_statements,
    resume_statement,
    statement_exceptions,
    stop_statement,
)
from fletching.flink._stream import Batches, Stream, attach, stream

__all__ = [
    "Batches",
    "LiveTable",
    "Statement",
    "StatementException",
    "Stream",
    "attach",
    "connect",
    "delete_statement",
    "get_statement",
    "list_statements",
    "live",
    "resume_statement",
    "statement_exceptions",
    "stop_statement",
    "stream",
]

_SCHEMES = ("flink+http://", "flink+https://", "confluent://")


def connect(url: str, **options: Any) -> fletching.Connection:
    """A connection to Flink: `fletching.connect`, for its forms of URLs alone."""
    if not url.startswith(_SCHEMES):
        raise fletching.ProgrammingError(
            "URL: not Flink's (flink+http://host:8083, flink+https://...,"
            " confluent://KEY:SECRET@REGION.CLOUD/ENVIRONMENT/DATABASE?organization=ID)",
            code="INVALID_ARGUMENT",
        )
    return fletching.connect(url, **options)
