# SPDX-License-Identifier: Apache-2.0
"""Server processes: started when first asked for, waited for, logged, always ended."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence

START_SECONDS = 30.0
STOP_SECONDS = 5.0
LISTENING = re.compile(r"^listening on (\S+://\S+)$", re.MULTILINE)


class StartError(Exception):
    """A server that did not come up, with its log."""


def dies_with_us(command: Sequence[str | pathlib.Path]) -> list[str]:
    """`command`, changed so that the kernel kills it when this thread's process ends.

    However it ends, so nothing is left running after a killed test session. The program
    setpriv execs the command, so its pid is the command's. Start it in the main thread:
    the kernel looks at the thread that did.
    """
    words = list(map(str, command))
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise StartError("the setpriv program is missing (install util-linux)")
    return [setpriv, "--pdeathsig", "KILL", "--", *words]


def free_port() -> int:
    """A port that was free a moment ago, for servers that cannot choose one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ServerProcess:
    """One running program with its log in a file."""

    def __init__(
        self,
        command: Sequence[str | pathlib.Path],
        log: pathlib.Path,
        *,
        environment: Mapping[str, str] | None = None,
        folder: pathlib.Path | None = None,
    ) -> None:
        """Start it, in `folder`, with `environment` added to ours."""
        self._stopped = False
        self.command = list(map(str, command))
        self.log_path = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                dies_with_us(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                cwd=folder,
            )

    @property
    def pid(self) -> int:
        """The program's own."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it still does."""
        return self._process.poll() is None

    @property
    def status(self) -> int | None:
        """How it ended: its exit status, or minus the signal; None while it runs."""
        return self._process.poll()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped

    @property
    def died(self) -> bool:
        """Whether it ended although nobody asked it to."""
        return not self.running and not self._stopped

    def log(self, start: int = 0) -> str:
        """What it has written, from byte `start` on."""
        with self.log_path.open("rb") as file:
            file.seek(start)
            return file.read().decode(errors="replace")

    def wait_for(self, line: re.Pattern[str], seconds: float = START_SECONDS) -> str:
        """The first group of the first match of `line` in the log."""
        deadline = time.monotonic() + seconds
        while True:
            ended = not self.running
            found = line.search(self.log())
            if found:
                return found.group(1)
            self._check(ended, deadline, f"never wrote /{line.pattern}/")
            time.sleep(0.01)

    def wait_for_port(self, port: int, seconds: float = START_SECONDS) -> None:
        """Return once something accepts there."""
        deadline = time.monotonic() + seconds
        while True:
            ended = not self.running
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                if not ended:
                    return
            self._check(ended, deadline, f"does not listen on port {port}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Ask it to end, then make it; by pid."""
        if self.running:
            self._stopped = True
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()

    def _check(self, ended: bool, deadline: float, complaint: str) -> None:
        if not ended and time.monotonic() < deadline:
            return
        if ended:
            complaint = f"ended with status {self._process.returncode}"
        self.stop()
        raise StartError(
            f"{' '.join(self.command)}: {complaint}; its log:\n{self.log()}"
        )
