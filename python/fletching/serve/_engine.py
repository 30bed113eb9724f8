# SPDX-License-Identifier: Apache-2.0
"""What a SQL engine must offer to stand behind the service."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

import pyarrow as pa

from ._commands import Ingest, TableRef
from ._errors import Unsupported
from ._jobs import Job


class Kind(Enum):
    """What a statement gives back when it runs."""

    QUERY = "rows"
    UPDATE = "a count of rows"
    COMMAND = "nothing"


@dataclass(frozen=True)
class Plan:
    """What is known of a statement before it runs; nothing has been executed."""

    kind: Kind
    schema: pa.Schema | None  # None: not known before it runs
    parameters: pa.Schema = field(default_factory=lambda: pa.schema([]))
    exact: bool = True  # False: the schema may change with the parameters' types


@dataclass(frozen=True)
class Table:
    """A table or view as the metadata commands list it."""

    catalog: str
    schema: str
    name: str
    type: str


@dataclass(frozen=True)
class Key:
    """One column of a primary key."""

    table: Table
    column: str
    name: str | None
    sequence: int


@dataclass(frozen=True)
class ForeignKey:
    """One column pair of a foreign key."""

    primary: Table
    primary_column: str
    foreign: Table
    foreign_column: str
    sequence: int
    name: str | None
    primary_name: str | None
    update_rule: int = 3  # NO ACTION
    delete_rule: int = 3


@dataclass(frozen=True)
class Defaults:
    """Catalog and schema that unqualified names mean; None is the engine's own."""

    catalog: str | None = None
    schema: str | None = None


Row = Sequence[pa.Scalar]
EndAction = Literal["commit", "rollback"]


class Lane(ABC):
    """A place where statements run: a connection, or a context with its defaults.

    An exclusive lane runs one statement at a time, as a DuckDB connection does.
    """

    exclusive: bool = False

    @abstractmethod
    def plan(self, sql: str) -> Plan:
        """Describe a statement without running it; raises for wrong SQL."""

    @abstractmethod
    def bound_schema(self, sql: str, row: Row) -> pa.Schema | None:
        """Return a query's schema with these parameters, or None if unknown."""

    @abstractmethod
    def run(self, job: Job, sql: str, rows: Sequence[Row]) -> pa.Schema:
        """Run a statement once a row of parameters, `job.put` its batches.

        Called in the job's thread, without rows when there are no parameters; returns
        the result's schema.
        """

    @abstractmethod
    def update(self, job: Job, sql: str, rows: Sequence[Row]) -> int:
        """Run a statement for its effect; returns its count of rows, -1 if unknown."""

    @abstractmethod
    def ingest(self, job: Job, target: Ingest, data: pa.RecordBatchReader) -> int:
        """Load data into a table; returns the number of rows."""

    def plan_substrait(self, plan: bytes) -> Plan:
        """Describe a Substrait plan without running it."""
        raise Unsupported("this engine takes no Substrait plans (send SQL)")

    def run_substrait(self, job: Job, plan: bytes) -> pa.Schema:
        """Run a Substrait plan, as `run` does."""
        raise NotImplementedError

    def use(self, defaults: Defaults) -> None:
        """Change an exclusive lane's defaults; raises NotFound and changes nothing."""
        raise NotImplementedError

    def begin(self) -> None:
        """Begin a transaction on this lane."""
        raise NotImplementedError

    def end(self, action: EndAction) -> None:
        """End the lane's transaction."""
        raise NotImplementedError

    def close(self) -> None:  # noqa: B027 - most lanes own nothing
        """Give back what the lane holds."""


class Engine(ABC):
    """An embedded SQL engine and its catalog."""

    name: str
    title: str
    version: str
    transactions: bool = False
    substrait: bool = False
    default_schema: str
    sql_info: dict[int, Any]

    @abstractmethod
    def open_lane(self, defaults: Defaults) -> Lane:
        """Open a lane; raises NotFound for an unknown catalog or schema."""

    @abstractmethod
    def add_table(self, schema: str, name: str, table: pa.Table) -> None:
        """Add a table of a data set (before the server starts)."""

    @abstractmethod
    def catalogs(self, lane: Lane) -> list[str]:
        """List the catalogs."""

    @abstractmethod
    def schemas(self, lane: Lane) -> list[tuple[str, str]]:
        """List (catalog, schema)."""

    @abstractmethod
    def tables(self, lane: Lane) -> list[Table]:
        """List tables and views, temporary ones of this lane too."""

    @abstractmethod
    def table_schema(self, lane: Lane, table: Table) -> pa.Schema:
        """Return a table's Arrow schema with Flight SQL's column metadata."""

    @abstractmethod
    def table_types(self) -> list[str]:
        """List the values of `Table.type`."""

    def primary_keys(self, lane: Lane, table: TableRef) -> list[Key]:
        """List a table's primary key columns, where the engine knows them."""
        return []

    def foreign_keys(self, lane: Lane) -> Iterable[ForeignKey]:
        """List every foreign key the engine knows."""
        return []

    def close(self) -> None:  # noqa: B027
        """Close the engine at shutdown."""
