# SPDX-License-Identifier: Apache-2.0
"""Interpreters that end while threads are in every state: no crash, no hang."""

import os
import subprocess
import sys
import textwrap

import pytest

LONG = (
    "select count(*) from range(10000000) a, range(10000000) b"
    " where a.range % 7 = b.range % 11"
)
ROWS = "select a.range, a.range::varchar from range(1000000) a, range(100000) b"

STATES: dict[str, str] = {
    "waiting": f"connect().execute({LONG!r})",
    "fetching": f"""
        cursor = connect().execute({ROWS!r})
        while cursor.fetchmany(100000): pass
    """,
    "arrow": f"connect().execute({ROWS!r}).fetch_arrow_table()",
    "connecting": "fletching.connect(silent)",
    "churning": "while True: connect().execute('select 1').fetchall()",
}


# This one, or others that can import fletching, with os.pathsep between.
PYTHONS = os.environ.get("FLETCHING_TEST_PYTHONS", sys.executable).split(os.pathsep)


@pytest.fixture(params=PYTHONS)
def python(request):
    """One of the interpreters to end."""
    return request.param


def run(python, uri, code, roots=""):
    script = textwrap.dedent(
        """
        import socket, sys, threading, time
        import fletching
        listener = socket.create_server(("127.0.0.1", 0))
        silent = f"grpc://127.0.0.1:{listener.getsockname()[1]}"
        def connect():
            return fletching.connect(sys.argv[1])
        """
    ) + textwrap.dedent(code)
    return subprocess.run(
        [python, "-X", "faulthandler", "-c", script, uri, roots],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("state", STATES)
def test_exit_with_a_daemon_thread(python, server, state):
    body = textwrap.indent(textwrap.dedent(STATES[state]).strip(), "    ")
    code = (
        f"def work():\n{body}\n"
        "for _ in range(2): threading.Thread(target=work, daemon=True).start()\n"
        "time.sleep(0.5)\n"
        "print('main is done', flush=True)\n"
    )
    done = run(python, server.uri, code)
    assert done.stdout == "main is done\n", done.stderr
    assert done.returncode == 0, done.stderr
    assert "Fatal" not in done.stderr


# A thread that calls the core once more after the exit hook was told so by an exception
# until such threads were parked: two of three exits printed a traceback, some crashed.
def test_exit_with_threads_that_call_often_is_quiet(python, server):
    code = f"""
        def fetch():
            cursor = connect().execute({ROWS!r})
            while cursor.fetchmany(1000): pass
        def churn():
            while True: connect().execute("select 1").fetchall()
        for work in (fetch, churn, churn):
            threading.Thread(target=work, daemon=True).start()
        time.sleep(0.3)
    """
    for _ in range(8):
        done = run(python, server.uri, code)
        assert (done.returncode, done.stderr) == (0, "")


# OpenSSL's own exit handler frees what a handshake in another thread uses: 35 of 60
# such exits crashed before it was switched off.
def test_exit_with_threads_in_tls_handshakes(python, embedded):
    server = embedded(engine="duckdb", tls=True)
    code = """
        def work():
            while True:
                # A header of its own: no pooled connection, a handshake each.
                url = f"{sys.argv[1]}?x-n={time.monotonic_ns()}"
                fletching.connect(url, tls_root_certs=sys.argv[2]).close()
        for _ in range(4): threading.Thread(target=work, daemon=True).start()
        time.sleep(0.3)
    """
    for _ in range(4):
        done = run(python, server.uri, code, str(server.tls.ca))
        assert (done.returncode, done.stderr) == (0, "")


def test_exit_with_everything_open(python, server):
    code = f"""
        connection = connect()
        cursor = connection.execute({ROWS!r})
        cursor.fetchone()
        stream = connection.execute("select 1").fetch_arrow()
        capsule = connection.execute("select 2").fetch_arrow().__arrow_c_stream__()
    """
    done = run(python, server.uri, code)
    assert (done.returncode, done.stderr) == (0, "")


def test_use_after_the_exit_hook_is_an_error_not_a_hang(python, server):
    # Exit hooks run last in, first out: one from before the import runs after ours.
    code = """
        import atexit, sys
        def late():
            try:
                connection.execute("select 1")
            except fletching.InterfaceError as error:
                print("refused", flush=True)
        atexit.register(late)
        import fletching
        connection = fletching.connect(sys.argv[1])
    """
    done = subprocess.run(
        [python, "-c", textwrap.dedent(code), server.uri],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "refused\n"), done.stderr


def test_a_pool_that_rolls_back_last_of_all_is_quiet(python, server):
    code = """
        import atexit, sys
        def late():
            connection.rollback()
            connection.autocommit = not connection.autocommit
            connection.close()
            print("quiet", flush=True)
        atexit.register(late)
        import fletching
        connection = fletching.connect(sys.argv[1])
        connection.execute("select 1").fetchall()
    """
    done = subprocess.run(
        [python, "-c", textwrap.dedent(code), server.uri],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "quiet\n", "")


def test_sys_exit_from_a_query_in_progress(python, server):
    code = f"""
        import signal
        signal.signal(signal.SIGALRM, lambda *_: sys.exit(3))
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        connect().execute({LONG!r})
    """
    done = run(python, server.uri, code)
    assert done.returncode == 3, done.stderr
