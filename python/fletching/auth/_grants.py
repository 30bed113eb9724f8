# SPDX-License-Identifier: Apache-2.0
"""Grants of OAuth 2.0 that need nobody at a keyboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fletching.auth import _http
from fletching.auth._provider import AuthError, Token, TokenProvider

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


class OAuthProvider(TokenProvider):
    """What the grants share: the client, the token endpoint, refresh tokens.

    A refresh token that came with a token is used first when that one ends; where the
    server takes it no more, the grant begins anew.
    """

    name = "OAuth"

    def __init__(
        self,
        token_url: str,
        *,
        client_id: str = "",
        client_secret: str | None = None,
        scope: str | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._token_url = _http.checked_url("token_url", token_url)
        self._client_id = client_id
        self._client_secret = client_secret
        self._parameters = dict(parameters or {})
        if scope is not None:
            self._parameters["scope"] = scope
        self._refresh: str | None = None

    def begin(self) -> Token:
        """A token without a refresh token."""
        raise NotImplementedError

    def fetch(self) -> Token:
        """A new token."""
        if self._refresh is None:
            return self.begin()
        try:
            return self.exchange(
                {"grant_type": "refresh_token", "refresh_token": self._refresh}
            )
        except _http.OAuthError as error:
            if error.error != "invalid_grant":
                raise
            self._refresh = None
            return self.begin()

    def post(self, url: str, form: Mapping[str, str]) -> dict[str, Any]:
        """Send a form as this client (RFC 6749, 2.3.1)."""
        if self._client_secret is not None:
            authorization = _http.basic(self._client_id, self._client_secret)
            return _http.post(self.name, url, form, authorization)
        client = {"client_id": self._client_id} if self._client_id else {}
        return _http.post(self.name, url, {**form, **client})

    def exchange(self, form: Mapping[str, str]) -> Token:
        """The token endpoint's answer (RFC 6749, 5.1)."""
        answer = self.post(self._token_url, {**self._parameters, **form})
        value = answer.get("access_token")
        if not isinstance(value, str) or not value:
            raise AuthError(f"{self.name}: the answer has no access_token")
        kind = answer.get("token_type", "Bearer")
        if not isinstance(kind, str) or kind.lower() not in ("bearer", "n_a"):
            raise AuthError(f"{self.name}: the token is no bearer token")
        refresh = answer.get("refresh_token")
        if isinstance(refresh, str) and refresh:
            self._refresh = refresh
        return Token.lasting(value, _seconds(answer.get("expires_in")))


def _seconds(value: Any) -> float | None:
    """Some servers write the number as text."""
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return seconds if seconds > 0 else None


class ClientCredentials(OAuthProvider):
    """A program's own token (RFC 6749, 4.4).

    Args:
        token_url: the token endpoint.
        client_id: the program's name.
        client_secret: sent by HTTP Basic.
        scope: names with blanks between them.
        parameters: others that the server wants, such as ``audience``.
    """

    name = "client credentials"

    def begin(self) -> Token:
        """Ask the token endpoint."""
        return self.exchange({"grant_type": "client_credentials"})


class RefreshToken(OAuthProvider):
    """Tokens for a refresh token that is there already (RFC 6749, 6).

    The server may replace it at each use; the new one is kept in memory alone.
    """

    name = "refresh token"

    def __init__(self, token_url: str, refresh_token: str, **client: Any) -> None:
        super().__init__(token_url, **client)
        self._refresh = refresh_token

    def begin(self) -> Token:
        """Nothing is left to begin with."""
        self._refresh = None
        raise AuthError("refresh token: the server takes it no more (log in again)")


class TokenExchange(OAuthProvider):
    """A token for another one (RFC 8693, 2).

    Args:
        token_url: the token endpoint.
        subject_token: the other one, or a function that gives it, a provider too.
        subject_token_type: its URN.
        requested_token_type: the URN of what is wanted; None: the server's choice.
        actor_token: of who acts for the subject, with its URN in actor_token_type.
        client: as ClientCredentials, all optional; audience and resource go in
            ``parameters``.
    """

    name = "token exchange"

    def __init__(
        self,
        token_url: str,
        subject_token: str | Callable[[], object],
        *,
        subject_token_type: str = ACCESS_TOKEN,
        requested_token_type: str | None = None,
        actor_token: str | None = None,
        actor_token_type: str = ACCESS_TOKEN,
        **client: Any,
    ) -> None:
        super().__init__(token_url, **client)
        self._subject = subject_token
        self._form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token_type": subject_token_type,
        }
        if requested_token_type is not None:
            self._form["requested_token_type"] = requested_token_type
        if actor_token is not None:
            self._form["actor_token"] = actor_token
            self._form["actor_token_type"] = actor_token_type

    def begin(self) -> Token:
        """Exchange the subject's token as it is now."""
        subject = self._subject() if callable(self._subject) else self._subject
        if isinstance(subject, tuple):
            subject = subject[0]
        return self.exchange({**self._form, "subject_token": str(subject)})
