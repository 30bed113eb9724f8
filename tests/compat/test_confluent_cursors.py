# SPDX-License-Identifier: Apache-2.0
"""Statements of confluent_sql: how they run, what is read of them, what is left."""

from __future__ import annotations

import datetime as dt
import time
import warnings
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from emulators.confluent import ENVIRONMENT, ORGANIZATION, Emulator, Script, decoded

import confluent_sql
from confluent_sql import ChangeloggedRow, Connection, Op
from confluent_sql.execution_mode import ExecutionMode
from confluent_sql.statement import Phase

KEY = {"flink_api_key": "key", "flink_api_secret": "secret"}


def column(name: str, kind: str = "INTEGER", **parts: Any) -> dict[str, Any]:
    return {"name": name, "type": {"type": kind, "nullable": True, **parts}}


N = [column("n")]
ROWS = [(0, ["1"]), (0, ["2"]), (0, ["3"])]


@pytest.fixture
def connect(confluent: Emulator) -> Iterator[Callable[..., Connection]]:
    """A factory of connections to the emulator, for one test."""
    made: list[Connection] = []

    def one(**changes: Any) -> Connection:
        given = {
            "environment_id": ENVIRONMENT,
            "organization_id": ORGANIZATION,
            "endpoint": confluent.url,
            "controlplane_endpoint": confluent.url,
            "database": "db",
            "compute_pool_id": "lfcp-1",
            **KEY,
            **changes,
        }
        made.append(confluent_sql.connect(**given))
        return made[-1]

    yield one
    for connection in made:
        connection.close()


@pytest.fixture
def connection(connect: Callable[..., Connection]) -> Connection:
    return connect()


@pytest.fixture
def script(confluent: Emulator) -> Callable[..., None]:
    """A function: script(text, columns, pages=..., ...) for the statement `text`."""

    def add(text: str, *arguments: Any, **options: Any) -> None:
        confluent.statements.scripts[text] = Script(*arguments, **options)

    return add


def left(confluent: Emulator) -> dict[str, str]:
    """Statements that nobody has deleted."""
    found = confluent.statements.all()
    return {one.name: one.phase for one in found if not one.deleted}


# ---- on Flink ----


def test_a_snapshot_and_nothing_left(
    connection: Connection, confluent: Emulator
) -> None:
    cursor = connection.cursor()
    cursor.execute(
        "SELECT * FROM (VALUES (1, 'a', 1.50), (2, 'b', 2.25)) AS t(n, t, d)"
        " WHERE n >= %s AND t LIKE '%%'",
        (1,),
        statement_labels=["mine"],
    )
    assert cursor.description is not None
    assert cursor.description[2] == ("d", "DECIMAL", None, None, 3, 2, False)
    assert cursor.statement.end_user_labels == ["mine"]
    assert cursor.fetchone() == (1, "a", Decimal("1.50"))
    assert cursor.fetchmany(5) == [(2, "b", Decimal("2.25"))]
    assert cursor.fetchone() is None
    assert cursor.fetchall() == []
    assert cursor.rowcount == -1
    assert not cursor.may_have_results
    cursor.close()
    assert left(confluent) == {}


def test_one_that_is_not_read_is_gone_too(
    connection: Connection, confluent: Emulator
) -> None:
    with connection.closing_cursor(as_dict=True) as cursor:
        cursor.execute("SELECT n FROM (VALUES 1, 2, 3) AS t(n)")
        assert cursor.fetchone() == {"n": 1}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            cursor.execute("SELECT n FROM (VALUES 4) AS t(n)")
        assert list(cursor) == [{"n": 4}]
    assert left(confluent) == {}


def test_blocks_end_what_they_begin(connect: Any, script: Any) -> None:
    script("x", N, pages=[ROWS])
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("x")
        assert cursor.fetchone() == (1,)
    assert cursor.is_closed
    assert connection.is_closed


def test_one_may_be_kept(connection: Connection, confluent: Emulator) -> None:
    cursor = connection.cursor()
    cursor.keep_statement = True
    cursor.execute("SELECT 1 AS n", statement_name="kept")
    assert cursor.fetchall() == [(1,)]
    cursor._statement = connection.get_statement("kept")
    cursor._statement._phase = Phase.RUNNING
    confluent.faults.add("GET */kept", replace={"COMPLETED": "RUNNING"}, times=None)
    cursor.close()
    assert list(left(confluent)) == ["kept"]


