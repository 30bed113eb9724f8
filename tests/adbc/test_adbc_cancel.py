# SPDX-License-Identifier: Apache-2.0
"""A token endpoint that does not answer holds nobody up who cancels or has no time."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from emulators.oauth import CLIENT, SECRET, OAuthServer

manager = pytest.importorskip("adbc_driver_manager")

Connect = Callable[..., Any]
OAUTH = "adbc.flight.sql.oauth."
STATUS = manager.AdbcStatusCode


class FallingSilent(OAuthServer):
    """Its tokens are for one call. Once it is silent, requests get no answer."""

    def __init__(self) -> None:
        super().__init__(["token-1"])
        self.lifetime = 0.001
        self.silent = threading.Event()
        self.asked = threading.Event()
        self.over = threading.Event()

    def token(self, form: dict[str, str], client: tuple[str, str] | None) -> Any:
        if self.silent.is_set():
            self.asked.set()
            self.over.wait(100)
        return super().token(form, client)


@pytest.fixture
def oauth() -> Iterator[FallingSilent]:
    """The token endpoint."""
    running = FallingSilent()
    yield running
    running.over.set()
    running.close()


@pytest.fixture
def connect_here(
    connect: Connect, embedded: Callable[..., Any], oauth: FallingSilent
) -> Connect:
    """connect(**options): to a server that takes the endpoint's tokens."""
    login = {
        "flow": "client_credentials",
        "token_uri": f"{oauth.url}/token",
        "client_id": CLIENT,
        "client_secret": SECRET,
    }
    options = {OAUTH + name: value for name, value in login.items()}
    uri = embedded(engine="duckdb", token=["token-1", "token-2", "token-3"]).uri
    return lambda **more: connect(uri, **options, **more)


@pytest.fixture
def connection(connect_here: Connect, oauth: FallingSilent) -> Iterator[Any]:
    """A connection whose calls need tokens that do not come until oauth.over."""
    opened = connect_here()
    oauth.silent.set()
    yield opened
    oauth.silent.clear()
    oauth.over.set()


def when_asked(oauth: FallingSilent, act: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        assert oauth.asked.wait(100)
        act()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.parametrize("whose", ["statement", "connection"])
def test_cancel_ends_a_token_request(
    connection: Any, oauth: FallingSilent, whose: str
) -> None:
    with connection.cursor() as cursor:
        cancel = {
            "statement": cursor.adbc_cancel,
            "connection": connection.adbc_cancel,
        }[whose]
        thread = when_asked(oauth, cancel)
        with pytest.raises(manager.Error) as caught:
            cursor.execute("select 1")
        thread.join()
        assert caught.value.status_code == STATUS.CANCELLED
        assert not oauth.over.is_set()
        # And the connection goes on.
        oauth.silent.clear()
        assert cursor.execute("select 42").fetchall() == [(42,)]


def test_ctrl_c_ends_a_token_request(connection: Any, oauth: FallingSilent) -> None:
    with connection.cursor() as cursor:
        thread = when_asked(oauth, lambda: os.kill(os.getpid(), signal.SIGINT))
        with pytest.raises((KeyboardInterrupt, manager.Error)) as caught:
            cursor.execute("select 1")
        thread.join()
        if isinstance(caught.value, manager.Error):
            assert caught.value.status_code == STATUS.CANCELLED


def test_a_querys_time_limit_holds_for_its_token(
    connection: Any, oauth: FallingSilent
) -> None:
    connection.adbc_connection.set_options(
        **{"adbc.flight.sql.rpc.timeout_seconds.query": "0.5"}
    )
    with connection.cursor() as cursor, pytest.raises(manager.Error) as caught:
        cursor.execute("select 1")
    assert caught.value.status_code == STATUS.TIMEOUT
    assert "token endpoint" in str(caught.value)
    assert oauth.asked.is_set()
    assert not oauth.over.is_set()


def test_the_time_for_connecting_holds_for_a_token(
    connect_here: Connect, oauth: FallingSilent
) -> None:
    oauth.silent.set()
    with pytest.raises(manager.Error) as caught:
        connect_here(**{"adbc.flight.sql.rpc.timeout_seconds.connect": "0.5"})
    assert caught.value.status_code == STATUS.TIMEOUT
    assert "token endpoint" in str(caught.value)
    assert oauth.asked.is_set()
    assert not oauth.over.is_set()
