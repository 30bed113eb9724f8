# SPDX-License-Identifier: Apache-2.0
"""Statements by their names: read again, listed, stopped, deleted; on both servers."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest
from emulators.confluent import Emulator
from flink_help import ENDLESS, confluent_url, running, url_of, wait_until

import fletching
import fletching.flink


def create(connection: fletching.Connection, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute(ENDLESS.format(table))


def is_gone(connection: fletching.Connection, name: str) -> bool:
    """Confluent deletes in its own time."""
    try:
        fletching.flink.get_statement(connection, name)
    except fletching.Error:
        return True
    return False


def test_a_statement_is_read_on_by_another_connection(either: str) -> None:
    with fletching.flink.connect(either) as connection:
        create(connection, "read_on")
        changes = fletching.flink.stream(
            connection, "SELECT id FROM read_on", keep_statement=True, prefetch="off"
        )
        rows = []
        for batch in changes.batches():  # whole pages, so none is read in part
            rows += batch.to_pyarrow().column("id").to_pylist()
            if len(rows) > 20:
                break
        name, position = changes.statement, changes.position
        changes.close()
    with fletching.flink.connect(either) as connection:
        again = fletching.flink.attach(
            connection, name, position=position, prefetch="off"
        )
        with again:
            assert again.statement == name
            assert again.columns == ["id"]
            rows += [n for _, (n,) in (next(again) for _ in range(60))]
        assert rows == list(range(1, len(rows) + 1))
        # It has been let be, and is there until somebody deletes it.
        assert fletching.flink.get_statement(connection, name).name == name
        fletching.flink.delete_statement(connection, name)
        wait_until(lambda: is_gone(connection, name))
        fletching.flink.delete_statement(connection, name)


def test_a_job_that_was_left_is_stopped_by_its_name(gateway: Any) -> None:
    before = running(gateway)
    with fletching.flink.connect(url_of(gateway)) as connection:
        create(connection, "left_alone")
        with fletching.flink.stream(
            connection, "SELECT id FROM left_alone", keep_statement=True
        ) as changes:
            next(changes)
            name = changes.statement
    with fletching.flink.connect(url_of(gateway)) as connection:
        assert running(gateway) - before
        assert fletching.flink.get_statement(connection, name).phase == "FINISHED"
        # Without a position: the last page once more, and what comes behind it.
        with fletching.flink.attach(connection, name) as changes:
            rows = [n for _, (n,) in (next(changes) for _ in range(60))]
            assert rows == list(range(rows[0], rows[0] + 60))
        assert running(gateway) - before
        fletching.flink.stop_statement(connection, name)
        wait_until(lambda: not running(gateway) - before)
        with pytest.raises(fletching.NotSupportedError, match="listing"):
            fletching.flink.list_statements(connection)


def test_what_is_not_there_is_not_attached_to(either: str) -> None:
    with fletching.flink.connect(either) as connection:
        session = "0b0dc4a9-0d0b-4a4e-8e54-5dd4b0f7c001"
        name = f"{session}/{session}" if "http" in either[:12] else "nope"
        with pytest.raises(fletching.Error) as caught:
            fletching.flink.attach(connection, name)
        assert session in str(caught.value) or caught.value.code == "NOT_FOUND"


def test_statements_are_managed(confluent: Emulator) -> None:
    with fletching.flink.connect(confluent_url(confluent)) as connection:
        create(connection, "managed")
        changes = fletching.flink.stream(
            connection,
            "SELECT id FROM managed",
            statement_name="daily-report",
            statement_labels="reports,daily",
            keep_statement=True,
        )
        next(changes)
        changes.close()
        listed = fletching.flink.list_statements(connection, label="reports")
        assert [one.name for one in listed] == ["daily-report"]
        one = listed[0]
        assert one.phase == "RUNNING"
        assert sorted(one.labels) == ["daily", "reports"]
        assert one.sql == "SELECT id FROM managed"
        assert one.is_append_only
        assert one.sql_kind == "SELECT"
        assert one.properties["sql.current-database"] == "db"
        assert not fletching.flink.list_statements(connection, name_contains="weekly")
        fletching.flink.stop_statement(connection, one)
        assert fletching.flink.get_statement(connection, one).phase == "STOPPED"
        assert fletching.flink.statement_exceptions(connection, one) == []
        fletching.flink.resume_statement(
            connection, one, compute_pool="lfcp-2", principal="sa-2"
        )
        spec = fletching.flink.get_statement(connection, one).raw["spec"]
        assert (spec["compute_pool_id"], spec["principal"]) == ("lfcp-2", "sa-2")
        wait_until(
            lambda: fletching.flink.get_statement(connection, one).phase == "RUNNING"
        )
        fletching.flink.delete_statement(connection, one)
        wait_until(lambda: not confluent.state()["statements"])


def test_other_servers_have_no_statements(embedded: Callable[..., Any]) -> None:
    with (
        fletching.connect(embedded(engine="duckdb").uri) as connection,
        pytest.raises(fletching.NotSupportedError, match="statements of Flink"),
    ):
        fletching.flink.list_statements(connection)


def test_a_token_is_asked_for_and_asked_again(confluent: Emulator) -> None:
    asked: list[str] = []

    def token() -> str:
        asked.append(f"token-{len(asked)}")
        return asked[-1]

    url = urllib.parse.urlsplit(confluent_url(confluent))
    place = "confluent://" + url.path + "?" + url.query + "&identity_pool=pool-1"
    with fletching.connect(place, token=token, validate=True) as connection:
        assert len(asked) == 1
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchall() == [(1,)]
        assert len(asked) == 1
        confluent.faults.add("POST */statements", status=401)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 2")  # once more, with another token
            assert cursor.fetchall() == [(2,)]
    assert len(asked) == 2
    with pytest.raises(fletching.ProgrammingError, match="neither key and secret"):
        fletching.connect(place)
