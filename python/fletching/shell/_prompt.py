# SPDX-License-Identifier: Apache-2.0
"""The line editor: prompt_toolkit, set up for statements of many lines."""

from __future__ import annotations

import os
import pathlib
import stat
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from fletching.shell import _statements
from fletching.shell._commands import BY_NAME
from fletching.shell._completion import ShellCompleter
from fletching.shell._session import Session


def history_path() -> pathlib.Path:
    """$FLETCHING_HISTORY, or where XDG has state."""
    given = os.environ.get("FLETCHING_HISTORY")
    if given is not None:
        return pathlib.Path(given)
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return pathlib.Path(state, "fletching", "history").expanduser()


def _history() -> History:
    """A file that nobody else reads; memory where none can be had, or is wanted."""
    path = history_path()
    if os.environ.get("FLETCHING_HISTORY") == "":
        return InMemoryHistory()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(path))


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @Condition
    def complete() -> bool:
        buffer = get_app().current_buffer
        menu = buffer.complete_state
        chosen = menu is not None and menu.current_completion is not None
        return not chosen and _statements.is_complete(buffer.text)

    @keys.add("enter", filter=complete)
    def _accept(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @Condition
    def choosing() -> bool:
        menu = get_app().current_buffer.complete_state
        return menu is not None and menu.current_completion is not None

    @keys.add("enter", filter=choosing)
    def _take(event: KeyPressEvent) -> None:
        event.current_buffer.complete_state = None

    return keys


def _continuation(width: int, line: int, wrapped: int) -> str:
    return " " * (width - 5) + "...> " if not wrapped else " " * width


class Prompt:
    """Asks for one statement or command after the other."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._editor: PromptSession[str] = PromptSession(
            history=_history(),
            multiline=True,
            completer=ShellCompleter(session.catalog, BY_NAME),
            complete_while_typing=False,
            complete_in_thread=True,
            key_bindings=_keys(),
            prompt_continuation=_continuation,
            enable_open_in_editor=True,
        )

    def ask(self) -> str:
        """What was typed. EOFError: Ctrl-D; KeyboardInterrupt: Ctrl-C."""
        return self._editor.prompt(self._mark())

    def _mark(self) -> Any:
        mark = "*" if self._session.connection.in_transaction else ""
        return f"fletching{mark}> "
