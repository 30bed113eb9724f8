# SPDX-License-Identifier: Apache-2.0
"""Waiting for something that only asking tells."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from fletching import _own_files

_own_files.check("confluent_sql", rival="confluent-sql")

__all__ = ["sleep_with_backoff"]

_FIRST_SECONDS = 0.05
_GROWTH = 1.3
_MOST_SECONDS = 2.0  # in the first minute
_LATER_SECONDS = 10.0
_JITTER = (0.75, 1.25)


def sleep_with_backoff(
    timeout_secs: float, *, started_at: float | None = None
) -> Iterator[None]:
    """Yield after every pause until the time is over; ask between them.

    Soon at first (0.05 s), then more slowly, up to 2 s in the first minute and 10 s
    after it. `started_at` is time.monotonic() of when the time began.
    """
    start = time.monotonic() if started_at is None else started_at
    pause = _FIRST_SECONDS
    while (left := start + timeout_secs - time.monotonic()) > 0:
        time.sleep(min(left, pause * random.uniform(*_JITTER)))
        yield
        most = _MOST_SECONDS if time.monotonic() - start < 60 else _LATER_SECONDS
        pause = min(pause * _GROWTH, most)
