# SPDX-License-Identifier: Apache-2.0
"""Tableflow's topics: tables that are kept as Iceberg or Delta too."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from enum import Enum
from typing import Any, ClassVar

from confluent_sql.exceptions import InterfaceError, OperationalError
from confluent_sql.types import StrAnyDict

__all__ = [
    "AzureAdlsStorage",
    "ByobAwsStorage",
    "FailingTableFormat",
    "Fields",
    "GcsStorage",
    "ManagedStorage",
    "TableFormat",
    "TableflowErrorHandling",
    "TableflowErrorHandlingLog",
    "TableflowErrorHandlingSkip",
    "TableflowErrorHandlingSuspend",
    "TableflowErrorHandlingUnknown",
    "TableflowPhase",
    "TableflowStorage",
    "TableflowStorageUnknown",
    "TableflowTopic",
    "TableflowTopicConfig",
    "TableflowTopicSpec",
    "TableflowTopicStatus",
    "build_create_payload",
    "build_update_payload",
    "error_handling_from_spec",
    "normalize_table_formats",
    "optional_int_from_str",
    "storage_from_spec",
    "table_format_from_spec",
]


class Fields:
    """The names of the service's JSON."""

    ID = "id"
    DISPLAY_NAME = "display_name"
    STORAGE = "storage"
    TABLE_FORMATS = "table_formats"
    ENVIRONMENT = "environment"
    KAFKA_CLUSTER = "kafka_cluster"
    CONFIG = "config"
    SUSPENDED = "suspended"
    RETENTION_MS = "retention_ms"
    DATA_RETENTION_MS = "data_retention_ms"
    ERROR_HANDLING = "error_handling"
    ENABLE_COMPACTION = "enable_compaction"
    ENABLE_PARTITIONING = "enable_partitioning"
    RECORD_FAILURE_STRATEGY = "record_failure_strategy"
    KIND = "kind"
    BUCKET_NAME = "bucket_name"
    PROVIDER_INTEGRATION_ID = "provider_integration_id"
    STORAGE_ACCOUNT_NAME = "storage_account_name"
    CONTAINER_NAME = "container_name"
    TABLE_PATH = "table_path"
    MODE = "mode"
    TARGET = "target"


class TableFormat(str, Enum):
    """What tables are kept as."""

    ICEBERG = "ICEBERG"
    DELTA = "DELTA"


def table_format_from_spec(value: object) -> TableFormat:
    """From an answer; OperationalError for one that is not known."""
    try:
        return TableFormat(value)
    except ValueError as error:
        raise OperationalError(f"Unknown table format {value!r}") from error


def normalize_table_formats(
    table_formats: TableFormat | str | Collection[TableFormat],
) -> list[str]:
    """Each once, in a fixed order; InterfaceError for none, unknown or double ones."""
    given = [table_formats] if isinstance(table_formats, str) else list(table_formats)
    try:
        chosen = [TableFormat(one) for one in given]
    except ValueError as error:
        raise InterfaceError(f"table_formats: {error}") from error
    if not chosen:
        raise InterfaceError("table_formats must name at least one format")
    if len(set(chosen)) != len(chosen):
        raise InterfaceError("table_formats names a format twice")
    return [one.value for one in TableFormat if one in chosen]


class TableflowPhase(str, Enum):
    """Where a topic is in its life; UNKNOWN for what this version has no name for."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"

    @classmethod
    def _missing_(cls, value: object) -> TableflowPhase:
        return cls.UNKNOWN

    @property
    def is_terminal(self) -> bool:
        """Whether waiting longer changes nothing."""
        return self in (TableflowPhase.RUNNING, TableflowPhase.FAILED)


# ---- where the files are ----


@dataclasses.dataclass(frozen=True)
class TableflowStorage:
    """Where a table's files are."""

    kind: ClassVar[str] = ""

    def to_spec(self) -> StrAnyDict:
        """As JSON."""
        return {Fields.KIND: self.kind, **dataclasses.asdict(self)}


@dataclasses.dataclass(frozen=True)
class ManagedStorage(TableflowStorage):
    """With Confluent."""

    kind: ClassVar[str] = "Managed"


@dataclasses.dataclass(frozen=True)
class ByobAwsStorage(TableflowStorage):
    """In a bucket of one's own on S3."""

    kind: ClassVar[str] = "ByobAws"
    bucket_name: str
    provider_integration_id: str


@dataclasses.dataclass(frozen=True)
class AzureAdlsStorage(TableflowStorage):
    """In a container of one's own on Azure."""

    kind: ClassVar[str] = "AzureDataLakeStorageGen2"
    storage_account_name: str
    container_name: str
    provider_integration_id: str


