# SPDX-License-Identifier: Apache-2.0
"""Each server of the fixtures answers a client that others wrote, as its mode says.

These keep the fixtures honest; what our driver does with them is tested elsewhere.
"""

from __future__ import annotations

import base64
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import adbc_driver_manager
import pyarrow.flight as flight
import pytest
from adbc_driver_flightsql import DatabaseOptions, dbapi
from net.connect_proxy import ConnectProxy
from net.tcp_tricks import Relay, server_context
from servers.launch import GO_MODES, Server

AUTHORIZATION = DatabaseOptions.AUTHORIZATION_HEADER.value
CA = DatabaseOptions.TLS_ROOT_CERTS.value
CALL_HEADER = "adbc.flight.sql.rpc.call_header."
COOKIES = "adbc.flight.sql.rpc.with_cookie_middleware"
UNAUTHENTICATED = adbc_driver_manager.AdbcStatusCode.UNAUTHENTICATED


def login_of(server: Server) -> dict[str, str]:
    """The options that get a client in."""
    options: dict[str, str] = {}
    if server.tls is not None:
        options[CA] = server.tls.ca.read_text()
    if server.client_pair is not None:
        options[DatabaseOptions.MTLS_CERT_CHAIN.value] = (
            server.client_pair.cert.read_text()
        )
        options[DatabaseOptions.MTLS_PRIVATE_KEY.value] = (
            server.client_pair.key.read_text()
        )
    if server.user is not None:
        options |= {"username": server.user, "password": server.password or ""}
    elif server.token is not None:
        options[AUTHORIZATION] = f"Bearer {server.token}"
    return options


@contextmanager
def cursor(server: Server, **changes: str) -> Iterator[Any]:
    """A cursor of the reference client; `changes` to its options, "" removes one."""
    uri = server.uri.replace("grpc://", "grpc+tcp://")
    options = {k: v for k, v in {**login_of(server), **changes}.items() if v}
    connection = dbapi.connect(uri, db_kwargs=options, autocommit=True)
    try:
        with connection.cursor() as one:
            yield one
    finally:
        connection.close()


def rows(server: Server, sql: str, **changes: str) -> list[tuple[Any, ...]]:
    """The rows of one query on a connection of its own."""
    with cursor(server, **changes) as one:
        one.execute(sql)
        return one.fetchall()


def statement(sql: str) -> flight.FlightDescriptor:
    """Flight SQL's CommandStatementQuery, in Any, for a client of plain Flight."""

    def field(number: int, data: bytes) -> bytes:
        assert len(data) < 128, "one byte of length"
        return bytes([number << 3 | 2, len(data)]) + data

    name = b"type.googleapis.com/arrow.flight.protocol.sql.CommandStatementQuery"
    query = field(1, sql.encode())
    return flight.FlightDescriptor.for_command(field(1, name) + field(2, query))


INT_TABLE = [("one", 1), ("zero", 0), ("negative one", -1), (None, None)]
SELECT_INTS = "SELECT keyName, value FROM intTable ORDER BY id LIMIT 4"


def test_go_sqlite(go_sqlite: Server) -> None:
    assert rows(go_sqlite, SELECT_INTS) == INT_TABLE


@pytest.mark.parametrize("mode", GO_MODES)
def test_go_secure(go_secure: Callable[..., Server], mode: str) -> None:
    server = go_secure(mode)
    assert server.uri.startswith("grpc+tls://" if "tls" in mode else "grpc://")
    assert rows(server, SELECT_INTS) == INT_TABLE


def test_go_secure_is_started_once(go_secure: Callable[..., Server]) -> None:
    first, again = go_secure("plain"), go_secure("plain")
    assert first is again
    assert go_secure("plain", fresh=True).process.pid != first.process.pid


