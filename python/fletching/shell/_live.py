# SPDX-License-Identifier: Apache-2.0
"""A query of Flink that goes on, as the table that it makes, drawn in place."""

from __future__ import annotations

import shutil
import sys
import threading

from fletching import _core
from fletching._cursor import Cursor

_REDRAW = 0.1
_RESERVED = 5  # lines: the header, what is left out, the prompt


class _Screen:
    """The last picture, which the next one takes the place of."""

    def __init__(self) -> None:
        self._lines = 0

    def draw(self, text: str) -> None:
        back = f"\x1b[{self._lines}A\r\x1b[J" if self._lines else ""
        # Lines that are too long are cut, not wrapped.
        sys.stdout.write(f"{back}\x1b[?7l{text}\x1b[?7h")
        sys.stdout.flush()
        self._lines = text.count("\n")


def show(cursor: Cursor, format: str, full: bool, limits: tuple[int, int]) -> str:
    """Follow the query until it ends or Ctrl-C; what is to be said then.

    On a terminal the table changes in place; elsewhere its last state is written.
    limits: the most rows and bytes that it may have, 0: any.
    """
    table = _core.RenderedLive(cursor._take_reader(), *limits)
    failures: list[BaseException] = []
    # Not by the thread's own end: a join() that Ctrl-C interrupts takes it for ended.
    ended = threading.Event()
    follow = threading.Thread(
        target=_follow, args=(table, failures, ended), daemon=True
    )
    in_place = sys.stdout.isatty() and format == "table"
    screen = _Screen()
    follow.start()
    try:
        version = -1
        while not ended.wait(_REDRAW):
            if in_place and version != table.version:
                version = table.version
                screen.draw(_picture(table, full))
    except KeyboardInterrupt:
        failures.append(KeyboardInterrupt())
    while not ended.wait(0.05):
        table.cancel()  # again, if the thread was between two waits
    if in_place:
        screen.draw(_picture(table, full))
    else:
        sys.stdout.write(table.text(format, full, 0)[0].decode())
        sys.stdout.flush()
    table.close()
    if failures and not any(isinstance(f, KeyboardInterrupt) for f in failures):
        raise failures[0]
    rows, events = _core.grouped(table.rows), _core.grouped(table.events)
    return f"{rows} row{'' if table.rows == 1 else 's'} after {events} changes"


def _picture(table: _core.RenderedLive, full: bool) -> str:
    most = max(3, shutil.get_terminal_size().lines - _RESERVED)
    text, left = table.text("table", full, most)
    more = f"... and {left} rows more\n" if left else ""
    return text.decode() + more


def _follow(
    table: _core.RenderedLive, failures: list[BaseException], ended: threading.Event
) -> None:
    try:
        while table.step():
            pass
    except BaseException as error:
        failures.append(error)
    finally:
        ended.set()
