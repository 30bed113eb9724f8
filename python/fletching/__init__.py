# SPDX-License-Identifier: Apache-2.0
"""SQL over Arrow Flight SQL, as PEP 249 says, from a native core.

    import fletching

    with fletching.connect("grpc+tls://host:443", token="...") as connection:
        with connection.cursor() as cursor:
            cursor.execute("select carrier, count(*) from flights group by 1")
            for carrier, flights in cursor:
                print(carrier, flights)

`Cursor.fetch_arrow` gives a result as Arrow, `fetch_df` and `fetch_polars` as data
frames; rows hold exact Python values.
"""

from fletching._arrow import ArrowStream, Column, RecordBatch, Schema, rows
from fletching._connection import Connection, connect
from fletching._core import __version__
from fletching._cursor import Cursor
from fletching._duration import Duration
from fletching._errors import (
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    Warning,
)
from fletching._metadata import escape_like
from fletching._parameters import Progress
from fletching._temporal import Interval, Time, Timestamp
from fletching._types import (
    BINARY,
    DATETIME,
    NUMBER,
    ROWID,
    STRING,
    Binary,
    Date,
    DateFromTicks,
    TimeFromTicks,
    TimestampFromTicks,
    TypeObject,
)


def adbc_driver_path() -> str:
    """Return the path of the ADBC driver, a shared library (see fletching.adbc)."""
    from fletching.adbc import driver_path

    return driver_path()


apilevel = "2.0"
threadsafety = 2
paramstyle = "qmark"

__all__ = [
    # PEP 249
    "apilevel",
    "threadsafety",
    "paramstyle",
    "connect",
    "Connection",
    "Cursor",
    "Warning",
    "Error",
    "InterfaceError",
    "DatabaseError",
    "DataError",
    "OperationalError",
    "IntegrityError",
    "InternalError",
    "ProgrammingError",
    "NotSupportedError",
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
    # beyond
    "ArrowStream",
    "Column",
    "Duration",
    "Interval",
    "Progress",
    "RecordBatch",
    "Schema",
    "TypeObject",
    "adbc_driver_path",
    "escape_like",
    "rows",
    "__version__",
]