def test_a_stream_of_changes(connection: Connection, confluent: Emulator) -> None:
    cursor = connection.streaming_cursor()
    cursor.execute(
        "SELECT k, COUNT(*) AS n FROM (VALUES 'a', 'b', 'a') AS t(k) GROUP BY k"
    )
    assert cursor.returns_changelog
    seen: list[Any] = []
    while cursor.may_have_results:
        seen += cursor.fetchmany(10)
    assert seen == [
        ChangeloggedRow(Op.INSERT, ("a", 1)),
        ChangeloggedRow(Op.INSERT, ("b", 1)),
        ChangeloggedRow(Op.UPDATE_BEFORE, ("a", 1)),
        ChangeloggedRow(Op.UPDATE_AFTER, ("a", 2)),
    ]
    assert [str(op) for op, _ in seen] == ["+I", "+I", "-U", "+U"]
    cursor.close()
    assert left(confluent) == {}


def test_a_stream_without_an_end(connection: Connection, confluent: Emulator) -> None:
    connection.execute_snapshot_ddl("DROP TABLE IF EXISTS endless")
    made = connection.execute_snapshot_ddl(
        "CREATE TABLE endless (n BIGINT) WITH ('connector' = 'datagen',"
        " 'rows-per-second' = '20', 'fields.n.kind' = 'sequence',"
        " 'fields.n.start' = '1', 'fields.n.end' = '1000000')"
    )
    assert made.phase is Phase.DELETED
    cursor = connection.streaming_cursor()
    cursor.execute("SELECT n FROM endless", statement_name="endless")
    assert cursor.fetchmany(1) in ([], [(1,)])
    first = next(iter(cursor))
    assert first in ((1,), (2,))
    with pytest.raises(confluent_sql.NotSupportedError, match="has no end"):
        cursor.fetchall()
    with pytest.warns(UserWarning, match="endless"):
        cursor.execute("SELECT 1 AS n")
    cursor.close()
    assert list(left(confluent)) == ["endless"]
    assert connection.stop_statement("endless").is_stopped
    connection.delete_statement("endless")
    assert left(confluent) == {}


def test_what_flink_refuses(connection: Connection) -> None:
    cursor = connection.cursor()
    with pytest.raises(confluent_sql.OperationalError, match="'nope' not found"):
        cursor.execute("SELECT * FROM nope")
    assert cursor.statement.is_failed
    cursor.close()
    with pytest.raises(confluent_sql.OperationalError, match=r"Dry-run failed: .*nope"):
        connection.dry_run_statement("SELECT * FROM nope")
    dry = connection.dry_run_statement("SELECT 1 AS a")
    assert dry.statement_id == ""
    assert dry.is_dry_run
    assert [one.name for one in dry.schema or ()] == ["a"]


def test_an_instant_is_the_same_in_every_zone(
    connect: Callable[..., Connection],
) -> None:
    noon = dt.datetime(2024, 7, 1, 12, 0, 0, 5000, dt.timezone.utc)
    for zone in ("America/New_York", None):
        cursor = connect(local_time_zone=zone).cursor()
        cursor.execute(
            "SELECT UNIX_TIMESTAMP(CAST(%s AS STRING)) AS s, %s AS t", (noon, noon)
        )
        ((_, there),) = cursor.fetchall()
        assert there == noon
        cursor.close()


# ---- by a script ----


def test_reading_rules_of_a_snapshot(connection: Connection, script: Any) -> None:
    script("x", N, pages=[ROWS[:1], [], ROWS[1:]])
    cursor = connection.cursor()
    for use in (cursor.fetchone, cursor.fetchall, lambda: cursor.statement):
        with pytest.raises(confluent_sql.InterfaceError):
            use()
    cursor.execute("x")
    with pytest.raises(confluent_sql.InterfaceError):
        cursor.fetchmany(0)
    assert cursor.fetchmany(2) == [(1,), (2,)]
    assert cursor.fetchall() == [(3,)]
    metrics = cursor.metrics
    assert (metrics.total_page_fetches, metrics.empty_page_fetches) == (3, 1)
    assert metrics.total_changelog_rows_fetched == 3
    assert metrics.paused_times <= 1
    cursor.close()
    with pytest.raises(confluent_sql.InterfaceError, match="closed"):
        cursor.fetchone()


