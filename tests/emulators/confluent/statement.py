# SPDX-License-Identifier: Apache-2.0
"""One statement: its phases, what is known of it, and its rows until they are taken."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from .encode import KINDS, column_of, value_of
from .engine import Engine, Run
from .gateway import GatewayError, Page

TERMINAL = ("COMPLETED", "FAILED", "STOPPED")
OPENING = 1.5  # seconds
MOST_ROWS = 50_000  # that are kept for a reader who does not come


@dataclasses.dataclass
class Script:
    """A statement that does not go to Flink: what it says and sends, in order.

    `statuses`: what GET answers, one after the other (the last one stays), merged into
    the status; the first is the answer to POST. `pages`: rows as they stand on the
    wire, [op, row]; the last page has no successor unless `endless`.
    """

    columns: Sequence[Mapping[str, Any]] = ()
    pages: Sequence[Sequence[tuple[int, Sequence[Any]]]] = ()
    statuses: Sequence[Mapping[str, Any]] = ()
    traits: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    sql_kind: str = "SELECT"
    bounded: bool = True
    append_only: bool = True
    upsert_columns: Sequence[int] | None = None
    endless: bool = False


class Statement:
    """A statement of the API; any thread."""

    def __init__(self, body: Mapping[str, Any], settle: float = 0.0) -> None:
        """From the body of POST; `settle`: seconds that it stays PENDING."""
        self.name: str = body["name"]
        self.organization: str = body["organization_id"]
        self.environment: str = body["environment_id"]
        self.spec = {"stopped": False, "properties": {}, **body["spec"]}
        self.spec.setdefault("compute_pool_id", "lfcp-default")
        self.spec.setdefault("principal", "u-emulated")
        self.labels: dict[str, str] = body.get("metadata", {}).get("labels", {})
        self.uid = str(uuid.uuid4())
        self.version = 1
        self.created = self.updated = now()
        self.phase = "PENDING"
        self.deleted = False  # it is on its way out
        self.detail = ""
        self.traits: dict[str, Any] | None = None
        self.warnings: list[dict[str, Any]] = []
        self.exceptions: list[dict[str, Any]] = []
        self.script: Script | None = None
        self._asked = 0
        self._settle = settle
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._rows: list[tuple[int, list[Any]]] = []
        self._taken = 0  # rows that were acknowledged and are gone
        self._ended = False
        self._stopping = False
        self._run: Run | None = None
        self._job_id: str | None = None
        self._engine: Engine | None = None

    # ---- what happens to it ----

    def start(self, engine: Engine, database: str | None = None) -> None:
        """Run it, on a thread of its own."""
        self._engine = engine
        self._stopping = self._ended = False
        properties = self.spec["properties"]
        self._run = Run(
            self.spec["statement"],
            properties.get("sql.current-catalog", self.environment),
            properties.get("sql.current-database") or database or "default",
            snapshot=properties.get("sql.snapshot.mode") == "now",
            zone=properties.get("sql.local-time-zone", "UTC"),
            tag=self.name,
        )
        threading.Thread(
            target=self._live, args=(engine, self._run), daemon=True
        ).start()

    def stop(self, phase: str = "STOPPING") -> None:
        """Ask it to end; it ends when it has."""
        with self._changed:
            self._stopping = True
            self.spec["stopped"] = True
            if self.phase not in TERMINAL:
                self._set(phase)
            self._changed.notify_all()

    def wait_until_ended(self, seconds: float = 30) -> bool:
        """Whether it did within that time."""
        with self._changed:
            return self._changed.wait_for(lambda: self.phase in TERMINAL, seconds)

    def _live(self, engine: Engine, run: Run) -> None:
        if self._settle:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping, self._settle)
        try:
            engine.start(run)
            self._running(run)
            for page in run.pages():
                if self._stopping:
                    break
                if page is None:
                    time.sleep(0.02)
                    continue
                self._take(page, run)
            self._await_job(engine)
            self._end("STOPPED" if self._stopping else "COMPLETED")
        except GatewayError as error:
            self._fail(str(error))
        except Exception as error:  # a fault of the emulator's own: seen, not hidden
            self._fail(f"emulator: {error!r}")
            raise
        finally:
            if run.operation is not None:
                self._let_open(run)
                with contextlib.suppress(GatewayError):
                    run.operation.close()

    def _let_open(self, run: Run) -> None:
        """A job that is cancelled before it has opened its sink takes Flink along."""
        if run.returns_rows and not self._rows and not self._taken and not self._ended:
            time.sleep(OPENING)

    def _running(self, run: Run) -> None:
        assert run.first is not None
        schema = None
        if run.returns_rows:
            schema = {"columns": [column_of(one) for one in run.first.columns]}
        with self._changed:
            self.traits = {
                "sql_kind": run.kind,
                "is_bounded": run.bounded,
                "is_append_only": run.append_only,
                "upsert_columns": run.keys,
                "connection_refs": [],
                "schema": schema,
            }
            if run.kind in ("INSERT_INTO", "CREATE_TABLE_AS") and not run.bounded:
                self._job_id = run.first.job_id or _job_of(run.first)
            if not self._stopping and (schema is not None or self._job_id):
                self._set("RUNNING")

    def _take(self, page: Page, run: Run) -> None:
        if not run.returns_rows:
            return
        assert run.first is not None
        kinds = [column_of(one)["type"] for one in run.first.columns]
        rows = [
            (
                KINDS[kind],
                [
                    value_of(value, of, page.plain)
                    for value, of in zip(fields, kinds, strict=True)
                ],
            )
            for kind, fields in page.rows
        ]
        with self._changed:
            self._rows += rows
            self._changed.wait_for(
                lambda: self._stopping or len(self._rows) < MOST_ROWS
            )

    def _await_job(self, engine: Engine) -> None:
        """A job that INSERT left running is the statement's."""
        if self._job_id is None:
            return
        while not self._stopping and engine.job_runs(self._job_id):
            with self._changed:
                self._changed.wait_for(lambda: self._stopping, 0.5)
        if self._stopping:
            with contextlib.suppress(GatewayError):
                engine.stop_job(self._job_id)

    def _end(self, phase: str) -> None:
        with self._changed:
            self._ended = True
            self._set(phase)

    def _fail(self, detail: str) -> None:
        with self._changed:
            self.detail = detail
            self._ended = True
            if self._run is not None and self._run.first is None:
                self.traits = None  # never sent of what could not be planned
            self.exceptions.append(
                {
                    "kind": "StatementException",
                    "name": "org.apache.flink",
                    "message": detail,
                    "timestamp": now(),
                }
            )
            self._set("STOPPED" if self._stopping else "FAILED")

    def _set(self, phase: str) -> None:
        self.phase = phase
        self.version += 1
        self.updated = now()
        self._changed.notify_all()

    # ---- what is told of it ----

    def described(self, base: str, *, asked: bool = True) -> dict[str, Any]:
        """As GET answers it; `asked` counts for a script."""
        with self._lock:
            status: dict[str, Any] = {
                "phase": self.phase,
                "detail": self.detail,
                "network_kind": "PUBLIC",
                "scaling_status": {"scaling_state": "OK", "last_updated": self.updated},
                "warnings": self.warnings,
                "traits": self.traits,
            }
            if self.script is not None and self.script.statuses:
                last = len(self.script.statuses) - 1
                change = dict(self.script.statuses[min(self._asked, last)])
                self._asked += asked
                for key in change.pop("without", ()):
                    status.pop(key, None)
                status |= change
            return {
                "api_version": "sql/v1",
                "kind": "Statement",
                "name": self.name,
                "organization_id": self.organization,
                "environment_id": self.environment,
                "metadata": {
                    "self": f"{base}/statements/{self.name}",
                    "uid": self.uid,
                    "resource_version": str(self.version),
                    "created_at": self.created,
                    "updated_at": self.updated,
                    "labels": self.labels,
                },
                "spec": {"execution_mode": self._execution_mode(), **self.spec},
                "status": status,
            }

    def _execution_mode(self) -> str:
        snapshot = self.spec["properties"].get("sql.snapshot.mode") == "now"
        return "BATCH" if snapshot else "STREAMING"

    def follow(self, script: Script) -> None:
        """Be what the script says."""
        self.script = script
        with self._changed:
            self.traits = {
                "sql_kind": script.sql_kind,
                "is_bounded": script.bounded,
                "is_append_only": script.append_only,
                "upsert_columns": script.upsert_columns,
                "connection_refs": [],
                "schema": {"columns": list(script.columns)} if script.columns else None,
                **script.traits,
            }
            self._set("RUNNING" if script.columns else "COMPLETED")

    def page(self, offset: int, size: int) -> tuple[list[dict[str, Any]], int | None]:
        """Rows from there on and where the next ones are, None after the last.

        Everything before `offset` is acknowledged by asking, and gone: LookupError.
        """
        if self.script is not None:
            return self._script_page(offset)
        with self._changed:
            if not self._taken <= offset <= self._taken + len(self._rows):
                raise LookupError(offset)
            del self._rows[: offset - self._taken]
            self._taken = offset
            self._changed.notify_all()
            rows = self._rows[:size]
            after = offset + len(rows)
            over = self._ended and len(rows) == len(self._rows)
            return [_row(*one) for one in rows], None if over else after

    def _script_page(self, place: int) -> tuple[list[dict[str, Any]], int | None]:
        script = self.script
        assert script is not None
        pages = script.pages
        rows = pages[place] if place < len(pages) else ()
        last = place + 1 >= len(pages) and not script.endless
        return [_row(op, list(row)) for op, row in rows], None if last else place + 1


def _row(op: int, row: list[Any]) -> dict[str, Any]:
    return {"row": row} if op == 0 else {"op": op, "row": row}


def _job_of(page: Page) -> str | None:
    """INSERT answers its job's id as a row."""
    rows = [fields for _, fields in page.rows]
    return str(rows[0][0]) if rows and len(str(rows[0][0])) == 32 else None


def now() -> str:
    """The time as the API writes it."""
    text = datetime.datetime.now(datetime.timezone.utc).isoformat(
        timespec="microseconds"
    )
    return text.replace("+00:00", "Z")
