# SPDX-License-Identifier: Apache-2.0
"""The driver against servers that others wrote: Go, Java, Rust, C++."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

import fletching


def rows(uri: str, sql: str, **options: Any) -> list[tuple[Any, ...]]:
    with fletching.connect(uri, **options) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def test_go_sqlite_reads_and_writes(go_sqlite: Any) -> None:
    with fletching.connect(go_sqlite.uri) as connection:
        with connection.cursor() as cursor:
            cursor.execute("drop table if exists ours")
            cursor.execute("create table ours (a integer, b varchar(10))")
            cursor.execute("insert into ours values (1, 'x'), (2, null)")
            assert cursor.rowcount == 2
            cursor.execute("select a, b from ours order by a")
            assert cursor.fetchall() == [(1, "x"), (2, None)]
            assert [column[0] for column in cursor.description] == ["a", "b"]
        connection.commit()  # SQLite in memory: readers wait for the writer
        names = [row[2] for row in connection.get_tables()]
        assert {"intTable", "foreignTable", "ours"} <= set(names)


def test_go_errors_keep_the_servers_words(go_sqlite: Any) -> None:
    with pytest.raises(fletching.DatabaseError, match="no such table"):
        rows(go_sqlite.uri, "select * from nowhere")
    assert rows(go_sqlite.uri, "select 1")[0][0] == 1


@pytest.mark.parametrize("mode", ["tls", "mtls", "tlsauth"])
def test_go_over_tls(go_secure: Any, mode: str) -> None:
    server = go_secure(mode)
    options: dict[str, str] = {"tls_root_certs": str(server.tls.ca)}
    if mode == "mtls":
        with pytest.raises(fletching.OperationalError):
            rows(server.uri, "select 1", **options)
        options["mtls_cert_chain"] = str(server.client_pair.cert)
        options["mtls_private_key"] = str(server.client_pair.key)
    if mode == "tlsauth":
        options |= {"user": server.user, "password": server.password}
    assert rows(server.uri, "select 2", **options) == [(2,)]


def test_go_basic_is_padded_base64(go_secure: Any) -> None:
    server = go_secure("auth", flags=["-padded"])
    options = {"user": server.user, "password": server.password}
    assert rows(server.uri, "select 3", **options) == [(3,)]
    with pytest.raises(fletching.OperationalError) as caught:
        rows(server.uri, "select 3", user=server.user, password="wrong")
    assert caught.value.sqlstate == "28000"
    assert "wrong" not in str(caught.value)


def test_go_bearer_token(go_secure: Any) -> None:
    server = go_secure("auth")
    assert rows(server.uri, "select 4", token=server.token) == [(4,)]
    with pytest.raises(fletching.OperationalError):
        rows(server.uri, "select 4", token="nonsense")


def test_custom_headers_are_on_every_rpc(go_secure: Any) -> None:
    server = go_secure("auth", fresh=True)
    url = f"{server.uri}?x-route=blue&x-route=green"
    assert rows(url, "select 5", user=server.user, password=server.password) == [(5,)]
    for method in ("Handshake", "GetFlightInfo", "DoGet"):
        calls = server.calls(method)
        assert calls, f"no {method}"
        for call in calls:
            assert call.headers["x-route"] == ["blue", "green"], method


def test_two_users_and_two_tenants_never_meet(go_secure: Any) -> None:
    server = go_secure("auth", flags=["-tenants", "-user", "eve:pw"], fresh=True)
    people = [(server.user, server.password), ("eve", "pw")]
    for _ in range(3):
        for user, password in people:
            for tenant in ("red", "blue"):
                url = f"{server.uri}?x-tenant={tenant}"
                found = rows(url, "select * from whoami", user=user, password=password)
                assert {user, tenant} <= set(found[0])


def test_derby_types_come_exact(derby: Any) -> None:
    server = derby("plain")
    sql = (
        "select cast(12.30 as decimal(10,2)), date('2024-02-29'),"
        " cast('x' as varchar(5)), 9223372036854775807 from sysibm.sysdummy1"
    )
    assert rows(server.uri, sql) == [
        (Decimal("12.30"), datetime.date(2024, 2, 29), "x", 9223372036854775807)
    ]


def test_derby_over_tls_with_a_login(derby: Any) -> None:
    server = derby("tlsauth")
    options = {"user": server.user, "password": server.password}
    options["tls_root_certs"] = str(server.tls.ca)
    found = rows(server.uri, "values 7", **options)
    assert found == [(7,)]


def test_roapi_queries(roapi: Any) -> None:
    server = roapi("plain")
    assert rows(server.uri, "select count(*) from city")[0][0] > 0


def test_roapi_logins(roapi: Any) -> None:
    basic = roapi("auth")
    options = {"user": basic.user, "password": basic.password}
    assert rows(basic.uri, "select 1", **options) == [(1,)]
    bearer = roapi("token")
    assert rows(bearer.uri, "select 1", token=bearer.token) == [(1,)]


@pytest.mark.parametrize("engine", ["datafusion", "duckdb"])
def test_many_endpoints_come_whole_and_in_order(embedded: Any, engine: str) -> None:
    server = embedded(engine=engine, endpoints=7)
    source = "generate_series(0, 99999)" if engine == "datafusion" else "range(100000)"
    column = "value" if engine == "datafusion" else "range"
    found = rows(server.uri, f"select {column} as v from {source} order by 1")
    assert [row[0] for row in found] == list(range(100_000))


def test_a_second_connection_costs_no_set_up(go_secure: Any) -> None:
    server = go_secure("auth", fresh=True)
    options = {"user": server.user, "password": server.password}
    for _ in range(3):
        rows(server.uri, "select 1", **options)
    assert len(server.calls("Handshake")) == 1
    assert len({call.peer for call in server.calls("GetFlightInfo")}) == 1
