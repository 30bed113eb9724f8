# SPDX-License-Identifier: Apache-2.0
"""Flink: a real gateway, and Confluent Cloud emulated over it."""

from __future__ import annotations

import json
import re
import threading
import time
import urllib.request
from typing import Any

import pytest
from emulators.confluent import ENVIRONMENT, ORGANIZATION
from superset_client import Client
from test_charts import GRAINS

# From Saturday to Monday.
MOMENTS = """SELECT  at_, k FROM (VALUES
  (TIMESTAMP '2026-01-03 10:11:12.345', 'a'),
  (TIMESTAMP '2026-01-04 00:00:00.000', 'b'),
  (TIMESTAMP '2026-01-05 23:59:59.999', 'a')) AS x(at_, k)"""
ENDLESS = (
    "CREATE TABLE numbers (id INT) WITH ('connector' = 'datagen',"
    " 'rows-per-second' = '50', 'fields.id.kind' = 'sequence',"
    " 'fields.id.start' = '1', 'fields.id.end' = '50000');"
    " SELECT COUNT(*) AS n FROM numbers"
)
COUNT = {"expressionType": "SQL", "sqlExpression": "COUNT(*)", "label": "n"}
DAY = 86_400_000
SUNDAY = 1_767_484_800_000  # 2026-01-04


# ---- a gateway ----


@pytest.fixture(scope="module")
def server(flink: Any) -> Any:
    """A gateway with its cluster."""
    return flink()


@pytest.fixture(scope="module")
def gateway(client: Client, server: Any) -> int:
    """It as a database of Superset's, by its form."""
    host, _, port = server.uri.partition("://")[2].partition(":")
    parameters = {
        "host": host,
        "port": int(port),
        "username": "",
        "password": "",
        "default_catalog": "default_catalog",
        "default_schema": "default_database",
        "encryption": False,
        "query": {},
    }
    return client.add_by_form("flink", parameters, driver="gateway", allow_dml=True)


@pytest.fixture(scope="module")
def dataset(client: Client, gateway: int) -> int:
    """Moments, as a virtual dataset."""
    return client.add_dataset(
        gateway, "default_database", "moments of Flink", sql=MOMENTS
    )


def chart(client: Client, dataset: int, grain: str, **more: Any) -> Any:
    """Rows a unit of time."""
    axis = {
        "timeGrain": grain,
        "columnType": "BASE_AXIS",
        "sqlExpression": "at_",
        "label": "at_",
        "expressionType": "SQL",
    }
    result = client.chart(
        dataset,
        columns=[axis],
        metrics=[COUNT],
        granularity="at_",
        extras={"time_grain_sqla": grain},
        **more,
    )
    assert not result.get("error"), (grain, result["error"])
    return result


def times(result: Any) -> list[int]:
    """Of its rows, in order, in milliseconds."""
    return sorted(row["at_"] for row in result["data"])


def test_both_are_listed(client: Client) -> None:
    listed = client.get("/api/v1/database/available/").ok()["databases"]
    found = {each["name"]: each for each in listed if each["engine"] == "flink"}
    gateway = found["Apache Flink"]
    assert gateway["default_driver"] == "gateway"
    assert "default_schema" in gateway["parameters"]["properties"]
    confluent = found["Confluent Cloud for Apache Flink"]
    assert confluent["default_driver"] == "confluent"
    assert "port" not in confluent["parameters"]["properties"]


def test_the_form_is_shown_again(client: Client, gateway: int) -> None:
    shown = client.of_database(gateway, "connection")
    assert shown["sqlalchemy_uri"].endswith(
        "/default_catalog/default_database?tls=false"
    )
    assert shown["parameters"]["default_catalog"] == "default_catalog"
    assert shown["parameters"]["encryption"] is False


def test_catalogs_and_databases(client: Client, gateway: int) -> None:
    assert client.of_database(gateway, "catalogs/") == ["default_catalog"]
    assert client.of_database(gateway, "schemas/") == ["default_database"]


def test_sql_goes_out_as_written(client: Client, gateway: int) -> None:
    sql = (
        "SELECT  k, COUNT(*) AS n, '\\' AS b FROM (VALUES 'a', 'a') AS t(k) GROUP BY k"
    )
    answer = client.execute(gateway, sql).ok()
    assert answer["data"] == [{"k": "a", "n": 2, "b": "\\"}]
    assert answer["query"]["executedSql"] == f"{sql}\nLIMIT 101"


