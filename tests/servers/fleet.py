# SPDX-License-Identifier: Apache-2.0
"""The servers of one test session: each started once, on demand, ended with it."""

from __future__ import annotations

import pathlib
import time
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from servers.launch import MissingError, Server
from servers.process import StartError

LOG_TAIL = 20_000


class Fleet:
    """What runs, what could not, and since when."""

    def __init__(self, *, in_ci: bool) -> None:
        """Nothing yet. `in_ci`: what is missing fails instead of being skipped."""
        self.root = pathlib.Path()  # the fixture sets it
        self._in_ci = in_ci
        self._servers: dict[str, Server] = {}
        self._missing: dict[str, str] = {}
        self._seconds: dict[str, float] = {}
        self._ended: dict[str, int] = {}  # fresh ones, by name
        self._started = 0
        self._addresses: set[str] = set()

    def get(
        self, name: str, start: Callable[..., Server], *arguments: Any, **options: Any
    ) -> Server:
        """The server of these arguments; one that has died is reported, not replaced.

        With fresh=True a new one in any case.
        """
        fresh = options.pop("fresh", False)
        words = [str(word) for word in arguments if not callable(word)]
        words += [f"{key}={_text(value)}" for key, value in sorted(options.items())]
        key = " ".join([name, *words])
        if fresh:
            key += f" #{self._started}"
        server = self._servers.get(key)
        if server is None:
            server = self._start(key, name, start, arguments, options)
        elif not server.process.running:
            pytest.fail(
                f"the server {key} has died earlier; its log ends with\n"
                + server.log()[-LOG_TAIL:]
            )
        return server

    def give_up(self, name: str, reason: str, *, installable: bool = True) -> NoReturn:
        """Skip the test, or fail it where nothing that can be installed may be missing.

        Either way the session's summary says so.
        """
        self._missing[name] = reason
        if self._in_ci and installable:
            pytest.fail(f"CI=true and {reason}", pytrace=False)
        pytest.skip(reason)

    def stop(self) -> None:
        """End all of them."""
        for server in self._servers.values():
            server.process.stop()

    def end(self, server: Server) -> None:
        """End one that only its test has; its log stays for that test's report."""
        server.process.stop()
        self._ended[server.name] = self._ended.get(server.name, 0) + 1

    def drop_ended(self) -> None:
        """Forget those that were ended, once nobody can report on them any more."""
        for key in [key for key, one in self._servers.items() if one.process.stopped]:
            del self._servers[key]

    def marks(self) -> dict[str, int]:
        """The length of each log."""
        return {
            key: server.process.log_path.stat().st_size
            for key, server in self._servers.items()
        }

    def written_since(self, marks: dict[str, int]) -> list[tuple[str, str]]:
        """What each server has written since then, and whether it has died."""
        written = []
        for key, server in self._servers.items():
            text = server.log(marks.get(key, 0))[-LOG_TAIL:]
            if server.process.died:
                text += f"\n(this server has died, status {server.process.status})"
            if text:
                written.append((key, text))
        return written

    def summary(self) -> list[str]:
        """A line each for what ran and what did not."""
        lines = [
            f"{key}: {server.version}, up in {self._seconds[key]:.1f} s"
            + (" - DIED" if server.process.died else "")
            for key, server in self._servers.items()
            if not server.process.stopped
        ]
        lines += [f"{name}: {n} more for one test" for name, n in self._ended.items()]
        return lines + [f"NOT RUN {key}: {why}" for key, why in self._missing.items()]

    def _start(
        self,
        key: str,
        name: str,
        start: Callable[..., Server],
        arguments: tuple[Any, ...],
        options: dict[str, Any],
    ) -> Server:
        folder = self.root / f"{name}{self._started}"
        self._started += 1
        folder.mkdir(exist_ok=True)
        started = time.monotonic()
        try:
            server = start(folder, *arguments, **options)
        except MissingError as error:
            self.give_up(name, str(error))
        except StartError as error:
            pytest.fail(str(error), pytrace=False)
        chosen = "-listen" in options.get("flags", ())
        if server.uri in self._addresses and not chosen:
            # What is under test remembers who was there before.
            self._addresses.remove(server.uri)  # once is enough
            another = self._start(key, name, start, arguments, options)
            server.process.stop()
            return another
        self._addresses.add(server.uri)
        self._servers[key] = server
        self._seconds[key] = time.monotonic() - started
        return server


def _text(value: object) -> str:
    """An argument as it identifies a server: files by path, lists by content."""
    folder = getattr(value, "folder", None)
    if folder is not None:
        return str(folder)
    return " ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
