# SPDX-License-Identifier: Apache-2.0
"""The emulator of Confluent Cloud keeps to the contract, whoever asks."""

from __future__ import annotations

import gzip
import http.client
import json
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from emulators.confluent import ENVIRONMENT, ORGANIZATION, Emulator, Script
from emulators.confluent.client import BASE, Client

COLUMN = {"name": "n", "type": {"type": "INTEGER", "nullable": False}}


@pytest.fixture
def client(confluent: Emulator) -> Iterator[Client]:
    one = Client(confluent)
    yield one
    one.close()


def test_a_snapshot_runs_on_flink(client: Client) -> None:
    found = client.run(
        "SELECT CAST(12.3 AS DECIMAL(10, 4)) AS d, TRUE AS b, x'00ff' AS x,"
        " TIMESTAMP '2024-01-02 03:04:05.1' AS t, INTERVAL '5' MONTH AS ym,"
        " INTERVAL -'3' DAY AS dt, ARRAY[1, NULL] AS a, MAP['k', 1.5] AS m,"
        " ROW(1, 'x') AS r, CAST(NULL AS INT) AS n, MAP[7, 'y'] AS i,"
        " PARSE_JSON('[1, null]') AS v",
        snapshot=True,
    )
    traits = found["status"]["traits"]
    assert (traits["sql_kind"], traits["is_bounded"]) == ("SELECT", True)
    assert traits["is_append_only"] is True
    kinds = [one["type"]["type"] for one in traits["schema"]["columns"]]
    assert kinds[:4] == ["DECIMAL", "BOOLEAN", "BINARY", "TIMESTAMP_WITHOUT_TIME_ZONE"]
    assert (
        traits["schema"]["columns"][8]["type"]["fields"][1]["field_type"]["length"] == 1
    )
    ((op, row),) = client.rows(found["name"])
    assert op == 0
    assert row == [
        *("12.3000", "TRUE", "x'00ff'", "2024-01-02 03:04:05.1", "+0-05"),
        *("-3 00:00:00.000", ["1", None], [["k", "1.5"]], ["1", "x"], None),
        *([["7", "y"]], [2, [[4, "1"], [0]]]),
    ]
    assert client.wait(found["name"])["status"]["phase"] == "COMPLETED"


def test_a_changelog_with_its_key(client: Client) -> None:
    found = client.run(
        "SELECT k, COUNT(*) AS n FROM (VALUES 'a', 'b', 'a') AS t(k) GROUP BY k"
    )
    traits = found["status"]["traits"]
    assert traits["is_append_only"] is False
    assert traits["upsert_columns"] == [0]
    assert client.rows(found["name"]) == [
        [0, ["a", "1"]],
        [0, ["b", "1"]],
        [1, ["a", "1"]],
        [2, ["a", "2"]],
    ]


def test_tables_hold_rows_and_streams_follow_them(client: Client) -> None:
    client.run("DROP TABLE IF EXISTS followed")
    made = client.run(
        "CREATE TABLE followed (id INT NOT NULL, name STRING,"
        " PRIMARY KEY (id) NOT ENFORCED) DISTRIBUTED BY HASH(id) INTO 4 BUCKETS"
        " WITH ('changelog.mode' = 'append')"
    )
    assert made["status"]["phase"] == "COMPLETED", made["status"]
    assert made["status"]["traits"]["sql_kind"] == "CREATE_TABLE"
    client.wait(client.run("INSERT INTO followed VALUES (1, 'a')")["name"])
    stream = client.run("SELECT * FROM followed")
    assert stream["status"]["traits"]["is_bounded"] is False
    assert client.rows(stream["name"], 1) == [[0, ["1", "a"]]]
    client.wait(client.run("INSERT INTO followed VALUES (2, 'b')")["name"])
    snapshot = client.run("SELECT COUNT(*) AS n FROM followed", snapshot=True)
    assert client.rows(snapshot["name"]) == [[0, ["2"]]]
    wanted = [{"op": "replace", "path": "/spec/stopped", "value": True}]
    kind = "application/json-patch+json"
    path = f"statements/{stream['name']}"
    assert client("PATCH", path, wanted, "application/json")[0] == 415
    assert client("PATCH", path, wanted, kind)[1]["status"]["phase"] == "STOPPING"
    stopped = client.wait(stream["name"])
    assert (stopped["status"]["phase"], stopped["spec"]["stopped"]) == ("STOPPED", True)
    columns = client.run(
        "SELECT COLUMN_NAME, FULL_DATA_TYPE, IS_NULLABLE FROM"
        " `INFORMATION_SCHEMA`.`COLUMNS` WHERE TABLE_NAME = 'followed'",
        snapshot=True,
    )
    assert sorted(row for _, row in client.rows(columns["name"])) == [
        ["id", "INT", "NO"],
        ["name", "STRING", "YES"],
    ]


