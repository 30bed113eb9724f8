# SPDX-License-Identifier: Apache-2.0
"""Parameters in the text of a statement.

The placeholders are looked for where Flink would read them: not in 'text', `names`,
"names" and comments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from confluent_sql.exceptions import Error, InterfaceError, ProgrammingError
from confluent_sql.types import convert_statement_parameters

_PARTS = re.compile(
    r"""(?P<quoted>'(?:[^']|'')*'|`(?:[^`]|``)*`|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/)"""
    r"""|(?P<name>%\((?P<key>[^)]*)\)s)|(?P<place>%s)|(?P<percent>%%)""",
    re.DOTALL,
)


def interpolated(text: str, parameters: Any, session_zone: str | None) -> str:
    """The text with every `%s` (or `%(name)s`) replaced by a literal, `%%` by `%`.

    Without parameters it stays as it is. Another `%` stands for itself.
    ProgrammingError for too few and too many, DataError and InterfaceError for what
    cannot be written.
    """
    if parameters is None:
        return text
    if not isinstance(parameters, (tuple, list, Mapping)):
        raise InterfaceError(
            f"parameters must be a tuple, list or dict, got {type(parameters).__name__}"
        )
    if not parameters:
        return text
    zone = session_zone or "UTC"
    if isinstance(parameters, Mapping):
        return _by_name(text, parameters, zone)
    return _by_place(text, list(parameters), zone)


def _by_place(text: str, values: list[Any], zone: str) -> str:
    literals = iter(_literals(values, zone))
    used = 0

    def replace(found: re.Match[str]) -> str:
        nonlocal used
        if found["name"]:
            raise ProgrammingError(
                "Error interpolating parameters into statement:"
                f" {found['name']} needs a dict of parameters"
            )
        if not found["place"]:
            return "%" if found["percent"] else found.group()
        used += 1
        return next(literals, "")

    made = _PARTS.sub(replace, text)
    if used != len(values):
        raise ProgrammingError(
            f"Error interpolating parameters into statement: it has {used} placeholders"
            f" (%s), and {len(values)} parameters were given"
        )
    return made


def _by_name(text: str, values: Mapping[Any, Any], zone: str) -> str:
    def replace(found: re.Match[str]) -> str:
        if found["place"]:
            raise ProgrammingError(
                "Error interpolating parameters into statement: %s needs a tuple or"
                " list of parameters"
            )
        if not found["name"]:
            return "%" if found["percent"] else found.group()
        if found["key"] not in values:
            raise ProgrammingError(
                "Error interpolating parameters into statement: there is no parameter"
                f" {found['key']!r}"
            )
        return _literals([values[found["key"]]], zone)[0]

    return _PARTS.sub(replace, text)


def _literals(values: list[Any], zone: str) -> tuple[str, ...]:
    made: list[str] = []
    for place, value in enumerate(values, 1):
        try:
            made += convert_statement_parameters([value], zone)
        except Error as error:
            error.args = (f"Parameter {place}: {error}",)
            raise
    return tuple(made)
