# SPDX-License-Identifier: Apache-2.0
"""From Superset's database to the driver: secrets, TLS, who asks, and what is refused.

Nothing here talks to a server.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from sqlalchemy.engine.url import make_url

IMPERSONATION_HEADER = "impersonation_header"
"""In a database's extra settings: the header that takes the name of who asks."""

_CALL_HEADER = "adbc.flight.sql.rpc.call_header."

# What a URL, which may come from a form or an import, must not say: it would open files
# of this machine, or switch off what protects the credentials. An administrator writes
# it into "Engine Parameters" where it is meant.
REFUSED_PARAMETERS = frozenset(
    {
        "disable_server_verification",
        "location_credentials",
        "mtls_cert_chain",
        "mtls_private_key",
        "proxy",
        "tls_override_hostname",
        "tls_root_certs",
        "tls_skip_verify",
        "token",
    }
)
_PREFIXES = ("fletching.", "adbc.flight.sql.client_option.", "adbc.flight.sql.")

_CREDENTIALS = ("token", "password", "authorization_header")

# What is hidden of "Secure Extra" when it is shown to be edited.
_SENSITIVE = frozenset(
    {
        *(f"$.{name}" for name in _CREDENTIALS),
        "$.connect_args.*",
        "$.oauth2_client_info.secret",
    }
)


def refused(parameters: Any) -> list[str]:
    """Those of a URL's parameters that are not taken from it."""
    found = []
    for name in parameters:
        short = name.lower()
        for prefix in _PREFIXES:
            short = short.removeprefix(prefix)
        if short in REFUSED_PARAMETERS:
            found.append(name)
    return sorted(found)


def _anonymous(url: Any) -> Any:
    """A URL without user and password; its set() takes None for "as it is"."""
    return url._replace(username=None, password=None)


class _UsersToken(str):
    """A token of who asks, which no secret of the database's takes the place of."""


def _with_token(url: Any, arguments: dict[str, Any], token: str | None) -> Any:
    """A URL and options whose credentials are this token, if there is one."""
    if not token:
        return url
    arguments.pop("password", None)
    arguments["token"] = _UsersToken(token)
    return _anonymous(url)


def _has_tunnel(database: Any) -> bool:
    # Before 6.1 it has the plural's name, and one that is only tried has none.
    names = ("ssh_tunnel", "ssh_tunnels")
    return any(getattr(database, name, None) is not None for name in names)


class Connecting:
    """Mixed into an engine spec: what becomes of a database's settings."""

    encrypted_extra_sensitive_fields: ClassVar[Any] = set(_SENSITIVE)

    @classmethod
    def validate_database_uri(cls, sqlalchemy_uri: Any) -> None:
        """Refuse what a URL must not say."""
        super().validate_database_uri(sqlalchemy_uri)  # type: ignore[misc]
        names = refused(sqlalchemy_uri.query)
        if "token" in names:
            raise ValueError(
                "URL: a token does not belong into its parameters, where everybody who"
                " sees the database sees it (give it as the password, without a user:"
                " //:TOKEN@host)"
            )
        if names:
            raise ValueError(
                f"URL: {', '.join(names)}: not allowed here (an administrator can set"
                ' it in the database\'s "Engine Parameters", under connect_args; a CA'
                ' goes into "Root certificate")'
            )

    @classmethod
    def adjust_engine_params(
        cls,
        uri: Any,
        connect_args: dict[str, Any],
        catalog: str | None = None,
        schema: str | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """The URL and the driver's options for a catalog and schema.

        The options are changed in place: Superset does not look at those returned.
        """
        connect_args.setdefault(
            "out_of_range", "text"
        )  # grids show what datetime cannot
        # An engine lives for one query here.
        connect_args.setdefault("remember_server", True)
        if uri.password and not uri.username:
            connect_args["token"] = uri.password
            uri = _anonymous(uri)
        return cls.choose_place(uri, connect_args, catalog, schema)

    @classmethod
    def choose_place(
        cls,
        uri: Any,
        arguments: dict[str, Any],
        catalog: str | None,
        schema: str | None,
    ) -> tuple[Any, dict[str, Any]]:
        """Where unqualified names are looked for; by default the server decides."""
        return uri, arguments

    @staticmethod
    def get_extra_params(database: Any, *source: Any) -> dict[str, Any]:
        """The database's extra settings, its root certificate among them."""
        from superset.db_engine_specs.base import BaseEngineSpec

        extra: dict[str, Any] = BaseEngineSpec.get_extra_params(database, *source)
        parameters = extra.setdefault("engine_params", {})
        arguments = parameters.setdefault("connect_args", {})
        if database.server_cert:
            arguments["tls_root_certs"] = database.server_cert
        if _has_tunnel(database):
            # The URL's host and port become the tunnel's end, which has another name,
            # and tomorrow another database behind it.
            host = make_url(database.sqlalchemy_uri).host
            arguments.setdefault("tls_override_hostname", host)
            arguments["remember_server"] = False
        return extra

    @staticmethod
    def update_params_from_encrypted_extra(
        database: Any, params: dict[str, Any]
    ) -> None:
        """Secure extra: a token or password, or any of ``connect_args``.

        Who asks with a token of their own does so whatever stands there.
        """
        if not database.encrypted_extra:
            return
        secrets = json.loads(database.encrypted_extra)
        secrets.pop("oauth2_client_info", None)
        arguments = params.setdefault("connect_args", {})
        given = secrets.pop("connect_args", {})
        for name in _CREDENTIALS:
            if name in secrets:
                given[name] = secrets.pop(name)
        if isinstance(arguments.get("token"), _UsersToken):
            given = {k: v for k, v in given.items() if k not in _CREDENTIALS}
        arguments.update(given)
        params.update(secrets)

    # ---- who asks ----

    @classmethod
    def impersonate_user(
        cls,
        database: Any,
        username: str | None,
        user_token: str | None,
        url: Any,
        engine_kwargs: dict[str, Any],
    ) -> tuple[Any, dict[str, Any]]:
        """Ask as the user: by their token, and by their name in a header."""
        arguments = engine_kwargs.setdefault("connect_args", {})
        header = database.get_extra().get(IMPERSONATION_HEADER)
        if header and username:
            arguments[f"{_CALL_HEADER}{header.lower()}"] = username
        return _with_token(url, arguments, user_token), engine_kwargs

    @classmethod
    def get_url_for_impersonation(
        cls, url: Any, impersonate_user: bool, username: str | None, *token: Any
    ) -> Any:
        """The same, for Superset 4.1 and 5.0, which have no database to look at."""
        return _with_token(url, {}, token[0] if impersonate_user and token else None)

    @classmethod
    def update_impersonation_config(cls, *arguments: Any) -> None:
        """The other half of it: (connect_args, url, username, token), or some more
        before them."""
        connect_args, url, _username, token = arguments[-4:]
        _with_token(make_url(url), connect_args, token)
