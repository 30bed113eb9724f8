# SPDX-License-Identifier: Apache-2.0
"""fletching.aio: the same answers, cancellation, and what a loop may do meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import fletching
from fletching import aio

# For SQLite, slow enough to be caught.
ENDLESS = (
    "with recursive r(n) as (select 1 union all select n + 1 from r) select n from r"
)
FOREVER = "select count(*) from range(1000000000) a, range(1000000) b"


def run(body: Callable[[aio.AsyncConnection], Awaitable[Any]], server: Any) -> Any:
    """Run a test's body with a connection."""

    async def main() -> Any:
        async with aio.connect(server.uri) as connection:
            return await body(connection)

    return asyncio.run(main())


async def eventually(check: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not check():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


def test_rows_come_one_by_one_and_all_together(server: Any) -> None:
    async def body(connection: aio.AsyncConnection) -> None:
        cursor = connection.cursor()
        await cursor.execute("select i from range(2500) t(i) order by 1")
        assert await cursor.fetchone() == (0,)
        seen = []
        async for (number,) in cursor:
            seen.append(number)
            if number == 5:
                break
        assert seen == [1, 2, 3, 4, 5]
        assert await cursor.fetchmany(3) == [(6,), (7,), (8,)]
        assert await cursor.fetchall() == [(i,) for i in range(9, 2500)]

    run(body, server)


def test_parameters_transactions_and_metadata(server: Any) -> None:
    async def body(connection: aio.AsyncConnection) -> None:
        await connection.execute("create or replace table of_aio (n integer)")
        await connection.commit()
        cursor = connection.cursor()
        await cursor.executemany("insert into of_aio values (?)", [(1,), (2,)])
        assert cursor.rowcount == 2
        await connection.rollback()
        counted = await connection.execute("select count(*) from of_aio")
        assert await counted.fetchall() == [(0,)]
        tables = await connection.get_tables(table="of\\_aio")
        assert [row[2] for row in await tables.fetchall()] == ["of_aio"]
        await connection.execute("drop table of_aio")

    run(body, server)


def test_a_cancelled_task_cancels_its_statement(server: Any) -> None:
    async def body(connection: aio.AsyncConnection) -> None:
        cursor = connection.cursor()
        task = asyncio.create_task(cursor.execute(FOREVER))
        await asyncio.sleep(0.3)
        started = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - started < 5
        # Its thread is free again, too.
        await cursor.execute("select 2")
        assert await cursor.fetchall() == [(2,)]
        cursor = await connection.execute("select 1")
        assert await cursor.fetchall() == [(1,)]

    run(body, server)


def test_a_time_limit_of_asyncio_ends_a_statement(server: Any) -> None:
    async def body(connection: aio.AsyncConnection) -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(connection.execute(FOREVER), 0.3)

    run(body, server)


@pytest.mark.parametrize("times", [1, 3])
def test_a_cancelled_fetch_tells_the_server(go_secure: Any, times: int) -> None:
    go = go_secure("plain", fresh=True)

    async def body(connection: aio.AsyncConnection) -> None:
        cursor = await connection.execute(f"/* each:20ms */ {ENDLESS}")
        task = asyncio.create_task(cursor.fetchall())
        await asyncio.sleep(0.1)
        for _ in range(times):  # also by somebody who is impatient
            task.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await task
        # On this connection nothing is sent meanwhile.
        await eventually(lambda: go.state()["open"]["queries"] == {})
        await eventually(lambda: "DoAction/CancelFlightInfo" in go.state()["calls"])
        # The same cursor, and so the same connection, goes on.
        await cursor.execute("select 1 as n")
        assert await cursor.fetchall() == [(1,)]
        assert go.state()["calls"]["DoAction/CancelFlightInfo"] == 1

    run(body, go)


def test_a_transaction_is_open_after_a_cancelled_statement(server: Any) -> None:
    async def body(connection: aio.AsyncConnection) -> None:
        await connection.execute("create or replace table of_aio_3 (n integer)")
        await connection.commit()
        await connection.execute("insert into of_aio_3 values (1)")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(connection.execute(FOREVER), 0.3)
        assert connection.in_transaction
        await connection.rollback()
        cursor = await connection.execute("select count(*) from of_aio_3")
        assert await cursor.fetchall() == [(0,)]
        await connection.execute("drop table of_aio_3")
        await connection.commit()

    run(body, server)


def test_a_cancelled_connect_ends_at_once_and_frees_its_thread() -> None:
    async def main() -> None:
        left = asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: Any) -> None:
            while await reader.read(65536):
                pass
            left.set()
            writer.close()

        peer = await asyncio.start_server(silent, "127.0.0.1", 0)
        uri = f"grpc://127.0.0.1:{peer.sockets[0].getsockname()[1]}"
        with ThreadPoolExecutor(1) as one:
            options = {"executor": one, "connect_timeout": 600}
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(aio.connect(uri, **options)._open(), 0.5)
            await asyncio.get_running_loop().run_in_executor(one, int)
            await left.wait()  # its socket is closed
            # One that is cancelled before its thread is free never begins.
            blocked = one.submit(time.sleep, 0.5)
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(aio.connect(uri, **options)._open(), 0.1)
            await asyncio.wrap_future(blocked)
        peer.close()

    asyncio.run(main())


def test_the_loop_runs_while_a_statement_does(server: Any) -> None:
    async def body(connection: aio.AsyncConnection) -> None:
        task = asyncio.create_task(connection.execute(FOREVER))
        for _ in range(10):
            started = time.monotonic()
            await asyncio.sleep(0.01)
            assert time.monotonic() - started < 1
        task.cancel()
        await asyncio.wait([task])

    run(body, server)


def test_a_block_that_raises_rolls_back(server: Any) -> None:
    async def insert_and_fail() -> None:
        async with aio.connect(server.uri) as connection:
            await connection.execute("insert into of_aio_2 values (1)")
            raise ZeroDivisionError

    async def main() -> None:
        async with aio.connect(server.uri, autocommit=True) as connection:
            await connection.execute("create or replace table of_aio_2 (n integer)")
        with pytest.raises(ZeroDivisionError):
            await insert_and_fail()
        async with aio.connect(server.uri) as connection:
            cursor = await connection.execute("select * from of_aio_2")
            assert await cursor.fetchall() == []
            await connection.execute("drop table of_aio_2")

    asyncio.run(main())


def test_errors_are_the_drivers_own(server: Any) -> None:
    async def body(connection: aio.AsyncConnection) -> None:
        with pytest.raises(fletching.ProgrammingError, match="nothing_like_it"):
            await connection.execute("select * from nothing_like_it")

    run(body, server)
