# SPDX-License-Identifier: Apache-2.0
"""What every converter has: one Flink type, read from results and written as SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from confluent_sql.exceptions import TypeMismatchError
from confluent_sql.types._definitions import ColumnTypeDefinition

if TYPE_CHECKING:
    from confluent_sql.connection import Connection

PyType = TypeVar("PyType")
ResponseType = TypeVar("ResponseType")


class TypeConverter(Generic[PyType, ResponseType]):
    """Between the JSON of results, Python, and the text of a statement."""

    PRIMARY_FLINK_TYPE_NAME: str

    def __init__(
        self, connection: Connection, column_type: ColumnTypeDefinition
    ) -> None:
        self._connection = connection
        self._column_type = column_type

    def to_python_value(self, response_value: ResponseType | None) -> PyType | None:
        """The value of a result; None stays None."""
        raise NotImplementedError

    @classmethod
    def to_statement_string(cls, python_value: PyType) -> str:
        """The value as a literal."""
        raise NotImplementedError

    def _check_wire(self, expected: type, value: Any) -> None:
        if not isinstance(value, expected):
            raise TypeMismatchError(
                type(self).__name__, "to_python_value", expected.__name__, value
            )

    @classmethod
    def _check_python(cls, expected: type, value: Any) -> None:
        if not isinstance(value, expected):
            raise TypeMismatchError(
                cls.__name__, "to_statement_string", expected.__name__, value
            )
