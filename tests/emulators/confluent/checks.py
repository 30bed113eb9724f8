# SPDX-License-Identifier: Apache-2.0
"""What the service would refuse of a request, strictly: who asks, paths, bodies."""

from __future__ import annotations

import base64
import binascii
import json
import re
import urllib.parse
from collections.abc import Collection, Mapping
from typing import Any

from .http import Request, Response

NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
PATH = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")
LONGEST_NAME, LONGEST_SQL = 100, 131_072
BAD = "bad"  # the key, secret or token that gets nobody in


class Refused(Exception):
    """An error of the service, as it is answered."""

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.response = Response(status, errors(status, detail), dict(headers))


def errors(status: int, detail: str) -> dict[str, Any]:
    """The body of an error."""
    return {
        "errors": [
            {
                "id": "emulated",
                "status": str(status),
                "code": f"error_{status}",
                "title": detail.split(":")[0],
                "detail": detail,
                "source": {},
            }
        ]
    }


def authorised(request: Request, *, bearer: bool) -> None:
    """Whoever asks has a key and secret, or (`bearer`) a token and an identity pool."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind == "Basic":
        try:
            text = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise Refused(401, "Unauthorized: the credentials are no base64") from None
        key, separator, secret = text.partition(":")
        if separator and key and secret and BAD not in (key, secret):
            return
    elif kind == "Bearer" and bearer:
        pool = request.headers.get("Confluent-Identity-Pool-Id")
        if value and value != BAD and pool:
            return
    raise Refused(401, "Unauthorized")


def segments(request: Request) -> list[str]:
    """The parts of the path, decoded; what is not escaped as it must be is refused."""
    if not PATH.fullmatch(request.path):
        raise Refused(400, f"Bad Request: the path is not escaped: {request.path}")
    parts = request.path.lstrip("/").split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise Refused(400, f"Bad Request: the path has empty parts: {request.path}")
    return [urllib.parse.unquote(part) for part in parts]


def query(request: Request, *known: str) -> dict[str, str]:
    """The parameters, each of them known and there once."""
    pairs = urllib.parse.parse_qsl(
        request.query, keep_blank_values=True, strict_parsing=bool(request.query)
    )
    made = dict(pairs)
    if len(made) != len(pairs) or not set(made) <= set(known):
        raise Refused(400, f"Bad Request: unexpected query: {request.query}")
    return made


def body(request: Request, kind: str = "application/json") -> Any:
    """The JSON that came."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip() != kind:
        raise Refused(415, f"Unsupported Media Type: want {kind}")
    try:
        return json.loads(request.body)
    except ValueError:
        raise Refused(400, "Bad Request: the body is no JSON") from None


def only(
    value: Any, where: str, required: Collection[str], *more: str
) -> Mapping[str, Any]:
    """An object with these members and no others."""
    if not isinstance(value, dict):
        raise Refused(400, f"Bad Request: {where} is no object")
    missing = set(required) - set(value)
    unknown = set(value) - set(required) - set(more)
    if missing or unknown:
        raise Refused(
            400,
            f"Bad Request: {where}: missing {sorted(missing)},"
            f" unknown {sorted(unknown)}",
        )
    return value


def statement_body(request: Request, organization: str, environment: str) -> Any:
    """The body of POST /statements."""
    made = only(
        body(request),
        "the statement",
        ("name", "organization_id", "environment_id", "spec"),
        *("metadata", "api_version", "kind"),
    )
    name = made["name"]
    if (
        not isinstance(name, str)
        or len(name) > LONGEST_NAME
        or not NAME.fullmatch(name)
    ):
        raise Refused(400, f"Bad Request: invalid statement name {name!r}")
    if (made["organization_id"], made["environment_id"]) != (organization, environment):
        raise Refused(
            400, "Bad Request: organization or environment differ from the path"
        )
    spec = only(
        made["spec"],
        "spec",
        ("statement",),
        *("properties", "stopped", "compute_pool_id", "principal", "execution_mode"),
    )
    text = spec["statement"]
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST_SQL:
        raise Refused(400, "Bad Request: the statement has no text, or too much of it")
    texts(spec.get("properties", {}), "spec.properties")
    if spec.get("stopped", False) is not False:
        raise Refused(400, "Bad Request: spec.stopped must be false")
    if not isinstance(spec.get("compute_pool_id", "lfcp-0"), str):
        raise Refused(400, "Bad Request: spec.compute_pool_id is no text")
    labels = only(made.get("metadata", {}), "metadata", (), "labels").get("labels", {})
    texts(labels, "metadata.labels")
    return made


def texts(value: Any, where: str) -> None:
    """An object of texts, as the service describes properties and labels."""
    if not isinstance(value, dict) or not all(
        isinstance(one, str) for pair in value.items() for one in pair
    ):
        raise Refused(400, f"Bad Request: {where} is no object of texts")
