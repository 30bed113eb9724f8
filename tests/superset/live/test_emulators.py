# SPDX-License-Identifier: Apache-2.0
"""InfluxDB 3 and IOMETE, as tests/emulators has them."""

from __future__ import annotations

from typing import Any

import pytest
from superset_client import Client

COUNT = {"expressionType": "SQL", "sqlExpression": "COUNT(*)", "label": "n"}


def by_day(client: Client, dataset: int, time: str) -> Any:
    """Rows a day."""
    axis = {
        "timeGrain": "P1D",
        "columnType": "BASE_AXIS",
        "sqlExpression": time,
        "label": time,
        "expressionType": "SQL",
    }
    return client.chart(
        dataset,
        columns=[axis],
        metrics=[COUNT],
        granularity=time,
        extras={"time_grain_sqla": "P1D"},
    )


# ---- InfluxDB 3 ----


@pytest.fixture(scope="module")
def influx(client: Client, emulator: Any) -> int:
    """InfluxDB 3, by its form."""
    server = emulator("influxdb3", database=["home"], token="tok")
    host, _, port = server.address.partition(":")
    parameters = {
        "host": host,
        "port": int(port),
        "database": "home",
        "access_token": "tok",
        "encryption": False,
        "query": {},
    }
    return client.add_by_form("influxdb3", parameters)


def test_influxdb_shows_its_form_again(client: Client, influx: int) -> None:
    shown = client.of_database(influx, "connection")
    assert "tok@" not in shown["sqlalchemy_uri"]
    assert shown["parameters"]["database"] == "home"
    assert shown["parameters"]["access_token"] == "XXXXXXXXXX"


def test_influxdb_is_queried(client: Client, influx: int) -> None:
    tables = client.of_database(influx, "tables/", q="(schema_name:iox)")
    assert [table["value"] for table in tables] == ["home"]
    rows = client.rows(influx, "SELECT room, time FROM home ORDER BY time LIMIT 2")
    assert rows[0]["room"] in ("Kitchen", "Living Room")
    assert client.execute(influx, "DELETE FROM home").status >= 400


def test_influxdb_has_charts_over_time(client: Client, influx: int) -> None:
    dataset = client.add_dataset(influx, "iox", "home")
    result = by_day(client, dataset, "time")
    assert not result.get("error")
    assert sum(row["n"] for row in result["data"]) > 0


# ---- IOMETE ----


@pytest.fixture(scope="module")
def iomete(client: Client, emulator: Any) -> int:
    """IOMETE, by its form."""
    server = emulator("iomete", user="alice", password="pat")
    host, _, port = server.address.partition(":")
    parameters = {
        "host": host,
        "port": int(port),
        "username": "alice",
        "access_token": "pat",
        "default_catalog": "spark_catalog",
        "default_schema": "default",
        "encryption": False,
        "query": {"cluster": "c", "data_plane": "d"},
    }
    return client.add_by_form("iomete", parameters, allow_dml=True)


def test_iomete_shows_its_form_again(client: Client, iomete: int) -> None:
    shown = client.of_database(iomete, "connection")["parameters"]
    assert shown["default_catalog"] == "spark_catalog"
    assert shown["default_schema"] == "default"
    assert shown["query"] == {"cluster": "c", "data_plane": "d"}
    assert shown["encryption"] is False


def test_iomete_is_queried(client: Client, iomete: int) -> None:
    assert "default" in client.of_database(iomete, "schemas/")
    tables = client.of_database(iomete, "tables/", q="(schema_name:default)")
    assert "my_table" in [table["value"] for table in tables]
    assert client.rows(iomete, "SELECT  * FROM `my_table`")


def test_iomete_follows_the_schema_that_is_chosen(client: Client, iomete: int) -> None:
    rows = client.rows(iomete, "SELECT current_database() AS s", schema="default")
    assert rows == [{"s": "default"}]


def test_iomete_has_charts_over_time(client: Client, iomete: int) -> None:
    sql = (
        "SELECT CAST('2026-01-01 10:00:00' AS TIMESTAMP) AS at UNION ALL"
        " SELECT CAST('2026-01-02 11:00:00' AS TIMESTAMP) AS at"
    )
    dataset = client.add_dataset(iomete, "default", "moments", sql=sql)
    result = by_day(client, dataset, "at")
    assert not result.get("error")
    assert [row["n"] for row in result["data"]] == [1, 1]
    assert "date_trunc('day', at)" in result["query"]
