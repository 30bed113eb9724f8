# SPDX-License-Identifier: Apache-2.0
"""A terminal that a test types into and looks at: tmux, with a server of its own."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
import uuid
from collections.abc import Mapping, Sequence

SECONDS = 30.0


class Terminal:
    """One program in a window. Close it, and the program gets SIGHUP."""

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        columns: int = 100,
        lines: int = 30,
    ) -> None:
        self._name = f"fletching-{uuid.uuid4().hex}"
        given = [f"{name}={value}" for name, value in env.items()]
        # What it ends with stays on the screen.
        shown = (
            f"{shlex.join(['env', *given, *command])}; echo ended with $?; sleep 600"
        )
        size = ["-x", str(columns), "-y", str(lines)]
        self._tmux("-f", "/dev/null", "new-session", "-d", *size, shown)

    def type(self, text: str, *keys: str) -> None:
        """Type text as it is, then keys by tmux' names; Enter if there are none."""
        if text.endswith(";"):  # which tmux would take for the end of its command
            text = text[:-1] + "\\;"
        if text:
            self._tmux("send-keys", "-l", "--", text)
        for key in keys or ("Enter",):
            self._tmux("send-keys", key)

    def press(self, *keys: str) -> None:
        """Keys alone."""
        self.type("", *keys)

    def screen(self) -> str:
        """What is to be seen now, with what scrolled away."""
        return self._tmux("capture-pane", "-p", "-S", "-500").rstrip() + "\n"

    def wait(self, pattern: str, after: str = "") -> str:
        """The screen behind the last `after`, once it matches the pattern."""
        deadline = time.monotonic() + SECONDS
        while True:
            screen = self.screen()
            seen = screen[screen.rfind(after) :] if after else screen
            if (not after or after in screen) and re.search(pattern, seen, re.M):
                return seen
            assert time.monotonic() < deadline, f"no {pattern!r} in:\n{screen}"
            time.sleep(0.05)

    def close(self) -> None:
        """End it all."""
        self._tmux("kill-server", check=False)

    def _tmux(self, *words: str, check: bool = True) -> str:
        environment = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        environment.pop("TMUX", None)
        done = subprocess.run(
            ["tmux", "-L", self._name, *words],
            capture_output=True,
            text=True,
            timeout=60,
            env=environment,
        )
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout
