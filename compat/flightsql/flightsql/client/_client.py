# SPDX-License-Identifier: Apache-2.0
"""FlightSQLClient."""

from __future__ import annotations

import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from fletching import _core
from flightsql.client._options import (
    FlightSQLCallOptions,
    TableRef,
    core_options,
    flag,
    header,
    last_of_each,
)
from flightsql.client._prepared import PreparedStatement
from flightsql.client._pyarrow import flight_info
from flightsql.client._reader import FlightStreamReader
from flightsql.util import check_closed

if TYPE_CHECKING:
    from pyarrow import flight

# How many tickets keep the locations that their endpoints named.
_MAX_LOCATED = 10_000


class FlightSQLClient:
    """A client of one server. Nothing is connected to before the first call.

    Threads may share it. In a forked child it connects again.

    Args:
        host: name or address.
        port: its port; text that is no number is a token, and then the third and
            fourth argument are `metadata` and `features`.
        user: with a password: the Handshake gives a token, which later calls carry.
        password: see user.
        token: a bearer token; unused where there is a user.
        insecure: plaintext instead of TLS.
        disable_server_verification: accept any certificate.
        metadata: headers of every call, the Handshake included.
        features: what dialects look at; kept as `features`.
        flight: keyword arguments of pyarrow.flight.FlightClient: tls_root_certs,
            cert_chain, private_key (PEM), override_hostname, generic_options.

    Attributes:
        features: as given.
        headers: of every call, as bytes, without the authorization; may be added to.
        closed: whether close() was called.
    """

    def __init__(
        self,
        host: str | None = "localhost",
        port: int | str | None = 443,
        user: Any = None,
        password: Any = None,
        token: str | None = None,
        insecure: bool | None = None,
        disable_server_verification: bool | None = None,
        metadata: Mapping[str, str] | None = None,
        *,
        features: Mapping[str, str] | None = None,
        **flight: Any,
    ) -> None:
        if isinstance(port, str) and not port.isdecimal():
            # FlightSQLClient(host, token, metadata, features), as InfluxData prints it
            token, port = token or port, 443
            if isinstance(user, Mapping):
                metadata, user = user, None
            if isinstance(password, Mapping):
                features, password = password, None
        plaintext = flag("insecure", insecure)
        options = core_options(user, password, token, metadata, flight)
        if not plaintext and flag(
            "disable_server_verification", disable_server_verification
        ):
            options["tls_skip_verify"] = "true"
        self._place = _url(host or "localhost", port or 443, plaintext), options
        self.headers = [header(*one) for one in (metadata or {}).items()]
        self.features = dict(features or {})
        self.closed = False
        self._sent_by_all = list(self.headers)
        self._locations: OrderedDict[bytes, list[str]] = OrderedDict()
        self._core: _core.Connection | None = None
        self._begin_anew()
        _clients.add(self)

    @property
    def client(self) -> Any:
        """Not there: 0.2.2 had its pyarrow.flight.FlightClient here."""
        raise AttributeError(
            "FlightSQLClient.client: there is no pyarrow.flight.FlightClient"
            " underneath; calls go through Fletching's own core"
        )

    # ---- statements ----

    def execute(
        self, query: str, call_options: FlightSQLCallOptions | None = None
    ) -> flight.FlightInfo:
        """Run a query: a pyarrow.flight.FlightInfo says where its rows are.

        A result may have several endpoints; all of them together are the rows.
        """
        return self._info(self._calls(call_options).info(query))

    def execute_update(
        self, query: str, call_options: FlightSQLCallOptions | None = None
    ) -> int:
        """Run a statement that changes data: rows changed, -1 unknown."""
        return self._calls(call_options).update(query)

    def prepare(
        self, query: str, call_options: FlightSQLCallOptions | None = None
    ) -> PreparedStatement:
        """Have the server prepare a statement; to be closed, or used with ``with``."""
        return PreparedStatement(self, self._calls(call_options).prepare(query))

    def do_get(
        self,
        ticket: flight.Ticket | flight.FlightEndpoint | bytes,
        call_options: FlightSQLCallOptions | None = None,
    ) -> FlightStreamReader:
        """The rows of a ticket, read where the endpoint that it came with says."""
        locations = getattr(ticket, "locations", None)
        ticket = getattr(ticket, "ticket", ticket)  # of an endpoint
        raw = getattr(ticket, "ticket", ticket)  # of a Ticket
        if not isinstance(raw, bytes):
            raise TypeError(
                f"do_get: a Ticket or bytes are needed, not {type(raw).__name__}"
            )
        where = self._locations.get(raw, []) if locations is None else _uris(locations)
        reader = self._calls(call_options).read(raw, where)
        read_options = call_options.read_options if call_options else None
        fields = getattr(read_options, "included_fields", None) or None
        return FlightStreamReader(reader, fields)

    # ---- metadata ----

    def get_tables(
        self,
        include_schema: bool = False,
        catalog: str | None = None,
        table_types: Iterable[str] | None = None,
        table_name_filter_pattern: str | None = None,
        db_schema_filter_pattern: str | None = None,
        call_options: FlightSQLCallOptions | None = None,
    ) -> flight.FlightInfo:
        """Where the list of tables is; patterns are SQL LIKE."""
        return self._metadata(
            "tables",
            call_options,
            include_schema=include_schema,
            catalog=catalog,
            types=list(table_types or ()),
            table=table_name_filter_pattern,
            schema=db_schema_filter_pattern,
        )

    def get_db_schemas(
        self,
        catalog: str | None = None,
        db_schema_filter_pattern: str | None = None,
        call_options: FlightSQLCallOptions | None = None,
    ) -> flight.FlightInfo:
        """Where the list of schemas is; the pattern is SQL LIKE."""
        return self._metadata(
            "db_schemas",
            call_options,
            catalog=catalog,
            schema=db_schema_filter_pattern,
        )

    def get_catalogs(
        self, call_options: FlightSQLCallOptions | None = None
    ) -> flight.FlightInfo:
        """Where the list of catalogs is."""
        return self._metadata("catalogs", call_options)

    def get_table_types(
        self, call_options: FlightSQLCallOptions | None = None
    ) -> flight.FlightInfo:
        """Where the list of table types is."""
        return self._metadata("table_types", call_options)

    def get_sql_info(
        self, info: list[int], call_options: FlightSQLCallOptions | None = None
    ) -> flight.FlightInfo:
        """Where the answers to these SqlInfo ids are; no ids mean all."""
        return self._metadata("sql_info", call_options, ids=list(info))

    def get_xdbc_type_info(
        self, data_type: int | None, call_options: FlightSQLCallOptions | None = None
    ) -> flight.FlightInfo:
        """Where the description of all data types, or of one, is."""
        return self._metadata("type_info", call_options, data_type=data_type)

    def get_primary_keys(
        self, table: TableRef, call_options: FlightSQLCallOptions | None = None
    ) -> flight.FlightInfo:
        """Where the columns of a table's primary key are."""
        return self._metadata("primary_keys", call_options, name=_name(table))

    def get_exported_keys(
        self, table: TableRef, call_options: FlightSQLCallOptions | None = None
    ) -> flight.FlightInfo:
        """Where the foreign keys are that refer to a table."""
        return self._metadata("exported_keys", call_options, name=_name(table))

    def get_imported_keys(
        self, table: TableRef, call_options: FlightSQLCallOptions | None = None
    ) -> flight.FlightInfo:
        """Where the foreign keys of a table are."""
        return self._metadata("imported_keys", call_options, name=_name(table))

    def get_cross_reference(
        self,
        pk_table: TableRef,
        fk_table: TableRef,
        call_options: FlightSQLCallOptions | None = None,
    ) -> flight.FlightInfo:
        """Where the foreign keys of `fk_table` are that refer to `pk_table`."""
        return self._metadata(
            "cross_reference",
            call_options,
            name=_name(pk_table),
            foreign=_name(fk_table),
        )

    # ---- state ----

    def close(self) -> None:
        """Close the connection. Idempotent."""
        self.closed = True
        with self._opening:
            core, self._core = self._core, None
        if core is not None:
            core.close()

    def __enter__(self) -> FlightSQLClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- within ----

    def _begin_anew(self) -> None:
        self._database = _core.Database(*self._place)
        self._opening = threading.Lock()
        self._core = None

    @check_closed
    def _calls(self, options: FlightSQLCallOptions | None) -> _core.FlightCalls:
        with self._opening:
            if self._core is None:
                self._core = self._database.connect()
            core = self._core
        own = [one for one in self.headers if one not in self._sent_by_all]
        headers = last_of_each([*own, *((options and options.headers) or ())])
        timeout = (options and options.timeout) or 0.0
        return _core.FlightCalls(core, headers, timeout)

    def _metadata(
        self, kind: str, options: FlightSQLCallOptions | None, **filters: Any
    ) -> flight.FlightInfo:
        return self._info(self._calls(options).metadata(kind, **filters))

    def _info(self, serialized: bytes) -> flight.FlightInfo:
        """The FlightInfo; a ticket alone does not say where it is to be read."""
        info = flight_info(serialized)
        for endpoint in info.endpoints:
            if endpoint.locations:
                self._locations[endpoint.ticket.ticket] = _uris(endpoint.locations)
                if len(self._locations) > _MAX_LOCATED:
                    self._locations.popitem(last=False)
        return info


def _url(host: str, port: int | str, plaintext: bool) -> str:
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    return f"grpc+{'tcp' if plaintext else 'tls'}://{host}:{port}"


def _uris(locations: Iterable[Any]) -> list[str]:
    return [location.uri.decode() for location in locations]


def _name(table: TableRef) -> tuple[str | None, str | None, str]:
    return table.catalog, table.db_schema, table.table


_clients: weakref.WeakSet[FlightSQLClient] = weakref.WeakSet()


def _after_fork() -> None:
    for client in list(_clients):
        client._begin_anew()


os.register_at_fork(after_in_child=_after_fork)
