# SPDX-License-Identifier: Apache-2.0
"""What differs between Superset 4.1, 5.0, 6.0 and 6.1, and that it is there at all."""

from __future__ import annotations

try:
    from superset.db_engine_specs.base import BaseEngineSpec
except ModuleNotFoundError as error:
    if error.name is None or error.name.split(".")[0] != "superset":
        raise
    raise ImportError(
        "fletching.superset needs Apache Superset 4.1 or newer, in whose environment it"
        " is meant to be installed (pip install 'fletching[superset]')"
    ) from error

from superset.sql import parse

from fletching.superset import _grammars


def register_dialects() -> None:
    """Tell Superset how the SQL of our engines is read.

    The same table is what the setting SQLGLOT_DIALECTS_EXTENSIONS fills, and what is
    there already stays: an administrator's choice counts more than ours.
    """
    for engine, dialect in _grammars.BY_ENGINE.items():
        parse.SQLGLOT_DIALECTS.setdefault(engine, dialect)


__all__ = ["BaseEngineSpec", "register_dialects"]
