# SPDX-License-Identifier: Apache-2.0
"""The connection form: fields to URL and back, and checks while somebody types.

Superset draws only fields whose names it knows, and it knows no more than these. What
else a server wants goes into "Additional Parameters".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from flask_babel import gettext as __
from marshmallow import Schema, fields
from marshmallow.validate import Range
from sqlalchemy.engine.url import URL, make_url
from superset.errors import ErrorLevel, SupersetError, SupersetErrorType
from superset.utils.network import is_hostname_valid, is_port_open


def form(*names: str, required: Iterable[str] = ("host", "port")) -> Schema:
    """A schema of these fields, in this order."""
    made = {name: _field(name, name in required) for name in names}
    return Schema.from_dict(made)()


def _field(name: str, required: bool) -> Any:
    about = {"metadata": {"description": _ABOUT[name]}, "required": required}
    if name == "port":
        known = Range(min=0, max=2**16, max_inclusive=False)
        return fields.Integer(validate=known, **about)
    if name == "encryption":
        return fields.Boolean(load_default=False, **about)
    if name == "ssh":
        return fields.Boolean(**about)
    if name == "query":
        return fields.Dict(keys=fields.Str(), values=fields.Raw(), **about)
    return fields.String(allow_none=not required, **about)


_SPELLINGS = {
    "true": ("true", "1", "yes", "on"),
    "false": ("false", "0", "no", "off"),
}
_ABOUT = {
    "host": __("Hostname or IP address"),
    "port": __("Database port"),
    "username": __("Username"),
    "password": __("Password"),
    "access_token": __("Access token"),
    "database": __("Database name"),
    "query": __("Additional parameters"),
    "encryption": __("Use an encrypted connection to the database"),
    "ssh": __("Use an ssh tunnel connection to the database"),
    "default_catalog": __("Catalog"),
    "default_schema": __("Schema"),
}


class Form:
    """Mixed into an engine spec: what Superset's form asks of it."""

    engine: str
    default_driver: str
    parameters_schema: Schema | None = form(
        "host",
        "port",
        "username",
        "password",
        "access_token",
        "query",
        "encryption",
        "ssh",
    )
    required_parameters: ClassVar[tuple[str, ...]] = ("host", "port")
    # The form's switch "SSL": TLS is what a URL has that does not say this.
    plaintext: ClassVar[tuple[str, str]] = ("insecure", "true")
    encryption_parameters: ClassVar[dict[str, str]] = {}

    @classmethod
    def build_sqlalchemy_uri(
        cls, parameters: Mapping[str, Any], encrypted_extra: Any = None
    ) -> str:
        """The URL of a filled form. A token takes the password's place: it is kept as
        secret as one."""
        query = dict(parameters.get("query") or {})
        if not parameters.get("encryption"):
            query.update([cls.plaintext])
        token = parameters.get("access_token")
        name, secret = parameters.get("username"), parameters.get("password")
        if token:
            name, secret = cls.token_user(name), token
        url = URL.create(
            cls._scheme(),
            username=name or ("" if secret else None),
            password=secret or None,
            host=parameters.get("host"),
            port=parameters.get("port"),
            **cls.parts_of_url(parameters, query),
        )
        return str(url.render_as_string(hide_password=False))

    @classmethod
    def get_parameters_from_uri(cls, uri: str, encrypted_extra: Any = None) -> Any:
        """What the form shows of a URL."""
        url = make_url(uri)
        query = dict(url.query)
        name, plain = cls.plaintext
        said = str(query.pop(name, "")).lower()
        parameters: dict[str, Any] = {
            "host": url.host,
            "port": url.port,
            "encryption": said not in _SPELLINGS[plain],
            "query": query,
        }
        if cls.holds_token(url):
            parameters["access_token"] = url.password
            parameters["username"] = url.username or ""
        else:
            parameters["username"] = url.username
            parameters["password"] = url.password
        cls.parts_of_form(url, parameters)
        return parameters

    @classmethod
    def _scheme(cls) -> str:
        driver = cls.default_driver
        return cls.engine if driver == cls.engine else f"{cls.engine}+{driver}"

    # ---- what engines do in their own way ----

    @classmethod
    def token_user(cls, name: str | None) -> str:
        """The user of a URL whose password is a token; without a name it is a bearer
        token."""
        return ""

    @classmethod
    def holds_token(cls, url: URL) -> bool:
        """Whether a URL's password is a token."""
        return bool(url.password) and not url.username

    @classmethod
    def parts_of_url(
        cls, parameters: Mapping[str, Any], query: dict[str, Any]
    ) -> dict[str, Any]:
        """The URL's path and query."""
        return {"database": None, "query": query}

    @classmethod
    def parts_of_form(cls, url: URL, parameters: dict[str, Any]) -> None:
        """Fields that path and query have to do with."""

    # ---- checks ----

    @classmethod
    def validate_parameters(cls, properties: Mapping[str, Any]) -> list[SupersetError]:
        """What is missing or wrong so far; the host first, then the port."""
        parameters = properties.get("parameters") or {}
        errors = cls.missing_parameters(parameters)
        host = parameters.get("host")
        if not host:
            return errors
        if not is_hostname_valid(host):
            errors.append(
                _error(
                    __("The hostname provided can't be resolved."),
                    SupersetErrorType.CONNECTION_INVALID_HOSTNAME_ERROR,
                    invalid=["host"],
                )
            )
            return errors
        return errors + _port_errors(host, parameters.get("port"))

    @classmethod
    def missing_parameters(cls, parameters: Mapping[str, Any]) -> list[SupersetError]:
        """An error that names what is missing; none where nothing is."""
        missing = [name for name in cls.required_parameters if not parameters.get(name)]
        if not missing:
            return []
        return [
            _error(
                f"One or more parameters are missing: {', '.join(missing)}",
                SupersetErrorType.CONNECTION_MISSING_PARAMETERS_ERROR,
                ErrorLevel.WARNING,
                missing=missing,
            )
        ]

    @classmethod
    def parameters_json_schema(cls) -> Any:
        """The form's fields, as Superset's pages read them."""
        from apispec import APISpec
        from apispec.ext.marshmallow import MarshmallowPlugin

        spec = APISpec(
            title="Database Parameters",
            version="1.0.0",
            openapi_version="3.0.2",
            plugins=[MarshmallowPlugin()],
        )
        spec.components.schema(cls.__name__, schema=cls.parameters_schema)
        return spec.to_dict()["components"]["schemas"][cls.__name__]


def place_of(url: Any) -> tuple[str, str]:
    """Catalog and schema of a URL's path."""
    catalog, _, schema = (url.database or "").partition("/")
    return catalog, schema


def _port_errors(host: str, port: Any) -> list[SupersetError]:
    if not port:
        return []
    try:
        number = int(port)
    except (TypeError, ValueError):
        number = -1
    if not 0 <= number < 2**16:
        return [
            _error(
                __("The port must be an integer between 0 and 65535 (inclusive)."),
                SupersetErrorType.CONNECTION_INVALID_PORT_ERROR,
                invalid=["port"],
            )
        ]
    if is_port_open(host, number):
        return []
    return [
        _error(
            __("The port is closed."),
            SupersetErrorType.CONNECTION_PORT_CLOSED_ERROR,
            invalid=["port"],
        )
    ]


def _error(
    message: str,
    kind: SupersetErrorType,
    level: ErrorLevel = ErrorLevel.ERROR,
    **extra: Any,
) -> SupersetError:
    return SupersetError(message=message, error_type=kind, level=level, extra=extra)
