# SPDX-License-Identifier: Apache-2.0
"""Providers from options that are text, for configuration files and SQLAlchemy."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

from fletching._errors import ProgrammingError
from fletching.auth._browser import AuthorizationCode
from fletching.auth._device import DeviceCode
from fletching.auth._grants import ClientCredentials, RefreshToken, TokenExchange
from fletching.auth._outside import Command, TokenFile
from fletching.auth._provider import TokenProvider

KINDS: dict[str, Callable[..., TokenProvider]] = {
    "client_credentials": ClientCredentials,
    "token_exchange": TokenExchange,
    "refresh_token": RefreshToken,
    "device_code": DeviceCode,
    "authorization_code": AuthorizationCode,
    "command": Command,
    "token_file": TokenFile,
}
_PREFIX = "auth_"
_AS_PARAMETERS = ("audience", "resource")


def provider_of(options: MutableMapping[str, Any]) -> TokenProvider:
    """The provider that ``auth`` and ``auth_...`` name, which are taken out.

    ``auth="client_credentials", auth_token_url="https://...", auth_client_id="etl"``
    is ``ClientCredentials("https://...", client_id="etl")``.
    """
    kind = options.pop("auth")
    make = KINDS.get(str(kind))
    names = [name for name in options if name.startswith(_PREFIX)]
    given = {name.removeprefix(_PREFIX): options.pop(name) for name in names}
    if make is None:
        raise _wrong(f"option auth: it is none of {', '.join(KINDS)}")
    parameters = {name: given.pop(name) for name in _AS_PARAMETERS if name in given}
    if parameters:
        given["parameters"] = {**given.get("parameters", {}), **parameters}
    renamed = {"token_file": ("file", "path")}.get(str(kind))
    if renamed is not None and renamed[0] in given:
        given[renamed[1]] = given.pop(renamed[0])
    try:
        return make(**given)
    except TypeError as error:  # names alone: values are not in it
        raise _wrong(f"option auth={kind}: {str(error).rpartition('() ')[2]}") from None
    except ValueError:
        names_given = ", ".join(f"auth_{name}" for name in given)
        raise _wrong(
            f"option auth={kind}: one of {names_given} is not what it may be (timeout"
            " and port are numbers, a command's quotes come in pairs)"
        ) from None


def _wrong(message: str) -> ProgrammingError:
    return ProgrammingError(message, code="INVALID_ARGUMENT", sqlstate="42000")
