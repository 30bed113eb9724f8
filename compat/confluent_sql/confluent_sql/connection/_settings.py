# SPDX-License-Identifier: Apache-2.0
"""What connect() is given, checked; nothing is contacted."""

from __future__ import annotations

import re
from typing import Any

from confluent_sql.exceptions import InterfaceError

LONGEST_USER_AGENT = 100
ENDPOINT = re.compile(
    r"https://flink\.([a-z0-9-]+)\.([a-z0-9-]+)\.(?:private\.)?confluent\.cloud",
    re.IGNORECASE,
)


def require(environment: str, organization: str, has_global_key: bool) -> None:
    """Environment and organization; the latter can be asked for with a global key."""
    if not environment:
        raise InterfaceError("Environment ID is required")
    if not organization and not has_global_key:
        raise InterfaceError("Organization ID is required")


def pause_of(milliseconds: Any) -> float:
    """The pause after an empty page in seconds."""
    if milliseconds < 0:
        raise InterfaceError("result_page_fetch_pause_millis must be non-negative")
    return float(milliseconds) / 1000


def time_zone_of(value: Any) -> str | None:
    """A name, or none."""
    if value is not None and not isinstance(value, str):
        raise InterfaceError(
            f"local_time_zone must be a str or None, got {type(value).__name__}"
        )
    return value


def user_agent_of(value: Any) -> str:
    """One to a hundred characters."""
    if not isinstance(value, str):
        raise InterfaceError("http_user_agent must be a string")
    if not 1 <= len(value) <= LONGEST_USER_AGENT:
        raise InterfaceError(
            "http_user_agent length must be between 1 and 100 characters, got"
            f" {len(value)}"
        )
    return value


def timeout_of(value: Any) -> float:
    """Seconds for the service to begin an answer, and to go on with it."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InterfaceError(
            f"http_timeout_secs must be a number, got {type(value).__name__}"
        )
    if not value > 0:
        raise InterfaceError("http_timeout_secs must be positive")
    return float(value)


def flink_endpoint(
    endpoint: str | None, provider: str | None, region: str | None
) -> str:
    """Where statements go."""
    if endpoint:
        return endpoint.rstrip("/")
    if not provider:
        raise InterfaceError("Cloud provider is required when endpoint is not provided")
    if not region:
        raise InterfaceError("Cloud region is required when endpoint is not provided")
    return f"https://flink.{region}.{provider}.confluent.cloud"
