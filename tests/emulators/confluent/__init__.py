# SPDX-License-Identifier: Apache-2.0
"""Confluent Cloud for tests: its REST contract over a real Flink SQL Gateway.

    emulator = Emulator(gateway_url)
    emulator.start()
    ... emulator.url ... emulator.faults.add("GET */results*", status=503)
    emulator.close()

By hand: python -m tests.emulators.confluent --port N [--tls]; README.md beside this
says what it does and what is known of the service only by hearsay.
"""

from __future__ import annotations

import json
import ssl
import threading
import urllib.parse
from typing import Any

from . import checks
from .controlplane import ORGANIZATION, ControlPlane
from .engine import Engine
from .faults import Fault, Faults
from .http import Request, Response, Server
from .statement import Script
from .statements import Statements

__all__ = ["ENVIRONMENT", "ORGANIZATION", "Emulator", "Fault", "Request", "Script"]

ENVIRONMENT = "env-123456"
CONTROL = "/__emulator__/"


class Emulator:
    """One of them: the data plane and the control plane behind one port."""

    def __init__(
        self,
        gateway: str,
        *,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        page_rows: int = 1000,
    ) -> None:
        """Over the gateway at this URL; a session begins with the first statement."""
        self._gateway = gateway
        self._engine: Engine | None = None
        self._lock = threading.Lock()
        self.faults = Faults()
        self.requests: list[Request] = []
        self.control = ControlPlane()
        self.statements = Statements(self.engine, page_rows)
        self._server = Server(self._answer, port, tls)
        self._more: list[Server] = []

    @property
    def url(self) -> str:
        """Where it is: the `endpoint` and `controlplane_endpoint` of clients."""
        return self._server.url

    @property
    def port(self) -> int:
        """Its port."""
        return self._server.port

    def engine(self) -> Engine:
        """What runs the statements, begun when it is first needed."""
        with self._lock:
            if self._engine is None:
                self._engine = Engine(self._gateway)
            return self._engine

    def start(self) -> None:
        """Answer, on threads."""
        self._server.start()

    def listen(self, tls: ssl.SSLContext) -> Server:
        """Answer on another port as well, with TLS."""
        server = Server(self._answer, 0, tls)
        server.start()
        self._more.append(server)
        return server

    def serve(self) -> None:
        """Answer, on this thread, until `close`."""
        self._server.serve()

    def close(self) -> None:
        """End everything."""
        for server in (self._server, *self._more):
            server.stop()
        self.statements.stop_all()
        if self._engine is not None:
            self._engine.close()

    def asked(self, pattern: str) -> list[Request]:
        """The requests so far that are about METHOD PATH, with wildcards."""
        return [one for one in self.requests if Fault(pattern).matches(one)]

    def reset(self) -> None:
        """Forget requests and faults, and end and forget all statements."""
        self.statements.stop_all()
        self.statements.clear()
        self.statements.scripts.clear()
        self.statements.settle = 0.0
        self.requests.clear()
        self.faults.clear()
        self.control = ControlPlane()

    def _answer(self, request: Request) -> Response:
        if request.path.startswith(CONTROL):
            return self._controlled(request)
        self.requests.append(request)
        fault = self.faults.due(request)
        if fault is not None and fault.status is not None:
            return fault.instead()
        try:
            response = self._routed(request)
        except checks.Refused as refused:
            response = refused.response
        return fault.applied(response) if fault is not None else response

    def _routed(self, request: Request) -> Response:
        if not request.headers.get("User-Agent"):
            raise checks.Refused(400, "Bad Request: no User-Agent")
        path = checks.segments(request)
        host = request.headers.get("Host")
        if not host:
            raise checks.Refused(400, "Bad Request: no Host")
        base = f"{request.scheme}://{host}"
        if path[:2] == ["sql", "v1"]:
            return self.statements.answer(request, path[2:], base)
        return self.control.answer(request, path, base)

    # ---- for other processes: /__emulator__/state, /faults, /scripts, /reset ----

    def _controlled(self, request: Request) -> Response:
        command = request.path.removeprefix(CONTROL)
        if command == "state":
            return Response(body=self.state())
        given = json.loads(request.body or b"{}")
        if command == "faults":
            self.faults.add(**given)
        elif command == "scripts":
            self.statements.scripts[given.pop("sql")] = Script(**given)
        elif command == "settle":
            self.statements.settle = float(given["seconds"])
        elif command == "reset":
            self.reset()
        else:
            return Response(404, checks.errors(404, f"Not Found: {command}"))
        return Response(body={})

    def state(self) -> dict[str, Any]:
        """What there is, and what was asked."""
        return {
            "statements": {one.name: one.phase for one in self.statements.all()},
            "requests": [f"{one.method} {one.target}" for one in self.requests],
        }


def decoded(request: Request) -> Any:
    """The JSON of a request's body."""
    return json.loads(request.body)


def parameters(request: Request) -> dict[str, str]:
    """The query of a request."""
    return dict(urllib.parse.parse_qsl(request.query, keep_blank_values=True))
