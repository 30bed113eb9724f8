# SPDX-License-Identifier: Apache-2.0
"""The name server answers glibc, and fails in each way it knows."""

from __future__ import annotations

import pathlib
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from net.dns_server import AAAA, A, DnsServer, Mode, behind

NAMES = {"db.example.com": ["127.0.0.1", "127.0.0.2", "::1"]}
Servers = Callable[..., DnsServer]


def query(name: str, kind: int = A) -> bytes:
    """A question."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return (
        struct.pack(">6H", 0x1234, 0x0100, 1, 0, 0, 0)
        + labels
        + struct.pack(">BHH", 0, kind, 1)
    )


def ask(server: DnsServer, question: bytes, seconds: float = 1) -> bytes:
    """The answer over UDP."""
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        sender.settimeout(seconds)
        sender.sendto(question, (server.host, server.port))
        return sender.recv(4096)


def code(reply: bytes) -> int:
    """The response code."""
    return reply[3] & 15


def test_addresses(dns_server: Servers) -> None:
    server = dns_server(NAMES)
    reply = ask(server, query("db.example.com"))
    assert struct.unpack_from(">6H", reply) == (0x1234, 0x8180, 1, 2, 0, 0)
    assert bytes([127, 0, 0, 1]) in reply
    assert reply.endswith(bytes([127, 0, 0, 2]))
    assert ask(server, query("DB.example.com", AAAA)).endswith(bytes([*[0] * 15, 1]))
    assert server.questions == [("db.example.com", A), ("DB.example.com", AAAA)]


def test_other_names_do_not_exist(dns_server: Servers) -> None:
    assert code(ask(dns_server(NAMES), query("other.example.com"))) == 3


@pytest.mark.parametrize(("mode", "expected"), [(Mode.SERVFAIL, 2), (Mode.REFUSED, 5)])
def test_errors(dns_server: Servers, mode: Mode, expected: int) -> None:
    assert code(ask(dns_server(NAMES, mode=mode), query("db.example.com"))) == expected


def test_dead(dns_server: Servers) -> None:
    server = dns_server(NAMES, mode=Mode.DEAD)
    with pytest.raises(TimeoutError):
        ask(server, query("db.example.com"), 0.3)
    assert server.questions == [("db.example.com", A)]


def test_slow(dns_server: Servers) -> None:
    started = time.monotonic()
    ask(dns_server(NAMES, delay=0.3), query("db.example.com"))
    assert time.monotonic() - started >= 0.3


def test_truncated_answers_send_to_tcp(dns_server: Servers) -> None:
    server = dns_server(NAMES, mode=Mode.TRUNCATED)
    assert ask(server, query("db.example.com"))[2] & 2
    question = query("db.example.com")
    with socket.create_connection((server.host, server.port), 2) as stream:
        stream.sendall(struct.pack(">H", len(question)) + question)
        reply = stream.recv(4096)
    assert not reply[4] & 2
    assert reply.endswith(bytes([127, 0, 0, 2]))


def test_nonsense(dns_server: Servers) -> None:
    server = dns_server(NAMES, mode=Mode.GARBAGE)
    assert len(ask(server, query("db.example.com"))) < 12
    server.mode = Mode.WRONG_ID
    assert ask(server, query("db.example.com"))[:2] != b"\x12\x34"


LOOK_UP = "import socket; print(socket.gethostbyname('db.example.com'))"


def test_a_program_behind_it(dns_on_port_53: Servers, tmp_path: pathlib.Path) -> None:
    server = dns_on_port_53({"db.example.com": ["127.0.0.7"]})
    command = behind(server, [sys.executable, "-c", LOOK_UP], tmp_path)
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (done.stdout, done.stderr) == ("127.0.0.7\n", "")
    assert server.questions[0][0] == "db.example.com"
