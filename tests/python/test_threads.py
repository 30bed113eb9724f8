# SPDX-License-Identifier: Apache-2.0
"""Connections shared by threads; closing and cancelling from elsewhere."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import fletching


def in_threads(count, work):
    """Run work(i) in so many threads; the exceptions they ended with."""
    failures = []

    def run(i):
        try:
            work(i)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return failures


def test_sixteen_threads_share_a_connection(connection):
    def work(i):
        with connection.cursor() as cursor:
            for n in range(5):
                cursor.execute(f"select {i * 100 + n}, x.range from range(2000) x")
                rows = cursor.fetchall()
                assert len(rows) == 2000
                assert {row[0] for row in rows} == {i * 100 + n}

    assert in_threads(16, work) == []


def test_sixteen_threads_with_a_connection_each(server):
    def work(i):
        for n in range(3):
            with fletching.connect(server.uri) as connection:
                assert connection.execute(f"select {i}, {n}").fetchall() == [(i, n)]

    assert in_threads(16, work) == []


def test_python_runs_on_while_a_thread_waits(connection):
    cursor = connection.cursor()
    started = threading.Event()
    codes = []

    def work():
        started.set()
        try:
            cursor.execute(
                "select count(*) from range(10000000) a, range(10000000) b"
                " where a.range % 7 = b.range % 11"
            )
        except fletching.OperationalError as error:
            codes.append(error.code)

    thread = threading.Thread(target=work)
    thread.start()
    started.wait()
    before = time.monotonic()
    assert connection.execute("select 1").fetchall() == [(1,)]
    assert time.monotonic() - before < 5
    cursor.close()
    thread.join(10)
    assert codes == ["CANCELLED"]


def kernel_threads():
    return len(os.listdir("/proc/self/task"))


def test_a_result_has_one_thread_at_most(embedded):
    server = embedded(engine="duckdb", endpoints=6)
    rows = "select range, range::varchar from range(5000000)"
    with fletching.connect(server.uri, prefetch="on") as connection:
        before = kernel_threads()
        cursors = [connection.execute(rows) for _ in range(3)]
        for cursor in cursors:
            cursor.fetchmany(10_000)
        during = kernel_threads()
        for cursor in cursors:
            cursor.close()
        end = time.monotonic() + 5
        while kernel_threads() > before and time.monotonic() < end:
            time.sleep(0.01)
        assert kernel_threads() == before
    assert before < during <= before + 3


def test_closing_the_connection_ends_waits_of_other_threads(server):
    connection = fletching.connect(server.uri)
    cursor = connection.cursor()
    errors = []

    def work():
        try:
            cursor.execute(
                "select count(*) from range(10000000) a, range(10000000) b"
                " where a.range % 7 = b.range % 11"
            )
        except fletching.Error as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.3)
    connection.close()
    thread.join(10)
    assert not thread.is_alive()
    assert len(errors) == 1


def test_closing_a_cursor_while_another_thread_fetches(connection):
    for _ in range(5):
        cursor = connection.cursor()
        cursor.execute("select a.range from range(1000000) a, range(100000) b")
        cursor.fetchone()
        errors = []

        def work(cursor=cursor, errors=errors):
            try:
                while cursor.fetchmany(10_000):
                    pass
            except fletching.Error as error:
                errors.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        time.sleep(0.1)
        cursor.close()
        thread.join(10)
        assert not thread.is_alive()
        assert len(errors) == 1
        with pytest.raises(fletching.InterfaceError, match="closed"):
            cursor.fetchone()


# On Alpine a thread has 128 KiB; a limit of stacks makes ours as small here.
def test_small_stacks(embedded):
    server = embedded(engine="duckdb", tls=True)
    program = Path(__file__).with_name("small_stacks.py")
    limited = ["sh", "-c", 'ulimit -s 128 && exec "$@"', "sh"]
    done = subprocess.run(
        [*limited, sys.executable, program, server.uri, str(server.tls.ca)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "all\n"), done.stderr
