# SPDX-License-Identifier: Apache-2.0
"""Flink through the driver: the SQL Gateway itself, and Confluent's API over it."""

from __future__ import annotations

import datetime
import decimal
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from emulators.confluent import Emulator, Script
from flink_help import (
    ENDLESS,
    GROUPED,
    confluent_url,
    running,
    url_of,
    wait_until,
)

import fletching


def fetch_all(cursor: fletching.Cursor, sql: str) -> list[Any]:
    cursor.execute(sql)
    return cursor.fetchall()


@pytest.fixture
def connection(gateway: Any) -> Iterator[fletching.Connection]:
    with fletching.connect(url_of(gateway)) as opened:
        yield opened


def test_a_query_runs_to_its_end(either: str) -> None:
    with fletching.connect(either) as connection, connection.cursor() as cursor:
        cursor.execute(GROUPED)
        assert [column[0] for column in cursor.description or []] == ["k", "n"]
        assert sorted(cursor.fetchall()) == [("a", 2), ("b", 1)]


def test_values_are_exact(either: str) -> None:
    with fletching.connect(either) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT 9223372036854775807, CAST(12.3 AS DECIMAL(10, 4)), TRUE,"
            " CAST(NULL AS INT), x'00ff', DATE '2024-01-02',"
            " TIMESTAMP '2024-01-02 03:04:05.123456',"
            " TO_TIMESTAMP_LTZ(1704164645123, 3), ARRAY[1, CAST(NULL AS INT)],"
            " MAP['k', 1], CAST(1e300 AS DOUBLE), 'a''b'"
        )
        assert cursor.fetchall() == [
            (
                9223372036854775807,
                decimal.Decimal("12.3000"),
                True,
                None,
                b"\x00\xff",
                datetime.date(2024, 1, 2),
                datetime.datetime(2024, 1, 2, 3, 4, 5, 123456),
                datetime.datetime(2024, 1, 2, 3, 4, 5, 123000, tzinfo=datetime.UTC),
                [1, None],
                {"k": 1},
                1e300,
                "a'b",
            )
        ]


def test_errors_are_the_servers_own_words(either: str) -> None:
    with fletching.connect(either) as connection, connection.cursor() as cursor:
        with pytest.raises(fletching.ProgrammingError, match="nope"):
            cursor.execute("SELECT * FROM nope")
        with pytest.raises(fletching.ProgrammingError):
            cursor.execute("SELEC 1")
        cursor.execute("SELECT 1")
        assert cursor.fetchall() == [(1,)]


def test_parameters_are_written_as_literals(either: str) -> None:
    with fletching.connect(either) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT ?, ? || '?' -- ?", [7, "it's"])
        assert cursor.fetchall() == [(7, "it's?")]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_parameters_as_fine_and_as_long_as_they_are(gateway: Any, zone: str) -> None:
    utc = datetime.timezone.utc
    values = [
        datetime.datetime(2024, 7, 2, 3, 4, 5, 123456, tzinfo=utc),
        datetime.datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=utc),
        datetime.datetime(2024, 7, 2, 3, 4, 5, 120000, tzinfo=utc),
        datetime.timedelta(days=1234, hours=5, milliseconds=6),
        -datetime.timedelta(days=54321, hours=5, milliseconds=6),
        datetime.timedelta(days=999),
    ]
    with (
        fletching.connect(url_of(gateway), time_zone=zone) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT ?, ?, ?, ?, ?, ?", values)
        assert cursor.fetchall() == [tuple(values)]
        cursor.execute("SELECT ?", [values[:3]])
        assert cursor.fetchall() == [(values[:3],)]


def test_a_changelog_is_refused_or_told(either: str) -> None:
    with (
        fletching.connect(either, mode="streaming") as connection,
        connection.cursor() as cursor,
        pytest.raises(fletching.Error, match="changelog=column"),
    ):
        fetch_all(cursor, GROUPED)
    with (
        fletching.connect(either, mode="streaming", changelog="column") as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(GROUPED)
        assert (cursor.description or [])[0][0] == "op"
        assert sorted(cursor.fetchall()) == [
            ("+I", "a", 1),
            ("+I", "b", 1),
            ("+U", "a", 2),
            ("-U", "a", 1),
        ]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 AS n, CAST('x' AS STRING) AS s;",
        "SELECT n, s FROM (VALUES (1, 'x')) AS t(n, s) ORDER BY n LIMIT 3",
        "WITH t AS (SELECT 1 AS n, 'x' AS s) SELECT * FROM t -- the end",
    ],
)
def test_columns_are_told_without_the_rows(either: str, sql: str) -> None:
    with fletching.connect(either) as connection, connection.cursor() as cursor:
        schema = pytest.importorskip("pyarrow").schema(cursor.execute_schema(sql))
        assert [(one.name, str(one.type)) for one in schema] == [
            ("n", "int32"),
            ("s", "string"),
        ]
        with pytest.raises(fletching.Error):
            cursor.execute_schema("SELECT * FROM nope")


