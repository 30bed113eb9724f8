# SPDX-License-Identifier: Apache-2.0
"""KurrentDB: the released package's superset_config.py, and the database itself."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
from typing import Any

import pytest
from superset_client import Client
from superset_server import Home

SAMPLES = pathlib.Path(__file__).parents[2] / "samples/kurrent"
VIRTUAL_DATASET = (SAMPLES / "virtual_dataset.sql").read_text().rstrip("\n")
ORDERS = (
    "SELECT data::json->>'OrderId' as order_id "
    "FROM kdb.records WHERE category = 'orders' LIMIT 10"
)
COUNT = {"expressionType": "SQL", "sqlExpression": "COUNT(*)", "label": "n"}


# ---- superset_config.py ----


def started(home: Home, folder: pathlib.Path, text: str) -> list[tuple[str, str]]:
    """Level and text of what is logged of KurrentDB while Superset starts."""
    config = folder / "superset_config.py"
    own = (home.folder / "superset_config.py").read_text()
    config.write_text(f"{own}\n\n{text}")
    done = subprocess.run(
        [
            home.installed.python,
            "-c",
            "from superset.app import create_app; create_app()",
        ],
        env={**os.environ, **home.environment, "SUPERSET_CONFIG_PATH": str(config)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    return re.findall(r"(INFO|ERROR):[\w.]*:(kurrentdb: .*)", done.stderr)


LINES = [
    ("INFO", "kurrentdb: Database.db_engine_spec is bound by an entry point"),
    ("INFO", "kurrentdb: Database.apply_limit_to_sql edits the LIMIT in the text"),
    ("INFO", "kurrentdb: SQLScript.format gives SQL back as it was written"),
    ("INFO", "kurrentdb: all patches installed and verified"),
]


@pytest.mark.parametrize("sample", ["superset_config.py", "superset_config_chained.py"])
def test_the_readmes_configuration_logs_that_all_holds(
    home: Home, tmp_path: pathlib.Path, sample: str
) -> None:
    found = started(home, tmp_path, (SAMPLES / sample).read_text())
    assert len(found) == 4, found
    for (level, line), (expected_level, expected) in zip(found, LINES, strict=True):
        assert level == expected_level
        assert line.startswith(expected)
    assert [line for _, line in found[:3] if "no patch is needed" not in line] == []


def test_what_does_not_hold_is_an_error_that_says_what_differs(
    home: Home, tmp_path: pathlib.Path
) -> None:
    """An administrator's own dialect of sqlglot counts more than Fletching's."""
    sample = (SAMPLES / "superset_config.py").read_text()
    other = (
        "from sqlglot.dialects.dialect import Dialects\n"
        'SQLGLOT_DIALECTS_EXTENSIONS = {"kurrentdb": Dialects.TRINO}\n'
    )
    (found,) = started(home, tmp_path, sample + other)
    assert found[0] == "ERROR"
    # Before 6.0 limits do not go through sqlglot.
    begin = r"kurrentdb: [12] patch\(es\) NOT installed: (Database\.|SQLScript\.)"
    assert re.match(begin, found[1]), found[1]
    assert "SQLScript.format makes 'SELECT" in found[1]


# ---- the database ----


@pytest.fixture(scope="module")
def server(emulator: Any) -> Any:
    """A KurrentDB."""
    return emulator("kurrentdb")


@pytest.fixture(scope="module")
def kurrentdb(client: Client, server: Any) -> int:
    """It as a database of Superset's, by "Other" and its URI."""
    return client.add_database(
        f"kurrentdb+flightsql://admin:changeit@{server.address}?insecure=true"
    )


def test_json_goes_out_as_written(client: Client, kurrentdb: int, server: Any) -> None:
    rows = client.rows(kurrentdb, ORDERS)
    assert rows[:2] == [{"order_id": "order-0"}, {"order_id": "order-3"}]
    sent = [sql for sql in server.statements() if "OrderId" in sql]
    # But for the limit, which is Superset's.
    assert re.sub(r"LIMIT \d+$", "LIMIT 10", sent[-1]) == ORDERS


def test_the_records_are_listed(client: Client, kurrentdb: int) -> None:
    tables = client.of_database(kurrentdb, "tables/", q="(schema_name:kdb)")
    assert [table["value"] for table in tables] == ["records"]


@pytest.mark.parametrize("virtual", [False, True], ids=["table", "virtual"])
def test_events_have_charts_over_time(
    client: Client, kurrentdb: int, server: Any, virtual: bool
) -> None:
    if virtual:
        dataset = client.add_dataset(
            kurrentdb, "kdb", "orders as json", sql=VIRTUAL_DATASET
        )
    else:
        dataset = client.add_dataset(kurrentdb, "kdb", "records")
    axis = {
        "timeGrain": "P1M",
        "columnType": "BASE_AXIS",
        "sqlExpression": "created_at",
        "label": "created_at",
        "expressionType": "SQL",
    }
    result = client.chart(
        dataset,
        columns=[axis],
        metrics=[COUNT],
        granularity="created_at",
        extras={"time_grain_sqla": "P1M"},
    )
    assert not result.get("error")
    rows = result["data"]
    assert sum(row["n"] for row in rows) == (6667 if virtual else 20_000)
    assert len(rows) == 42
