# SPDX-License-Identifier: Apache-2.0
"""Confluent Cloud itself, where the environment says how to get in.

The variables are those of confluent-sql's own integration tests. One that is missing
skips the test and is named; test_confluent_emulated.py runs the same file against the
emulator.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

import confluent_sql

VARIABLES = {
    "organization_id": "CONFLUENT_ORG_ID",
    "environment_id": "CONFLUENT_ENV_ID",
    "cloud_provider": "CONFLUENT_CLOUD_PROVIDER",
    "cloud_region": "CONFLUENT_CLOUD_REGION",
    "flink_api_key": "CONFLUENT_FLINK_API_KEY",
    "flink_api_secret": "CONFLUENT_FLINK_API_SECRET",
    "compute_pool_id": "CONFLUENT_COMPUTE_POOL_ID",
    "database": "CONFLUENT_TEST_DBNAME",
}


@pytest.fixture
def connection() -> Iterator[confluent_sql.Connection]:
    for name in VARIABLES.values():
        if not os.environ.get(name):
            pytest.skip(f"{name} is not set")
    given = {key: os.environ[name] for key, name in VARIABLES.items()}
    with confluent_sql.connect(**given) as made:
        yield made


def test_a_snapshot_leaves_nothing(connection: confluent_sql.Connection) -> None:
    cursor = connection.cursor()
    cursor.execute(
        "SELECT n, t FROM (VALUES (1, 'a'), (2, 'b')) AS v(n, t) WHERE n > %s",
        (1,),
        statement_labels=["fletching-live"],
    )
    name = cursor.statement.name
    assert cursor.fetchall() == [(2, "b")]
    cursor.close()
    assert name not in [
        one.name
        for one in connection.list_statements(label="fletching-live")
        if one.phase.value not in ("DELETING", "COMPLETED")
    ]


def test_a_changelog(connection: confluent_sql.Connection) -> None:
    cursor = connection.streaming_cursor()
    cursor.execute(
        "SELECT k, COUNT(*) AS n FROM (VALUES 'a', 'b', 'a') AS v(k) GROUP BY k"
    )
    if cursor.returns_changelog:
        compressor = cursor.changelog_compressor()
        rows: list[object] = []
        while cursor.may_have_results:
            rows = compressor.get_current_snapshot(100)
    else:
        rows = list(cursor.fetchall())
    assert sorted(rows) == [("a", 2), ("b", 1)]  # type: ignore[type-var]
    cursor.close()


def test_what_is_refused(connection: confluent_sql.Connection) -> None:
    with pytest.raises(confluent_sql.OperationalError, match="no_such_table"):
        connection.dry_run_statement("SELECT * FROM no_such_table")
