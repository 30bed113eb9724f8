# SPDX-License-Identifier: Apache-2.0
"""Our Go server's prepared statements, and the ways in which it can make them odd."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import adbc_driver_manager
import pyarrow as pa
import pyarrow.flight as flight
import pytest

from servers import raw, reference
from servers.launch import Server

Started = Callable[..., Server]
BY_VALUE = "SELECT keyName FROM intTable WHERE value = ?"


class Prepared:
    """One prepared statement, by hand."""

    def __init__(
        self, client: flight.FlightClient, sql: str, transaction: bytes | None = None
    ) -> None:
        """Prepare it."""
        self.client = client
        self.answer = raw.sql_action(
            client, "CreatePreparedStatement", (1, sql), (2, transaction)
        )
        (handle,) = self.answer[1]
        assert isinstance(handle, bytes)
        self.handle = handle

    def query(self) -> bytes:
        """CommandPreparedStatementQuery."""
        return raw.command("CommandPreparedStatementQuery", (1, self.handle))

    def bind(self, **columns: Any) -> bytes | None:
        """Bind; the handle of the answer, None when it has none."""
        answers = raw.put(self.client, self.query(), [pa.record_batch(columns)])
        handles = [raw.fields(answer).get(1, [None])[0] for answer in answers]
        assert len(handles) <= 1
        return handles[0] if handles else None  # type: ignore[return-value]

    def rows(self) -> list[tuple[object, ...]]:
        """Execute it as a query."""
        table = raw.read(self.client, self.query())
        return [tuple(row.values()) for row in table.to_pylist()]

    def update(self, **columns: Any) -> int:
        """Execute it as an update."""
        data = raw.command("CommandPreparedStatementUpdate", (1, self.handle))
        batches = [pa.record_batch(columns)] if columns else []
        (answer,) = raw.put(self.client, data, batches)
        return raw.count_of(answer)

    def close(self) -> None:
        """Close it."""
        raw.sql_action(self.client, "ClosePreparedStatement", (1, self.handle))


def test_many_rows_are_bound(go_fresh: Started) -> None:
    server = go_fresh()
    with reference.cursor(server) as cursor:
        cursor.execute(BY_VALUE, pa.record_batch({"1": [1, 0, 7, -1]}))
        assert cursor.fetchall() == [("one",), ("zero",), ("negative one",)]
        rows = pa.record_batch({"1": [10, 11], "2": ["ten", None]})
        cursor.executemany("INSERT INTO intTable (value, keyName) VALUES (?, ?)", rows)
        assert cursor.rowcount == 2
    with flight.connect(server.uri) as client:
        sql = "SELECT keyName FROM intTable WHERE value > 9 ORDER BY value"
        assert raw.rows(client, sql) == [("ten",), (None,)]


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT :a || :b || :a AS t", {"b": ["y"], "a": ["x"]}),
        ("SELECT $a || $b || $a AS t", {"$b": ["y"], "$a": ["x"]}),
        ("SELECT $2 || $1 || $2 AS t", {"1": ["y"], "2": ["x"]}),
        ("SELECT ?2 || ?1 || ?2 AS t", {"anything": ["y"], "else": ["x"]}),
        ("SELECT ? || ? || 'x' AS t -- ?", {"a": ["x"], "b": ["y"]}),
        ("SELECT ? || '?' || \"?\" || ? AS t FROM (SELECT 'y' AS \"?\")", None),
    ],
)
def test_parameters_go_where_they_belong(
    go_secure: Started, sql: str, columns: dict[str, list[str]] | None
) -> None:
    with flight.connect(go_secure("plain").uri) as client:
        one = Prepared(client, sql)
        one.bind(**(columns or {"1": ["x"], "2": ["x"]}))
        assert one.rows() == [("xyx" if columns else "x?yx",)]
        one.close()


def test_the_number_of_parameters_is_checked(go_secure: Started) -> None:
    with flight.connect(go_secure("plain").uri) as client:
        one = Prepared(client, BY_VALUE)
        with pytest.raises(pa.ArrowInvalid, match="1 parameters, 2 are bound"):
            one.bind(a=[1], b=[2])
        with pytest.raises(pa.ArrowException, match="missing argument"):
            one.rows()
        one.close()


def test_returning_is_a_query(go_fresh: Started) -> None:
    with flight.connect(go_fresh().uri) as client:
        one = Prepared(
            client, "INSERT INTO intTable (value) VALUES (?) RETURNING value"
        )
        one.bind(value=[70, 71])
        assert one.rows() == [(70,), (71,)]
        sql = "SELECT count(*) AS n FROM intTable WHERE value >= 70"
        assert raw.rows(client, sql) == [(2,)]


def test_an_executemany_that_fails_changes_nothing(go_fresh: Started) -> None:
    with flight.connect(go_fresh().uri) as client:
        one = Prepared(client, "INSERT INTO intTable (id) VALUES (?)")
        with pytest.raises(pa.ArrowException, match="UNIQUE"):
            one.update(id=[100, 101, 1])
        assert raw.rows(client, "SELECT max(id) AS n FROM intTable") == [(4,)]
        assert one.update(id=[100, 101]) == 2


def test_a_statement_is_of_the_transaction_of_its_creation(go_fresh: Started) -> None:
    with flight.connect(go_fresh().uri) as client:
        (transaction,) = raw.sql_action(client, "BeginTransaction")[1]
        assert isinstance(transaction, bytes)
        one = Prepared(client, "DELETE FROM intTable WHERE value = ?", transaction)
        assert one.update(value=[1, 0]) == 2
        raw.sql_action(client, "EndTransaction", (1, transaction), (2, 2))
        assert raw.rows(client, "SELECT count(*) AS n FROM intTable") == [(4,)]
        with pytest.raises(pa.ArrowException, match="transaction has already been"):
            one.update(value=[1])
        one.close()


def test_the_account_of_prepared_statements(go_fresh: Started) -> None:
    server = go_fresh()
    with flight.connect(server.uri) as client:
        one = Prepared(client, "SELECT 1")
        assert list(server.state()["open"]["prepared"].values()) == ["SELECT 1"]
        one.close()
        state = server.state()
        assert state["open"]["prepared"] == {}
        assert state["counters"]["prepared opened"] == 1
        assert state["counters"]["prepared closed"] == 1
        assert state["calls"] == {
            "DoAction/CreatePreparedStatement": 1,
            "DoAction/ClosePreparedStatement": 1,
        }
        with pytest.raises(pa.ArrowInvalid, match="not found"):
            one.close()


def test_schemas_are_empty_unless_asked_for(go_secure: Started) -> None:
    with flight.connect(go_secure("plain").uri) as client:
        one = Prepared(client, BY_VALUE)
        assert set(one.answer) == {1}
        one.close()


def test_schemas_and_choosy_parameters(go_secure: Started) -> None:
    flags = ["-schemas", "given", "-parameter-types", "int32;utf8"]
    server = go_secure("plain", flags=flags)
    with reference.cursor(server) as cursor:
        schema = cursor.adbc_prepare("SELECT keyName FROM intTable WHERE value = ?")
        assert schema == pa.schema({"?": pa.int32()})
    with flight.connect(server.uri) as client:
        one = Prepared(client, "SELECT value FROM intTable WHERE value = ? AND ? = 'x'")
        (dataset,), (parameters,) = one.answer[2], one.answer[3]
        schema = pa.ipc.read_schema(pa.py_buffer(dataset))
        assert (schema.names, schema.types) == (["value"], [pa.int64()])
        schema = pa.ipc.read_schema(pa.py_buffer(parameters))
        assert schema.types == [pa.int32(), pa.string()]
        with pytest.raises(pa.ArrowInvalid, match="parameter 1 is int32, not int64"):
            one.bind(a=pa.array([1], pa.int64()), b=["x"])
        one.bind(a=pa.array([1], pa.int32()), b=["x"])
        assert one.rows() == [(1,)]
        update = Prepared(client, "DELETE FROM intTable WHERE value = ?")
        assert set(update.answer) == {1, 3}


def test_a_bind_may_return_another_handle(go_fresh: Started) -> None:
    server = go_fresh(flags=["-bound", "new"])
    with flight.connect(server.uri) as client:
        one = Prepared(client, BY_VALUE)
        new = one.bind(a=[1])
        assert new not in (None, one.handle)
        with pytest.raises(pa.ArrowInvalid, match="prepared statement not found"):
            one.rows()
        assert new is not None
        one.handle = new
        assert one.rows() == [("one",)]
        one.close()
    with reference.cursor(server) as cursor:
        for value, name in ((1, "one"), (0, "zero")):
            cursor.execute(BY_VALUE, [value])
            assert cursor.fetchall() == [(name,)]
    assert server.state()["counters"]["handles replaced"] == 3


@pytest.mark.parametrize(
    ("bound", "answers"), [("handle", 1), ("empty", 1), ("none", 0)]
)
def test_a_bind_may_be_answered_otherwise(
    go_secure: Started, bound: str, answers: int
) -> None:
    with flight.connect(go_secure("plain", flags=["-bound", bound]).uri) as client:
        one = Prepared(client, BY_VALUE)
        data = pa.record_batch({"1": [1]})
        got = raw.put(client, one.query(), [data])
        assert len(got) == answers
        assert got in ([raw.message((1, one.handle))], [b""], [])
        assert (b"" in got) is (bound == "empty")
        assert one.rows() == [("one",)]
        one.close()


@pytest.mark.parametrize(
    ("flag", "query", "insert", "returning"),
    [
        ("unset", None, None, None),
        ("right", 0, 1, 0),
        ("true", 1, 1, 1),
        ("false", 0, 0, 0),
    ],
)
def test_is_update(
    go_secure: Started,
    flag: str,
    query: int | None,
    insert: int | None,
    returning: int | None,
) -> None:
    sql = {
        "WITH a AS (SELECT 1) SELECT replace('update', 'a', 'b') FROM a": query,
        "/* insert */ VALUES (1)": query,
        "-- a comment\nINSERT INTO intTable (value) VALUES (1)": insert,
        "WITH a AS (SELECT 1) DELETE FROM intTable WHERE value IN a": insert,
        "create table made (a)": insert,
        "INSERT INTO intTable (value) VALUES (1) RETURNING id": returning,
    }
    with flight.connect(go_secure("plain", flags=["-is-update", flag]).uri) as client:
        for text, expected in sql.items():
            one = Prepared(client, text)
            assert one.answer.get(4, [None]) == [expected], text
            one.close()


def test_one_row_only(go_secure: Started) -> None:
    with flight.connect(go_secure("plain", flags=["-bind", "one"]).uri) as client:
        one = Prepared(client, BY_VALUE)
        with pytest.raises(pa.ArrowInvalid, match="one row of parameters"):
            one.bind(a=[1, 0])
        with pytest.raises(pa.ArrowInvalid, match="one row of parameters"):
            one.update(a=[1, 0])
        one.bind(a=[1])
        assert one.rows() == [("one",)]
        one.close()


def test_no_row_at_all(go_secure: Started) -> None:
    server = go_secure("plain", flags=["-bind", "none"])
    with (
        reference.cursor(server) as cursor,
        pytest.raises(adbc_driver_manager.NotSupportedError, match="bound"),
    ):
        cursor.execute(BY_VALUE, [1])


def test_an_empty_handle_is_noted_and_may_close_all(go_fresh: Started) -> None:
    server = go_fresh(flags=["-close-all"])
    with flight.connect(server.uri) as client:
        Prepared(client, "SELECT 1"), Prepared(client, "SELECT 2")
        raw.sql_action(client, "ClosePreparedStatement", (1, b""))
    state = server.state()
    assert state["counters"]["empty handles closed"] == 1
    assert state["open"]["prepared"] == {}
