# SPDX-License-Identifier: Apache-2.0
"""Errors by kind: what Superset's pages point at, from what the driver says.

The connection's errors are the driver's own texts; those of statements are the
engines', as DataFusion, DuckDB, Spark and Flink word them.
"""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as __
from superset.db_engine_specs import exceptions
from superset.errors import SupersetErrorType

import fletching

_Errors = dict[Any, tuple[str, SupersetErrorType, dict[str, Any]]]

_REFUSED = __('Port %(port)s on hostname "%(hostname)s" refused the connection.')
_NO_HOST = __('The hostname "%(hostname)s" cannot be resolved.')
_DOWN = __(
    'The host "%(hostname)s" might be down, and can\'t be reached on port %(port)s.'
)
_COLUMN = __('We can\'t seem to resolve the column "%(column_name)s".')
_TABLE = __('The table "%(table_name)s" does not exist.')
_SCHEMA = __('The schema "%(schema_name)s" does not exist.')
_SYNTAX = __('Please check your query for syntax errors at or near "%(syntax_error)s".')

_SAID = "%(said)s"


def _saying(pattern: str) -> re.Pattern[str]:
    """The line that says it, without SQLAlchemy's words around it, as ``said``."""
    before, after = r"(?:\[SQL: )?(?:\([\w.]+\) )?", r"(?=\]?(?:\n|$))"
    said = rf"(?P<said>[^\n]*?(?:{pattern})[^\n]*?)"
    return re.compile(before + said + after, re.IGNORECASE)


CONNECTION: _Errors = {
    _saying(r"exceeded the \d+ seconds timeout"): (
        _SAID,
        SupersetErrorType.SQLLAB_TIMEOUT_ERROR,
        {},
    ),
    _saying(
        r"wrong user name or password|no credentials|bearer token is not known"
        r"|Detail: Unauthenticated|\bUNAUTHENTICATED\b"
        r"|are user and password, or key and secret, right"
    ): (
        _SAID,
        SupersetErrorType.CONNECTION_ACCESS_DENIED_ERROR,
        {"invalid": ["username", "password", "access_token"]},
    ),
    re.compile(r"connect: cannot resolve"): (
        _NO_HOST,
        SupersetErrorType.CONNECTION_INVALID_HOSTNAME_ERROR,
        {"invalid": ["host"]},
    ),
    re.compile(r"connect: cannot reach .*Connection refused", re.DOTALL): (
        _REFUSED,
        SupersetErrorType.CONNECTION_PORT_CLOSED_ERROR,
        {"invalid": ["host", "port"]},
    ),
    re.compile(r"connect: (?:cannot reach|timed out)"): (
        _DOWN,
        SupersetErrorType.CONNECTION_HOST_DOWN_ERROR,
        {"invalid": ["host", "port"]},
    ),
    _saying(r"the server does not speak TLS|TLS: "): (
        _SAID,
        SupersetErrorType.CONNECTION_DATABASE_PERMISSIONS_ERROR,
        {"invalid": ["encryption"]},
    ),
}

_MISSING = {
    "column_name": (_COLUMN, SupersetErrorType.COLUMN_DOES_NOT_EXIST_ERROR),
    "table_name": (_TABLE, SupersetErrorType.TABLE_DOES_NOT_EXIST_ERROR),
    "schema_name": (_SCHEMA, SupersetErrorType.SCHEMA_DOES_NOT_EXIST_ERROR),
    "syntax_error": (_SYNTAX, SupersetErrorType.SYNTAX_ERROR),
}


def _by_group(*patterns: str) -> _Errors:
    """Patterns whose one named group says what is missing, and is its name."""
    found: _Errors = {}
    for pattern in map(re.compile, patterns):
        (group,) = pattern.groupindex
        found[pattern] = (*_MISSING[group], {})
    return found


DATAFUSION: _Errors = {
    **_by_group(
        r"No field named (?P<column_name>[^\s]+?)\.(?:\s|$)",
        r"table '(?P<table_name>[^']+)' not found",
    ),
    _saying(r"ParserError\("): (_SAID, SupersetErrorType.SYNTAX_ERROR, {}),
}

DUCKDB = _by_group(
    r'Referenced (?:column|table) "(?P<column_name>.+?)" not found',
    r'does not have a column named "(?P<column_name>.+?)"',
    r'because schema "(?P<schema_name>.+?)" does not exist',
    r'Table with name "?(?P<table_name>.+?)"? does not exist',
    r'syntax error at or near "(?P<syntax_error>.*?)"',
)

SPARK = _by_group(
    r"(?s)\[UNRESOLVED_COLUMN[^\]]*\].*?`(?P<column_name>[^`]+)`",
    r"(?s)\[TABLE_OR_VIEW_NOT_FOUND\].*?(?P<table_name>`[^ ]+`)",
    r"(?s)\[SCHEMA_NOT_FOUND\].*?(?P<schema_name>`[^ ]+`)",
    r"(?s)\[PARSE_SYNTAX_ERROR\].*?at or near '?(?P<syntax_error>[^'.]+)",
)

FLINK = _by_group(
    r"Column '(?P<column_name>[^']+)' not found in",
    r"Object '(?P<table_name>[^']+)' not found",
    r"A database with name \[(?P<schema_name>[^\]]+)\] does not exist",
    r'SQL parse failed\. Encountered "(?P<syntax_error>[^"]+)"',
)

MAPPING: dict[type[Exception], type[Exception]] = {
    fletching.DataError: exceptions.SupersetDBAPIDataError,
    fletching.DatabaseError: exceptions.SupersetDBAPIDatabaseError,
    fletching.IntegrityError: exceptions.SupersetDBAPIDatabaseError,
    fletching.InternalError: exceptions.SupersetDBAPIDatabaseError,
    fletching.NotSupportedError: exceptions.SupersetDBAPIProgrammingError,
    fletching.OperationalError: exceptions.SupersetDBAPIOperationalError,
    fletching.ProgrammingError: exceptions.SupersetDBAPIProgrammingError,
}
"""The driver's classes and Superset's."""


def is_unauthenticated(error: BaseException | None) -> bool:
    """Whether an error, or what it came from, says that credentials are missing."""
    while error is not None:
        if getattr(error, "code", None) == "UNAUTHENTICATED":
            return True
        error = getattr(error, "orig", None) or error.__cause__
    return False
