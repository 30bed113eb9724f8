# SPDX-License-Identifier: Apache-2.0
"""The Flight SQL service: one RPC in, the right piece of the server asked."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.flight as flight

from . import _actions, _introspect, _metadata, _updates
from ._auth import (
    MIDDLEWARE,
    Call,
    CallLog,
    CallMiddlewareFactory,
    Credentials,
    Handshake,
)
from ._commands import Statement, Substrait, statement_ticket, unpack
from ._engine import Engine, Kind, Lane, Row
from ._errors import (
    Cancelled,
    InvalidRequest,
    NotFound,
    ServeError,
    Unauthenticated,
    Unsupported,
)
from ._jobs import Job
from ._lanes import Lanes
from ._protobuf import DecodeError, Message
from ._queries import Handles, Owned, Prepared, Query, Spool, conform, opened
from ._sessions import Sessions

F = TypeVar("F", bound=Callable[..., Any])

_STATUS: tuple[tuple[type[Exception], type[Exception]], ...] = (
    (Cancelled, flight.FlightCancelledError),
    (Unauthenticated, flight.FlightUnauthenticatedError),
    (NotFound, pa.ArrowKeyError),
    (Unsupported, pa.ArrowNotImplementedError),
    (InvalidRequest, pa.ArrowInvalid),
    (DecodeError, pa.ArrowInvalid),
    (ServeError, pa.ArrowInvalid),
)
_Internal: type[Exception] = flight.FlightInternalError
_PASS = (flight.FlightError, pa.ArrowException)


def translated(error: BaseException) -> BaseException:
    """Turn an error into the one pyarrow sends with the right gRPC code."""
    if isinstance(error, _PASS) or not isinstance(error, Exception):
        return error
    for ours, theirs in _STATUS:
        if isinstance(error, ours):
            return theirs(str(error))
    return _Internal(f"{type(error).__name__}: {error}")


def rpc(method: F) -> F:
    """Translate what a handler raises."""

    @functools.wraps(method)
    def handler(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except BaseException as error:
            raised = translated(error)
        raise raised from None

    return handler  # type: ignore[return-value]


def without_tracebacks() -> None:
    """Keep this process's tracebacks out of the errors pyarrow sends to clients.

    pyarrow appends ``traceback.format_exception`` of whatever a handler raised to the
    status message.  There is no switch for it, so a process that only serves replaces
    that function for the errors that are meant for clients.
    """
    format_exception = traceback.format_exception
    private = (pa.ArrowInvalid, pa.ArrowKeyError, pa.ArrowNotImplementedError)

    def format_short(*arguments: Any, **options: Any) -> list[str]:
        for argument in arguments[:2]:
            if isinstance(argument, private):
                return [type(argument).__name__]
        return format_exception(*arguments, **options)

    traceback.format_exception = format_short


@dataclass(frozen=True)
class Settings:
    """How results are offered and who may call."""

    endpoints: int = 1
    locations: tuple[str, ...] = ()
    users: dict[str, str] = field(default_factory=dict)
    tokens: tuple[str, ...] = ()
    cookies: bool = True


class Service(flight.FlightServerBase):
    """A running server; it listens as soon as it is made."""

    def __init__(
        self, engine: Engine, location: str, settings: Settings, **tls: Any
    ) -> None:
        self.engine = engine
        self.settings = settings
        self.lanes = Lanes(engine)
        self.sessions = Sessions(self.lanes.close_session)
        self.prepared: Handles[Prepared] = Handles("prepared statement")
        self.queries: Handles[Query] = Handles("query")
        self.log = self.make_log()
        self.jobs: set[Job] = set()
        credentials = Credentials(settings.users, list(settings.tokens))
        sessions = self.sessions if settings.cookies else None
        factory = self.make_middleware(credentials, sessions)
        super().__init__(
            location,
            auth_handler=Handshake(credentials, factory),
            middleware={MIDDLEWARE: factory},
            **tls,
        )

    # What a server of another kind may do in its own way.

    def make_log(self) -> CallLog:
        """Make the log of calls."""
        return CallLog()

    def make_middleware(
        self, credentials: Credentials, sessions: Sessions | None
    ) -> CallMiddlewareFactory:
        """Make what looks at each call before its handler runs."""
        return CallMiddlewareFactory(credentials, sessions, self.log)

    # What the handlers share.

    @staticmethod
    def call(context: flight.ServerCallContext) -> Call:
        """Return the call as the middleware found it."""
        call: Call = context.get_middleware(MIDDLEWARE).call
        return call

    def start(self, owner: Owned, sql: str, work: Callable[[Job, Lane], Any]) -> Job:
        """Start engine work for a statement on the lane that is its own."""
        if owner.transaction is None:
            self.lanes.check_state(owner.session, sql)

        def run(job: Job) -> Any:
            place = (job, owner.session, owner.transaction, owner.user)
            with self.lanes.hold(*place) as lane:
                result = work(job, lane)
                self.lanes.note(owner.session, sql)
                return result

        job = Job(run)
        self.jobs.add(job)
        job.when_finished(lambda: self.jobs.discard(job))
        return job.start()

    def stop(self) -> None:
        """Stop every query and close the port; returns when no call is left."""
        for job in list(self.jobs):
            job.cancel()
        self.shutdown()

    # Flight's methods.

    @rpc
    def get_flight_info(
        self, context: flight.ServerCallContext, descriptor: flight.FlightDescriptor
    ) -> flight.FlightInfo:
        """Plan; nothing runs before DoGet."""
        name, body = _command(descriptor)
        message = Message(body)
        schema = _metadata.schema_of(name, message)
        if schema is not None:
            endpoint = flight.FlightEndpoint(descriptor.command, self._locations())
            return flight.FlightInfo(schema, descriptor, [endpoint], -1, -1)
        query = self._plan(self.call(context), name, message)
        self.queries.add(query)
        tickets = [query.handle]
        if query.parts > 1:
            tickets = [query.handle + bytes([i]) for i in range(query.parts)]
        endpoints = [
            flight.FlightEndpoint(statement_ticket(ticket), self._locations())
            for ticket in tickets
        ]
        return flight.FlightInfo(
            query.schema, descriptor, endpoints, -1, -1, query.parts > 1
        )

    def _locations(self) -> list[str]:
        return list(self.settings.locations)

    def _plan(self, call: Call, name: str, message: Message) -> Query:
        if name == "CommandStatementQuery":
            statement = Statement.decode(message)
            return self._plan_sql(call, statement.sql, statement.transaction)
        if name == "CommandStatementSubstraitPlan":
            owner = self.prepare_substrait(call, Substrait.decode(message))
            return self._query(call, owner, owner.plan.kind, owner.plan.schema, ())
        if name != "CommandPreparedStatementQuery":
            raise Unsupported(f"{name} is not supported as a query")
        prepared = self.prepared.find(message.raw(1), call.user)
        schema = prepared.plan.schema
        if prepared.rows and not prepared.plan.exact:
            place = (None, prepared.session, prepared.transaction, call.user)
            with self.lanes.hold(*place) as lane:
                schema = lane.bound_schema(prepared.sql, prepared.rows[0])
        return self._query(call, prepared, prepared.plan.kind, schema, prepared.rows)

    def prepare(self, call: Call, sql: str, transaction: bytes | None) -> Prepared:
        """Plan a statement for this caller; it is not kept."""
        sql = _introspect.expand(sql, call, self.log)
        with self.lanes.hold(None, call.session, transaction, call.user) as lane:
            plan = lane.plan(sql)
        return Prepared(
            user=call.user,
            session=call.session,
            transaction=transaction,
            sql=sql,
            plan=plan,
        )

    def prepare_substrait(self, call: Call, asked: Substrait) -> Prepared:
        """Plan a Substrait plan for this caller; it is not kept."""
        place = (None, call.session, asked.transaction, call.user)
        with self.lanes.hold(*place) as lane:
            plan = lane.plan_substrait(asked.plan)
        return Prepared(
            user=call.user,
            session=call.session,
            transaction=asked.transaction,
            sql="",
            plan=plan,
            substrait=asked.plan,
        )

    def _plan_sql(self, call: Call, sql: str, transaction: bytes | None) -> Query:
        owner = self.prepare(call, sql, transaction)
        return self._query(call, owner, owner.plan.kind, owner.plan.schema, ())

    def _query(
        self,
        call: Call,
        statement: Prepared,
        kind: Kind,
        schema: pa.Schema | None,
        rows: Any,
    ) -> Query:
        parts = self.settings.endpoints if kind is Kind.QUERY else 1
        return Query(
            user=call.user,
            session=statement.session,
            transaction=statement.transaction,
            sql=statement.sql,
            kind=kind,
            rows=rows,
            schema=schema,
            substrait=statement.substrait,
            parts=parts,
            spool=Spool(parts) if parts > 1 else None,
        )

    @rpc
    def get_schema(
        self, context: flight.ServerCallContext, descriptor: flight.FlightDescriptor
    ) -> flight.SchemaResult:
        """Return the schema GetFlightInfo would announce."""
        name, body = _command(descriptor)
        message = Message(body)
        schema = _metadata.schema_of(name, message)
        if schema is None:
            schema = self._plan(self.call(context), name, message).schema
        return flight.SchemaResult(schema if schema is not None else pa.schema([]))

    @rpc
    def do_get(
        self, context: flight.ServerCallContext, ticket: flight.Ticket
    ) -> flight.FlightDataStream:
        """Run a query, or answer a metadata command."""
        name, body = unpack(ticket.ticket)
        message, call = Message(body), self.call(context)
        if _metadata.schema_of(name, message) is not None:
            return flight.RecordBatchStream(self.metadata(call, name, message))
        if name != "TicketStatementQuery":
            raise InvalidRequest(f"{name} is not a ticket of this server")
        handle = message.raw(1)
        query = self.queries.find(handle[:16], call.user)
        if query.spool is not None:
            index = handle[16] if len(handle) == 17 else -1
            return self._part(context, query, query.spool, index)
        schema, batches = opened(self._run(query), query.schema, context)
        return _stream(schema, batches)

    def metadata(self, call: Call, name: str, message: Message) -> pa.Table:
        """Answer a metadata command."""
        place = (None, call.session, None, call.user)
        with self.lanes.hold(*place, metadata=True) as lane:
            return _metadata.result(name, message, self.engine, lane)

    def _run(self, query: Query) -> Job:
        with query.lock:
            if query.cancelled:
                raise Cancelled("the query was cancelled")
            if query.started and query.kind is not Kind.QUERY:
                raise InvalidRequest("the statement has run; its ticket is used up")
            query.started = True
            rows: list[Row] = list(query.rows)
            plan = query.substrait

            def work(job: Job, lane: Lane) -> pa.Schema:
                if plan is not None:
                    return lane.run_substrait(job, plan)
                return lane.run(job, query.sql, rows)

            query.job = self.start(query, query.sql, work)
            return query.job

    def _part(
        self,
        context: flight.ServerCallContext,
        query: Query,
        spool: Spool,
        index: int,
    ) -> flight.FlightDataStream:
        if not 0 <= index < query.parts:
            raise InvalidRequest("the ticket names no part of the result")
        schema = spool.filled(lambda: opened(self._run(query), query.schema, context))
        batches = (conform(batch, schema) for batch in spool.part(index))
        return _stream(schema, batches)

    @rpc
    def do_put(
        self,
        context: flight.ServerCallContext,
        descriptor: flight.FlightDescriptor,
        reader: flight.MetadataRecordBatchReader,
        writer: flight.FlightMetadataWriter,
    ) -> None:
        """Run an update, bind parameters, ingest."""
        name, body = _command(descriptor)
        answer = _updates.put(self, context, name, Message(body), reader)
        if answer is not None:
            writer.write(pa.py_buffer(answer))

    @rpc
    def do_action(
        self, context: flight.ServerCallContext, action: flight.Action
    ) -> Iterator[bytes]:
        """Prepare, close, transactions, cancel, sessions."""
        body = action.body.to_pybytes()
        return iter(_actions.act(self, context, action.type, body))

    @rpc
    def list_actions(self, context: flight.ServerCallContext) -> list[tuple[str, str]]:
        """List the actions and what they do."""
        return list(_actions.DESCRIPTIONS.items())

    @rpc
    def list_flights(
        self, context: flight.ServerCallContext, criteria: bytes
    ) -> Iterator[flight.FlightInfo]:
        """Say that Flight SQL has commands for this."""
        raise Unsupported("ListFlights is not part of Flight SQL (use GetTables)")


def _command(descriptor: flight.FlightDescriptor) -> tuple[str, bytes]:
    if descriptor.descriptor_type != flight.DescriptorType.CMD:
        raise InvalidRequest("Flight SQL needs a command, not a path")
    return unpack(descriptor.command)


def _stream(
    schema: pa.Schema, batches: Iterator[pa.RecordBatch]
) -> flight.FlightDataStream:
    """Send batches as they come."""
    if any(_has_dictionary(kind) for kind in schema.types):
        # pyarrow sends dictionaries with the batches of a table, not with bare ones.
        tables = (pa.Table.from_batches([batch]) for batch in batches)
        return flight.GeneratorStream(schema, _guarded(tables))
    return flight.GeneratorStream(schema, _guarded(batches))


def _has_dictionary(kind: pa.DataType) -> bool:
    children = (kind.field(i).type for i in range(kind.num_fields))
    return pa.types.is_dictionary(kind) or any(map(_has_dictionary, children))


def _guarded(batches: Iterator[Any]) -> Iterator[Any]:
    """Translate what a stream raises while it is being sent."""
    try:
        yield from batches
    except GeneratorExit:
        raise
    except BaseException as error:
        raise translated(error) from None
