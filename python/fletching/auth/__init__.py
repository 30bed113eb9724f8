# SPDX-License-Identifier: Apache-2.0
"""Bearer tokens for connections: OAuth 2.0, commands, files.

    import fletching
    from fletching.auth import ClientCredentials

    login = ClientCredentials(
        "https://issuer.example/token", client_id="etl", client_secret="..."
    )
    fletching.connect("grpc+tls://host:443", token=login)

A provider may be shared by any number of connections and threads: one of them asks, the
others wait for the answer. A token is used until shortly before its end, or until a
server refuses it. No message, log or repr holds a secret. See docs/guides/auth.md.
"""

from fletching.auth._browser import AuthorizationCode
from fletching.auth._device import DeviceCode
from fletching.auth._grants import ClientCredentials, RefreshToken, TokenExchange
from fletching.auth._options import provider_of
from fletching.auth._outside import Command, TokenFile
from fletching.auth._provider import Token, TokenProvider

__all__ = [
    "AuthorizationCode",
    "ClientCredentials",
    "Command",
    "DeviceCode",
    "RefreshToken",
    "Token",
    "TokenExchange",
    "TokenFile",
    "TokenProvider",
    "provider_of",
]
