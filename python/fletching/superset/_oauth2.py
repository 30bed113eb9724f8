# SPDX-License-Identifier: Apache-2.0
"""OAuth 2.0: users who log in where their tokens come from.

Superset leads them there and back (RFC 6749, section 4.1; with PKCE from 6.1 on), and
keeps their tokens. How the token endpoint is asked is the same here with each of its
versions, which differ: 4.1 sends JSON, which the RFC does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests
from superset.exceptions import OAuth2Error, OAuth2RedirectError

from fletching.superset import _errors

_LIFETIME = 3600
"""In seconds, of a token whose server does not say (RFC 6749, section 5.1)."""


class OAuth2:
    """Mixed into an engine spec of a server that takes bearer tokens."""

    supports_oauth2 = True
    oauth2_exception = OAuth2RedirectError
    oauth2_scope = ""
    oauth2_token_request_type = "data"

    @classmethod
    def needs_oauth2(cls, ex: Exception) -> bool:
        """Whether the user has to log in where the tokens come from."""
        from flask import g

        return bool(g and hasattr(g, "user")) and _errors.is_unauthenticated(ex)

    @classmethod
    def get_oauth2_token(
        cls, config: Mapping[str, Any], code: str, code_verifier: str | None = None
    ) -> dict[str, Any]:
        """The tokens for the code that a user came back with."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": config["redirect_uri"],
        }
        if code_verifier:
            form["code_verifier"] = code_verifier
        answer = _asked(config, form)
        if "access_token" not in answer:
            raise OAuth2Error(str(answer.get("error", "no token came")))
        return answer

    @classmethod
    def get_oauth2_fresh_token(
        cls, config: Mapping[str, Any], refresh_token: str
    ) -> dict[str, Any]:
        """The tokens that follow on those that are over.

        None in it where the server does not renew them: then Superset asks the database
        without one, and the user is sent to log in again.
        """
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return _asked(config, form)


def _asked(config: Mapping[str, Any], form: dict[str, str]) -> dict[str, Any]:
    """What the token endpoint answers: tokens, or an ``error`` that it names."""
    from flask import current_app

    form = {**form, "client_id": config["id"], "client_secret": config["secret"]}
    kind = "json" if config.get("request_content_type") == "json" else "data"
    response = requests.post(
        config["token_request_uri"],
        timeout=current_app.config["DATABASE_OAUTH2_TIMEOUT"].total_seconds(),
        **{kind: form},
    )
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or response.status_code >= 500:
        raise OAuth2Error(f"the token endpoint answered {response.status_code}")
    if "access_token" in answer:
        answer["expires_in"] = float(answer.get("expires_in") or _LIFETIME)
    return answer
