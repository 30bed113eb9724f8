# SPDX-License-Identifier: Apache-2.0
"""The SQL Gateway answers plain HTTP as its modes say."""

from __future__ import annotations

import http.client
import json
import ssl
import time
import urllib.parse
from typing import Any

import pytest


class Rest:
    """One connection to a gateway."""

    def __init__(self, server: Any, context: ssl.SSLContext | None = None) -> None:
        place = urllib.parse.urlsplit(server.uri)
        address = (place.hostname, place.port)
        self._connection: http.client.HTTPConnection
        if context is None:
            self._connection = http.client.HTTPConnection(*address, timeout=60)
        else:
            self._connection = http.client.HTTPSConnection(
                *address, timeout=60, context=context
            )

    def __call__(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body)
        kind = {"Content-Type": "application/json"}
        self._connection.request(method, path, data, kind)
        answer = self._connection.getresponse()
        text = answer.read()
        assert answer.status == 200, text
        return json.loads(text)

    def close(self) -> None:
        self._connection.close()

    def rows(self, session: str, sql: str) -> list[Any]:
        """All rows of a statement that ends, with their kinds."""
        place = f"{session}/operations/"
        place += self("POST", f"{session}/statements", {"statement": sql})[
            "operationHandle"
        ]
        rows, path = [], f"{place}/result/0?rowFormat=JSON"
        while True:
            page = self("GET", path)
            if page["resultType"] == "NOT_READY":
                time.sleep(0.05)
                continue
            rows += [(one["kind"], *one["fields"]) for one in page["results"]["data"]]
            if page["resultType"] == "EOS":
                self("DELETE", f"{place}/close")
                return rows
            path = page["nextResultUri"]


def check(rest: Rest, versions: list[str]) -> None:
    try:
        assert rest("GET", "/info")["productName"] == "Apache Flink"
        assert rest("GET", "/api_versions") == {"versions": versions}
        handle = rest("POST", "/v2/sessions", {})["sessionHandle"]
        session = f"/v2/sessions/{handle}"
        words = "SELECT k, COUNT(*) FROM (VALUES 'a', 'b', 'a') AS t(k) GROUP BY k"
        assert rest.rows(session, words) == [
            ("INSERT", "a", 1),
            ("INSERT", "b", 1),
            ("UPDATE_BEFORE", "a", 1),
            ("UPDATE_AFTER", "a", 2),
        ]
        rest("DELETE", session)
    finally:
        rest.close()


def test_a_changelog(flink: Any) -> None:
    check(Rest(flink()), ["V1", "V2", "V3", "V4"])


def test_the_cluster_tells_of_jobs(flink: Any) -> None:
    place = urllib.parse.urlsplit(flink().extra["rest"])
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)
    connection.request("GET", "/jobs/overview")
    assert "jobs" in json.loads(connection.getresponse().read())
    connection.close()


@pytest.mark.slow
def test_1_20(flink1: Any) -> None:
    check(Rest(flink1()), ["V1", "V2", "V3"])


def test_tls(flink: Any, tls_files: Any) -> None:
    server = flink("mtls")
    context = ssl.create_default_context(cafile=str(tls_files.ca))
    stranger = Rest(server, context)
    # TLS 1.2: the server refuses within the handshake.
    with pytest.raises((ssl.SSLError, ConnectionError)):
        stranger("GET", "/info")
    stranger.close()
    context.load_cert_chain(server.client_pair.cert, server.client_pair.key)
    known = Rest(server, context)
    assert known("GET", "/info")["version"].startswith("2.3")
    known.close()
