# SPDX-License-Identifier: Apache-2.0
"""The reference page of options is what the installed driver's table says."""

from __future__ import annotations

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]


def test_options_page_is_current() -> None:
    command = [sys.executable, str(ROOT / "tools/gen_options.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
