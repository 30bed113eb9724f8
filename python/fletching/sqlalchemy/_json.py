# SPDX-License-Identifier: Apache-2.0
"""``column["key"]`` of JSON columns, as engines spell it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.sql import sqltypes

_CASTS: dict[Any, str] = {
    sqltypes.Integer: "BIGINT",
    sqltypes.Boolean: "BOOLEAN",
    sqltypes.Numeric: "DOUBLE",
    getattr(sqltypes, "Float", None): "DOUBLE",
}
"""Numeric is Float's affinity before SQLAlchemy 2.1."""


def cast_of(compiler: Any, kind: Any) -> str | None:
    """The SQL type that text out of JSON is cast to; None where text is wanted."""
    affinity = kind._type_affinity
    if affinity is sqltypes.Numeric and not isinstance(kind, sqltypes.Float):
        return str(compiler.dialect.type_compiler.process(kind))
    return _CASTS.get(affinity)


def arrows(compiler: Any, binary: Any, **kw: Any) -> str:
    """By ``->`` and ``->>``, which most engines have."""
    left = compiler.process(binary.left, **kw)
    right = compiler.process(binary.right, **kw)
    if binary.type._type_affinity is sqltypes.JSON:
        return f"({left} -> {right})"
    text, cast = f"({left} ->> {right})", cast_of(compiler, binary.type)
    return text if cast is None else f"CAST({text} AS {cast})"


def path_of(steps: Any) -> str:
    """Keys and indexes as a JSON path, ``$."key"[0]``."""
    parts = (
        f"[{step}]" if isinstance(step, int) else '."' + step.replace('"', '\\"') + '"'
        for step in steps
    )
    return "$" + "".join(parts)


class _Formatted:
    """A type whose values are written as a path."""

    def bind_processor(self, dialect: Any) -> Any:
        return self._format

    def literal_processor(self, dialect: Any) -> Any:
        write = self.string_literal_processor(dialect)  # type: ignore[attr-defined]
        return lambda value: write(self._format(value))

    def _format(self, value: Any) -> Any:
        raise NotImplementedError


class PathType(_Formatted, sqltypes.JSON.JSONPathType):
    """The path in ``column[("key", 0)]``."""

    def _format(self, value: Any) -> Any:
        return value if isinstance(value, str) else path_of(value)


class KeyType(_Formatted, sqltypes.JSON.JSONIndexType):
    """The key or index in ``column["key"]``, as a path of one step."""

    def _format(self, value: Any) -> Any:
        return path_of([value])
