# SPDX-License-Identifier: Apache-2.0
"""Data for bulk ingest, as users give it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from fletching import _core
from fletching._arrow import _needs
from fletching._errors import ProgrammingError
from fletching._parameters import is_arrow

_UNNAMED_INDEX = re.compile(r"__index_level_\d+__")


def source(data: Any) -> Any:
    """The data as something that the core's ingest takes.

    What iterates in Python is read batch by batch in Python, so that the exceptions of
    its code come out as they are.
    """
    pyarrow = sys.modules.get("pyarrow")
    if pyarrow is not None and isinstance(data, pyarrow.RecordBatchReader):
        return _core.Batches(data, data.schema)
    if _gives_arrow(data):
        return _arrow(data)
    if isinstance(data, Iterable) and not isinstance(data, (str, bytes, Mapping)):
        return _core.Batches(map(_arrow, data), None)
    raise _refusal(data)


def _gives_arrow(data: Any) -> bool:
    return is_arrow(data) or _is_frame(data) or _is_relation(data)


def _is_frame(data: Any) -> bool:
    return _package(data) == "pandas" and hasattr(data, "columns")


def _is_relation(data: Any) -> bool:
    return _package(data) in ("duckdb", "_duckdb") and hasattr(
        data, "fetch_arrow_reader"
    )


def _package(data: Any) -> str:
    return type(data).__module__.partition(".")[0]


def _arrow(data: Any) -> Any:
    """Frames and relations of older packages go through pyarrow."""
    if _is_frame(data):
        return _without_unnamed_indexes(data)
    if is_arrow(data):
        return data
    if _is_relation(data):
        return data.fetch_arrow_reader()
    raise _refusal(data)


def _without_unnamed_indexes(frame: Any) -> Any:
    """Rows that were filtered or sorted have an index that nobody thinks of."""
    table = _needs(
        "pyarrow", "ingest of a pandas.DataFrame", "pyarrow"
    ).Table.from_pandas(frame)
    unnamed = [name for name in table.column_names if _UNNAMED_INDEX.fullmatch(name)]
    return table.drop_columns(unnamed) if unnamed else table


def _refusal(data: Any) -> ProgrammingError:
    return ProgrammingError(
        "ingest: Arrow data is needed (an object with __arrow_c_stream__ or"
        " __arrow_c_array__, or an iterable of them), not"
        f" {type(data).__name__}",
        code="INVALID_ARGUMENT",
        sqlstate="07006",
    )
