# SPDX-License-Identifier: Apache-2.0
"""The snippets of docs/guides/sqlalchemy.md run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pages import DOCS, blocks_of, printed_by

SNIPPETS = blocks_of(DOCS / "guides/sqlalchemy.md")
TITLES = ["first", "timeout", "reflection", "custom", "asyncio", "frames"]


@pytest.mark.parametrize("snippet", SNIPPETS, ids=TITLES)
def test_a_snippet_of_the_guide_runs(
    snippet: str, embedded: Any, tmp_path: Path
) -> None:
    address = embedded(engine="datafusion").uri.partition("://")[2]
    printed_by(snippet.replace("localhost:31337", address), tmp_path)
