# SPDX-License-Identifier: Apache-2.0
"""Column types that SQLAlchemy has no name for.

They stand beside SQLAlchemy's own: a column that one of those describes exactly is
reflected as that. The driver's values are exact already, so none of these processes
results.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.sql import operators, sqltypes

from fletching import Interval
from fletching.sqlalchemy._versions import SQLALCHEMY_2

# ---- numbers ----


class TINYINT(sqltypes.Integer):
    """8 bits, signed."""

    __visit_name__ = "TINYINT"


class UTINYINT(sqltypes.Integer):
    """8 bits, unsigned."""

    __visit_name__ = "UTINYINT"


class USMALLINT(sqltypes.Integer):
    """16 bits, unsigned."""

    __visit_name__ = "USMALLINT"


class UINTEGER(sqltypes.Integer):
    """32 bits, unsigned."""

    __visit_name__ = "UINTEGER"


class UBIGINT(sqltypes.BigInteger):
    """64 bits, unsigned."""

    __visit_name__ = "UBIGINT"


class HUGEINT(sqltypes.BigInteger):
    """128 bits, signed; values are int."""

    __visit_name__ = "HUGEINT"


class UHUGEINT(sqltypes.BigInteger):
    """128 bits, unsigned; values are int."""

    __visit_name__ = "UHUGEINT"


class Numeric(sqltypes.Numeric):
    """NUMERIC, whose values are Decimal whatever the server computed with."""

    def bind_processor(self, dialect: Any) -> Any:
        return _exact  # a batch of parameters has one type a column

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        exact = str(coltype).startswith("decimal")
        if exact == self.asdecimal:
            return None
        return _decimal_of(self) if self.asdecimal else _float


class Float(sqltypes.Float):
    """FLOAT, whose values are float whatever the server computed with."""

    def bind_processor(self, dialect: Any) -> Any:
        return _float

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        if self.asdecimal:
            return _decimal_of(self)
        return None if coltype in _FLOATS else _float


_FLOATS = ("double", "float", "halffloat")


def _float(value: Any) -> Any:
    return float(value) if isinstance(value, (int, decimal.Decimal)) else value


def _exact(value: Any) -> Any:
    return decimal.Decimal(repr(value)) if isinstance(value, float) else value


def _decimal_of(kind: Any) -> Any:
    """Decimals of a type's own number of digits behind the point."""
    form = f"%.{kind._effective_decimal_return_scale}f"

    def process(value: Any) -> Any:
        if isinstance(value, float):
            return decimal.Decimal(form % value)
        return value if value is None else decimal.Decimal(value)

    return process


class _Double(sqltypes.Float):
    __visit_name__ = "DOUBLE"


def _uuid_of(value: Any) -> Any:
    return uuid.UUID(value) if isinstance(value, str) else value


def _text_of_uuid(value: Any) -> Any:
    return None if value is None else str(_uuid_of(value))


class _Uuid(sqltypes.TypeEngine):
    __visit_name__ = "UUID"

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        if self.as_uuid:
            return None if "arrow.uuid" in str(coltype) else _uuid_of
        return _text_of_uuid

    def __init__(self, as_uuid: bool = True) -> None:
        self.as_uuid = as_uuid

    @property
    def python_type(self) -> type[Any]:
        return uuid.UUID if self.as_uuid else str


if SQLALCHEMY_2:

    class Uuid(sqltypes.Uuid):
        """UUID, from servers that have the type and from those that send its text."""

        def result_processor(self, dialect: Any, coltype: Any) -> Any:
            return _Uuid.result_processor(self, dialect, coltype)


DOUBLE: Any = sqltypes.DOUBLE if SQLALCHEMY_2 else _Double
"""64 bits of floating point; SQLAlchemy 2 has it by itself."""
UUID: Any = sqltypes.UUID if SQLALCHEMY_2 else _Uuid
"""A UUID; values are uuid.UUID. SQLAlchemy 2 has it by itself."""


# ---- times ----


class TIMESTAMP(sqltypes.TIMESTAMP):
    """A timestamp with the digits of its second.

    Values of columns with more than six digits are `fletching.Timestamp`, a datetime
    that keeps its nanoseconds.
    """

    def __init__(self, timezone: bool = False, precision: int | None = None) -> None:
        super().__init__(timezone=timezone)
        self.precision = precision


