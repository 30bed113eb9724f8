# SPDX-License-Identifier: Apache-2.0
"""Forking while other threads are in every kind of wait: no child hangs.

A child inherits the locks of threads that it does not have. Without the fork gate 8 of
600 children hung in a TLS handshake and 39 of 60 in a name look-up.
"""

from __future__ import annotations

import contextlib
import gc
import os
import subprocess
import sys
import textwrap
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from forking import in_child
from servers.process import dies_with_us

import fletching

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@contextlib.contextmanager
def busy_threads(work: Callable[[], None], count: int = 3) -> Iterator[None]:
    """Threads that do the same thing over and over until the block ends."""
    stop = threading.Event()

    def loop() -> None:
        while not stop.is_set():
            with contextlib.suppress(fletching.Error):
                work()

    threads = [threading.Thread(target=loop) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


def forks(count: int, work: Callable[[], None]) -> list[int | None]:
    return [in_child(work) for _ in range(count)]


COUNTS = [20, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(900)])]


@pytest.mark.parametrize("count", COUNTS)
def test_forks_during_tls_handshakes(go_secure: Any, count: int) -> None:
    server = go_secure("tls")
    roots = str(server.tls.ca)

    def connect_anew() -> None:
        # A header of its own makes an identity of its own: no pooled connection.
        url = f"{server.uri}?x-n={time.monotonic_ns()}"
        fletching.connect(url, tls_root_certs=roots).close()

    def child() -> None:
        with fletching.connect(server.uri, tls_root_certs=roots) as own:
            assert own.execute("select 1").fetchall() == [(1,)]

    with busy_threads(connect_anew):
        assert forks(count, child) == [0] * count


@pytest.mark.parametrize("count", COUNTS)
def test_forks_during_name_lookups(go_sqlite: Any, dns_server: Any, count: int) -> None:
    names = dns_server({}, mode="dead")
    where = names.address

    def look_up() -> None:
        fletching.connect(
            "grpc://slow.example.test:1", dns_servers=where, connect_timeout="0.3"
        )

    def child() -> None:
        with fletching.connect(go_sqlite.uri) as own:
            assert own.execute("select 1").fetchall() == [(1,)]
        with pytest.raises(fletching.OperationalError):
            look_up()

    with busy_threads(look_up):
        assert forks(count, child) == [0] * count


@pytest.mark.parametrize("count", COUNTS)
def test_forks_during_long_results(embedded: Any, count: int) -> None:
    server = embedded(engine="duckdb")

    def read_long() -> None:
        with fletching.connect(server.uri) as connection:
            for _ in connection.execute("select * from range(2000000)"):
                pass

    def child() -> None:
        with fletching.connect(server.uri) as own:
            assert own.execute("select 1").fetchall() == [(1,)]

    with busy_threads(read_long, count=2):
        assert forks(count, child) == [0] * count


def test_a_closing_child_leaves_the_parents_tls_stream(embedded: Any) -> None:
    server = embedded(engine="duckdb", tls=True)
    roots = str(server.tls.ca)
    with fletching.connect(server.uri, tls_root_certs=roots) as connection:
        cursor = connection.execute("select * from range(1000000)")
        cursor.fetchmany(10)

        def child() -> None:
            cursor.close()
            connection.close()

        for _ in range(3):
            assert in_child(child) == 0
        assert len(cursor.fetchall()) == 999_990
        assert connection.execute("select 1").fetchall() == [(1,)]


def test_a_closing_child_leaves_prepared_statements_and_transactions(
    go_fresh: Any,
) -> None:
    server = go_fresh()
    connection = fletching.connect(server.uri, autocommit=False)
    cursor = connection.cursor()
    cursor.execute("create table forked (a integer)")
    cursor.execute("insert into forked values (?)", [1])
    assert connection.in_transaction

    def child() -> None:
        for use in (connection.commit, connection.rollback, cursor.fetchall):
            with pytest.raises(fletching.InterfaceError):
                use()
        with pytest.raises(fletching.InterfaceError, match="fork"):
            cursor.execute("insert into forked values (?)", [66])
        cursor.close()
        connection.close()
        vars(cursor).clear()
        vars(connection).clear()
        gc.collect()
        with fletching.connect(server.uri, autocommit=False) as own:
            assert not own.in_transaction
            own.execute("select 41 + ?", [1]).fetchall()

    for _ in range(3):
        assert in_child(child) == 0
    opened = server.state()["open"]
    assert len(opened["transactions"]) == 1
    assert "insert into forked values (?)" in opened["prepared"].values()
    cursor.execute("insert into forked values (?)", [2])
    connection.commit()
    assert connection.execute("select a from forked order by a").fetchall() == [
        (1,),
        (2,),
    ]
    connection.close()
    assert "rolled back" not in server.state()["counters"]


