# SPDX-License-Identifier: Apache-2.0
"""Superset as it is deployed: forked workers, time limits that are signals, Celery."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from superset_client import Client
from superset_server import Home
from test_sqllab import LONG


@pytest.fixture(scope="module")
def preloaded(home: Home, address: str, duck_server: Any) -> Iterator[Client]:
    """Two workers forked from a process that had a connection open."""
    process, where = home.serve(
        *("--preload", "-w", "2", "-k", "sync"),
        log="preload.log",
        OF_TEST_BEFORE_FORK=duck_server.uri,
        OF_TEST_SQLLAB_TIMEOUT="8",
    )
    yield Client(where)
    process.stop()


def test_workers_forked_after_use_query(preloaded: Client, duck: int) -> None:
    sql = "select count(*) as n from orders"
    for _ in range(4):
        assert preloaded.rows(duck, sql) == [{"n": 124}]


def test_stop_reaches_the_other_worker(preloaded: Client, duck: int) -> None:
    answers: list[Any] = []
    client_id = f"fork{time.time_ns() % 10**7}"
    runs = threading.Thread(
        target=lambda: answers.append(
            preloaded.execute(duck, LONG, client_id=client_id)
        )
    )
    runs.start()
    preloaded.wait_for(client_id, "running")
    preloaded.post("/api/v1/query/stop", {"client_id": client_id}).ok()
    runs.join(60)
    assert preloaded.wait_for(client_id)["state"] == "stopped"


def test_the_time_limit_ends_a_waiting_query(preloaded: Client, duck: int) -> None:
    began = time.monotonic()
    answer = preloaded.execute(duck, LONG)
    assert "SQLLAB_TIMEOUT_ERROR" in answer.errors, answer.text
    assert 7 < time.monotonic() - began < 30
    assert preloaded.rows(duck, "select 1 as one") == [{"one": 1}]


@pytest.fixture(scope="module")
def worker(home: Home, address: str) -> Iterator[None]:
    """A Celery worker."""
    process = home.work()
    yield
    process.stop()


@pytest.fixture(scope="module")
def later(client: Client, duck_uri: str, worker: None) -> int:
    """A database whose queries run in the worker."""
    return client.add_database(duck_uri, allow_run_async=True)


def run_later(client: Client, database: int, sql: str) -> str:
    """Start a query; its id."""
    client_id = f"later{time.time_ns() % 10**6}"
    answer = client.execute(database, sql, client_id=client_id, runAsync=True)
    assert answer.status == 202, answer.text
    return client_id


def test_a_worker_runs_queries(client: Client, later: int) -> None:
    client_id = run_later(client, later, "select count(*) as n from orders")
    query = client.wait_for(client_id, seconds=90)
    assert query["state"] == "success", query
    path = f"/api/v1/sqllab/results/?q=(key:'{query['resultsKey']}')"
    assert client.get(path).ok()["data"] == [{"n": 124}]


def test_a_query_of_a_worker_is_stopped(client: Client, later: int) -> None:
    client_id = run_later(client, later, LONG)
    client.wait_for(client_id, "running")
    client.post("/api/v1/query/stop", {"client_id": client_id}).ok()
    assert client.wait_for(client_id)["state"] == "stopped"
    # The worker's one child is free again.
    after = run_later(client, later, "select 1 as one")
    assert client.wait_for(after, seconds=15)["state"] == "success"


def test_the_soft_time_limit_of_a_worker_holds(client: Client, later: int) -> None:
    client_id = run_later(client, later, LONG)
    query = client.wait_for(client_id)
    assert query["state"] in ("timed_out", "failed"), query
    assert "killed after" in (query["errorMessage"] or "")
    after = run_later(client, later, "select 1 as one")
    assert client.wait_for(after, seconds=15)["state"] == "success"
