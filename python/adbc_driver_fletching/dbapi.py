# SPDX-License-Identifier: Apache-2.0
"""DB-API 2.0 through ADBC's driver manager, as its own packages of drivers have it.

`fletching.connect` is Fletching's own DB-API, without the driver manager.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import adbc_driver_fletching

adbc_driver_fletching._manager()  # says what is missing

import adbc_driver_manager  # noqa: E402
from adbc_driver_manager.dbapi import (  # noqa: E402
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
    threadsafety,
)

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
    autocommit: bool | None = None,
    **kwargs: Any,
) -> Connection:
    """Connect to a Flight SQL server or to Flink.

    Args:
        uri: any form of docs/reference/urls.md; ``fletching:`` may stand before it.
        db_kwargs: options of the database.
        conn_kwargs: options of the connection.
        autocommit: off where it is not given and the server has transactions.
        kwargs: what the driver manager's own connect() takes beside these.
    """
    options = dict(conn_kwargs or {})
    database = adbc_driver_fletching.connect(uri, db_kwargs)
    try:
        connection = adbc_driver_manager.AdbcConnection(database, **options)
    except BaseException:
        database.close()
        raise
    try:
        if autocommit is None:
            autocommit = not _switch_off_autocommit(connection)
        return Connection(
            database, connection, conn_kwargs=options, autocommit=autocommit, **kwargs
        )
    except BaseException:
        connection.close()
        database.close()
        raise


def _switch_off_autocommit(connection: adbc_driver_manager.AdbcConnection) -> bool:
    try:
        connection.set_autocommit(False)
    except NotSupportedError:
        return False
    return True
