# SPDX-License-Identifier: Apache-2.0
"""Pages of the documentation, whose blocks of code are run by tests."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
DOCS = REPOSITORY / "docs"


def blocks_of(page: Path, language: str = "python") -> list[str]:
    """The blocks in that language, of which there is at least one."""
    pattern = rf"^```{language}\n(.*?)^```$"
    blocks = re.findall(pattern, page.read_text(), re.MULTILINE | re.DOTALL)
    assert blocks, f"{page} has no block of {language}"
    return blocks


def printed_by(text: str, folder: Path) -> str:
    """What a program prints that has this text; it has to end well."""
    program = folder / "program.py"
    program.write_text(text)
    done = subprocess.run(
        [sys.executable, str(program)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=dict(os.environ),
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
