# SPDX-License-Identifier: Apache-2.0
"""The properties of a statement: names, values, and a typed form of the usual ones."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from confluent_sql.exceptions import InterfaceError, _InterfaceValueError

if TYPE_CHECKING:
    from confluent_sql.types import PropertiesDict, PropertiesMapping

__all__ = [
    "DRIVER_OWNED_PROPERTIES",
    "Property",
    "PropertyValue",
    "ScanStartupMode",
    "SnapshotMode",
    "SnapshotWriteMode",
    "StatementProperties",
    "validate_properties_dict",
]


class _Text(str, Enum):
    """Members that are their text, also in str() and format()."""

    __str__ = str.__str__
    __format__ = str.__format__  # type: ignore[assignment]


class Property(_Text):
    """The names that there are."""

    CURRENT_CATALOG = "sql.current-catalog"
    CURRENT_DATABASE = "sql.current-database"
    DRY_RUN = "sql.dry-run"
    INLINE_RESULT = "sql.inline-result"
    LOCAL_TIME_ZONE = "sql.local-time-zone"
    SNAPSHOT_MODE = "sql.snapshot.mode"
    SNAPSHOT_WRITE_MODE = "sql.snapshot.write-mode"
    STATE_TTL = "sql.state-ttl"
    INITIAL_OFFSET_FROM = "sql.tables.initial-offset-from"
    SCAN_BOUNDED_MODE = "sql.tables.scan.bounded.mode"
    SCAN_BOUNDED_TIMESTAMP_MILLIS = "sql.tables.scan.bounded.timestamp-millis"
    SCAN_IDLE_TIMEOUT = "sql.tables.scan.idle-timeout"
    SCAN_SOURCE_OPERATOR_PARALLELISM = "sql.tables.scan.source-operator-parallelism"
    SCAN_STARTUP_MODE = "sql.tables.scan.startup.mode"
    SCAN_STARTUP_SPECIFIC_OFFSETS = "sql.tables.scan.startup.specific-offsets"
    SCAN_STARTUP_TIMESTAMP_MILLIS = "sql.tables.scan.startup.timestamp-millis"
    SCAN_WATERMARK_ALIGNMENT_MAX_ALLOWED_DRIFT = (
        "sql.tables.scan.watermark-alignment.max-allowed-drift"
    )


DRIVER_OWNED_PROPERTIES: frozenset[Property] = frozenset(
    {Property.CURRENT_CATALOG, Property.CURRENT_DATABASE, Property.SNAPSHOT_MODE}
)


class PropertyValue(_Text):
    """The base of values that are one of few."""


class SnapshotWriteMode(PropertyValue):
    """Of sql.snapshot.write-mode."""

    DEFAULT = "default"
    FAST_WRITE = "fast-write"


class SnapshotMode(PropertyValue):
    """Of sql.snapshot.mode."""

    NOW = "now"
    OFF = "off"


class ScanStartupMode(PropertyValue):
    """Of sql.tables.scan.startup.mode."""

    EARLIEST_OFFSET = "earliest-offset"
    LATEST_OFFSET = "latest-offset"
    TIMESTAMP = "timestamp"
    SPECIFIC_OFFSETS = "specific-offsets"


def _duration(delta: timedelta) -> str:
    """As Flink writes it; it has nothing shorter than milliseconds here."""
    milliseconds, rest = divmod(delta, timedelta(milliseconds=1))
    if milliseconds < 0:
        raise _InterfaceValueError(f"state_ttl must not be negative, got {delta}")
    if rest:
        raise _InterfaceValueError(f"state_ttl must be whole milliseconds, got {delta}")
    seconds, rest_milliseconds = divmod(milliseconds, 1000)
    return f"{milliseconds} ms" if rest_milliseconds else f"{seconds} s"


@dataclasses.dataclass(frozen=True, kw_only=True)
class StatementProperties:
    """The usual properties by name; `extra` takes all others as they are."""

    snapshot_write_mode: SnapshotWriteMode | str | None = None
    state_ttl: timedelta | None = None
    scan_startup_mode: ScanStartupMode | str | None = None
    local_time_zone: str | None = None
    extra: PropertiesMapping = dataclasses.field(default_factory=dict)

    _FIELDS: ClassVar[dict[Property, str]] = {
        Property.SNAPSHOT_WRITE_MODE: "snapshot_write_mode",
        Property.STATE_TTL: "state_ttl",
        Property.SCAN_STARTUP_MODE: "scan_startup_mode",
        Property.LOCAL_TIME_ZONE: "local_time_zone",
    }

    def __post_init__(self) -> None:
        self._check_text("snapshot_write_mode", SnapshotWriteMode)
        self._check_text("scan_startup_mode", ScanStartupMode)
        self._check_text("local_time_zone", None)
        if not isinstance(self.state_ttl, (timedelta, type(None))):
            raise InterfaceError(
                "state_ttl must be a timedelta or None, got"
                f" {type(self.state_ttl).__name__}"
            )
        if not isinstance(self.extra, Mapping):
            raise InterfaceError(
                f"extra must be a mapping, got {type(self.extra).__name__}"
            )
        for key in self.extra:
            name = next((n for p, n in self._FIELDS.items() if p.value == key), None)
            if name is not None:
                raise InterfaceError(
                    f"'{key}' cannot stand in extra: use the field {name}"
                )
        object.__setattr__(self, "extra", types.MappingProxyType(dict(self.extra)))

    def _check_text(self, name: str, kind: type[PropertyValue] | None) -> None:
        value = getattr(self, name)
        if value is None:
            return
        if not isinstance(value, str):
            raise InterfaceError(
                f"{name} must be a string or None, got {type(value).__name__}"
            )
        wrong = kind is None or not isinstance(value, kind)
        if isinstance(value, PropertyValue) and wrong:
            raise InterfaceError(f"{name} cannot be a {type(value).__name__}")

    def to_properties_dict(self) -> PropertiesDict:
        """All that are set, by their names."""
        made: PropertiesDict = dict(self.extra)
        for key, name in self._FIELDS.items():
            value = getattr(self, name)
            if isinstance(value, timedelta):
                value = _duration(value)
            if value is not None:
                made[key] = value
        return made


def validate_properties_dict(
    properties: PropertiesDict | StatementProperties | None,
) -> PropertiesDict:
    """A copy; InterfaceError for what cannot be a property."""
    if properties is None:
        return {}
    if isinstance(properties, StatementProperties):
        return properties.to_properties_dict()
    if not isinstance(properties, Mapping):
        raise InterfaceError(
            "properties must be a dict or StatementProperties, got"
            f" {type(properties).__name__}"
        )
    for key, value in properties.items():
        if not isinstance(key, str):
            raise InterfaceError(
                f"the name of a property must be a string, got {type(key).__name__}"
            )
        if not isinstance(value, (str, int, bool)):
            raise InterfaceError(
                f"the property '{key}' must be a string, int or bool, got"
                f" {type(value).__name__}"
            )
    return dict(properties)
