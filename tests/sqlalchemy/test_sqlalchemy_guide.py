# SPDX-License-Identifier: Apache-2.0
"""The snippets of docs/guides/sqlalchemy.md run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "sqlalchemy.md"
SNIPPETS = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
TITLES = ["first", "timeout", "reflection", "custom", "asyncio", "frames"]


@pytest.mark.parametrize("snippet", SNIPPETS, ids=TITLES)
def test_a_snippet_of_the_guide_runs(
    snippet: str, embedded: Any, tmp_path: Path
) -> None:
    address = embedded(engine="datafusion").uri.partition("://")[2]
    program = tmp_path / "snippet.py"
    program.write_text(snippet.replace("localhost:31337", address))
    done = subprocess.run(
        [sys.executable, str(program)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=dict(os.environ),
    )
    assert done.returncode == 0, done.stderr
