# SPDX-License-Identifier: Apache-2.0
"""URLs of SQLAlchemy's for the servers of the tests."""

from __future__ import annotations

from typing import Any


def url_of(server: Any, dialect: str, parameters: str = "") -> str:
    """A URL of SQLAlchemy's for a server of the tests."""
    address = server.uri.partition("://")[2]
    more = f"&{parameters}" if parameters else ""
    return f"{dialect}://{address}?insecure=true{more}"


def iomete_url(
    server: Any,
    place: str = "spark_catalog/default",
    parameters: str = "cluster=c&data_plane=d",
) -> str:
    """IOMETE's URL of an emulator, with its user."""
    address = server.uri.partition("://")[2]
    return f"iomete://alice:pat@{address}/{place}?{parameters}&tls=false"
