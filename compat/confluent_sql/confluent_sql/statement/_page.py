# SPDX-License-Identifier: Apache-2.0
"""A page of results as JSON."""

from __future__ import annotations

from typing import Any, NoReturn

from confluent_sql.exceptions import (
    OperationalError,
    StatementDeletedError,
    _DataKeyError,
    _DataTypeError,
)
from confluent_sql.statement._schema import ChangelogRow

Results = tuple[list[ChangelogRow], "str | None"]


def rows_of(page: Any, name: str) -> Results:
    """Its rows and the address of the next one, None after the last."""
    data = inside(page, "results", "data")
    if data is None:
        _raise_missing(page, name)
    if not isinstance(data, list):
        raise _DataTypeError(f"The rows of '{name}' are no list: {data!r:.200}")
    rows = []
    for one in data:
        if not isinstance(one, dict) or "row" not in one:
            raise _DataKeyError(f"A row of '{name}' has no member 'row': {one!r:.200}")
        rows.append(ChangelogRow(one.get("op", 0), one["row"]))
    return rows, inside(page, "metadata", "next") or None


def _raise_missing(page: Any, name: str) -> NoReturn:
    """The service answers some failures with 200 and no rows."""
    error = inside(page, "error")
    results = inside(page, "results")
    if error is None and isinstance(results, dict) and "data" in results:
        raise _DataTypeError(f"The rows of '{name}' are null")
    gone = error is None or inside(error, "code") == 404
    if gone or "not found" in str(error).lower():
        raise StatementDeletedError(f"Statement '{name}' has been deleted", name)
    raise OperationalError(f"Reading the results of '{name}': {error}")


def inside(value: Any, *names: str) -> Any:
    """The member of a member of an object, None where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
