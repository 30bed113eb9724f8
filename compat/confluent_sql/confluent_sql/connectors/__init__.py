# SPDX-License-Identifier: Apache-2.0
"""Connectors: what brings rows into tables' topics, and out of them."""

from __future__ import annotations

import dataclasses
from enum import Enum
from typing import Any, Protocol

from confluent_sql.exceptions import (
    ConnectorAlreadyExistsError,
    ConnectorNotFoundError,
    InterfaceError,
    OperationalError,
)
from confluent_sql.polling import sleep_with_backoff
from confluent_sql.service_api import ServiceApi
from confluent_sql.types import StrAnyDict

__all__ = [
    "Connector",
    "ConnectorApi",
    "ConnectorSpec",
    "ConnectorState",
    "ConnectorStatus",
    "ControlPlaneContext",
    "TaskStatus",
    "build_create_payload",
]

_NEEDED = ("connector.class", "kafka.api.key", "kafka.api.secret")


def build_create_payload(*, name: str, config: StrAnyDict) -> StrAnyDict:
    """The body that makes a connector; InterfaceError where the config lacks a key."""
    missing = [key for key in _NEEDED if key not in config]
    if missing:
        raise InterfaceError(f"The connector's config has no {', '.join(missing)}")
    if config.get("name") not in (None, name):
        raise InterfaceError(
            f"The connector's config names it '{config['name']}', not '{name}'"
        )
    return {"name": name, "config": {**config, "name": name}}


class ConnectorState(str, Enum):
    """How a connector does; UNKNOWN for what this version has no name for."""

    NONE = "NONE"
    PROVISIONING = "PROVISIONING"
    RUNNING = "RUNNING"
    DEGRADED = "DEGRADED"
    FAILED = "FAILED"
    PAUSED = "PAUSED"
    DELETED = "DELETED"
    UNKNOWN = "UNKNOWN"

    @classmethod
    def _missing_(cls, value: object) -> ConnectorState:
        return cls.UNKNOWN


def _missing(what: str, error: Exception) -> OperationalError:
    return OperationalError(f"Error parsing {what} response: {error!r}")


@dataclasses.dataclass
class TaskStatus:
    """How a task does."""

    id: int
    state: str
    worker_id: str | None
    msg: str | None

    @classmethod
    def from_response(cls, data: StrAnyDict) -> TaskStatus:
        """From an answer."""
        return cls(
            data["id"], data["state"], data.get("worker_id"), data.get("msg") or None
        )


@dataclasses.dataclass
class ConnectorSpec:
    """What was asked for."""

    name: str
    connector_class: str | None
    type: str | None
    config: StrAnyDict
    tasks: list[StrAnyDict]
    raw: StrAnyDict = dataclasses.field(repr=False)

    @classmethod
    def from_response(cls, data: StrAnyDict) -> ConnectorSpec:
        """From an answer; OperationalError where it is none."""
        try:
            config = data["config"]
            kind = config.get("connector.class")
            tasks = data.get("tasks") or []
            return cls(data["name"], kind, data.get("type"), config, tasks, data)
        except (KeyError, TypeError, AttributeError) as error:
            raise _missing("connector", error) from error


