# SPDX-License-Identifier: Apache-2.0
"""What the driver's sockets are like for the rest of the process."""

import contextlib
import os
import socket
import subprocess
import sys

import fletching


def sockets():
    """The descriptors of this process that are TCP sockets with a peer."""
    found = set()
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                found.add(int(name))
    return found


@contextlib.contextmanager
def new_socket(uri):
    """A connection that had to open a socket, and its descriptor."""
    before = sockets()
    # A header of its own makes an identity of its own: no pooled connection.
    with fletching.connect(uri, headers={"x-n": os.urandom(8).hex()}) as connection:
        connection.execute("select 1").fetchall()
        (number,) = sockets() - before
        yield number


def test_a_dead_peer_is_noticed_by_tcp(server):
    with (
        new_socket(server.uri) as number,
        socket.socket(fileno=os.dup(number)) as twin,
    ):
        assert twin.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert twin.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60
        assert twin.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 20_000
        assert twin.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def test_an_executed_program_inherits_no_socket(server):
    code = "import os; print(*os.listdir('/proc/self/fd'))"
    with new_socket(server.uri) as number:
        listed = subprocess.run(
            [sys.executable, "-c", code],
            close_fds=False,
            capture_output=True,
            text=True,
            check=True,
        )
        assert str(number) not in listed.stdout.split()
