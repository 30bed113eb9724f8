# SPDX-License-Identifier: Apache-2.0
"""URLs of SQLAlchemy's for the servers of the tests."""

from __future__ import annotations

from typing import Any


def url_of(server: Any, dialect: str, parameters: str = "") -> str:
    """A URL of SQLAlchemy's for a server of the tests."""
    address = server.uri.partition("://")[2]
    more = f"&{parameters}" if parameters else ""
    return f"{dialect}://{address}?insecure=true{more}"