def test_what_fails(client: Client) -> None:
    found = client.run("SELECT * FROM nope", snapshot=True)
    assert found["status"]["phase"] == "FAILED"
    assert "nope" in found["status"]["detail"]
    assert found["status"]["traits"] is None
    _, told = client("GET", f"statements/{found['name']}/exceptions")
    assert "nope" in told["data"][0]["message"]


def test_a_dry_run_leaves_nothing(client: Client, confluent: Emulator) -> None:
    status, good = client.post("SELECT 1 AS a", properties={"sql.dry-run": "true"})
    assert (status, good["status"]["phase"]) == (200, "COMPLETED")
    assert good["metadata"]["uid"] == good["metadata"]["resource_version"] == ""
    columns = good["status"]["traits"]["schema"]["columns"]
    assert [one["name"] for one in columns] == ["a"]
    _, bad = client.post("SELECT a FROM nope", properties={"sql.dry-run": "true"})
    assert bad["status"]["phase"] == "FAILED"
    assert confluent.statements.all() == []


def test_pages_are_acknowledged_by_the_next(
    client: Client, confluent: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confluent.statements, "page_rows", 2)
    found = client.run("SELECT * FROM (VALUES 1, 2, 3, 4, 5) AS t(n)", snapshot=True)
    client.wait(found["name"])
    path = f"statements/{found['name']}/results"
    _, first = client("GET", path)
    following = first["metadata"]["next"]
    assert following.startswith(f"{confluent.url}{BASE}/")
    assert client("GET", path)[1] == first
    _, second = client("GET", following)
    assert client("GET", following)[1] == second
    assert client("GET", path)[0] == 410
    _, last = client("GET", second["metadata"]["next"])
    assert len(last["results"]["data"]) == 1
    assert last["metadata"]["next"] == ""


def test_lists_labels_and_deletion(client: Client, confluent: Emulator) -> None:
    confluent.statements.scripts["x"] = Script([COLUMN])
    labels = {"labels": {"user.confluent.io/mine": "true"}}
    for number in range(5):
        status, _ = client.post(
            "x", name=f"one-{number}", metadata=labels if number % 2 else {}
        )
        assert status == 201
    status, told = client.post("x", name="one-1")
    assert status == 409
    assert "one-1" in told["errors"][0]["detail"]

    def names(path: str) -> list[str]:
        found = []
        while path:
            status, page = client("GET", path)
            assert status == 200, page
            found += [one["name"] for one in page["data"]]
            path = page["metadata"]["next"]
        return found

    assert names("statements?page_size=2") == [f"one-{n}" for n in (4, 3, 2, 1, 0)]
    labelled = "statements?label_selector=user.confluent.io/mine%3Dtrue"
    assert names(labelled) == ["one-3", "one-1"]
    # Without time_ordered the service takes no notice of the search.
    search = "statements?statement_name_search_query=one-2"
    assert len(names(search)) == 5
    assert names(f"{search}&time_ordered=true") == ["one-2"]
    assert client("DELETE", "statements/one-2") == (202, None)
    assert client("GET", "statements/one-2")[0] == 404
    assert client("GET", "statements?page_size=101")[0] == 400
    assert client("GET", "statements?sort=1")[0] == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": ""}, 401),
        ({"Authorization": "Basic YmFkOnNlY3JldA=="}, 401),  # bad:secret
        ({"Authorization": "Bearer token"}, 401),
        ({"Authorization": "Bearer token", "Confluent-Identity-Pool-Id": "pool"}, 200),
        ({"User-Agent": ""}, 400),
    ],
)
def test_who_asks(client: Client, headers: dict[str, str], status: int) -> None:
    assert client("GET", "statements", **headers)[0] == status


def test_bodies_and_paths_are_read_strictly(client: Client) -> None:
    assert client.post("x", name="No Such Name")[0] == 400
    assert client.post("x", organization_id="other")[0] == 400
    assert client.post("x", spec={"statement": "x", "props": {}})[0] == 400
    numbers = {"statement": "x", "properties": {"sql.state-ttl": 1}}
    assert client.post("x", spec=numbers)[0] == 400
    assert client("GET", "statements/a%2Fb")[0] == 404
    assert client("GET", "statements/../x")[0] == 400
    assert client("POST", "statements", {}, "text/plain")[0] == 415


