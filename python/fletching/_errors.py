# SPDX-License-Identifier: Apache-2.0
"""The exceptions of PEP 249.

Exception
 +-- Warning
 +-- Error
      +-- InterfaceError          wrong use of the Python interface
      +-- DatabaseError
           +-- DataError          a value that does not fit
           +-- OperationalError   network, authentication, time-outs, cancellation
           +-- IntegrityError     keys and constraints
           +-- InternalError      the server, or the driver, broke
           +-- ProgrammingError   SQL, names, arguments, privileges
           +-- NotSupportedError  what this server or driver cannot do
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence


class Warning(builtins.Warning):
    """An important warning, such as truncated data."""


class Error(Exception):
    """The base of all errors of this module.

    Attributes:
        code: the name of the ADBC status code, such as ``"INVALID_ARGUMENT"``.
        sqlstate: five characters; the code's usual one where the server gave none.
        vendor_code: the gRPC status code of an error that a server sent, else 0.
        details: what came with it, (name, value) pairs, such as gRPC trailers.
    """

    code: str
    sqlstate: str
    vendor_code: int
    details: list[tuple[str, bytes]]

    def __init__(
        self,
        *args: object,
        code: str = "UNKNOWN",
        sqlstate: str = "HY000",
        vendor_code: int = 0,
        details: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        super().__init__(*args)
        self.code = code
        self.sqlstate = sqlstate
        self.vendor_code = vendor_code
        self.details = list(details)


class InterfaceError(Error):
    """Wrong use of the interface, such as a cursor that is closed."""


class DatabaseError(Error):
    """Anything that has to do with the database."""


class DataError(DatabaseError):
    """A value is out of range, or is none of its type."""


class OperationalError(DatabaseError):
    """Network, authentication, time-outs, resources, cancellation."""


class IntegrityError(DatabaseError):
    """A key or constraint is violated."""


class InternalError(DatabaseError):
    """The server or the driver is in a state that should not be."""


class ProgrammingError(DatabaseError):
    """Bad SQL, no such table, not allowed, wrong arguments."""


class NotSupportedError(DatabaseError):
    """This server, or this driver, cannot do that."""


_BY_CODE: dict[str, type[Error]] = {
    "UNKNOWN": DatabaseError,
    "NOT_IMPLEMENTED": NotSupportedError,
    "NOT_FOUND": ProgrammingError,
    "ALREADY_EXISTS": ProgrammingError,
    "INVALID_ARGUMENT": ProgrammingError,
    "INVALID_STATE": OperationalError,
    "INVALID_DATA": DataError,
    "INTEGRITY": IntegrityError,
    "INTERNAL": InternalError,
    "IO": OperationalError,
    "CANCELLED": OperationalError,
    "TIMEOUT": OperationalError,
    "UNAUTHENTICATED": OperationalError,
    "UNAUTHORIZED": ProgrammingError,
}

# Where a server's own SQLSTATE says more than the status code.
_BY_SQLSTATE_CLASS: dict[str, type[Error]] = {
    "0A": NotSupportedError,
    "22": DataError,
    "23": IntegrityError,
    "42": ProgrammingError,
}

# Servers that have no code for it say it in words: DuckDB, SQLite, Derby, PostgreSQL,
# and those in Java by the class of JDBC's exception.
_BY_WORDS: dict[str, type[Error]] = {
    "Constraint Error: ": IntegrityError,
    "constraint failed": IntegrityError,
    "duplicate key value": IntegrityError,
    "violates foreign key constraint": IntegrityError,
    "IntegrityConstraintViolationException": IntegrityError,
    "java.sql.SQLDataException": DataError,
    "java.sql.SQLSyntaxErrorException": ProgrammingError,
}

_RESOURCE_EXHAUSTED = 8  # gRPC's; ADBC has no code for it


def error_class(
    code: str, message: str, sqlstate: str, vendor_code: int
) -> type[Error]:
    """Which class of PEP 249 an error of the core is."""
    if code == "INVALID_STATE" and vendor_code == 0:
        return InterfaceError  # the driver's own: closed, in use, forked
    if vendor_code == _RESOURCE_EXHAUSTED:
        return OperationalError
    if code in ("UNKNOWN", "INTERNAL", "INVALID_ARGUMENT"):
        for words, kind in _BY_WORDS.items() if vendor_code != 0 else ():
            if words in message:
                return kind
        by_state = _BY_SQLSTATE_CLASS.get(sqlstate[:2])
        if by_state is not None:
            return by_state
    return _BY_CODE.get(code, DatabaseError)


def from_core(
    code: str,
    message: str,
    sqlstate: str,
    vendor_code: int,
    details: list[tuple[str, bytes]],
) -> Error:
    """The exception for an error of the core; called from C++."""
    return error_class(code, message, sqlstate, vendor_code)(
        message, code=code, sqlstate=sqlstate, vendor_code=vendor_code, details=details
    )
