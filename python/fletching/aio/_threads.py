# SPDX-License-Identifier: Apache-2.0
"""Where blocking calls run, and how they end."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")

THREADS = 32
"""How many calls of a process wait at a time; further ones queue."""

_AGAIN = 0.05  # s; a cancel has no effect on a call that is just about to begin

_pool: ThreadPoolExecutor | None = None


def shared_pool() -> Executor:
    """The pool of this process; its threads start as they are needed."""
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(THREADS, thread_name_prefix="fletching")
    return _pool


def _forget() -> None:
    global _pool
    _pool = None  # its threads are in the parent


os.register_at_fork(after_in_child=_forget)


async def run(
    executor: Executor | None,
    cancel: Callable[[], object],
    function: Callable[..., T],
    *arguments: Any,
    **options: Any,
) -> T:
    """Call a function on a thread, and have it cancelled when the task is.

    The call has ended when this does, so that what it works on is free again.
    """
    loop = asyncio.get_running_loop()
    call = functools.partial(function, *arguments, **options)
    future = loop.run_in_executor(executor or shared_pool(), call)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await _stop(future, cancel)
        raise


async def _stop(future: asyncio.Future[Any], cancel: Callable[[], object]) -> None:
    future.cancel()  # if it has not begun
    while not future.done():
        cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([future], timeout=_AGAIN)
    if not future.cancelled():
        future.exception()  # seen: the cancelling task has its own
