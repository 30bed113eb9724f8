# SPDX-License-Identifier: Apache-2.0
"""Connections."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import itertools
import os
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fletching import _core, _errors, _log, _parquet
from fletching._adbc_names import AdbcMetadata
from fletching._arrow import ArrowStream, RecordBatch, Schema
from fletching._cursor import Cursor
from fletching._errors import InterfaceError, ProgrammingError
from fletching._parameters import Progress, checked_paramstyle

if TYPE_CHECKING:
    from typing import TypeAlias

    TokenAnswer: TypeAlias = str | tuple[str, float | datetime | None]
    SessionValue: TypeAlias = str | bool | int | float | list[str] | None

_HEADER = "adbc.flight.sql.rpc.call_header."


def option_text(name: str, value: object) -> str:
    """A Python value as the text that the core takes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    if isinstance(value, bytes):
        return _pem(name, value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)  # type: ignore[no-any-return]
    raise ProgrammingError(
        f"option {name}: a str, bool, number or path is needed, not"
        f" {type(value).__name__}",
        code="INVALID_ARGUMENT",
        sqlstate="42000",
    )


def _pem(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        pass  # the exception has the bytes, of a private key maybe
    raise ProgrammingError(
        f"option {name}: these bytes are no text (certificates and keys are given as"
        " PEM, not as DER)",
        code="INVALID_ARGUMENT",
        sqlstate="42000",
    )


@functools.cache
def _offer_certifi() -> None:
    """Have certifi's authorities used where the system keeps none.

    Not imported: where its file is, is enough.
    """
    try:
        spec = importlib.util.find_spec("certifi")
    except ValueError:  # something else goes by that name
        return
    for folder in (spec and spec.submodule_search_locations) or ():
        path = os.path.join(folder, "cacert.pem")
        if os.path.isfile(path):
            _core.set_last_resort_roots(path)


def _arrange_threads() -> None:
    """Where gevent has patched the process, have waits leave its loop alone."""
    if "gevent.monkey" in sys.modules:
        from fletching import _gevent

        _gevent.arrange()


def connect(
    uri: str,
    *,
    autocommit: bool | None = None,
    paramstyle: str = "qmark",
    token: str | Callable[[], TokenAnswer] | None = None,
    headers: Mapping[str, str] | None = None,
    **options: Any,
) -> Connection:
    """Open a connection: TCP, TLS, HTTP/2 and, with user and password, the Handshake.

    Args:
        uri: ``grpc://host:port``, ``grpc+tls://host``, and the other forms of
            docs/reference/urls.md.
        autocommit: False: a transaction begins before the first statement that may
            change data, and ends with commit() or rollback(). True: every statement
            commits by itself. None: False where the server has transactions.
        paramstyle: how placeholders are written: "qmark" (``?``), "numeric" (``:1``),
            "named" (``:name``), "format" (``%s``) or "pyformat" (``%(name)s``). With
            "qmark" and "numeric" a mapping of values goes with ``:name``.
        token: a bearer token, or a function that gives one, or one with the time of
            its end (seconds since 1970 or an aware datetime). It is asked again a
            minute before that, and when the server refuses the token.
            Those of `fletching.auth` may be shared by connections; ``auth="..."`` and
            ``auth_...`` name one by options (docs/guides/auth.md).
        headers: sent with every call.
        options: by alias or name (docs/reference/options.md), such as ``user``,
            ``password``, ``profile``, ``tls_root_certs``; None means not given. Names
            with dots go in as ``**{"adbc...": value}``. How rows show what Python's
            own types cannot hold is said by ``nanoseconds`` ("exact", "truncate",
            "error"), ``out_of_range`` ("error", "text") and ``maps`` ("dict",
            "pairs").
    """
    opening = Opening(
        uri,
        autocommit=autocommit,
        paramstyle=paramstyle,
        token=token,
        headers=headers,
        **options,
    )
    return opening.connect()


class Opening:
    """A `connect` that another thread may cancel; its arguments are judged here."""

    def __init__(
        self,
        uri: str,
        *,
        autocommit: bool | None = None,
        paramstyle: str = "qmark",
        token: str | Callable[[], TokenAnswer] | None = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        if options.get("auth") is not None:
            token = _login_of(token, options)
        texts = {
            name: option_text(name, value)
            for name, value in options.items()
            if value is not None
        }
        for name, value in (headers or {}).items():
            texts[_HEADER + name] = option_text(f"headers[{name!r}]", value)
        if autocommit is not None:
            texts["autocommit"] = option_text("autocommit", autocommit)
        elif "adbc.connection.autocommit" not in texts:
            texts["autocommit"] = "auto"
        if isinstance(token, str):
            texts["token"] = token
        elif token is not None and not callable(token):
            raise ProgrammingError(
                "option token: a str or a function is needed, not "
                + type(token).__name__,
                code="INVALID_ARGUMENT",
                sqlstate="42000",
            )
        if not isinstance(uri, str):
            raise ProgrammingError(
                f"connect: uri: a str is needed, not {type(uri).__name__} (of"
                " SQLAlchemy's URL render_as_string(hide_password=False))",
                code="INVALID_ARGUMENT",
                sqlstate="42000",
            )
        self._style = checked_paramstyle(paramstyle)
        _offer_certifi()
        _arrange_threads()
        try:
            self._database = _core.Database(uri, texts)
        finally:
            _log.tell()
        if callable(token):
            # Of fletching.auth: one that is told when its token was refused.
            asker = getattr(token, "_asker", None)
            self._database.set_token_provider(token if asker is None else asker())
        self._database.set_parquet_reader(_parquet.read)

    def connect(self) -> Connection:
        """Wait until it is open; OperationalError (CANCELLED) after `cancel`."""
        try:
            return Connection(self._database, self._style)
        finally:
            _log.tell()

    def cancel(self) -> None:
        """End connect() now, or as soon as it is called."""
        self._database.cancel()


def _descriptor(given: bytes | str | Sequence[str]) -> tuple[bytes, list[str]]:
    """The command, or else the path, of what a Flight service is asked for."""
    if isinstance(given, (bytes, bytearray, memoryview)):
        return bytes(given), []
    return b"", [given] if isinstance(given, str) else list(given)


def _columns_of(rows: Any) -> Any:
    """The columns of a batch that is sent; None without one."""
    if rows is None or hasattr(rows, "__arrow_c_schema__"):
        return rows
    if not hasattr(rows, "__arrow_c_array__"):
        kind = type(rows).__name__
        raise TypeError(
            f"exchange: a batch with __arrow_c_array__ is needed, not {kind}"
        )
    return Schema(rows.__arrow_c_array__()[0])


def _received(reader: _core.FlightReader) -> Iterator[tuple[RecordBatch | None, bytes]]:
    """Message by message; whoever stops reading ends the call."""
    try:
        while True:
            rows, beside = reader.next_message()
            if rows is None and not beside:
                return
            yield None if rows is None else RecordBatch(rows), beside
    finally:
        reader.close()
        _log.tell()


_LOGINS: dict[tuple[tuple[str, str], ...], Callable[[], TokenAnswer]] = {}


def _login_of(token: object, options: dict[str, Any]) -> Callable[[], TokenAnswer]:
    """The login that options name, one for all connections with the same ones."""
    from fletching import auth

    if token is not None:
        raise ProgrammingError(
            "option auth: there is a token already; give one of the two",
            code="INVALID_ARGUMENT",
            sqlstate="42000",
        )
    names = [name for name in options if name == "auth" or name.startswith("auth_")]
    key = tuple(sorted((name, repr(options[name])) for name in names))
    login = auth.provider_of(options)
    return _LOGINS.setdefault(key, login)


class Connection(AdbcMetadata):
    """A connection, as PEP 249 says; threads may share it, each with its own cursors.

    A ``with`` block commits at its end, or rolls back if it raised, and then closes the
    connection.
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

    def __init__(self, database: _core.Database, paramstyle: str = "qmark") -> None:
        core = database.connect()
        self._paramstyle = paramstyle
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

    def executemany(self, operation: str, seq_of_parameters: Any) -> Cursor:
        """A new cursor that has executed the statement for each row of parameters."""
        return self.cursor().executemany(operation, seq_of_parameters)

    def ingest(
        self,
        table: str,
        data: Any,
        mode: str = "create",
        *,
        catalog: str | None = None,
        schema: str | None = None,
        temporary: bool = False,
        options: Mapping[str, str] | None = None,
        insert_fallback: bool = False,
        progress: Callable[[Progress], object] | None = None,
    ) -> int:
        """Write Arrow data into a table; see `Cursor.ingest`."""
        with self.cursor() as cursor:
            return cursor.ingest(
                table,
                data,
                mode,
                catalog=catalog,
                schema=schema,
                temporary=temporary,
                options=options,
                insert_fallback=insert_fallback,
                progress=progress,
            )

    def exchange(
        self, descriptor: bytes | str | Sequence[str], data: Any = None
    ) -> ArrowStream:
        """Send Arrow data to a Flight service, and read its answer (DoExchange).

        The data is sent while the answer is read, so neither has to fit in memory; a
        service may answer before it has read all.

        Args:
            descriptor: what the service is asked for: a command (bytes), or a path (a
                text, or several).
            data: anything with ``__arrow_c_stream__`` or ``__arrow_c_array__``; None to
                send no rows.

        Raises:
            NotSupportedError: the server has no such call.
        """
        command, path = _descriptor(descriptor)
        core = self._core_connection()
        reader = core.exchange(command, path, data, self._row_options)
        return ArrowStream(reader.take_stream())

    def exchange_messages(
        self,
        descriptor: bytes | str | Sequence[str],
        messages: Iterable[tuple[Any, bytes | None]] = (),
        *,
        schema: Any = None,
    ) -> Iterator[tuple[RecordBatch | None, bytes]]:
        """The same with what goes beside the batches (FlightData.app_metadata).

        The messages are asked for while the answer is read. A batch that is larger than
        servers take is sent in pieces, with its bytes beside the first.

        Args:
            descriptor: as in `exchange`.
            messages: pairs of a batch (anything with ``__arrow_c_array__``) and the
                bytes beside it, either of which may be None.
            schema: the columns of all batches (anything with ``__arrow_c_schema__``).
                None: those of the first message, which is asked for at once; where it
                has no rows, none may.

        Yields:
            What the service sends: a batch or None, and the bytes beside it, which may
            be empty.

        Raises:
            NotSupportedError: the server has no such call.
        """
        source = iter(messages)
        if schema is None:
            first = list(itertools.islice(source, 1))
            source = itertools.chain(first, source)
            schema = _columns_of(first[0][0]) if first else None
        command, path = _descriptor(descriptor)
        core = self._core_connection()
        return _received(core.exchange_messages(command, path, source, schema))

    # ---- transactions ----

    @property
    def autocommit(self) -> bool:
        """Whether every statement commits by itself.

        Where it was left to the server (``connect(autocommit=None)``), this is False
        until a statement that changes data has shown that there are no transactions.
        Switching it on commits what is open.
        """
        return self._core_connection().autocommit()

    @autocommit.setter
    def autocommit(self, value: bool) -> None:
        self._core_connection().set_autocommit(bool(value))

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open on the server."""
        return self._core_connection().in_transaction()

    def begin(self) -> None:
        """Begin a transaction at once, whatever `autocommit` says."""
        self._core_connection().begin()

    def commit(self) -> None:
        """Commit the open transaction; without one nothing happens.

        An OperationalError with sqlstate 08007 means that the answer was lost: it may
        have been committed.
        """
        self._core_connection().commit()

    def rollback(self) -> None:
        """Roll back the open transaction; without one nothing happens."""
        self._core_connection().rollback()

    def savepoint(self, name: str) -> None:
        """Set a savepoint in the transaction."""
        self._core_connection().savepoint(name)

    def rollback_to(self, name: str) -> None:
        """Undo what came after the savepoint, which stays."""
        self._core_connection().rollback_to(name)

    def release(self, name: str) -> None:
        """Forget the savepoint; what came after it stays."""
        self._core_connection().release(name)

    # ---- the server's session ----

    def set_session_options(self, options: Mapping[str, SessionValue]) -> None:
        """Set options of the server's session; None erases one."""
        self._core_connection().set_session_options(dict(options))

    def get_session_options(self) -> dict[str, SessionValue]:
        """The options of the server's session."""
        return self._core_connection().session_options()

    # ---- state ----

    @property
    def info(self) -> dict[str, Any]:
        """What connecting found: address, TLS, authorisation, times.

        profile is "auto" until something made it matter; server_info() asks.
        """
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
        """Close the connection and its cursors; rolls back what is open. Idempotent."""
        core, self._core = self._core, None
        for cursor in list(self._cursors):
            cursor.close()
        if core is not None:
            core.close()
            _log.tell()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if self._core is not None and kind is None:
                self.commit()
        finally:
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

    def _settle(self) -> None:
        """Stop at the server what was closed here, where it would go on by itself."""
        if self._core is not None:
            with contextlib.suppress(_errors.Error):
                self._core.settle()

    def _over(self, reader: _core.RowReader) -> Cursor:
        cursor = self.cursor()
        cursor._accept(reader)
        return cursor