def test_a_stream_asks_once_a_fetch(
    connection: Connection, confluent: Emulator, script: Any
) -> None:
    script("x", N, pages=[[], ROWS], bounded=False, endless=True)
    cursor = connection.streaming_cursor()
    cursor.execute("x")
    assert cursor.fetchmany(2) == []
    assert cursor.may_have_results
    assert cursor.fetchmany(2) == [(1,), (2,)]
    assert cursor.fetchmany(2) == [(3,)]
    assert len(confluent.asked("GET */results*")) == 2
    assert cursor.fetchone() is None
    assert next(iter([cursor.may_have_results]))


def test_full_pages_are_read_without_pauses(
    connection: Connection, script: Any
) -> None:
    script("x", N, pages=[ROWS] * 40)
    cursor = connection.cursor()
    cursor.execute("x")
    assert len(cursor.fetchall()) == 120
    assert cursor.metrics.paused_times == 0


def test_a_bad_row_loses_nothing(connection: Connection, script: Any) -> None:
    script("x", N, pages=[[(0, ["1"]), (0, ["oops"]), (0, ["3"])], [(0, ["100"])]])
    cursor = connection.cursor()
    cursor.execute("x")
    assert cursor.fetchone() == (1,)
    for _ in range(2):
        with pytest.raises(
            confluent_sql.DataError, match=r"^Row 2 of the result: .*oops"
        ):
            cursor.fetchone()


@pytest.mark.parametrize(
    "row", [{"op": 9, "row": ["1"]}, {"op": 0}, {"row": ["1", "2"]}, {"row": None}]
)
def test_rows_that_are_none(
    connection: Connection, confluent: Emulator, script: Any, row: Any
) -> None:
    script("x", N, pages=[ROWS])
    cursor = connection.cursor()
    cursor.execute("x")
    page = {"metadata": {"next": ""}, "results": {"data": [row]}}
    confluent.faults.add("GET */results", status=200, body=page)
    with pytest.raises(confluent_sql.DataError):
        cursor.fetchone()


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("null", confluent_sql.StatementDeletedError),
        ({"error": {"code": 404}}, confluent_sql.StatementDeletedError),
        (
            {"error": {"message": "Statement not found"}},
            confluent_sql.StatementDeletedError,
        ),
        ({"error": {"code": 500}}, confluent_sql.OperationalError),
        ({"results": {"data": None}}, confluent_sql.DataError),
        ("<html>", confluent_sql.DataError),
    ],
)
def test_answers_that_are_no_pages(
    connection: Connection, confluent: Emulator, script: Any, body: Any, error: type
) -> None:
    script("x", N, pages=[ROWS])
    cursor = connection.cursor()
    cursor.execute("x")
    confluent.faults.add("GET */results", status=200, body=body)
    with pytest.raises(error):
        cursor.fetchone()


def test_readiness(connection: Connection, confluent: Emulator, script: Any) -> None:
    script(
        "x",
        N,
        pages=[ROWS],
        statuses=[
            {"phase": "PENDING", "traits": None},
            {"phase": "PENDING", "without": ["traits"]},
            {"phase": "PENDING", "traits": {}},
            {"phase": "SOME_NEW_PHASE"},
            {
                "phase": "RUNNING",
                "warnings": [{"severity": "ODD", "reason": "R", "message": "m"}],
            },
        ],
    )
    cursor = connection.cursor()
    cursor.execute("x")
    assert len(confluent.asked("GET */statements/dbapi-*")) == 4
    (warning,) = cursor.warnings
    assert str(warning) == "[ODD] R: m"
    assert warning.severity is confluent_sql.WarningSeverity.UNKNOWN


def test_what_ends_the_wait(
    connection: Connection, confluent: Emulator, script: Any
) -> None:
    script(
        "failed",
        N,
        statuses=[{"phase": "PENDING"}, {"phase": "FAILED", "detail": "why"}],
    )
    script(
        "at once", N, statuses=[{"phase": "FAILED", "detail": "why", "traits": None}]
    )
    script(
        "degraded",
        N,
        statuses=[{"phase": "PENDING"}, {"phase": "DEGRADED", "detail": "why"}],
    )
    exhausted = {
        "scaling_status": {"scaling_state": "POOL_EXHAUSTED"},
        "phase": "PENDING",
    }
    script("full", N, statuses=[{"phase": "PENDING"}, exhausted])
    script("slow", N, statuses=[{"phase": "PENDING"}])
    for text in ("failed", "at once", "degraded"):
        with pytest.raises(confluent_sql.OperationalError, match="why"):
            connection.cursor().execute(text)
    with pytest.raises(confluent_sql.ComputePoolExhaustedError) as raised:
        connection.cursor().execute("full", statement_name="full")
    assert (raised.value.statement_name, raised.value.statement_deleted) == (
        "full",
        True,
    )
    assert "full" not in left(confluent)
    with pytest.raises(
        confluent_sql.OperationalError, match="timed out after 1 seconds"
    ):
        connection.cursor().execute("slow", timeout=1, statement_name="slow")
    assert "slow" in left(confluent)


