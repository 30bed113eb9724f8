# SPDX-License-Identifier: Apache-2.0
"""Numbers, texts, bytes, booleans and NULL."""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from confluent_sql.exceptions import (
    InterfaceError,
    NotSupportedError,
    TypeMismatchError,
    _DataTypeError,
    _DataValueError,
)
from confluent_sql.types._base import TypeConverter
from confluent_sql.utils import decode_sql_hex_literal
from confluent_sql.variant import VariantValue, _decode_variant_node

_INTEGER = re.compile(r"[+-]?\d+")
_MOST_DIGITS = 38  # of a DECIMAL


class StringConverter(TypeConverter[str, str]):
    """CHAR, VARCHAR, STRING."""

    PRIMARY_FLINK_TYPE_NAME = "STRING"

    def to_python_value(self, response_value: str | None) -> str | None:
        """As it is; CHAR keeps its blanks."""
        if response_value is None:
            return None
        self._check_wire(str, response_value)
        return response_value

    @classmethod
    def to_statement_string(cls, python_value: str) -> str:
        """Quotes are doubled; a backslash is a character like others in Flink."""
        cls._check_python(str, python_value)
        return "'" + str.replace(python_value, "'", "''") + "'"


class VarBinaryConverter(TypeConverter[bytes, str]):
    """BINARY, VARBINARY, BYTES."""

    PRIMARY_FLINK_TYPE_NAME = "VARBINARY"

    def to_python_value(self, response_value: str | None) -> bytes | None:
        """From x'00ff'."""
        if response_value is None:
            return None
        self._check_wire(str, response_value)
        return decode_sql_hex_literal(response_value)

    @classmethod
    def to_statement_string(cls, python_value: bytes) -> str:
        """As x'00ff'."""
        cls._check_python(bytes, python_value)
        return f"x'{python_value.hex()}'"


class IntegerConverter(TypeConverter[int, str]):
    """TINYINT, SMALLINT, INTEGER, BIGINT."""

    PRIMARY_FLINK_TYPE_NAME = "INTEGER"

    def to_python_value(self, response_value: str | None) -> int | None:
        """Any number of digits."""
        if response_value is None:
            return None
        self._check_wire(str, response_value)
        if not _INTEGER.fullmatch(response_value.strip()):
            raise _DataValueError(f"Expected an integer but got {response_value!r}")
        return int(response_value)

    @classmethod
    def to_statement_string(cls, python_value: int) -> str:
        """Its digits; beyond BIGINT, as a DECIMAL."""
        cls._check_python(int, python_value)
        if -(1 << 63) <= python_value < 1 << 63:
            return str(int(python_value))
        return DecimalConverter.to_statement_string(Decimal(python_value))


class DecimalConverter(TypeConverter[Decimal, str]):
    """DECIMAL, exact."""

    PRIMARY_FLINK_TYPE_NAME = "DECIMAL"

    def to_python_value(self, response_value: str | None) -> Decimal | None:
        """With the scale that was sent."""
        if response_value is None:
            return None
        self._check_wire(str, response_value)
        try:
            value = Decimal(response_value)
        except InvalidOperation as error:
            raise _DataValueError(
                f"Expected a decimal but got {response_value!r}"
            ) from error
        if not value.is_finite():
            raise _DataValueError(f"Expected a decimal but got {response_value!r}")
        return value

    @classmethod
    def to_statement_string(cls, python_value: Decimal) -> str:
        """With a precision that holds the scale, and no exponent."""
        cls._check_python(Decimal, python_value)
        if not python_value.is_finite():
            raise _DataTypeError(f"DECIMAL has no {python_value}")
        _, digits, exponent = python_value.as_tuple()
        assert isinstance(exponent, int)
        scale = max(0, -exponent)
        precision = max(len(digits) + max(0, exponent), scale, 1)
        if precision > _MOST_DIGITS:
            raise _DataValueError(
                f"DECIMAL has at most {_MOST_DIGITS} digits, {python_value} needs"
                f" {precision}"
            )
        return f"cast('{python_value:f}' as decimal({precision},{scale}))"


class FloatConverter(TypeConverter[float, str]):
    """FLOAT and DOUBLE."""

    PRIMARY_FLINK_TYPE_NAME = "DOUBLE"

    def to_python_value(self, response_value: str | None) -> float | None:
        """NaN and the infinities by their names."""
        if response_value is None:
            return None
        self._check_wire(str, response_value)
        try:
            return float(response_value)
        except ValueError as error:
            raise _DataValueError(
                f"Expected a float but got {response_value!r}"
            ) from error

    @classmethod
    def to_statement_string(cls, python_value: float) -> str:
        """With an exponent: 1.5 alone would be a DECIMAL."""
        cls._check_python(float, python_value)
        if not math.isfinite(python_value):
            raise _DataValueError(f"Flink SQL has no literal for {python_value}")
        text = repr(float(python_value))
        return text if "e" in text else f"{text}e0"


class BooleanConverter(TypeConverter[bool, str]):
    """BOOLEAN."""

    PRIMARY_FLINK_TYPE_NAME = "BOOLEAN"

    def to_python_value(self, response_value: str | None) -> bool | None:
        """TRUE or FALSE in any case; nothing else is taken for FALSE."""
        if response_value is None:
            return None
        self._check_wire(str, response_value)
        value = {"TRUE": True, "FALSE": False}.get(response_value.upper())
        if value is None:
            raise _DataValueError(f"Expected TRUE or FALSE but got {response_value!r}")
        return value

    @classmethod
    def to_statement_string(cls, python_value: bool) -> str:
        """TRUE or FALSE."""
        cls._check_python(bool, python_value)
        return "TRUE" if python_value else "FALSE"


class NullResultConverter(TypeConverter[None, None]):
    """A column that is NULL throughout."""

    PRIMARY_FLINK_TYPE_NAME = "NULL"

    def to_python_value(self, response_value: None) -> None:
        """None."""
        if response_value is not None:
            raise TypeMismatchError(
                type(self).__name__, "to_python_value", "NoneType", response_value
            )

    @classmethod
    def to_statement_string(cls, python_value: None) -> str:
        """None says no type, which Flink wants: see SqlNone."""
        raise InterfaceError(
            "Flink wants to know the type of a NULL: use SqlNone, such as"
            " SqlNone.INTEGER or SqlNone('DECIMAL(10, 2)'), in place of None"
        )


class VariantConverter(TypeConverter[Any, Any]):
    """VARIANT."""

    PRIMARY_FLINK_TYPE_NAME = "VARIANT"

    def to_python_value(self, response_value: Any) -> VariantValue:
        """Dicts, lists and scalars."""
        return None if response_value is None else _decode_variant_node(response_value)

    @classmethod
    def to_statement_string(cls, python_value: Any) -> str:
        """Flink SQL has no literal for it."""
        raise NotSupportedError(
            "Flink SQL has no VARIANT literal: pass JSON text to PARSE_JSON(%s)"
        )
