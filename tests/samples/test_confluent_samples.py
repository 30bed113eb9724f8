# SPDX-License-Identifier: Apache-2.0
"""Samples of confluent-sql's page, unchanged, against the names printed in them.

The tables that they name are Flink's; behind the names is Confluent Cloud, emulated.
"""

from __future__ import annotations

import os
import pathlib
import ssl
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
import sample_runs
import venvs
from emulators.confluent import Emulator
from emulators.confluent.client import Client

HERE = pathlib.Path(__file__).parent / "confluent_sql"
HOST = "flink.us-east-2.aws.confluent.cloud"
CUSTOMERS = "(VALUES (123, 'Ann', 'a@x'), (124, 'Bob', 'b@x'), (125, 'Eve', 'e@x'), (126, 'Jo', 'j@x'))"
TABLES = (
    "CREATE VIEW IF NOT EXISTS customers AS"
    f" SELECT * FROM {CUSTOMERS} AS t (customer_id, name, email)",
    "CREATE VIEW IF NOT EXISTS orders_stream AS SELECT * FROM"
    " (VALUES (1, 900), (2, 1500), (3, 2500)) AS t (order_id, total)",
)


@pytest.fixture(scope="module")
def secure(confluent_cloud: Emulator, tls_files: Any) -> Any:
    """The emulator with the certificate of the public name, and the tables."""
    pair = tls_files.authority.server(HOST)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    client = Client(confluent_cloud)
    for text in TABLES:
        place = {"sql.current-database": "your-database-name"}
        made = client.run(text, properties=place)
        assert made["status"]["phase"] == "COMPLETED", made["status"]
    client.close()
    return confluent_cloud.listen(context)


@pytest.fixture
def run(
    confluent: Emulator, secure: Any, tls_files: Any, connect_proxy: Any
) -> Callable[..., list[str]]:
    """A function: run("file.py") gives the lines that it printed."""

    def one(sample: str, python: str | pathlib.Path = sample_runs.PYTHON) -> list[str]:
        proxy = connect_proxy({f"{HOST}:443": f"127.0.0.1:{secure.port}"})
        done = subprocess.run(
            [python, HERE / sample],
            env={
                "PATH": os.environ["PATH"],
                "HTTPS_PROXY": proxy.url,
                "SSL_CERT_FILE": str(tls_files.ca),
            },
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        assert proxy.requests
        return done.stdout.splitlines()

    return one


def test_quick_start(run: Any, confluent: Emulator) -> None:
    assert run("quick_start.py") == [
        "(123, 'Ann')",
        "[(124, 'Bob'), (125, 'Eve')]",
        "[(126, 'Jo')]",
    ]
    assert [one for one in confluent.statements.all() if not one.deleted] == []
    assert run("iterate.py") == [
        *("(123, 'Ann')", "(124, 'Bob')", "(125, 'Eve')", "(126, 'Jo')")
    ]
    assert [one for one in confluent.statements.all() if not one.deleted] == []


def test_dictionary_rows(run: Any, confluent: Emulator) -> None:
    assert run("dictionary_rows.py") == ["123"]
    assert [one for one in confluent.statements.all() if not one.deleted] == []


def test_streaming(run: Any, confluent: Emulator) -> None:
    assert run("streaming.py") == ["(2, 1500)", "(3, 2500)"]
    assert [one for one in confluent.statements.all() if not one.deleted] == []


@pytest.mark.slow
def test_the_old_package_prints_the_same(run: Any) -> None:
    old = venvs.interpreter("confluent-sql")
    assert run("dictionary_rows.py", old) == ["123"]
