# SPDX-License-Identifier: Apache-2.0
"""The engine spec that all others are made of: any Flight SQL server."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import types
from superset.utils.core import GenericDataType

import fletching
from fletching.superset import _errors, _grains, _running, _types, _upload, _values
from fletching.superset._compat import BaseEngineSpec, register_dialects
from fletching.superset._connecting import Connecting
from fletching.superset._form import Form
from fletching.superset._oauth2 import OAuth2

_log = logging.getLogger("fletching")

register_dialects()


class FlightSQLEngineSpec(Form, Connecting, OAuth2, BaseEngineSpec):
    """Any server that speaks Arrow Flight SQL."""

    engine = "flightsql"
    engine_name = "Arrow Flight SQL"
    default_driver = "flightsql"
    drivers: ClassVar[dict[str, str]] = {"flightsql": "Fletching"}
    sqlalchemy_uri_placeholder = "flightsql://user:password@host:port[?key=value...]"
    metadata: ClassVar[dict[str, Any]] = {
        "description": "Any SQL server that speaks Arrow Flight SQL.",
        "pypi_packages": ["fletching[superset]"],
        "connection_string": sqlalchemy_uri_placeholder,
        "default_port": 443,
        "categories": ["Other Databases"],
    }

    supports_file_upload = True
    supports_catalog = True
    supports_cross_catalog_queries = True
    allows_sql_comments = True
    allows_alias_to_source_column = True
    try_remove_schema_from_table_name = False

    _time_grain_expressions: ClassVar[_grains.Grains] = _grains.GENERIC
    custom_errors: ClassVar[Any] = _errors.CONNECTION
    column_type_mappings: ClassVar[Any] = (
        (
            re.compile(r"^(U?TINYINT|USMALLINT|UINTEGER)", re.IGNORECASE),
            types.Integer(),
            GenericDataType.NUMERIC,
        ),
        (
            re.compile(r"^(UBIGINT|U?HUGEINT)", re.IGNORECASE),
            types.Numeric(),
            GenericDataType.NUMERIC,
        ),
        (
            re.compile(
                r"^(JSON|UUID|ARRAY|STRUCT|MAP|UNION|VARBINARY|BINARY|BLOB|BYTEA"
                r"|INTERVAL|.*\[\d*\]$)",
                re.IGNORECASE,
            ),
            types.String(),
            GenericDataType.STRING,
        ),
        (
            re.compile(r"^TIME(?!STAMP)", re.IGNORECASE),
            types.Time(),
            GenericDataType.STRING,
        ),
    )

    explain = "EXPLAIN "
    """What asks for a statement's plan; empty where the server has none."""
    functions_sql: ClassVar[tuple[str, ...]] = (
        "SELECT DISTINCT routine_name FROM information_schema.routines",
    )
    """Queries for the names of functions; the first that works counts."""
    default_catalog_sql: str | None = None
    """A query for the catalog of unqualified names."""

    # ---- values ----

    @classmethod
    def get_datatype(cls, type_code: Any) -> str | None:
        """SQL's name of a column of a cursor."""
        return _types.sql_name(type_code) if isinstance(type_code, str) else None

    @classmethod
    def fetch_data(cls, cursor: Any, limit: int | None = None) -> list[Any]:
        """The rows, as tuples of what Superset can take."""
        try:
            rows = _running.fetch(cursor, limit, cls._poll_seconds())
            return _values.convert(rows, cursor.description or [])
        except fletching.InterfaceError:
            if cursor.description is None:
                return []  # the statement had no rows to give
            raise
        except fletching.Error as error:
            raise cls.get_dbapi_mapped_exception(error) from error

    @classmethod
    def convert_dttm(
        cls, target_type: str, dttm: datetime, db_extra: Any = None
    ) -> str | None:
        """A moment as a literal of a column's type."""
        kind = target_type.upper()
        if kind.startswith(("TIMESTAMP", "DATETIME")):
            return f"TIMESTAMP '{dttm.isoformat(sep=' ', timespec='microseconds')}'"
        if kind.startswith("DATE"):
            return f"DATE '{dttm.date().isoformat()}'"
        return None

    @classmethod
    def epoch_to_dttm(cls) -> str:
        """A moment of seconds since 1970."""
        return "TIMESTAMP '1970-01-01 00:00:00' + {col} * INTERVAL '1' SECOND"

    @classmethod
    def epoch_ms_to_dttm(cls) -> str:
        """A moment of milliseconds since 1970."""
        return "TIMESTAMP '1970-01-01 00:00:00' + {col} / 1000 * INTERVAL '1' SECOND"

    # ---- errors ----

    @classmethod
    def get_dbapi_exception_mapping(cls) -> dict[type[Exception], type[Exception]]:
        """Superset's class for each of the driver's."""
        return _errors.MAPPING

    # ---- running ----

    @classmethod
    def execute_with_cursor(cls, cursor: Any, sql: str, query: Any) -> None:
        """Run a query of SQL Lab's; stopping it ends it on the server."""
        try:
            _running.execute(cursor, sql, query, cls._poll_seconds())
        except fletching.Error as error:
            database = query.database
            if database.is_oauth2_enabled() and cls.needs_oauth2(error):
                cls.start_oauth2_dance(database)
            raise cls.get_dbapi_mapped_exception(error) from error

    @classmethod
    def has_implicit_cancel(cls) -> bool:
        """True: the process that runs the query sees that it is to stop."""
        return True

    @classmethod
    def _poll_seconds(cls) -> float | None:
        from flask import current_app

        known = current_app.config.get("DB_POLL_INTERVAL_SECONDS") or {}
        seconds = known.get(cls.engine)
        return None if seconds is None else float(seconds)

    # ---- plans ----

    @classmethod
    def get_allow_cost_estimate(cls, extra: dict[str, Any]) -> bool:
        """Whether there are plans to show."""
        return bool(cls.explain)

    @classmethod
    def estimate_statement_cost(cls, *arguments: Any) -> dict[str, Any]:
        """The plan of a statement. Superset gives (database, statement, cursor), 4.1
        without the database."""
        statement, cursor = arguments[-2:]
        cursor.execute(f"{cls.explain}{statement}")
        names = [column[0] for column in cursor.description]
        rows = [tuple(map(str, row)) for row in cursor.fetchall()]
        if len(names) == 1:
            return {names[0]: "\n".join(row[0] for row in rows)}
        return {row[0]: row[1] for row in rows}

    @classmethod
    def query_cost_formatter(cls, raw_cost: list[dict[str, Any]]) -> list[Any]:
        """Plans as they came."""
        return [{str(k): str(v) for k, v in plan.items()} for plan in raw_cost]

    # ---- what there is ----

    @classmethod
    def get_catalog_names(cls, database: Any, inspector: Any) -> set[str]:
        """The server's catalogs."""
        with cls._driver(database) as driver:
            return {row[0] for row in _rows(driver.get_catalogs) if row[0]}

    @classmethod
    def get_default_catalog(cls, database: Any) -> str | None:
        """The catalog of unqualified names; None where the server does not say.

        Superset asks for it again and again; so it is remembered.
        """
        with cls.get_engine(database) as engine:
            with closing(engine.raw_connection()) as proxy:
                driver = driver_of_proxy(proxy)
                found: str | None = engine.dialect.remembered(
                    "default catalog", lambda: cls.find_catalog(driver)
                )
            return found

    @classmethod
    def find_catalog(cls, driver: Any) -> str | None:
        """The default catalog, asked of the server."""
        if cls.default_catalog_sql is not None:
            found = driver.execute(cls.default_catalog_sql).fetchone()
            return None if found is None else str(found[0])
        names = {row[0] for row in _rows(driver.get_catalogs) if row[0]}
        return names.pop() if len(names) == 1 else None

    @classmethod
    def get_schema_names(cls, inspector: Any) -> set[str]:
        """The schemas of the connection's catalog."""
        names = inspector.get_schema_names()
        return {str(n) for n in names if "." not in n or getattr(n, "quote", None)}

    @classmethod
    def get_function_names(cls, database: Any) -> list[str]:
        """What SQL Lab offers while somebody types."""
        with cls._driver(database) as driver:
            for sql in cls.functions_sql:
                try:
                    rows = driver.execute(sql).fetchall()
                except fletching.DatabaseError as error:
                    _log.debug("%s: no list of functions: %s", cls.engine, error)
                else:
                    return sorted({str(row[0]).lower() for row in rows if row[0]})
        return []

    # ---- upload ----

    @classmethod
    def df_to_sql(
        cls, database: Any, table: Any, df: Any, to_sql_kwargs: dict[str, Any]
    ) -> None:
        """Write a frame by bulk ingest."""
        with cls._driver(database, table.catalog, table.schema) as driver:
            try:
                _upload.write(driver, table, df, to_sql_kwargs)
            except fletching.Error as error:
                raise cls.get_dbapi_mapped_exception(error) from error

    @classmethod
    @contextmanager
    def _driver(
        cls, database: Any, catalog: str | None = None, schema: str | None = None
    ) -> Iterator[Any]:
        """A connection of the driver's."""
        with (
            cls.get_engine(database, catalog=catalog, schema=schema) as engine,
            closing(engine.raw_connection()) as proxy,
        ):
            yield driver_of_proxy(proxy)


def driver_of_proxy(proxy: Any) -> Any:
    """The driver's connection under one of the pool's."""
    return getattr(proxy, "dbapi_connection", proxy)


def _rows(command: Any) -> list[Any]:
    """The rows of a metadata command; none where the server has no such command."""
    try:
        with command() as cursor:
            return list(cursor.fetchall())
    except fletching.NotSupportedError:
        return []
