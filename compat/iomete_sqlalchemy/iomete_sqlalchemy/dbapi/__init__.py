# SPDX-License-Identifier: Apache-2.0
"""The DB-API module, by the names that 1.0.23 had: those of ADBC's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fletching import _own_files

_own_files.check("iomete_sqlalchemy", rival="iomete-sqlalchemy")

import fletching  # noqa: E402
from fletching import (  # noqa: E402
    BINARY,
    DATETIME,
    NUMBER,
    ROWID,
    STRING,
    Connection,
    Cursor,
    DatabaseError,
    DataError,
    Date,
    DateFromTicks,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    Time,
    TimeFromTicks,
    Timestamp,
    TimestampFromTicks,
    Warning,
    apilevel,
    paramstyle,
)

threadsafety = fletching.threadsafety

__all__ = [
    "BINARY",
    "DATETIME",
    "NUMBER",
    "ROWID",
    "STRING",
    "Connection",
    "Cursor",
    "DataError",
    "DatabaseError",
    "Date",
    "DateFromTicks",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "Time",
    "TimeFromTicks",
    "Timestamp",
    "TimestampFromTicks",
    "Warning",
    "apilevel",
    "connect",
    "paramstyle",
    "threadsafety",
]


def connect(
    uri: str,
    db_kwargs: Mapping[str, str] | None = None,
    conn_kwargs: Mapping[str, str] | None = None,
    *,
    autocommit: bool = False,
) -> Connection:
    """Connect as ADBC's function does: options by their ADBC names.

    The profile is IOMETE's, which has no transactions, whatever `autocommit` says.
    """
    options: dict[str, Any] = {**(db_kwargs or {}), **(conn_kwargs or {})}
    options.setdefault("profile", "iomete")
    return fletching.connect(uri, **options)
