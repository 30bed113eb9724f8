# SPDX-License-Identifier: Apache-2.0
"""PEP 249's exceptions: Fletching's own, so either name catches them."""

from fletching import (
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
    _own_files,
)

_own_files.check("flightsql", rival="flightsql-dbapi")

__all__ = [
    "Error",
    "Warning",
    "InterfaceError",
    "DatabaseError",
    "InternalError",
    "OperationalError",
    "ProgrammingError",
    "IntegrityError",
    "DataError",
    "NotSupportedError",
]
