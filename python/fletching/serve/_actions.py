# SPDX-License-Identifier: Apache-2.0
"""DoAction: prepared statements, transactions, cancellation, session options."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.flight as flight

from ._commands import Substrait, pack, prepared_result, unpack, unpack_action
from ._engine import Kind
from ._errors import InvalidRequest, NotFound, ServeError, Unsupported
from ._protobuf import (
    DecodeError,
    Message,
    double_field,
    field,
    fixed64_field,
    map_entry,
)
from ._sessions import COOKIE, OptionValue, Session

if TYPE_CHECKING:
    from ._queries import Prepared
    from ._service import Service

_COMMIT, _ROLLBACK = 1, 2
_CANCELLED, _NOT_CANCELLABLE = 1, 3  # CancelStatus, and CancelQuery's CancelResult
_BAD_NAME, _BAD_VALUE = 1, 2  # SetSessionOptionsResult.ErrorValue
_CLOSED = 1  # CloseSessionResult.Status

DESCRIPTIONS = {
    "CreatePreparedStatement": "Prepare a statement.",
    "CreatePreparedSubstraitPlan": "Prepare a Substrait plan.",
    "ClosePreparedStatement": "Close a prepared statement.",
    "BeginTransaction": "Begin a transaction.",
    "EndTransaction": "Commit a transaction or roll it back.",
    "CancelFlightInfo": "Stop the query of a FlightInfo.",
    "CancelQuery": "Stop the query of a FlightInfo (older form).",
    "SetSessionOptions": "Set options of the session: catalog, schema, others kept.",
    "GetSessionOptions": "Return the options of the session.",
    "CloseSession": "End the session.",
}

Answer = list[bytes]


def act(service: Service, context: Any, name: str, body: bytes) -> Answer:
    """Run an action; returns its result messages."""
    handler = _HANDLERS.get(name)
    if handler is None:
        raise Unsupported(f"the action {name!r} is not supported")
    return handler(service, context, body)


def _prepare(service: Service, context: Any, body: bytes) -> Answer:
    message = unpack_action("CreatePreparedStatement", body)
    call = service.call(context)
    transaction = message.optional_bytes(2) or None
    return _keep(service, service.prepare(call, message.string(1), transaction))


def _prepare_substrait(service: Service, context: Any, body: bytes) -> Answer:
    asked = Substrait.decode(unpack_action("CreatePreparedSubstraitPlan", body))
    return _keep(service, service.prepare_substrait(service.call(context), asked))


def _keep(service: Service, prepared: Prepared) -> Answer:
    service.prepared.add(prepared)
    plan = prepared.plan
    dataset = _schema_bytes(plan.schema if plan.kind is Kind.QUERY else None)
    parameters = _schema_bytes(plan.parameters if len(plan.parameters) else None)
    is_update = plan.kind is not Kind.QUERY
    return [prepared_result(prepared.handle, dataset, parameters, is_update)]


def _schema_bytes(schema: pa.Schema | None) -> bytes:
    return b"" if schema is None else schema.serialize().to_pybytes()


def _close_prepared(service: Service, context: Any, body: bytes) -> Answer:
    handle = unpack_action("ClosePreparedStatement", body).raw(1)
    service.prepared.remove(handle, service.call(context).user)
    return []


def _begin(service: Service, context: Any, body: bytes) -> Answer:
    call = service.call(context)
    begun = service.lanes.begin(call.session, call.user)
    return [pack("ActionBeginTransactionResult", field(1, begun))]


def _end(service: Service, context: Any, body: bytes) -> Answer:
    message = unpack_action("EndTransaction", body)
    action = message.number(2)
    if action not in (_COMMIT, _ROLLBACK):
        raise InvalidRequest("EndTransaction: neither commit nor rollback")
    user = service.call(context).user
    how = "commit" if action == _COMMIT else "rollback"
    service.lanes.end(message.raw(1), user, how)  # type: ignore[arg-type]
    return []


def _cancel_info(service: Service, context: Any, body: bytes) -> Answer:
    # CancelFlightInfoRequest is bare: {1: FlightInfo}.
    raw = Message(body).raw(1)
    return [field(1, _cancel(service, context, raw))]


def _cancel_query(service: Service, context: Any, body: bytes) -> Answer:
    raw = unpack_action("CancelQuery", body).raw(1)
    return [pack("ActionCancelQueryResult", field(1, _cancel(service, context, raw)))]


def _cancel(service: Service, context: Any, raw: bytes) -> int:
    try:
        info = flight.FlightInfo.deserialize(raw)
        tickets = [unpack(endpoint.ticket.ticket) for endpoint in info.endpoints]
    except (pa.ArrowException, DecodeError) as error:
        text = f"cancel: not a FlightInfo of this server: {error}"
        raise InvalidRequest(text) from None
    user = service.call(context).user
    stopped = False
    for name, body in tickets:
        if name != "TicketStatementQuery":
            continue
        try:
            query = service.queries.find(Message(body).raw(1)[:16], user)
        except NotFound:
            continue
        stopped = query.cancel() or stopped
    return _CANCELLED if stopped else _NOT_CANCELLABLE


# Sessions: bare messages, see Flight.proto.


def _session(service: Service, context: Any, known: bool = False) -> Session:
    call = service.call(context)
    if call.session is None:
        raise Unsupported("this server keeps no sessions (--no-cookies)")
    if known and call.fresh_session:
        raise InvalidRequest(f"no session: the call has no valid {COOKIE} cookie")
    return call.session


def _option(raw: bytes) -> OptionValue | None:
    """Decode SessionOptionValue; no value set means "erase"."""
    value = Message(raw)
    if 1 in value:
        return value.string(1)
    if 2 in value:
        return bool(value.number(2))
    if 3 in value:
        return value.fixed64(3)
    if 4 in value:
        return value.double(4)
    if 5 in value:
        return Message(value.raw(5)).strings(1)
    return None


def _encode_option(value: OptionValue) -> bytes:
    if isinstance(value, str):
        return field(1, value)
    if isinstance(value, bool):
        return field(2, value)
    if isinstance(value, int):
        return fixed64_field(3, value)
    if isinstance(value, float):
        return double_field(4, value)
    return field(5, b"".join(field(1, item) for item in value))


def _set_options(service: Service, context: Any, body: bytes) -> Answer:
    session = _session(service, context)
    errors = b""
    for name, raw in Message(body).string_map(1).items():
        wrong = _set_option(service, session, name, raw)
        if wrong:
            errors += map_entry(1, name, field(1, wrong))
    return [errors]


def _set_option(service: Service, session: Session, name: str, raw: bytes) -> int:
    """Set one option; returns 0 or the error's number."""
    if not name:
        return _BAD_NAME
    value = _option(raw)
    before = dict(session.options)
    if value is None:
        session.options.pop(name, None)
    else:
        session.options[name] = value
    if name not in ("catalog", "schema"):
        return 0
    try:
        if value is not None and not isinstance(value, str):
            raise InvalidRequest(f"{name} must be text")
        service.lanes.defaults_changed(session)
    except ServeError:
        session.options = before
        return _BAD_VALUE
    return 0


def _get_options(service: Service, context: Any, body: bytes) -> Answer:
    session = _session(service, context, known=True)
    entries = (
        map_entry(1, name, _encode_option(value))
        for name, value in sorted(session.options.items())
    )
    return [b"".join(entries)]


def _close_session(service: Service, context: Any, body: bytes) -> Answer:
    session = _session(service, context, known=True)
    service.sessions.close(session)
    if hasattr(context, "add_header"):
        context.add_header("set-cookie", f"{COOKIE}=; Path=/; Max-Age=0")
    return [field(1, _CLOSED)]


_HANDLERS: dict[str, Callable[[Any, Any, bytes], Answer]] = {
    "CreatePreparedStatement": _prepare,
    "CreatePreparedSubstraitPlan": _prepare_substrait,
    "ClosePreparedStatement": _close_prepared,
    "BeginTransaction": _begin,
    "EndTransaction": _end,
    "CancelFlightInfo": _cancel_info,
    "CancelQuery": _cancel_query,
    "SetSessionOptions": _set_options,
    "GetSessionOptions": _get_options,
    "CloseSession": _close_session,
}