@pytest.mark.parametrize("mode", ["tls", "mtls"])
def test_go_secure_refuses_without_certificates(
    go_secure: Callable[..., Server], mode: str
) -> None:
    server = go_secure(mode)
    changes = {CA: ""} if mode == "tls" else {"mtls": ""}
    if mode == "mtls":
        changes = {
            DatabaseOptions.MTLS_CERT_CHAIN.value: "",
            DatabaseOptions.MTLS_PRIVATE_KEY.value: "",
        }
    with pytest.raises(
        adbc_driver_manager.Error, match=r"certificate|broken pipe|reset"
    ):
        rows(server, "SELECT 1", **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"username": "", "password": ""},
        {"password": "wrong"},
        {"username": "", "password": "", AUTHORIZATION: "Bearer wrong"},
    ],
    ids=["none", "password", "token"],
)
def test_go_secure_refuses_logins(
    go_secure: Callable[..., Server], changes: dict[str, str]
) -> None:
    with pytest.raises(adbc_driver_manager.Error) as caught:
        rows(go_secure("auth"), "SELECT 1", **changes)
    assert (
        caught.value.status_code == adbc_driver_manager.AdbcStatusCode.UNAUTHENTICATED
    )


def test_go_secure_takes_the_fixed_token(go_secure: Callable[..., Server]) -> None:
    server = go_secure("auth")
    changes = {"username": "", "password": ""}
    changes[AUTHORIZATION] = f"Bearer {server.token}"
    assert rows(server, SELECT_INTS, **changes) == INT_TABLE


def test_go_secure_logs_every_call(go_secure: Callable[..., Server]) -> None:
    server = go_secure("auth", fresh=True)
    assert server.calls() == []
    rows(server, "SELECT 1", **{CALL_HEADER + "x-mine": "hello"})
    (handshake,) = server.calls("Handshake")
    assert (handshake.header("authorization") or "").startswith("Basic ")
    for method in ("GetFlightInfo", "DoGet"):
        call = server.calls(method)[-1]
        assert call.header("x-mine") == "hello"
        assert (call.header("authorization") or "").startswith("Bearer ")
        assert call.peer.startswith("127.0.0.1:")


def test_go_secure_survives_the_example_s_panics(
    go_secure: Callable[..., Server],
) -> None:
    server = go_secure("plain", flags=["-example-reader"], fresh=True)
    with cursor(server) as one:
        one.execute("CREATE TABLE odd (at TIMESTAMP)")
        one.fetchall()
        one.adbc_prepare("SELECT at FROM odd")
        with pytest.raises(adbc_driver_manager.Error, match="panic"):
            one.execute("SELECT at FROM odd", [])
    assert rows(server, SELECT_INTS) == INT_TABLE
    assert "panic in" in server.log()


def test_go_secure_keeps_sessions_under_a_cookie(
    go_secure: Callable[..., Server],
) -> None:
    server = go_secure("plain", fresh=True)
    with cursor(server, **{COOKIES: "true"}) as one:
        connection = one.connection.adbc_connection
        connection.set_options(**{"adbc.flight.sql.session.option.flavour": "salt"})
        assert "salt" in connection.get_option("adbc.flight.sql.session.options")
        assert "arrow_flight_session_id=" in str(server.calls()[-1].headers["cookie"])
        one.execute("SELECT 1")


def test_go_secure_keeps_tenants_apart(go_secure: Callable[..., Server]) -> None:
    flags = ["-tenants", "-user", "bob:builder"]
    server = go_secure("auth", flags=flags)
    tenant = CALL_HEADER + "x-tenant"
    red = {tenant: "red"}
    bob = {"username": "bob", "password": "builder", tenant: "blue"}
    assert rows(server, "SELECT * FROM whoami", **red) == [(server.user, "red")]
    assert rows(server, "SELECT * FROM whoami", **bob) == [("bob", "blue")]
    with cursor(server, **red) as one:
        one.executescript("CREATE TABLE mine (a int)")
    with pytest.raises(adbc_driver_manager.Error, match="no such table"):
        rows(server, "SELECT * FROM mine", **bob)
    assert rows(server, "SELECT * FROM mine", **red) == []


