# SPDX-License-Identifier: Apache-2.0
"""PEP 249's exceptions and what goes wrong with statements, topics and the like.

Each is Fletching's of the same name too, so either name catches it. Where confluent-sql
0.7.0 let a built-in exception through, what is raised here is both: a DataError that is
a ValueError, say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import fletching
from fletching import _own_files

_own_files.check("confluent_sql", rival="confluent-sql")

if TYPE_CHECKING:
    from confluent_sql.statement import Phase, Statement

__all__ = [
    "Warning",
    "Error",
    "InterfaceError",
    "TypeMismatchError",
    "DatabaseError",
    "DataError",
    "OperationalError",
    "ComputePoolExhaustedError",
    "StatementStoppedError",
    "StatementDeletedError",
    "StatementNotFoundError",
    "TableflowTopicNotFoundError",
    "TableflowTopicAlreadyExistsError",
    "ConnectorNotFoundError",
    "ConnectorAlreadyExistsError",
    "ArtifactNotFoundError",
    "ArtifactAlreadyExistsError",
    "IntegrityError",
    "InternalError",
    "ProgrammingError",
    "NotSupportedError",
]


class Warning(fletching.Warning):
    """PEP 249's; never raised."""


class Error(fletching.Error):
    """The base of all errors of this package."""


class InterfaceError(Error, fletching.InterfaceError):
    """Wrong use: a closed object, an argument of the wrong kind, a missing setting."""


class TypeMismatchError(InterfaceError):
    """A converter was given a value that it is not for."""

    def __init__(
        self, converter_name: str, method_name: str, expected_type: str, bad_value: Any
    ) -> None:
        self.converter_name = converter_name
        self.method_name = method_name
        self.expected_type = expected_type
        self.bad_value = bad_value
        super().__init__(
            f"Expected {expected_type} value for {converter_name}::{method_name} but"
            f" got {type(bad_value)}"
        )


class DatabaseError(Error, fletching.DatabaseError):
    """Anything that has to do with the service."""


class DataError(DatabaseError, fletching.DataError):
    """A value of a result cannot be read, or one of ours cannot be written as SQL."""


class OperationalError(DatabaseError, fletching.OperationalError):
    """The network, the service, or a statement that failed.

    Attributes:
        http_status_code: of the answer that said so, else None.
    """

    def __init__(self, message: str, http_status_code: int | None = None) -> None:
        self.http_status_code = http_status_code
        super().__init__(message, vendor_code=http_status_code or 0)


class ComputePoolExhaustedError(OperationalError):
    """No compute pool had room for the statement.

    Attributes:
        statement_name: its name.
        statement_deleted: whether it was deleted since.
    """

    def __init__(
        self, message: str, statement_name: str, statement_deleted: bool
    ) -> None:
        self.statement_name = statement_name
        self.statement_deleted = statement_deleted
        super().__init__(message)


class StatementStoppedError(OperationalError):
    """A statement whose rows were being read has come to its end.

    Attributes:
        statement_name: its name.
        statement: as the service told of it last, or None.
        phase: its last phase, or None.
    """

    def __init__(
        self,
        message: str,
        statement_name: str,
        statement: Statement | None = None,
        phase: Phase | None = None,
    ) -> None:
        self.statement_name = statement_name
        self.statement = statement
        self.phase = phase
        super().__init__(message)


class StatementDeletedError(StatementStoppedError):
    """A statement whose rows were being read is gone."""

    def __init__(self, message: str, statement_name: str) -> None:
        super().__init__(message, statement_name)


class StatementNotFoundError(OperationalError):
    """There is no statement of this name.

    Attributes:
        statement_name: the name.
    """

    def __init__(self, message: str, statement_name: str) -> None:
        self.statement_name = statement_name
        super().__init__(message)


class TableflowTopicNotFoundError(OperationalError):
    """Tableflow is not enabled for the table.

    Attributes:
        table_name: the table.
    """

    def __init__(self, message: str, table_name: str) -> None:
        self.table_name = table_name
        super().__init__(message)


class TableflowTopicAlreadyExistsError(OperationalError):
    """Tableflow is enabled for the table already.

    Attributes:
        table_name: the table.
    """

    def __init__(self, message: str, table_name: str) -> None:
        self.table_name = table_name
        super().__init__(message)


class ConnectorNotFoundError(OperationalError):
    """There is no connector of this name.

    Attributes:
        connector_name: the name.
    """

    def __init__(self, message: str, connector_name: str) -> None:
        self.connector_name = connector_name
        super().__init__(message)


class ConnectorAlreadyExistsError(OperationalError):
    """There is a connector of this name already.

    Attributes:
        connector_name: the name.
    """

    def __init__(self, message: str, connector_name: str) -> None:
        self.connector_name = connector_name
        super().__init__(message)


class ArtifactNotFoundError(OperationalError):
    """There is no artifact of this id.

    Attributes:
        artifact_id: the id.
    """

    def __init__(
        self, message: str, artifact_id: str, http_status_code: int | None = None
    ) -> None:
        self.artifact_id = artifact_id
        super().__init__(message, http_status_code)


class ArtifactAlreadyExistsError(OperationalError):
    """There is an artifact of this name already.

    Attributes:
        display_name: the name.
    """

    def __init__(
        self, message: str, display_name: str, http_status_code: int | None = None
    ) -> None:
        self.display_name = display_name
        super().__init__(message, http_status_code)


class IntegrityError(DatabaseError, fletching.IntegrityError):
    """A key or a constraint is violated; never raised by the service so far."""


class InternalError(DatabaseError, fletching.InternalError):
    """The service or the driver is in a state that should not be."""


class ProgrammingError(DatabaseError, fletching.ProgrammingError):
    """Bad SQL, parameters that do not fit, credentials that a call needs."""


class NotSupportedError(DatabaseError, fletching.NotSupportedError):
    """What cannot be done with this statement or this type."""


# What 0.7.0 let through as a built-in exception.


class _DataValueError(DataError, ValueError):
    pass


class _DataTypeError(DataError, TypeError):
    pass


class _DataKeyError(DataError, KeyError):
    __str__ = Exception.__str__  # KeyError's shows its argument in quotes


class _InterfaceTypeError(InterfaceError, TypeError):
    pass


class _InterfaceValueError(InterfaceError, ValueError):
    pass


class _ProgrammingValueError(ProgrammingError, ValueError):
    pass


class _NotImplementedError(NotSupportedError, NotImplementedError):
    pass
