# SPDX-License-Identifier: Apache-2.0
"""Trying again what changes nothing."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

from confluent_sql.exceptions import OperationalError

__all__ = [
    "DEFAULT_RETRYABLE_EXCEPTIONS",
    "DEFAULT_RETRYABLE_STATUS_CODES",
    "call_with_retries",
]

T = TypeVar("T")

DEFAULT_RETRYABLE_EXCEPTIONS: tuple[type[BaseException], ...] = (OperationalError,)
DEFAULT_RETRYABLE_STATUS_CODES: frozenset[int] = frozenset({429, 500, 502, 503, 504})

_FIRST_SECONDS, _GROWTH, _JITTER = 0.1, 2.0, (0.75, 1.25)


def call_with_retries(
    func: Callable[..., T],
    *args: Any,
    max_retries: int = 3,
    exceptions: tuple[type[BaseException], ...] = DEFAULT_RETRYABLE_EXCEPTIONS,
    **kwargs: Any,
) -> T:
    """What `func` returns, called again after these exceptions, so many times more.

    The connection's own requests are repeated by the core, which also keeps to
    Retry-After.
    """
    pause = _FIRST_SECONDS
    for _ in range(max_retries):
        try:
            return func(*args, **kwargs)
        except exceptions:
            time.sleep(pause * random.uniform(*_JITTER))
            pause *= _GROWTH
    return func(*args, **kwargs)
