# SPDX-License-Identifier: Apache-2.0
"""Forms sent to an OAuth server, and its answers."""

from __future__ import annotations

import base64
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from fletching import _core
from fletching._errors import ProgrammingError
from fletching.auth._provider import AuthError

_TIMEOUT = 30.0
_LARGEST = 1 << 20
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class OAuthError(AuthError):
    """The server's own refusal (RFC 6749, 5.2).

    Attributes:
        error: its code, such as ``invalid_grant``.
    """

    def __init__(self, message: str, error: str) -> None:
        super().__init__(message)
        self.error = error


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Secrets go where they were sent, nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        return None


def checked_url(name: str, url: str) -> str:
    """The URL, if secrets may go there: HTTPS, or this machine."""
    written = url.isascii() and url.isprintable() and " " not in url
    parts = urlsplit(url if written else "")
    local = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if parts.username is None and (local or (parts.scheme == "https" and parts.netloc)):
        return url
    raise ProgrammingError(
        f"{name}: an https:// URL without user and password is needed (http:// for"
        " this machine alone; other characters than ASCII's percent-encoded)",
        code="INVALID_ARGUMENT",
        sqlstate="42000",
    )


def basic(client_id: str, secret: str) -> str:
    """RFC 6749, 2.3.1: both are form-encoded first."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def post(
    what: str, url: str, form: Mapping[str, str], authorization: str | None = None
) -> dict[str, Any]:
    """The JSON that comes back. Raises OAuthError, AuthError: `what`: why not."""
    request = urllib.request.Request(url, urlencode(form).encode())
    request.add_header("Accept", "application/json")
    if authorization is not None:
        request.add_unredirected_header("Authorization", authorization)
    host = urlsplit(url).netloc
    try:
        with urllib.request.build_opener(_NoRedirects).open(
            request, timeout=_TIMEOUT
        ) as answer:
            return _decoded(what, host, answer.read(_LARGEST + 1))
    except urllib.error.HTTPError as error:
        with error:
            _refused(what, host, error.code, error.read(_LARGEST))
    except urllib.error.URLError as error:
        raise AuthError(f"{what}: {host}: {error.reason}") from None
    except (OSError, http.client.HTTPException) as error:
        raise AuthError(f"{what}: {host}: {type(error).__name__}: {error}") from None
    raise AssertionError


def _decoded(what: str, host: str, body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body) if len(body) <= _LARGEST else None
    except ValueError:
        answer = None
    if isinstance(answer, dict):
        return answer
    raise AuthError(f"{what}: {host} did not answer with a JSON object")


def _refused(what: str, host: str, status: int, body: bytes) -> None:
    """Raise what the server says, without what it may quote of the request."""
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or not isinstance(answer.get("error"), str):
        raise AuthError(f"{what}: {host} answered {status}")
    error = _core.printable(answer["error"])[:100]
    raise OAuthError(f"{what}: {host} answered {status}: {error}", answer["error"])
