# SPDX-License-Identifier: Apache-2.0
"""A statement as the service told of it."""

from __future__ import annotations

import dataclasses
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

from confluent_sql.exceptions import InterfaceError, OperationalError
from confluent_sql.execution_mode import ExecutionMode
from confluent_sql.statement._schema import ChangelogRow, Column, Op, Schema, Traits
from confluent_sql.statement._warnings import StatementWarning, WarningSeverity
from confluent_sql.statement_properties import Property
from confluent_sql.types import PropertiesDict, StatementTypeConverter, StrAnyDict

if TYPE_CHECKING:
    from confluent_sql.connection import Connection

__all__ = [
    "HIDDEN_LABEL",
    "LABEL_PREFIX",
    "ChangelogRow",
    "Column",
    "Op",
    "Phase",
    "Schema",
    "Statement",
    "StatementWarning",
    "Traits",
    "WarningSeverity",
]

LABEL_PREFIX = "user.confluent.io/"
HIDDEN_LABEL = f"{LABEL_PREFIX}hidden"


class Phase(Enum):
    """Where a statement is in its life.

    FAILING, and UNKNOWN for a phase that this version has no name for, are not in
    confluent-sql 0.7.0, where one such statement makes a whole list fail.
    """

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    DELETING = "DELETING"
    FAILING = "FAILING"
    FAILED = "FAILED"
    DEGRADED = "DEGRADED"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    DELETED = "DELETED"  # said by nobody but us, of what we deleted
    UNKNOWN = "UNKNOWN"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more happens."""
        return self in (Phase.COMPLETED, Phase.STOPPED, Phase.FAILED, Phase.DELETED)


@dataclasses.dataclass
class Statement:
    """One statement; it does not change, a new look makes a new one."""

    _PURE_DDL_KINDS: ClassVar[frozenset[str]] = frozenset(
        (
            *("CREATE_TABLE", "DROP_TABLE", "CREATE_VIEW", "DROP_VIEW", "ALTER_TABLE"),
            *("CREATE_MATERIALIZED_TABLE", "CREATE_OR_ALTER_MATERIALIZED_TABLE"),
            *("ALTER_MATERIALIZED_TABLE", "DROP_MATERIALIZED_TABLE"),
        )
    )
    _IMPURE_DDL_KINDS: ClassVar[frozenset[str]] = frozenset({"CREATE_TABLE_AS"})

    connection: Connection
    statement_id: str
    name: str
    spec: StrAnyDict
    status: StrAnyDict
    metadata: StrAnyDict
    traits: Traits | None
    _phase: Phase
    _deleted: bool = False
    _type_converter: StatementTypeConverter | None = None

    @classmethod
    def from_response(cls, connection: Connection, response: StrAnyDict) -> Statement:
        """From the JSON of a statement.

        OperationalError where it is none: a member is missing, its phase is unknown, or
        it has no traits although it runs.
        """
        statement = cls._from_response_leniently(connection, response)
        if statement._phase is Phase.UNKNOWN:
            raise OperationalError(
                f"Statement '{statement.name}' is in the unknown phase"
                f" {statement.status['phase']!r}"
            )
        if statement.traits is None and statement._phase not in (
            Phase.FAILED,
            Phase.FAILING,
            Phase.PENDING,
        ):
            raise OperationalError(
                f"Received statement '{statement.name}' in phase"
                f" {statement._phase.value} without traits"
            )
        return statement

    @classmethod
    def _from_response_leniently(
        cls, connection: Connection, response: StrAnyDict
    ) -> Statement:
        """The same for lists and polls: what is not known yet is no error."""
        try:
            status = response["status"]
            word = status["phase"]
            known = word in Phase._value2member_map_
            traits = status.get("traits")
            return cls(
                connection,
                response["metadata"]["uid"],
                response["name"],
                response["spec"],
                status,
                response["metadata"],
                Traits.from_response(traits) if traits else None,
                Phase(word) if known else Phase.UNKNOWN,
            )
        except KeyError as error:
            raise OperationalError(
                f"Error parsing statement response, missing {error}."
            ) from error
        except (TypeError, AttributeError) as error:
            raise OperationalError(
                f"Error parsing statement response: {error}"
            ) from error

    # ---- its phase ----

    @property
    def phase(self) -> Phase:
        """The phase that it was in."""
        return Phase.DELETED if self._deleted else self._phase

    @property
    def is_failed(self) -> bool:
        """Whether it went wrong."""
        return self.phase is Phase.FAILED

    @property
    def is_running(self) -> bool:
        """Whether it runs."""
        return self.phase is Phase.RUNNING

    @property
    def is_stopping(self) -> bool:
        """Whether it is about to be stopped."""
        return self.phase is Phase.STOPPING

    @property
    def is_stopped(self) -> bool:
        """Whether it was stopped."""
        return self.phase is Phase.STOPPED

    @property
    def is_degraded(self) -> bool:
        """Whether it runs, and something is wrong."""
        return self.phase is Phase.DEGRADED

    @property
    def is_deleted(self) -> bool:
        """Whether we deleted it."""
        return self._deleted

    @property
    def is_deletable(self) -> bool:
        """Whether it is over and still there."""
        return self.phase in (Phase.COMPLETED, Phase.FAILED, Phase.STOPPED)

    @property
    def is_dry_run(self) -> bool:
        """Whether it was checked only, never stored."""
        properties = self.spec.get("properties") or {}
        return str(properties.get(Property.DRY_RUN)).lower() == "true"

    @property
    def stop_requested(self) -> bool:
        """Whether somebody asked for its end."""
        return bool(self.spec.get("stopped", False))

    @property
    def scaling_status(self) -> StrAnyDict:
        """How its compute pool does."""
        return self.status.get("scaling_status") or {}

    @property
    def is_pool_exhausted(self) -> bool:
        """Whether it waits for room in its compute pool."""
        return self.scaling_status.get("scaling_state") == "POOL_EXHAUSTED"

    @property
    def warnings(self) -> list[StatementWarning]:
        """What the service warns of."""
        listed = self.status.get("warnings") or []
        return [StatementWarning.from_response(one) for one in listed]

    def set_deleted(self) -> None:
        """Remember that it was deleted."""
        self._deleted = True

    # ---- how it was made ----

    @property
    def compute_pool_id(self) -> str:
        """Where it runs."""
        return str(self._of_spec("compute_pool_id"))

    @property
    def principal(self) -> str:
        """As whom it runs."""
        return str(self._of_spec("principal"))

    @property
    def properties(self) -> PropertiesDict:
        """Its properties."""
        properties: PropertiesDict = self._of_spec("properties")
        return properties

    def _of_spec(self, name: str) -> Any:
        if name not in self.spec:
            raise InterfaceError(f"The service does not tell the {name} of {self.name}")
        return self.spec[name]

    @property
    def end_user_labels(self) -> list[str]:
        """Its labels, without their prefix."""
        labels = self.metadata.get("labels")
        if labels is None:
            raise InterfaceError("Statement metadata labels are not available.")
        return [
            one.removeprefix(LABEL_PREFIX)
            for one in labels
            if one.startswith(LABEL_PREFIX)
        ]

    # ---- what its rows are ----

    def _known_traits(self) -> Traits:
        if self.traits is None:
            raise InterfaceError(
                "Statement traits are not available -- failed statement?"
            )
        return self.traits

    @property
    def is_bounded(self) -> bool | None:
        """Whether its rows have an end."""
        return self._known_traits().is_bounded

    @property
    def is_append_only(self) -> bool:
        """Whether no row takes back or replaces another."""
        return self._known_traits().is_append_only

    @property
    def sql_kind(self) -> str:
        """SELECT, CREATE_TABLE, ..."""
        return self._known_traits().sql_kind

    @property
    def schema(self) -> Schema | None:
        """Its columns, None where it has no rows."""
        return self._known_traits().schema

    @property
    def is_pure_ddl(self) -> bool:
        """Whether it changes the catalog and does nothing else."""
        return self.sql_kind in self._PURE_DDL_KINDS

    @property
    def is_ddl(self) -> bool:
        """Whether it changes the catalog."""
        return self.is_pure_ddl or self.sql_kind in self._IMPURE_DDL_KINDS

    def has_schema(self) -> bool:
        """Whether it may have rows."""
        return not self.is_ddl

    @property
    def description(self) -> list[tuple[Any, ...]] | None:
        """PEP 249's, of its columns."""
        if self.schema is None:
            return None
        return [
            (
                *(one.name, one.type.type, None, None),
                *(one.type.precision, one.type.scale, one.type.nullable),
            )
            for one in self.schema
        ]

    @property
    def type_converter(self) -> StatementTypeConverter:
        """What reads its rows."""
        if self._type_converter is None:
            if self.schema is None:
                raise InterfaceError(f"Statement {self.name} has no rows")
            self._type_converter = StatementTypeConverter(self.connection, self.schema)
        return self._type_converter

    def can_fetch_results(self, execution_mode: ExecutionMode) -> bool:
        """Whether execute() need not wait any longer.

        At its end always. A statement without rows is ready when it runs, in streaming
        mode; of a bounded changelog the end is awaited; other rows can be read as soon
        as it runs.
        """
        if self.phase.is_terminal:
            return True
        if self.traits is None or self.is_pure_ddl:
            return False
        if self.schema is None:
            return self.is_running and not execution_mode.is_snapshot
        if self.is_bounded and not self.is_append_only:
            return False
        return self.is_running
