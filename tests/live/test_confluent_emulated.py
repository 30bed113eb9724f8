# SPDX-License-Identifier: Apache-2.0
"""The live tests against the emulator, behind the public name of the service."""

from __future__ import annotations

import os
import pathlib
import ssl
import subprocess
import sys
from typing import Any

import pytest
from emulators.confluent import ENVIRONMENT, ORGANIZATION, Emulator

LIVE = pathlib.Path(__file__).with_name("test_confluent_live.py")
HOST = "flink.us-east-2.aws.confluent.cloud"
VALUES = {
    "CONFLUENT_ORG_ID": ORGANIZATION,
    "CONFLUENT_ENV_ID": ENVIRONMENT,
    "CONFLUENT_CLOUD_PROVIDER": "aws",
    "CONFLUENT_CLOUD_REGION": "us-east-2",
    "CONFLUENT_FLINK_API_KEY": "key",
    "CONFLUENT_FLINK_API_SECRET": "secret",
    "CONFLUENT_COMPUTE_POOL_ID": "lfcp-1",
    "CONFLUENT_TEST_DBNAME": "db",
}


def pytest_of(environment: dict[str, str]) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, LIVE],
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **environment},
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_they_pass(confluent: Emulator, tls_files: Any, connect_proxy: Any) -> None:
    pair = tls_files.authority.server(HOST)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    server = confluent.listen(context)
    proxy = connect_proxy({f"{HOST}:443": f"127.0.0.1:{server.port}"})
    network = {"HTTPS_PROXY": proxy.url, "SSL_CERT_FILE": str(tls_files.ca)}
    assert "3 passed" in pytest_of({**VALUES, **network})
    assert [one for one in confluent.statements.all() if not one.deleted] == []


@pytest.mark.parametrize("missing", ["CONFLUENT_ORG_ID", "CONFLUENT_TEST_DBNAME"])
def test_a_variable_that_is_missing_is_named(missing: str) -> None:
    left = {name: value for name, value in VALUES.items() if name != missing}
    told = pytest_of(left)
    assert "3 skipped" in told
    assert f"{missing} is not set" in told
