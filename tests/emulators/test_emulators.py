# SPDX-License-Identifier: Apache-2.0
"""The emulators as programs: what --help says, their switches, TLS."""

from __future__ import annotations

import importlib
import pathlib
import re
import subprocess
import sys
from typing import Any

import pytest

import fletching

REPOSITORY = pathlib.Path(__file__).parents[2]
NAMES = ["influxdb3", "iomete"]
URLS = {
    "influxdb3": "influxdb3://{}?token=API_TOKEN&database=BUCKET_NAME",
    "iomete": "iomete://alice:pat@{}/lake/raw?cluster=c&data_plane=d",
}


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"tests.emulators.{name}", *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=100,
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_switch_is_described_with_its_source(name: str) -> None:
    module = importlib.import_module(f"emulators.{name}")
    listed = re.findall(r"^\* ([\w-]+)", module.__doc__, re.MULTILINE)
    assert listed == [switch.name for switch in module.SWITCHES]
    told = run(name, "--help").stdout
    for switch in module.SWITCHES:
        assert f"{switch.name} ({'on' if switch.on else 'off'})" in told
        assert f"[{switch.source}]" in told


@pytest.mark.parametrize("name", NAMES)
def test_a_switch_that_there_is_not_is_said(name: str) -> None:
    done = run(name, "--with", "nonsense")
    assert done.returncode == 2
    assert "no switch 'nonsense': there are " in done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_over_tls_by_the_products_own_url(
    emulator: Any, tls_files: Any, name: str
) -> None:
    server = emulator(name, tls=True)
    url = URLS[name].format(server.address)
    with fletching.connect(url, tls_root_certs=str(tls_files.ca)) as connection:
        assert connection.execute("SELECT 1 AS one").fetchall() == [(1,)]
    with pytest.raises(fletching.OperationalError, match="certificate"):
        fletching.connect(url).execute("SELECT 1")


def test_json_tickets(emulator: Any) -> None:
    """InfluxData's own clients send DoGet alone."""
    flight = pytest.importorskip("pyarrow.flight")
    server = emulator("influxdb3", token="tok")
    ticket = (
        b'{"database": "BUCKET_NAME", "query_type": "sql",'
        b' "sql_query": "SELECT count(*) AS n FROM home"}'
    )
    with flight.connect(server.uri) as client:
        options = flight.FlightCallOptions(headers=[(b"authorization", b"Bearer tok")])
        table = client.do_get(flight.Ticket(ticket), options).read_all()
    assert table.to_pylist() == [{"n": 3}]