def test_go_secure_spends_tokens(go_secure: Callable[..., Server]) -> None:
    server = go_secure("auth", flags=["-token-uses", "3"])
    with flight.connect(server.uri) as client:
        login = client.authenticate_basic_token(server.user, server.password)
        options = flight.FlightCallOptions(headers=[login])
        for _ in range(3):
            client.get_flight_info(statement("SELECT 1"), options)
        with pytest.raises(flight.FlightUnauthenticatedError, match="expired"):
            client.get_flight_info(statement("SELECT 1"), options)
    assert [call.method for call in server.calls()] == (
        ["Handshake", *["GetFlightInfo"] * 4]
    )


@pytest.mark.parametrize("padded", [True, False])
def test_go_secure_judges_padding(
    go_secure: Callable[..., Server], padded: bool
) -> None:
    """Basic by hand: the reference client never pads."""
    flags = ["-no-handshake", "-padded", "-user", "bob:builder"]
    server = go_secure("auth", flags=flags)
    login = base64.b64encode(b"bob:builder").decode()
    assert login.endswith("=")
    changes = {"username": "", "password": ""}
    changes[AUTHORIZATION] = f"Basic {login if padded else login.rstrip('=')}"
    if padded:
        assert rows(server, SELECT_INTS, **changes) == INT_TABLE
    else:
        with pytest.raises(adbc_driver_manager.Error, match="illegal base64"):
            rows(server, "SELECT 1", **changes)


def test_go_secure_rotates_tokens(go_secure: Callable[..., Server]) -> None:
    """The reference client takes the new token of each answer, so none runs out."""
    server = go_secure("auth", flags=["-token-uses", "3", "-rotate"])
    with cursor(server) as one:
        for _ in range(6):
            one.execute("SELECT 1")
            assert one.fetchall() == [(1,)]
    tokens = {call.header("authorization") for call in server.calls("DoGet")}
    assert len(tokens) == len(server.calls("DoGet")) >= 6


def test_go_secure_compresses(go_secure: Callable[..., Server]) -> None:
    server = go_secure("plain", flags=["-gzip"])
    assert rows(server, SELECT_INTS) == INT_TABLE
    assert "gzip" in (server.calls("DoGet")[-1].header("grpc-accept-encoding") or "")
    assert "not compressed" not in server.log()


