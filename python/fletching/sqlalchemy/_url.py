# SPDX-License-Identifier: Apache-2.0
"""From SQLAlchemy's URL to what `fletching.connect` takes; nothing is sent."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from sqlalchemy.engine import URL

from fletching import _core

_FEATURE = "feature-"
_HIDDEN = "***"


class Target(NamedTuple):
    """Where a URL leads.

    Attributes:
        uri: for `fletching.connect`; without credentials.
        options: the credentials.
        features: the parameters ``feature-NAME=VALUE``, by name, which are ours to
            read and never sent.
    """

    uri: str
    options: dict[str, Any]
    features: dict[str, str]


def features_of(url: URL) -> dict[str, str]:
    """The features that a URL names."""
    return {
        name[len(_FEATURE) :]: value if isinstance(value, str) else value[-1]
        for name, value in url.query.items()
        if name.startswith(_FEATURE)
    }


def target_of(url: URL, scheme: str) -> Target:
    """Read a URL as one of the form `scheme` of docs/reference/urls.md."""
    host = url.host or ""
    if ":" in host:
        host = f"[{host}]"
    port = "" if url.port is None else f":{url.port}"
    path = "" if not url.database else "/" + quote(url.database)
    query = [item for item in url.query.items() if not item[0].startswith(_FEATURE)]
    parameters = urlencode(query, doseq=True, quote_via=quote)
    uri = f"{scheme}://{quote(host, safe='[]:')}{port}{path}"
    if parameters:
        uri += f"?{parameters}"
    options: dict[str, Any] = {}
    if url.username is not None:
        options["user"] = url.username
    if url.password is not None:
        options["password"] = str(url.password)
    return Target(uri, options, features_of(url))


class QuietURL(URL):
    """An engine's URL, whose repr hides what else may be secret beside the password.

    Parameters go out as headers unless they are options; SQLAlchemy hides none.
    """

    def render_as_string(self, hide_password: bool = True) -> str:
        """As SQLAlchemy's; unknown parameters are hidden as passwords are."""
        if not hide_password:
            return super().render_as_string(hide_password)
        query = {
            name: value if _is_harmless(name) else _HIDDEN
            for name, value in self.query.items()
        }
        shown = super(QuietURL, self._replace(query=query)).render_as_string()
        return shown.replace(quote(_HIDDEN), _HIDDEN)


def _is_harmless(parameter: str) -> bool:
    return parameter in _harmless() or parameter.startswith(_FEATURE)


@functools.cache
def _harmless() -> frozenset[str]:
    names = {"insecure", "transport", "disable_server_verification", "tls", "database"}
    names |= {"cluster", "data_plane"}
    for option in _core.option_table():
        if not option["secret"]:
            names |= {option["name"], option["alias"], f"fletching.{option['alias']}"}
    return frozenset(names)
