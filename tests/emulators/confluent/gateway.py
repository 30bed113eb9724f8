# SPDX-License-Identifier: Apache-2.0
"""The SQL Gateway as the emulator uses it: one session, statements, their pages.

Numbers of a page stay as their text (`Raw`): a DECIMAL must not go through a float.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.parse
from typing import Any


class Raw(str):
    """A JSON number as it was written."""


class GatewayError(Exception):
    """What a statement, or the gateway, failed of: the innermost cause."""


def cause_of(text: str) -> str:
    """The message of the last exception in a Java stack trace."""
    last = text.rsplit("Caused by: ", 1)[-1]
    lines = []
    for line in last.splitlines():
        if line.startswith(("\tat ", "\t...")):
            break
        lines.append(line)
    message = "\n".join(lines).strip()
    # "org.apache...ValidationException: SQL validation failed": the class says little.
    name, separator, rest = message.partition(": ")
    return rest if separator and "." in name and " " not in name else message


class Gateway:
    """A client of one gateway; any thread."""

    def __init__(self, url: str) -> None:
        """Of http://HOST:PORT; nothing is sent yet."""
        place = urllib.parse.urlsplit(url)
        self._address = (place.hostname or "", place.port or 8083)
        self._lock = threading.Lock()
        self._idle: list[http.client.HTTPConnection] = []

    def call(self, method: str, path: str, body: object = None) -> Any:
        """One request; the JSON of the answer, or GatewayError."""
        status, text = self._exchange(method, path, body)
        answer = json.loads(text, parse_int=Raw, parse_float=Raw) if text else {}
        if status != 200:
            errors = answer.get("errors") or [text]
            raise GatewayError(cause_of(errors[-1]))
        return answer

    def _exchange(self, method: str, path: str, body: object) -> tuple[int, str]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if data is not None else {}
        while True:
            with self._lock:
                kept = self._idle.pop() if self._idle else None
            connection = kept or http.client.HTTPConnection(*self._address, timeout=60)
            try:
                connection.request(method, path, data, headers)
                answer = connection.getresponse()
                text = answer.read().decode()
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                if kept is None:
                    raise GatewayError(f"the gateway: {error}") from error
                continue  # it was idle for too long, perhaps
            with self._lock:
                self._idle.append(connection)
            return answer.status, text

    def close(self) -> None:
        """Close the connections that are idle."""
        with self._lock:
            for one in self._idle:
                one.close()
            self._idle.clear()

    def open_session(self, properties: dict[str, str]) -> Session:
        """A session with these settings."""
        answer = self.call("POST", "/v2/sessions", {"properties": properties})
        return Session(self, answer["sessionHandle"])


class Session:
    """One session of the gateway; any thread."""

    def __init__(self, gateway: Gateway, handle: str) -> None:
        self.gateway = gateway
        self._path = f"/v2/sessions/{handle}"

    def submit(self, sql: str, settings: dict[str, str] | None = None) -> Operation:
        """Hand a statement over."""
        body = {"statement": sql, "executionConfig": settings or {}}
        answer = self.gateway.call("POST", f"{self._path}/statements", body)
        handle = answer["operationHandle"]
        return Operation(self.gateway, f"{self._path}/operations/{handle}")

    def run(self, sql: str, settings: dict[str, str] | None = None) -> Page:
        """A statement that ends at once: all of its rows in one page."""
        operation = self.submit(sql, settings)
        try:
            whole, position = operation.wait_for_page(0), 1
            page = whole
            while not page.end:
                page = operation.wait_for_page(position)
                whole.rows += page.rows
                position += 1
            return whole
        finally:
            operation.close()

    def heartbeat(self) -> None:
        """Stay open."""
        self.gateway.call("POST", f"{self._path}/heartbeat", {})

    def close(self) -> None:
        """End it with all that runs, and the connections to its gateway."""
        self.gateway.call("DELETE", self._path)
        self.gateway.close()


class Page:
    """Rows as (kind, fields), in the encoding that was asked for."""

    def __init__(self, answer: dict[str, Any], plain: bool) -> None:
        results = answer["results"]
        self.columns: list[dict[str, Any]] = results.get("columns") or []
        self.rows = [(row["kind"], row["fields"]) for row in results.get("data", ())]
        self.end = answer["resultType"] == "EOS"
        self.plain = plain
        self.job_id: str | None = answer.get("jobID")


OPENING = 1.5  # s; by then a job that was submitted has opened its sink


class Operation:
    """A statement that the gateway has."""

    def __init__(self, gateway: Gateway, path: str) -> None:
        self._gateway = gateway
        self._path = path
        self._settled = 0.0
        self._is_open = False  # its sink, as rows or the end tell

    def status(self) -> str:
        """INITIALIZED, PENDING, RUNNING, FINISHED, ..."""
        return str(self._gateway.call("GET", f"{self._path}/status")["status"])

    def settle(self) -> str:
        """Wait until it is planned and submitted, or has failed."""
        while (status := self.status()) in ("INITIALIZED", "PENDING", "RUNNING"):
            time.sleep(0.01)
        self._settled = self._settled or time.monotonic()
        return status

    def page(self, token: int) -> Page | None:
        """The page, None while there is none; PLAIN_TEXT where JSON cannot say it."""
        path = f"{self._path}/result/{token}?rowFormat="
        plain = False
        try:
            answer = self._gateway.call("GET", path + "JSON")
        except GatewayError as error:
            if "Could not map response to JSON" not in str(error):
                raise
            plain = True
            answer = self._gateway.call("GET", path + "PLAIN_TEXT")
        if answer["resultType"] == "NOT_READY":
            return None
        page = Page(answer, plain)
        self._is_open = self._is_open or page.end or bool(page.rows)
        return page

    def wait_for_page(self, token: int) -> Page:
        """The page, when it is there."""
        while (page := self.page(token)) is None:
            time.sleep(0.01)
        return page

    def close(self) -> None:
        """Stop and forget it; only after it has settled, or its job may be orphaned.

        A job that is cancelled before its sink is open can end Flink's TaskManager.
        """
        if self.settle() == "FINISHED" and not self._is_open:
            time.sleep(max(0.0, self._settled + OPENING - time.monotonic()))
        self._gateway.call("DELETE", f"{self._path}/close")
