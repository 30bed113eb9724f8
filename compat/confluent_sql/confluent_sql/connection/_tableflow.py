# SPDX-License-Identifier: Apache-2.0
"""Tableflow's topics of a connection's database."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from confluent_sql.connection._rest import Response, segment
from confluent_sql.exceptions import (
    InterfaceError,
    OperationalError,
    TableflowTopicAlreadyExistsError,
    TableflowTopicNotFoundError,
)
from confluent_sql.polling import sleep_with_backoff
from confluent_sql.tableflow import (
    TableflowPhase,
    TableflowStorage,
    TableflowTopic,
    TableflowTopicConfig,
    TableFormat,
    build_create_payload,
    build_update_payload,
    normalize_table_formats,
)

if TYPE_CHECKING:
    from confluent_sql.connection import Connection

_PATH = "/tableflow/v1/tableflow-topics"
Formats = TableFormat | str | Collection[TableFormat]


class Topics:
    """What Connection's *_tableflow methods do."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def enable(
        self,
        table: str,
        formats: Formats,
        storage: TableflowStorage,
        config: TableflowTopicConfig | None,
    ) -> TableflowTopic:
        """POST the topic."""
        payload = build_create_payload(
            table_name=table,
            table_formats=normalize_table_formats(formats),
            storage=storage,
            config=config,
            environment_id=self._connection.environment_id,
            kafka_cluster_id=self._connection.resolve_kafka_cluster_id(),
        )
        rest = self._connection._control.tableflow()
        response = rest.request(_PATH, "POST", json=payload, raise_for_status=False)
        if response.status_code == 409:
            raise TableflowTopicAlreadyExistsError(
                f"Tableflow is enabled for '{table}' already", table
            )
        response.raise_for_status()
        return TableflowTopic.from_response(response.json())

    def get(self, table: str) -> TableflowTopic:
        """The topic; TableflowTopicNotFoundError."""
        return TableflowTopic.from_response(self._one(table, "GET").json())

    def update(
        self, table: str, formats: Formats | None, config: TableflowTopicConfig | None
    ) -> TableflowTopic:
        """PATCH what is given."""
        if formats is None and (config is None or not config.to_spec()):
            raise InterfaceError(
                "There is nothing to change: give table_formats or config"
            )
        payload = build_update_payload(
            table_formats=None if formats is None else normalize_table_formats(formats),
            config_spec=None if config is None else config.to_spec(),
            environment_id=self._connection.environment_id,
            kafka_cluster_id=self._connection.resolve_kafka_cluster_id(),
        )
        rest = self._connection._control.tableflow()
        path = f"{_PATH}/{segment(table, 'table')}"
        response = rest.request(path, "PATCH", json=payload, raise_for_status=False)
        self._check(response, table)
        return TableflowTopic.from_response(response.json())

    def disable(self, table: str) -> None:
        """DELETE the topic."""
        self._one(table, "DELETE")

    def wait_until_running(
        self, topic: TableflowTopic, timeout: float
    ) -> TableflowTopic:
        """The topic once it is RUNNING; OperationalError where it FAILED."""
        table = topic.spec.display_name
        pauses = sleep_with_backoff(timeout)
        while not topic.phase.is_terminal and next(pauses, False) is None:
            topic = self.get(table)
        if topic.phase is TableflowPhase.FAILED:
            formats = "; ".join(
                f"{one.format.value}: {one.error_message}"
                for one in topic.status.failing_table_formats
            )
            raise OperationalError(
                f"Tableflow of '{table}' failed: {topic.status.error_message} {formats}"
            )
        if topic.phase is not TableflowPhase.RUNNING:
            raise OperationalError(
                f"Tableflow of '{table}' did not reach RUNNING within {timeout} seconds"
            )
        return topic

    def wait_until_gone(self, table: str, timeout: float) -> None:
        """Return once there is no such topic."""
        for _ in sleep_with_backoff(timeout):
            try:
                self.get(table)
            except TableflowTopicNotFoundError:
                return
        raise OperationalError(
            f"Tableflow of '{table}' was not removed within {timeout} seconds"
        )

    def _one(self, table: str, method: str) -> Response:
        params = {
            "environment": self._connection.environment_id,
            "spec.kafka_cluster": self._connection.resolve_kafka_cluster_id(),
        }
        response = self._connection._control.tableflow().request(
            f"{_PATH}/{segment(table, 'table')}",
            method,
            params=params,
            repeatable=method == "GET",
            raise_for_status=False,
        )
        self._check(response, table)
        return response

    @staticmethod
    def _check(response: Response, table: str) -> None:
        if response.status_code == 404:
            raise TableflowTopicNotFoundError(
                f"Tableflow is not enabled for '{table}'", table
            )
        response.raise_for_status()
