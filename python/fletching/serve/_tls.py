# SPDX-License-Identifier: Apache-2.0
"""A certificate for ``--tls`` without files: a throw-away CA and one server key."""

from __future__ import annotations

import datetime
import ipaddress
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ._errors import MissingPackage, SetupError


@dataclass(frozen=True)
class Certificate:
    """PEM texts of a server's certificate and key, and where the CA's file is."""

    chain: bytes
    key: bytes
    ca_path: Path | None = None


def load(chain: str, key: str) -> Certificate:
    """Read a certificate and its key."""
    try:
        return Certificate(Path(chain).read_bytes(), Path(key).read_bytes())
    except OSError as error:
        raise SetupError(f"serve: cannot read the TLS files: {error}") from error


def self_signed(host: str, directory: Path) -> Certificate:
    """Make a CA and a certificate for `host` and localhost, valid for 30 days."""
    names, addresses = ["localhost"], ["127.0.0.1", "::1"]
    try:
        ipaddress.ip_address(host)
        addresses.append(host)
    except ValueError:
        names.append(host)
    names, addresses = list(dict.fromkeys(names)), list(dict.fromkeys(addresses))
    try:
        import cryptography  # noqa: F401
    except ModuleNotFoundError:
        return _by_openssl(names, addresses, directory)
    return _by_cryptography(names, addresses, directory)


def _by_cryptography(
    names: list[str], addresses: list[str], directory: Path
) -> Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    start = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)

    def certificate(
        name: str, issuer: str, public: ec.EllipticCurvePublicKey, ca: bool
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
        )

    ca_name = "Fletching serve throw-away CA"
    ca_key = ec.generate_private_key(ec.SECP256R1())
    key = ec.generate_private_key(ec.SECP256R1())
    ca = certificate(ca_name, ca_name, ca_key.public_key(), True)
    ca_signed = ca.sign(ca_key, hashes.SHA256())
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    alternatives += [x509.IPAddress(ipaddress.ip_address(a)) for a in addresses]
    server = certificate(names[0], ca_name, key.public_key(), False)
    server = server.add_extension(x509.SubjectAlternativeName(alternatives), False)
    pem = serialization.Encoding.PEM
    chain = server.sign(ca_key, hashes.SHA256()).public_bytes(pem)
    secret = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    ca_path = directory / "ca.pem"
    ca_path.write_bytes(ca_signed.public_bytes(pem))
    return Certificate(chain, secret, ca_path)


def _by_openssl(names: list[str], addresses: list[str], directory: Path) -> Certificate:
    program = shutil.which("openssl")
    if program is None:
        raise MissingPackage("cryptography")
    alternatives = [f"DNS:{name}" for name in names] + [f"IP:{a}" for a in addresses]
    extensions = directory / "server.ext"
    extensions.write_text(
        f"basicConstraints=CA:FALSE\nsubjectAltName={','.join(alternatives)}\n"
    )
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    commands = [
        ["req", "-x509", *new_key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30",
         "-subj", "/CN=Fletching serve throw-away CA"],
        ["req", *new_key, "-keyout", "server.key", "-out", "server.csr",
         "-subj", f"/CN={names[0]}"],
        ["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
         "-CAcreateserial", "-days", "30", "-extfile", "server.ext",
         "-out", "server.pem"],
    ]  # fmt: skip
    for command in commands:
        done = subprocess.run(
            [program, *command], cwd=directory, capture_output=True, check=False
        )
        if done.returncode:
            text = done.stderr.decode(errors="replace").strip()
            raise SetupError(f"serve: openssl {command[0]} failed: {text}")
    chain, key = directory / "server.pem", directory / "server.key"
    made = Certificate(chain.read_bytes(), key.read_bytes(), directory / "ca.pem")
    for secret in ("ca.key", "server.key"):
        (directory / secret).unlink()
    return made
