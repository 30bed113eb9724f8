# SPDX-License-Identifier: Apache-2.0
"""Sessions: what a cookie stands for.

Flight's session actions identify a session by an RFC 6265 cookie, by custom
``arrow_flight_session_id``.  A call without a known one gets a new session and a
``set-cookie``; clients that keep no cookies therefore simply have none.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

COOKIE = "arrow_flight_session_id"
_MOST_SESSIONS = 10_000

OptionValue = str | bool | int | float | list[str]


@dataclass
class Session:
    """One session's options and what the lanes keep for it."""

    id: str
    user: str
    options: dict[str, OptionValue] = field(default_factory=dict)
    slot: Any = None
    transactions: list[bytes] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def option_text(self, name: str) -> str | None:
        """Return an option that has to be text, None when unset."""
        value = self.options.get(name)
        return value if isinstance(value, str) and value else None


class Sessions:
    """Every session of the server; the least recently used goes first."""

    def __init__(self, on_close: Callable[[Session], None]) -> None:
        self._lock = threading.Lock()
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self.on_close = on_close

    def find(self, session_id: str | None, user: str) -> Session | None:
        """Return the user's session of that id."""
        with self._lock:
            session = self._sessions.get(session_id or "")
            if session is None or session.user != user:
                return None
            self._sessions.move_to_end(session.id)
            return session

    def create(self, user: str) -> Session:
        """Start a session with an unguessable id."""
        session = Session(secrets.token_urlsafe(18), user)
        with self._lock:
            self._sessions[session.id] = session
            dropped = []
            while len(self._sessions) > _MOST_SESSIONS:
                dropped.append(self._sessions.popitem(last=False)[1])
        for old in dropped:
            self.on_close(old)
        return session

    def close(self, session: Session) -> bool:
        """End a session; tells whether it was still open."""
        with self._lock:
            found = self._sessions.pop(session.id, None)
        if found is not None:
            self.on_close(found)
        return found is not None


def cookie_value(headers: dict[str, list[str]]) -> str | None:
    """Find the session cookie among the request's cookie headers."""
    for header in headers.get("cookie", []):
        for part in header.split(";"):
            name, _, value = part.strip().partition("=")
            if name == COOKIE:
                return value.strip('"')
    return None
