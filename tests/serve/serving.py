# SPDX-License-Identifier: Apache-2.0
"""Server processes of these tests and what they use of the machine."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

from servers.process import dies_with_us
from sql_client import Client

_SOURCE = Path(__file__).resolve().parents[2] / "python"


def environment() -> dict[str, str]:
    """Use the installed package, or the source tree where there is none."""
    environment = dict(os.environ)
    try:
        found = importlib.util.find_spec("fletching.serve")
    except ModuleNotFoundError:
        found = None
    if found is None:
        environment["PYTHONPATH"] = str(_SOURCE)
        sys.path.insert(0, str(_SOURCE))
    return environment


class Server:
    """A running server process."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            dies_with_us([sys.executable, "-m", "fletching.serve", *arguments]),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            self.process.wait(10)
            raise AssertionError(f"no server: {line!r} {self.process.stderr.read()}")
        self.uri = line.split()[-1]

    def client(self, **options: object) -> Client:
        return Client(self.uri, **options)

    def processes(self) -> list[int]:
        """Return the server's process and its descendants, parents first."""
        return _family(self.process.pid)

    def cpu_seconds(self) -> float:
        """Return the CPU time of the server and its child processes so far."""
        return sum(_cpu(pid) for pid in self.processes())

    def wait_idle(self, within: float) -> float:
        """Wait until the server uses no CPU; returns the seconds it took."""
        start = time.monotonic()
        while (passed := time.monotonic() - start) < within:
            before = self.cpu_seconds()
            time.sleep(0.25)
            if abs(self.cpu_seconds() - before) < 0.05:
                return passed
        raise AssertionError(f"still busy after {within} s")

    def stop(self) -> int:
        self.process.terminate()
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()
            for pipe in (self.process.stdout, self.process.stderr):
                if pipe is not None:
                    pipe.close()


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task").glob("*/children")
    found = [pid]
    for file in children:
        try:
            listed = [int(child) for child in file.read_text().split()]
        except OSError:
            continue
        for child in listed:
            found += _family(child)
    return found


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
