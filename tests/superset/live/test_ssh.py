# SPDX-License-Identifier: Apache-2.0
"""Databases behind an SSH server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import ssh_server
from superset_client import Client


@pytest.fixture(autouse=True)
def _new_enough(version: tuple[int, ...]) -> None:
    if version < (6, 1):
        pytest.skip("tunnels are tried with 6.1 alone")


@pytest.fixture(scope="module")
def ssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ssh_server.SshServer]:
    """A server that lets one key in."""
    running = ssh_server.start(tmp_path_factory.mktemp("ssh"))
    yield running
    running.process.stop()


def test_a_query_goes_through_a_tunnel(
    client: Client, ssh: ssh_server.SshServer, fusion_uri: str
) -> None:
    assert client.test_connection(fusion_uri, ssh_tunnel=ssh.tunnel).status == 200
    number = client.add_database(fusion_uri, ssh_tunnel=ssh.tunnel)
    before = ssh.forwarded()
    assert client.rows(number, "select 1 as one") == [{"one": 1}]
    assert client.rows(number, "select 2 as two") == [{"two": 2}]
    assert ssh.forwarded() > before
    dataset = client.add_dataset(number, "public", "behind ssh", sql="select 3 as n")
    assert client.chart(dataset, columns=["n"])["data"] == [{"n": 3}]


def test_the_certificate_is_that_of_the_host_behind_the_tunnel(
    client: Client, ssh: ssh_server.SshServer, go_secure: Any, tls_files: Any
) -> None:
    """The tunnel's own end, 127.0.0.1, is no name that it has."""
    server = go_secure("tls", pair=tls_files.authority.server("localhost"))
    uri = f"flightsql://localhost:{server.address.rpartition(':')[2]}"
    more = {"server_cert": tls_files.ca.read_text(), "ssh_tunnel": ssh.tunnel}
    assert client.test_connection(uri, **more).status == 200
    number = client.add_database(uri, **more)
    assert client.rows(number, "select 1 as one") == [{"one": 1}]


def test_a_certificate_of_another_host_is_refused_through_a_tunnel(
    client: Client, ssh: ssh_server.SshServer, go_secure: Any, tls_files: Any
) -> None:
    server = go_secure("tls", pair=tls_files.authority.server("db.example"))
    uri = f"flightsql://localhost:{server.address.rpartition(':')[2]}"
    more = {"server_cert": tls_files.ca.read_text(), "ssh_tunnel": ssh.tunnel}
    refused = client.test_connection(uri, **more)
    assert refused.status >= 400
    assert "localhost" in refused.text


def test_confluent_has_no_tunnels(client: Client, ssh: ssh_server.SshServer) -> None:
    listed = client.get("/api/v1/database/available/").ok()["databases"]
    name = "Confluent Cloud for Apache Flink"
    (confluent,) = (one for one in listed if one["name"] == name)
    assert confluent["engine_information"]["disable_ssh_tunneling"]
    uri = "flink+confluent://k:s@us-east-2.aws/env-1/db?organization=o"
    refused = client.test_connection(uri, ssh_tunnel=ssh.tunnel)
    assert refused.status >= 400
    assert "port is required" in refused.text
