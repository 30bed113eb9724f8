# SPDX-License-Identifier: Apache-2.0
"""What the core has to say, given to Python's logging as the logger ``fletching``."""

from __future__ import annotations

from fletching import _core


def tell() -> None:
    """Pass on what has gathered, on the caller's thread."""
    records = _core.drain_log()
    if records:
        import logging  # not for everybody: it costs more than the rest of us

        logger = logging.getLogger("fletching")
        for level, text in records:
            logger.log(level, "%s", text)
