# SPDX-License-Identifier: Apache-2.0
"""In a process that gevent has patched, a wait stops one greenlet and no other.

Each test is a program that the interpreter of an environment with gevent runs.
"""

from __future__ import annotations

import os
import subprocess
import sysconfig
import textwrap
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import venvs
from net.tcp_tricks import Silent
from servers.process import dies_with_us

BEGIN = """
from gevent import monkey
monkey.patch_all()
import os, sys
sys.path.append(os.environ["PACKAGES"])
import gevent
import fletching

URL = os.environ["URL"]
FOREVER = "select count(*) from range(1000000000) a, range(1000000) b"
MANY = "select i from range(100000000000) t(i)"

"""


def environment(url: str) -> dict[str, str]:
    """Of a program: the tests' packages stand behind its own."""
    packages = sysconfig.get_path("purelib")
    return {**os.environ, "PACKAGES": packages, "URL": url}


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., str]:
    """A function that runs a program and gives what it printed."""

    def go(body: str, url: str, begin: str = BEGIN, noise: str = "") -> str:
        program = tmp_path / "program.py"
        program.write_text(begin + textwrap.dedent(body))
        done = subprocess.run(
            [venvs.interpreter("gevent"), str(program)],
            env=environment(url),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert noise in done.stderr if noise else done.stderr == ""
        return done.stdout

    return go


def test_others_run_while_a_statement_does_and_may_end_it(
    server: Any, run: Callable[..., str]
) -> None:
    body = """
        connection = fletching.connect(URL)
        waiting = gevent.spawn(lambda: connection.execute(FOREVER))
        gevent.sleep(0)
        with fletching.connect(URL) as other:
            assert other.execute("select 1").fetchall() == [(1,)]
        # On the same connection, too.
        assert connection.execute("select 2").fetchall() == [(2,)]
        assert not waiting.dead
        waiting.kill()
        assert waiting.dead
        print(connection.execute("select 3").fetchall())
    """
    assert run(body, server.uri) == "[(3,)]\n"


@pytest.mark.parametrize(
    "work",
    [
        "cursor.execute(FOREVER)",
        "cursor.execute(MANY).fetchall()",
        "cursor.execute(MANY).fetch_arrow_table()",
        "cursor.execute(FOREVER, [])",
    ],
)
def test_a_timeout_of_gevents_cancels_the_statement(
    server: Any, run: Callable[..., str], work: str
) -> None:
    body = f"""
        with fletching.connect(URL) as connection:
            cursor = connection.cursor()
            try:
                with gevent.Timeout(0.3):
                    {work}
            except gevent.Timeout:
                print("over", cursor.execute("select 1").fetchall())
    """
    assert run(body, server.uri) == "over [(1,)]\n"


def test_the_server_is_told(go_fresh: Any, run: Callable[..., str]) -> None:
    body = """
        endless = (
            "/* each:20ms */ with recursive r(n) as"
            " (select 1 union all select n + 1 from r) select n from r"
        )
        connection = fletching.connect(URL)
        cursor = connection.execute(endless)
        try:
            with gevent.Timeout(0.2):
                cursor.fetchall()
        except gevent.Timeout:
            cursor.close()
            connection.close()
    """
    server = go_fresh()
    run(body, server.uri)
    end = time.monotonic() + 20
    while server.state()["open"]["queries"] and time.monotonic() < end:
        time.sleep(0.02)
    assert not server.state()["open"]["queries"]


def test_rows_and_errors_are_those_of_elsewhere(
    server: Any, run: Callable[..., str]
) -> None:
    body = """
        with fletching.connect(URL) as connection:
            cursor = connection.execute("select i from range(30000) t(i) order by 1")
            assert cursor.fetchone() == (0,)
            assert next(cursor) == (1,)
            assert cursor.fetchmany(3) == [(2,), (3,), (4,)]
            assert cursor.rownumber == 5
            assert [row[0] for row in cursor] == list(range(5, 30000))
            assert cursor.fetchone() is None and cursor.fetchmany(2) == []
            assert cursor.rowcount == 30000
            try:
                cursor.execute("select * from nowhere")
            except fletching.ProgrammingError as error:
                assert "nowhere" in str(error)
            written = connection.ingest(
                "of_gevent", (part for part in ARROW), mode="replace"
            )
            assert written == 3
            names = [row[2] for row in connection.get_tables(table="of\\\\_gevent")]
            assert names == ["of_gevent"]
            connection.execute("drop table of_gevent")
            frame = connection.execute("select 1 as n").fetch_polars()
            assert frame.rows() == [(1,)]
        print("done")
    """
    arrow = "\nimport pyarrow\nARROW = [pyarrow.record_batch({'n': [1, 2, 3]})]\n"
    assert run(body, server.uri, BEGIN + arrow) == "done\n"


def test_more_greenlets_than_threads(server: Any, run: Callable[..., str]) -> None:
    body = """
        def ask(number):
            with fletching.connect(URL) as connection:
                return connection.execute("select ?", [number]).fetchall()[0][0]

        found = [gevent.spawn(ask, number) for number in range(100)]
        gevent.joinall(found, raise_error=True)
        assert [one.value for one in found] == list(range(100))
    """
    run(body, server.uri)


def test_a_connect_that_hangs_is_left(run: Callable[..., str]) -> None:
    body = """
        try:
            with gevent.Timeout(0.3):
                fletching.connect(URL, connect_timeout=600)
        except gevent.Timeout:
            print("left")
        # Its thread is free, long before the connection's own time is over.
        pool, _ = gevent.get_hub()._fletching_pool
        with gevent.Timeout(60):
            pool.join()
    """
    with Silent() as peer:
        assert run(body, f"grpc+tls://{peer.address}") == "left\n"


def test_others_run_while_an_exchange_waits(run: Callable[..., str]) -> None:
    body = """
        import pyarrow as pa
        from gevent.queue import Queue

        def ticks_during(work):
            ticks = []

            def tick():
                while True:
                    gevent.sleep(0.02)
                    ticks.append(1)

            ticking = gevent.spawn(tick)
            work()
            ticking.kill()
            return len(ticks)

        with fletching.connect(URL) as connection:
            assert ticks_during(lambda: connection.exchange(b"late").to_pyarrow()) > 3
            assert ticks_during(lambda: list(connection.exchange_messages(b"late"))) > 3
            # What is sent may come from another greenlet.
            queue, batch = Queue(), pa.record_batch({"n": [1, 2]})
            answer = connection.exchange_messages(
                b"beside", iter(queue.get, None), schema=batch.schema
            )
            reading = gevent.spawn(lambda: [beside for _, beside in answer])
            for message in ((batch, b"first"), (batch, b"second"), None):
                gevent.sleep(0.1)
                queue.put(message)
            print(reading.get())
    """
    import offering_server

    for server in offering_server.serve():
        printed = run(body, server.uri)
    assert printed == "[b'0:first', b'1:second', b'end']\n"


def test_a_token_function_may_wait_in_gevents_way(
    go_fresh: Any, run: Callable[..., str]
) -> None:
    body = """
        import threading, time

        lock = threading.Lock()

        def provide():
            with lock:
                time.sleep(0.05)
                return "good"

        def ask():
            with fletching.connect(URL, token=provide) as connection:
                return connection.execute("select 1").fetchall()

        found = [gevent.spawn(ask) for _ in range(10)]
        gevent.joinall(found, raise_error=True)
        assert {one.value[0] for one in found} == {(1,)}
    """
    server = go_fresh("auth", flags=["-token-prefix", "good"])
    run(body, server.uri)


def test_ctrl_c_ends_a_wait(server: Any, run: Callable[..., str]) -> None:
    body = """
        import subprocess

        with fletching.connect(URL) as connection:
            cursor = connection.cursor()
            interrupt = f"sleep 0.3; kill -INT {os.getpid()}"
            subprocess.Popen(["sh", "-c", interrupt], start_new_session=True)
            try:
                cursor.execute(FOREVER)
            except KeyboardInterrupt:
                print("interrupted", cursor.execute("select 1").fetchall())
    """
    # gevent prints what it lets through.
    printed = run(body, server.uri, noise="KeyboardInterrupt")
    assert printed == "interrupted [(1,)]\n"


def test_a_forked_child_has_threads_of_its_own_Fork(  # noqa: N802
    server: Any, run: Callable[..., str]
) -> None:
    body = """
        connection = fletching.connect(URL)
        waiting = gevent.spawn(lambda: connection.execute(FOREVER))
        assert connection.execute("select 1").fetchall() == [(1,)]
        child = os.fork()
        if child == 0:
            with fletching.connect(URL) as own:
                found = gevent.spawn(lambda: own.execute("select 2").fetchall())
                os._exit(0 if found.get() == [(2,)] else 1)
        assert os.waitpid(child, 0)[1] == 0
        waiting.kill()
        assert connection.execute("select 3").fetchall() == [(3,)]
    """
    run(body, server.uri)


def test_exit_while_a_statement_runs(server: Any, run: Callable[..., str]) -> None:
    body = """
        connection = fletching.connect(URL)
        waiting = gevent.spawn(lambda: connection.execute(FOREVER))
        gevent.sleep(0.1)
        print("bye")
    """
    assert run(body, server.uri) == "bye\n"


def test_sqlalchemys_pool_and_reflection(server: Any, run: Callable[..., str]) -> None:
    body = """
        import sqlalchemy as sa

        address = URL.partition("://")[2]
        engine = sa.create_engine(
            f"gizmosql+flightsql://{address}?insecure=true",
            pool_size=2, max_overflow=0,
        )

        def ask(number):
            with engine.connect() as connection:
                rows = connection.execute(sa.text(f"select {number} from range(3000)"))
                return sum(row[0] for row in rows)

        found = [gevent.spawn(ask, number) for number in range(12)]
        gevent.joinall(found, raise_error=True)
        assert [one.value for one in found] == [3000 * n for n in range(12)]
        assert "main" in sa.inspect(engine).get_schema_names()
    """
    run(body, server.uri)


def test_without_patches_nothing_is_wrapped(
    server: Any, run: Callable[..., str]
) -> None:
    body = """
        with fletching.connect(URL) as connection:
            print(connection.execute("select 1").fetchall())
        print("wrapped", hasattr(fletching._core.Database, "_fletching_pool"))
    """
    begin = BEGIN.replace("monkey.patch_all()", "")
    assert "wrapped False" in run(body, server.uri, begin)


APP = """
import os, sys
sys.path.append(os.environ["PACKAGES"])
import fletching

URL = os.environ["URL"]
FOREVER = "select count(*) from range(1000000000) a, range(1000000) b"


def app(environ, start_response):
    with fletching.connect(URL) as connection:
        try:
            sql = FOREVER if environ["PATH_INFO"] == "/slow" else "select 42"
            answer = connection.execute(sql).fetchall()[0][0]
        finally:
            start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(answer).encode()]
"""


def test_gunicorns_gevent_worker_answers_while_others_wait(
    server: Any, tmp_path: Path
) -> None:
    (tmp_path / "waiting_app.py").write_text(APP)
    log = tmp_path / "log"
    command = [venvs.interpreter("gevent"), "-m", "gunicorn", "--workers", "1"]
    command += ["--worker-class", "gevent", "--bind", "127.0.0.1:0"]
    command += ["--chdir", str(tmp_path), "--worker-tmp-dir", str(tmp_path)]
    command += ["--graceful-timeout", "1", "waiting_app:app"]
    with log.open("w") as out:
        process = subprocess.Popen(
            dies_with_us(command), env=environment(server.uri), stderr=out
        )
    try:
        address = _address(log, process)
        slow = [_opened(address + "/slow") for _ in range(3)]
        for _ in range(5):
            with urllib.request.urlopen(address, timeout=30) as reply:
                assert reply.read() == b"42"
        for one in slow:
            one.kill()
            one.wait()
    finally:
        process.terminate()
        process.wait(30)


def _opened(url: str) -> subprocess.Popen[bytes]:
    """A client in a process that waits for an answer."""
    code = f"import urllib.request; urllib.request.urlopen({url!r})"
    python = venvs.interpreter("gevent")
    return subprocess.Popen(dies_with_us([python, "-c", code]))


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        for line in log.read_text().splitlines():
            if "Listening at: " in line:
                return line.split("Listening at: ")[1].split(" ")[0]
        time.sleep(0.05)
    pytest.fail(f"gunicorn did not start: {log.read_text()}")
