# SPDX-License-Identifier: Apache-2.0
"""The guide shows what `fletching shell` shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_transcript_in_the_guide_is_what_the_shell_shows() -> None:
    command = [sys.executable, str(ROOT / "tools/shell_transcript.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