@dataclasses.dataclass(frozen=True)
class GcsStorage(TableflowStorage):
    """In a bucket of one's own on Google Cloud."""

    kind: ClassVar[str] = "GoogleCloudStorage"
    bucket_name: str
    provider_integration_id: str


@dataclasses.dataclass(frozen=True)
class TableflowStorageUnknown(TableflowStorage):
    """Of a kind that this version has no name for, as it was sent."""

    kind: ClassVar[str] = "UNKNOWN"
    raw: StrAnyDict

    def to_spec(self) -> StrAnyDict:
        """As it was sent."""
        return self.raw


_STORAGES: dict[str, Any] = {
    one.kind: one
    for one in (ManagedStorage, ByobAwsStorage, AzureAdlsStorage, GcsStorage)
}


def storage_from_spec(data: StrAnyDict) -> TableflowStorage:
    """From an answer."""
    made = _made_by_name(_STORAGES.get(str(data.get(Fields.KIND))), data)
    return TableflowStorageUnknown(data) if made is None else made


def _made_by_name(kind: Any, data: StrAnyDict) -> Any:
    """An instance with the members that are its fields; None where one is missing."""
    if kind is None:
        return None
    names = [one.name for one in dataclasses.fields(kind)]
    if not all(name in data or _has_default(kind, name) for name in names):
        return None
    return kind(**{name: data[name] for name in names if name in data})


def _has_default(kind: Any, name: str) -> bool:
    field = next(one for one in dataclasses.fields(kind) if one.name == name)
    return field.default is not dataclasses.MISSING


# ---- what becomes of records that cannot be kept ----


@dataclasses.dataclass(frozen=True)
class TableflowErrorHandling:
    """What becomes of records that cannot be kept."""

    mode: ClassVar[str] = ""

    def to_spec(self) -> StrAnyDict:
        """As JSON."""
        return {Fields.MODE: self.mode, **dataclasses.asdict(self)}


@dataclasses.dataclass(frozen=True)
class TableflowErrorHandlingSuspend(TableflowErrorHandling):
    """The topic is suspended."""

    mode: ClassVar[str] = "SUSPEND"


@dataclasses.dataclass(frozen=True)
class TableflowErrorHandlingSkip(TableflowErrorHandling):
    """They are passed over."""

    mode: ClassVar[str] = "SKIP"


@dataclasses.dataclass(frozen=True)
class TableflowErrorHandlingLog(TableflowErrorHandling):
    """They go to another topic."""

    mode: ClassVar[str] = "LOG"
    target: str = "error_log"


@dataclasses.dataclass(frozen=True)
class TableflowErrorHandlingUnknown(TableflowErrorHandling):
    """Of a mode that this version has no name for, as it was sent."""

    mode: ClassVar[str] = "UNKNOWN"
    raw: StrAnyDict

    def to_spec(self) -> StrAnyDict:
        """As it was sent."""
        return self.raw


_HANDLINGS: dict[str, Any] = {
    one.mode: one
    for one in (
        TableflowErrorHandlingSuspend,
        TableflowErrorHandlingSkip,
        TableflowErrorHandlingLog,
    )
}


def error_handling_from_spec(data: StrAnyDict) -> TableflowErrorHandling:
    """From an answer."""
    made = _made_by_name(_HANDLINGS.get(str(data.get(Fields.MODE))), data)
    return TableflowErrorHandlingUnknown(data) if made is None else made


# ---- topics ----


def optional_int_from_str(s: str | None) -> int | None:
    """A number that is sent as text; OperationalError where it is none."""
    if s is None:
        return None
    try:
        return int(s)
    except (ValueError, TypeError) as error:
        raise OperationalError(f"{s!r} is no number") from error


@dataclasses.dataclass(frozen=True)
class TableflowTopicConfig:
    """What can be chosen of a topic; None leaves it as it is."""

    retention_ms: str | int | None = None
    data_retention_ms: str | int | None = None
    error_handling: TableflowErrorHandling | None = None

    @classmethod
    def from_spec(cls, data: StrAnyDict) -> TableflowTopicConfig:
        """From an answer."""
        if not isinstance(data, dict):
            raise OperationalError(f"A topic's config is no object: {data!r}")
        handling = data.get(Fields.ERROR_HANDLING)
        return cls(
            retention_ms=optional_int_from_str(data.get(Fields.RETENTION_MS)),
            data_retention_ms=optional_int_from_str(data.get(Fields.DATA_RETENTION_MS)),
            error_handling=error_handling_from_spec(handling) if handling else None,
        )

    def to_spec(self) -> StrAnyDict:
        """As JSON, numbers as texts."""
        made: StrAnyDict = {}
        for name in (Fields.RETENTION_MS, Fields.DATA_RETENTION_MS):
            value = getattr(self, name)
            if value is not None:
                made[name] = str(value)
        if self.error_handling is not None:
            made[Fields.ERROR_HANDLING] = self.error_handling.to_spec()
        return made


