# SPDX-License-Identifier: Apache-2.0
"""The examples of the pages under docs/ do what they say."""

from __future__ import annotations

import datetime
import pathlib
import re
from typing import Any

import pytest

import fletching

DOCS = pathlib.Path(__file__).parent.parent.parent / "docs"


@pytest.mark.parametrize("page", ["parameters", "transactions"])
def test_the_examples_of_a_page_run(embedded: Any, go_fresh: Any, page: str) -> None:
    server = embedded(engine="duckdb") if page == "parameters" else go_fresh()
    text = (DOCS / f"{page}.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert blocks
    with fletching.connect(server.uri) as connection:
        names = {"connection": connection, "date": datetime.date}
        for block in blocks:
            exec(compile(block, f"{page}.md", "exec"), names)
