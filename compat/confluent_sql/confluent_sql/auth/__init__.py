# SPDX-License-Identifier: Apache-2.0
"""Who a connection is: a key and its secret, or a token of an identity provider."""

from __future__ import annotations

import base64
import dataclasses
import logging

from confluent_sql.exceptions import InterfaceError

__all__ = ["FlinkBearerAuth"]

logger = logging.getLogger(__name__)

Pair = tuple[str, str]


class FlinkBearerAuth:
    """A token with the identity pool that it is of; `headers` are what it sends."""

    def __init__(self, bearer_token: str, identity_pool_id: str) -> None:
        self._token = bearer_token
        self._pool = identity_pool_id

    def headers(self) -> list[tuple[str, str]]:
        """For every request of the data plane."""
        return [
            ("authorization", f"Bearer {self._token}"),
            ("confluent-identity-pool-id", self._pool),
        ]

    def __repr__(self) -> str:
        return f"FlinkBearerAuth(***, {self._pool!r})"


class BasicAuth:
    """A key and its secret."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair

    def headers(self) -> list[tuple[str, str]]:
        """For every request."""
        login = base64.b64encode(":".join(self._pair).encode()).decode()
        return [("authorization", f"Basic {login}")]

    def __repr__(self) -> str:
        return "BasicAuth(***)"


def pair_of(name: str, key: str | None, secret: str | None) -> Pair | None:
    """Both, None where there is neither; an empty text is none."""
    if bool(key) != bool(secret):
        raise InterfaceError(
            f"{name}_api_key and {name}_api_secret must be provided together"
        )
    return (key, secret) if key and secret else None


@dataclasses.dataclass(repr=False)
class Credentials:
    """What connect() was given, checked; each service's own choice among it."""

    flink: BasicAuth | FlinkBearerAuth
    global_pair: Pair | None
    tableflow: Pair | None
    connect: Pair | None
    cloud: Pair | None

    @property
    def is_bearer(self) -> bool:
        """Whether the token of an identity provider is used; it is for Flink alone."""
        return isinstance(self.flink, FlinkBearerAuth)


def credentials_of(given: dict[str, str | None]) -> Credentials:
    """From the arguments of connect(); InterfaceError for halves and mixtures."""
    token, pool = given["external_access_token"], given["identity_pool_id"]
    if bool(token) != bool(pool):
        raise InterfaceError(
            "external_access_token and identity_pool_id must be provided together"
        )
    names = ("global", "flink", "tableflow", "connect", "cloud")
    if token and pool:
        keys = [f"{name}_api_{part}" for name in names for part in ("key", "secret")]
        if any(given[key] for key in keys):
            raise InterfaceError(
                "external_access_token cannot be combined with API keys: a connection"
                " authenticates by one of the two"
            )
        return Credentials(FlinkBearerAuth(token, pool), None, None, None, None)
    pairs = {
        name: pair_of(name, given[f"{name}_api_key"], given[f"{name}_api_secret"])
        for name in names
    }
    every = pairs["global"]
    if every and pairs["flink"]:
        logger.warning(
            "Both global and Flink API keys were given: flink_api_key is not used"
        )
    chosen = every or pairs["flink"]
    if chosen is None:
        raise InterfaceError(
            "Either global_api_key and global_api_secret or flink_api_key and"
            " flink_api_secret must be provided"
        )
    return Credentials(
        BasicAuth(chosen),
        every,
        every or pairs["tableflow"],
        every or pairs["connect"],
        every or pairs["cloud"],
    )
