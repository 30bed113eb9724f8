# SPDX-License-Identifier: Apache-2.0
"""The line that says how far a statement is, while it runs."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType

from fletching import _core
from fletching._parameters import Progress

_FIRST, _EVERY = 1.0, 0.2
_ERASE = "\r\x1b[K"


class ProgressLine:
    """On standard error, if that is a terminal, from the second second on."""

    def __init__(self, wanted: bool) -> None:
        self.wanted = wanted and sys.stderr.isatty()
        self._started = time.monotonic()
        self._now = ""
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._shown = False
        self._thread: threading.Thread | None = None

    def __enter__(self) -> ProgressLine:
        if self.wanted:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._started

    def say(self, text: str) -> None:
        """What is to be shown from now on."""
        self._now = text

    def of_statement(self, now: Progress) -> None:
        """For `Cursor.execute`."""
        self.say(
            _core.progress_text(
                now.rows,
                now.bytes,
                -1 if now.total_rows is None else now.total_rows,
                -1 if now.total_bytes is None else now.total_bytes,
                -1.0 if now.fraction is None else now.fraction,
                self.seconds,
            )
        )

    def stop(self) -> None:
        """Show nothing any more. Idempotent."""
        self._done.set()
        with self._lock:
            if self._shown:
                self._shown = False
                sys.stderr.write(_ERASE)
                sys.stderr.flush()

    def _run(self) -> None:
        wait = _FIRST
        while not self._done.wait(wait):
            wait = _EVERY
            with self._lock:
                if self._done.is_set():
                    return
                said = self._now or "the server is at work"
                sys.stderr.write(f"{_ERASE}{said}, {self.seconds:.0f} s (Ctrl-C stops)")
                sys.stderr.flush()
                self._shown = True
