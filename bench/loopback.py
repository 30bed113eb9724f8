# SPDX-License-Identifier: Apache-2.0
"""Raw loopback: how fast this machine receives N bytes over TCP with nobody looking."""

from __future__ import annotations

import os
import socket
import time


def measure(size: int, repeat: int) -> float:
    """The best time in seconds to receive `size` bytes from another process."""
    listener = socket.create_server(("127.0.0.1", 0))
    if os.fork() == 0:
        block = bytes(1 << 20)
        for _ in range(repeat):
            peer, _ = listener.accept()
            left = size
            while left > 0:
                left -= peer.send(block[:left] if left < len(block) else block)
            peer.close()
        os._exit(0)
    best = float("inf")
    buffer = bytearray(1 << 20)
    for _ in range(repeat):
        client = socket.create_connection(listener.getsockname())
        start = time.perf_counter()
        while client.recv_into(buffer):
            pass
        best = min(best, time.perf_counter() - start)
        client.close()
    os.wait()
    listener.close()
    return best
