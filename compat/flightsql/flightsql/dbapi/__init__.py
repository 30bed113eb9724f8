# SPDX-License-Identifier: Apache-2.0
"""PEP 249 over a FlightSQLClient: Fletching's connections and cursors."""

from fletching import (
    BINARY,
    DATETIME,
    NUMBER,
    ROWID,
    STRING,
    Binary,
    Date,
    DateFromTicks,
    Time,
    TimeFromTicks,
    Timestamp,
    TimestampFromTicks,
    _own_files,
)

_own_files.check("flightsql", rival="flightsql-dbapi")

from flightsql.dbapi._connection import (  # noqa: E402
    Connection,
    Cursor,
    ExecuteParams,
    connect,
)
from flightsql.dbapi._values import (  # noqa: E402
    ParameterRecordBuilder,
    arrow_column_descriptions,
    column_specs,
    dbapi_results,
    resolve_sql_type,
)

apilevel = "2.0"
threadsafety = 2
paramstyle = "qmark"

__all__ = [
    "apilevel",
    "threadsafety",
    "paramstyle",
    "connect",
    "Connection",
    "Cursor",
    "ExecuteParams",
    "ParameterRecordBuilder",
    "arrow_column_descriptions",
    "column_specs",
    "dbapi_results",
    "resolve_sql_type",
    "STRING",
    "BINARY",
    "NUMBER",
    "DATETIME",
    "ROWID",
    "Date",
    "Time",
    "Timestamp",
    "DateFromTicks",
    "TimeFromTicks",
    "TimestampFromTicks",
    "Binary",
]
