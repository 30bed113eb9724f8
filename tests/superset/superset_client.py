# SPDX-License-Identifier: Apache-2.0
"""Superset's REST interface, as its own pages use it."""

from __future__ import annotations

import http.cookiejar
import itertools
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from typing import Any

_numbers = itertools.count(1)
DONE = ("success", "failed", "stopped", "timed_out")


class Answer:
    """An answer: its status and what it says."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.body = body

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")

    @property
    def errors(self) -> list[str]:
        """The kinds of errors it names."""
        try:
            return [error["error_type"] for error in self.json.get("errors", [])]
        except (json.JSONDecodeError, AttributeError):
            return []

    def ok(self) -> Any:
        """The body of a success; what else came fails the test."""
        assert 200 <= self.status < 300, f"{self.status}: {self.text[:3000]}"
        return self.json


class Client:
    """A user who is logged in."""

    def __init__(
        self, address: str, user: str = "admin", password: str = "admin"
    ) -> None:
        self.address = address
        jar = http.cookiejar.CookieJar()
        # Never through a proxy: it is this machine's.
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar)
        )
        self._login = {"username": user, "password": password, "provider": "db"}
        self._log_in()

    def _log_in(self) -> None:
        self._headers = {"Referer": self.address}
        token = self.post("/api/v1/security/login", self._login).ok()["access_token"]
        self._headers["Authorization"] = f"Bearer {token}"
        csrf = self.get("/api/v1/security/csrf_token/").ok()["result"]
        self._headers["X-CSRFToken"] = csrf

    # ---- requests ----

    def get(self, path: str) -> Answer:
        """GET."""
        return self._send("GET", path, None, {})

    def post(self, path: str, body: Any) -> Answer:
        """POST of JSON."""
        return self._json("POST", path, body)

    def put(self, path: str, body: Any) -> Answer:
        """PUT of JSON."""
        return self._json("PUT", path, body)

    def delete(self, path: str) -> Answer:
        """DELETE."""
        return self._send("DELETE", path, None, {})

    def upload(self, path: str, fields: dict[str, str], name: str, data: str) -> Answer:
        """POST of a form with a file."""
        border = uuid.uuid4().hex
        about = f"--{border}\r\nContent-Disposition: form-data"
        parts = [
            f'{about}; name="{field}"\r\n\r\n{text}' for field, text in fields.items()
        ]
        parts.append(
            f'--{border}\r\nContent-Disposition: form-data; name="file";'
            f' filename="{name}"\r\nContent-Type: text/csv\r\n\r\n{data}'
        )
        body = "\r\n".join([*parts, f"--{border}--\r\n"]).encode()
        kind = f"multipart/form-data; boundary={border}"
        return self._send("POST", path, body, {"Content-Type": kind})

    def _json(self, method: str, path: str, body: Any) -> Answer:
        data = json.dumps(body).encode()
        return self._send(method, path, data, {"Content-Type": "application/json"})

    def _send(
        self, method: str, path: str, data: bytes | None, headers: dict[str, str]
    ) -> Answer:
        answer = self._send_once(method, path, data, headers)
        if answer.status == 401 and "Token has expired" in answer.text:
            self._log_in()  # it is good for a quarter of an hour
            answer = self._send_once(method, path, data, headers)
        return answer

    def _send_once(
        self, method: str, path: str, data: bytes | None, headers: dict[str, str]
    ) -> Answer:
        request = urllib.request.Request(
            self.address + path,
            data=data,
            headers={**self._headers, **headers},
            method=method,
        )
        try:
            with self._opener.open(request, timeout=100) as answer:
                return Answer(answer.status, answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read())

    # ---- databases ----

    def test_connection(self, uri: str, **more: Any) -> Answer:
        """The button "Test connection"."""
        body = {"database_name": _name("test"), "sqlalchemy_uri": uri, **more}
        return self.post("/api/v1/database/test_connection/", body)

    def add_database(self, uri: str, **more: Any) -> int:
        """Add a database by its URI; its number."""
        body = {
            "database_name": _name("db"),
            "sqlalchemy_uri": uri,
            "expose_in_sqllab": True,
            "allow_ctas": True,
            "allow_cvas": True,
            "allow_dml": True,
            "allow_file_upload": True,
            **more,
        }
        extra = {"cost_estimate_enabled": True, **body.pop("extra", {})}
        added = self.post("/api/v1/database/", {**body, "extra": json.dumps(extra)})
        return int(added.ok()["id"])

    def add_by_form(self, engine: str, parameters: dict[str, Any], **more: Any) -> int:
        """Add a database by its form; its number."""
        body = {
            "database_name": _name("form"),
            "engine": engine,
            "driver": "flightsql",
            "configuration_method": "dynamic_form",
            "parameters": parameters,
            "expose_in_sqllab": True,
            **more,
        }
        return int(self.post("/api/v1/database/", body).ok()["id"])

    def of_database(self, number: int, what: str, **query: Any) -> Any:
        """`result` of something about a database."""
        asked = f"?{urllib.parse.urlencode(query)}" if query else ""
        answer = self.get(f"/api/v1/database/{number}/{what}{asked}").ok()
        return answer.get("result", answer)

    # ---- SQL Lab ----

    def execute(self, database: int, sql: str, **more: Any) -> Answer:
        """Run in SQL Lab, and wait for it."""
        body = {
            "database_id": database,
            "sql": sql,
            "client_id": _client_id(),
            "queryLimit": 100,
            "runAsync": False,
            "expand_data": True,
            **more,
        }
        return self.post("/api/v1/sqllab/execute/", body)

    def rows(self, database: int, sql: str, **more: Any) -> list[Any]:
        """The rows of a query, as dicts."""
        return list(self.execute(database, sql, **more).ok()["data"])

    def query_of(self, client_id: str) -> Any:
        """What Superset knows of a query; None before it does."""
        # What SQL Lab's page asks while a query runs.
        asked = "/api/v1/query/updated_since?q=(last_updated_ms:0)"
        for query in self.get(asked).ok()["result"]:
            if query["id"] == client_id:
                return query
        return None

    def wait_for(self, client_id: str, *states: str, seconds: float = 60) -> Any:
        """The query, once its status is one of these (by default: it is over)."""
        wanted = states or DONE
        return self.wait_until(
            client_id, lambda query: query["state"] in wanted, seconds
        )

    def wait_until(
        self, client_id: str, done: Callable[[Any], bool], seconds: float = 60
    ) -> Any:
        """The query, once this is true of it."""
        deadline = time.monotonic() + seconds
        while True:
            query = self.query_of(client_id)
            if query is not None and done(query):
                return query
            assert time.monotonic() < deadline, f"still {query}"
            time.sleep(0.2)

    # ---- charts ----

    def add_dataset(self, database: int, schema: str, table: str, **more: Any) -> int:
        """A dataset; virtual with sql=."""
        body = {"database": database, "schema": schema, "table_name": table, **more}
        return int(self.post("/api/v1/dataset/", body).ok()["id"])

    def chart(self, dataset: int, **query: Any) -> Any:
        """The result of a chart's query."""
        body = {
            "datasource": {"id": dataset, "type": "table"},
            "force": True,
            "result_format": "json",
            "result_type": "full",
            "queries": [{"row_limit": 1000, "orderby": [], **query}],
        }
        return self.post("/api/v1/chart/data", body).ok()["result"][0]


def _name(prefix: str) -> str:
    return f"{prefix} {os.getpid()} {next(_numbers)}"


def _client_id() -> str:
    return uuid.uuid4().hex[:11]
