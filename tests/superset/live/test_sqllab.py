# SPDX-License-Identifier: Apache-2.0
"""SQL Lab."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from superset_client import Answer, Client


def test_a_query_goes_out_as_it_was_written(
    client: Client, version: tuple[int, ...], database: int
) -> None:
    sql = (
        "SELECT  region,count(*)  AS n -- each\nFROM orders GROUP BY region ORDER BY 1"
    )
    answer = client.execute(database, sql).ok()
    assert answer["data"] == [
        {"region": "north", "n": 62},
        {"region": "south", "n": 62},
    ]
    assert answer["query"]["executedSql"] == f"{sql}\nLIMIT 101"


def test_a_limit_is_edited_in_the_text(
    client: Client, version: tuple[int, ...], duck: int
) -> None:
    sql = "select note from orders order by placed limit 500 offset 2"
    answer = client.execute(duck, sql, queryLimit=3).ok()
    assert [row["note"] for row in answer["data"]] == ["n2", "n3", "n4"]
    if version >= (6,):
        executed = "select note from orders order by placed limit 4 offset 2"
        assert answer["query"]["executedSql"] == executed


def test_values_that_superset_cannot_take_by_itself(client: Client, duck: int) -> None:
    (row,) = client.rows(
        duck,
        "select 18446744073709551615::ubigint as u, [1, null] as l,"
        " {'x': 1, 'y': 'q'} as s, map {'k': 1.50::decimal(9, 2)} as m,"
        " '\\xAA\\x01'::blob as b, interval '14 months 3 days 1.5 seconds' as i,"
        " timestamp_ns '2026-01-02 03:04:05.123456789' as t, uuid '"
        "00000000-0000-0000-0000-000000000007' as id, null as nothing,"
        " time '10:11:12' as c, 170141183460469231731687303715884105727::hugeint as h,"
        " '12345678901234567890.123'::decimal(38, 3) as d",
    )
    assert float(row["u"]) == float(2**64 - 1)
    assert row["l"] == "[1, null]"
    assert row["s"] == '{"x": 1, "y": "q"}'
    assert row["m"] == '{"k": "1.50"}'
    assert row["b"] == "aa01"
    assert row["i"] == "P14M3DT1.5S"
    assert row["t"] == "2026-01-02T03:04:05.123456789"
    assert row["id"] == "00000000-0000-0000-0000-000000000007"
    assert row["nothing"] is None
    assert row["c"] == "10:11:12"


def test_types_of_a_grid_are_the_cursors(client: Client, duck: int) -> None:
    answer = client.execute(
        duck,
        "select placed, region, 1::utinyint as n, 1.5::decimal(9, 2) as d, [1] as l,"
        " true as b, date '2026-01-01' as day from orders limit 1",
    ).ok()
    columns = {column["name"]: column for column in answer["columns"]}
    kinds = {name: column["type"] for name, column in columns.items()}
    assert kinds == {
        "placed": "TIMESTAMP",
        "region": "VARCHAR",
        "n": "UTINYINT",
        "d": "DECIMAL(9, 2)",
        "l": "ARRAY",
        "b": "BOOLEAN",
        "day": "DATE",
    }
    dates = [name for name, column in columns.items() if column["is_dttm"]]
    assert dates == ["placed", "day"]


def test_a_limit_is_never_raised(client: Client, database: int) -> None:
    rows = client.rows(database, "select note from orders order by placed limit 2")
    assert [row["note"] for row in rows] == ["n0", "n1"]


def test_moments_that_python_has_not_are_text(client: Client, duck: int) -> None:
    (row,) = client.rows(duck, "select timestamp '12026-01-02 03:04:05' as t")
    assert row["t"].startswith("+12026-01-02") or row["t"].startswith("12026-01-02")


def test_the_chosen_schema_is_where_names_are(client: Client, duck: int) -> None:
    schema = f"chosen_{time.time_ns()}"
    sql = f"create schema {schema}; create table {schema}.only_here as select 7 as n"
    client.execute(duck, sql).ok()
    rows = client.rows(duck, "select n from only_here", schema=schema)
    assert rows == [{"n": 7}]


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("select nocol from orders", "COLUMN_DOES_NOT_EXIST_ERROR"),
        ("select * from nosuch", "TABLE_DOES_NOT_EXIST_ERROR"),
    ],
)
def test_errors_by_kind(client: Client, database: int, sql: str, kind: str) -> None:
    answer = client.execute(database, sql)
    assert answer.errors == [kind]


def test_explain_is_not_limited(client: Client, database: int) -> None:
    assert client.rows(database, "EXPLAIN select * from orders")


def test_a_table_is_made_of_a_query(client: Client, database: int, schema: str) -> None:
    table = f"ctas_{time.time_ns()}"
    client.execute(
        database,
        "select region, note from orders where amount < 7",
        schema=schema,
        select_as_cta=True,
        ctas_method="TABLE",
        tmp_table_name=table,
    ).ok()
    found = client.rows(database, f"select count(*) as n from {schema}.{table}")
    assert found == [{"n": 7}]


def test_data_is_changed_only_where_that_is_allowed(
    client: Client, duck_uri: str
) -> None:
    careful = client.add_database(duck_uri, allow_dml=False)
    for sql in (
        "delete from orders",
        "EXPLAIN ANALYZE delete from orders",
        "with x as (select 1) insert into orders select * from orders",
        "copy orders to 'somewhere'",
        "attach ':memory:' as other",
        "vacuum",
        "call pragma_version()",
    ):
        assert client.execute(careful, sql).errors == ["DML_NOT_ALLOWED_ERROR"], sql
    assert client.rows(careful, "select count(*) as n from orders") == [{"n": 124}]


def test_several_statements(client: Client, duck: int) -> None:
    table = f"several_{time.time_ns()}"
    sql = (
        f"create table {table} (n integer); insert into {table} values (1), (2);"
        f" select sum(n) as s from {table}"
    )
    assert client.rows(duck, sql) == [{"s": 3}]


def test_a_plan_is_the_estimate(client: Client, database: int, schema: str) -> None:
    body = {"database_id": database, "sql": "select * from orders", "schema": schema}
    (plan,) = client.post("/api/v1/sqllab/estimate/", body).ok()["result"]
    assert any("orders" in text.lower() for text in plan.values())


def upload(
    client: Client,
    version: tuple[int, ...],
    database: int,
    text: str,
    **fields: str,
) -> Answer:
    """The dialogue for CSV files."""
    new = version >= (5,)
    word, kind = ("upload", {"type": "csv"}) if new else ("csv_upload", {})
    path = f"/api/v1/database/{database}/{word}/"
    return client.upload(path, {**kind, **fields}, "a.csv", text)


def test_a_csv_file_is_uploaded(
    client: Client, version: tuple[int, ...], database: int, schema: str
) -> None:
    table = f"upload_{time.time_ns()}"
    fields = {"table_name": table, "schema": schema, "column_dates": "day"}
    text = "a,b,day\n1,x,2026-01-01\n2,,2026-01-02\n"
    once = {**fields, "already_exists": "fail"}
    upload(client, version, database, text, **once).ok()
    rows = client.rows(database, f"select * from {schema}.{table} order by a")
    assert [(row["a"], row["b"]) for row in rows] == [(1, "x"), (2, None)]
    assert rows[1]["day"].startswith("2026-01-02")
    assert upload(client, version, database, text, **once).status >= 400
    more = {**fields, "already_exists": "append"}
    upload(client, version, database, text, **more).ok()
    found = client.rows(database, f"select count(*) as n from {schema}.{table}")
    assert found == [{"n": 4}]


def test_an_upload_is_one_ingest(
    client: Client, version: tuple[int, ...], go_fresh: Any
) -> None:
    server = go_fresh()
    uri = f"flightsql://{server.address}?transport=tcp"
    number = client.add_database(uri, allow_file_upload=True)
    text = "a,b\n" + "".join(f"{n},x\n" for n in range(1000))
    fields = {"table_name": "uploaded", "already_exists": "fail"}
    upload(client, version, number, text, **fields).ok()
    calls = [call.method for call in server.calls()]
    assert calls.count("DoPut") == 1
    found = client.rows(number, "select count(*) as n from uploaded")
    assert found == [{"n": 1000}]


def test_rows_are_exported(client: Client, database: int) -> None:
    client_id = f"exp{time.time_ns() % 10**7}"
    sql = "select region, count(*) as n from orders group by region order by region"
    client.execute(database, sql, client_id=client_id).ok()
    answer = client.get(f"/api/v1/sqllab/export/{client_id}/")
    assert answer.status == 200
    lines = answer.text.lstrip("\ufeff").splitlines()
    assert lines == ["region,n", "north,62", "south,62"]


LONG = (
    "select count(*) as n from orders a, orders b, orders c, orders d, orders e"
    " where (a.amount * 3 + b.amount * 5 + c.amount * 7 + d.amount + e.amount) % 2 = 9"
)


def test_stop_ends_the_query_on_the_server(client: Client, database: int) -> None:
    answers: list[Any] = []
    client_id = f"stop{time.time_ns() % 10**7}"
    runs = threading.Thread(
        target=lambda: answers.append(
            client.execute(database, LONG, client_id=client_id)
        )
    )
    runs.start()
    client.wait_for(client_id, "running")
    began = time.monotonic()
    client.post("/api/v1/query/stop", {"client_id": client_id}).ok()
    runs.join(60)
    assert not runs.is_alive()
    assert time.monotonic() - began < 15
    assert client.wait_for(client_id)["state"] == "stopped"
    # The server's one worker is free again: nothing of it runs there any more.
    assert client.rows(database, "select 1 as one") == [{"one": 1}]


def test_progress_is_seen_while_a_query_runs(client: Client, go_fresh: Any) -> None:
    server = go_fresh()
    number = client.add_database(f"flightsql://{server.address}?transport=tcp")
    sql = "select 1 as one /* poll:400 wait:500ms progress:0.42,0.1 */"
    client_id = f"prog{time.time_ns() % 10**7}"
    more = {"client_id": client_id}
    runs = threading.Thread(target=lambda: client.execute(number, sql, **more))
    runs.start()
    query = client.wait_until(client_id, lambda query: query["progress"] > 0)
    assert query["state"] == "running"
    assert query["progress"] == 42
    client.post("/api/v1/query/stop", more).ok()
    runs.join(60)
    assert client.wait_for(client_id)["state"] == "stopped"