def test_go_secure_on_a_unix_socket(
    go_secure: Callable[..., Server], tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "s"
    server = go_secure("plain", flags=["-unix", str(path)])
    assert server.uri == f"grpc+unix://{path}"
    with flight.connect(server.uri) as client:
        info = client.get_flight_info(statement(SELECT_INTS))
        table = client.do_get(info.endpoints[0].ticket).read_all()
    assert [tuple(row.values()) for row in table.to_pylist()] == INT_TABLE
    assert server.calls("DoGet")[-1].peer in ("@", "")


@pytest.mark.parametrize("mode", ["plain", "auth", "token"])
def test_roapi(roapi: Callable[..., Server], mode: str) -> None:
    sql = "SELECT city, population FROM city ORDER BY city"
    expected = [("Amsterdam", 931000), ("Bergen", 291940), ("Córdoba", None)]
    assert rows(roapi(mode), sql) == expected


@pytest.mark.parametrize("changes", [{"password": "wrong"}, {"username": ""}])
def test_roapi_refuses(roapi: Callable[..., Server], changes: dict[str, str]) -> None:
    if "username" in changes:
        changes = {**changes, "password": ""}
    with pytest.raises(adbc_driver_manager.Error) as caught:
        rows(roapi("auth"), "SELECT 1", **changes)
    assert (
        caught.value.status_code == adbc_driver_manager.AdbcStatusCode.UNAUTHENTICATED
    )


@pytest.mark.parametrize("mode", ["plain", "auth", "tls", "tlsauth"])
def test_derby(derby: Callable[..., Server], mode: str) -> None:
    server = derby(mode)
    sql = "SELECT keyName, value FROM intTable ORDER BY id"
    assert rows(server, sql) == INT_TABLE[:3]
    if mode.endswith("auth"):
        with pytest.raises(adbc_driver_manager.Error, match="bad user or password"):
            rows(server, sql, password="wrong")


def test_embedded(embedded: Callable[..., Server]) -> None:
    assert rows(embedded(), "SELECT 1 AS one") == [(1,)]


@pytest.mark.parametrize(
    "options", [{"tls": True}, {"mtls": True}], ids=["tls", "mtls"]
)
def test_embedded_over_tls(
    embedded: Callable[..., Server], options: dict[str, bool]
) -> None:
    assert rows(embedded(**options), "SELECT 1 AS one") == [(1,)]


def test_embedded_with_a_password(embedded: Callable[..., Server]) -> None:
    server = embedded(user="alice", password="sesame")
    assert rows(server, "SELECT 1 AS one") == [(1,)]
    with pytest.raises(adbc_driver_manager.Error) as caught:
        rows(server, "SELECT 1", password="wrong")
    assert (
        caught.value.status_code == adbc_driver_manager.AdbcStatusCode.UNAUTHENTICATED
    )


# A program for another process: the client reads its environment once.
SAMPLE = """
import sys
from adbc_driver_flightsql import dbapi
options = {"username": sys.argv[2], "password": sys.argv[3]}
with dbapi.connect(sys.argv[1], db_kwargs=options, autocommit=True) as connection:
    with connection.cursor() as cursor:
        cursor.execute("SELECT keyName FROM intTable WHERE value = -1")
        print(cursor.fetchall())
"""


def test_public_names_through_the_proxy(
    go_secure: Callable[..., Server],
    connect_proxy: Callable[..., ConnectProxy],
    tls_files: Any,
) -> None:
    pair = tls_files.authority.server("sql.example.com")
    server = go_secure("tlsauth", pair=pair)
    proxy = connect_proxy(
        {"sql.example.com:443": server.address}, user="me", password="p"
    )
    environment = {
        k: v for k, v in os.environ.items() if not k.lower().endswith("proxy")
    }
    uri = "grpc+tls://sql.example.com:443"
    done = subprocess.run(
        [sys.executable, "-c", SAMPLE, uri, server.user or "", server.password or ""],
        env={**environment, **proxy.environment(tls_files.ca)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.returncode) == ("[('negative one',)]\n", 0), done.stderr
    request = proxy.requests[-1]
    assert (request.target, request.status) == ("sql.example.com:443", 200)
    assert "authorization" not in request.names
    assert request.sent > 0
    assert request.received > 0


def test_a_relay_without_alpn(go_secure: Callable[..., Server], tls_files: Any) -> None:
    """grpc-go insists on ALPN: the relay's TLS is seen to be without."""
    pair = tls_files.server
    upstream = go_secure("plain").address
    for alpn in (("h2",), ()):
        with Relay(upstream, tls=server_context(pair.cert, pair.key, alpn)) as relay:
            uri = f"grpc+tls://{relay.address}"
            through = Server("relay", "", uri, go_secure("plain").process, tls_files)
            if alpn:
                assert rows(through, SELECT_INTS) == INT_TABLE
                assert relay.sent > 0
            else:
                with pytest.raises(adbc_driver_manager.Error, match="ALPN"):
                    rows(through, "SELECT 1")


def test_servers_end_with_a_killed_session(tmp_path: pathlib.Path) -> None:
    """No orphan stays when pytest itself is killed."""
    program = textwrap.dedent(
        f"""
        import pathlib, time
        from servers.process import ServerProcess
        server = ServerProcess(["sleep", "600"], pathlib.Path({str(tmp_path)!r}, "log"))
        print(server.pid, flush=True)
        time.sleep(600)
        """
    )
    session = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(pathlib.Path(__file__).parent)},
    )
    assert session.stdout is not None
    pid = int(session.stdout.readline())
    wait_until(lambda: pathlib.Path(f"/proc/{pid}/comm").read_text() == "sleep\n")
    session.send_signal(signal.SIGKILL)
    session.wait()
    session.stdout.close()
    wait_until(lambda: is_gone(pid))


def is_gone(pid: int) -> bool:
    """Whether a process has ended (nobody may have collected it yet)."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True
    return text.rpartition(")")[2].split()[0] == "Z"


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Return once it holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