def test_values_and_their_types(client: Client, gateway: int) -> None:
    answer = client.execute(
        gateway,
        "SELECT ROW(1, 'x') AS r, ARRAY[1, 2] AS l, x'0aff' AS b,"
        " DATE '2026-01-02' AS d, CAST(1.50 AS DECIMAL(9, 2)) AS n,"
        " TO_TIMESTAMP_LTZ(1767780672345, 3) AS z, INTERVAL '14' MONTH AS i",
    ).ok()
    (row,) = answer["data"]
    assert list(json.loads(row["r"]).values()) == [1, "x"]
    assert row["l"] == "[1, 2]"
    assert row["b"] == "0aff"
    assert row["i"] == "P14M"
    kinds = {column["name"]: column["type"] for column in answer["columns"]}
    assert kinds["n"] == "DECIMAL(9, 2)"
    assert kinds["z"] == "TIMESTAMP WITH TIME ZONE"
    dates = [column["name"] for column in answer["columns"] if column["is_dttm"]]
    assert dates == ["d", "z"]


@pytest.mark.parametrize(
    ("sql", "kind", "says"),
    [
        (
            "SELECT nocol FROM (VALUES (1)) AS x(a)",
            "COLUMN_DOES_NOT_EXIST_ERROR",
            "nocol",
        ),
        ("SELECT * FROM nosuch", "TABLE_DOES_NOT_EXIST_ERROR", "nosuch"),
        ("USE nosuch", "SCHEMA_DOES_NOT_EXIST_ERROR", "nosuch"),
        ("SELECT * FROM (VALUES (1)) AS all", "SYNTAX_ERROR", "all"),
    ],
)
def test_errors_by_kind(
    client: Client, gateway: int, sql: str, kind: str, says: str
) -> None:
    answer = client.execute(gateway, sql)
    assert answer.errors == [kind], answer.text
    assert says in answer.text


def test_a_plan_is_the_estimate(client: Client, gateway: int) -> None:
    body = {"database_id": gateway, "sql": MOMENTS, "schema": "default_database"}
    (plan,) = client.post("/api/v1/sqllab/estimate/", body).ok()["result"]
    assert "Optimized Physical Plan" in "".join(plan.values())


def test_functions_are_offered(client: Client, gateway: int) -> None:
    names = client.get(f"/api/v1/database/{gateway}/function_names/").ok()
    assert "json_value" in names["function_names"]


def test_every_time_grain_works(client: Client, dataset: int) -> None:
    about = client.get(f"/api/v1/dataset/{dataset}").ok()["result"]
    offered = {grain[0] for grain in about["time_grain_sqla"]}
    assert set(GRAINS) <= offered
    first = SUNDAY - DAY
    moment = first + ((10 * 60 + 11) * 60 + 12) * 1000
    expected = {
        "PT1S": moment,
        "PT5S": moment - 2_000,
        "PT30S": moment - 12_000,
        "PT5M": moment - 72_000,
        "PT6H": first + 6 * 3_600_000,
        "P1D": first,
    }
    for grain in GRAINS:
        result = chart(client, dataset, grain)
        assert sum(row["n"] for row in result["data"]) == 3, grain
        if grain in expected:
            assert times(result)[0] == expected[grain], grain
    weeks = {
        "P1W": [SUNDAY - 6 * DAY, SUNDAY + DAY],
        "1969-12-28T00:00:00Z/P1W": [SUNDAY - 7 * DAY, SUNDAY],
        "1969-12-29T00:00:00Z/P1W": [SUNDAY - 6 * DAY, SUNDAY + DAY],
        "P1W/1970-01-03T00:00:00Z": [SUNDAY - DAY, SUNDAY + 6 * DAY],
        "P1W/1970-01-04T00:00:00Z": [SUNDAY, SUNDAY + 7 * DAY],
    }
    for grain, days in weeks.items():
        assert times(chart(client, dataset, grain)) == days, grain


def test_a_time_range_is_a_filter(client: Client, dataset: int) -> None:
    result = chart(client, dataset, "P1D", time_range="2026-01-04 : 2026-01-05")
    assert times(result) == [SUNDAY]


