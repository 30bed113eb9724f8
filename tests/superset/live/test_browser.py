# SPDX-License-Identifier: Apache-2.0
"""A user at Superset's pages, in a real browser.

FLETCHING_PICTURES is where the screenshots go: docs/images, for the guide.
"""

from __future__ import annotations

import os
import pathlib
from typing import Any

import pytest
from browser_setup import drive
from test_sqllab import LONG

QUERY = (
    "SELECT region,  count(*) AS n, sum(amount) AS total\nFROM orders GROUP BY region"
)


@pytest.mark.timeout(900)
def test_forms_queries_charts_and_stop(
    address: str,
    fusion_server: Any,
    duck_server: Any,
    duck_uri: str,
    tmp_path: pathlib.Path,
) -> None:
    pictures = pathlib.Path(os.environ.get("FLETCHING_PICTURES") or tmp_path).absolute()
    host, _, port = fusion_server.address.partition(":")
    fusion = {
        "name": "Orders",
        "file": "datafusion",
        "first": True,
        "choice": "Apache DataFusion",
        "form": {
            "host": host,
            "port": port,
            "username": fusion_server.user,
            "password": fusion_server.password,
        },
        "sql": QUERY,
        "schema": "public",
        "table": "orders",
    }
    duck = {
        "name": "Orders in DuckDB",
        "file": "duckdb",
        "uri": duck_uri,
        "sql": QUERY,
        "schema": "main",
        "table": "orders",
    }
    chart = {
        "database": "Orders",
        "file": "datafusion",
        "schema": "public",
        "name": "Orders by day",
        "sql": "SELECT placed, region,  amount FROM orders WHERE note <> 'n0'",
        "time": "placed",
        "by": "region",
        "metric": "sum(amount)",
    }
    said = drive(
        {
            "address": address,
            "pictures": str(pictures),
            "databases": [fusion, duck],
            "charts": [chart],
            "stop": {"database": "Orders in DuckDB", "sql": LONG},
        },
        tmp_path,
    )
    ran = [step for step in said if step["step"] == "ran"]
    assert [step["executed"] for step in ran] == [f"{QUERY}\nLIMIT 1001"] * 2
    assert [step["rows"] for step in ran] == [2, 2]
    assert [step["status"] for step in said if step["step"] == "columns"] == [200, 200]
    (drawn,) = (step for step in said if step["step"] == "chart")
    assert drawn["rows"] == 62
    assert "date_trunc('day'" in drawn["query"]
    assert said[-1]["step"] == "stopped"
    for name in ("datafusion-form", "datafusion-sqllab", "datafusion-chart", "stopped"):
        assert (pictures / f"superset-{name}.png").stat().st_size < 300_000
