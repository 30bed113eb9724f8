# SPDX-License-Identifier: Apache-2.0
"""Mistakes that people make at a command line, and what each is told."""

from __future__ import annotations

from typing import Any

import pytest
from net.tcp_tricks import Html

ONE = "select 1 as a"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["quer", "URL", ONE], "there is no command 'quer' (did you mean query?)"),
        (["select", "URL"], "(query, shell, tables,"),
        (["query", "--fromat", "csv", "URL", ONE], "--fromat (did you mean --format?)"),
        (["query", "--nope", "x", "URL", ONE], "(fletching --help lists them)"),
        (["query", ONE, "URL"], "the URL comes first (fletching query --help)"),
        (["schema", "flights", "URL"], "the URL comes first"),
        (["query", "URL"], "needs the SQL"),
        (["query", "URL", "select", "1"], "one word too many (quote the SQL)"),
        (["query", "--format", "xml", "URL", ONE], "not 'xml'"),
        (["query", "--option", "timout=3", "URL", ONE], "did you mean timeout?"),
        (["query", "--option", "timeout=soon", "URL", ONE], "not a number of seconds"),
        (["ping", "127.0.0.1:1"], "'://' is missing after the scheme"),
        (["ping", "http://127.0.0.1:1"], "grpc://host:port"),
        (["ping", "grpc://127.0.0.1"], "it names no port"),
        (
            ["query", "--tls-root-certs", "/nowhere", "TLS", ONE],
            "cannot open '/nowhere'",
        ),
        (["serve", "--data", "nycflights"], "nycflights13"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_says_what_is_right(
    run: Any, flights: str, words: list[str], told: str
) -> None:
    places = {"URL": flights, "TLS": flights.replace("grpc://", "grpc+tls://")}
    done = run(*(places.get(word, word) for word in words))
    assert told in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize("flag", ["--header", "--option", "--auth-option"])
def test_a_header_in_curls_form_is_not_repeated(
    run: Any, flights: str, flag: str
) -> None:
    done = run("query", flag, "Authorization: Bearer hunter2", flights, ONE)
    assert "takes NAME=VALUE" in done.stderr
    assert "hunter2" not in done.stderr
    assert done.returncode == 2


def test_an_option_among_the_parameters_is_told(run: Any, flights: str) -> None:
    done = run("query", f"{flights}?timeout=3", ONE)
    assert done.stdout == "a\n1\n"
    assert "did you mean fletching.timeout?" in done.stderr


def test_what_is_no_gateway(run: Any) -> None:
    with Html("404 Not Found") as web:
        done = run("ping", f"flink+http://{web.address}")
    assert "is this a Flink SQL Gateway's REST port" in done.stderr
    assert done.returncode == 3
