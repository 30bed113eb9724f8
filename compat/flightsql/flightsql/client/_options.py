# SPDX-License-Identifier: Apache-2.0
"""What calls are told, and what a client is told when it is made."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fletching import NotSupportedError, ProgrammingError

if TYPE_CHECKING:
    from pyarrow.ipc import IpcReadOptions, IpcWriteOptions


@dataclass
class TableRef:
    """A table: `None` as catalog or schema means any, an empty string means none."""

    catalog: str | None = None
    db_schema: str | None = None
    table: str = ""


@dataclass
class FlightSQLCallOptions:
    """Options of one call.

    Attributes:
        timeout: seconds for the call; of `do_get` for all of its rows.
        headers: sent with it, in place of the client's of the same names.
        write_options: without effect: parameters are written uncompressed.
        read_options: `included_fields` is heeded; nothing else changes what is read.
    """

    timeout: float | None = None
    headers: list[tuple[bytes, bytes]] | None = None
    write_options: IpcWriteOptions | None = None
    read_options: IpcReadOptions | None = None


def encoded(text: str | bytes) -> bytes:
    """Bytes of a header's name or value."""
    return text if isinstance(text, bytes) else text.encode("utf-8")


def header(name: str | bytes, value: str | bytes) -> tuple[bytes, bytes]:
    """A header as the core takes it."""
    return encoded(name).lower(), encoded(value)


def last_of_each(
    headers: Iterable[tuple[str | bytes, str | bytes]],
) -> list[tuple[bytes, bytes]]:
    """Headers with one value a name: the last one."""
    return list(dict(header(name, value) for name, value in headers).items())


_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off", "")


def flag(name: str, value: object) -> bool:
    """A boolean that may come as text, from a URL say."""
    if not isinstance(value, str):
        return bool(value)
    if value.lower() in _TRUE:
        return True
    if value.lower() in _FALSE:
        return False
    raise _invalid(f"{name}: {value!r} is neither true nor false")


def core_options(
    user: str | None,
    password: str | None,
    token: str | None,
    metadata: Mapping[str, str] | None,
    flight: Mapping[str, Any],
) -> dict[str, str]:
    """Fletching's options for what a client is made with.

    A user or password wins over a token. `flight` holds keyword arguments of
    pyarrow.flight.FlightClient.
    """
    options = _credentials(user, password, token)
    for name, value in last_of_each((metadata or {}).items()):
        if name == b"authorization":
            if not options:
                options["authorization_header"] = value.decode()
            continue
        options["adbc.flight.sql.rpc.call_header." + name.decode()] = value.decode()
    options.update(_flight_options(flight))
    return options


def _credentials(
    user: str | None, password: str | None, token: str | None
) -> dict[str, str]:
    if user or password:
        return {"user": user or "", "password": password or ""}
    return {"token": token} if token else {}


_FLIGHT = {
    "tls_root_certs": "tls_root_certs",
    "cert_chain": "mtls_cert_chain",
    "private_key": "mtls_private_key",
    "override_hostname": "tls_override_hostname",
}


def _flight_options(given: Mapping[str, Any]) -> dict[str, str]:
    options: dict[str, str] = {}
    for name, value in given.items():
        if value is None:
            continue
        if name in _FLIGHT:
            options[_FLIGHT[name]] = value if isinstance(value, str) else value.decode()
        elif name == "generic_options":
            options.update(_generic_options(value))
        elif name == "middleware":
            raise NotSupportedError(
                "FlightSQLClient: middleware is called by pyarrow's own transport,"
                " which is not used here (for headers: metadata=, or headers of the"
                " call options; cookies are kept by themselves)",
                code="NOT_IMPLEMENTED",
                sqlstate="0A000",
            )
        else:
            raise TypeError(
                f"FlightSQLClient() got an unexpected keyword argument {name!r}"
            )
    return options


def _seconds(milliseconds: Any) -> str:
    return str(int(milliseconds) / 1000)


# gRPC's channel arguments that mean something here.
_GENERIC: dict[str, tuple[str, Any]] = {
    "grpc.ssl_target_name_override": ("tls_override_hostname", str),
    "grpc.default_authority": ("authority", str),
    "grpc.primary_user_agent": ("user_agent", str),
    "grpc.http_proxy": ("proxy", str),
    "grpc.max_receive_message_length": ("max_msg_size", str),
    "grpc.keepalive_time_ms": ("keepalive_after", _seconds),
    "grpc.keepalive_timeout_ms": ("keepalive_timeout", _seconds),
}


def _generic_options(given: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    options = {}
    for key, value in given:
        name = key.decode() if isinstance(key, bytes) else str(key)
        text = value.decode() if isinstance(value, bytes) else value
        if name == "grpc.enable_http_proxy":
            if not int(text):
                options["proxy"] = ""
        elif name.endswith("_message_length") and int(text) < 0:
            pass  # no limit, which is what there is
        elif name == "grpc.max_send_message_length":
            pass  # there is none
        elif name in _GENERIC:
            option, convert = _GENERIC[name]
            options[option] = convert(text)
        else:
            warnings.warn(
                f"FlightSQLClient: generic_options: {name} has no counterpart in"
                " Fletching and is ignored",
                stacklevel=5,
            )
    return options


def _invalid(message: str) -> ProgrammingError:
    return ProgrammingError(message, code="INVALID_ARGUMENT", sqlstate="42000")
