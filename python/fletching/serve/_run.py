# SPDX-License-Identifier: Apache-2.0
"""Starts a server from its options, waits for the signal to stop, ends at once."""

from __future__ import annotations

import argparse
import importlib.util
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._errors import MissingPackage, SetupError
from ._options import parse

if TYPE_CHECKING:
    from ._engine import Engine
    from ._service import Service

_STOP_SECONDS = 1.0


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status (2 for a wrong set-up)."""
    try:
        options = parse(arguments)
        _require("pyarrow", options.engine)
        with tempfile.TemporaryDirectory(prefix="fletching-serve-") as directory:
            return _serve(options, Path(directory))
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2


def _require(*packages: str) -> None:
    """All that are missing are told at once."""
    missing = [name for name in packages if not _is_there(name)]
    if missing:
        raise MissingPackage(*missing)


def _is_there(package: str) -> bool:
    module = {"pyarrow": "pyarrow.flight"}.get(package, package)
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _serve(options: argparse.Namespace, directory: Path) -> int:
    began = time.monotonic()
    engine = make_engine(options)
    loaded = list(_load(engine, options))
    _check_address(options)
    server, ca = make_service(engine, options, directory)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    uri = _uri(options, server.port)
    _announce(options, uri, server.port)
    _describe(engine, loaded, uri, ca, options, time.monotonic() - began)
    while not stop.wait(1.0):
        pass
    _end(server, engine, directory)
    return 0


def make_engine(options: argparse.Namespace) -> Engine:
    """Open the chosen engine with its schema."""
    from ._data import DUCKDB_SUFFIXES

    files = [data for data in options.data if data.endswith(DUCKDB_SUFFIXES)]
    options.tables = [data for data in options.data if data not in files]
    if options.engine == "duckdb":
        from ._duckdb import DuckDBEngine

        if len(files) > 1:
            raise SetupError("serve: one .duckdb file at a time")
        return DuckDBEngine(options.schema, files[0] if files else None)
    if files:
        raise SetupError("serve: a .duckdb file needs --engine duckdb")
    from ._datafusion import DataFusionEngine

    return DataFusionEngine(options.schema)


def _load(engine: Engine, options: argparse.Namespace) -> Any:
    from ._data import load

    seen: set[str] = set()
    for source in options.tables:
        for name, table in load(source):
            if name in seen:
                raise SetupError(f"serve: two files would become the table {name!r}")
            seen.add(name)
            engine.add_table(engine.default_schema, name, table)
            yield name, table.num_rows


def make_service(
    engine: Engine, options: argparse.Namespace, directory: Path
) -> tuple[Service, Path | None]:
    """Listen; returns the server and the CA file of a certificate made here."""
    import pyarrow as pa

    from . import _tls
    from ._service import Service, Settings, without_tracebacks

    without_tracebacks()
    tls: dict[str, Any] = {}
    ca = None
    if options.tls:
        if options.tls_cert:
            made = _tls.load(options.tls_cert, options.tls_key)
        else:
            made = _tls.self_signed(options.host, directory)
        ca = made.ca_path
        tls["tls_certificates"] = [(made.chain, made.key)]
    if options.client_ca:
        tls["verify_client"] = True
        tls["root_certificates"] = _read(options.client_ca)
    settings = Settings(
        options.endpoints,
        tuple(options.advertise),
        dict(zip(options.user, options.password, strict=True)),
        tuple(options.token),
        options.cookies,
    )
    try:
        server = Service(engine, _uri(options, options.port), settings, **tls)
    except (pa.ArrowException, OSError) as error:
        first = str(error).splitlines()[0]
        raise SetupError(
            f"serve: cannot listen on {options.host}:{options.port}: {first}"
        ) from None
    return server, ca


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise SetupError(f"serve: cannot read {path}: {error}") from None


def _check_address(options: argparse.Namespace) -> None:
    """Say why nothing can listen there; gRPC tells its log alone."""
    try:
        found = socket.getaddrinfo(
            options.host, options.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise SetupError(
            f"serve: cannot listen on {options.host}:{options.port}: {error.strerror}"
            f" (choose another with --host and --port; --port 0 takes a free one)"
        ) from None


def _uri(options: argparse.Namespace, port: int) -> str:
    scheme = "grpc+tls" if options.tls else "grpc"
    host = f"[{options.host}]" if ":" in options.host else options.host
    return f"{scheme}://{host}:{port}"


def _announce(options: argparse.Namespace, uri: str, port: int) -> None:
    for path, text in ((options.ready_file, uri), (options.port_file, str(port))):
        if path:
            # Renamed into place: a script that waits never reads half of it.
            beside = Path(f"{path}.{os.getpid()}")
            beside.write_text(text + "\n")
            beside.replace(path)
    print(f"listening on {uri}", flush=True)


def _describe(
    engine: Engine,
    loaded: list[tuple[str, int]],
    uri: str,
    ca: Path | None,
    options: argparse.Namespace,
    seconds: float,
) -> None:
    lines = [f"{engine.title} {engine.version}, ready in {seconds:.1f} s"]
    width = max((len(name) for name, _ in loaded), default=0)
    for name, rows in loaded:
        lines.append(f"  {engine.default_schema}.{name:<{width}}  {rows:>12,} rows")
    if ca is not None:
        lines.append(f"  CA certificate: {ca}")
    if options.user:
        lines.append(f"  users: {', '.join(options.user)}")
    table = max(loaded, key=lambda item: item[1])[0] if loaded else ""
    sql = f"select count(*) from {table}" if loaded else "select 1"
    lines += [f'  try: fletching query {uri} "{sql}"', "  stop: Ctrl-C"]
    print("\n".join(lines), file=sys.stderr, flush=True)


def _end(server: Service, engine: Engine, directory: Path) -> None:
    """Stop; calls that a slow client keeps open do not delay the end."""
    stopping = threading.Thread(target=server.stop, daemon=True)
    stopping.start()
    stopping.join(_STOP_SECONDS)
    engine.close()
    for left in directory.glob("*"):
        left.unlink(missing_ok=True)
    directory.rmdir()
    sys.stdout.flush()
    sys.stderr.flush()
    # Engine threads may be deep in native code: an orderly interpreter shutdown would
    # wait for them or crash in them.
    os._exit(0)