def test_rows_of_a_statement_that_failed_meanwhile(
    connection: Connection, script: Any
) -> None:
    script(
        "x",
        N,
        pages=[ROWS],
        statuses=[{"phase": "RUNNING"}, {"phase": "FAILED", "detail": "a disk broke"}],
    )
    cursor = connection.cursor()
    cursor.execute("x")
    with pytest.raises(confluent_sql.OperationalError, match="a disk broke"):
        cursor.fetchall()


def test_what_is_sent(connect: Any, confluent: Emulator, script: Any) -> None:
    script("x", N)
    connection = connect(local_time_zone="Europe/Paris")
    cursor = connection.cursor(mode=ExecutionMode.SNAPSHOT_DDL)
    cursor.execute(
        "x",
        statement_name="named",
        statement_labels=["a", "user.confluent.io/b"],
        properties={"sql.state-ttl": "1 h"},
        compute_pool_id="lfcp-2",
    )
    with pytest.raises(confluent_sql.InterfaceError, match="DDL"):
        cursor.fetchone()
    assert cursor.description is None
    (sent,) = confluent.asked("POST */statements")
    assert decoded(sent) == {
        "name": "named",
        "organization_id": ORGANIZATION,
        "environment_id": ENVIRONMENT,
        "spec": {
            "statement": "x",
            "properties": {
                "sql.state-ttl": "1 h",
                "sql.local-time-zone": "Europe/Paris",
                "sql.current-catalog": ENVIRONMENT,
                "sql.current-database": "db",
                "sql.snapshot.mode": "now",
            },
            "stopped": False,
            "compute_pool_id": "lfcp-2",
        },
        "metadata": {
            "labels": {"user.confluent.io/a": "true", "user.confluent.io/b": "true"}
        },
    }
    assert sent.headers["User-Agent"] == connection.http_user_agent
    with pytest.raises(confluent_sql.OperationalError, match="named") as raised:
        connection.cursor().execute("x", statement_name="named")
    assert raised.value.http_status_code == 409


def test_names_are_escaped(connection: Connection, confluent: Emulator) -> None:
    with pytest.raises(confluent_sql.StatementNotFoundError) as raised:
        connection.get_statement("a/b?x=1#y")
    assert raised.value.statement_name == "a/b?x=1#y"
    assert confluent.requests[-1].target.endswith("/statements/a%2Fb%3Fx%3D1%23y")
    for name in ("..", "."):
        with pytest.raises(confluent_sql.InterfaceError):
            connection.get_statement(name)
    with pytest.raises(TypeError):
        connection.get_statement(5)  # type: ignore[arg-type]


def test_lists(connection: Connection, confluent: Emulator, script: Any) -> None:
    script("x", N)
    script("odd", N, statuses=[{"phase": "NEW"}])
    script("bare", N, statuses=[{"phase": "STOPPED", "traits": None}])
    for number, text in enumerate(("x", "odd", "bare", "x")):
        labels = ["mine"] if number else []
        cursor = connection.streaming_cursor()
        with_name = {"statement_name": f"s-{number}", "statement_labels": labels}
        if text == "odd":
            with pytest.raises(confluent_sql.OperationalError, match="timed out"):
                cursor.execute(text, timeout=1, **with_name)  # type: ignore[arg-type]
        else:
            cursor.execute(text, **with_name)  # type: ignore[arg-type]
    found = connection.list_statements(page_size=2)
    assert [one.name for one in found] == ["s-3", "s-2", "s-1", "s-0"]
    assert found[2].phase is Phase.UNKNOWN
    assert len(connection.list_statements(label="mine", name_contains="s-3")) == 1
    deleted = found[0]
    connection.delete_statement(deleted)
    connection.delete_statement(deleted)
    assert deleted.is_deleted
    connection.delete_statement("s-3")
    with pytest.raises(confluent_sql.StatementNotFoundError):
        connection.get_statement("s-3")


