# SPDX-License-Identifier: Apache-2.0
"""One metadata command about each of many tables, on one connection.

The protocol's commands for keys are about one table. Put one after the other they cost
a round trip each; so several wait at a time, which the connection multiplexes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fletching import NotSupportedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fletching import Connection
    from fletching.sqlalchemy._tables import Place

AT_ONCE = 8
"""How many questions wait at a time."""


def ask_each(
    driver: Connection, command: str, tables: Sequence[str], place: Place
) -> list[Any]:
    """The rows about each table; None where the server has no such command.

    The first table is asked about alone: where it is not supported, no other is.
    """

    def ask(table: str) -> Any:
        question = getattr(driver, command)
        with question(table, catalog=place.catalog, db_schema=place.schema) as cursor:
            return cursor.fetchall()

    if not tables:
        return []
    try:
        first = ask(tables[0])
    except NotSupportedError:
        return [None] * len(tables)
    return [first, *_at_once(driver, ask, tables[1:])]


def _at_once(driver: Connection, ask: Any, tables: Sequence[str]) -> list[Any]:
    if len(tables) < 2:
        return [ask(table) for table in tables]
    from concurrent.futures import ThreadPoolExecutor  # not in every import of ours

    with ThreadPoolExecutor(min(AT_ONCE, len(tables))) as pool:
        try:
            return list(pool.map(ask, tables))
        except BaseException:  # an error of one, or Ctrl-C: the others are given up
            pool.shutdown(wait=False, cancel_futures=True)
            driver.cancel()
            raise