def test_what_goes_wrong_on_purpose(client: Client, confluent: Emulator) -> None:
    confluent.statements.scripts["x"] = Script(
        [COLUMN],
        pages=[[(0, ["1"])], [], [(2, ["2"])]],
        statuses=[
            {"phase": "PENDING", "without": ["traits"]},
            {"phase": "PENDING", "scaling_status": {"scaling_state": "POOL_EXHAUSTED"}},
            {"phase": "RUNNING"},
        ],
    )
    _, created = client.post("x", name="scripted")
    assert "traits" not in created["status"]
    _, second = client("GET", "statements/scripted")
    assert second["status"]["scaling_status"]["scaling_state"] == "POOL_EXHAUSTED"
    assert client.rows("scripted") == [[0, ["1"]], [2, ["2"]]]

    confluent.faults.add("GET */results", status=429, headers={"Retry-After": "1"})
    assert client("GET", "statements/scripted/results")[0] == 429
    assert client("GET", "statements/scripted/results")[0] == 200
    confluent.faults.add("GET */results", status=200, body={"error": {"code": 404}})
    assert client("GET", "statements/scripted/results")[1] == {"error": {"code": 404}}
    confluent.faults.add(
        "GET */results", replace={confluent.url: "http://other.example"}
    )
    _, page = client("GET", "statements/scripted/results")
    assert page["metadata"]["next"].startswith("http://other.example/")
    confluent.faults.add("GET */results", reset_after=10)
    with pytest.raises((ConnectionError, http.client.IncompleteRead)):
        client("GET", "statements/scripted/results")
    client.connection.close()
    assert len(confluent.asked("GET */results")) == 6

    client.connection.request(
        "GET",
        f"{BASE}/statements/scripted/results",
        headers={**client.headers, "Accept-Encoding": "gzip"},
    )
    answer = client.connection.getresponse()
    assert answer.getheader("Content-Encoding") == "gzip"
    assert json.loads(gzip.decompress(answer.read()))["kind"] == "StatementResult"


def test_the_control_plane(client: Client, confluent: Emulator) -> None:
    assert client("GET", "/org/v2/organizations?page_size=100")[1]["data"][0]["id"] == (
        ORGANIZATION
    )
    confluent.control.clusters.append(
        {"environment": ENVIRONMENT, "id": "lkc-1", "display_name": "db"}
    )
    clusters = f"/cmk/v2/clusters?environment={ENVIRONMENT}&page_size=100"
    assert client("GET", clusters)[1]["data"][0]["id"] == "lkc-1"
    topics = "/tableflow/v1/tableflow-topics"
    spec = {
        "display_name": "t",
        "storage": {"kind": "Managed"},
        "table_formats": ["ICEBERG"],
        "environment": {"id": ENVIRONMENT},
        "kafka_cluster": {"id": "lkc-1"},
    }
    assert client("POST", topics, {"spec": spec})[1]["status"]["phase"] == "PENDING"
    assert client("POST", topics, {"spec": spec})[0] == 409
    assert client("POST", topics, {"spec": {**spec, "config": {"retention_ms": 1}}})[
        0
    ] == (400)
    one = f"{topics}/t?environment={ENVIRONMENT}&spec.kafka_cluster=lkc-1"
    phases = [client("GET", one)[1]["status"]["phase"] for _ in range(2)]
    assert phases == ["PENDING", "RUNNING"]
    assert client("DELETE", one)[0] == 204
    assert client("GET", one)[0] == 404


def test_by_hand(confluent: Emulator, flink: Any) -> None:
    """The program, against a gateway that runs."""
    command = [
        sys.executable,
        "-m",
        "tests.emulators.confluent",
        "--gateway",
        flink().uri,
    ]
    root = pathlib.Path(__file__).parents[2]
    with subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        lines = [program.stdout.readline() for _ in range(2)]
        port = int(lines[1].rpartition(":")[2])
        other = Client(confluent)
        other.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        assert other("GET", "statements")[1]["data"] == []
        assert other("GET", "/__emulator__/state")[1]["statements"] == {}
        other.close()
        program.terminate()
        assert program.wait(30) == 0
