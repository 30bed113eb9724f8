# SPDX-License-Identifier: Apache-2.0
"""Parents that fork: both sides go on, and the child's closing harms nobody."""

import threading

import pytest
from forking import in_child

import fletching

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def test_both_sides_query_after_a_fork(server, connection):
    cursor = connection.execute("select * from range(500000) order by 1")
    cursor.fetchmany(10)

    def child():
        with pytest.raises(fletching.InterfaceError, match="fork"):
            connection.execute("select 1")
        with fletching.connect(server.uri) as own:
            assert own.execute("select 42").fetchall() == [(42,)]

    assert in_child(child) == 0
    assert len(cursor.fetchall()) == 499_990


def test_a_child_that_closes_everything_leaves_the_parents_stream(connection):
    cursor = connection.execute("select * from range(500000)")
    cursor.fetchone()

    def child():
        cursor.close()
        connection.close()

    for _ in range(3):
        assert in_child(child) == 0
    assert len(cursor.fetchall()) == 499_999
    assert connection.execute("select 1").fetchall() == [(1,)]


def test_forks_while_other_threads_query(server):
    stop = threading.Event()
    failures = []

    def work():
        try:
            while not stop.is_set():
                with fletching.connect(server.uri) as connection:
                    connection.execute("select * from range(3000)").fetchall()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()

    def child():
        with fletching.connect(server.uri) as own:
            assert own.execute("select 7").fetchall() == [(7,)]

    try:
        results = [in_child(child) for _ in range(20)]
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    assert results == [0] * 20
    assert failures == []
