# SPDX-License-Identifier: Apache-2.0
"""Rows at https URLs: who is trusted, what is sent there, where redirects lead."""

from __future__ import annotations

import json
import ssl
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

import fletching

pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def server(tls_files: Any) -> Iterator[Any]:
    """offering_server.py with TLS: trusted, of a stranger, of another name, ended."""
    import offering_server

    yield from offering_server.serve(
        tls_files.server,
        tls_files.stranger.server(),
        tls_files.authority.server("elsewhere.example"),
        tls_files.authority.server(days=-1),
        client_ca=tls_files.ca,
    )


@pytest.fixture
def read(server: Any, tls_files: Any) -> Any:
    """read(location, ..., **options): the first column of one endpoint's rows."""

    def rows(*locations: str, secure: bool = True, **options: Any) -> list[int]:
        uri = server.tls_uri if secure else server.uri
        options.setdefault("tls_root_certs", tls_files.ca)
        with fletching.connect(uri, **options) as connection:
            found = connection.execute(json.dumps([list(locations)])).fetchall()
        return [n for n, _ in found]

    return rows


def asked(server: Any, tls_files: Any) -> list[dict[str, Any]]:
    """The headers of all requests so far, and the certificates beside them."""
    context = ssl.create_default_context(cafile=tls_files.ca)
    url = f"{server.https[0]}/asked"
    with urllib.request.urlopen(url, context=context) as answer:
        return json.load(answer)  # type: ignore[no-any-return]


@pytest.mark.parametrize("secure", [True, False])
def test_a_trusted_server(server: Any, read: Any, secure: bool) -> None:
    url = f"{server.https[0]}/stream?first=5&count=2&batches=3"
    assert read(url, secure=secure) == [5, 6, 7, 8, 9, 10]
    big = f"{server.https[0]}/stream?count=100000&batches=10"
    assert read(big, secure=secure) == list(range(1_000_000))


@pytest.mark.parametrize(
    ("which", "why"),
    [
        (1, r"local issuer.*root certificates"),
        (2, r"elsewhere\.example"),
        (3, r"expired"),
    ],
)
def test_others_are_refused(server: Any, read: Any, which: int, why: str) -> None:
    url = f"{server.https[which]}/stream"
    for secure in (True, False):
        with pytest.raises(fletching.OperationalError, match=why) as caught:
            read(url, secure=secure)
        assert server.https[which] in str(caught.value)
    # Another place is tried; that this one's certificate is skipped is the user's word.
    assert read(url, f"{server.https[0]}/stream") == [0, 1, 2]
    assert read(url, tls_skip_verify=True) == [0, 1, 2]


def test_the_environments_roots_are_the_default(
    server: Any, read: Any, tls_files: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{server.https[0]}/stream"
    monkeypatch.delenv("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", raising=False)
    with pytest.raises(fletching.OperationalError, match="certificate"):
        read(url, secure=False, tls_root_certs=None)
    monkeypatch.setenv("SSL_CERT_FILE", str(tls_files.ca))
    assert read(url, secure=False, tls_root_certs=None) == [0, 1, 2]


def test_nothing_of_the_user_is_sent_there(
    server: Any, read: Any, tls_files: Any
) -> None:
    before = len(asked(server, tls_files))
    found = read(
        f"{server.https[0]}/redirect?to={server.https[0]}/stream",
        token="t0ken",
        headers={"x-secret": "s3cret"},
        mtls_cert_chain=tls_files.client.cert,
        mtls_private_key=tls_files.client.key,
        location_credentials="always",
    )
    assert found == [0, 1, 2]
    requests = asked(server, tls_files)[before:]
    assert len(requests) == 2
    for request in requests:
        names = {"host", "user-agent", "accept", "connection", "certificate"}
        assert set(request) == names
        assert not request["certificate"], "the client's certificate went along"
        assert "t0ken" not in str(request)


def test_the_server_would_have_seen_a_certificate(server: Any, tls_files: Any) -> None:
    """Or the test above shows nothing."""
    context = ssl.create_default_context(cafile=tls_files.ca)
    context.load_cert_chain(tls_files.client.cert, tls_files.client.key)
    url = f"{server.https[0]}/stream?witness"
    urllib.request.urlopen(url, context=context).close()
    assert asked(server, tls_files)[-1]["certificate"]["subject"]


def test_redirects_stay_as_safe(server: Any, read: Any) -> None:
    here, plain = server.https[0], server.http
    assert read(f"{plain}/redirect?to={here}/stream") == [0, 1, 2]
    assert read(f"{here}/redirect?to=/stream") == [0, 1, 2]
    host = here.removeprefix("https:")
    assert read(f"{here}/redirect?to={host}/stream") == [0, 1, 2]
    for way in (f"{plain}/stream", f"{here}/redirect?to={plain}/stream"):
        with pytest.raises(fletching.OperationalError, match="from https to http"):
            read(f"{here}/redirect?to={quote(way)}")
    with pytest.raises(fletching.OperationalError, match="certificate"):
        read(f"{here}/redirect?to={server.https[1]}/stream")


def test_a_plaintext_server_where_tls_is_expected(server: Any, read: Any) -> None:
    url = server.http.replace("http:", "https:")
    with pytest.raises(fletching.OperationalError, match="TLS"):
        read(f"{url}/stream")
    with pytest.raises(fletching.OperationalError):
        read(f"{server.https[0].replace('https:', 'http:')}/stream")


def test_a_download_over_tls_that_breaks_goes_on(
    server: Any, read: Any, tmp_path: Any
) -> None:
    import web_rows

    path = tmp_path / "rows"
    path.write_bytes(web_rows.stream(0, 1000, 4))
    how = f"path={path}&cuts=30000,500&etag=%221%22&ranges=yes&type="
    assert read(f"{server.https[0]}/disk?{how}") == list(range(4000))
