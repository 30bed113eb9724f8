# SPDX-License-Identifier: Apache-2.0
"""Who calls: Basic and bearer credentials, and the state each call carries.

The forms a Flight client may use (Arrow's Flight documentation and the C++, Go and
Java implementations): Handshake with a Basic ``authorization`` header, Basic on any
call, a bearer token, and the older handshake whose payload is a BasicAuth message and
whose token comes back in the ``auth-token-bin`` header.  After Basic the answer's
``authorization`` header brings a bearer token.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import pyarrow.flight as flight

from ._protobuf import DecodeError, Message
from ._sessions import COOKIE, Session, Sessions, cookie_value

MIDDLEWARE = "fletching"
ANONYMOUS = "anonymous"
_LEGACY_TOKEN = "auth-token-bin"
_CALLS_KEPT = 500


class Credentials:
    """Users with passwords, and tokens; without any, everybody may call."""

    def __init__(self, users: dict[str, str], tokens: list[str]) -> None:
        self._users = {name: password.encode() for name, password in users.items()}
        self._issued = {name: secrets.token_urlsafe(32) for name in users}
        self._bearers = {token: user for user, token in self._issued.items()}
        self._bearers.update(dict.fromkeys(tokens, "token"))

    @property
    def required(self) -> bool:
        """Whether calls need credentials."""
        return bool(self._bearers)

    def login(self, user: str, password: str) -> str:
        """Return the user's bearer token; raises for a wrong name or password."""
        expected = self._users.get(user, b"")
        # Compared also for an unknown user: the time taken does not tell names.
        right = hmac.compare_digest(expected, password.encode())
        if user not in self._users or not right:
            raise flight.FlightUnauthenticatedError("wrong user name or password")
        return self._issued[user]

    def user_of(self, token: str) -> str:
        """Return whose token it is; raises when it is nobody's."""
        for known, user in self._bearers.items():
            if hmac.compare_digest(known.encode(), token.encode()):
                return user
        raise flight.FlightUnauthenticatedError("the bearer token is not known")


@dataclass
class Call:
    """One RPC as the rest of the server sees it."""

    method: str
    user: str
    headers: dict[str, list[str]]
    session: Session | None = None
    fresh_session: bool = False
    token: str | None = None


@dataclass(frozen=True)
class LoggedCall:
    """A past RPC for `fletching_calls`; secrets are already left out."""

    number: int
    method: str
    user: str
    session: str | None
    headers: dict[str, list[str]]


@dataclass
class CallLog:
    """The last calls, oldest first."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    calls: deque[LoggedCall] = field(default_factory=lambda: deque(maxlen=_CALLS_KEPT))
    count: int = 0

    def add(self, call: Call) -> None:
        """Remember a call."""
        session = call.session.id if call.session else None
        with self.lock:
            self.count += 1
            entry = (self.count, call.method, call.user, session)
            self.calls.append(LoggedCall(*entry, public_headers(call.headers)))

    def of(self, user: str) -> list[LoggedCall]:
        """List a user's own calls."""
        with self.lock:
            return [call for call in self.calls if call.user == user]


def public_headers(headers: dict[str, list[str]]) -> dict[str, list[str]]:
    """Copy headers, keeping only the scheme of credentials."""
    shown = {}
    for name, values in headers.items():
        if name in ("authorization", _LEGACY_TOKEN):
            values = [
                value.split(" ", 1)[0] if " " in value else "" for value in values
            ]
        shown[name] = values
    return shown


def _basic(value: str) -> tuple[str, str]:
    """Decode ``user:password``; some clients leave the base64 padding out."""
    try:
        raw = base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
        user, _, password = raw.decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise flight.FlightUnauthenticatedError("malformed Basic credentials") from None
    return user, password


class CallMiddleware(flight.ServerMiddleware):
    """Carries a `Call` to its handler and sends its token and cookie."""

    def __init__(self, call: Call) -> None:
        self.call = call

    def sending_headers(self) -> dict[str, str]:
        """Answer with a bearer token after Basic, and the cookie of a new session."""
        headers = {}
        if self.call.token is not None:
            headers["authorization"] = f"Bearer {self.call.token}"
        if self.call.fresh_session and self.call.session is not None:
            headers["set-cookie"] = f"{COOKIE}={self.call.session.id}; Path=/; HttpOnly"
        return headers


class CallMiddlewareFactory(flight.ServerMiddlewareFactory):
    """Checks each call's credentials before its handler runs."""

    def __init__(
        self, credentials: Credentials, sessions: Sessions | None, log: CallLog
    ) -> None:
        self._credentials = credentials
        self._sessions = sessions
        self._log = log
        self._greeted: set[int] = set()

    def start_call(self, info: Any, headers: dict[str, list[Any]]) -> CallMiddleware:
        """Identify the caller; raises FlightUnauthenticatedError."""
        texts = {
            name.lower(): [
                value.decode("latin-1") if isinstance(value, bytes) else str(value)
                for value in values
            ]
            for name, values in headers.items()
        }
        method = info.method.name if hasattr(info.method, "name") else str(info.method)
        call = Call(method, ANONYMOUS, texts)
        self._identify(call, info.method == flight.FlightMethod.HANDSHAKE)
        if self._sessions is not None:
            found = self._sessions.find(cookie_value(texts), call.user)
            call.session = found or self._sessions.create(call.user)
            call.fresh_session = found is None
        self._log.add(call)
        return CallMiddleware(call)

    def greeted(self) -> bool:
        """Whether this thread's handshake brought credentials in its header."""
        known = threading.get_ident() in self._greeted
        self._greeted.discard(threading.get_ident())
        return known

    def _identify(self, call: Call, handshake: bool) -> None:
        value = (call.headers.get("authorization") or [""])[0]
        scheme, _, rest = value.partition(" ")
        self._greeted.discard(threading.get_ident())
        if not self._credentials.required:
            if scheme.lower() == "basic":
                call.user = _basic(rest.strip())[0] or ANONYMOUS
                call.token = secrets.token_urlsafe(16)
        elif scheme.lower() == "basic":
            call.user, password = _basic(rest.strip())
            call.token = self._credentials.login(call.user, password)
        elif scheme.lower() == "bearer":
            call.user = self._credentials.user_of(rest.strip())
        elif legacy := call.headers.get(_LEGACY_TOKEN):
            call.user = self._credentials.user_of(legacy[0])
        elif not handshake:
            raise flight.FlightUnauthenticatedError(
                "no credentials (give a user and password, or a bearer token)"
            )
        if handshake and value:
            # The handshake's handler runs next in this thread, which is all it has in
            # common with this call.  (A thread-local would not live so long: the
            # thread is gRPC's and Python forgets it in between.)
            self._greeted.add(threading.get_ident())


class Handshake(flight.ServerAuthHandler):
    """Answers the Handshake RPC."""

    def __init__(
        self, credentials: Credentials, factory: CallMiddlewareFactory
    ) -> None:
        super().__init__()
        self._credentials = credentials
        self._factory = factory

    def authenticate(self, outgoing: Any, incoming: Any) -> None:
        """Accept a header the middleware has checked, else a BasicAuth payload."""
        if self._factory.greeted():
            return
        if not self._credentials.required:
            outgoing.write(b"")
            return
        try:
            payload = Message(incoming.read())
            user, password = payload.string(2), payload.string(3)
        except (OSError, DecodeError):
            raise flight.FlightUnauthenticatedError("no credentials") from None
        outgoing.write(self._credentials.login(user, password).encode())

    def is_valid(self, token: bytes) -> bytes:
        """Leave every later call to the middleware."""
        return b""