def running(server: Any) -> set[str]:
    """The jobs that run on the gateway's cluster."""
    with urllib.request.urlopen(server.extra["rest"] + "/jobs/overview") as answer:
        jobs = json.load(answer)["jobs"]
    return {job["jid"] for job in jobs if job["state"] in ("RUNNING", "CREATED")}


def test_stop_ends_the_job(client: Client, gateway: int, server: Any) -> None:
    before = running(server)
    client_id = f"stop{time.time_ns() % 10**7}"
    more = {"client_id": client_id}
    runs = threading.Thread(target=lambda: client.execute(gateway, ENDLESS, **more))
    runs.start()
    deadline = time.monotonic() + 60
    while not running(server) - before:
        assert time.monotonic() < deadline, client.query_of(client_id)
        time.sleep(0.2)
    client.post("/api/v1/query/stop", more).ok()
    runs.join(60)
    assert not runs.is_alive()
    assert client.wait_for(client_id)["state"] == "stopped"
    while running(server) - before:
        assert time.monotonic() < deadline + 60, "the job still runs"
        time.sleep(0.2)


SLOW = (
    "CREATE TABLE slow (id INT) WITH ('connector' = 'datagen',"
    " 'rows-per-second' = '5', 'fields.id.kind' = 'sequence',"
    " 'fields.id.start' = '1', 'fields.id.end' = '50000');"
    " SELECT id FROM slow"
)


def test_rows_are_counted_while_they_come(client: Client, gateway: int) -> None:
    client_id = f"rows{time.time_ns() % 10**7}"
    more = {"client_id": client_id}
    runs = threading.Thread(target=lambda: client.execute(gateway, SLOW, **more))
    runs.start()
    client.wait_until(
        client_id,
        lambda query: re.fullmatch(
            r"[1-9]\d* rows so far", query["extra"].get("progress_text") or ""
        ),
    )
    client.post("/api/v1/query/stop", more).ok()
    runs.join(60)
    assert client.wait_for(client_id)["state"] == "stopped"


# ---- Confluent Cloud ----


@pytest.fixture(scope="module")
def uri(confluent_cloud: Any) -> str:
    """Of the emulator."""
    return (
        f"flink+confluent://key:secret@/{ENVIRONMENT}/db?organization={ORGANIZATION}"
        f"&endpoint={confluent_cloud.url}"
    )


@pytest.fixture(scope="module")
def confluent(client: Client, uri: str) -> int:
    """It as a database of Superset's, by "Other" and its URI."""
    return client.add_database(uri)


def test_the_connection_of_confluent_is_tested(client: Client, uri: str) -> None:
    assert client.test_connection(uri).status == 200
    wrong = client.test_connection(uri.replace("key:secret", "key:bad"))
    assert wrong.errors == ["CONNECTION_ACCESS_DENIED_ERROR"], wrong.text
    assert "Unauthorized" in wrong.text


def test_confluent_is_queried(client: Client, confluent: int) -> None:
    assert client.rows(confluent, "SELECT 7 AS n") == [{"n": 7}]


def test_tables_of_confluent(client: Client, confluent: int) -> None:
    table = f"placed_{time.time_ns()}"
    client.execute(
        confluent,
        f"CREATE TABLE {table} (id BIGINT NOT NULL, at_ TIMESTAMP_LTZ(3), tag STRING)",
    ).ok()
    client.execute(
        confluent,
        f"INSERT INTO {table} VALUES"
        " (1, CAST(TIMESTAMP '2026-01-04 01:00:00' AS TIMESTAMP_LTZ(3)), 'x')",
    ).ok()
    assert "db" in client.of_database(confluent, "schemas/")
    tables = client.of_database(confluent, "tables/", q="(schema_name:db)")
    assert table in [each["value"] for each in tables]
    dataset = client.add_dataset(confluent, "db", table)
    about = client.get(f"/api/v1/dataset/{dataset}").ok()["result"]
    moments = [each["column_name"] for each in about["columns"] if each["is_dttm"]]
    assert moments == ["at_"]
    result = chart(client, dataset, "P1D", time_range="2026-01-04 : 2026-01-05")
    assert times(result) == [SUNDAY]
