# SPDX-License-Identifier: Apache-2.0
"""What confluent_sql refuses before anything is contacted."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import pytest

import confluent_sql
from confluent_sql import (
    Property,
    ScanStartupMode,
    SnapshotMode,
    SnapshotWriteMode,
    StatementProperties,
)
from confluent_sql.execution_mode import ExecutionMode

KEY = {"flink_api_key": "key", "flink_api_secret": "secret"}
PLACE = {
    "environment_id": "env-1",
    "organization_id": "org",
    "cloud_provider": "aws",
    "cloud_region": "us-east-2",
}


def connect(**changes: Any) -> confluent_sql.Connection:
    given = {**PLACE, **KEY, **changes}
    return confluent_sql.connect(**{k: v for k, v in given.items() if v != "absent"})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"environment_id": ""}, "Environment ID is required"),
        ({"organization_id": ""}, "Organization ID is required"),
        ({"result_page_fetch_pause_millis": -1}, "must be non-negative"),
        ({"local_time_zone": 1}, "must be a str or None, got int"),
        ({"http_user_agent": 1}, "must be a string"),
        ({"http_user_agent": "x" * 101}, "between 1 and 100 characters, got 101"),
        ({"http_timeout_secs": True}, "must be a number, got bool"),
        ({"http_timeout_secs": 0}, "must be positive"),
        ({"cloud_provider": None}, "Cloud provider is required"),
        ({"cloud_region": ""}, "Cloud region is required"),
        (
            {"flink_api_secret": ""},
            "flink_api_key and flink_api_secret must be provided",
        ),
        ({"flink_api_key": "", "flink_api_secret": ""}, "must be provided"),
        ({"connect_api_key": "x"}, "connect_api_key and connect_api_secret"),
        ({"external_access_token": "t"}, "must be provided together"),
        (
            {"external_access_token": "t", "identity_pool_id": "pool-1"},
            "cannot be combined with API keys",
        ),
    ],
)
def test_what_is_wrong_is_told_at_once(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(confluent_sql.InterfaceError, match=told):
        connect(**changes)


def test_where_statements_go() -> None:
    connection = connect()
    assert connection._flink_endpoint == "https://flink.us-east-2.aws.confluent.cloud"
    assert connection.artifact_scope() == ("AWS", "us-east-2")
    private = connect(
        endpoint="https://flink.eu-west-1.aws.private.confluent.cloud/",
        cloud_provider=None,
        cloud_region=None,
    )
    assert private._flink_endpoint.endswith("confluent.cloud")
    assert private.artifact_scope() == ("AWS", "eu-west-1")
    odd = connect(endpoint="https://10.0.0.1", cloud_provider=None, cloud_region=None)
    with pytest.raises(confluent_sql.ProgrammingError, match="cloud_provider"):
        odd.artifact_scope()


def test_a_global_key_beats_the_others(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        connect(global_api_key="g", global_api_secret="s")
    assert "flink_api_key is not used" in caplog.text


def test_what_needs_other_keys_says_so_at_its_use() -> None:
    connection = connect(database="db", database_kafka_cluster_id="lkc-1")
    with pytest.raises(confluent_sql.ProgrammingError, match="tableflow_api_key"):
        connection.get_tableflow("t")
    with pytest.raises(confluent_sql.ProgrammingError, match="connect_api_key"):
        connection.get_connector("c")
    with pytest.raises(confluent_sql.ProgrammingError, match="cloud_api_key"):
        connection.get_artifacts_api().list()
    token = {"external_access_token": "t", "identity_pool_id": "pool-1"}
    bearer = connect(flink_api_key=None, flink_api_secret=None, database="db", **token)
    with pytest.raises(confluent_sql.ProgrammingError, match="identity provider"):
        bearer.resolve_kafka_cluster_id()


def test_settings_that_may_change() -> None:
    connection = connect()
    connection.local_time_zone = "Europe/Paris"
    connection.http_user_agent = "mine/1"
    assert (connection.local_time_zone, connection.http_user_agent) == (
        "Europe/Paris",
        "mine/1",
    )
    with pytest.raises(confluent_sql.InterfaceError):
        connection.local_time_zone = 1  # type: ignore[assignment]
    connection.close()
    connection.close()
    assert connection.is_closed
    for use in (
        connection.cursor,
        connection.streaming_cursor,
        connection.list_statements,
    ):
        with pytest.raises(confluent_sql.InterfaceError, match="closed"):
            use()


def test_properties_of_a_statement() -> None:
    connection = connect(database="db", local_time_zone="UTC")
    made = connection._build_statement_properties(
        {Property.STATE_TTL: "1 h", "x": 1, "y": True}, ExecutionMode.SNAPSHOT
    )
    assert made == {
        "sql.state-ttl": "1 h",
        "x": "1",
        "y": "true",
        "sql.local-time-zone": "UTC",
        "sql.current-catalog": "env-1",
        "sql.current-database": "db",
        "sql.snapshot.mode": "now",
    }
    streaming = ExecutionMode.STREAMING_DDL
    assert "sql.snapshot.mode" not in connection._build_statement_properties(
        None, streaming
    )
    for bad in ({"sql.snapshot.mode": "off"}, {1: "x"}, {"x": 1.5}, ["x"]):
        with pytest.raises(confluent_sql.InterfaceError):
            connection._build_statement_properties(bad, streaming)  # type: ignore[arg-type]


def test_typed_properties() -> None:
    typed = StatementProperties(
        snapshot_write_mode=SnapshotWriteMode.FAST_WRITE,
        state_ttl=dt.timedelta(minutes=1, milliseconds=5),
        scan_startup_mode="latest-offset",
        extra={"sql.inline-result": True},
    )
    assert typed.to_properties_dict() == {
        "sql.inline-result": True,
        "sql.snapshot.write-mode": "fast-write",
        "sql.state-ttl": "60005 ms",
        "sql.tables.scan.startup.mode": "latest-offset",
    }
    assert f"{SnapshotMode.NOW} {ScanStartupMode.TIMESTAMP}" == "now timestamp"
    with pytest.raises(TypeError):
        typed.extra["x"] = 1  # type: ignore[index]
    for bad in (
        {"extra": {"sql.state-ttl": "1 s"}},
        {"scan_startup_mode": SnapshotMode.NOW},
        {"state_ttl": 5},
        {"local_time_zone": SnapshotMode.NOW},
    ):
        with pytest.raises(confluent_sql.InterfaceError):
            StatementProperties(**bad)  # type: ignore[arg-type]
    for ttl in (dt.timedelta(seconds=-1), dt.timedelta(microseconds=1)):
        with pytest.raises(ValueError):
            StatementProperties(state_ttl=ttl).to_properties_dict()
