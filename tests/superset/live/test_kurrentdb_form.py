# SPDX-License-Identifier: Apache-2.0
"""KurrentDB by its form, as tests/emulators has it: types, charts, what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from superset_client import Client

# From the README of kurrent-sqlalchemy.
VIRTUAL = """SELECT
  stream,
  data::json->>'OrderId' as order_id,
  data::json->>'Amount' as amount,
  created_at
FROM kdb.records
WHERE category = 'orders'"""
COUNT = {"expressionType": "SQL", "sqlExpression": "COUNT(*)", "label": "n"}


@pytest.fixture(scope="module")
def kurrent(client: Client, emulator: Any) -> int:
    """KurrentDB, by its form."""
    host, _, port = emulator("kurrentdb").address.partition(":")
    parameters = {
        "host": host,
        "port": int(port),
        "username": "admin",
        "password": "changeit",
        "encryption": False,
        "query": {},
    }
    return client.add_by_form("kurrentdb", parameters)


def by_day(client: Client, dataset: int, **more: Any) -> Any:
    """Events a day."""
    axis = {
        "timeGrain": "P1D",
        "columnType": "BASE_AXIS",
        "sqlExpression": "created_at",
        "label": "created_at",
        "expressionType": "SQL",
    }
    return client.chart(
        dataset,
        columns=[axis],
        metrics=[COUNT],
        granularity="created_at",
        extras={"time_grain_sqla": "P1D"},
        **more,
    )


def test_the_connection_test_by_uri(client: Client, emulator: Any) -> None:
    address = emulator("kurrentdb").address
    uri = f"kurrentdb+flightsql://admin:changeit@{address}?insecure=true"
    assert client.test_connection(uri).status == 200
    wrong = client.test_connection(uri.replace("changeit", "wrong"))
    assert wrong.errors == ["CONNECTION_ACCESS_DENIED_ERROR"]


def test_records_and_its_columns(client: Client, kurrent: int) -> None:
    assert client.of_database(kurrent, "schemas/") == ["kdb"]
    tables = client.of_database(kurrent, "tables/", q="(schema_name:kdb)")
    assert [table["value"] for table in tables] == ["records"]
    about = client.of_database(kurrent, "table_metadata/", name="records", schema="kdb")
    kinds = {column["name"]: column["type"] for column in about["columns"]}
    assert len(kinds) == 15
    assert kinds["created_at"].endswith("EPOCH_MS")


def test_json_operators_go_out_as_written(client: Client, kurrent: int) -> None:
    sql = "SELECT data::json->>'OrderId' as order_id FROM kdb.records limit 9"
    answer = client.execute(kurrent, sql).ok()
    assert answer["data"][0] == {"order_id": "order-0"}
    assert "data::json->>'OrderId' as order_id" in answer["query"]["executedSql"]
    answer = client.execute(kurrent, "SELECT created_at FROM kdb.records LIMIT 1").ok()
    assert answer["data"] == [{"created_at": 1_767_225_600_000}], answer["query"]


def test_a_virtual_dataset_has_charts_over_time(client: Client, kurrent: int) -> None:
    dataset = client.add_dataset(kurrent, "kdb", "orders of KurrentDB", sql=VIRTUAL)
    about = client.get(f"/api/v1/dataset/{dataset}").ok()["result"]
    times = [column["column_name"] for column in about["columns"] if column["is_dttm"]]
    assert times == ["created_at"]
    result = by_day(client, dataset, time_range="2026-01-02 : 2026-01-05")
    assert not result.get("error")
    days = [row["created_at"] for row in result["data"]]
    assert len(days) == 3
    assert min(days) == 1_767_225_600_000 + 86_400_000
    assert "data::json->>'OrderId' as order_id" in result["query"]


def test_the_table_has_charts_over_time(client: Client, kurrent: int) -> None:
    # With SQLite below, Superset has one dataset of a name, whatever the database.
    asked = "/api/v1/dataset/?q=(filters:!((col:table_name,opr:eq,value:records)))"
    for other in client.get(asked).ok()["result"]:
        client.delete(f"/api/v1/dataset/{other['id']}").ok()
    dataset = client.add_dataset(kurrent, "kdb", "records")
    result = by_day(client, dataset, time_range="2026-01-02 : 2026-01-05")
    assert not result.get("error")
    assert [row["n"] for row in result["data"]] == [16, 16, 16]


def test_changes_are_refused(client: Client, kurrent: int) -> None:
    answer = client.execute(kurrent, "DELETE FROM kdb.records")
    assert "DML_NOT_ALLOWED_ERROR" in answer.errors
