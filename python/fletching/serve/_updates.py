# SPDX-License-Identifier: Apache-2.0
"""DoPut: updates, parameters for prepared statements, bulk ingest."""

from __future__ import annotations

import threading
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
    if name == "CommandStatementSubstraitPlan":
        raise Unsupported("Substrait plans that change data are not run (send SQL)")
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


class _Upload:
    """The rows that a call brings, for a job that may outlive the call.

    pyarrow's reader and context belong to the call: once its handler has returned, the
    next look at either reads memory that is gone.  So they are looked at under a lock,
    and after `end` no more.
    """

    def __init__(self, reader: Any, context: Any) -> None:
        self.schema: pa.Schema = reader.schema
        self._chunks = iter(reader)
        self._context = context
        self._lock = threading.Lock()
        self._over = False

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield all batches up to the client's own end."""
        while (batch := self._next()) is not None:
            yield batch

    def _next(self) -> pa.RecordBatch | None:
        with self._lock:
            if not self._over:
                for chunk in self._chunks:
                    return chunk.data
            # pyarrow's reader ends in the same way where the client has reset the call:
            # what came until then is not what it wanted to write.
            if self._over or self._context.is_cancelled():
                raise Cancelled(
                    "ingest: the client went away before the end of its rows"
                )
            return None

    def end(self) -> None:
        """Wait for the read that is under way (a reset ends it), and allow no other."""
        with self._lock:
            self._over = True


def _ingest(service: Service, context: Any, target: Ingest, reader: Any) -> bytes:
    call = service.call(context)
    owner = Owned(user=call.user, session=call.session, transaction=target.transaction)
    kind = "CREATE TEMP TABLE" if target.temporary else ""
    upload = _Upload(reader, context)

    def load(job: Job, lane: Lane) -> int:
        rows = pa.RecordBatchReader.from_batches(upload.schema, upload.batches())
        return lane.ingest(job, target, rows)

    job = service.start(owner, kind, load)
    try:
        return update_result(job.result(context))
    finally:
        upload.end()
