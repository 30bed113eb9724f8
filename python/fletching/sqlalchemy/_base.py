# SPDX-License-Identifier: Apache-2.0
"""The base of every dialect."""

from __future__ import annotations

from types import ModuleType
from typing import Any, ClassVar

from sqlalchemy import pool
from sqlalchemy.engine import URL, default
from sqlalchemy.sql import sqltypes

from fletching.sqlalchemy import _compiler, _forks, _json, _types
from fletching.sqlalchemy._connection import Connecting
from fletching.sqlalchemy._context import FlightSQLExecutionContext
from fletching.sqlalchemy._preparer import FlightSQLPreparer
from fletching.sqlalchemy._reflection import Reflection
from fletching.sqlalchemy._url import QuietURL
from fletching.sqlalchemy._versions import SQLALCHEMY_2


class FlightSQLDialect(Reflection, Connecting, default.DefaultDialect):
    """SQL over Flight SQL: the generic dialect, and the base of all others.

    A dialect of your own is a subclass with a `name`, registered with
    ``sqlalchemy.dialects.registry``; docs/guides/sqlalchemy.md has an example.

    Attributes:
        scheme: which form of docs/reference/urls.md its URLs have.
        literals: the SQL dialect in which values are written as literals.
        paramstyle: how placeholders are written; any of PEP 249's.
        features: the parameters ``feature-NAME=VALUE`` of the URL.
        sql_info: what the server said of itself, by the number of SqlInfo.
    """

    name = "flightsql"
    driver = "flightsql"
    scheme = "flightsql"
    literals = "generic"
    default_paramstyle = "qmark"

    statement_compiler = _compiler.FlightSQLCompiler
    ddl_compiler = _compiler.FlightSQLDDLCompiler
    type_compiler_cls = _compiler.FlightSQLTypeCompiler
    type_compiler: Any
    if not SQLALCHEMY_2:
        type_compiler = _compiler.FlightSQLTypeCompiler
    preparer = FlightSQLPreparer
    execution_ctx_cls = FlightSQLExecutionContext
    poolclass = pool.QueuePool

    supports_statement_cache = True
    supports_server_side_cursors = True
    supports_native_boolean = True
    supports_native_decimal = True
    supports_native_uuid = True
    returns_native_bytes = True
    supports_multivalues_insert = True
    supports_default_values = False
    supports_default_metavalue = False
    supports_empty_insert = False
    supports_sane_rowcount = False
    supports_sane_multi_rowcount = False
    supports_is_distinct_from = True
    supports_alter = False
    postfetch_lastrowid = False
    implicit_returning = False
    non_native_boolean_check_constraint = False
    div_is_floordiv = True
    max_identifier_length = 255

    colspecs: ClassVar[dict[Any, Any]] = {
        sqltypes.Numeric: _types.Numeric,
        sqltypes.Float: _types.Float,
        sqltypes.Interval: _types.INTERVAL,
        sqltypes.ARRAY: _types.ARRAY,
        sqltypes.JSON.JSONPathType: _json.PathType,
    }

    if SQLALCHEMY_2:
        colspecs[sqltypes.Uuid] = _types.Uuid

    def __init_subclass__(cls, **options: Any) -> None:
        # SQLAlchemy asks for this in each class, and warns where it is not.
        if "supports_statement_cache" not in cls.__dict__:
            cls.supports_statement_cache = cls.supports_statement_cache
        super().__init_subclass__(**options)

    def __init__(
        self,
        paramstyle: str | None = None,
        isolation_level: str | None = None,
        json_serializer: Any = None,
        json_deserializer: Any = None,
        **options: Any,
    ) -> None:
        # SQLAlchemy takes the module's style where none is given, whatever the class
        # says.
        style = paramstyle or getattr(type(self), "paramstyle", self.default_paramstyle)
        if SQLALCHEMY_2:
            options["isolation_level"] = isolation_level
        super().__init__(paramstyle=style, **options)
        self._level = isolation_level
        self._json_serializer = json_serializer
        self._json_deserializer = json_deserializer
        self.features: dict[str, str] = {}
        self.sql_info: dict[int, Any] = {}

    if not SQLALCHEMY_2:

        def on_connect(self) -> Any:
            """Gives connections the engine's level; SQLAlchemy 2 does it by itself."""
            level = self._level
            if level is None:
                return super().on_connect()
            return lambda connection: self.set_isolation_level(connection, level)

        def get_default_isolation_level(self, dbapi_conn: Any) -> str:
            """The level of a connection for which none was asked."""
            if self._level is not None:
                return self._level
            return super().get_default_isolation_level(dbapi_conn)

        @classmethod
        def dbapi(cls) -> ModuleType:
            """The DB-API module, by the name that SQLAlchemy 1.4 knows."""
            return cls.import_dbapi()

    @classmethod
    def import_dbapi(cls) -> ModuleType:
        """The DB-API module."""
        import fletching

        return fletching

    @classmethod
    def engine_created(cls, engine: Any) -> None:
        """A child of a fork gets a pool of its own; reprs are without secrets."""
        _forks.remember(engine)
        engine.url = QuietURL._make(engine.url)

    @classmethod
    def get_async_dialect_cls(cls, url: URL) -> Any:
        """The dialect for asyncio: the one whose name ends in _async."""
        from fletching.sqlalchemy._async import async_dialect

        return async_dialect(cls)
