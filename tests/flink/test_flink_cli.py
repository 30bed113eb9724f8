# SPDX-License-Identifier: Apache-2.0
"""Flink on the command line: rows as they come, live tables, Ctrl-C."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time
from typing import Any

from flink_help import GROUPED, PROGRAM, running, url_of, wait_until


def run(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *words], input=stdin, capture_output=True, text=True, timeout=120
    )


def test_a_query_prints_its_rows(gateway: Any) -> None:
    done = run("query", "--format", "csv", url_of(gateway), GROUPED)
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.split()) == ["a,2", "b,1", "k,n"]


def test_a_stream_prints_what_each_row_does(gateway: Any) -> None:
    done = run("query", "--stream", "--format", "jsonl", url_of(gateway), GROUPED)
    assert done.returncode == 0, done.stderr
    assert '{"op": "+U", "k": "a", "n": 2}' in done.stdout.splitlines()


def test_live_prints_the_table_that_it_makes(gateway: Any) -> None:
    done = run("query", "--live", "--format", "csv", url_of(gateway), GROUPED)
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.split()) == ["a,2", "b,1", "k,n"]


def test_a_live_table_that_is_too_large_is_an_error(gateway: Any) -> None:
    more = ["--live", "--live-max-rows", "1", "--format", "csv"]
    done = run("query", *more, url_of(gateway), GROUPED)
    assert done.returncode == 1
    assert "more than 1 live rows" in done.stderr
    done = run("shell", *more, url_of(gateway), stdin=GROUPED + ";")
    assert done.returncode == 1
    assert "more than 1 live rows" in done.stderr
    done = run("query", "--live-max-bytes", "1k", *more, url_of(gateway), GROUPED)
    assert done.returncode == 2
    assert "--live-max-bytes takes a whole number" in done.stderr


def test_live_is_for_flink() -> None:
    done = run("query", "--live", "grpc://127.0.0.1:1", "select 1")
    assert done.returncode == 2
    assert "Flink" in done.stderr


def read_until(fd: int, text: str, seconds: float = 60) -> str:
    """What a terminal shows until that text has come."""
    shown = ""
    end = time.monotonic() + seconds
    while text not in shown:
        assert time.monotonic() < end, shown
        if select.select([fd], [], [], 0.1)[0]:
            shown += os.read(fd, 65536).decode()
    return shown


def test_live_changes_in_place_and_ctrl_c_stops_the_job(gateway: Any) -> None:
    before = running(gateway)
    sql = "SELECT MOD(id, 2) AS odd, COUNT(*) AS n FROM endless GROUP BY MOD(id, 2)"
    create = (
        "CREATE TABLE endless (id INT) WITH ('connector' = 'datagen',"
        " 'rows-per-second' = '50')"
    )
    main, terminal = pty.openpty()
    process = subprocess.Popen(
        [PROGRAM, "query", "--live", "--init", create, url_of(gateway), sql],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    try:
        shown = read_until(main, "\x1b[J")  # drawn once more, over the first
        assert re.search(r"odd\s+n", shown)
        assert running(gateway) - before
        process.send_signal(signal.SIGINT)
        read_until(main, "interrupted")
        assert process.wait(60) == 130
    finally:
        process.kill()
        process.wait()
        os.close(main)
        os.close(terminal)
    wait_until(lambda: not running(gateway) - before)
