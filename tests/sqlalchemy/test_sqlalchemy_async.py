# SPDX-License-Identifier: Apache-2.0
"""Tasks that are cancelled: the server is told, and the pool has what it had before."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy_urls import url_of

# Rows without end for SQLite, slow enough to be caught.
ENDLESS = (
    "/* each:20ms */ with recursive r(n) as (select 1 union all select n + 1 from r)"
    " select n from r"
)
LIMIT = 20  # s; for what is to happen at once, on a machine that has other things to do


@pytest.fixture(scope="module")
def go(go_secure: Any) -> Any:
    return go_secure("plain", fresh=True)


@pytest.fixture
def server(go: Any) -> Any:
    go.reset()
    return go


def run(
    server: Any, body: Callable[[AsyncEngine], Awaitable[None]], **options: Any
) -> None:
    """Run a test's body with an engine of two connections at most."""

    async def main() -> None:
        url = url_of(server, "flightsql_async")
        engine = create_async_engine(
            url, pool_size=2, max_overflow=0, pool_timeout=LIMIT, **options
        )
        try:
            await asyncio.wait_for(body(engine), 4 * LIMIT)
        finally:
            await engine.dispose()

    asyncio.run(main())


async def rows(engine: AsyncEngine, sql: str) -> Any:
    async with engine.connect() as connection:
        return (await connection.exec_driver_sql(sql)).all()


async def until(check: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT
    while not check():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


def queries(server: Any) -> Any:
    return server.state()["open"]["queries"]


async def cancelled(server: Any, task: asyncio.Task[Any]) -> None:
    """Cancel a task once its query runs, and see that both are over."""
    await until(lambda: bool(queries(server)))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, LIMIT)
    await until(lambda: not queries(server))


async def healthy(engine: AsyncEngine) -> None:
    """As many connections as the pool may have, at the same time, and all come back."""
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    async with engine.connect() as one, engine.connect() as two:
        for connection in (one, two):
            assert (await connection.exec_driver_sql("select 1 as n")).all() == [(1,)]
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_task_that_is_cancelled_tells_the_server(server: Any) -> None:
    async def body(engine: AsyncEngine) -> None:
        for _ in range(3):
            await cancelled(server, asyncio.create_task(rows(engine, ENDLESS)))
        await healthy(engine)

    run(server, body)


def test_a_time_limit_of_asyncio_tells_the_server(server: Any) -> None:
    async def body(engine: AsyncEngine) -> None:
        await healthy(engine)  # connected
        for _ in range(3):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(rows(engine, ENDLESS), 0.5)
            await until(lambda: not queries(server))
        await healthy(engine)

    run(server, body)


def test_a_stream_that_is_cancelled_tells_the_server(server: Any) -> None:
    async def body(engine: AsyncEngine) -> None:
        read = []

        async def stream() -> None:
            async with engine.connect() as connection:
                result = await connection.stream(sa.text(ENDLESS))
                async for row in result:
                    read.append(row)

        task = asyncio.create_task(stream())
        await until(lambda: len(read) > 0)
        await cancelled(server, task)
        await healthy(engine)

    run(server, body)


def test_more_tasks_than_connections_are_cancelled(server: Any) -> None:
    async def body(engine: AsyncEngine) -> None:
        tasks = [asyncio.create_task(rows(engine, ENDLESS)) for _ in range(6)]
        await until(lambda: len(queries(server)) == 2)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(one) for one in ended} == {asyncio.CancelledError}
        await until(lambda: not queries(server))
        await healthy(engine)

    run(server, body)


def test_a_connection_on_which_a_call_was_cancelled_is_invalidated(server: Any) -> None:
    async def body(engine: AsyncEngine) -> None:
        async with engine.connect() as connection:
            call = connection.exec_driver_sql(ENDLESS)
            await cancelled(server, asyncio.ensure_future(call))
            assert connection.invalidated
            with pytest.raises(exc.PendingRollbackError):
                await connection.exec_driver_sql("select 1 as n")
            await connection.rollback()
            found = await connection.exec_driver_sql("select 1 as n")
            assert found.all() == [(1,)]
        await healthy(engine)

    run(server, body)


@pytest.mark.parametrize("delay", [0.0, 0.001, 0.003, 0.01, 0.03])
def test_a_task_may_be_cancelled_while_it_connects(server: Any, delay: float) -> None:
    async def body(engine: AsyncEngine) -> None:
        task = asyncio.create_task(rows(engine, "select 1 as n"))
        await asyncio.sleep(delay)
        task.cancel()
        await asyncio.wait([task], timeout=LIMIT)
        assert task.done()
        await healthy(engine)

    run(server, body)
