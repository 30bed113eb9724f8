# SPDX-License-Identifier: Apache-2.0
"""Public host names through a CONNECT proxy, with nothing but the environment set."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import fletching

SAMPLE = """
import fletching
with fletching.connect("grpc+tls://sql.example.com", {options}) as connection:
    print(connection.execute("select 42 as answer").fetchall())
"""


def test_a_public_name_reaches_the_local_server(
    embedded: Any, tls_files: Any, connect_proxy: Any
) -> None:
    pair = tls_files.authority.server("sql.example.com")
    server = embedded(
        tls_cert=str(pair.cert), tls_key=str(pair.key), token="tok-1", engine="duckdb"
    )
    address = server.uri.rsplit("/", 1)[-1]
    proxy = connect_proxy({"sql.example.com:443": address})
    environment = {
        **os.environ,
        "HTTPS_PROXY": proxy.url,
        "SSL_CERT_FILE": str(tls_files.ca),
        "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(tls_files.ca),
    }
    done = subprocess.run(
        [sys.executable, "-c", SAMPLE.format(options="token='tok-1'")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.strip() == "[(42,)]", done.stderr
    (request,) = proxy.requests
    assert "tok-1" not in str(request.headers)
    assert "authorization" not in {name.lower() for name in dict(request.headers)}


def test_no_proxy_goes_directly(embedded: Any, connect_proxy: Any) -> None:
    server = embedded(engine="duckdb")
    proxy = connect_proxy({})
    options = {"proxy": proxy.url, "no_proxy": "127.0.0.1"}
    with fletching.connect(server.uri, **options) as connection:
        assert connection.execute("select 1").fetchall() == [(1,)]
    assert proxy.requests == []
