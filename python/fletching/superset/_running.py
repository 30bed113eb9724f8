# SPDX-License-Identifier: Apache-2.0
"""Running a query so that it can be stopped, and its progress be seen.

The stop button of SQL Lab writes into Superset's own database, often from another
process. So a query runs on a thread, and who waits for it looks there; a time limit,
which is a signal, interrupts the same wait. Either way the driver ends the call, and
with it the query on the server.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any

_SECONDS = 0.5
"""Between two looks, unless DB_POLL_INTERVAL_SECONDS names the engine."""
_PATIENCE = 10.0
"""For a call to end that was cancelled, which takes the driver a tenth of a second."""

_STEP = 5000
"""Rows that are read at once, at most."""

_queries: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()


class Work:
    """A function that runs on a thread of its own."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function = function
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._done = threading.Event()
        self._result: Any = None
        self._error: BaseException | None = None
        self._thread.start()

    def _run(self) -> None:
        try:
            self._result = self._function()
        except BaseException as error:  # whoever waits gets it
            self._error = error
        finally:
            self._done.set()

    def wait(self, seconds: float) -> bool:
        """Whether it has ended within so many seconds."""
        return self._done.wait(seconds)

    def result(self) -> Any:
        """What it returned, or raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._result


class Stopped(Exception):
    """Somebody pressed stop."""


def execute(cursor: Any, sql: str, query: Any, seconds: float | None) -> None:
    """Run a statement of SQL Lab's.

    Args:
        query: Superset's row for it, whose status is looked at.
        seconds: between two looks; None for the default.
    """
    watch = _Watch(query)
    _queries[cursor] = watch
    _supervise(lambda: cursor.execute(sql, progress=watch.told), cursor, watch, seconds)


def fetch(cursor: Any, limit: int | None, seconds: float | None) -> Any:
    """Read rows, all or so many; those of a query of SQL Lab's can be stopped, too."""
    watch = _queries.pop(cursor, None)
    if watch is None:
        return cursor.fetchall() if limit is None else cursor.fetchmany(limit)
    return _supervise(lambda: _read(cursor, limit, watch), cursor, watch, seconds)


def _read(cursor: Any, limit: int | None, watch: _Watch) -> list[Any]:
    """The rows, in steps: a stream of Flink's may bring them slowly."""
    rows = watch.rows = []
    while True:
        step = min(max(1, len(rows)), _STEP)
        if limit is not None:
            step = min(step, limit - len(rows))
        found = cursor.fetchmany(step)
        rows += found
        if len(found) < step or len(rows) == limit:
            return rows


class _Watch:
    """What Superset's database has to do with a running query."""

    def __init__(self, query: Any) -> None:
        self._query = query
        self._percent: int | None = None
        self._text: str | None = None
        self.rows: list[Any] | None = None  # grows while they are read

    def told(self, progress: Any) -> None:
        """The driver's progress; called on the thread that executes."""
        if progress.fraction is not None:
            # 100 is Superset's own to say, and a bar does not go back.
            percent = min(99, int(progress.fraction * 100))
            self._percent = max(percent, self._percent or 0)

    def look(self) -> None:
        """Tell how far it is, and raise `Stopped` if it is to stop."""
        from superset import db
        from superset.common.db_query_status import QueryStatus

        db.session.refresh(self._query)
        if self._query.status in (QueryStatus.STOPPED, QueryStatus.TIMED_OUT):
            raise Stopped("the query was stopped")
        self._tell_percent()
        self._tell_rows()
        if db.session.is_modified(self._query):
            db.session.commit()

    def _tell_percent(self) -> None:
        percent = self._percent
        if percent is not None and percent != self._query.progress:
            self._query.progress = percent

    def _tell_rows(self) -> None:
        if self.rows is None:
            return
        text = f"{len(self.rows):,} rows so far"
        if text != self._text:
            self._text = text
            # What SQL Lab's page shows of a query that runs.
            self._query.set_extra_json_key("progress_text", text)


def _supervise(
    function: Callable[[], Any], cursor: Any, watch: _Watch, seconds: float | None
) -> Any:
    work = Work(function)
    try:
        while not work.wait(_SECONDS if seconds is None else seconds):
            watch.look()
    except BaseException:  # also what a signal handler raises
        cursor.cancel()
        work.wait(_PATIENCE)
        raise
    return work.result()
