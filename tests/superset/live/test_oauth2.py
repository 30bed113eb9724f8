# SPDX-License-Identifier: Apache-2.0
"""OAuth2: a user's own token, from an authorization server of the tests'."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from emulators.oauth import CLIENT, SECRET, OAuthServer
from superset_client import Answer, Client

TOKENS = ("users-token-1", "users-token-2", "users-token-3")
ONE = "select 1 as one"


@pytest.fixture(autouse=True)
def _new_enough(version: tuple[int, ...]) -> None:
    if version < (5,):
        pytest.skip("Superset 4.1 adds no database that refuses its own connection")


@pytest.fixture
def oauth(version: tuple[int, ...]) -> Iterator[OAuthServer]:
    """An authorization server; before 6.1 Superset sends no challenge."""
    running = OAuthServer(list(TOKENS))
    running.pkce = version >= (6, 1)
    yield running
    running.close()


@pytest.fixture
def login(version: tuple[int, ...], oauth: OAuthServer) -> dict[str, Any]:
    """A database's "Secure extra"."""
    client = {
        "id": CLIENT,
        "secret": SECRET,
        "scope": "sql",
        "authorization_request_uri": f"{oauth.url}/authorize",
        "token_request_uri": f"{oauth.url}/token",
    }
    if version < (6, 1):
        client["request_content_type"] = "data"
    return {"oauth2_client_info": client}


@pytest.fixture(scope="module")
def uri(embedded: Any, data: Any) -> str:
    """A server that takes these tokens and no others."""
    server = embedded(data=str(data), token=list(TOKENS))
    return f"datafusion+flightsql://{server.address}?insecure=true"


def add(client: Client, uri: str, secrets: dict[str, Any]) -> int:
    """A database whose users log in."""
    return client.add_database(
        uri, impersonate_user=True, masked_encrypted_extra=json.dumps(secrets)
    )


def sent_away(answer: Answer) -> str:
    """Where an answer sends the user."""
    assert answer.errors == ["OAUTH2_REDIRECT"], answer.text
    (error,) = answer.json["errors"]
    return str(error["extra"]["url"])


def come_back(url: str) -> None:
    """Allow it there, as a browser; the way leads back to Superset."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=100) as answer:
        assert answer.status == 200


def test_a_user_logs_in_and_asks_with_a_token_of_their_own(
    client: Client, uri: str, oauth: OAuthServer, login: dict[str, Any]
) -> None:
    number = add(client, uri, login)
    url = sent_away(client.execute(number, ONE))
    assert urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["scope"] == ["sql"]
    come_back(url)
    assert client.rows(number, ONE) == [{"one": 1}]
    dataset = client.add_dataset(number, "public", "logged in", sql=ONE)
    assert client.chart(dataset, columns=["one"])["data"] == [{"one": 1}]
    assert oauth.grants == ["authorization_code"]
    shown = client.get(f"/api/v1/database/{number}/connection").text
    assert SECRET not in shown
    assert "users-token" not in shown


def test_a_token_that_is_over_is_renewed(
    client: Client, uri: str, oauth: OAuthServer, login: dict[str, Any]
) -> None:
    number = add(client, uri, login)
    oauth.lifetime = 0.001
    come_back(sent_away(client.execute(number, ONE)))
    oauth.lifetime = None  # an hour
    assert client.rows(number, ONE) == [{"one": 1}]
    assert client.rows(number, "select 2 as two") == [{"two": 2}]
    assert oauth.grants == ["authorization_code", "refresh_token"]


def test_a_token_that_cannot_be_renewed_means_to_log_in_again(
    client: Client, uri: str, oauth: OAuthServer, login: dict[str, Any]
) -> None:
    number = add(client, uri, login)
    oauth.lifetime = 0.001
    come_back(sent_away(client.execute(number, ONE)))
    oauth.refresh = "refresh-9"  # theirs is revoked
    oauth.lifetime = 3600
    come_back(sent_away(client.execute(number, ONE)))
    assert client.rows(number, ONE) == [{"one": 1}]


def test_a_token_that_the_database_refuses_means_to_log_in_again(
    client: Client, uri: str, oauth: OAuthServer, login: dict[str, Any]
) -> None:
    oauth.tokens = ["not-known", "users-token-1"]
    number = add(client, uri, login)
    come_back(sent_away(client.execute(number, ONE)))
    come_back(sent_away(client.execute(number, ONE)))
    assert client.rows(number, ONE) == [{"one": 1}]


def test_the_databases_own_token_does_not_take_the_users_place(
    client: Client, uri: str, oauth: OAuthServer, login: dict[str, Any]
) -> None:
    number = add(client, uri, login)
    come_back(sent_away(client.execute(number, ONE)))
    secrets = {"masked_encrypted_extra": json.dumps({"token": "over", **login})}
    client.put(f"/api/v1/database/{number}", secrets).ok()
    assert client.rows(number, ONE) == [{"one": 1}]


def test_what_the_authorization_server_refuses_is_said(
    client: Client, uri: str, oauth: OAuthServer, login: dict[str, Any]
) -> None:
    login["oauth2_client_info"]["secret"] = "another secret"
    number = add(client, uri, login)
    url = sent_away(client.execute(number, ONE))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(urllib.error.HTTPError) as caught:
        opener.open(url, timeout=100)
    text = caught.value.read().decode()
    assert "invalid_client" in text
    assert "another secret" not in text
