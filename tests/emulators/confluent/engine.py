# SPDX-License-Identifier: Apache-2.0
"""Statements on a real Flink: what is submitted, with which settings, and its pages.

All of them share one session of the gateway, because its catalogs live in the session.
Which catalog and database are current is the session's too, so only one statement is
planned at a time. A table that names no connector is a folder of JSON files.
"""

from __future__ import annotations

import contextlib
import pathlib
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from typing import Any

from . import sql as texts
from .gateway import Gateway, GatewayError, Operation, Page

SESSION = {"table.local-time-zone": "UTC", "execution.runtime-mode": "streaming"}
NO_JOB = (
    "SHOW",
    "DESCRIBE",
    "DESC",
    "EXPLAIN",
    "CREATE",
    "DROP",
    "ALTER",
    "USE",
    "SET",
)


class Engine:
    """One gateway's session, and the tables of the emulator in it."""

    def __init__(self, url: str) -> None:
        """Open a session with the gateway at `url`."""
        self._session = Gateway(url).open_session(SESSION)
        self._turn = threading.Lock()
        self._current: tuple[str, str] | None = None
        self._known: set[tuple[str, str]] = set()
        self._stored: dict[tuple[str, str, str], bool] = {}  # table: whether watched
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="fletching-confluent-"))
        self._closing = threading.Event()
        self._pulse = threading.Thread(target=self._beat, daemon=True)
        self._pulse.start()

    def close(self) -> None:
        """End the session with all that runs in it."""
        self._closing.set()
        with contextlib.suppress(GatewayError):  # it may be gone already
            self._session.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def add_database(self, catalog: str, database: str) -> None:
        """Let it be there."""
        with self._turn:
            self._use(catalog, database)

    def start(self, statement: Run) -> None:
        """Plan and submit; GatewayError. Afterwards `statement` has its traits."""
        with self._turn:
            self._use(statement.catalog, statement.database)
            if "INFORMATION_SCHEMA" in statement.sql.upper():
                self._describe_catalog(statement.catalog, statement.database)
                self._use(statement.catalog, statement.database)
            self._watch(not statement.snapshot)
            self._plan(statement)
            self._submit(statement)

    def explain(self, statement: Run) -> list[dict[str, Any]]:
        """Check it without running it: the columns it would have."""
        with self._turn:
            self._use(statement.catalog, statement.database)
            self._plan(statement)
            if statement.kind != "SELECT":
                if statement.kind.startswith(("INSERT", "CREATE_TABLE_AS")):
                    self._session.run(f"EXPLAIN {texts.query_in(statement.sql)}")
                return []
            text = f"SELECT * FROM (\n{statement.sql.rstrip().rstrip(';')}\n) LIMIT 0"
            batch = {"execution.runtime-mode": "batch"}
            return self._session.run(text, {**statement.settings, **batch}).columns

    def job_runs(self, job_id: str) -> bool:
        """Whether a job is still running."""
        return any(
            fields[0] == job_id
            and fields[2] in ("RUNNING", "CREATED", "INITIALIZING", "RESTARTING")
            for _, fields in self._session.run("SHOW JOBS").rows
        )

    def stop_job(self, job_id: str) -> None:
        """End a job that its statement does not wait for."""
        self._session.run(f"STOP JOB '{job_id}'")

    def _beat(self) -> None:
        while not self._closing.wait(60):
            with contextlib.suppress(Exception):
                self._session.heartbeat()

    def _use(self, catalog: str, database: str) -> None:
        if catalog not in {one for one, _ in self._known}:
            self._session.run(
                f"CREATE CATALOG {texts.quoted(catalog)}"
                " WITH ('type' = 'generic_in_memory')"
            )
            self._known.add((catalog, "default"))
        if (catalog, database) not in self._known:
            name = f"{texts.quoted(catalog)}.{texts.quoted(database)}"
            self._session.run(f"CREATE DATABASE IF NOT EXISTS {name}")
            self._known.add((catalog, database))
        if self._current != (catalog, database):
            self._session.run(f"USE CATALOG {texts.quoted(catalog)}")
            self._session.run(f"USE {texts.quoted(database)}")
            self._current = (catalog, database)

    def _watch(self, wanted: bool) -> None:
        """Whether our tables are read on as files come; a table that is has no end."""
        for (catalog, database, name), watched in self._stored.items():
            if watched == wanted:
                continue
            table = ".".join(map(texts.quoted, (catalog, database, name)))
            option = "'source.monitor-interval'"
            change = f"SET ({option} = '100 ms')" if wanted else f"RESET ({option})"
            self._session.run(f"ALTER TABLE {table} {change}")
            self._stored[catalog, database, name] = wanted

    def _plan(self, statement: Run) -> None:
        if statement.kind not in ("SELECT", "INSERT_INTO", "CREATE_TABLE_AS"):
            return
        text = texts.query_in(statement.sql)
        plan = self._session.run(
            f"EXPLAIN CHANGELOG_MODE {text}", statement.settings
        ).rows[0][1][0]
        statement.bounded = statement.snapshot or texts.is_bounded(plan)
        statement.append_only = statement.snapshot or not texts.changes_rows(plan)
        statement.plan = plan

    def _submit(self, statement: Run) -> None:
        settings = dict(statement.settings)
        text = statement.sql
        if statement.kind in ("CREATE_TABLE", "CREATE_TABLE_AS"):
            text = self._with_storage(statement)
        if statement.kind in ("INSERT_INTO", "CREATE_TABLE_AS", "STATEMENT_SET"):
            if statement.bounded:  # files are committed at the end of a batch
                settings |= {
                    "execution.runtime-mode": "batch",
                    "table.dml-sync": "true",
                }
            else:
                settings["execution.checkpointing.interval"] = "300 ms"
        statement.operation = self._session.submit(text, settings)
        statement.operation.settle()
        page = statement.operation.wait_for_page(0)  # raises what failed
        statement.first = page
        if statement.kind in ("CREATE_TABLE", "CREATE_TABLE_AS", "DROP_TABLE"):
            self._remember(statement)

    def _with_storage(self, statement: Run) -> str:
        name = texts.table_name(statement.sql) or "table"
        folder = tempfile.mkdtemp(prefix=re.sub(r"\W", "_", name), dir=self._folder)
        options = {"connector": "filesystem", "path": folder, "format": "json"}
        return texts.with_storage(statement.sql, options)

    def _remember(self, statement: Run) -> None:
        name = texts.table_name(statement.sql)
        if name is None:
            return
        key = (statement.catalog, statement.database, name)
        if statement.kind == "DROP_TABLE":
            self._stored.pop(key, None)
        elif "'connector'" not in statement.sql:
            self._stored[key] = False

    def _describe_catalog(self, catalog: str, database: str) -> None:
        from .catalog import statements

        self._use(catalog, "INFORMATION_SCHEMA")
        for text in statements(self._session, catalog, database):
            self._session.run(text)