def build_create_payload(
    *,
    table_name: str,
    table_formats: list[str],
    storage: TableflowStorage,
    config: TableflowTopicConfig | None,
    environment_id: str,
    kafka_cluster_id: str,
) -> StrAnyDict:
    """The body that makes a topic."""
    spec: StrAnyDict = {
        Fields.DISPLAY_NAME: table_name,
        Fields.STORAGE: storage.to_spec(),
        Fields.TABLE_FORMATS: table_formats,
        Fields.ENVIRONMENT: {Fields.ID: environment_id},
        Fields.KAFKA_CLUSTER: {Fields.ID: kafka_cluster_id},
    }
    if config is not None and config.to_spec():
        spec[Fields.CONFIG] = config.to_spec()
    return {"spec": spec}


def build_update_payload(
    *,
    table_formats: list[str] | None,
    config_spec: StrAnyDict | None,
    environment_id: str,
    kafka_cluster_id: str,
) -> StrAnyDict:
    """The body that changes a topic."""
    spec: StrAnyDict = {
        Fields.ENVIRONMENT: {Fields.ID: environment_id},
        Fields.KAFKA_CLUSTER: {Fields.ID: kafka_cluster_id},
    }
    if table_formats is not None:
        spec[Fields.TABLE_FORMATS] = table_formats
    if config_spec:
        spec[Fields.CONFIG] = config_spec
    return {"spec": spec}


@dataclasses.dataclass
class FailingTableFormat:
    """A format that does not work, and why."""

    format: TableFormat
    error_message: str

    @classmethod
    def from_response(cls, data: StrAnyDict) -> FailingTableFormat:
        """From an answer."""
        kind = table_format_from_spec(data["format"])
        return cls(kind, data.get("error_message") or "")


@dataclasses.dataclass
class TableflowTopicStatus:
    """How a topic does."""

    phase: TableflowPhase
    error_message: str | None
    failing_table_formats: list[FailingTableFormat]
    write_mode: str | None
    catalog_sync_statuses: list[StrAnyDict]
    raw: StrAnyDict = dataclasses.field(repr=False)

    @classmethod
    def from_response(cls, data: StrAnyDict) -> TableflowTopicStatus:
        """From an answer."""
        failing = data.get("failing_table_formats") or []
        return cls(
            phase=TableflowPhase(data.get("phase")),
            error_message=data.get("error_message") or None,
            failing_table_formats=list(map(FailingTableFormat.from_response, failing)),
            write_mode=data.get("write_mode"),
            catalog_sync_statuses=data.get("catalog_sync_statuses") or [],
            raw=data,
        )


@dataclasses.dataclass
class TableflowTopicSpec:
    """What was asked for."""

    display_name: str
    table_formats: list[TableFormat]
    storage: TableflowStorage
    config: TableflowTopicConfig | None
    environment_id: str | None
    kafka_cluster_id: str | None
    suspended: bool
    raw: StrAnyDict = dataclasses.field(repr=False)

    @classmethod
    def from_response(cls, data: StrAnyDict) -> TableflowTopicSpec:
        """From an answer."""
        config = data.get(Fields.CONFIG)
        return cls(
            display_name=data[Fields.DISPLAY_NAME],
            table_formats=list(
                map(table_format_from_spec, data.get(Fields.TABLE_FORMATS) or [])
            ),
            storage=storage_from_spec(data.get(Fields.STORAGE) or {}),
            config=None if config is None else TableflowTopicConfig.from_spec(config),
            environment_id=(data.get(Fields.ENVIRONMENT) or {}).get(Fields.ID),
            kafka_cluster_id=(data.get(Fields.KAFKA_CLUSTER) or {}).get(Fields.ID),
            suspended=bool(data.get(Fields.SUSPENDED)),
            raw=data,
        )


@dataclasses.dataclass
class TableflowTopic:
    """A topic: what was asked for, and how it does."""

    spec: TableflowTopicSpec
    status: TableflowTopicStatus
    metadata: StrAnyDict = dataclasses.field(repr=False)

    @property
    def phase(self) -> TableflowPhase:
        """Where it is in its life."""
        return self.status.phase

    @classmethod
    def from_response(cls, response: StrAnyDict) -> TableflowTopic:
        """From an answer; OperationalError where it is none."""
        try:
            return cls(
                spec=TableflowTopicSpec.from_response(response["spec"]),
                status=TableflowTopicStatus.from_response(response.get("status") or {}),
                metadata=response.get("metadata") or {},
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise OperationalError(
                f"Error parsing Tableflow topic response: {error!r}"
            ) from error
