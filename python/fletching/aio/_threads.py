# SPDX-License-Identifier: Apache-2.0
"""Where blocking calls run, and how they end."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
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
    call = (executor or shared_pool()).submit(function, *arguments, **options)
    future = asyncio.wrap_future(call)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        # Asked of the thread's future: asyncio's would be over while the call goes on.
        if not call.cancel():
            await _stop(future, cancel)
        raise


async def run_to_close(
    executor: Executor | None,
    cancel: Callable[[], object],
    close: Callable[[T], object],
    function: Callable[[], T],
) -> T:
    """Call a function that may take its time to end, as it calls others' code. A task
    that is cancelled does not wait for it: it is told by `cancel`, and what it gives
    all the same is closed by `close`, on its thread.
    """
    call = (executor or shared_pool()).submit(function)
    try:
        return await asyncio.shield(asyncio.wrap_future(call))
    except asyncio.CancelledError:
        call.add_done_callback(functools.partial(_close_result, close))
        if not call.cancel():  # it has begun
            cancel()
        raise


def _close_result(close: Callable[[Any], object], call: Future[Any]) -> None:
    if not call.cancelled() and call.exception() is None:
        close(call.result())


async def _stop(future: asyncio.Future[Any], cancel: Callable[[], object]) -> None:
    while not future.done():
        cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([future], timeout=_AGAIN)
    if not future.cancelled():
        future.exception()  # seen: the cancelling task has its own