@dataclasses.dataclass
class ConnectorStatus:
    """How it does."""

    state: ConnectorState
    worker_id: str | None
    trace: str | None
    tasks: list[TaskStatus]
    plugin_lifecycle: str | None
    raw: StrAnyDict = dataclasses.field(repr=False)

    @classmethod
    def from_response(cls, data: StrAnyDict) -> ConnectorStatus:
        """From an answer; OperationalError where it is none."""
        try:
            told = data["connector"]
            return cls(
                state=ConnectorState(told.get("state")),
                worker_id=told.get("worker_id"),
                trace=told.get("trace") or None,
                tasks=list(map(TaskStatus.from_response, data.get("tasks") or [])),
                plugin_lifecycle=data.get("plugin_lifecycle"),
                raw=data,
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise _missing("connector status", error) from error


@dataclasses.dataclass
class Connector:
    """A connector: what was asked for, and how it does."""

    spec: ConnectorSpec
    status: ConnectorStatus

    @property
    def state(self) -> ConnectorState:
        """How it does, in a word."""
        return self.status.state

    @classmethod
    def from_response(cls, read_data: StrAnyDict, status_data: StrAnyDict) -> Connector:
        """From the two answers that tell of it."""
        return cls(
            ConnectorSpec.from_response(read_data),
            ConnectorStatus.from_response(status_data),
        )


class ControlPlaneContext(Protocol):
    """What connectors need of a connection."""

    environment_id: str

    def resolve_kafka_cluster_id(self) -> str:
        """Where they are."""

    def connect_controlplane_request(
        self,
        url: str,
        method: str = "GET",
        raise_for_status: bool = True,
        **kwargs: Any,
    ) -> Any:
        """One request."""


class ConnectorApi(ServiceApi[ControlPlaneContext]):
    """What Connection's *_connector methods do."""

    def create(
        self,
        name: str,
        *,
        config: StrAnyDict,
        wait_for_running: bool = True,
        timeout: float = 300,
    ) -> Connector:
        """POST it."""
        body = build_create_payload(name=name, config=config)
        response = self.get_context().connect_controlplane_request(
            self._path(), "POST", False, json=body
        )
        if response.status_code == 409:
            raise ConnectorAlreadyExistsError(
                f"Connector '{name}' already exists", name
            )
        self._check(response, name, "creating")
        connector = Connector(
            ConnectorSpec.from_response(response.json()), self._status(name)
        )
        return self._settled(
            connector, ConnectorState.RUNNING, wait_for_running, timeout
        )

    def get(self, name: str) -> Connector:
        """What was asked for, and how it does; ConnectorNotFoundError."""
        return Connector(self._spec(name), self._status(name))

    def delete(
        self, name: str, *, wait_for_removal: bool = True, timeout: float = 300
    ) -> None:
        """DELETE it."""
        self._call(name, "DELETE", "", "deleting")
        if not wait_for_removal:
            return
        try:
            self._spec(name)
            for _ in sleep_with_backoff(timeout):
                self._spec(name)
        except ConnectorNotFoundError:
            return
        raise OperationalError(
            f"Connector '{name}' was not removed within {timeout} seconds"
        )

    def pause(
        self, name: str, *, wait_for_paused: bool = True, timeout: float = 300
    ) -> Connector:
        """Let it rest."""
        self._call(name, "PUT", "/pause", "pausing")
        wanted = ConnectorState.PAUSED
        return self._settled(self.get(name), wanted, wait_for_paused, timeout)

    def resume(
        self, name: str, *, wait_for_running: bool = True, timeout: float = 300
    ) -> Connector:
        """Let it go on."""
        self._call(name, "PUT", "/resume", "resuming")
        wanted = ConnectorState.RUNNING
        return self._settled(self.get(name), wanted, wait_for_running, timeout)

    def _path(self, name: str | None = None) -> str:
        from confluent_sql.connection._rest import segment

        context = self.get_context()
        environment = segment(context.environment_id, "environment")
        cluster = segment(context.resolve_kafka_cluster_id(), "cluster")
        path = f"/connect/v1/environments/{environment}/clusters/{cluster}/connectors"
        return path if name is None else f"{path}/{segment(name, 'connector')}"

    def _call(self, name: str, method: str, action: str, doing: str) -> Any:
        response = self.get_context().connect_controlplane_request(
            self._path(name) + action, method, False, repeatable=method == "GET"
        )
        self._check(response, name, doing)
        return response

    def _spec(self, name: str) -> ConnectorSpec:
        return ConnectorSpec.from_response(
            self._call(name, "GET", "", "reading").json()
        )

    def _status(self, name: str) -> ConnectorStatus:
        answer = self._call(name, "GET", "/status", "reading the status of").json()
        return ConnectorStatus.from_response(answer)

    @staticmethod
    def _check(response: Any, name: str, doing: str) -> None:
        if response.status_code == 404:
            raise ConnectorNotFoundError(f"Connector '{name}' does not exist", name)
        if not response.is_success:
            raise OperationalError(
                f"Error {doing} connector '{name}': {response.text[:2000]}",
                response.status_code,
            )

    def _settled(
        self, connector: Connector, wanted: ConnectorState, wait: bool, timeout: float
    ) -> Connector:
        if not wait:
            return connector
        name, ends = connector.spec.name, (wanted, ConnectorState.FAILED)
        pauses = sleep_with_backoff(timeout)
        while connector.state not in ends and next(pauses, False) is None:
            connector = Connector(connector.spec, self._status(name))
        if connector.state is wanted:
            return connector
        if connector.state is ConnectorState.FAILED:
            trace = connector.status.trace or ""
            raise OperationalError(
                f"Connector '{name}' transitioned to FAILED: {trace}"
            )
        raise OperationalError(
            f"Connector '{name}' did not reach {wanted.value} within {timeout} seconds"
        )
