# SPDX-License-Identifier: Apache-2.0
"""Certificates for tests, made with the openssl program and kept for some days."""

from __future__ import annotations

import hashlib
import ipaddress
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence

NAMES = ("localhost", "127.0.0.1", "::1")
KEPT_DAYS = 20  # of the 30 that a certificate is good for
RECIPE = "1"  # part of the names of what is kept: count up when something changes


class CertificateError(Exception):
    """The openssl program is missing or failed."""


def openssl(*words: str | pathlib.Path, text: str | None = None) -> str:
    """Run openssl; its output."""
    try:
        done = subprocess.run(
            ["openssl", *map(str, words)],
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except FileNotFoundError:
        raise CertificateError(
            "the openssl program is missing (install openssl)"
        ) from None
    if done.returncode != 0:
        raise CertificateError(f"openssl {words[0]}: {done.stderr.strip()}")
    return done.stdout


class KeyPair:
    """A certificate and its key (PKCS #8, without a password), as PEM files."""

    def __init__(self, folder: pathlib.Path) -> None:
        """Name the files in `folder`; they need not be there yet."""
        self.folder = folder
        self.cert = folder / "cert.pem"
        self.key = folder / "key.pem"


class Authority:
    """A certificate authority that issues what a test asks for.

    `ca` is its certificate. What it issued is kept beside it, so the second session
    of a day takes no time.
    """

    def __init__(self, root: pathlib.Path, name: str = "Fletching test CA") -> None:
        """Take the authority `name` under `root`, or make it."""
        self.name = name
        self._root = root
        self._own = KeyPair(_kept(root, ["ca", name], self._make))
        self.ca = self._own.cert

    def server(self, *names: str, days: int = 30) -> KeyPair:
        """A server's pair for localhost (by default) or for exactly these names.

        Negative `days` make a certificate that has run out.
        """
        return self._issue("serverAuth", names or NAMES, days)

    def client(self, name: str = "test client") -> KeyPair:
        """A client's pair, for mutual TLS."""
        return self._issue("clientAuth", [name], 30)

    def bundle(self, *others: pathlib.Path) -> bytes:
        """This CA's certificate and other files', as one PEM text."""
        return b"".join(path.read_bytes() for path in (self.ca, *others))

    def _make(self, pair: KeyPair) -> None:
        request = ["req", "-x509", "-days", "30", "-subj", f"/CN={self.name}"]
        usage = "keyUsage=critical,keyCertSign,cRLSign"
        openssl(*request, *_new_key(pair), "-addext", usage, "-out", pair.cert)

    def _issue(self, usage: str, names: Sequence[str], days: int) -> KeyPair:
        identity = [self._own.folder.name, usage, str(days), *names]

        def make(pair: KeyPair) -> None:
            request = openssl(
                "req", "-new", "-subj", f"/CN={names[0]}", *_new_key(pair)
            )
            extensions = pair.folder / "extensions"
            extensions.write_text(
                f"basicConstraints=critical,CA:FALSE\nextendedKeyUsage={usage}\n"
                f"subjectAltName={','.join(map(_alternative, names))}\n"
            )
            signing = ["x509", "-req", "-CA", self.ca, "-CAkey", self._own.key]
            signing += ["-CAserial", pair.folder / "serial", "-CAcreateserial"]
            signing += ["-days", str(days), "-extfile", extensions, "-out", pair.cert]
            openssl(*signing, text=request)

        return KeyPair(_kept(self._root, identity, make))


class TlsFiles:
    """What most tests need: a CA, a server's pair for localhost, a client's pair.

    `authority` issues more; `stranger` is a CA that nobody trusts.
    """

    def __init__(self, root: pathlib.Path) -> None:
        """Make what is not kept under `root`."""
        self._root = root
        self.authority = Authority(root)
        self.ca = self.authority.ca
        self.server = self.authority.server()
        self.client = self.authority.client()

    @property
    def stranger(self) -> Authority:
        """Another authority, whose certificates must be refused."""
        return Authority(self._root, "Fletching untrusted CA")


def _alternative(name: str) -> str:
    try:
        return f"IP:{ipaddress.ip_address(name)}"
    except ValueError:
        return f"DNS:{name}"


def _new_key(pair: KeyPair) -> list[str]:
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    return [*curve, "-keyout", str(pair.key)]


def _kept(
    root: pathlib.Path, identity: Sequence[str], make: Callable[[KeyPair], None]
) -> pathlib.Path:
    """The folder of `identity`, made anew when it is missing or old."""
    digest = hashlib.sha256("\0".join([RECIPE, *identity]).encode()).hexdigest()[:16]
    found = sorted(root.glob(f"{digest}-*"), reverse=True)
    for folder in found:
        age = time.time() - int(folder.name.rpartition("-")[2])
        if 0 <= age < KEPT_DAYS * 86400:
            return folder
        shutil.rmtree(folder, ignore_errors=True)
    root.mkdir(parents=True, exist_ok=True)
    temporary = pathlib.Path(tempfile.mkdtemp(prefix="new-", dir=root))
    make(KeyPair(temporary))
    # An earlier second: a certificate's time has whole seconds, and clocks differ.
    folder = root / f"{digest}-{int(time.time()) - 1}"
    try:
        os.rename(temporary, folder)
    except OSError:
        shutil.rmtree(temporary, ignore_errors=True)
        if not folder.exists():
            raise
        # Somebody else was quicker: theirs is as good.
    return folder