class Run:
    """A statement on its way through the engine."""

    def __init__(
        self,
        sql: str,
        catalog: str,
        database: str,
        *,
        snapshot: bool,
        zone: str,
        tag: str,
    ) -> None:
        self.sql = sql
        self.kind = texts.kind_of(sql)
        self.catalog, self.database = catalog, database
        self.snapshot = snapshot
        self.settings = {
            "execution.runtime-mode": "batch" if snapshot else "streaming",
            "table.local-time-zone": zone,
            "pipeline.name": tag,
        }
        self.bounded = self.append_only = True
        self.plan = ""
        self.operation: Operation | None = None
        self.first: Page | None = None

    @property
    def returns_rows(self) -> bool:
        """Whether it has a schema."""
        return not self.kind.startswith(
            ("CREATE", "DROP", "ALTER", "INSERT", "STATEMENT", "USE", "SET", "RESET")
        )

    @property
    def keys(self) -> list[int] | None:
        """The places of the columns that identify a row."""
        if self.append_only or self.first is None:
            return None
        names = [one["name"] for one in self.first.columns]
        return texts.key_columns(self.plan, names)

    def pages(self) -> Iterator[Page | None]:
        """Its pages as they come, None where there is none yet; to the end."""
        assert self.operation is not None
        assert self.first is not None
        page: Page | None = self.first
        position = 1
        while True:
            yield page
            if page is not None and page.end:
                return
            page = self.operation.page(position)
            position += page is not None
