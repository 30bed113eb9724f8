# SPDX-License-Identifier: Apache-2.0
"""`fletching.auth`: tokens of an OAuth server, commands and files, at a real server."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from emulators.oauth import CLIENT, SECRET, OAuthServer
from forking import in_child

import fletching
from fletching import auth

CONFIDENTIAL = {"client_id": CLIENT, "client_secret": SECRET}


def answer(url: str, **options: Any) -> Any:
    with fletching.connect(url, **options) as connection:
        return connection.execute("select 42").fetchone()[0]


def credentials(oauth: OAuthServer, **more: Any) -> auth.ClientCredentials:
    return auth.ClientCredentials(f"{oauth.url}/token", **CONFIDENTIAL, **more)


def test_client_credentials(guarded: str, oauth: OAuthServer) -> None:
    login = credentials(oauth, scope="read write", parameters={"audience": "sql"})
    assert answer(guarded, token=login) == 42
    assert oauth.forms[0]["scope"] == "read write"
    assert oauth.forms[0]["audience"] == "sql"
    assert "client_secret" not in oauth.forms[0]


def test_many_connections_ask_once(guarded: str, oauth: OAuthServer) -> None:
    login = credentials(oauth)
    with ThreadPoolExecutor(8) as threads:
        done = list(threads.map(lambda _: answer(guarded, token=login), range(16)))
    assert done == [42] * 16
    assert len(oauth.grants) == 1


def test_a_token_that_is_refused_is_replaced(guarded: str, oauth: OAuthServer) -> None:
    oauth.tokens = ["revoked", "token-1"]
    login = credentials(oauth)
    assert answer(guarded, token=login) == 42
    assert answer(guarded, token=login) == 42
    assert len(oauth.grants) == 2


def test_a_token_is_renewed_before_its_end(oauth: OAuthServer) -> None:
    oauth.lifetime = 0.2  # renewed from half of it on
    login = credentials(oauth)
    first = login.get()
    while first.is_fresh:
        pass
    assert login.get().value == "token-2"
    oauth.lifetime = None
    assert [credentials(oauth).get().expires_at for _ in range(2)] == [None, None]


def test_token_exchange(guarded: str, oauth: OAuthServer) -> None:
    login = auth.TokenExchange(
        f"{oauth.url}/token", lambda: "theirs", parameters={"resource": "https://x"}
    )
    assert answer(guarded, token=login) == 42
    assert oauth.forms[0]["subject_token_type"].endswith(":access_token")
    assert oauth.forms[0]["resource"] == "https://x"


def test_refresh_tokens_rotate(guarded: str, oauth: OAuthServer) -> None:
    oauth.tokens = ["revoked", "token-1"]
    login = auth.RefreshToken(f"{oauth.url}/token", "refresh-0", client_id=CLIENT)
    assert answer(guarded, token=login) == 42
    assert [form["refresh_token"] for form in oauth.forms] == ["refresh-0", "refresh-1"]
    oauth.refresh = "refresh-99"
    with pytest.raises(fletching.OperationalError, match="log in again"):
        login.get(refused="token-1")


def test_device_code(
    guarded: str, oauth: OAuthServer, capsys: pytest.CaptureFixture[str]
) -> None:
    login = auth.DeviceCode(
        f"{oauth.url}/token", f"{oauth.url}/device_authorization", CLIENT
    )
    assert answer(guarded, token=login) == 42
    shown = capsys.readouterr().err
    assert shown == f"To log in, open {oauth.url}/device and enter WDJB-MJHT\n"
    assert len(oauth.grants) == 3
    assert login.get(refused="token-1").value == "token-2"
    assert oauth.grants[-1] == "refresh_token"


def test_authorization_code_with_pkce(guarded: str, oauth: OAuthServer) -> None:
    browsers = []

    def browse(address: str) -> None:
        browser = threading.Thread(target=lambda: urllib.request.urlopen(address))
        browsers.append(browser)
        browser.start()

    login = auth.AuthorizationCode(
        f"{oauth.url}/token", f"{oauth.url}/authorize", CLIENT, open_browser=browse
    )
    assert answer(guarded, token=login) == 42
    browsers[0].join()
    assert oauth.grants == ["authorization_code"]
    # The next one comes without a browser; once the refresh token is dead, with one.
    assert login.get(refused="token-1").value == "token-2"
    oauth.refresh = "refresh-99"
    assert login.get(refused="token-2").value == "token-3"
    browsers[1].join()
    assert oauth.grants[2:] == ["refresh_token", "authorization_code"]


def test_nobody_comes_back_from_the_browser(oauth: OAuthServer) -> None:
    seen: list[str] = []
    login = auth.AuthorizationCode(
        f"{oauth.url}/token",
        f"{oauth.url}/authorize",
        CLIENT,
        open_browser=seen.append,
        timeout=0.1,
    )
    with pytest.raises(fletching.OperationalError, match="nobody came back"):
        login.get()
    assert len(seen) == 1


def test_a_command(guarded: str, tmp_path: Path) -> None:
    counter = tmp_path / "calls"
    program = (
        f"import pathlib; p = pathlib.Path({str(counter)!r}); n = p.exists();"
        'p.touch(); print(\'{"access_token": "token-1", "expires_in": 600}\''
        " if n else 'revoked')"
    )
    login = auth.Command([sys.executable, "-c", program])
    assert answer(guarded, token=login) == 42
    failing = auth.Command([sys.executable, "-c", "print('hush'); raise SystemExit(3)"])
    with pytest.raises(fletching.OperationalError, match="ended with 3") as caught:
        answer(guarded, token=failing)
    assert "hush" not in str(caught.value)
    with pytest.raises(fletching.OperationalError, match="No such file"):
        auth.Command("/nowhere/tool --json").get()


def test_a_file_is_read_again_when_it_changes(guarded: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("token-1\n")
    login = auth.TokenFile(file)
    assert answer(guarded, token=login) == 42
    file.write_text("no longer\n".replace(" ", "-"))
    with pytest.raises(fletching.OperationalError):
        answer(guarded, token=login)
    file.write_text("token-2")
    assert answer(guarded, token=login) == 42
    file.unlink()
    with pytest.raises(fletching.OperationalError, match=r"No such file"):
        login.get(refused="token-2")


def test_by_options_and_in_sqlalchemy(guarded: str, oauth: OAuthServer) -> None:
    from sqlalchemy import create_engine, text

    options = {
        "auth": "client_credentials",
        "auth_token_url": f"{oauth.url}/token",
        "auth_client_id": CLIENT,
        "auth_client_secret": SECRET,
        "auth_audience": "sql",
    }
    assert answer(guarded, **options) == 42
    engine = create_engine(
        "flightsql://" + guarded.partition("://")[2] + "?transport=tcp",
        connect_args=options,
    )
    with engine.connect() as connection:
        assert connection.execute(text("select 42")).scalar() == 42
    engine.dispose()
    assert len(oauth.grants) == 1  # one login for equal options
    assert SECRET not in repr(engine.url)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"auth": "magic"}, "none of client_credentials"),
        ({"auth": "kerberos"}, "none of client_credentials"),
        ({"auth": "client_credentials"}, "auth_token_url|token_url"),
        ({"auth": "command", "auth_nope": "x", "auth_command": "x"}, "nope"),
        ({"auth": "command", "auth_command": "x", "token": "t"}, "one of the two"),
        (
            {"auth": "client_credentials", "auth_token_url": "http://issuer/token"},
            "https:// URL",
        ),
    ],
)
def test_wrong_options_are_named(options: dict[str, str], words: str) -> None:
    with pytest.raises(fletching.ProgrammingError, match=words):
        fletching.connect("grpc://127.0.0.1:1", **options)


def test_no_secret_is_shown(
    oauth: OAuthServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = "a wrong secret"
    login = auth.ClientCredentials(
        f"{oauth.url}/token", client_id=CLIENT, client_secret=wrong
    )
    exchange = auth.TokenExchange(f"{oauth.url}/token", "subject-secret")
    for provider in (login, exchange):
        with pytest.raises(fletching.OperationalError) as caught:
            provider.get()
        shown = f"{caught.value!r} {caught.value} {provider!r} {caplog.text}"
        assert "subject-secret" not in shown
        assert "wrong" not in shown
    assert "invalid_grant" in str(caught.value)
    assert caught.value.sqlstate == "28000"
    good = credentials(oauth)
    assert "token-1" not in repr(good.get())
    assert SECRET not in repr(vars(good).get("_token"))


def test_secrets_do_not_follow_a_redirect(oauth: OAuthServer) -> None:
    login = auth.ClientCredentials(f"{oauth.url}/elsewhere", **CONFIDENTIAL)
    with pytest.raises(fletching.OperationalError, match="answered 307"):
        login.get()
    assert oauth.grants == []


def test_a_token_for_other_programs(oauth: OAuthServer, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    words = ["client_credentials", f"token_url={oauth.url}/token"]
    words += [f"client_id={CLIENT}", f"client_secret=@{secret}"]
    done = subprocess.run(
        [sys.executable, "-m", "fletching.auth", *words],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "token-1\n"), done.stderr


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_provider_is_good_after_a_fork(guarded: str, oauth: OAuthServer) -> None:
    login = credentials(oauth)
    assert answer(guarded, token=login) == 42

    def child() -> None:
        assert answer(guarded, token=login) == 42, "the token that is there"
        oauth.tokens = ["token-2"]
        assert login.get(refused="token-1").value == "token-2", "a new one"

    with fletching.connect(guarded, token=login) as connection:
        assert in_child(child) == 0
        assert connection.execute("select 1").fetchone() == (1,)
    assert login.get().value == "token-1"
    assert oauth.grants == ["client_credentials"] * 2
