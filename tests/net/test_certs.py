# SPDX-License-Identifier: Apache-2.0
"""The certificates are what their names say, as OpenSSL judges them."""

from __future__ import annotations

import contextlib
import pathlib
import socket
import ssl

import pytest

from net.certs import Authority, KeyPair, TlsFiles
from net.tcp_tricks import Relay, server_context


def shake_hands(pair: KeyPair, ca: pathlib.Path, name: str) -> None:
    """A TLS handshake as a careful client does it; raises what it finds wrong."""
    context = ssl.create_default_context(cafile=str(ca))
    with (
        Relay("127.0.0.1:9", tls=server_context(pair.cert, pair.key)) as relay,
        socket.create_connection((relay.host, relay.port), 5) as raw,
    ):
        context.wrap_socket(raw, server_hostname=name).close()


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_the_server_s_pair_is_for_localhost(tls_files: TlsFiles, name: str) -> None:
    shake_hands(tls_files.server, tls_files.ca, name)


def test_other_names(tls_files: TlsFiles) -> None:
    pair = tls_files.authority.server("sql.example.com", "*.example.org")
    shake_hands(pair, tls_files.ca, "sql.example.com")
    shake_hands(pair, tls_files.ca, "any.example.org")
    with pytest.raises(ssl.SSLCertVerificationError, match="localhost"):
        shake_hands(pair, tls_files.ca, "localhost")


def test_a_stranger_is_not_trusted(tls_files: TlsFiles, tmp_path: pathlib.Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate"):
        shake_hands(tls_files.stranger.server(), tls_files.ca, "localhost")
    bundle = tmp_path / "both.pem"
    bundle.write_bytes(tls_files.authority.bundle(tls_files.stranger.ca))
    shake_hands(tls_files.stranger.server(), bundle, "localhost")


def test_expired(tls_files: TlsFiles) -> None:
    pair = tls_files.authority.server("localhost", days=-1)
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        shake_hands(pair, tls_files.ca, "localhost")


def test_keys_are_pkcs8(tls_files: TlsFiles) -> None:
    """Java reads no other."""
    for pair in (tls_files.server, tls_files.client):
        assert pair.key.read_text().startswith("-----BEGIN PRIVATE KEY-----\n")


def test_what_was_made_is_kept(tmp_path: pathlib.Path) -> None:
    first = TlsFiles(tmp_path)
    again = TlsFiles(tmp_path)
    assert first.server.cert == again.server.cert
    assert first.server.cert.read_bytes() == again.server.cert.read_bytes()
    other = Authority(tmp_path).server("other.example.com")
    assert other.cert != first.server.cert


def test_what_is_old_is_made_anew(tmp_path: pathlib.Path) -> None:
    first = Authority(tmp_path)
    old = first.ca.parent
    digest, _, made = old.name.rpartition("-")
    pem = first.ca.read_bytes()
    with contextlib.suppress(FileNotFoundError):
        old.rename(tmp_path / f"{digest}-{int(made) - 21 * 86400}")
    second = Authority(tmp_path)
    assert second.ca.read_bytes() != pem
    assert len(list(tmp_path.glob(f"{digest}-*"))) == 1
