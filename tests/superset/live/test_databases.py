# SPDX-License-Identifier: Apache-2.0
"""Adding databases, and what is seen of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from superset_client import Client

OURS = {
    "flightsql": "Arrow Flight SQL",
    "datafusion": "Apache DataFusion",
    "influxdb3": "InfluxDB 3",
    "gizmosql": "GizmoSQL (DuckDB)",
}


def test_the_databases_are_listed_without_configuration(client: Client) -> None:
    listed = client.get("/api/v1/database/available/").ok()["databases"]
    found = {each["engine"]: each for each in listed}
    for engine, name in OURS.items():
        assert found[engine]["name"] == name
        assert "flightsql" in found[engine]["available_drivers"]
        assert found[engine]["default_driver"] == "flightsql"
        assert "host" in found[engine]["parameters"]["properties"]


def test_a_connection_is_tested(client: Client, fusion_uri: str) -> None:
    assert client.test_connection(fusion_uri).status == 200


def test_what_is_wrong_with_a_connection_is_said(
    client: Client, fusion_uri: str
) -> None:
    wrong = client.test_connection(fusion_uri.replace("a%20secret", "wrong"))
    assert wrong.errors == ["CONNECTION_ACCESS_DENIED_ERROR"]
    assert "wrong user name or password" in wrong.text
    assert "Unauthenticated]" not in wrong.text
    host, _, port = fusion_uri.partition("@")[2].partition("?")[0].partition(":")
    closed = client.test_connection(fusion_uri.replace(f":{port}", ":9"))
    assert closed.errors == ["CONNECTION_PORT_CLOSED_ERROR"]
    nowhere = client.test_connection(fusion_uri.replace(host, "no.such.host.invalid"))
    assert nowhere.errors == ["CONNECTION_INVALID_HOSTNAME_ERROR"]
    plain = client.test_connection(fusion_uri.replace("?insecure=true", ""))
    assert "does not speak TLS" in plain.text


@pytest.mark.parametrize(
    "parameter",
    ["token=x", "disable_server_verification=true", "fletching.tls_root_certs=/a/b"],
)
def test_what_a_uri_must_not_say_is_refused(
    client: Client, fusion_uri: str, parameter: str
) -> None:
    answer = client.test_connection(f"{fusion_uri}&{parameter}")
    assert answer.status >= 400
    assert "URL: " in answer.text


def test_a_form_becomes_a_database(client: Client, fusion_server: Any) -> None:
    host, _, port = fusion_server.address.partition(":")
    parameters = {
        "host": host,
        "port": int(port),
        "username": "me",
        "password": "a secret",
        "encryption": False,
        "query": {},
    }
    number = client.add_by_form("datafusion", parameters)
    shown = client.of_database(number, "connection")
    assert shown["sqlalchemy_uri"].startswith("datafusion+flightsql://me:XXXXXXXXXX@")
    assert shown["parameters"]["host"] == host
    assert shown["parameters"]["encryption"] is False
    assert client.rows(number, "select 1 as one") == [{"one": 1}]


def test_schemas_tables_and_columns(client: Client, database: int, schema: str) -> None:
    assert schema in client.of_database(database, "schemas/")
    tables = client.of_database(database, "tables/", q=f"(schema_name:{schema})")
    assert "orders" in [table["value"] for table in tables]
    about = client.of_database(
        database, "table_metadata/", name="orders", schema=schema
    )
    kinds = {column["name"]: column["type"] for column in about["columns"]}
    assert kinds["placed"].startswith("TIMESTAMP")
    assert kinds["region"] == "VARCHAR"
    assert "orders" in about["selectStar"]


def test_catalogs(client: Client, version: tuple[int, ...], fusion: int) -> None:
    assert client.of_database(fusion, "catalogs/") == ["datafusion"]


def test_functions_are_listed(client: Client, database: int) -> None:
    names = client.of_database(database, "function_names/")["function_names"]
    assert "date_trunc" in names


def test_the_users_name_goes_out_in_a_header(
    client: Client, version: tuple[int, ...], go_secure: Any
) -> None:
    if version < (6,):
        pytest.skip("Superset 4.1 does not say whose database it is")
    server = go_secure("plain")
    number = client.add_database(
        f"flightsql://{server.address}?transport=tcp",
        impersonate_user=True,
        extra={"impersonation_header": "X-Real-User"},
    )
    client.rows(number, "select 1 as one")
    assert server.calls("DoGet")[-1].header("x-real-user") == "admin"


def test_a_query_after_the_first_costs_two_calls(
    client: Client, go_secure: Any
) -> None:
    server = go_secure("plain")
    number = client.add_database(f"flightsql://{server.address}?transport=tcp")
    client.rows(number, "select 1 as one")
    before = len(server.calls())
    client.rows(number, "select 2 as two")
    methods = [call.method for call in server.calls()[before:]]
    # This server tells how far a query is, and has a session, which is closed.
    assert methods == ["PollFlightInfo", "DoGet", "DoAction"]


def test_a_token_is_a_secret(client: Client, embedded: Any, data: Any) -> None:
    server = embedded(data=str(data), token="a-token-of-the-tests")
    uri = f"datafusion+flightsql://:a-token-of-the-tests@{server.address}?insecure=true"
    number = client.add_database(uri)
    assert client.rows(number, "select 1 as one") == [{"one": 1}]
    shown = client.get(f"/api/v1/database/{number}/connection").text
    assert "a-token-of-the-tests" not in shown
    plain = f"datafusion+flightsql://{server.address}?insecure=true"
    header = "adbc.flight.sql.rpc.call_header.x-key"
    for secret in (
        {"token": "a-token-of-the-tests"},
        {"authorization_header": "Bearer a-token-of-the-tests"},
        {"connect_args": {"token": "a-token-of-the-tests", header: "a-token-of-ours"}},
    ):
        number = client.add_database(plain, masked_encrypted_extra=json.dumps(secret))
        assert client.rows(number, "select 1 as one") == [{"one": 1}]
        shown = client.get(f"/api/v1/database/{number}/connection").text
        assert "a-token-of" not in shown
        # Saved as it is shown, it is what it was.
        database = client.get(f"/api/v1/database/{number}/connection").ok()["result"]
        kept = {"masked_encrypted_extra": database["masked_encrypted_extra"]}
        client.put(f"/api/v1/database/{number}", kept).ok()
        assert client.rows(number, "select 2 as two") == [{"two": 2}]


def test_a_private_authority_is_trusted(
    client: Client, embedded: Any, tls_files: Any, data: Any
) -> None:
    server = embedded(data=str(data), tls=True)
    uri = f"datafusion+flightsql://{server.address}"
    untrusted = client.test_connection(uri)
    assert untrusted.status >= 400
    assert "certificate" in untrusted.text
    authority = tls_files.ca.read_text()
    assert client.test_connection(uri, server_cert=authority).status == 200
    number = client.add_database(uri, server_cert=authority)
    assert client.rows(number, "select 1 as one") == [{"one": 1}]
