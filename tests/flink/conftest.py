# SPDX-License-Identifier: Apache-2.0
"""Both kinds of servers; gateways of Flink 2.3, and of 1.20 with the slow tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flink_help import confluent_url, url_of

GATEWAYS = ["flink", pytest.param("flink1", marks=pytest.mark.slow)]


@pytest.fixture(params=GATEWAYS)
def gateways(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """A factory of gateways."""
    factory: Callable[..., Any] = request.getfixturevalue(request.param)
    return factory


@pytest.fixture
def gateway(gateways: Callable[..., Any]) -> Any:
    """A plain one."""
    return gateways()


@pytest.fixture(params=[*GATEWAYS, "confluent"])
def either(request: pytest.FixtureRequest) -> str:
    """The URL of a server of either kind."""
    named = request.getfixturevalue(request.param)
    return confluent_url(named) if request.param == "confluent" else url_of(named())