def test_a_list_that_goes_in_circles(
    connection: Connection, confluent: Emulator
) -> None:
    page = {"data": [], "metadata": {"next": "https://h/x?page_token=same"}}
    confluent.faults.add("GET */statements?*", status=200, body=page, times=None)
    with pytest.raises(confluent_sql.DataError, match="again and again"):
        connection.list_statements()


def test_what_is_tried_again(
    connection: Connection, confluent: Emulator, script: Any
) -> None:
    script("x", N, pages=[ROWS])
    cursor = connection.cursor()
    cursor.execute("x", statement_name="again")
    confluent.faults.add("GET */results", status=503)
    confluent.faults.add("GET */results", reset_after=10)
    started = time.monotonic()
    confluent.faults.add("GET */results", status=429, headers={"Retry-After": "1"})
    assert cursor.fetchall() == [(1,), (2,), (3,)]
    assert time.monotonic() - started > 1
    confluent.faults.add("POST */statements", status=503)
    with pytest.raises(confluent_sql.OperationalError, match="on purpose") as raised:
        connection.cursor().execute("x")
    assert raised.value.http_status_code == 503
    assert len(confluent.asked("POST */statements")) == 2


def test_a_lost_answer_is_no_second_statement(
    connection: Connection, confluent: Emulator, script: Any
) -> None:
    script("x", N, pages=[ROWS])
    confluent.faults.add("POST */statements", reset_after=10)
    cursor = connection.cursor()
    cursor.execute("x")
    assert cursor.fetchall() == [(1,), (2,), (3,)]
    assert len(left(confluent)) == 1


def test_credentials_stay_with_the_service(
    connection: Connection, confluent: Emulator, script: Any
) -> None:
    script("x", N, pages=[ROWS[:1], ROWS[1:]])
    confluent.faults.add("GET */results", replace={confluent.url: "http://127.0.0.1:9"})
    cursor = connection.cursor()
    cursor.execute("x")
    assert cursor.fetchall() == [(1,), (2,), (3,)]


def test_a_429_at_submission_names_private_networks(
    connection: Connection, confluent: Emulator
) -> None:
    confluent.faults.add("POST */statements", status=429)
    with pytest.raises(confluent_sql.OperationalError, match="endpoint="):
        connection.cursor().execute("SELECT 1")


def test_bad_credentials(connect: Any) -> None:
    connection = connect(flink_api_key="bad")
    with pytest.raises(confluent_sql.OperationalError, match="Unauthorized") as raised:
        connection.list_statements()
    assert raised.value.http_status_code == 401
    assert "secret" not in str(raised.value)


def test_a_token_of_an_identity_provider(
    connect: Any, confluent: Emulator, script: Any
) -> None:
    script("x", N, pages=[ROWS])
    token = {"external_access_token": "token", "identity_pool_id": "pool-1"}
    connection = connect(flink_api_key=None, flink_api_secret=None, **token)
    cursor = connection.cursor()
    cursor.execute("x")
    assert len(cursor.fetchall()) == 3
    sent = confluent.requests[0].headers
    assert sent["Authorization"] == "Bearer token"
    assert sent["Confluent-Identity-Pool-Id"] == "pool-1"


def test_the_organization_is_asked_for(
    connect: Any, confluent: Emulator, script: Any
) -> None:
    script("x", N, pages=[ROWS])
    connection = connect(organization_id="", global_api_key="g", global_api_secret="s")
    connection.cursor().execute("x")
    connection.cursor().execute("x")
    assert len(confluent.asked("GET /org/*")) == 1
    confluent.control.organizations.append("another")
    other = connect(organization_id="", global_api_key="g", global_api_secret="s")
    with pytest.raises(confluent_sql.OperationalError, match="2 organizations"):
        other.list_statements()


def test_a_service_that_is_not_there(connect: Any) -> None:
    connection = connect(endpoint="http://127.0.0.1:9", http_timeout_secs=5)
    with pytest.raises(
        confluent_sql.OperationalError, match="error sending request"
    ) as raised:
        connection.cursor().execute("SELECT 1")
    assert raised.value.http_status_code is None
    assert raised.value.__cause__ is not None
