# SPDX-License-Identifier: Apache-2.0
"""An OAuth 2.0 authorization server for tests.

It does what these say and refuses what they forbid: RFC 6749 sections 2.3.1 (client
authentication), 4.1 (authorization code), 4.4 (client credentials), 5 (answers), 6
(refresh, rotated); RFC 7636 section 4 (PKCE, S256); RFC 8252 section 7.3 (loopback
redirects on any port); RFC 8628 section 3 (device code); RFC 8693 section 2 (exchange).
"""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import threading
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

CLIENT, SECRET = "etl", "client secret: +ü%"
TOKENS = ("token-1", "token-2", "token-3")
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


class RefusedError(Exception):
    """The text is OAuth's code of the error."""


class OAuthServer:
    """Gives the tokens of `tokens`, one after the other, the last one for ever.

    Attributes:
        grants: the grant types of the requests to the token endpoint, in order.
        forms: their forms.
        lifetime: expires_in; None: it is left out.
        pending: how many times a device code is not allowed yet.
        pkce: whether an authorization needs a challenge.
    """

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = list(tokens)
        self.lifetime: float | None = 3600
        self.pending = 2
        self.pkce = True
        self.grants: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.refresh = "refresh-0"
        self._codes: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.oauth = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def token(self, form: dict[str, str], client: tuple[str, str] | None) -> Any:
        """The token endpoint."""
        with self._lock:
            kind = form.get("grant_type", "")
            self.grants.append(kind)
            self.forms.append(form)
            if client is not None and client != (CLIENT, SECRET):
                raise RefusedError("invalid_client")
            check = {
                "client_credentials": lambda: self._need(client is not None),
                "refresh_token": lambda: self._check_refresh(form),
                "authorization_code": lambda: self._check_code(form),
                DEVICE: lambda: self._check_device(form),
                EXCHANGE: lambda: self._need(form.get("subject_token") == "theirs"),
            }.get(kind)
            if check is None:
                raise RefusedError("unsupported_grant_type")
            check()
            return self._answer(kind)

    def _need(self, ok: bool) -> None:
        if not ok:
            raise RefusedError("invalid_grant")

    def _check_refresh(self, form: dict[str, str]) -> None:
        self._need(form.get("refresh_token") == self.refresh)

    def _check_code(self, form: dict[str, str]) -> None:
        asked = self._codes.pop(form.get("code", ""), None)
        self._need(asked is not None)
        assert asked is not None
        if "code_challenge" in asked:
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            self._need(challenge == asked["code_challenge"])
        self._need(form["redirect_uri"] == asked["redirect_uri"])
        self._need(form["client_id"] == asked["client_id"])

    def _check_device(self, form: dict[str, str]) -> None:
        self._need(form.get("device_code") == "device-secret")
        if self.pending > 0:
            self.pending -= 1
            raise RefusedError("authorization_pending")

    def _answer(self, kind: str) -> dict[str, Any]:
        token = self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
        answer: dict[str, Any] = {"access_token": token, "token_type": "bearer"}
        if self.lifetime is not None:
            answer["expires_in"] = self.lifetime
        if kind not in ("client_credentials", EXCHANGE):
            number = int(self.refresh.rpartition("-")[2])
            self.refresh = f"refresh-{number + 1}"
            answer["refresh_token"] = self.refresh
        if kind == EXCHANGE:
            answer["issued_token_type"] = "urn:ietf:params:oauth:token-type:jwt"
        return answer

    def device(self) -> dict[str, Any]:
        """The device authorization endpoint."""
        return {
            "device_code": "device-secret",
            "user_code": "WDJB-MJHT",
            "verification_uri": f"{self.url}/device",
            "expires_in": 60,
            "interval": 0,
        }

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser is sent; the person allows everything."""
        redirect = query["redirect_uri"]
        assert redirect.startswith("http://127.0.0.1:")
        assert query["response_type"] == "code"
        if self.pkce or "code_challenge" in query:
            assert query["code_challenge_method"] == "S256"
        with self._lock:
            code = f"code-{len(self._codes)}"
            self._codes[code] = query
        return redirect + "?" + urlencode({"code": code, "state": query["state"]})


def _in_form(form: dict[str, str]) -> tuple[str, str] | None:
    if "client_secret" not in form:
        return None
    return form.get("client_id", ""), form["client_secret"]


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        oauth: OAuthServer = self.server.oauth  # type: ignore[attr-defined]
        try:
            if self.path == "/device_authorization":
                self._send(200, oauth.device())
            elif self.path == "/elsewhere":
                self.send_response(307)
                self.send_header("Location", "/token")
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self._send(200, oauth.token(form, self._client() or _in_form(form)))
        except RefusedError as error:
            # As some servers do, with what was sent in the description.
            self._send(400, {"error": str(error), "error_description": body})

    def do_GET(self) -> None:
        query = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        self.send_response(302)
        self.send_header("Location", self.server.oauth.authorize(query))  # type: ignore[attr-defined]
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _client(self) -> tuple[str, str] | None:
        kind, _, pair = self.headers.get("Authorization", "").partition(" ")
        if kind != "Basic":
            return None
        name, _, secret = base64.b64decode(pair).decode().partition(":")
        return unquote_plus(name), unquote_plus(secret)

    def _send(self, status: int, answer: object) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass
