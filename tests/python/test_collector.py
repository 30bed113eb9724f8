# SPDX-License-Identifier: Apache-2.0
"""The garbage collector may run destructors anywhere: within row building too.

Up to Python 3.11 any allocation may start it, also one in the middle of our C++ code;
a lock held there that the destructor needs would hang the process.
"""

import contextlib
import gc
import threading

import fletching

# Lists and dicts are known to the collector, so making them starts it.
TRACKED = "select [range], {'a': range} from range(3000)"


def leave_garbage(connection):
    """Open results of the same connection that only the collector can let go."""
    for _ in range(3):
        cursor = connection.execute("select range from range(200000)")
        cursor.fetchone()
        cycle = [cursor]
        cycle.append(cycle)


@contextlib.contextmanager
def eager_collector():
    """Collects at almost every allocation; gives a list of what each run found."""
    found = []

    def note(phase, info):
        if phase == "stop":
            found.append(info["collected"])

    before = gc.get_threshold()
    gc.callbacks.append(note)
    gc.set_threshold(3)
    gc.enable()
    try:
        yield found
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(note)


def test_a_collection_within_row_building_may_close_results(connection):
    for _ in range(10):
        gc.disable()
        leave_garbage(connection)
        cursor = connection.execute(TRACKED)
        with eager_collector() as found:
            rows = cursor.fetchall()
        assert len(rows) == 3000
        assert rows[-1] == ([2999], {"a": 2999})
        assert sum(found) > 0, "nothing was collected: the test shows nothing"


def test_collections_in_several_threads_that_share_a_connection(connection):
    failed = []

    def work():
        try:
            for _ in range(5):
                leave_garbage(connection)
                assert len(connection.execute(TRACKED).fetchall()) == 3000
        except fletching.Error as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    with eager_collector() as found:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert failed == []
    assert sum(found) > 0
