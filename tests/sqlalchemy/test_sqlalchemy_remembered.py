# SPDX-License-Identifier: Apache-2.0
"""Engines that live for one query, as Superset makes them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool
from sqlalchemy_urls import url_of


def methods_of_a_query(server: Any, **arguments: Any) -> list[str]:
    """The calls of a new engine's one query."""
    before = len(server.calls())
    url = url_of(server, "flightsql").replace("insecure=true", "transport=tcp")
    engine = sa.create_engine(url, poolclass=NullPool, connect_args=arguments)
    with engine.connect() as connection:
        assert connection.execute(sa.text("select 1")).scalar() == 1
    return [call.method for call in server.calls()[before:]]


def test_a_query_after_the_first_costs_two_calls(go_fresh: Any) -> None:
    # Beside them this server's session is closed.
    server = go_fresh("plain")
    assert len(methods_of_a_query(server, remember_server=True)) > 3
    second = methods_of_a_query(server, remember_server=True)
    assert second == ["GetFlightInfo", "DoGet", "DoAction"]


def test_other_options_ask_again(go_fresh: Any) -> None:
    server = go_fresh("plain")
    methods_of_a_query(server, remember_server=True)
    other = methods_of_a_query(server, remember_server=True, connect_timeout=7)
    assert len(other) > 3
    assert len(methods_of_a_query(server)) > 3
