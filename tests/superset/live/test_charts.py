# SPDX-License-Identifier: Apache-2.0
"""Datasets and charts."""

from __future__ import annotations

import time
from typing import Any

import pytest
from superset_client import Client

GRAINS = [
    "PT1S",
    "PT5S",
    "PT30S",
    "PT1M",
    "PT5M",
    "PT10M",
    "PT15M",
    "PT30M",
    "PT1H",
    "PT6H",
    "P1D",
    "P1W",
    "P1M",
    "P3M",
    "P1Y",
    "1969-12-28T00:00:00Z/P1W",
    "1969-12-29T00:00:00Z/P1W",
    "P1W/1970-01-03T00:00:00Z",
    "P1W/1970-01-04T00:00:00Z",
]
COUNT = {"expressionType": "SQL", "sqlExpression": "COUNT(*)", "label": "n"}


def over_time(client: Client, dataset: int, grain: str | None, **more: Any) -> Any:
    """Rows a unit of time."""
    axis = {
        "timeGrain": grain,
        "columnType": "BASE_AXIS",
        "sqlExpression": "placed",
        "label": "placed",
        "expressionType": "SQL",
    }
    return client.chart(
        dataset,
        columns=[axis],
        metrics=[COUNT],
        granularity="placed",
        extras={"time_grain_sqla": grain},
        **more,
    )


def virtual(client: Client, database: int, schema: str) -> int:
    """A dataset of its own text."""
    sql = "SELECT placed,  region, amount FROM orders WHERE note <> 'n0'"
    return client.add_dataset(database, schema, f"virtual {time.time_ns()}", sql=sql)


@pytest.fixture
def dataset(client: Client, database: int, schema: str) -> int:
    """The orders, as a virtual dataset."""
    return virtual(client, database, schema)


def test_every_time_grain_works(client: Client, dataset: int) -> None:
    about = client.get(f"/api/v1/dataset/{dataset}").ok()["result"]
    offered = {grain[0] for grain in about["time_grain_sqla"]}
    assert set(GRAINS) <= offered
    days = {
        "P1D": 31,
        "P1W": 5,
        "P1M": 1,
        "1969-12-28T00:00:00Z/P1W": 5,
        "P1W/1970-01-03T00:00:00Z": 5,
    }
    for grain in GRAINS:
        result = over_time(client, dataset, grain)
        assert not result.get("error"), (grain, result["error"])
        rows = result["data"]
        assert sum(row["n"] for row in rows) == 123, grain
        if grain in days:
            assert len(rows) == days[grain], (grain, rows)


def test_weeks_begin_and_end_on_the_days_they_say(client: Client, dataset: int) -> None:
    days = {
        "P1W": 0,
        "1969-12-29T00:00:00Z/P1W": 0,
        "1969-12-28T00:00:00Z/P1W": 6,
        "P1W/1970-01-03T00:00:00Z": 5,
        "P1W/1970-01-04T00:00:00Z": 6,
    }
    for grain, weekday in days.items():
        for row in over_time(client, dataset, grain)["data"]:
            moment = time.gmtime(row["placed"] / 1000)
            assert moment.tm_wday == weekday, (grain, moment)


def test_a_time_range_is_a_filter(client: Client, dataset: int) -> None:
    result = over_time(client, dataset, "P1D", time_range="2026-01-05 : 2026-01-08")
    assert [row["n"] for row in result["data"]] == [4, 4, 4]
    assert "TIMESTAMP '2026-01-05" in result["query"]


def test_a_physical_table_and_its_filters(
    client: Client, database: int, schema: str
) -> None:
    table = f"t{time.time_ns()}"
    sql = f"create table {schema}.{table} as select placed, region, amount from orders"
    client.execute(database, sql).ok()
    dataset = client.add_dataset(database, schema, table)
    about = client.get(f"/api/v1/dataset/{dataset}").ok()["result"]
    times = [column["column_name"] for column in about["columns"] if column["is_dttm"]]
    assert times == ["placed"]
    result = client.chart(
        dataset,
        columns=["region"],
        metrics=[
            {
                "expressionType": "SQL",
                "sqlExpression": "SUM(amount)",
                "label": "total",
            }
        ],
        filters=[{"col": "region", "op": "IN", "val": ["north", "o'hare"]}],
        extras={"where": "amount  > 100"},
    )
    expected = sum(n + 0.5 for n in range(101, 124, 2))
    assert result["data"] == [{"region": "north", "total": expected}]
    assert "amount  > 100" in result["query"]


def test_a_chart_is_exported(client: Client, dataset: int) -> None:
    body = {
        "datasource": {"id": dataset, "type": "table"},
        "force": True,
        "result_format": "csv",
        "result_type": "full",
        "queries": [{"columns": ["region"], "metrics": [COUNT], "row_limit": 10}],
    }
    answer = client.post("/api/v1/chart/data", body)
    assert answer.status == 200
    lines = answer.text.splitlines()
    assert lines[0] == "region,n"
    assert sorted(lines[1:]) == ["north,62", "south,61"]
