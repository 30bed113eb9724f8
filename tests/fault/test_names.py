# SPDX-License-Identifier: Apache-2.0
"""Names are looked up anew for each connection."""

from __future__ import annotations

from typing import Any

import pytest

import fletching

from .conftest import FaultServer


def test_a_reconnect_resolves_again(server: FaultServer, dns_server: Any) -> None:
    """A name may lead elsewhere by now; nothing of the first look-up is kept."""
    names = dns_server({"db.example.test": ["127.0.0.1"]})
    port = server.uri.rsplit(":", 1)[1]
    url = f"grpc://db.example.test:{port}"
    with fletching.connect(url, dns_servers=names.address) as connection:
        assert len(connection.execute("scenario:ok").fetchall()) == 3
        asked = len(names.questions)
        assert asked > 0
        with pytest.raises(fletching.OperationalError):
            connection.execute("scenario:eof")
        assert len(connection.execute("scenario:ok").fetchall()) == 3
        assert len(names.questions) > asked
