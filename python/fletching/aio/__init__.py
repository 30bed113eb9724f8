# SPDX-License-Identifier: Apache-2.0
"""The same connections and cursors for asyncio.

    async with fletching.aio.connect("grpc+tls://host:443", token="...") as connection:
        cursor = connection.cursor()
        await cursor.execute("select carrier, count(*) from flights group by 1")
        async for carrier, flights in cursor:
            print(carrier, flights)

Calls run on threads of a pool, over the same core. A task that is cancelled cancels its
call on the server, and ends when that has stopped.
"""

from fletching.aio._connection import AsyncConnection, connect
from fletching.aio._cursor import AsyncCursor

__all__ = ["connect", "AsyncConnection", "AsyncCursor"]
