# SPDX-License-Identifier: Apache-2.0
"""A job: one piece of engine work in its own thread, which can be given up at any time.

The thread that serves an RPC must notice at once that its client is gone, while the
engine may be deep in one long call.  So the engine works in a job's thread and hands
its batches over a short queue; the RPC's thread waits on that queue and looks at the
call's state ten times a second.  Memory stays bounded: the engine waits while the queue
holds `QUEUE_BYTES` or `QUEUE_BATCHES`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from ._errors import Cancelled

QUEUE_BATCHES = 16
QUEUE_BYTES = 32 << 20
_LOOK_EVERY = 0.1
_STOP_GRACE = 0.1
_STOP_EVERY = 0.2
_STOP_TRIES = 50


class CallState(Protocol):
    """The part of pyarrow's ServerCallContext that a waiting RPC looks at."""

    def is_cancelled(self) -> bool:
        """Tell whether the client reset the call, went away or ran out of time."""


Work = Callable[["Job"], Any]


class Job:
    """Runs `work(job)` in a thread.  Every method may be called from any thread."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._changed = threading.Condition()
        self._batches: deque[Any] = deque()
        self._bytes = 0
        self._bounded = True
        self._done = False
        self._cancelled = False
        self._error: BaseException | None = None
        self._result: Any = None
        self._stop: Callable[[], None] | None = None
        self._finished: list[Callable[[], None]] = []
        self._thread = threading.Thread(target=self._run, name="query", daemon=True)

    def start(self) -> Job:
        """Start the thread and return the job."""
        self._thread.start()
        return self

    @property
    def thread_id(self) -> int | None:
        """The identity of the job's thread once it runs."""
        return self._thread.ident

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked the job to stop."""
        return self._cancelled

    @property
    def done(self) -> bool:
        """Whether the work has come to its end, well or not."""
        return self._done

    def when_finished(self, action: Callable[[], None]) -> None:
        """Call `action` once the work has ended (now, if it has already)."""
        with self._changed:
            if not self._done:
                self._finished.append(action)
                return
        action()

    # For the work itself.

    def stop_with(self, stop: Callable[[], None] | None) -> None:
        """Say how the engine's current call is interrupted; None while in no call.

        The function is called from another thread, and again until the work ends:
        an engine may lose an interrupt that comes just before its call begins.
        """
        with self._changed:
            self._stop = stop
        self.check()

    def check(self) -> None:
        """Raise Cancelled when the job should not go on."""
        if self._cancelled:
            raise Cancelled("the query was cancelled")

    def put(self, batch: Any) -> None:
        """Hand one record batch to the reader; waits while the queue is full."""
        with self._changed:
            while self._full() and not self._cancelled:
                self._changed.wait()
            self.check()
            self._batches.append(batch)
            self._bytes += batch.nbytes
            self._changed.notify_all()

    def _full(self) -> bool:
        full = len(self._batches) >= QUEUE_BATCHES or self._bytes >= QUEUE_BYTES
        return self._bounded and full

    def _run(self) -> None:
        try:
            result, error = self._attempt()
        except BaseException:
            result, error = None, Cancelled("the query was cancelled")
        self._end(result, error)

    def _attempt(self) -> tuple[Any, BaseException | None]:
        try:
            self.check()
            return self._work(self), None
        except BaseException as caught:
            if self._cancelled:
                # A new error without a traceback: the old one's frames form a cycle
                # that would keep the engine's stream computing until it is collected.
                return None, Cancelled("the query was cancelled")
            return None, caught

    def _end(self, result: Any, error: BaseException | None) -> None:
        with self._changed:
            self._result, self._error = result, error
            self._done = True
            self._stop = None
            actions, self._finished = self._finished, []
            self._changed.notify_all()
        for action in actions:
            action()

    # For everybody else.

    def unbound(self) -> None:
        """Let the work run to its end without waiting for a reader."""
        with self._changed:
            self._bounded = False
            self._changed.notify_all()

    def cancel(self) -> None:
        """Stop the work; returns at once, the engine ends soon after."""
        with self._changed:
            if self._cancelled or self._done:
                return
            self._cancelled = True
            self._batches.clear()
            self._changed.notify_all()
        threading.Thread(target=self._keep_stopping, daemon=True).start()

    def _keep_stopping(self) -> None:
        with self._changed:
            # Work that waits for its reader ends by itself; interrupting the engine
            # would also cost the transaction that the query is part of.
            self._changed.wait_for(lambda: self._done, _STOP_GRACE)
        for _ in range(_STOP_TRIES):
            with self._changed:
                if self._done:
                    return
                if self._stop is not None:
                    self._stop()
                self._changed.wait(_STOP_EVERY)

    def batches(self, call: CallState | None = None) -> Iterator[Any]:
        """Yield what the work puts; cancels it when `call` or the reader gives up."""
        try:
            while (batch := self._next(call)) is not None:
                yield batch
        finally:
            self.cancel()

    def _next(self, call: CallState | None) -> Any | None:
        with self._changed:
            while not self._batches and not self._done and not self._cancelled:
                self._look(call)
                self._changed.wait(_LOOK_EVERY)
            self.check()
            if self._batches:
                batch = self._batches.popleft()
                self._bytes -= batch.nbytes
                self._changed.notify_all()
                return batch
            if self._error is not None:
                raise self._error
            return None

    def _look(self, call: CallState | None) -> None:
        if call is not None and call.is_cancelled():
            self.cancel()
            raise Cancelled("the client gave the call up")

    def result(self, call: CallState | None = None) -> Any:
        """Wait for the work's return value; raises what the work raised."""
        with self._changed:
            while not self._done:
                self._look(call)
                self._changed.wait(_LOOK_EVERY)
            if self._error is not None:
                raise self._error
            return self._result
