# SPDX-License-Identifier: Apache-2.0
"""What a connection offers beside SQL: Tableflow, connectors, artifacts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from confluent_sql.artifacts import ArtifactsApi, ArtifactScope
from confluent_sql.connection import _settings
from confluent_sql.connection._control import ControlPlane, requested
from confluent_sql.connection._rest import Response
from confluent_sql.connection._tableflow import Topics
from confluent_sql.connectors import Connector, ConnectorApi
from confluent_sql.exceptions import ProgrammingError
from confluent_sql.tableflow import (
    TableflowStorage,
    TableflowTopic,
    TableflowTopicConfig,
    TableFormat,
)
from confluent_sql.types import StrAnyDict


class Services:
    """The part of a connection that asks the control plane."""

    environment_id: str
    _database: str | None
    _kafka_cluster_id: str | None
    _flink_endpoint: str
    _cloud_provider: str | None
    _cloud_region: str | None
    _control: ControlPlane
    _topics: Topics
    _connector_api: ConnectorApi | None
    _artifacts_api: ArtifactsApi | None

    def _check_open(self) -> None:
        raise NotImplementedError

    # ---- Tableflow ----

    def enable_tableflow(
        self,
        table_name: str,
        *,
        table_formats: TableFormat | str | Collection[TableFormat],
        storage: TableflowStorage,
        config: TableflowTopicConfig | None = None,
        wait_for_running: bool = True,
        timeout: float = 300,
    ) -> TableflowTopic:
        """Let a table be kept as Iceberg or Delta too."""
        topic = self._topics.enable(table_name, table_formats, storage, config)
        return (
            self._topics.wait_until_running(topic, timeout)
            if wait_for_running
            else topic
        )

    def get_tableflow(self, table_name: str) -> TableflowTopic:
        """How that is doing; TableflowTopicNotFoundError."""
        return self._topics.get(table_name)

    def update_tableflow(
        self,
        table_name: str,
        *,
        table_formats: TableFormat | str | Collection[TableFormat] | None = None,
        config: TableflowTopicConfig | None = None,
        wait_for_running: bool = True,
        timeout: float = 300,
    ) -> TableflowTopic:
        """Change it; None leaves as it is."""
        topic = self._topics.update(table_name, table_formats, config)
        return (
            self._topics.wait_until_running(topic, timeout)
            if wait_for_running
            else topic
        )

    def disable_tableflow(
        self, table_name: str, *, wait_for_removal: bool = True, timeout: float = 300
    ) -> None:
        """End it."""
        self._topics.disable(table_name)
        if wait_for_removal:
            self._topics.wait_until_gone(table_name, timeout)

    def resolve_kafka_cluster_id(self) -> str:
        """The Kafka cluster that the database is: as given, or asked for once."""
        if self._kafka_cluster_id is None:
            if not self._database:
                raise ProgrammingError(
                    "The Kafka cluster is not known: pass database or"
                    " database_kafka_cluster_id to connect()"
                )
            self._kafka_cluster_id = self._control.cluster(
                self.environment_id, self._database
            )
        return self._kafka_cluster_id

    # ---- connectors ----

    def _connectors(self) -> ConnectorApi:
        self._check_open()
        if self._connector_api is None:
            self._connector_api = ConnectorApi(self)
        return self._connector_api

    def connect_controlplane_request(
        self,
        url: str,
        method: str = "GET",
        raise_for_status: bool = True,
        **kwargs: Any,
    ) -> Response:
        """One request of the connectors' service."""
        rest = self._control.connect()
        return requested(rest, url, method, raise_for_status, **kwargs)

    def create_connector(
        self,
        name: str,
        *,
        config: StrAnyDict,
        wait_for_running: bool = True,
        timeout: float = 300,
    ) -> Connector:
        """A connector; `config` has its class and the key and secret of Kafka."""
        return self._connectors().create(
            name, config=config, wait_for_running=wait_for_running, timeout=timeout
        )

    def get_connector(self, name: str) -> Connector:
        """How it is doing; ConnectorNotFoundError."""
        return self._connectors().get(name)

    def delete_connector(
        self, name: str, *, wait_for_removal: bool = True, timeout: float = 300
    ) -> None:
        """End it."""
        self._connectors().delete(
            name, wait_for_removal=wait_for_removal, timeout=timeout
        )

    def pause_connector(
        self, name: str, *, wait_for_paused: bool = True, timeout: float = 300
    ) -> Connector:
        """Let it rest."""
        return self._connectors().pause(
            name, wait_for_paused=wait_for_paused, timeout=timeout
        )

    def resume_connector(
        self, name: str, *, wait_for_running: bool = True, timeout: float = 300
    ) -> Connector:
        """Let it go on."""
        return self._connectors().resume(
            name, wait_for_running=wait_for_running, timeout=timeout
        )

    # ---- artifacts ----

    def artifact_scope(self) -> ArtifactScope:
        """The cloud and region of artifacts, as given or as the endpoint names them."""
        cloud, region = self._cloud_provider, self._cloud_region
        if not (cloud and region):
            found = _settings.ENDPOINT.fullmatch(self._flink_endpoint)
            if found is None:
                raise ProgrammingError(
                    "The endpoint does not tell the cloud and region of artifacts: pass"
                    " cloud_provider and cloud_region to connect() beside it"
                )
            region, cloud = found[1].lower(), found[2].lower()
        return ArtifactScope(cloud.upper(), region)

    def artifact_controlplane_request(
        self,
        url: str,
        method: str = "GET",
        raise_for_status: bool = True,
        **kwargs: Any,
    ) -> Response:
        """One request of the artifacts' service."""
        rest = self._control.cloud()
        repeatable = kwargs.pop("repeatable", method == "GET")
        return requested(
            rest, url, method, raise_for_status, repeatable=repeatable, **kwargs
        )

    def get_artifacts_api(self) -> ArtifactsApi:
        """Programs that statements may call: CREATE FUNCTION ... USING JAR."""
        self._check_open()
        if self._artifacts_api is None:
            self._artifacts_api = ArtifactsApi(self)
        return self._artifacts_api
