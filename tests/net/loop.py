# SPDX-License-Identifier: Apache-2.0
"""An asyncio loop in a thread, and a TCP listener on it: the peers stand on these."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
START_SECONDS = 10


class LoopThread:
    """Runs coroutines in a thread of its own until it is closed."""

    def __init__(self) -> None:
        """Start the thread."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="test-peer", daemon=True
        )
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end, in the thread; what it returns or raises."""
        future: concurrent.futures.Future[T] = asyncio.run_coroutine_threadsafe(
            work, self._loop
        )
        return future.result(START_SECONDS)

    def close(self) -> None:
        """Cancel what runs, end the thread."""
        with contextlib.suppress(concurrent.futures.TimeoutError):
            self.run(self._cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_SECONDS)
        self._loop.close()

    async def _cancel_all(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for _ in range(3):  # what they closed is closed by the loop's next rounds
            await asyncio.sleep(0)


class Listener:
    """A TCP server on 127.0.0.1 and a free port, for `with`.

    Subclasses write `serve`; what goes wrong in there closes the connection and, unless
    it is the peer going away, is raised by `close`, so that a test cannot miss it.
    """

    host = "127.0.0.1"
    scheme = "tcp"

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        """Not yet listening: `with` or start(). Failed TLS handshakes go unnoticed."""
        self.port = 0
        self._tls = tls
        self.accepted = 0
        self._thread: LoopThread | None = None
        self._server: asyncio.Server | None = None
        self._failures: list[BaseException] = []
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"{self.host}:{self.port}"

    @property
    def connections(self) -> int:
        """How many are open now."""
        return len(self._writers)

    def start(self) -> None:
        """Listen."""
        self._thread = LoopThread()
        self._thread.run(self._listen())

    def close(self) -> None:
        """Close every connection; raise what went wrong in one of them."""
        if self._thread is None:
            return
        self._thread.run(self._shut())
        self._thread.close()
        self._thread = None
        if self._failures:
            raise self._failures[0]

    def __enter__(self: L) -> L:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the listener's thread, between its steps."""
        assert self._thread is not None, "not started"
        return self._thread.run(work)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer one connection, which is closed on return."""
        raise NotImplementedError

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(
            self._connected, self.host, self.port, limit=1 << 20, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]

    def _connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        # Known from here on, also if its task is cancelled before it has begun.
        self.accepted += 1
        self._writers.add(writer)
        task = asyncio.ensure_future(self._accept(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            await self.serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the peer went away, or the test is over
        except Exception as error:
            self._failures.append(error)
        finally:
            self._writers.discard(writer)
            writer.close()
            with contextlib.suppress(Exception):
                await writer.wait_closed()

    async def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
        await asyncio.sleep(0)  # what was being accepted is known after that
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0)  # and closed after that


L = TypeVar("L", bound=Listener)


async def for_ever() -> None:
    """Wait until cancelled."""
    await asyncio.get_running_loop().create_future()


async def until_closed(reader: asyncio.StreamReader) -> bytes:
    """All the peer sends until it closes."""
    received = bytearray()
    while piece := await reader.read(1 << 16):
        received += piece
    return bytes(received)


async def both(first: Awaitable[None], second: Awaitable[None]) -> None:
    """Run two at once; the first that fails ends the other."""
    tasks = [asyncio.ensure_future(first), asyncio.ensure_future(second)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, linger
    )
    writer.transport.abort()
