# SPDX-License-Identifier: Apache-2.0
"""The command line shows no secret, whatever it was given it by."""

from __future__ import annotations

import os
import subprocess
from typing import Any

import pytest

MARK, DEAD = "hunter2-", "127.0.0.1:1"
TOKEN = PASSWORD = f"{MARK}token"


@pytest.fixture(scope="module")
def secured(embedded: Any) -> Any:
    """A server that takes that token and that password."""
    return embedded(engine="duckdb", user="ada", password=PASSWORD, token=TOKEN)


LOGINS = {
    "password": ["--user", "ada", "--password", f"{MARK}wrong"],
    "token": ["--token", f"{MARK}wrong"],
    "good token": ["--token", TOKEN],
    "option": ["--option", f"password={MARK}wrong", "--option", "user=ada"],
    "misspelt": ["--option", f"passwrd={MARK}wrong"],
    "header": ["--token", TOKEN, "--header", f"x-secret={MARK}header"],
    "bad header": ["--header", f"x secret={MARK}header"],
    "login": [
        *(
            "--auth",
            "client_credentials",
            "--auth-option",
            f"token_url=http://{DEAD}/t",
        ),
        *("--auth-option", "client_id=etl", "--auth-option", f"client_secret={MARK}s"),
    ],
    "misspelt login": ["--auth", "client_credentials", "--auth-option", f"x={MARK}s"],
    "command": ["--token-command", f"echo {MARK}one {MARK}two"],
}
COMMANDS = ["ping", "info", "query", "shell"]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("login", LOGINS)
def test_the_command_line_shows_none(
    program: str, secured: Any, login: str, command: str
) -> None:
    words = [command, secured.uri, *(["select 1 as a"] if command == "query" else [])]
    done = run(program, *words, *LOGINS[login])
    assert MARK not in done.stdout + done.stderr
    assert done.returncode == 0 or done.stderr


URLS = [
    f"grpc://ada:{MARK}url@{DEAD}",
    f"grpc://{DEAD}?token={MARK}url&tokne={MARK}url",
    f"grpc://ada:{MARK}url@{DEAD}?fletching.timeout=soon",
    f"gprc://ada:{MARK}url@{DEAD}",
    f"flink+http://ada:{MARK}url@{DEAD}",
    f"confluent://KEY:{MARK}url@us-east-2.aws/env-1/db",
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("url", URLS)
def test_urls_on_the_command_line_are_shown_without_theirs(
    program: str, url: str, command: str
) -> None:
    words = [command, url, *(["select 1 as a"] if command == "query" else [])]
    done = run(program, *words)
    assert MARK not in done.stdout + done.stderr
    assert done.returncode != 0


@pytest.mark.parametrize("name", ["FLETCHING_TOKEN", "FLETCHING_PASSWORD"])
def test_variables_of_the_environment_stay_there(
    program: str, secured: Any, name: str
) -> None:
    done = run(program, "ping", secured.uri, "--user", "ada", **{name: f"{MARK}wrong"})
    assert done.returncode != 0
    assert MARK not in done.stdout + done.stderr


def run(program: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program, *words],
        input="select 1 as a;\n",
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "FLETCHING_LOG": "debug", **env},
    )
