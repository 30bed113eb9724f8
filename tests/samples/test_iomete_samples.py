# SPDX-License-Identifier: Apache-2.0
"""The samples of IOMETE's page and of iomete-sqlalchemy's README, on the emulator."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import pytest
import sample_runs
import venvs

HERE = pathlib.Path(__file__).with_name("iomete")
HOST = "dev.iomete.cloud"


@pytest.fixture(params=["1.4", "2"])
def run(
    request: pytest.FixtureRequest, emulator: Any, tls_files: Any, connect_proxy: Any
) -> Callable[[str], list[str]]:
    """A function that runs a sample and gives its lines; with each SQLAlchemy.

    The public host leads to the emulator, whose certificate is for its name.
    """
    python = sample_runs.PYTHON
    if request.param == "1.4":
        python = venvs.interpreter("sqlalchemy-1.4")
    pair = tls_files.authority.server(HOST)
    server = emulator(
        "iomete",
        tls_cert=str(pair.cert),
        tls_key=str(pair.key),
        user="your-username",
        password="your-password",
        cluster="your-cluster",
        data_plane="your-data-plane",
    )
    proxy = connect_proxy({f"{HOST}:443": server.address})

    def run(sample: str) -> list[str]:
        done = sample_runs.run(
            python, HERE / sample, tls_files.ca, HTTPS_PROXY=proxy.url
        )
        assert done.stderr == ""
        assert proxy.requests
        return done.stdout.splitlines()

    return run


def test_basic_connection(run: Any) -> None:
    assert run("basic_connection.py") == ["1"]


def test_querying_data(run: Any) -> None:
    rows = run("querying_data.py")
    assert rows == [f"({n}, 'run-{n}', {n / 2})" for n in range(10)]


def test_schema_inspection(run: Any) -> None:
    assert run("schema_inspection.py") == [
        "['default', 'sales']",
        "['every_type', 'my_table']",
    ]


def test_the_readmes_example(run: Any) -> None:
    assert run("readme.py") == [
        "1",
        "['default', 'sales']",
        "['every_type', 'my_table']",
    ]


@pytest.mark.parametrize(
    "sample", ["basic_connection.py", "querying_data.py", "schema_inspection.py"]
)
def test_the_url_is_that_of_the_page(sample: str) -> None:
    text = (HERE / sample).read_text()
    assert "/spark_catalog/default" in text
    for old, new in {
        "your-username": "<username>",
        "your-password": "<personal_access_token>",
        HOST: "<host>",
        "your-cluster": "<cluster>",
        "your-data-plane": "<data_plane>",
    }.items():
        text = text.replace(old, new)
    assert '"iomete://<username>:<personal_access_token>@<host>:443"' in text
