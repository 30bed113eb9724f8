# SPDX-License-Identifier: Apache-2.0
"""JupySQL's %sql, as docs/guides/sqlalchemy.md shows it."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import venvs

GUIDE = Path(__file__).parents[2] / "docs/guides/sqlalchemy.md"

RUN = """
import sys
sys.path.append({site!r})  # behind the environment's own packages
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for line in {lines!r}:
    done = shell.run_cell(line)
    done.raise_error()
print("answer:", list(done.result))
"""


def test_the_lines_of_the_guide(embedded: Any, tmp_path: Path) -> None:
    address = embedded(engine="datafusion").uri.partition("://")[2]
    (block,) = re.findall(r"```ipython\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    lines = block.replace("localhost:31337", address).splitlines()
    done = subprocess.run(
        [
            venvs.interpreter("jupysql"),
            "-c",
            RUN.format(site=sysconfig.get_path("purelib"), lines=lines),
        ],
        env={
            **os.environ,
            "HOME": str(tmp_path),
            "IPYTHONDIR": str(tmp_path),
            "PLOOMBER_STATS_ENABLED": "false",
        },
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "answer: [(42,)]" in done.stdout.splitlines()
    assert "shutting down" not in done.stderr