class TIME(sqltypes.TIME):
    """A time of day with the digits of its second."""

    def __init__(self, timezone: bool = False, precision: int | None = None) -> None:
        super().__init__(timezone=timezone)
        self.precision = precision


class INTERVAL(sqltypes.NativeForEmulated, sqltypes._AbstractInterval):
    """A span of time: timedelta, `fletching.Duration` or `fletching.Interval`."""

    __visit_name__ = "INTERVAL"
    native = True

    def __init__(self, fields: str | None = None) -> None:
        self.fields = fields

    @property
    def python_type(self) -> type[Any]:
        return datetime.timedelta

    @classmethod
    def adapt_emulated_to_native(cls, interval: Any, **kw: Any) -> INTERVAL:
        return Timedelta()

    @property
    def _type_affinity(self) -> Any:
        return sqltypes.Interval

    def as_generic(self, allow_nulltype: bool = False) -> Any:
        return sqltypes.Interval(native=True)


class Timedelta(INTERVAL):
    """SQLAlchemy's own Interval: timedelta, with days of 24 hours."""

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        return _timedelta_of


def _timedelta_of(value: Any) -> Any:
    """A length without months is a timedelta; others stay what they are."""
    if not isinstance(value, Interval) or value.months or value.nanoseconds % 1000:
        return value
    return datetime.timedelta(value.days, microseconds=value.nanoseconds // 1000)


# ---- texts and bytes ----


class JSON(sqltypes.JSON):
    """JSON; values are what json.loads gives."""

    @property
    def should_evaluate_none(self) -> bool:
        return False

    @should_evaluate_none.setter
    def should_evaluate_none(self, value: bool) -> None:
        pass


# ---- nested ----


class ARRAY(sqltypes.ARRAY):
    """A list; values are lists. A list of lists has two dimensions."""


class _Members(sqltypes.Indexable.Comparator):
    """``column["name"]``."""

    type: Any

    def _setup_getitem(self, index: Any) -> Any:
        return operators.getitem, index, self.type.member_type(index)


_CLASSES = getattr(operators, "OperatorClass", None)
_INDEXED = _CLASSES and (_CLASSES.BASE | _CLASSES.EQUALITY | _CLASSES.INDEXABLE)
"""What SQLAlchemy 2.1 wants to know of a type's operators."""


class STRUCT(sqltypes.Indexable, sqltypes.TypeEngine):
    """Named fields; values are dicts. ``column["name"]`` has the field's type."""

    __visit_name__ = "STRUCT"
    operator_classes = _INDEXED
    comparator_factory = _Members
    hashable = False

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = {
            name: sqltypes.to_instance(kind) for name, kind in fields.items()
        }

    @property
    def python_type(self) -> type[Any]:
        return dict

    @property
    def _static_cache_key(self) -> Any:
        fields = ((n, kind._static_cache_key) for n, kind in self.fields.items())
        return (type(self), *fields)

    def member_type(self, index: Any) -> Any:
        """The type of ``column[index]``."""
        return self.fields.get(index, sqltypes.NULLTYPE)

    def __repr__(self) -> str:
        return f"STRUCT({self.fields!r})"


class MAP(sqltypes.Indexable, sqltypes.TypeEngine):
    """Keys with values; values are dicts. ``column[key]`` has the values' type."""

    __visit_name__ = "MAP"
    operator_classes = _INDEXED
    comparator_factory = _Members
    hashable = False

    def __init__(self, key_type: Any, value_type: Any) -> None:
        self.key_type = sqltypes.to_instance(key_type)
        self.value_type = sqltypes.to_instance(value_type)

    @property
    def python_type(self) -> type[Any]:
        return dict

    @property
    def _static_cache_key(self) -> Any:
        kinds = (self.key_type._static_cache_key, self.value_type._static_cache_key)
        return (type(self), *kinds)

    def member_type(self, index: Any) -> Any:
        """The type of ``column[index]``."""
        return self.value_type

    def __repr__(self) -> str:
        return f"MAP({self.key_type!r}, {self.value_type!r})"
