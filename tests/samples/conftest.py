# SPDX-License-Identifier: Apache-2.0
"""The servers that samples printed elsewhere find behind the names printed in them."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable
from typing import Any

import pytest
import sample_runs

HERE = pathlib.Path(__file__).parent


@dataclasses.dataclass
class Run:
    """What a sample printed, and what it went through."""

    stdout: str
    stderr: str
    requests: list[Any]


@pytest.fixture(scope="session")
def sample_data(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Tables `runs` and `home`."""
    folder = tmp_path_factory.mktemp("data")
    lines = [f"2024-02-29T00:00:{n:02},run-{n},{n / 2}" for n in range(12)]
    (folder / "runs.csv").write_text("\n".join(["time,name,seconds", *lines, ""]))
    (folder / "home.csv").write_text(
        "co,hum,room,temp\n0,35.9,Kitchen,21.0\n0,35.9,Living Room,21.1\n"
    )
    return folder


@pytest.fixture
def run_sample(
    embedded: Any, tls_files: Any, connect_proxy: Any, sample_data: pathlib.Path
) -> Callable[..., Run]:
    """A function that runs a sample, unchanged: run_sample(file, host, **access).

    `host` leads to `fletching serve`, which offers the tables in schema `iox`, or
    `named` does, for which its certificate is not; `access` are its options. Only the
    environment variables of a proxy and of roots are set.
    """

    def run(
        sample: str | pathlib.Path,
        host: str,
        *,
        python: str | pathlib.Path = sample_runs.PYTHON,
        folder: pathlib.Path = HERE,
        named: str | None = None,
        **access: Any,
    ) -> Run:
        pair = tls_files.authority.server(host)
        server = embedded(
            data=str(sample_data),
            schema="iox",
            tls_cert=str(pair.cert),
            tls_key=str(pair.key),
            **access,
        )
        proxy = connect_proxy({f"{named or host}:443": server.uri.rsplit("/", 1)[-1]})
        done = sample_runs.run(
            python, HERE / sample, tls_files.ca, folder=folder, HTTPS_PROXY=proxy.url
        )
        return Run(done.stdout, done.stderr, proxy.requests)

    return run
