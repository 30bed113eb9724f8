# SPDX-License-Identifier: Apache-2.0
"""Logins of `fletching.auth` on the command line."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

from emulators.oauth import CLIENT, SECRET, OAuthServer


def script(tmp_path: Path, text: str) -> str:
    path = tmp_path / "give-token"
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_a_command_gives_the_token(run: Any, guarded: str, tmp_path: Path) -> None:
    command = script(tmp_path, 'echo "asked for $1" >&2; echo token-1\n')
    done = run("query", guarded, "select 42 as n", "--token-command", f"{command} sql")
    assert done.stdout == "n\n42\n"
    assert "asked for sql" in done.stderr
    assert "token-1" not in done.stderr


def test_a_command_that_fails_is_told(run: Any, guarded: str, tmp_path: Path) -> None:
    command = script(tmp_path, "echo token-1; exit 3\n")
    done = run("query", guarded, "select 1", "--token-command", command)
    assert done.returncode == 4
    assert "it ended with 3" in done.stderr
    assert "token-1" not in done.stdout + done.stderr


def test_client_credentials(
    run: Any, guarded: str, oauth: OAuthServer, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET + "\n")
    login = [
        *("--auth", "client_credentials"),
        *("--auth-option", f"token_url={oauth.url}/token"),
        *("--auth-option", f"client_id={CLIENT}"),
        *("--auth-option", f"client_secret=@{secret}"),
    ]
    for command in (["query", guarded, "select 7 as n"], ["tables", guarded]):
        done = run(*command, *login)
        assert done.returncode == 0, done.stderr
        assert SECRET not in done.stdout + done.stderr
    assert oauth.grants == ["client_credentials"] * 2


def test_what_is_wrong_with_a_login_is_said(run: Any, guarded: str) -> None:
    for words, told, code in [
        (["--auth", "magic"], "none of client_credentials", 2),
        (["--auth-option", "x=y"], "needs --auth", 2),
        (["--auth", "command", "--token", "x"], "not both", 2),
        (["--auth", "command", "--auth-option", "command=$NO_SUCH"], "NO_SUCH", 2),
    ]:
        done = run("query", guarded, "select 1", *words)
        assert told in done.stderr
        assert done.returncode == code
