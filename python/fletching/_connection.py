# SPDX-License-Identifier: Apache-2.0
"""Connections."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable, Mapping
from typing import Any

from fletching import _core, _errors
from fletching._arrow import Schema
from fletching._cursor import Cursor
from fletching._errors import InterfaceError, NotSupportedError, ProgrammingError

_HEADER = "adbc.flight.sql.rpc.call_header."


def option_text(name: str, value: object) -> str:
    """A Python value as the text that the core takes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    if isinstance(value, bytes):
        return value.decode()  # PEM
    if isinstance(value, os.PathLike):
        return os.fspath(value)  # type: ignore[no-any-return]
    raise ProgrammingError(
        f"option {name}: a str, bool, number or path is needed, not"
        f" {type(value).__name__}",
        code="INVALID_ARGUMENT",
        sqlstate="42000",
    )


def connect(
    uri: str,
    *,
    headers: Mapping[str, str] | None = None,
    **options: Any,
) -> Connection:
    """Open a connection: TCP, TLS, HTTP/2 and, with user and password, the Handshake.

    Args:
        uri: ``grpc://host:port``, ``grpc+tls://host``, and the other forms of
            docs/reference/urls.md.
        headers: sent with every call.
        options: by alias or name (docs/reference/options.md), such as ``user``,
            ``password``, ``token``, ``tls_root_certs``; None means not given. Names
            with dots go in as ``**{"adbc...": value}``. How rows show what Python's
            own types cannot hold is said by ``nanoseconds`` ("exact", "truncate",
            "error"), ``out_of_range`` ("error", "text") and ``maps`` ("dict",
            "pairs").
    """
    texts = {
        name: option_text(name, value)
        for name, value in options.items()
        if value is not None
    }
    for name, value in (headers or {}).items():
        texts[_HEADER + name] = value
    return Connection(_core.Database(uri, texts))


class Connection:
    """A connection, as PEP 249 says; threads may share it, each with its own cursors.

    Every statement commits by itself. A ``with`` block closes the connection.
    """

    # PEP 249's optional extension: the exceptions as attributes.
    Warning = _errors.Warning
    Error = _errors.Error
    InterfaceError = _errors.InterfaceError
    DatabaseError = _errors.DatabaseError
    DataError = _errors.DataError
    OperationalError = _errors.OperationalError
    IntegrityError = _errors.IntegrityError
    InternalError = _errors.InternalError
    ProgrammingError = _errors.ProgrammingError
    NotSupportedError = _errors.NotSupportedError

    def __init__(self, database: _core.Database) -> None:
        core = database.connect()
        self._row_options = core.row_options()
        self._cursors: weakref.WeakSet[Cursor] = weakref.WeakSet()
        self._core: _core.Connection | None = core
        self.messages: list[tuple[type[Exception], Exception]] = []

    def cursor(self) -> Cursor:
        """A new cursor."""
        self._check_open()
        cursor = Cursor(self)
        self._cursors.add(cursor)
        return cursor

    def execute(self, operation: str, parameters: Any = None) -> Cursor:
        """A new cursor that has executed the statement."""
        return self.cursor().execute(operation, parameters)

    # ---- transactions ----

    @property
    def autocommit(self) -> bool:
        """True: transactions are not supported yet."""
        return True

    @autocommit.setter
    def autocommit(self, value: bool) -> None:
        if not value:
            raise NotSupportedError(
                "autocommit: transactions are not supported yet",
                code="NOT_IMPLEMENTED",
                sqlstate="0A000",
            )

    def commit(self) -> None:
        """Does nothing: every statement has committed by itself."""
        self._check_open()

    def rollback(self) -> None:
        """Not supported: every statement has committed by itself."""
        self._check_open()
        raise NotSupportedError(
            "rollback: every statement has committed by itself (transactions are not"
            " supported yet)",
            code="NOT_IMPLEMENTED",
            sqlstate="0A000",
        )

    # ---- what is there ----

    def get_catalogs(self) -> Cursor:
        """A cursor over catalog_name."""
        core = self._core_connection()
        return self._over(core.get_catalogs(self._row_options))

    def get_db_schemas(
        self, catalog: str | None = None, db_schema: str | None = None
    ) -> Cursor:
        """A cursor over catalog_name, db_schema_name.

        Args:
            catalog: exact; "" for schemas without one; None for all.
            db_schema: a LIKE pattern.
        """
        core = self._core_connection()
        return self._over(core.get_db_schemas(catalog, db_schema, self._row_options))

    def get_tables(
        self,
        catalog: str | None = None,
        db_schema: str | None = None,
        table: str | None = None,
        table_types: Iterable[str] = (),
        *,
        include_schema: bool = False,
    ) -> Cursor:
        """A cursor over catalog_name, db_schema_name, table_name, table_type.

        Args:
            catalog: exact; "" for tables without one; None for all.
            db_schema: a LIKE pattern.
            table: a LIKE pattern.
            table_types: as get_table_types() names them; none for all.
            include_schema: adds table_schema, an encoded Arrow schema.
        """
        core = self._core_connection()
        return self._over(
            core.get_tables(
                catalog,
                db_schema,
                table,
                list(table_types),
                include_schema,
                self._row_options,
            )
        )

    def get_table_types(self) -> Cursor:
        """A cursor over table_type."""
        core = self._core_connection()
        return self._over(core.get_table_types(self._row_options))

    def get_sql_info(self, ids: Iterable[int] = ()) -> Cursor:
        """A cursor over info_name, value; of these ids, or of all the server has."""
        core = self._core_connection()
        return self._over(core.get_sql_info(list(ids), self._row_options))

    def get_table_schema(
        self, table: str, *, catalog: str | None = None, db_schema: str | None = None
    ) -> Schema:
        """The columns of one table, by exact names."""
        core = self._core_connection()
        return Schema(core.get_table_schema(catalog, db_schema, table))

    # ---- state ----

    @property
    def info(self) -> dict[str, Any]:
        """What connecting found: address, TLS, authorisation, times."""
        return self._core_connection().info()

    def ping(self) -> float:
        """Seconds of a round trip to the server's HTTP/2 end."""
        return self._core_connection().ping()

    def set_option(self, name: str, value: object) -> None:
        """An option for later statements, by name or alias."""
        self._core_connection().set_option(name, option_text(name, value))

    def cancel(self) -> None:
        """Stop whatever this connection runs now, from any thread."""
        core = self._core
        if core is not None:
            core.cancel()

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._core is None

    def close(self) -> None:
        """Close the connection and its cursors. Idempotent."""
        core, self._core = self._core, None
        for cursor in list(self._cursors):
            cursor.close()
        if core is not None:
            core.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- within ----

    def _check_open(self) -> None:
        self._core_connection()

    def _core_connection(self) -> _core.Connection:
        core = self._core
        if core is None:
            raise InterfaceError(
                "the connection is closed", code="INVALID_STATE", sqlstate="08003"
            )
        return core

    def _over(self, reader: _core.RowReader) -> Cursor:
        cursor = self.cursor()
        cursor._accept(reader)
        return cursor
