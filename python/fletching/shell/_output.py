# SPDX-License-Identifier: Apache-2.0
"""Where rows go: the terminal, a pager where they are more than fits, or a file."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import BinaryIO

_RESERVED = 3  # lines of a screen that the next prompt takes


class OutputClosed(Exception):
    """The person left the pager before the end."""


def pager_command() -> list[str]:
    """$PAGER, or `less`; empty: there is none."""
    given = os.environ.get("PAGER")
    if given is not None:
        return shlex.split(given)
    return ["less"] if shutil.which("less") else []


class Terminal:
    """Standard output; what does not fit goes through a pager as it comes."""

    def __init__(self, paged: bool) -> None:
        self._command = pager_command() if paged and sys.stdout.isatty() else []
        self._held = b""
        self._pager: subprocess.Popen[bytes] | None = None

    def write(self, data: bytes) -> None:
        """Raises OutputClosed."""
        if self._pager is not None:
            self._to_pager(data)
        elif not self._command:
            _to_standard_output(data)
        else:
            self._held += data
            if not self._fits():
                self._start()

    def finish(self) -> None:
        """Show what is held back; wait until the person has left the pager."""
        held, self._held = self._held, b""
        if self._pager is None:
            _to_standard_output(held)
            return
        pager, self._pager = self._pager, None
        assert pager.stdin is not None
        with _without_interrupts():
            with contextlib.suppress(BrokenPipeError):
                pager.stdin.close()
            pager.wait()

    def _fits(self) -> bool:
        size = shutil.get_terminal_size()
        lines = self._held.decode(errors="replace").split("\n")
        return len(lines) <= size.lines - _RESERVED and all(
            len(line) <= size.columns for line in lines
        )

    def _start(self) -> None:
        environment = {"LESS": "-SRX", "LESSCHARSET": "utf-8", **os.environ}
        try:
            self._pager = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, env=environment
            )
        except OSError as error:
            print(f"pager: {error}", file=sys.stderr)
            self._command = []
        held, self._held = self._held, b""
        self.write(held)

    def _to_pager(self, data: bytes) -> None:
        assert self._pager is not None
        assert self._pager.stdin is not None
        try:
            self._pager.stdin.write(data)
            self._pager.stdin.flush()
        except BrokenPipeError:
            raise OutputClosed from None


class File:
    """A file that ``\\o`` named, which stays open."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, data: bytes) -> None:
        """Raises OSError."""
        self._file.write(data)

    def finish(self) -> None:
        """Have it on disk."""
        self._file.flush()


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """Ctrl-C is the pager's while somebody looks into it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _to_standard_output(data: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


_UNFIT = re.compile(r"[^\w$]")


def quoted(name: str, quote: str) -> str:
    """The name as SQL has it: in quotes where it needs them."""
    plain = name and not _UNFIT.search(name) and not name[0].isdigit()
    if plain and name == name.lower():
        return name
    return quote + name.replace(quote, quote * 2) + quote
