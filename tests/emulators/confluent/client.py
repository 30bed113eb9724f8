# SPDX-License-Identifier: Apache-2.0
"""The emulator's routes, asked by the standard library's own client."""

from __future__ import annotations

import base64
import http.client
import json
import time
import uuid
from typing import Any

from . import ENVIRONMENT, ORGANIZATION, Emulator

BASE = f"/sql/v1/organizations/{ORGANIZATION}/environments/{ENVIRONMENT}"


class Client:
    """One connection."""

    def __init__(
        self, emulator: Emulator, key: str = "key", secret: str = "secret"
    ) -> None:
        self.connection = http.client.HTTPConnection(
            "127.0.0.1", emulator.port, timeout=60
        )
        login = base64.b64encode(f"{key}:{secret}".encode()).decode()
        self.headers = {"Authorization": f"Basic {login}", "User-Agent": "test"}
        self._origin = emulator.url

    def close(self) -> None:
        """End it."""
        self.connection.close()

    def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        kind: str = "application/json",
        **headers: str,
    ) -> tuple[int, Any]:
        """Status and JSON; a path without a slash in front is the environment's."""
        path = path.removeprefix(self._origin)
        path = path if path.startswith("/") else f"{BASE}/{path}"
        sent = {**self.headers, **headers}
        data = None
        if body is not None:
            data = json.dumps(body)
            sent["Content-Type"] = kind
        self.connection.request(method, path, data, sent)
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None

    def post(
        self, sql: str, *, snapshot: bool = False, **changes: Any
    ) -> tuple[int, Any]:
        """Create a statement."""
        properties = {
            "sql.current-catalog": ENVIRONMENT,
            "sql.current-database": "db",
            **changes.pop("properties", {}),
        }
        if snapshot:
            properties["sql.snapshot.mode"] = "now"
        body = {
            "name": f"test-{uuid.uuid4()}",
            "organization_id": ORGANIZATION,
            "environment_id": ENVIRONMENT,
            "spec": {"statement": sql, "properties": properties, "stopped": False},
            **changes,
        }
        return self("POST", "statements", body)

    def wait(self, name: str, *phases: str) -> Any:
        """The statement, once it is in one of these phases, or in none that goes on."""
        over = (*phases, "FAILED", "COMPLETED", "STOPPED")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            status, statement = self("GET", f"statements/{name}")
            assert status == 200, statement
            if statement["status"]["phase"] in over:
                return statement
            time.sleep(0.05)
        raise AssertionError(f"{name} is still {statement['status']['phase']}")

    def run(self, sql: str, **options: Any) -> Any:
        """The statement of this text once it is RUNNING or over."""
        status, created = self.post(sql, **options)
        assert status == 201, created
        assert created["status"]["phase"] == "PENDING"
        return self.wait(created["name"], "RUNNING")

    def rows(self, name: str, wanted: int | None = None) -> list[Any]:
        """[op, row] to the end, or until there are so many."""
        rows: list[Any] = []
        path = f"statements/{name}/results"
        deadline = time.monotonic() + 60
        while path and (wanted is None or len(rows) < wanted):
            assert time.monotonic() < deadline, f"only {rows}"
            status, page = self("GET", path)
            assert status == 200, page
            data = page["results"]["data"]
            rows += [[one.get("op", 0), one["row"]] for one in data]
            path = page["metadata"]["next"]
            if not data:
                time.sleep(0.05)
        return rows
