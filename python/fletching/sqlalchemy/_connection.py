# SPDX-License-Identifier: Apache-2.0
"""Connections of a dialect: opening, transactions, liveness, what the server is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import URL

import fletching
from fletching.sqlalchemy import _remembered
from fletching.sqlalchemy._url import target_of

# Numbers of SqlInfo in FlightSql.proto.
SERVER_NAME = 0
SERVER_VERSION = 1
READ_ONLY = 3
TRANSACTION = 8
QUOTE_CHARACTER = 504
KEYWORDS = 508
DEFAULT_ISOLATION = 562
_ASKED = (
    SERVER_NAME,
    SERVER_VERSION,
    READ_ONLY,
    TRANSACTION,
    QUOTE_CHARACTER,
    KEYWORDS,
    DEFAULT_ISOLATION,
)

_AUTOCOMMIT = "AUTOCOMMIT"
_LEVELS = {
    1: "READ UNCOMMITTED",
    2: "READ COMMITTED",
    3: "REPEATABLE READ",
    4: "SERIALIZABLE",
}
PREPARED_STATEMENTS = "sqlalchemy-prepared-statements"
REMEMBER = "remember_server"

if TYPE_CHECKING:
    from sqlalchemy.engine.default import DefaultDialect as _Dialect
else:
    _Dialect = object  # mixed into that, which comes later


def driver_of(connection: Any) -> Any:
    """The driver's connection under one of SQLAlchemy's."""
    # While a dialect is initialised SQLAlchemy 1.4 has no pool's proxy around it.
    proxy = connection.connection
    return getattr(proxy, "dbapi_connection", proxy)


class Connecting(_Dialect):
    """The part of a dialect that has to do with connections.

    Attributes:
        ping_sql: a statement that proves the server alive; None: a question about its
            types of tables, which every server has to answer without running anything.
        isolation: the level of the server's transactions, where it does not say; None
            for a server that has none unless it says so.
    """

    scheme: str
    features: dict[str, str]
    sql_info: dict[int, Any]
    ping_sql: str | None = None
    isolation: str | None = "SERIALIZABLE"
    _identity: bytes | None = None

    # ---- opening ----

    def create_connect_args(self, url: URL) -> Any:
        """What `connect` gets; nothing is sent yet."""
        target = target_of(url, self.scheme)
        self.features = target.features
        options = dict(target.options)
        bind = self._bind_mode()
        if bind is not None:
            options["bind"] = bind
        return [target.uri], options

    def _bind_mode(self) -> str | None:
        """Who puts parameters into statements, if the URL says; see option `bind`."""
        said = self.features.get(PREPARED_STATEMENTS)
        if said is None:
            return None
        return "server" if said == "on" else "client"

    def connect(self, *arguments: Any, **options: Any) -> Any:
        """Open a connection of the driver."""
        if options.pop(REMEMBER, False):
            name = f"{type(self).__module__}.{type(self).__qualname__}"
            self._identity = _remembered.identity(name, *arguments, options)
        options.setdefault("paramstyle", self.paramstyle)
        return self.dbapi.connect(*arguments, **options)

    def initialize(self, connection: Any) -> None:
        """Take over what the server says of itself, on the first connection."""
        self.sql_info = self.remembered(
            "SqlInfo", lambda: self._read_sql_info(connection)
        )
        quotes = self.sql_info.get(QUOTE_CHARACTER)
        if isinstance(quotes, str) and quotes.strip():
            self.identifier_preparer.use_quotes(quotes)
        words = self.sql_info.get(KEYWORDS)
        if words:
            self.identifier_preparer.reserve(words)
        super().initialize(connection)

    def remembered(self, name: str, read: Callable[[], Any]) -> Any:
        """What read() finds, or found for another engine that may share it."""
        return _remembered.recall(self._identity, name, read)

    def _read_sql_info(self, connection: Any) -> dict[int, Any]:
        driver = driver_of(connection)
        try:
            with driver.get_sql_info(_ASKED) as cursor:
                return dict(cursor.fetchall())
        except fletching.Error as error:
            # It is a courtesy: servers without it are used all the same. One that is
            # not there will say so at the first statement.
            if self.is_disconnect(error, driver, None):
                raise
            return {}

    def _get_server_version_info(self, connection: Any) -> tuple[int | str, ...] | None:
        text = self.sql_info.get(SERVER_VERSION)
        if not isinstance(text, str):
            return None
        parts = text.lstrip("v").split(".")
        return tuple(int(part) if part.isdigit() else part for part in parts)

    def _get_default_schema_name(self, connection: Any) -> str | None:
        return None

    # ---- transactions ----

    def get_isolation_level_values(self, dbapi_connection: Any) -> list[str]:
        """AUTOCOMMIT, and the level of the server's transactions where it has them."""
        level = self._transaction_level()
        return [_AUTOCOMMIT] if level is None else [level, _AUTOCOMMIT]

    def _transaction_level(self) -> str | None:
        supported = self.sql_info.get(TRANSACTION, 0 if self.isolation is None else 1)
        if supported == 0:
            return None
        said: Any = self.sql_info.get(DEFAULT_ISOLATION)
        return _LEVELS.get(said, self.isolation or "SERIALIZABLE")

    def get_default_isolation_level(self, dbapi_conn: Any) -> str:
        """The level of a connection for which none was asked."""
        return self._transaction_level() or _AUTOCOMMIT

    def get_isolation_level(self, dbapi_connection: Any) -> str:
        """AUTOCOMMIT or the level of transactions."""
        if dbapi_connection.autocommit:
            return _AUTOCOMMIT
        return self._transaction_level() or _AUTOCOMMIT

    def set_isolation_level(self, dbapi_connection: Any, level: str) -> None:
        """AUTOCOMMIT, or the level that the server's transactions have."""
        wanted = level.replace("_", " ").upper()
        known = self.get_isolation_level_values(dbapi_connection)
        if wanted not in known:
            from sqlalchemy import exc

            raise exc.ArgumentError(
                f"isolation level {level!r}: this server has {', '.join(known)}"
            )
        autocommit = wanted == _AUTOCOMMIT
        # SQLAlchemy 1.4 has a pool's proxy here, which keeps to itself what is set.
        driver = getattr(dbapi_connection, "dbapi_connection", dbapi_connection)
        if autocommit != bool(driver.autocommit):
            driver.autocommit = autocommit

    def detect_autocommit_setting(self, dbapi_conn: Any) -> bool:
        """Whether the connection commits every statement by itself."""
        return bool(dbapi_conn.autocommit)

    def do_savepoint(self, connection: Any, name: str) -> None:
        """By Flight SQL's own action."""
        driver_of(connection).savepoint(name)

    def do_rollback_to_savepoint(self, connection: Any, name: str) -> None:
        """By Flight SQL's own action."""
        driver_of(connection).rollback_to(name)

    def do_release_savepoint(self, connection: Any, name: str) -> None:
        """By Flight SQL's own action."""
        driver_of(connection).release(name)

    # ---- liveness ----

    def do_ping(self, dbapi_connection: Any) -> bool:
        """Ask the server something that costs it nothing.

        Returns False when the connection is lost; what else is wrong (credentials that
        are over, say) raises.
        """
        try:
            self._ping(dbapi_connection)
        except fletching.NotSupportedError:
            return True  # an answer, even so
        except fletching.Error as error:
            if self.is_disconnect(error, dbapi_connection, None):
                return False
            raise
        return True

    def _ping(self, dbapi_connection: Any) -> None:
        if self.ping_sql is None:
            with dbapi_connection.get_table_types():
                return
        with dbapi_connection.cursor() as cursor:
            cursor.execute(self.ping_sql)

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        """Whether the connection is of no more use: lost, closed, or a parent's."""
        if not isinstance(e, fletching.Error):
            return False
        code = getattr(e, "code", "")
        state = getattr(e, "sqlstate", "")
        if isinstance(e, fletching.InterfaceError):
            return bool(state == "08003")
        return bool(code == "IO" or state.startswith("08"))

    # ---- statements ----

    def do_execute(
        self, cursor: Any, statement: str, parameters: Any, context: Any = None
    ) -> None:
        """Run a statement; text without parameters is sent as it stands."""
        if not statement and context is not None and context.isddl:
            return  # the engine has nothing of the kind
        cursor.execute(statement, parameters or self._no_parameters())

    def do_executemany(
        self, cursor: Any, statement: str, parameters: Any, context: Any = None
    ) -> None:
        """Run a statement for all rows of parameters, which go out as one batch."""
        cursor.executemany(statement, parameters)

    def do_execute_no_params(
        self, cursor: Any, statement: str, context: Any = None
    ) -> None:
        """Run a statement as it stands."""
        cursor.execute(statement)

    def _no_parameters(self) -> tuple[()] | None:
        # Compiled text has its % doubled in these styles, which the driver undoes where
        # it looks for placeholders.
        return () if self.paramstyle in ("format", "pyformat") else None

    def next_value_text(self, sequence: str) -> str:
        """How the next number of a sequence is asked for."""
        return f"NEXT VALUE FOR {sequence}"
