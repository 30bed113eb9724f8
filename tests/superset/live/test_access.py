# SPDX-License-Identifier: Apache-2.0
"""Who may see what: tables and rows, through the SQL as it is read and written."""

from __future__ import annotations

import dataclasses
import time

import pytest
from superset_client import Client


@dataclasses.dataclass
class Restricted:
    """A user who may see one dataset, and of it the rows of the north."""

    client: Client
    dataset: int
    table: str


@pytest.fixture
def restricted(client: Client, address: str, database: int, schema: str) -> Restricted:
    """Such a user, with a table of their own."""
    number = time.time_ns()
    table = f"seen{number}"
    client.execute(
        database, f"create table {schema}.{table} as select * from {schema}.orders"
    ).ok()
    dataset = client.add_dataset(database, schema, table)
    role = client.post("/api/v1/security/roles/", {"name": f"r{number}"}).ok()["id"]
    _grant(client, role, dataset)
    user = {
        "username": f"u{number}",
        "first_name": "U",
        "last_name": "U",
        "email": f"u{number}@example.invalid",
        "password": "restricted",
        "active": True,
        "roles": [role, _role(client, "Gamma"), _role(client, "sql_lab")],
    }
    client.post("/api/v1/security/users/", user).ok()
    rule = {
        "name": f"rule{number}",
        "filter_type": "Regular",
        "tables": [dataset],
        "roles": [role],
        "clause": "region = 'north'",
        "group_key": "",
    }
    client.post("/api/v1/rowlevelsecurity/", rule).ok()
    return Restricted(Client(address, user["username"], "restricted"), dataset, table)


def _role(client: Client, name: str) -> int:
    roles = client.get("/api/v1/security/roles/?q=(page_size:100)").ok()["result"]
    return next(role["id"] for role in roles if role["name"] == name)


def _grant(client: Client, role: int, dataset: int) -> None:
    """The permission to see a dataset."""
    number = f"(id:{dataset})"
    page = 0
    while True:
        found = client.get(
            f"/api/v1/security/permissions-resources/?q=(page:{page},page_size:1000)"
        ).ok()["result"]
        for each in found:
            if each["view_menu"]["name"].endswith(number):
                path = f"/api/v1/security/roles/{role}/permissions"
                body = {"permission_view_menu_ids": [each["id"]]}
                client.post(path, body).ok()
                return
        assert found, "the dataset has no permission"
        page += 1


def test_only_the_rows_that_a_user_may_see(
    restricted: Restricted, client: Client, database: int, schema: str
) -> None:
    table = f"{schema}.{restricted.table}"
    sql = f"select region, count(*) as n from {table} group by region order by 1"
    everything = client.rows(database, sql)
    assert [row["region"] for row in everything] == ["north", "south"]
    for text in (
        sql,
        f"select region, count(*) as n from {restricted.table} t group by region",
        f"with x as (select * from {table}) select region, count(*) as n from x"
        " group by region",
        f"select region, count(*) as n from (select * from {table}) q"
        " group by region limit 5",
    ):
        rows = restricted.client.rows(database, text, schema=schema)
        assert rows == [{"region": "north", "n": 62}], text


def test_rows_are_restricted_behind_an_engines_own_functions(
    restricted: Restricted, database: int, schema: str
) -> None:
    table = f"{schema}.{restricted.table}"
    bins = {
        "public": "date_bin(interval '1 day', placed)",
        "main": "time_bucket(interval '1 day', placed)",
    }[schema]
    sql = (
        f"select {bins} as day, median(amount) as m, count(*) filter (where true) as n"
        f" from {table} where region like '%o%' group by 1 order by 1"
    )
    rows = restricted.client.rows(database, sql, schema=schema)
    assert len(rows) == 31
    assert sum(row["n"] for row in rows) == 62


def test_explain_has_the_rows_restricted_too(
    restricted: Restricted, database: int, schema: str
) -> None:
    sql = f"EXPLAIN select * from {schema}.{restricted.table}"
    plan = str(restricted.client.rows(database, sql, schema=schema))
    assert "north" in plan


def test_a_chart_has_the_rows_restricted(restricted: Restricted) -> None:
    count = {"expressionType": "SQL", "sqlExpression": "COUNT(*)", "label": "n"}
    result = restricted.client.chart(
        restricted.dataset, columns=["region"], metrics=[count]
    )
    assert result["data"] == [{"region": "north", "n": 62}]


def test_other_tables_are_refused(
    restricted: Restricted, database: int, schema: str
) -> None:
    seen, other = f"{schema}.{restricted.table}", f"{schema}.orders"
    for sql in (
        f"select * from {other}",
        "select * from orders",
        f"select * from {seen} union all select * from {other}",
        f"select (select count(*) from {other}) as n from {seen}",
        f"with {restricted.table} as (select * from {other})"
        f" select * from {restricted.table}",
        f"EXPLAIN select * from {other}",
        f"select 1 /* from {seen} */ from {other}",
    ):
        answer = restricted.client.execute(database, sql, schema=schema)
        assert "TABLE_SECURITY_ACCESS_ERROR" in answer.errors, (sql, answer.text)
