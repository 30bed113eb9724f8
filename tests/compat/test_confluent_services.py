# SPDX-License-Identifier: Apache-2.0
"""Tableflow, connectors and artifacts of confluent_sql."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
from emulators.confluent import ENVIRONMENT, ORGANIZATION, Emulator, decoded

import confluent_sql
from confluent_sql import (
    ByobAwsStorage,
    Connection,
    ConnectorState,
    ManagedStorage,
    TableflowErrorHandlingLog,
    TableflowErrorHandlingUnknown,
    TableflowStorageUnknown,
    TableflowTopicConfig,
    TableFormat,
)

CONFIG = {
    "connector.class": "DatagenSource",
    "kafka.api.key": "k",
    "kafka.api.secret": "hidden",
}


@pytest.fixture
def connection(confluent: Emulator) -> Iterator[Connection]:
    confluent.control.clusters.append(
        {"environment": ENVIRONMENT, "id": "lkc-1", "display_name": "db"}
    )
    made = confluent_sql.connect(
        environment_id=ENVIRONMENT,
        organization_id=ORGANIZATION,
        endpoint=confluent.url,
        controlplane_endpoint=confluent.url,
        cloud_provider="aws",
        cloud_region="us-east-2",
        database="db",
        global_api_key="key",
        global_api_secret="secret",
    )
    yield made
    made.close()


def test_tableflow(connection: Connection, confluent: Emulator) -> None:
    confluent.control.polls = 2
    config = TableflowTopicConfig(
        retention_ms=5, error_handling=TableflowErrorHandlingLog()
    )
    topic = connection.enable_tableflow(
        "t",
        table_formats=[TableFormat.DELTA, TableFormat.ICEBERG],
        storage=ByobAwsStorage("bucket", "integration"),
        config=config,
    )
    assert topic.phase.value == "RUNNING"
    assert topic.spec.table_formats == [TableFormat.ICEBERG, TableFormat.DELTA]
    assert topic.spec.storage == ByobAwsStorage("bucket", "integration")
    assert topic.spec.config is not None
    assert topic.spec.config.retention_ms == 5
    assert topic.spec.config.error_handling == TableflowErrorHandlingLog("error_log")
    (sent,) = confluent.asked("POST /tableflow/*")
    assert decoded(sent)["spec"]["config"]["retention_ms"] == "5"
    with pytest.raises(confluent_sql.TableflowTopicAlreadyExistsError) as raised:
        connection.enable_tableflow(
            "t", table_formats="ICEBERG", storage=ManagedStorage()
        )
    assert raised.value.table_name == "t"
    changed = connection.update_tableflow("t", table_formats="DELTA")
    assert changed.spec.table_formats == [TableFormat.DELTA]
    with pytest.raises(confluent_sql.InterfaceError):
        connection.update_tableflow("t")
    for bad in ([], "PARQUET", ["DELTA", "DELTA"]):
        with pytest.raises(confluent_sql.InterfaceError):
            connection.update_tableflow("t", table_formats=bad)
    connection.disable_tableflow("t")
    with pytest.raises(confluent_sql.TableflowTopicNotFoundError):
        connection.get_tableflow("t")
    assert len(confluent.asked("GET /cmk/*")) == 1


def test_a_topic_that_fails_and_what_is_not_known(
    connection: Connection, confluent: Emulator
) -> None:
    connection.enable_tableflow(
        "t", table_formats="ICEBERG", storage=ManagedStorage(), wait_for_running=False
    )

    def odd(topic: Any) -> Any:
        topic["spec"]["storage"] = {"kind": "Moon", "crater": 1}
        topic["spec"]["config"] = {"error_handling": {"mode": "PRAY"}}
        topic["status"] |= {
            "phase": "FAILED",
            "error_message": "no",
            "failing_table_formats": [
                {"format": "ICEBERG", "error_message": "ice melts"}
            ],
        }
        return topic

    confluent.faults.add("GET /tableflow/*", change=odd)
    topic = connection.get_tableflow("t")
    assert topic.spec.storage == TableflowStorageUnknown({"kind": "Moon", "crater": 1})
    assert topic.spec.config is not None
    assert isinstance(topic.spec.config.error_handling, TableflowErrorHandlingUnknown)
    # A moment of trouble ends no wait.
    confluent.faults.add("GET /tableflow/*", status=502)
    confluent.faults.add("GET /tableflow/*", change=odd)
    with pytest.raises(confluent_sql.OperationalError, match="ice melts"):
        connection.update_tableflow("t", table_formats="ICEBERG")


def test_connectors(connection: Connection, confluent: Emulator) -> None:
    connector = connection.create_connector("my source", config=CONFIG)
    assert connector.state is ConnectorState.RUNNING
    assert connector.spec.connector_class == "DatagenSource"
    assert connector.status.tasks[0].state == "RUNNING"
    assert confluent.asked("GET */connectors/my%20source*")
    with pytest.raises(confluent_sql.ConnectorAlreadyExistsError):
        connection.create_connector("my source", config=CONFIG)
    assert connection.pause_connector("my source").state is ConnectorState.PAUSED
    assert connection.resume_connector("my source").state is ConnectorState.RUNNING
    confluent.faults.add("GET */status", replace={"RUNNING": "ASLEEP"})
    assert connection.get_connector("my source").state is ConnectorState.UNKNOWN
    connection.delete_connector("my source")
    with pytest.raises(confluent_sql.ConnectorNotFoundError) as raised:
        connection.get_connector("my source")
    assert raised.value.connector_name == "my source"
    for bad in ({}, {**CONFIG, "name": "other"}):
        with pytest.raises(confluent_sql.InterfaceError):
            connection.create_connector("c", config=bad)


def test_artifacts(
    connection: Connection, confluent: Emulator, tmp_path: pathlib.Path
) -> None:
    jar = tmp_path / 'my "udf".jar'
    jar.write_bytes(bytes(range(256)) * 1000)
    api = connection.get_artifacts_api()
    artifact = api.create("udf", jar, description="mine", class_name="A")
    assert artifact.content_format is confluent_sql.ArtifactContentFormat.JAR
    assert artifact.latest_version is not None
    assert list(confluent.control.uploads.values()) == [jar.read_bytes()]
    assert api.get(artifact.id) == artifact
    assert api.list(runtime_language="JAVA") == [artifact]
    assert api.list(runtime_language="PYTHON") == []
    with pytest.raises(confluent_sql.ArtifactAlreadyExistsError) as raised:
        api.create("udf", jar)
    assert (raised.value.display_name, raised.value.http_status_code) == ("udf", 400)
    api.delete(artifact.id)
    with pytest.raises(confluent_sql.ArtifactNotFoundError) as gone:
        api.get(artifact.id)
    assert (gone.value.artifact_id, gone.value.http_status_code) == (artifact.id, 404)
    connection.close()
    with pytest.raises(confluent_sql.InterfaceError, match="closed"):
        api.list()


@pytest.mark.parametrize(
    ("name", "file", "options", "told"),
    [
        ("", "x.jar", {}, "display_name"),
        ("x" * 61, "x.jar", {}, "at most 60"),
        ("x", "x.bin", {}, "content_format is required"),
        ("x", "x.zip", {}, "not a ZIP"),
        ("x", "x.jar", {"runtime_language": "COBOL"}, "JAVA or PYTHON"),
        ("x", "missing.jar", {}, "cannot be read"),
    ],
)
def test_artifacts_that_are_none(
    connection: Connection, name: str, file: str, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(confluent_sql.InterfaceError, match=told):
        connection.get_artifacts_api().create(name, file, **options)


def test_an_upload_that_is_refused_tells_no_secret(
    connection: Connection, confluent: Emulator, tmp_path: pathlib.Path
) -> None:
    jar = tmp_path / "x.jar"
    jar.write_bytes(b"PK")
    confluent.faults.add("POST /upload/*", status=403, body="<Error>expired</Error>")
    with pytest.raises(confluent_sql.OperationalError, match="expired") as raised:
        connection.get_artifacts_api().create("x", jar)
    assert "/upload/" not in str(raised.value)
