# SPDX-License-Identifier: Apache-2.0
"""Logging in by a browser on this machine (RFC 6749, 4.1; RFC 7636; RFC 8252)."""

from __future__ import annotations

import base64
import hashlib
import http.server
import secrets
import time
import webbrowser
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from fletching import _core
from fletching.auth import _http
from fletching.auth._grants import OAuthProvider
from fletching.auth._provider import AuthError, Token

_PAGE = b"<!doctype html><title>Fletching</title><p>You may close this window.</p>"


class AuthorizationCode(OAuthProvider):
    """A token that a person allows in a browser, with PKCE (S256).

    Args:
        token_url: the token endpoint.
        authorize_url: the authorization endpoint.
        client_id: the program's name.
        open_browser: called with the address to open; None: the system's browser.
        port: of the loopback address that the browser comes back to; 0: any.
        timeout: seconds that the person has.
        client: as ClientCredentials.
    """

    name = "authorization code"

    def __init__(
        self,
        token_url: str,
        authorize_url: str,
        client_id: str,
        *,
        open_browser: Callable[[str], object] | None = None,
        port: int = 0,
        timeout: float = 300.0,
        **client: Any,
    ) -> None:
        super().__init__(token_url, client_id=client_id, **client)
        self._authorize_url = _http.checked_url("authorize_url", authorize_url)
        self._open = open_browser or webbrowser.open
        self._port = int(port)
        self._timeout = float(timeout)

    def begin(self) -> Token:
        """Open the browser, wait until it comes back, exchange what it brings."""
        verifier = secrets.token_urlsafe(48)
        state = secrets.token_urlsafe(24)
        with _Listener(("127.0.0.1", self._port), _Handler) as listener:
            listener.timeout = 0.2  # between two looks at the clock, and at Ctrl-C
            listener.state = state
            redirect = f"http://127.0.0.1:{listener.server_port}/callback"
            self._open(self._address(redirect, state, verifier))
            answer = self._wait(listener)
        if "error" in answer:
            said = _core.printable(answer["error"])[:100]
            raise _http.OAuthError(f"{self.name}: {said}", answer["error"])
        return self.exchange(
            {
                "grant_type": "authorization_code",
                "code": answer["code"],
                "redirect_uri": redirect,
                "code_verifier": verifier,
                "client_id": self._client_id,
            }
        )

    def _address(self, redirect: str, state: str, verifier: str) -> str:
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            **self._parameters,
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        mark = "&" if urlsplit(self._authorize_url).query else "?"
        return self._authorize_url + mark + urlencode(query)

    def _wait(self, listener: _Listener) -> dict[str, str]:
        ends = time.monotonic() + self._timeout
        while listener.answer is None:
            if time.monotonic() > ends:
                raise AuthError(f"{self.name}: nobody came back from the browser")
            listener.handle_request()
        return listener.answer


class _Listener(http.server.HTTPServer):
    """Where the browser comes back to."""

    state = ""
    answer: dict[str, str] | None = None


class _Handler(http.server.BaseHTTPRequestHandler):
    """Takes the one answer that has our state."""

    timeout = 5  # of a connection that says nothing

    def do_GET(self) -> None:
        """The redirect of RFC 6749, 4.1.2."""
        listener = self.server
        assert isinstance(listener, _Listener)
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        ours = secrets.compare_digest(
            query.get("state", "").encode(), listener.state.encode()
        )
        told = "code" in query or "error" in query
        if parts.path != "/callback" or not ours or not told:
            self.send_error(400)
            return
        listener.answer = query
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(_PAGE)))
        self.end_headers()
        self.wfile.write(_PAGE)

    def log_message(self, format: str, *args: object) -> None:
        """Codes are secrets."""
