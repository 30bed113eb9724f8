# SPDX-License-Identifier: Apache-2.0
"""Confluent's own driver finds the emulator right."""

from __future__ import annotations

import json
import pathlib
import subprocess

import pytest
import venvs

from emulators.confluent import ENVIRONMENT, ORGANIZATION, Emulator


@pytest.mark.timeout(300)  # its polls start at a second, and there are twelve of them
def test_confluent_sql_0_7_0(confluent: Emulator, tmp_path: pathlib.Path) -> None:
    confluent.control.clusters.append(
        {"environment": ENVIRONMENT, "id": "lkc-1", "display_name": "db"}
    )
    script = pathlib.Path(__file__).with_name("judge.py")
    arguments = [confluent.url, ORGANIZATION, ENVIRONMENT, str(tmp_path)]
    done = subprocess.run(
        [venvs.interpreter("confluent-sql"), script, *arguments],
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    failed = seen.pop("left")
    assert len(failed) == 1  # the statement that failed: its cursor was not closed
    assert seen == {
        "organization": True,
        "rows": [[1, "a", "1.50"], [2, "b", "2.25"]],
        "description": [["n", "INTEGER"], ["t", "CHAR"], ["d", "DECIMAL"]],
        "labels": ["judged"],
        "listed": True,
        "compressed": [{"k": "a", "n": 2}, {"k": "b", "n": 1}],
        "stopped": True,
        "dry": ["a"],
        "error": True,
        "ddl": "DELETED",
        "tableflow": "RUNNING",
        "connector": "RUNNING",
        "paused": "PAUSED",
        "artifact": True,
    }
