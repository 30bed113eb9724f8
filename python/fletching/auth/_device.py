# SPDX-License-Identifier: Apache-2.0
"""Logging in on another device (RFC 8628)."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from fletching import _core
from fletching.auth import _http
from fletching.auth._grants import OAuthProvider
from fletching.auth._provider import AuthError, Token

_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def tell_on_standard_error(url: str, code: str) -> None:
    """Say to the person where to enter what."""
    print(f"To log in, open {url} and enter {code}", file=sys.stderr, flush=True)


class DeviceCode(OAuthProvider):
    """A token that a person allows on another device.

    Args:
        token_url: the token endpoint.
        device_url: the device authorization endpoint.
        client_id: the program's name.
        prompt: called with the page's address and the code; None: both are printed on
            standard error.
        client: as ClientCredentials.
    """

    name = "device code"

    def __init__(
        self,
        token_url: str,
        device_url: str,
        client_id: str,
        *,
        prompt: Callable[[str, str], object] | None = None,
        **client: Any,
    ) -> None:
        super().__init__(token_url, client_id=client_id, **client)
        self._device_url = _http.checked_url("device_url", device_url)
        self._prompt = prompt or tell_on_standard_error

    def begin(self) -> Token:
        """Ask for a code, and then until the person has allowed it (3.1 to 3.5)."""
        answer = self.post(self._device_url, self._parameters)
        try:
            device, user = str(answer["device_code"]), str(answer["user_code"])
            page = str(answer["verification_uri"])
            ends = time.monotonic() + float(answer["expires_in"])
            interval = max(0.0, float(answer.get("interval", 5)))
        except (KeyError, TypeError, ValueError):
            raise AuthError("device code: the answer lacks what it must have") from None
        self._prompt(_core.printable(page), _core.printable(user))
        while time.monotonic() < ends:
            time.sleep(interval)
            try:
                return self.exchange({"grant_type": _GRANT, "device_code": device})
            except _http.OAuthError as error:
                if error.error == "slow_down":
                    interval += 5
                elif error.error != "authorization_pending":
                    raise
        raise AuthError("device code: nobody allowed it in time")
