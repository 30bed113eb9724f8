# SPDX-License-Identifier: Apache-2.0
"""The samples of InfluxData's page on the emulator, and the rest of that client."""

from __future__ import annotations

import datetime
import pathlib
from typing import Any

import pytest
import sample_runs

from flightsql import FlightSQLClient, connect

HERE = pathlib.Path(__file__).with_name("influxdb")
HOST = "cloud2.influxdata.com"


@pytest.mark.parametrize("sample", sorted(path.name for path in HERE.glob("*.py")))
def test_a_sample_runs_unchanged(
    emulator: Any, tls_files: Any, connect_proxy: Any, sample: str
) -> None:
    pair = tls_files.authority.server(HOST)
    server = emulator("influxdb3", tls_cert=str(pair.cert), tls_key=str(pair.key))
    proxy = connect_proxy({f"{HOST}:443": server.address})
    done = sample_runs.run(
        sample_runs.PYTHON, HERE / sample, tls_files.ca, HTTPS_PROXY=proxy.url
    )
    assert done.stderr == ""
    if proxy.requests:
        assert "Living Room" in done.stdout or sample == "signatures.py"
        last = server.calls()[-1]
        assert last.header("database") == "BUCKET_NAME"
        assert last.header("authorization") == "Bearer"


def test_the_client_reads_what_there_is(emulator: Any) -> None:
    server = emulator("influxdb3", database=["home"], token="tok")
    host, _, port = server.address.rpartition(":")
    client = FlightSQLClient(
        host=host,
        port=int(port),
        insecure=True,
        token="tok",
        metadata={"database": "home"},
        features={"metadata-reflection": "true"},
    )
    with client:
        info = client.get_tables(db_schema_filter_pattern="iox")
        (row,) = client.do_get(info.endpoints[0].ticket).read_all().to_pylist()
        assert (row["table_name"], row["table_type"]) == ("home", "BASE TABLE")
        with connect(client) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT time FROM home WHERE room = ?", ["Living Room"])
            assert cursor.fetchall() == [(datetime.datetime(2022, 1, 1, 8),)]
