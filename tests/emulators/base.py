# SPDX-License-Identifier: Apache-2.0
"""What emulators on `fletching serve` share: hooks into it, the command line.

An emulator is a `Product`: a name, its switches, how its engine is made and which
service answers. `main` makes it a program.
"""

from __future__ import annotations

import argparse
import dataclasses
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow.flight as flight

from fletching.serve import _options, _run, _service, _tls
from fletching.serve._auth import Call, CallLog, CallMiddlewareFactory, public_headers
from fletching.serve._engine import Engine
from fletching.serve._errors import SetupError, Unsupported

from .switches import Record, Switch, add_switches, switched_on


@dataclasses.dataclass(frozen=True)
class Product:
    """What an emulator emulates."""

    name: str
    title: str  # SqlInfo's server name
    switches: tuple[Switch, ...]
    make_engine: Callable[[argparse.Namespace, frozenset[str]], Engine]
    service: type[EmulatedService]
    options: Callable[[argparse.ArgumentParser], None] = lambda _: None


class RecordedCalls(CallLog):
    """The calls, also written to the record (credentials left out)."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self._record = record

    def add(self, call: Call) -> None:
        super().add(call)
        method = "".join(part.title() for part in call.method.split("_"))
        headers = public_headers(call.headers)
        self._record.write(method=method, peer="", user=call.user, headers=headers)


class CheckedCalls(CallMiddlewareFactory):
    """Lets the service look at each call before its handler runs."""

    def __init__(self, service: EmulatedService, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._service = service

    def start_call(self, info: Any, headers: Any) -> Any:
        made = super().start_call(info, headers)
        self._service.arrived(made.call, info.method == flight.FlightMethod.HANDSHAKE)
        return made


class EmulatedService(_service.Service):
    """A service with switches; subclasses override what their product does."""

    def __init__(
        self, *arguments: Any, switches: frozenset[str], record: Record, **tls: Any
    ) -> None:
        self.switches = switches
        self.record = record
        super().__init__(*arguments, **tls)

    def make_log(self) -> CallLog:
        return RecordedCalls(self.record)

    def make_middleware(self, credentials: Any, sessions: Any) -> Any:
        return CheckedCalls(self, credentials, sessions, self.log)

    def arrived(self, call: Call, handshake: bool) -> None:
        """A call came; raise one of pyarrow.flight's errors to refuse it."""

    def refuse(self, command: str) -> str | None:
        """Why a command of Flight SQL is UNIMPLEMENTED; None: it is answered."""
        return None

    def text_arrived(self, call: Call, sql: str) -> str:
        """SQL came to be planned or run; returns what the engine gets."""
        return sql

    # ---- into the service ----

    def _check(self, name: str) -> None:
        why = self.refuse(name)
        if why is not None:
            raise Unsupported(why)

    @_service.rpc
    def get_flight_info(self, context: Any, descriptor: Any) -> Any:
        self._check(_service._command(descriptor)[0])
        return super().get_flight_info(context, descriptor)

    @_service.rpc
    def get_schema(self, context: Any, descriptor: Any) -> Any:
        self._check(_service._command(descriptor)[0])
        return super().get_schema(context, descriptor)

    @_service.rpc
    def do_put(self, context: Any, descriptor: Any, reader: Any, writer: Any) -> None:
        self._check(_service._command(descriptor)[0])
        super().do_put(context, descriptor, reader, writer)

    @_service.rpc
    def do_action(self, context: Any, action: flight.Action) -> Any:
        self._check(action.type)
        return super().do_action(context, action)

    def prepare(self, call: Call, sql: str, transaction: bytes | None) -> Any:
        self.record.write(planned=sql)
        return super().prepare(call, self.text_arrived(call, sql), transaction)

    def start(self, owner: Any, sql: str, work: Any) -> Any:
        self.record.write(ran=sql)
        return super().start(owner, sql, work)


def header_of(call: Call, name: str) -> str | None:
    """The first value of a header."""
    values = call.headers.get(name)
    return values[0] if values else None


# ---- the program ----


def parser(product: Product, doc: str) -> argparse.ArgumentParser:
    """The command line of an emulator."""
    made = argparse.ArgumentParser(
        prog=f"python -m tests.emulators.{product.name}",
        description=doc.partition("\n\n")[0],
    )
    add_switches(made, product.switches)
    _options._add_network(made.add_argument_group("network"))
    _options._add_access(made.add_argument_group("access"))
    product.options(made)
    return made


def main(product: Product, doc: str, arguments: Sequence[str] | None = None) -> int:
    """Run an emulator until a signal comes."""
    options = parser(product, doc).parse_args(arguments)
    options.tls = options.tls or bool(options.tls_cert) or bool(options.client_ca)
    options.endpoints, options.advertise = 1, []
    try:
        with tempfile.TemporaryDirectory(prefix="fletching-emulator-") as directory:
            _serve(product, options, Path(directory))
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _serve(product: Product, options: argparse.Namespace, directory: Path) -> None:
    try:
        switches = switched_on(product.switches, options.wanted, options.unwanted)
    except ValueError as error:
        raise SetupError(str(error)) from None
    engine = product.make_engine(options, switches)
    _run._check_address(options)
    server, ca = make_service(product, engine, switches, options, directory)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    uri = _run._uri(options, server.port)
    _run._announce(options, uri, server.port)
    print(f"{product.title}, emulated: {', '.join(sorted(switches))}", file=sys.stderr)
    if options.user:
        print(f"  users: {', '.join(options.user)}", file=sys.stderr)
    if options.token:
        print(f"  {len(options.token)} bearer token(s)", file=sys.stderr)
    if ca is not None:
        print(f"  CA certificate: {ca}", file=sys.stderr)
    sys.stderr.flush()
    while not stop.wait(1.0):
        pass
    _run._end(server, engine, directory)


def make_service(
    product: Product,
    engine: Engine,
    switches: frozenset[str],
    options: argparse.Namespace,
    directory: Path,
) -> tuple[EmulatedService, Path | None]:
    """Listen; returns the server and the CA file of a certificate made here."""
    _service.without_tracebacks()
    tls: dict[str, Any] = {}
    ca = None
    if options.tls:
        if options.tls_cert:
            made = _tls.load(options.tls_cert, options.tls_key)
        else:
            made = _tls.self_signed(options.host, directory)
        ca = made.ca_path
        tls["tls_certificates"] = [(made.chain, made.key)]
    settings = _service.Settings(
        users=dict(zip(options.user, options.password, strict=True)),
        tokens=tuple(options.token),
        cookies=options.cookies,
    )
    own = {"switches": switches, "record": Record(options.record)}
    place = _run._uri(options, options.port)
    return product.service(engine, place, settings, **own, **tls), ca
