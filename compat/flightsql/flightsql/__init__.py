# SPDX-License-Identifier: Apache-2.0
"""What flightsql-dbapi 0.2.2 offers, over Fletching.

    from flightsql import FlightSQLClient, connect

    client = FlightSQLClient("host", token="...")
    info = client.execute("select * from runs limit 10")
    table = client.do_get(info.endpoints[0].ticket).read_all()

    with connect(client) as connection:
        print(connection.execute("select 1").fetchall())

Every module is a package of its own on purpose. A wheel of flightsql-dbapi that is
installed over this one replaces only this file; the packages stay, are what Python
finds before its modules, and say what happened.
"""

from fletching import __version__, _own_files

_fletching = _own_files.claim(__name__, rival="flightsql-dbapi")

from flightsql.client import FlightSQLCallOptions, FlightSQLClient, TableRef  # noqa: E402
from flightsql.dbapi import (  # noqa: E402
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
    apilevel,
    connect,
    paramstyle,
    threadsafety,
)
from flightsql.exceptions import (  # noqa: E402
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

__all__ = [
    "connect",
    "apilevel",
    "threadsafety",
    "paramstyle",
    "DataError",
    "DatabaseError",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "Warning",
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
    "FlightSQLClient",
    "FlightSQLCallOptions",
    "TableRef",
    "__version__",
]
