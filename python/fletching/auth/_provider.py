# SPDX-License-Identifier: Apache-2.0
"""What all providers share: one token for everybody, kept until it is no good."""

from __future__ import annotations

import dataclasses
import os
import threading
import time
from collections.abc import Callable

from fletching._errors import OperationalError


class AuthError(OperationalError):
    """No token can be had."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="UNAUTHENTICATED", sqlstate="28000")


@dataclasses.dataclass(frozen=True)
class Token:
    """A bearer token.

    Attributes:
        value: what is sent.
        expires_at: seconds since 1970; None: nobody says.
        renew_at: when another one is asked for.
    """

    value: str = dataclasses.field(repr=False)
    expires_at: float | None = None
    renew_at: float | None = None

    @classmethod
    def lasting(cls, value: str, seconds: float | None) -> Token:
        """A token that ends in so many seconds: renewed a minute before, or halfway."""
        if seconds is None:
            return cls(value)
        now = time.time()
        return cls(value, now + seconds, now + max(seconds - 60, seconds / 2))

    @property
    def is_fresh(self) -> bool:
        """Whether it need not be renewed yet."""
        return self.renew_at is None or time.time() < self.renew_at


class TokenProvider:
    """Give one as ``token=`` to connect(). Subclasses say how a token is fetched.

    Thread-safe, and safe across fork: a child keeps the token that there is.
    """

    def __init__(self) -> None:
        self._token: Token | None = None
        self._lock = threading.Lock()
        self._process = os.getpid()

    def fetch(self) -> Token:
        """A new token, whatever it takes. One thread at a time; raises AuthError."""
        raise NotImplementedError

    def is_current(self, token: Token) -> bool:
        """Whether the token that is kept may be used again."""
        return token.is_fresh

    def get(self, refused: str | None = None) -> Token:
        """The token that is kept, or a new one; never one that was refused."""
        if self._process != os.getpid():  # whoever held the lock is not here
            self._lock, self._process = threading.Lock(), os.getpid()
        with self._lock:
            token = self._token
            if token is None or token.value == refused or not self.is_current(token):
                self._token = None
                self._token = token = self.fetch()
            return token

    def __call__(self) -> tuple[str, float | None]:
        """A token and its end, as connect(token=) takes them."""
        token = self.get()
        return token.value, token.expires_at

    def _asker(self) -> Callable[[], tuple[str, float | None]]:
        """A function for one connection, which asks again where a token was refused."""
        given: list[str] = []

        def ask() -> tuple[str, float | None]:
            token = self.get(refused=given[-1] if given else None)
            given[:] = [token.value]
            return token.value, token.expires_at

        return ask

    def __repr__(self) -> str:
        return f"<fletching.auth.{type(self).__name__}>"
