# SPDX-License-Identifier: Apache-2.0
"""The fault server as a fixture: start it, control it, read its counts."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("dev", "release", "tests")


def binary() -> Path | None:
    """The server: FLETCHING_FAULT_SERVER, or what a build directory holds."""
    if named := os.environ.get("FLETCHING_FAULT_SERVER"):
        return Path(named)
    for place in PLACES:
        path = ROOT / "build" / place / "tests" / "fault" / "fault_server"
        if path.exists():
            return path
    return None


class FaultServer:
    """One running fault server; `uri` for clients, the rest for assertions."""

    def __init__(self, path: Path, certificates: Path) -> None:
        self.process = subprocess.Popen(
            [path, "--with-parent", "--make-certificate", certificates],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        first = self.process.stdout.readline()
        second = self.process.stdout.readline()
        self.uri = re.findall(r"grpc\S*", first)[0]
        control = int(second.rsplit(":", 1)[1])
        self.roots = str(certificates / "cert.pem")
        self._control = socket.create_connection(("127.0.0.1", control))
        self._lines = self._control.makefile("r")

    def ask(self, command: str) -> Any:
        self._control.sendall(command.encode() + b"\n")
        return json.loads(self._lines.readline())

    def reset(self) -> None:
        """Forgets all counts and cuts all connections."""
        self.ask("reset")

    def stats(self) -> dict[str, Any]:
        stats: dict[str, Any] = self.ask("stats")
        return stats

    def listen(self, mode: str) -> str:
        """The URI of a port in `mode` (modes.h), plaintext."""
        return f"grpc://127.0.0.1:{self.ask('listen ' + mode)}"

    def listen_tls(self, mode: str = "main") -> str:
        return f"grpc+tls://127.0.0.1:{self.ask('listen-tls ' + mode)}"

    def dead_uri(self) -> str:
        """A port that refuses connections."""
        return f"grpc://127.0.0.1:{self.ask('dead-port')}"

    def executions(self, sql: str) -> int:
        count: int = self.stats()["executions"].get(sql, 0)
        return count

    def rpcs(self, name: str = "") -> int:
        """RPCs of `name` ("DoGet", "DoPut:CommandStatementUpdate"), or all."""
        rpcs: dict[str, int] = self.stats()["rpcs"]
        if name:
            return rpcs.get(name, 0)
        return sum(count for key, count in rpcs.items() if ":" not in key)

    def count(self, name: str) -> int:
        count: int = self.stats()["counts"].get(name, 0)
        return count

    def requests(self, method: str = "") -> list[dict[str, Any]]:
        """The requests seen, each with its headers as a dict (the last value wins)."""
        seen = [r for r in self.stats()["requests"] if method in ("", r["method"])]
        for request in seen:
            request["all"] = request["headers"]
            request["headers"] = dict(request["headers"])
        return seen

    def stop(self) -> None:
        self._lines.close()
        self._control.close()
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture(scope="session")
def _fault_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultServer]:
    path = binary()
    if path is None or not path.exists():
        message = f"no fault server (build it, or set FLETCHING_FAULT_SERVER): {path}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    server = FaultServer(path, tmp_path_factory.mktemp("certificates"))
    yield server
    server.stop()


@pytest.fixture
def server(_fault_server: FaultServer) -> Iterator[FaultServer]:
    """The fault server with nothing counted yet; it must survive the test."""
    _fault_server.reset()
    yield _fault_server
    assert _fault_server.process.poll() is None, "the fault server died"
