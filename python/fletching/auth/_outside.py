# SPDX-License-Identifier: Apache-2.0
"""Tokens that others make: a command's output, a file."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
from collections.abc import Sequence
from typing import Any

from fletching.auth._provider import AuthError, Token, TokenProvider


def _token_of(what: str, text: str) -> Token:
    """A token alone, or JSON with access_token (or token) and expires_in."""
    text = text.strip()
    if text.startswith("{"):
        try:
            answer: Any = json.loads(text)
        except ValueError:
            raise AuthError(f"{what}: it is no JSON") from None
        value = answer.get("access_token") or answer.get("token")
        seconds = answer.get("expires_in")
        if not isinstance(value, str) or not value:
            raise AuthError(f"{what}: there is no access_token in it")
        known = isinstance(seconds, (int, float)) and seconds > 0
        return Token.lasting(value, float(seconds) if known else None)
    if not text or len(text.split()) != 1:
        raise AuthError(f"{what}: a token alone is needed, or JSON with access_token")
    return Token(text)


class Command(TokenProvider):
    """What a program prints: a token, or JSON with access_token and expires_in.

    It is run without a shell, again when its token ends or was refused; what it writes
    to standard error is shown to the person.

    Args:
        command: words, or a text that is taken apart as a shell would.
        timeout: seconds that it has.
    """

    def __init__(self, command: str | Sequence[str], *, timeout: float = 60.0) -> None:
        super().__init__()
        words = shlex.split(command) if isinstance(command, str) else list(command)
        if not words:
            raise AuthError("token command: it is empty")
        self._words = words
        self._timeout = float(timeout)

    def fetch(self) -> Token:
        """Run it."""
        what = f"token command {os.path.basename(self._words[0])}"
        try:
            done = subprocess.run(
                self._words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                timeout=self._timeout,
                text=True,
                errors="replace",
            )
        except OSError as error:
            raise AuthError(f"{what}: {error.strerror}") from None
        except subprocess.TimeoutExpired:
            raise AuthError(f"{what}: it took over {self._timeout:g} s") from None
        if done.returncode != 0:
            raise AuthError(f"{what}: it ended with {done.returncode}")
        return _token_of(what, done.stdout)


class TokenFile(TokenProvider):
    """The token in a file that others rewrite, as Kubernetes does.

    Read again when the file changes, looked at whenever a connection asks, and where
    the server refused the token.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__()
        self._path = os.fspath(path)
        self._seen: tuple[int, ...] = ()

    def is_current(self, token: Token) -> bool:
        """Whether the file is as it was."""
        return token.is_fresh and self._state() == self._seen

    def fetch(self) -> Token:
        """Read it."""
        self._seen = self._state()
        try:
            with open(self._path, encoding="utf-8") as file:
                token = _token_of(f"token file {self._path}", file.read(1 << 20))
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is no text"
            raise AuthError(f"token file {self._path}: {why}") from None
        # The core comes back after that long, and the file is looked at.
        soon = time.time() + 120
        ends = min(token.expires_at or soon, soon)
        return Token(token.value, ends, token.renew_at)

    def _state(self) -> tuple[int, ...]:
        try:
            found = os.stat(self._path)
        except OSError:
            return ()
        return found.st_ino, found.st_mtime_ns, found.st_size
