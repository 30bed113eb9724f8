# SPDX-License-Identifier: Apache-2.0
"""Can I reach it, and if not why: what ping says of servers that are something else."""

from __future__ import annotations

import os
import pty
import subprocess
import threading
from typing import Any

import pytest
from net.certs import TlsFiles
from net.tcp_tricks import Html, Silent, server_context

PING = ("ping", "--option", "connect_timeout=5")


@pytest.mark.parametrize("scheme", ["grpc", "grpc+tls"])
def test_a_web_server(run: Any, scheme: str) -> None:
    with Html() as web:
        done = run(*PING, f"{scheme}://{web.address}")
    assert done.returncode == 3
    assert "400 Bad Request" in done.stderr or "HTTP/1.1" in done.stderr
    assert "TLS" in done.stderr or "Flight SQL server" in done.stderr


def test_a_web_server_behind_tls(run: Any, tls_files: TlsFiles) -> None:
    with Html(tls=server_context(tls_files.server.cert, tls_files.server.key)) as web:
        ca = str(tls_files.ca)
        done = run(*PING, f"grpc+tls://{web.address}", "--tls-root-certs", ca)
    assert done.returncode == 3
    assert "HTTP" in done.stderr


def test_tls_and_plaintext_mixed_up(run: Any, embedded: Any, flights: str) -> None:
    to_plaintext = run(*PING, flights.replace("grpc://", "grpc+tls://"))
    assert to_plaintext.returncode == 3
    assert "does not speak TLS" in to_plaintext.stderr
    to_tls = run(*PING, embedded(tls=True).uri.replace("grpc+tls://", "grpc://"))
    assert to_tls.returncode == 3
    assert "a port for TLS?" in to_tls.stderr


def test_one_that_says_nothing(run: Any) -> None:
    with Silent() as deaf:
        done = run("ping", f"grpc://{deaf.address}", "--option", "connect_timeout=0.5")
    assert done.returncode == 5
    assert deaf.address in done.stderr


def test_names_and_ports_that_lead_nowhere(run: Any) -> None:
    assert "Connection refused" in run(*PING, "grpc://127.0.0.1:1").stderr
    nowhere = run(*PING, "grpc://no.such.invalid:1")
    assert nowhere.returncode == 3
    assert "cannot resolve 'no.such.invalid'" in nowhere.stderr


def test_a_slip_of_the_pen_in_a_url_is_told(run: Any, flights: str) -> None:
    done = run("query", f"{flights}?tokne=x", "select 1 as a")
    assert done.stdout == "a\n1\n"
    assert "warning" in done.stderr
    assert "did you mean token?" in done.stderr
    assert (
        run("query", flights, "select 1 as a", env={"FLETCHING_LOG": "x"}).stderr == ""
    )


def test_a_password_with_a_slash_is_not_shown(run: Any) -> None:
    done = run(*PING, "grpc://me:hunt/er2@127.0.0.1:1")
    assert done.returncode == 2
    assert "hunt" not in done.stdout + done.stderr
    assert "%2F" in done.stderr


@pytest.mark.parametrize(("rows", "shown"), [(40_000_000, True), (10, False)])
def test_progress_of_long_downloads_on_a_terminal(
    program: str, embedded: Any, rows: int, shown: bool
) -> None:
    duck = embedded(engine="duckdb").uri
    sql = f"select range as a, range::varchar as b from range({rows})"
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [program, "query", duck, sql, "--format", "csv"],
        stdout=subprocess.DEVNULL,
        stderr=slave,
    )
    os.close(slave)
    seen: list[bytes] = []

    def read() -> None:
        while True:
            try:
                seen.append(os.read(master, 4096))
            except OSError:  # the other end is closed
                return

    reader = threading.Thread(target=read)
    reader.start()
    assert process.wait(timeout=120) == 0
    reader.join(10)
    os.close(master)
    text = b"".join(seen)
    assert (b" rows, " in text and b"B/s" in text) == shown
    assert text == b"" or text.endswith(b"\r\x1b[K"), "it is wiped at the end"
