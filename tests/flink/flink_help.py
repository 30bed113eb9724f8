# SPDX-License-Identifier: Apache-2.0
"""What the tests of Flink share."""

from __future__ import annotations

import json
import sysconfig
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emulators.confluent import ENVIRONMENT, ORGANIZATION, Emulator

PROGRAM = str(Path(sysconfig.get_path("scripts"), "fletching"))
GROUPED = "SELECT k, COUNT(*) AS n FROM (VALUES 'a', 'b', 'a') AS t(k) GROUP BY k"
ENDLESS = (
    "CREATE TABLE {} (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '50',"
    " 'fields.id.kind' = 'sequence', 'fields.id.start' = '1',"
    " 'fields.id.end' = '20000')"
)


def url_of(server: Any) -> str:
    return "flink+" + str(server.uri)


def confluent_url(emulator: Emulator) -> str:
    return (
        f"confluent://KEY:SECRET@/{ENVIRONMENT}/db?organization={ORGANIZATION}"
        f"&endpoint={emulator.url}&compute_pool=lfcp-1"
    )


def running(server: Any) -> set[str]:
    """The jobs that run on the gateway's cluster."""
    with urllib.request.urlopen(server.extra["rest"] + "/jobs/overview") as answer:
        jobs = json.load(answer)["jobs"]
    over = ("FINISHED", "CANCELED", "FAILED")
    return {job["jid"] for job in jobs if job["state"] not in over}


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not become so"
        time.sleep(0.05)
