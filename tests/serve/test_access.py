# SPDX-License-Identifier: Apache-2.0
"""Credentials, TLS, cookies and what the server shows of a call."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import adbc_driver_flightsql.dbapi as adbc
import pyarrow.flight as flight
import pytest
from serving import Server

USER = "select user_name from fletching_session"


@pytest.fixture(scope="module")
def guarded(start_server: Callable[..., Server]) -> Server:
    users = ["--user", "alice", "--password", "a:1", "--user", "bob", "--password", "b"]
    return start_server(*users, "--token", "fixed-token")


def _authorize(value: str) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", value.encode())]


def test_handshake_gives_a_bearer(guarded: Server) -> None:
    client = guarded.client()
    name, value = client.flight.authenticate_basic_token("alice", "a:1")
    assert name == b"authorization"
    assert value.startswith(b"Bearer ")
    assert len(value) > 40
    client.headers = [(name, value)]
    assert client.rows(USER) == [("alice",)]
    _, other = client.flight.authenticate_basic_token("bob", "b")
    assert other != value
    client.headers = [(name, other)]
    assert client.rows(USER) == [("bob",)]


@pytest.mark.parametrize("padding", ["", "="])
def test_basic_on_any_call(guarded: Server, padding: str) -> None:
    client = guarded.client()
    text = base64.b64encode(b"alice:a:1").decode().rstrip("=") + padding
    if len(text) % 4 == 1:
        text = text.rstrip("=")
    client.headers = _authorize(f"Basic {text}")
    assert client.rows(USER) == [("alice",)]
    answered = [headers.get("authorization") for headers in client.jar.received]
    assert any(values and values[0].startswith("Bearer ") for values in answered)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer nope",
        "Bearer ",
        "Basic !!!",
        "Basic " + base64.b64encode(b"alice:wrong").decode(),
        "Basic " + base64.b64encode(b"nobody:a:1").decode(),
        "Basic " + base64.b64encode(b"alice").decode(),
        "Digest x",
    ],
)
def test_wrong_credentials_are_refused(guarded: Server, value: str) -> None:
    client = guarded.client()
    client.headers = _authorize(value) if value else []
    with pytest.raises(flight.FlightUnauthenticatedError):
        client.query_info("select 1")
    with pytest.raises(flight.FlightUnauthenticatedError):
        client.action("CancelFlightInfo")


def test_wrong_password_in_the_handshake(guarded: Server) -> None:
    with pytest.raises(flight.FlightUnauthenticatedError):
        guarded.client().flight.authenticate_basic_token("alice", "b")


def test_handshake_with_a_payload(guarded: Server) -> None:
    class Old(flight.ClientAuthHandler):
        token = b""

        def __init__(self, password: bytes) -> None:
            super().__init__()
            self.password = password

        def authenticate(self, outgoing: object, incoming: object) -> None:
            raw = flight.BasicAuth(b"bob", self.password).serialize()
            outgoing.write(raw)  # type: ignore[attr-defined]
            self.token = incoming.read()  # type: ignore[attr-defined]

        def get_token(self) -> bytes:
            return self.token

    client = guarded.client()
    client.flight.authenticate(Old(b"b"))
    assert client.rows(USER) == [("bob",)]
    # A refusal is tested on the handler below: pyarrow's client may abort the whole
    # process when its payload handshake is refused.


@pytest.mark.parametrize("payload", [b"", b"\x12\x03bob\x1a\x01x", b"\xff", None])
def test_handshake_refuses_a_wrong_payload(payload: bytes | None) -> None:
    from fletching.serve import _auth

    class Incoming:
        def read(self) -> bytes:
            if payload is None:
                raise OSError("Stream is closed")
            return payload

    class Outgoing:
        def __init__(self) -> None:
            self.written: list[bytes] = []

        def write(self, data: bytes) -> None:
            self.written.append(data)

    credentials = _auth.Credentials({"bob": "b"}, [])
    factory = _auth.CallMiddlewareFactory(credentials, None, _auth.CallLog())
    outgoing = Outgoing()
    with pytest.raises(flight.FlightUnauthenticatedError):
        _auth.Handshake(credentials, factory).authenticate(outgoing, Incoming())
    assert outgoing.written == []


def test_fixed_token(guarded: Server) -> None:
    client = guarded.client()
    client.headers = _authorize("Bearer fixed-token")
    assert client.rows("select 1") == [(1,)]


def test_adbc_logs_in(guarded: Server) -> None:
    options = {"username": "bob", "password": "b"}
    with (
        adbc.connect(guarded.uri, db_kwargs=options, autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(USER)
        assert cursor.fetchall() == [("bob",)]


def test_handles_belong_to_their_user(guarded: Server) -> None:
    alice, bob = guarded.client(), guarded.client()
    alice.headers = [alice.flight.authenticate_basic_token("alice", "a:1")]
    bob.headers = [bob.flight.authenticate_basic_token("bob", "b")]
    info = alice.query_info("select 42 as a")
    with pytest.raises(KeyError):
        bob.read(info)
    bob.jar.cookies = dict(alice.jar.cookies)
    assert bob.rows("select session_id from fletching_session") != [
        (alice.jar.cookies["arrow_flight_session_id"],)
    ]
    assert alice.rows("select 1") == [(1,)]


def test_headers_of_every_call_are_shown(any_server: Server) -> None:
    client = any_server.client()
    client.headers = [(b"x-tenant", b"red"), (b"authorization", b"Bearer secret")]
    client.query("select 1")
    client.metadata("CommandGetCatalogs")
    shown = client.rows("select method, headers from fletching_calls order by number")
    mine = [m for m, headers in shown if json.loads(headers).get("x-tenant") == "red"]
    assert mine[-5:-1] == ["GET_FLIGHT_INFO", "DO_GET", "GET_FLIGHT_INFO", "DO_GET"]
    assert "secret" not in str(shown)
    [(headers,)] = client.rows("select headers from fletching_session")
    assert json.loads(headers)["x-tenant"] == "red"


def test_cookie_is_set_once_and_kept(any_server: Server) -> None:
    client = any_server.client()
    sql = "select session_id from fletching_session"
    first = client.rows(sql)
    assert first == client.rows(sql)
    assert first == [(client.jar.cookies["arrow_flight_session_id"],)]
    cookies = [h for h in client.jar.received if "set-cookie" in h]
    assert len(cookies) == 1


def test_no_cookies(start_server: Callable[..., Server]) -> None:
    client = start_server("--no-cookies").client()
    assert client.rows("select session_id from fletching_session") == [(None,)]
    assert client.jar.cookies == {}


def _ca_of(server: Server) -> Path:
    assert server.process.stderr is not None
    while line := server.process.stderr.readline():
        if "CA certificate: " in line:
            return Path(line.split(": ", 1)[1].strip())
    raise AssertionError("no CA file named")


def test_tls_with_its_own_certificate(start_server: Callable[..., Server]) -> None:
    server = start_server("--tls")
    assert server.uri.startswith("grpc+tls://")
    ca = _ca_of(server)
    client = server.client(tls_root_certs=ca.read_bytes())
    assert client.rows("select 1") == [(1,)]
    with pytest.raises(flight.FlightUnavailableError):
        server.client().query("select 1")
    assert not [key for key in ca.parent.iterdir() if key.suffix == ".key"]
    server.stop()
    assert not ca.parent.exists()


def _certificates(directory: Path) -> None:
    run = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"]
    run += ["ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    for name in ("server", "client"):
        subprocess.run(
            [*run, "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", f"{name}.key", "-out", f"{name}.pem"],
            cwd=directory, check=True, capture_output=True,
        )  # fmt: skip


def test_mutual_tls(start_server: Callable[..., Server], tmp_path: Path) -> None:
    _certificates(tmp_path)
    pem = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    server = start_server(
        "--tls-cert", str(tmp_path / "server.pem"),
        "--tls-key", str(tmp_path / "server.key"),
        "--client-ca", str(tmp_path / "client.pem"),
    )  # fmt: skip
    client = server.client(
        tls_root_certs=pem["server.pem"],
        cert_chain=pem["client.pem"],
        private_key=pem["client.key"],
    )
    assert client.rows("select 1") == [(1,)]
    with pytest.raises(flight.FlightUnavailableError):
        server.client(tls_root_certs=pem["server.pem"]).query("select 1")
