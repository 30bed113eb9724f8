# SPDX-License-Identifier: Apache-2.0
"""Runs a piece of a test in a forked child."""

from __future__ import annotations

import os
import time
from collections.abc import Callable


def in_child(work: Callable[[], None], patience: float = 30) -> int | None:
    """Run work() in a forked child; its exit status, or None when it hung."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    end = time.monotonic() + patience
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return None
