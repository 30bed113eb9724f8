# SPDX-License-Identifier: Apache-2.0
"""Statements on their way: prepared ones, planned queries and their results."""

from __future__ import annotations

import secrets
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import pyarrow as pa
import pyarrow.ipc

from ._engine import Kind, Plan, Row
from ._errors import NotFound
from ._jobs import CallState, Job
from ._sessions import Session

_MOST_HANDLES = 10_000
_KEEP_SECONDS = 3600.0

T = TypeVar("T", bound="Owned")


@dataclass(kw_only=True)
class Owned:
    """Something a client holds a handle of."""

    user: str
    session: Session | None
    transaction: bytes | None
    handle: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    made: float = field(default_factory=time.monotonic)


@dataclass(kw_only=True)
class Prepared(Owned):
    """A prepared statement and the parameters last bound to it."""

    sql: str
    plan: Plan
    rows: Sequence[Row] = ()
    substrait: bytes | None = None  # the statement, in place of `sql`


@dataclass(kw_only=True)
class Query(Owned):
    """A planned query, waiting for its DoGet or running."""

    sql: str
    kind: Kind
    rows: Sequence[Row]
    schema: pa.Schema | None
    substrait: bytes | None = None
    parts: int = 1
    cancelled: bool = False
    started: bool = False
    job: Job | None = None
    spool: Spool | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def cancel(self) -> bool:
        """Stop the query, also before it began; False when it is over already."""
        with self.lock:
            if self.job is not None and self.job.done and not self.cancelled:
                return False
            self.cancelled = True
            if self.job is not None:
                self.job.cancel()
            return True


class Handles(Generic[T]):
    """A bounded table of what clients hold; the oldest goes first."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._lock = threading.Lock()
        self._items: OrderedDict[bytes, T] = OrderedDict()

    def add(self, item: T) -> None:
        """Remember an item by its handle."""
        now = time.monotonic()
        with self._lock:
            self._items[item.handle] = item
            while self._items:
                oldest = next(iter(self._items.values()))
                fresh = now - oldest.made < _KEEP_SECONDS
                if fresh and len(self._items) <= _MOST_HANDLES:
                    break
                del self._items[oldest.handle]

    def find(self, handle: bytes, user: str) -> T:
        """Return the user's item; raises NotFound, also for somebody else's."""
        with self._lock:
            item = self._items.get(handle)
        if item is None or item.user != user:
            raise NotFound(f"the {self._what} does not exist (closed or expired)")
        return item

    def remove(self, handle: bytes, user: str) -> bool:
        """Forget an item; tells whether there was one."""
        with self._lock:
            item = self._items.get(handle)
            if item is None or item.user != user:
                return False
            del self._items[handle]
            return True

    def all(self) -> list[T]:
        """List every item."""
        with self._lock:
            return list(self._items.values())


class Spool:
    """A whole result in a temporary file, from which each endpoint reads its rows.

    The query runs once, when the first endpoint is read; memory stays bounded since
    the file is mapped.
    """

    def __init__(self, parts: int) -> None:
        self._parts = parts
        self._lock = threading.Lock()
        self._file: tempfile._TemporaryFileWrapper[bytes] | None = None
        self._rows: list[int] = []
        self._schema: pa.Schema | None = None

    def filled(
        self, run: Callable[[], tuple[pa.Schema, Iterator[pa.RecordBatch]]]
    ) -> pa.Schema:
        """Run the query unless that has been done; returns the schema."""
        with self._lock:
            if self._file is None or self._schema is None:
                self._schema, batches = run()
                self._rows = []
                # Lives as long as this object, so no context manager.
                file = tempfile.NamedTemporaryFile(  # noqa: SIM115
                    prefix="fletching-serve-"
                )
                with pa.ipc.new_file(file, self._schema) as out:
                    for batch in batches:
                        out.write_batch(batch)
                        self._rows.append(batch.num_rows)
                file.flush()
                self._file = file
            return self._schema

    def part(self, index: int) -> Iterator[pa.RecordBatch]:
        """Yield one endpoint's rows: parts differ by one row at most."""
        assert self._file is not None
        total = sum(self._rows)
        first = total * index // self._parts
        last = total * (index + 1) // self._parts
        with pa.memory_map(self._file.name) as mapped:
            reader = pa.ipc.open_file(mapped)
            start = 0
            for number, rows in enumerate(self._rows):
                low, high = max(first, start), min(last, start + rows)
                if low < high:
                    batch = reader.get_batch(number)
                    yield batch.slice(low - start, high - low)
                start += rows


def conform(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Give a batch the announced names and metadata where the types agree."""
    return pa.RecordBatch.from_arrays(batch.columns, schema=schema)


def stream_schema(planned: pa.Schema | None, actual: pa.Schema) -> pa.Schema:
    """Choose the schema of a stream: the announced one if the data fits it."""
    if planned is None or planned.types != actual.types:
        return actual
    fields = [
        ours if ours.nullable or not theirs.nullable else ours.with_nullable(True)
        for ours, theirs in zip(planned, actual, strict=True)
    ]
    return pa.schema(fields)


def opened(
    job: Job, planned: pa.Schema | None, call: CallState
) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """Wait for a result to begin; returns its schema and its batches.

    What fails before the first row fails here, before anything has been sent.
    """
    batches = job.batches(call)
    first = next(batches, None)
    actual = job.result(call) if first is None else first.schema
    schema = stream_schema(planned, actual)

    def every() -> Iterator[pa.RecordBatch]:
        try:
            if first is not None:
                yield conform(first, schema)
                for batch in batches:
                    yield conform(batch, schema)
        finally:
            job.cancel()

    return schema, every()
