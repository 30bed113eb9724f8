# SPDX-License-Identifier: Apache-2.0
"""gevent: what waits runs on native threads, and other greenlets go on meanwhile.

The core's waits know nothing of gevent's loop: a greenlet that waited in one would stop
all others of its thread. In a process that gevent has patched, `arrange` (called by
`connect`) wraps the calls that may wait. A greenlet that is killed, or whose
`gevent.Timeout` ends, while it waits has its statement cancelled.

Functions and iterators of users that the core calls back run in greenlets of the hub:
gevent's locks do not hold between native threads.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gevent
from gevent import monkey
from gevent._hub_local import get_hub_if_exists
from gevent.threadpool import ThreadPool

from fletching import _core
from fletching._arrow import ArrowStream
from fletching._cursor import Cursor

if TYPE_CHECKING:
    from typing import TypeAlias

    _Outcome: TypeAlias = tuple[Any, BaseException | None]

THREADS = 32
"""How many calls of a process wait at a time; further ones queue."""

_AGAIN = 0.05  # s; a cancel has no effect on a call that is just about to begin
_POOL = "_fletching_pool"  # of a hub; gevent's own looks up names, and is small
_INNER_POOL = "_fletching_inner_pool"  # for what is called back, so that it gets a turn

_WAITING: dict[type, tuple[str, ...]] = {
    _core.Connection: (
        *("read_partition", "set_autocommit", "begin", "commit", "rollback"),
        *("savepoint", "rollback_to", "release", "set_session_options"),
        *("session_options", "server", "ping", "settle", "close", "get_catalogs"),
        *("get_db_schemas", "get_tables", "get_table_types", "get_sql_info"),
        *("get_table_schema", "get_primary_keys", "get_exported_keys"),
        *("get_imported_keys", "get_cross_reference", "get_type_info"),
        *("get_objects", "get_statistics", "actions", "exchange"),
        "exchange_messages",
    ),
    _core.Statement: (
        *("execute", "attach", "prepare", "bind_rows", "bind_stream"),
        *("execute_prepared", "ingest", "execute_schema", "execute_partitions"),
    ),
    _core.RowReader: ("fetchall", "next_batch"),
    Cursor: ("fetch_arrow_table", "fetch_df", "fetch_polars"),
    ArrowStream: ("_consume",),
    _core.FlightCalls: ("info", "metadata", "update", "prepare", "read"),
    _core.PreparedCalls: ("info", "update"),
    _core.FlightReader: ("schema", "next", "next_message"),
    _core.FlinkStatements: ("get", "list", "stop", "remove", "resume", "exceptions"),
    _core.RestClient: ("send",),
}
"""The calls that may wait; what lets go of something never does."""


def arrange() -> None:
    """Wrap what waits, once, if gevent has patched the process's sockets."""
    if not monkey.is_module_patched("socket") or hasattr(_core.Database, _POOL):
        return
    setattr(_core.Database, _POOL, True)
    for kind, names in _WAITING.items():
        for name in names:
            setattr(kind, name, _on_a_thread(getattr(kind, name)))
    core: Any = _core
    core.Database.connect = _connect(core.Database.connect)
    _wrap_rows(core.RowReader)
    _wrap_callbacks(core)


def _wrap_rows(reader: Any) -> None:
    """Rows that have come already are taken where the caller is."""
    one, many = reader.fetchone, reader.fetchmany
    wait_for_one, wait_for_many = _on_a_thread(one), _on_a_thread(many)

    @functools.wraps(one)
    def fetchone(self: Any) -> Any:
        return one(self) if self.at_hand else wait_for_one(self)

    @functools.wraps(many)
    def fetchmany(self: Any, size: int) -> Any:
        return (many if self.at_hand >= size else wait_for_many)(self, size)

    def following(self: Any) -> Any:
        row = fetchone(self)
        if row is None:
            raise StopIteration
        return row

    reader.fetchone, reader.fetchmany, reader.__next__ = fetchone, fetchmany, following


