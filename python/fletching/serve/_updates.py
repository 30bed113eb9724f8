# SPDX-License-Identifier: Apache-2.0
"""DoPut: updates, parameters for prepared statements, bulk ingest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ._commands import Ingest, Statement, bound_result, update_result
from ._engine import Lane, Row
from ._errors import Cancelled, Unsupported
from ._jobs import Job
from ._protobuf import Message
from ._queries import Owned

if TYPE_CHECKING:
    from ._service import Service


def put(
    service: Service, context: Any, name: str, message: Message, reader: Any
) -> bytes | None:
    """Answer a DoPut; returns the metadata to send back."""
    call = service.call(context)
    if name == "CommandStatementUpdate":
        # The stream may hold no schema at all here, so the reader is left alone.
        statement = Statement.decode(message)
        owner = Owned(
            user=call.user, session=call.session, transaction=statement.transaction
        )
        return _update(service, context, owner, statement.sql, ())
    if name == "CommandPreparedStatementQuery":
        prepared = service.prepared.find(message.raw(1), call.user)
        prepared.rows = rows_of(reader)
        return bound_result(prepared.handle)
    if name == "CommandPreparedStatementUpdate":
        prepared = service.prepared.find(message.raw(1), call.user)
        rows: Any = ()
        if len(prepared.plan.parameters):
            rows = rows_of(reader)
            if not rows:
                return update_result(0)
        return _update(service, context, prepared, prepared.sql, rows)
    if name == "CommandStatementIngest":
        return _ingest(service, context, Ingest.decode(message), reader)
    raise Unsupported(f"{name} is not supported as an upload")


def rows_of(reader: Any) -> list[Row]:
    """Read bound parameters: a row of scalars each."""
    table: pa.Table = reader.read_all()
    if table.num_columns == 0:
        return []
    table = table.combine_chunks()
    return [
        tuple(column[index] for column in table.columns)
        for index in range(table.num_rows)
    ]


def _update(service: Service, context: Any, owner: Owned, sql: str, rows: Any) -> bytes:
    job = service.start(owner, sql, lambda job, lane: lane.update(job, sql, rows))
    return update_result(job.result(context))


def _whole(reader: Any, context: Any) -> Iterator[pa.RecordBatch]:
    """Yield all batches up to the client's own end.

    pyarrow's reader ends in the same way where the client has reset the call: what
    came until then is not what it wanted to write.
    """
    for chunk in reader:
        yield chunk.data
    if context.is_cancelled():
        raise Cancelled("ingest: the client went away before the end of its rows")


def _ingest(service: Service, context: Any, target: Ingest, reader: Any) -> bytes:
    call = service.call(context)
    owner = Owned(user=call.user, session=call.session, transaction=target.transaction)
    kind = "CREATE TEMP TABLE" if target.temporary else ""

    def load(job: Job, lane: Lane) -> int:
        rows = pa.RecordBatchReader.from_batches(reader.schema, _whole(reader, context))
        return lane.ingest(job, target, rows)

    return update_result(service.start(owner, kind, load).result(context))
