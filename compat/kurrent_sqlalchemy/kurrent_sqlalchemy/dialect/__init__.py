# SPDX-License-Identifier: Apache-2.0
"""The dialect of KurrentDB, and the table that it describes."""

from __future__ import annotations

from typing import Any

from fletching import _own_files

_own_files.check("kurrent_sqlalchemy", rival="kurrent-sqlalchemy")

from fletching.sqlalchemy import KurrentDBDialect  # noqa: E402
from fletching.sqlalchemy._kurrentdb import SCHEMA, TABLE, record_columns  # noqa: E402

KURRENTDB_SCHEMA = SCHEMA
KURRENTDB_TABLE = TABLE
KURRENTDB_RECORDS_COLUMNS: list[dict[str, Any]] = record_columns()
"""The columns of ``kdb.records``. To read: changing it changes no dialect."""

__all__ = [
    "KurrentDBDialect",
    "KURRENTDB_SCHEMA",
    "KURRENTDB_TABLE",
    "KURRENTDB_RECORDS_COLUMNS",
]
