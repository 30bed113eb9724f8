# SPDX-License-Identifier: Apache-2.0
"""What goes deep or wants much room, in threads as small as musl makes them.

small_stacks.py URI ROOTS       a server on DuckDB, with TLS; prints "all"
"""

import sys
import threading

import fletching

DEPTH = 60  # 64 are allowed
STRUCTS = "select " + "{'a': " * DEPTH + "42" + "}" * DEPTH
LISTS = "select " + "[" * DEPTH + "42" + "]" * DEPTH
BRACKETS = "select " + "(" * 200 + "1" + ")" * 200
LONG = "select 1 where 'x' = '" + "y" * 1_000_000 + "'"


def parameter() -> object:
    value: object = 42
    for _ in range(DEPTH):
        value = [value]
    return value


def work(connection: fletching.Connection) -> None:
    ((value,),) = connection.execute(STRUCTS).fetchall()
    for _ in range(DEPTH):
        value = value["a"]
    assert value == 42
    assert connection.execute(LISTS).fetchall() == [(parameter(),)]
    assert connection.execute("select ?", [parameter()]).fetchall() == [(parameter(),)]
    assert connection.execute(BRACKETS).fetchall() == [(1,)]
    assert connection.execute(LONG).fetchall() == []
    rows = connection.execute("select range::varchar from range(200000)").fetchall()
    assert len(rows) == 200_000
    try:
        connection.execute("select nonsense from nowhere")
    except fletching.Error:
        return
    raise AssertionError("no error")


def run(failures: list[str]) -> None:
    try:
        with fletching.connect(sys.argv[1], tls_root_certs=sys.argv[2]) as connection:
            work(connection)
    except BaseException as error:
        failures.append(repr(error))


def main() -> None:
    threading.stack_size(128 * 1024)
    failures: list[str] = []
    threads = [threading.Thread(target=run, args=[failures]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(failures or "all")


main()
