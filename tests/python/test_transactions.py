# SPDX-License-Identifier: Apache-2.0
"""Transactions and savepoints: PEP 249's autocommit with the server's own abilities."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

import fletching


@pytest.fixture(scope="module")
def go(go_secure: Any) -> Any:
    return go_secure("plain", flags=["-is-update", "right"], fresh=True)


@pytest.fixture
def server(go: Any) -> Iterator[Any]:
    """The Go server with an empty table `t`, and no word of what was before."""
    with fletching.connect(go.uri, autocommit=True) as connection:
        connection.execute("drop table if exists t")
        connection.execute("create table t (n bigint)")
    go.reset()
    yield go
    assert go.state()["open"]["transactions"] == {}


@pytest.fixture
def connection(server: Any) -> Iterator[fletching.Connection]:
    """A connection as users make it: nothing said of autocommit."""
    with fletching.connect(server.uri) as connection:
        yield connection


def committed(server: Any) -> list[int]:
    """What others see of the table."""
    with fletching.connect(server.uri, autocommit=True) as connection:
        rows = connection.execute("select n from t order by n").fetchall()
    return [row[0] for row in rows]


def calls(server: Any) -> dict[str, int]:
    counted: dict[str, int] = server.state()["calls"]
    return counted


# ---- when one begins ----


def test_connecting_and_reading_begins_nothing_and_warns_of_nothing(
    server: Any,
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with fletching.connect(server.uri) as connection:
            assert connection.autocommit is False
            assert calls(server) == {}
            assert connection.execute("select 1 as n").fetchall() == [(1,)]
            assert not connection.in_transaction
    assert "DoAction/BeginTransaction" not in calls(server)
    assert "DoAction/EndTransaction" not in calls(server)


def test_the_first_change_begins_and_commit_ends(
    server: Any, connection: fletching.Connection
) -> None:
    connection.execute("insert into t values (1)")
    assert connection.in_transaction
    connection.execute("insert into t values (?)", [2])
    assert connection.execute("select count(*) as n from t").fetchall() == [(2,)]
    assert committed(server) == []
    connection.commit()
    assert not connection.in_transaction
    assert committed(server) == [1, 2]
    assert calls(server)["DoAction/BeginTransaction"] == 1


def test_rollback_undoes(server: Any, connection: fletching.Connection) -> None:
    connection.execute("insert into t values (1)")
    connection.rollback()
    assert committed(server) == []
    connection.execute("insert into t values (2)")
    connection.commit()
    assert committed(server) == [2]


def test_commit_and_rollback_without_a_transaction_do_nothing(
    server: Any, connection: fletching.Connection
) -> None:
    connection.commit()
    connection.rollback()
    assert calls(server) == {}


def test_a_query_that_changes_begins_one(
    server: Any, connection: fletching.Connection
) -> None:
    for sql in (
        "insert into t values (1) returning n",
        "with v(n) as (select 2) insert into t select n from v returning n",
    ):
        connection.execute(sql).fetchall()
        assert connection.in_transaction
        connection.rollback()
    assert committed(server) == []


def test_autocommit_commits_each_statement(server: Any) -> None:
    with fletching.connect(server.uri, autocommit=True) as connection:
        connection.execute("insert into t values (1)")
        assert not connection.in_transaction
        assert committed(server) == [1]
    assert "DoAction/BeginTransaction" not in calls(server)


def test_begin_by_hand_whatever_autocommit_says(server: Any) -> None:
    with fletching.connect(server.uri, autocommit=True) as connection:
        connection.begin()
        with pytest.raises(fletching.Error, match="open already") as caught:
            connection.begin()
        assert caught.value.sqlstate == "25001"
        connection.execute("insert into t values (1)")
        connection.rollback()
        connection.execute("insert into t values (2)")
    assert committed(server) == [2]


def test_switching_autocommit_on_commits_what_is_open(
    server: Any, connection: fletching.Connection
) -> None:
    connection.execute("insert into t values (1)")
    connection.autocommit = True
    assert committed(server) == [1]
    connection.execute("insert into t values (2)")
    assert committed(server) == [1, 2]
    connection.autocommit = False
    connection.execute("insert into t values (3)")
    connection.rollback()
    assert committed(server) == [1, 2]


# ---- servers without transactions ----


def test_no_transactions_is_autocommit_without_a_word(embedded: Any) -> None:
    server = embedded(engine="datafusion")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with fletching.connect(server.uri) as connection:
            connection.execute("create table no_transactions (n bigint)")
            assert connection.autocommit is True
            connection.commit()
            connection.rollback()
            connection.execute("drop table no_transactions")


def test_who_asks_for_transactions_is_told_that_there_are_none(embedded: Any) -> None:
    server = embedded(engine="datafusion")
    with fletching.connect(server.uri, autocommit=False) as connection:
        assert connection.execute("select 1 as n").fetchall() == [(1,)]
        with pytest.raises(fletching.NotSupportedError, match="no transactions"):
            connection.execute("create table asked_for (n bigint)")
    with fletching.connect(server.uri, autocommit=True) as connection:
        with pytest.raises(fletching.NotSupportedError, match="no transactions"):
            connection.autocommit = False
        assert connection.autocommit is True


def test_a_server_that_tells_of_transactions_and_has_none(go_fresh: Any) -> None:
    server = go_fresh(flags=["-fail", "BeginTransaction=UNIMPLEMENTED"])
    with fletching.connect(server.uri) as connection:
        connection.execute("create table t (n bigint)")
        connection.execute("insert into t values (1)")
        assert connection.autocommit is True
    assert committed(server) == [1]
    with (
        fletching.connect(server.uri, autocommit=False) as connection,
        pytest.raises(fletching.NotSupportedError),
    ):
        connection.execute("insert into t values (2)")


def test_duckdb_has_transactions(embedded: Any) -> None:
    server = embedded(engine="duckdb")
    with fletching.connect(server.uri) as connection:
        connection.execute("create table of_duckdb (n bigint)")
        connection.execute("insert into of_duckdb values (?)", [1])
        with (
            fletching.connect(server.uri) as other,
            pytest.raises(fletching.DatabaseError, match="of_duckdb"),
        ):
            other.execute("select * from of_duckdb")
        connection.rollback()
        with pytest.raises(fletching.DatabaseError, match="of_duckdb"):
            connection.execute("select * from of_duckdb")


# ---- with blocks and the end ----


def test_a_with_block_commits_or_rolls_back(server: Any) -> None:
    with fletching.connect(server.uri) as connection:
        connection.execute("insert into t values (1)")
    assert committed(server) == [1]

    def fail(connection: fletching.Connection) -> None:
        with connection:
            connection.execute("insert into t values (2)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail(connection := fletching.connect(server.uri))
    assert committed(server) == [1]
    assert connection.closed


def test_close_rolls_back(server: Any) -> None:
    connection = fletching.connect(server.uri)
    connection.execute("insert into t values (1)")
    connection.close()
    assert committed(server) == []
    assert server.state()["counters"]["rolled back"] == 1


def test_a_dropped_connection_rolls_back(server: Any) -> None:
    connection = fletching.connect(server.uri)
    connection.execute("insert into t values (1)")
    del connection
    with fletching.connect(server.uri, autocommit=True) as other:
        # SQLite has one writer: this one waits until the other is gone.
        other.execute("insert into t values (2)")
    assert committed(server) == [2]


def test_results_may_be_read_on_after_the_commit(
    server: Any, connection: fletching.Connection
) -> None:
    connection.execute("insert into t values (1)")
    reading = connection.execute("select n from t")
    connection.commit()
    assert reading.fetchall() == [(1,)]


# ---- broken connections ----


def test_a_commit_whose_answer_was_lost_says_that_it_may_have_happened(
    go_fresh: Any,
) -> None:
    server = go_fresh()
    with fletching.connect(server.uri) as connection:
        connection.execute("create table t (n bigint)")
        server.fail("EndTransaction=UNAVAILABLE,times=1")
        with pytest.raises(fletching.OperationalError, match="may have hap") as caught:
            connection.commit()
        assert caught.value.sqlstate == "08007"
        assert not connection.in_transaction
        assert calls(server)["DoAction/EndTransaction"] == 1  # never a second time


def test_a_commit_that_was_refused_is_rolled_back(
    server: Any, connection: fletching.Connection
) -> None:
    connection.execute("insert into t values (1)")
    server.fail("EndTransaction=ABORTED,times=1")
    with pytest.raises(fletching.OperationalError, match="commit"):
        connection.commit()
    assert not connection.in_transaction
    assert connection.execute("select count(*) as n from t").fetchall() == [(0,)]
    assert committed(server) == []


def test_a_rollback_that_reaches_nobody_is_no_error(
    server: Any, connection: fletching.Connection
) -> None:
    connection.execute("insert into t values (1)")
    server.fail("EndTransaction=UNAVAILABLE,times=1")
    connection.rollback()
    assert not connection.in_transaction
    connection.execute("select 1 as n").fetchall()  # brings the rollback along
    assert committed(server) == []


def test_a_transaction_that_the_server_forgot_can_be_rolled_back(
    go_fresh: Any,
) -> None:
    server = go_fresh(flags=["-sessions"])
    with fletching.connect(server.uri) as connection:
        connection.execute("create table t (n bigint)")
        connection.commit()
        connection.execute("insert into t values (1)")
        server.drop_sessions()
        with pytest.raises(fletching.DatabaseError, match="transaction"):
            connection.execute("insert into t values (2)")
        connection.rollback()
        connection.execute("insert into t values (3)")
        connection.commit()
        assert connection.execute("select n from t").fetchall() == [(3,)]


def test_a_statement_that_fails_leaves_the_transaction_open(
    server: Any, connection: fletching.Connection
) -> None:
    connection.execute("insert into t values (1)")
    with pytest.raises(fletching.DatabaseError, match="nowhere"):
        connection.execute("insert into nowhere values (1)")
    assert connection.in_transaction
    connection.commit()
    assert committed(server) == [1]


def test_a_server_that_is_gone(go_fresh: Any) -> None:
    server = go_fresh()
    connection = fletching.connect(server.uri)
    connection.execute("create table t (n bigint)")
    server.process.stop()
    with pytest.raises(fletching.OperationalError):
        connection.execute("insert into t values (1)")
    connection.rollback()
    assert not connection.in_transaction
    connection.close()


# ---- savepoints ----


def test_savepoints(server: Any, connection: fletching.Connection) -> None:
    connection.execute("insert into t values (1)")
    connection.savepoint("a")
    connection.execute("insert into t values (2)")
    connection.savepoint("b")
    connection.execute("insert into t values (?)", [3])
    connection.rollback_to("b")
    connection.execute("insert into t values (4)")
    connection.release("b")
    connection.rollback_to("a")
    connection.rollback_to("a")  # it stays
    connection.execute("insert into t values (5)")
    connection.release("a")
    connection.commit()
    assert committed(server) == [1, 5]
    assert server.state()["open"]["savepoints"] == {}


def test_a_savepoint_begins_the_transaction(
    server: Any, connection: fletching.Connection
) -> None:
    connection.savepoint("first")
    connection.execute("insert into t values (1)")
    connection.rollback_to("first")
    connection.commit()
    assert committed(server) == []


def test_savepoints_that_are_not_there_are_named(
    connection: fletching.Connection,
) -> None:
    for call in (connection.rollback_to, connection.release):
        with pytest.raises(fletching.ProgrammingError, match="savepoint x"):
            call("x")
    connection.begin()
    connection.savepoint("x")
    connection.commit()
    with pytest.raises(fletching.ProgrammingError, match="savepoint x"):
        connection.rollback_to("x")


def test_a_savepoint_outside_of_a_transaction(server: Any) -> None:
    with (
        fletching.connect(server.uri, autocommit=True) as connection,
        pytest.raises(fletching.Error, match="no transaction is open"),
    ):
        connection.savepoint("x")


def test_releasing_an_outer_savepoint_ends_the_inner_ones(
    connection: fletching.Connection,
) -> None:
    connection.begin()
    connection.savepoint("outer")
    connection.savepoint("inner")
    connection.release("outer")
    with pytest.raises(fletching.DatabaseError, match="savepoint"):
        connection.rollback_to("inner")
    connection.rollback()


def test_names_may_be_used_again(server: Any, connection: fletching.Connection) -> None:
    connection.execute("insert into t values (1)")
    connection.savepoint("same")
    connection.execute("insert into t values (2)")
    connection.savepoint("same")
    connection.execute("insert into t values (3)")
    connection.rollback_to("same")  # the newest
    connection.commit()
    assert committed(server) == [1, 2]


# ---- ingest and threads ----


def test_an_ingest_in_a_transaction_that_rolls_back_leaves_no_row(
    server: Any, connection: fletching.Connection
) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    rows = pyarrow.table({"n": pyarrow.array(range(1000), "int64")})
    with connection.cursor() as cursor:
        assert cursor.ingest("t", rows, "append") == 1000
    assert connection.in_transaction
    assert connection.execute("select count(*) as n from t").fetchall() == [(1000,)]
    connection.rollback()
    assert committed(server) == []
    with connection.cursor() as cursor:
        cursor.ingest("t", rows, "append")
    connection.commit()
    assert len(committed(server)) == 1000


def test_threads_share_one_transaction(
    server: Any, connection: fletching.Connection
) -> None:
    failures: list[BaseException] = []

    def insert(number: int) -> None:
        try:
            connection.execute("insert into t values (?)", [number])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=insert, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert calls(server)["DoAction/BeginTransaction"] == 1
    connection.rollback()
    assert committed(server) == []
