# SPDX-License-Identifier: Apache-2.0
"""DataFusion queries that cannot be interrupted run in a process that can be killed.

DataFusion gives a query up only where its operators yield.  Nested loop and cross joins
do not, and a hash join does so only once an input batch, whose matches may take minutes
of CPU after its client has gone.  Such plans run in a worker process; tables travel as
memory-mapped files.  Workers are forked from a process that has the engine loaded, so
the price is some forty milliseconds.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import prod
from os import close, pipe
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.ipc

from ._errors import InvalidRequest
from ._jobs import Job

_NEVER_YIELD = ("NestedLoopJoinExec", "CrossJoinExec", "PiecewiseMergeJoinExec")
_SELDOM_YIELD = ("HashJoinExec", "SortMergeJoinExec", "SymmetricHashJoinExec")
MOST_PAIRS = 100_000_000  # as many matches take about a second


def pairs_to_isolate(frame: Any) -> int | None:
    """Tell from how many pairs of rows on a plan runs apart; None: it always stops."""
    logical = frame.logical_plan().display_indent()
    if "Join" not in logical and "Subquery" not in logical:
        return None
    physical = frame.execution_plan().display_indent()
    if any(name in physical for name in _NEVER_YIELD):
        return 0
    return MOST_PAIRS if any(name in physical for name in _SELDOM_YIELD) else None


@dataclass(frozen=True)
class StoredTable:
    """A table that a plan scans."""

    schema: str
    name: str
    qualified: str  # and quoted
    rows: int


def pairs(tables: list[StoredTable]) -> int:
    """Return how many rows a join of these tables can have at most."""
    return prod(max(table.rows, 1) for table in tables)


class Workers:
    """Forks worker processes and runs queries in them.  Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._nursery: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._directory = tempfile.TemporaryDirectory(prefix="fletching-serve-")

    @property
    def directory(self) -> Path:
        """Where table files are kept while the server runs."""
        return Path(self._directory.name)

    def close(self) -> None:
        """End the process that forks workers (they die with it), remove the files."""
        with self._lock:
            self._end_nursery()
        self._directory.cleanup()

    def _end_nursery(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._nursery is not None:
            self._nursery.kill()
            self._nursery.wait()
        self._nursery = self._control = None

    def _fork(self, data: socket.socket, verdict: int) -> int:
        """Fork a worker that talks on these; returns a descriptor of the process."""
        with self._lock:
            try:
                return self._ask_nursery(data, verdict)
            except OSError:  # killed from outside: once more with a new one
                self._end_nursery()
                return self._ask_nursery(data, verdict)

    def _ask_nursery(self, data: socket.socket, verdict: int) -> int:
        if self._control is None:
            self._start_nursery()
        assert self._control is not None
        socket.send_fds(self._control, [b"f"], [data.fileno(), verdict])
        _, [process], _, _ = _received(self._control)
        return process

    def _start_nursery(self) -> None:
        self._control, theirs = socket.socketpair()
        script = Path(__file__).with_name("_worker.py")
        with theirs:
            self._nursery = subprocess.Popen(
                [sys.executable, str(script), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def run(
        self, job: Job, request: dict[str, Any], parameters: pa.Table
    ) -> Iterator[pa.RecordBatch]:
        """Run one query; yields its batches.  The job's stop kills the process."""
        ours, theirs = socket.socketpair()
        verdict, verdict_of_worker = pipe()
        with ours, open(verdict, "rb") as verdict_file:
            try:
                process = self._fork(theirs, verdict_of_worker)
            finally:
                theirs.close()
                close(verdict_of_worker)

            def kill() -> None:
                signal.pidfd_send_signal(process, signal.SIGKILL)

            try:
                job.stop_with(kill)
                yield from _converse(job, ours, verdict_file, request, parameters)
            finally:
                job.stop_with(None)
                _kill(process)
                close(process)


def _received(control: socket.socket) -> tuple[bytes, list[int], int, Any]:
    answer = socket.recv_fds(control, 1, 1)
    if len(answer[1]) != 1:
        raise OSError("the process that forks workers has ended")
    return answer


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):  # it has ended by itself
        signal.pidfd_send_signal(process, signal.SIGKILL)


def _converse(
    job: Job,
    ours: socket.socket,
    verdict: BinaryIO,
    request: dict[str, Any],
    parameters: pa.Table,
) -> Iterator[pa.RecordBatch]:
    why = ""
    try:
        with ours.makefile("wb") as out:
            out.write(json.dumps(request).encode() + b"\n")
            with pa.ipc.new_stream(out, parameters.schema) as stream:
                stream.write_table(parameters)
        with ours.makefile("rb") as answer:
            yield from pa.ipc.open_stream(answer)
    except (pa.ArrowException, OSError) as error:
        why = str(error)
    # A stream that was cut between two batches looks whole: the verdict tells.
    text = verdict.read().decode(errors="replace")
    if text == "done":
        return
    job.check()
    raise InvalidRequest(text or f"the query's process died (memory?): {why}")
