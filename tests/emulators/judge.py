# SPDX-License-Identifier: Apache-2.0
"""confluent-sql 0.7.0 against the emulator: run by an interpreter that has it.

    python judge.py URL ORGANIZATION ENVIRONMENT FOLDER

Prints what it saw as JSON, a value for each question.
"""

from __future__ import annotations

import json
import pathlib
import sys
from typing import Any

import confluent_sql

SEEN: dict[str, Any] = {}


def look(url: str, organization: str, environment: str, folder: str) -> None:
    login = {"global_api_key": "key", "global_api_secret": "secret"}
    place = {
        "environment_id": environment,
        "database": "db",
        "compute_pool_id": "lfcp-1",
    }
    connection = confluent_sql.connect(
        organization_id="",
        endpoint=url,
        controlplane_endpoint=url,
        cloud_provider="aws",
        cloud_region="us-east-2",
        **login,
        **place,
    )
    SEEN["organization"] = connection.organization_id == organization
    cursor = connection.cursor()
    cursor.execute(
        "SELECT * FROM (VALUES (1, 'a', 1.50), (2, 'b', 2.25)) AS t(n, t, d)"
        " WHERE n >= %s",
        (1,),
        statement_labels=["judged"],
    )
    SEEN["rows"] = [(n, t, str(d)) for n, t, d in cursor.fetchall()]
    SEEN["description"] = [one[:2] for one in cursor.description]
    SEEN["labels"] = cursor.statement.end_user_labels
    listed = connection.list_statements(label="judged")
    SEEN["listed"] = [one.name for one in listed] == [cursor.statement.name]
    cursor.delete_statement()

    stream = connection.streaming_cursor(as_dict=True)
    stream.execute(
        "SELECT k, COUNT(*) AS n FROM (VALUES 'a', 'b', 'a') AS t(k) GROUP BY k"
    )
    compressor = stream.changelog_compressor()
    snapshot: list[Any] = []
    while stream.may_have_results:
        snapshot = compressor.get_current_snapshot(10)
    SEEN["compressed"] = sorted(snapshot, key=lambda row: row["k"])
    stopped = stream.stop_statement()
    SEEN["stopped"] = stopped.phase.value in ("STOPPED", "COMPLETED")
    stream.delete_statement()

    dry = connection.dry_run_statement("SELECT 1 AS a")
    SEEN["dry"] = [one.name for one in dry.schema.columns]
    try:
        connection.cursor().execute("SELECT * FROM nope")
    except confluent_sql.OperationalError as error:
        SEEN["error"] = "nope" in str(error)
    made = connection.execute_snapshot_ddl("CREATE TABLE IF NOT EXISTS judged (n INT)")
    SEEN["ddl"] = made.phase.value

    services(connection, folder)
    SEEN["left"] = [
        one.name for one in connection.list_statements(name_contains="dbapi-")
    ]
    connection.close()


def services(connection: Any, folder: str) -> None:
    storage = confluent_sql.ManagedStorage()
    topic = connection.enable_tableflow(
        "judged", table_formats="ICEBERG", storage=storage
    )
    SEEN["tableflow"] = topic.phase.value
    connection.disable_tableflow("judged")
    config = {
        "connector.class": "DatagenSource",
        "kafka.api.key": "k",
        "kafka.api.secret": "s",
    }
    SEEN["connector"] = connection.create_connector("c", config=config).state.value
    SEEN["paused"] = connection.pause_connector("c").state.value
    connection.delete_connector("c")
    jar = pathlib.Path(folder, "udf.jar")
    jar.write_bytes(b"PK")
    api = connection.get_artifacts_api()
    artifact = api.create("udf", str(jar))
    SEEN["artifact"] = [one.id for one in api.list()] == [artifact.id]
    api.delete(artifact.id)


if __name__ == "__main__":
    look(*sys.argv[1:])
    print(json.dumps(SEEN))