@pytest.mark.parametrize("count", COUNTS)
def test_forks_during_prepared_statements_and_transactions(
    go_fresh: Any, count: int
) -> None:
    server = go_fresh("auth")

    def token() -> str:
        time.sleep(0.001)  # away from the core, and then in want of the interpreter
        return str(server.token)

    def bind_and_commit() -> None:
        with fletching.connect(server.uri, token=token, autocommit=False) as own:
            cursor = own.execute("select ?", [1])
            assert cursor.fetchall() == [(1,)]
            own.begin()
            cursor.execute("select ?", [2])
            own.rollback()

    with busy_threads(bind_and_commit):
        assert forks(count, bind_and_commit) == [0] * count


@pytest.mark.parametrize("count", COUNTS)
def test_forks_while_the_arrays_of_others_are_let_go(go_fresh: Any, count: int) -> None:
    """Letting go of memory that Python owns takes the interpreter lock."""
    pa = pytest.importorskip("pyarrow")
    server = go_fresh(flags=["-discard"])

    def batch() -> Any:
        values = pa.py_buffer(bytearray(8 * 16))
        column = pa.Array.from_buffers(pa.int64(), 16, [None, values])
        return pa.RecordBatch.from_arrays([column], names=["a"])

    def write() -> None:
        batches = (batch() for _ in range(200))
        schema = pa.schema([("a", pa.int64())])
        reader = pa.RecordBatchReader.from_batches(schema, batches)
        with fletching.connect(server.uri) as own:
            own.ingest("forked", reader, mode="create_append")

    def child() -> None:
        with fletching.connect(server.uri) as own:
            assert own.execute("select 1").fetchall() == [(1,)]

    with busy_threads(write):
        assert forks(count, child) == [0] * count


APP = """
import os
import fletching

URL = os.environ["FLIGHTS_URL"]
connection = fletching.connect(URL)              # before gunicorn forks (--preload)
assert connection.execute("select 1").fetchall() == [(1,)]
first = os.getpid()


def app(environ, start_response):
    with fletching.connect(URL) as own:
        answer = own.execute("select 41 + 1").fetchall()[0][0]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{answer} {os.getpid() != first}".encode()]
"""


def test_gunicorn_preloads_and_forks_two_workers(embedded: Any, tmp_path: Path) -> None:
    pytest.importorskip("gunicorn")
    server = embedded(engine="duckdb")
    (tmp_path / "flights_app.py").write_text(textwrap.dedent(APP))
    socket_path = tmp_path / "g.sock"
    port_file = tmp_path / "log"
    command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", "2"]
    command += ["--bind", "127.0.0.1:0", "--chdir", str(tmp_path)]
    command += ["--worker-tmp-dir", str(tmp_path), "flights_app:app"]
    environment = {**os.environ, "FLIGHTS_URL": server.uri}
    with open(port_file, "w") as log:
        process = subprocess.Popen(dies_with_us(command), env=environment, stderr=log)
    try:
        address = wait_for_address(port_file, process)
        for _ in range(20):
            with urllib.request.urlopen(address, timeout=20) as reply:
                assert reply.read() == b"42 True"
    finally:
        process.terminate()
        process.wait(30)
    assert not socket_path.exists()


def wait_for_address(log: Path, process: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        for line in log.read_text().splitlines():
            if "Listening at: " in line:
                return line.split("Listening at: ")[1].split(" ")[0]
        time.sleep(0.05)
    pytest.fail(f"gunicorn did not start: {log.read_text()}")
