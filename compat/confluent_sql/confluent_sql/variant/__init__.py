# SPDX-License-Identifier: Apache-2.0
"""VARIANT values: a tree in which every node tells its type.

A node is [code, ...]: 0 NULL, 1 an object's [key, node] pairs, 2 an array's nodes, a
scalar's text for the other positive codes, and what the service could not decode
itself, as two x'..' texts, for negative ones.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date, datetime, time, timezone
from decimal import Decimal
from typing import Any, TypeAlias

from confluent_sql.exceptions import DataError, _DataValueError
from confluent_sql.utils import decode_sql_hex_literal

__all__ = ["UndecodableVariant", "VariantValue"]


@dataclasses.dataclass(frozen=True)
class UndecodableVariant:
    """A value whose type the service does not know (code -1) or that is broken (-2)."""

    code: int
    metadata: bytes
    value: bytes


VariantValue: TypeAlias = (
    "bool | int | float | Decimal | str | date | time | datetime | bytes | list[Any]"
    " | dict[str, Any] | UndecodableVariant | None"
)

_OBJECT, _ARRAY, _TIMESTAMP_LTZ, _TIMESTAMP_LTZ_NS = 1, 2, 14, 18
_DEEPEST = 200  # nodes inside of one another


def _boolean(text: str) -> bool:
    if text not in ("TRUE", "FALSE"):
        raise ValueError(f"no boolean: {text!r}")
    return text == "TRUE"


def _timestamp(text: str) -> datetime:
    return datetime.fromisoformat(_microseconds(text))


def _instant(text: str) -> datetime:
    # The text is in UTC and says no zone.
    value = _timestamp(text.removesuffix("Z"))
    if value.tzinfo is not None:
        return value.astimezone(timezone.utc)
    return value.replace(tzinfo=timezone.utc)


def _microseconds(text: str) -> str:
    """With six digits of the second: fewer are padded, those beyond them go."""
    whole, point, rest = text.partition(".")
    if not point:
        return text
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return f"{whole}.{rest[:digits][:6].ljust(6, '0')}{rest[digits:]}"


_SCALARS: dict[int, Callable[[str], Any]] = {
    3: _boolean,
    **dict.fromkeys((4, 5, 6, 7), int),
    **dict.fromkeys((8, 9), float),
    10: Decimal,
    11: str,
    12: date.fromisoformat,
    13: _timestamp,
    _TIMESTAMP_LTZ: _instant,
    15: decode_sql_hex_literal,
    16: lambda text: time.fromisoformat(_microseconds(text)),
    17: _timestamp,
    _TIMESTAMP_LTZ_NS: _instant,
}


def _decode_variant_node(node: Any, depth: int = 0) -> VariantValue:
    """The value of a node; DataError for what is none."""
    if not isinstance(node, list) or not node or type(node[0]) is not int:
        raise DataError(f"Expected a VARIANT node but got {node!r}")
    if depth > _DEEPEST:
        raise DataError(f"A VARIANT is deeper than {_DEEPEST} levels")
    code, *rest = node
    try:
        if code < 0:
            metadata, value = rest
            return UndecodableVariant(
                code,
                decode_sql_hex_literal(metadata) if metadata else b"",
                decode_sql_hex_literal(value) if value else b"",
            )
        if code == 0:
            return None
        if code == _OBJECT:
            (pairs,) = rest
            return {
                _key(key): _decode_variant_node(one, depth + 1) for key, one in pairs
            }
        if code == _ARRAY:
            (nodes,) = rest
            return [_decode_variant_node(one, depth + 1) for one in nodes]
        if not isinstance(rest[0], str):
            raise TypeError(f"{rest[0]!r} is no text")
        return _SCALARS[code](rest[0])  # type: ignore[no-any-return]
    except DataError:
        raise
    except KeyError:
        raise DataError(f"A VARIANT has the unknown type code {code}") from None
    except (ValueError, TypeError, ArithmeticError, IndexError) as error:
        raise _DataValueError(
            f"A VARIANT node cannot be read: {node!r}: {error}"
        ) from error


def _key(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"the key {value!r} is no text")
    return value
