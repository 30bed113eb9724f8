# SPDX-License-Identifier: Apache-2.0
"""DataFusion queries that cannot be interrupted run in a process that can be killed.

DataFusion gives a query up only where its operators yield, and nested loop and cross
joins do not: one step may take minutes of CPU after its client has gone.  Plans with
such a join therefore run in a worker process; tables travel as memory-mapped files.
One worker is kept ready, so the usual price is a few milliseconds.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.ipc

from ._errors import Cancelled, InvalidRequest
from ._jobs import Job

_STUBBORN = ("NestedLoopJoinExec", "CrossJoinExec", "PiecewiseMergeJoinExec")


def is_stubborn(frame: Any) -> bool:
    """Tell whether a DataFrame's plan holds an operator that never yields."""
    logical = frame.logical_plan().display_indent()
    if "Join" not in logical and "Subquery" not in logical:
        return False
    physical = frame.execution_plan().display_indent()
    return any(name in physical for name in _STUBBORN)


@dataclass(frozen=True)
class TableFile:
    """A table as the worker gets it."""

    schema: str
    name: str  # qualified and quoted
    path: Path


class Workers:
    """Starts worker processes, keeping one ready, and runs queries in them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spare: subprocess.Popen[bytes] | None = None
        self._directory = tempfile.TemporaryDirectory(prefix="fletching-serve-")

    @property
    def directory(self) -> Path:
        """Where table files are kept while the server runs."""
        return Path(self._directory.name)

    def close(self) -> None:
        """Kill the ready worker and remove the files."""
        with self._lock:
            if self._spare is not None:
                self._spare.kill()
                self._spare.wait()
                self._spare = None
        self._directory.cleanup()

    def _take(self) -> subprocess.Popen[bytes]:
        with self._lock:
            ready, self._spare = self._spare, None
        if ready is None or ready.poll() is not None:
            ready = _start()
        return ready

    def _refill(self) -> None:
        with self._lock:
            if self._spare is None:
                self._spare = _start()

    def run(
        self, job: Job, request: dict[str, Any], parameters: pa.Table
    ) -> Iterator[pa.RecordBatch]:
        """Run one query; yields its batches.  The job's stop kills the process."""
        process = self._take()
        job.stop_with(process.kill)
        try:
            _send(process, request, parameters)
            self._refill()
            yield from _receive(process)
        except (pa.ArrowException, OSError) as error:
            job.check()
            raise InvalidRequest(_why(process) or str(error)) from None
        finally:
            job_ended = process.poll() is None
            if job_ended:
                process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("_worker.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _send(
    process: subprocess.Popen[bytes], request: dict[str, Any], parameters: pa.Table
) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(request).encode() + b"\n")
    with pa.ipc.new_stream(process.stdin, parameters.schema) as out:
        out.write_table(parameters)
    process.stdin.flush()


def _receive(process: subprocess.Popen[bytes]) -> Iterator[pa.RecordBatch]:
    assert process.stdout is not None
    yield from pa.ipc.open_stream(process.stdout)
    if process.wait() < 0:
        raise Cancelled("the query was cancelled")
    if process.returncode:
        raise OSError("the worker failed")


def _why(process: subprocess.Popen[bytes]) -> str:
    process.wait()
    assert process.stderr is not None
    return process.stderr.read().decode(errors="replace").strip()