def _wrap_callbacks(core: Any) -> None:
    provide, progress = core.Database.set_token_provider, core.Statement.set_progress
    batches, exchange = core.Batches, core.Connection.exchange_messages

    @functools.wraps(provide)
    def set_token_provider(self: Any, function: Any) -> None:
        provide(self, _called_back(function))

    @functools.wraps(progress)
    def set_progress(self: Any, function: Any) -> None:
        progress(self, None if function is None else _called_back(function))

    def iterated(items: Any, schema: Any) -> Any:
        following = _called_back(functools.partial(next, iter(items), None))
        return batches(iter(following, None), schema)

    @functools.wraps(exchange)
    def exchange_messages(
        self: Any, command: bytes, path: list[str], messages: Any, schema: Any
    ) -> Any:
        following = _called_back(functools.partial(next, iter(messages), None))
        return exchange(self, command, path, iter(following, None), schema)

    core.Connection.exchange_messages = exchange_messages
    core.Database.set_token_provider = set_token_provider
    core.Statement.set_progress = set_progress
    core.Batches = iterated


def _on_a_thread(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(self: Any, *arguments: Any, **options: Any) -> Any:
        return _wait(
            functools.partial(_stop, getattr(self, "cancel", None)),
            functools.partial(method, self, *arguments, **options),
        )

    return call


def _connect(method: Callable[..., Any]) -> Callable[..., Any]:
    """A greenlet that is killed does not wait: what calls back may take its time."""

    @functools.wraps(method)
    def connect(self: Any) -> Any:
        left: list[object] = []

        def run() -> Any:
            connection = method(self)
            if left:
                connection.close()
            return connection

        def leave(call: Any) -> None:
            left.append(call)
            self.cancel()

        return _wait(leave, run)

    return connect


def _wait(leave: Callable[[Any], object], function: Callable[[], Any]) -> Any:
    """What a function gives that runs on a thread; `leave` gets the call of a greenlet
    that something else was raised in meanwhile.
    """
    pool = _pool()
    if pool is None:
        return function()
    call = pool.spawn(_on_our_thread, pool.hub, function)
    try:
        outcome = call.get()
    except BaseException:
        leave(call)
        raise
    return _told(*outcome)


_here: Any = monkey.get_original("threading", "local")()
"""Of our threads: `hub` is the one that waits for them."""


def _on_our_thread(hub: Any, function: Callable[[], Any]) -> _Outcome:
    _here.hub = hub
    return _outcome(function)


def _called_back(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the user's, in a greenlet when one of our threads calls it."""

    def call(*arguments: Any) -> Any:
        hub = getattr(_here, "hub", None)
        if hub is None:
            return function(*arguments)
        ended, found = monkey.get_original("_thread", "allocate_lock")(), []
        ended.acquire()

        def run() -> None:
            gevent.getcurrent()._fletching_called_back = True
            found.append(_outcome(functools.partial(function, *arguments)))
            ended.release()

        hub.loop.run_callback_threadsafe(gevent.spawn, run)
        ended.acquire()
        return _told(*found[0])

    return call


def _outcome(function: Callable[[], Any]) -> _Outcome:
    """What a call gave, or raised: gevent would print that."""
    try:
        return function(), None
    except BaseException as error:
        return None, error


def _told(value: Any, error: BaseException | None) -> Any:
    if error is None:
        return value
    try:
        raise error
    finally:
        del error  # its frames lead back here


def _pool() -> Any:
    """The threads of this greenlet's hub; None where no other greenlet waits for it."""
    hub, current = get_hub_if_exists(), gevent.getcurrent()
    if hub is None or current is hub or hasattr(_here, "hub"):
        return None
    inner = hasattr(current, "_fletching_called_back")
    name, process = _INNER_POOL if inner else _POOL, os.getpid()
    pool, owner = getattr(hub, name, (None, None))
    if owner != process:  # the threads of a fork's parent are not here
        pool = ThreadPool(THREADS, hub)
        setattr(hub, name, (pool, process))
    return pool


def _stop(cancel: Callable[[], object] | None, call: Any) -> None:
    """Have a call end, so that what it works on is free; one that cannot is left."""
    while cancel is not None and not call.ready():
        cancel()
        with contextlib.suppress(gevent.Timeout, gevent.GreenletExit):
            call.wait(_AGAIN)
