# SPDX-License-Identifier: Apache-2.0
"""What kurrent-sqlalchemy patched in Superset, looked at: it holds without patches."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from typing import Any

from fletching.superset import KurrentDBEngineSpec

logger = logging.getLogger("kurrent_sqlalchemy.superset")

_ENGINE = "kurrentdb"
_URL = "kurrentdb+flightsql://localhost"
_PROBE = (
    "SELECT stream, data::json->>'OrderId' AS \"order\" -- as it is\n"
    "FROM kdb.records\nWHERE category = 'orders'"
)


class _Differs(Exception):
    """Something in this Superset is not as it should be; says what was found."""


def install_superset_patches(app: Any) -> None:
    """Look whether KurrentDB works in this Superset, and log what was found.

    For FLASK_APP_MUTATOR, alone or within a function of one's own. Nothing is patched:
    the engine spec is bound by an entry point, and its SQL dialect gives every text
    back as it was written. That is told in four INFO lines, or in one of level ERROR
    which names what differs.
    """
    told = []
    missing = []
    for name, holds, check in _CHECKS:
        try:
            check()
        except Exception as error:
            logger.debug("kurrentdb: %s", name, exc_info=True)
            missing.append(f"{name} ({error})")
        else:
            told.append(f"kurrentdb: {holds}")
    if missing:
        logger.error(
            "kurrentdb: %d patch(es) NOT installed: %s",
            len(missing),
            "; ".join(missing),
        )
        return
    for line in told:
        logger.info(line)
    logger.info("kurrentdb: all patches installed and verified")


def _database() -> Any:
    from superset.models.core import Database

    return Database(database_name="probe of kurrentdb", sqlalchemy_uri=_URL)


def _check_spec() -> None:
    found = _database().db_engine_spec
    if not issubclass(found, KurrentDBEngineSpec):
        raise _Differs(f"a KurrentDB is bound to {found.__name__}")


def _check_limit() -> None:
    _same("a limit", _database().apply_limit_to_sql(_PROBE, 7), f"{_PROBE}\nLIMIT 7")


def _check_formats() -> None:
    parse = _parser()
    script = parse.SQLScript(_PROBE, _ENGINE)
    _same("SQLScript.format", script.format(), _PROBE)
    statement = parse.SQLStatement(_PROBE, engine=_ENGINE)
    _same("SQLStatement.format", statement.format(), _PROBE)
    chart = f"SELECT count(*) AS n\nFROM (\n{_PROBE}\n) AS virtual_table"
    for statement in parse.SQLScript(chart, _ENGINE).statements:
        _same("a chart's statement", statement.format(), chart)


def _parser() -> Any:
    """The module with SQLScript; before Superset 5 it had another name."""
    try:
        return importlib.import_module("superset.sql.parse")
    except ImportError:
        return importlib.import_module("superset.sql_parse")


def _same(what: str, found: str, expected: str) -> None:
    if found != expected:
        raise _Differs(f"{what} makes {found!r} of {expected!r}")


_CHECKS: tuple[tuple[str, str, Callable[[], None]], ...] = (
    (
        "db_engine_spec bind",
        "Database.db_engine_spec is bound by an entry point, no patch is needed",
        _check_spec,
    ),
    (
        "Database.apply_limit_to_sql bypass",
        "Database.apply_limit_to_sql edits the LIMIT in the text, no patch is needed",
        _check_limit,
    ),
    (
        "SQLScript.format bypass",
        "SQLScript.format gives SQL back as it was written, no patch is needed",
        _check_formats,
    ),
)