def test_columns_of_what_has_no_end(connection: fletching.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ENDLESS.format("endless"))
        schema = cursor.execute_schema("SELECT id FROM endless")
        assert pytest.importorskip("pyarrow").schema(schema).names == ["id"]
        with pytest.raises(fletching.NotSupportedError, match="queries alone"):
            cursor.execute_schema("DROP TABLE endless")


def test_more_rows_than_a_page_holds(connection: fletching.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE many (id INT) WITH ('connector' = 'datagen',"
            " 'number-of-rows' = '12000', 'fields.id.kind' = 'sequence',"
            " 'fields.id.start' = '1', 'fields.id.end' = '12000')"
        )
        cursor.execute("SELECT id FROM many")
        assert sorted(row[0] for row in cursor) == list(range(1, 12001))


def test_what_json_cannot_carry_comes_as_text(connection: fletching.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT MAP[1, 2]")
        assert cursor.fetchall() == [({1: 2},)]


def test_a_variant_comes_as_text(flink: Callable[..., Any]) -> None:
    with fletching.connect(url_of(flink())) as opened, opened.cursor() as cursor:
        cursor.execute("SELECT MAP[1, 2], PARSE_JSON('{\"a\": [1, null]}')")
        ((numbers, variant),) = cursor.fetchall()
    assert numbers == {1: 2}
    assert json.loads(variant) == {"a": [1, None]}


def test_an_insert_is_waited_for(
    connection: fletching.Connection, tmp_path: Any
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE f (id INT, s STRING) WITH ('connector' = 'filesystem',"
            f" 'path' = '{tmp_path}/f', 'format' = 'json')"
        )
        cursor.execute("INSERT INTO f VALUES (1, 'x'), (2, 'y')")
        assert cursor.rowcount == -1
        cursor.execute("SELECT id, s FROM f ORDER BY id")
        assert cursor.fetchall() == [(1, "x"), (2, "y")]


def test_a_table_without_an_end_is_followed(gateway: Any) -> None:
    with fletching.connect(url_of(gateway)) as connection:
        before = running(gateway)
        with connection.cursor() as cursor:
            cursor.execute(ENDLESS.format("endless"))
            cursor.execute("SELECT id FROM endless")
            assert [cursor.fetchone() for _ in range(120)] == [
                (n,) for n in range(1, 121)
            ]
            assert running(gateway) - before
        # Closing the cursor is enough.
        wait_until(lambda: not running(gateway) - before)


def test_closing_stops_the_job(gateway: Any) -> None:
    before = running(gateway)
    connection = fletching.connect(url_of(gateway))
    cursor = connection.cursor()
    cursor.execute(ENDLESS.format("endless"))
    cursor.execute("SELECT id FROM endless")
    cursor.fetchone()
    connection.close()
    wait_until(lambda: not running(gateway) - before)


def cancel_after(connection: fletching.Connection, seconds: float) -> None:
    """Begin an endless query and cancel it from another thread."""
    over = threading.Event()

    def cancel() -> None:
        while not over.wait(seconds):  # again, if it came too soon
            connection.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    with connection.cursor() as cursor:
        with pytest.raises(fletching.OperationalError) as caught:
            fetch_all(cursor, "SELECT id FROM endless")
        over.set()
        thread.join()
    assert caught.value.code == "CANCELLED"


TIMES = [10, pytest.param(100, marks=[pytest.mark.slow, pytest.mark.timeout(900)])]


@pytest.mark.parametrize("times", TIMES)
def test_cancelled_at_any_moment_no_job_stays(gateway: Any, times: int) -> None:
    before = running(gateway)
    with fletching.connect(url_of(gateway), mode="streaming") as connection:
        with connection.cursor() as cursor:
            cursor.execute(ENDLESS.format("endless"))
        for _ in range(times):
            cancel_after(connection, random.uniform(0.001, 0.3))
    wait_until(lambda: not running(gateway) - before)


def test_a_session_that_expired_is_set_up_again(gateways: Callable[..., Any]) -> None:
    server = gateways(idle_timeout="2 s")
    with fletching.connect(url_of(server)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE mine (a INT) WITH ('connector' = 'datagen')")
        cursor.execute("CREATE TEMPORARY VIEW v AS SELECT 42 AS a")
        time.sleep(4)
        cursor.execute("SELECT a FROM v")
        assert cursor.fetchall() == [(42,)]
        cursor.execute("SHOW TABLES")
        assert sorted(cursor.fetchall()) == [("mine",), ("v",)]


@pytest.mark.parametrize(
    "options", [{"heartbeat": "0.5"}, pytest.param({}, marks=pytest.mark.slow)]
)
def test_a_heartbeat_keeps_the_session_of_a_result_that_rests(
    gateways: Callable[..., Any], options: dict[str, Any]
) -> None:
    server = gateways(idle_timeout="2 s")
    with (
        fletching.connect(url_of(server), **options) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "CREATE TABLE resting (id BIGINT) WITH ('connector' = 'datagen',"
            " 'rows-per-second' = '100000', 'fields.id.kind' = 'sequence',"
            " 'fields.id.start' = '1', 'fields.id.end' = '10000000')"
        )
        cursor.execute("SELECT id FROM resting")
        assert cursor.fetchone() == (1,)
        time.sleep(8)  # the reader ahead is full long before
        wanted = range(2, 250_000)
        if options:
            assert [row for row, _ in zip(cursor, wanted, strict=False)] == [
                (n,) for n in wanted
            ]
        else:
            with pytest.raises(fletching.Error, match="does not exist"):
                cursor.fetchmany(len(wanted))


def test_rows_that_come_with_the_statement_are_taken(confluent: Emulator) -> None:
    with fletching.connect(confluent_url(confluent)) as connection:
        for inline, requests in ((True, 0), (False, 1)):
            with connection.cursor() as cursor:
                name = "fletching.flink.property.sql.inline-result"
                cursor.set_option(name, "true" if inline else "false")
                cursor.execute("SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t(n, s)")
                assert sorted(cursor.fetchall()) == [(1, "a"), (2, "b")]
            asked = [one.path for one in confluent.requests if "/results" in one.path]
            assert min(len(asked), 1) == requests


def test_rows_that_come_with_the_statement_are_its_first_page(
    confluent: Emulator,
) -> None:
    columns = [{"name": "n", "type": {"type": "BIGINT", "nullable": True}}]
    pages = [[(0, [str(page)])] for page in range(3)]
    confluent.statements.scripts["SELECT n FROM scripted"] = Script(columns, pages)
    with (
        fletching.connect(confluent_url(confluent)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.set_option("fletching.flink.property.sql.inline-result", "true")
        cursor.execute("SELECT n FROM scripted")
        assert cursor.fetchall() == [(0,), (1,), (2,)]


def test_statements_are_deleted_behind_the_connection(confluent: Emulator) -> None:
    connection = fletching.connect(confluent_url(confluent))
    cursor = connection.cursor()
    assert fetch_all(cursor, "SELECT 1") == [(1,)]
    with pytest.raises(fletching.ProgrammingError):
        cursor.execute("SELECT * FROM nope")
    cursor.execute(GROUPED)
    connection.close()
    assert confluent.state()["statements"] == {}


def test_wrong_keys_are_refused(confluent: Emulator) -> None:
    url = confluent_url(confluent).replace("KEY", "bad")
    with pytest.raises(fletching.OperationalError) as caught:
        fletching.connect(url, validate=True)
    assert caught.value.code == "UNAUTHENTICATED"
    assert "SECRET" not in str(caught.value)


def test_tls(gateways: Callable[..., Any], tls_files: Any) -> None:
    server = gateways("tls")
    with pytest.raises(fletching.OperationalError, match="certificate"):
        fletching.connect(url_of(server))
    with (
        fletching.connect(
            url_of(server), tls_root_certs=str(tls_files.ca)
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(GROUPED)
        assert sorted(cursor.fetchall()) == [("a", 2), ("b", 1)]


def test_tls_and_client_certificates(
    gateways: Callable[..., Any], tls_files: Any
) -> None:
    server = gateways("mtls")
    with pytest.raises(fletching.OperationalError, match="certificate"):
        fletching.connect(url_of(server), tls_root_certs=str(tls_files.ca))
    with (
        fletching.connect(
            url_of(server),
            tls_root_certs=str(tls_files.ca),
            mtls_cert_chain=str(server.client_pair.cert),
            mtls_private_key=str(server.client_pair.key),
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SHOW CATALOGS")
        assert cursor.fetchall() == [("default_catalog",)]


def test_tables_and_columns_are_listed(connection: fletching.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE listed (id BIGINT NOT NULL, d DECIMAL(10, 2),"
            " PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'datagen')"
        )
    schema = connection.get_table_schema("listed", db_schema="default_database")
    pyarrow = pytest.importorskip("pyarrow")
    assert pyarrow.schema(schema).names == ["id", "d"]


def test_a_wrong_option_is_named() -> None:
    with pytest.raises(fletching.ProgrammingError, match="mode"):
        fletching.connect("flink+http://127.0.0.1:1", mode="fast")
    with pytest.raises(fletching.ProgrammingError, match="organization"):
        fletching.connect("confluent://K:S@eu-west-1.aws/env-1/db")
