# SPDX-License-Identifier: Apache-2.0
"""What PEP 249 demands of any module, run on each of Fletching's.

In the order of the document; "may" and "should" are tested where Fletching promises
them.
"""

from __future__ import annotations

import datetime
import inspect
import time
from typing import Any

import pytest
from pep249_names import NAMES

ERRORS = {
    "Warning": "Exception",
    "Error": "Exception",
    "InterfaceError": "Error",
    "DatabaseError": "Error",
    "DataError": "DatabaseError",
    "OperationalError": "DatabaseError",
    "IntegrityError": "DatabaseError",
    "InternalError": "DatabaseError",
    "ProgrammingError": "DatabaseError",
    "NotSupportedError": "DatabaseError",
}

# ---- module interface ----


def test_globals(module: Any) -> None:
    assert callable(module.connect)
    assert module.apilevel == "2.0"
    assert module.threadsafety in (0, 1, 2, 3)
    assert module.paramstyle in ("qmark", "numeric", "named", "format", "pyformat")


@pytest.mark.parametrize(("name", "base"), ERRORS.items())
def test_exceptions(module: Any, connection: Any, name: str, base: str) -> None:
    error = getattr(module, name)
    above = Exception if base == "Exception" else getattr(module, base)
    assert issubclass(error, above)
    assert getattr(connection, name) is error  # optional extension
    assert name == "Warning" or not issubclass(error, module.Warning)


# ---- connection objects ----


def test_close_makes_the_connection_unusable(module: Any, connect: Any) -> None:
    connection = connect()
    cursor = connection.cursor()
    connection.close()
    for call in (
        connection.cursor,
        connection.commit,
        connection.rollback,
        lambda: cursor.execute("select 1"),
        cursor.fetchone,
    ):
        with pytest.raises(module.Error):
            call()


def test_close_rolls_back(connect: Any, connection: Any, beers: str) -> None:
    other = connect()
    other.cursor().execute(f"delete from {beers}")
    other.close()
    assert count(connection, beers) == 6


def test_commit_keeps_and_rollback_undoes(
    connect: Any, connection: Any, beers: str
) -> None:
    cursor = connection.cursor()
    cursor.execute(f"delete from {beers} where id = 1")
    connection.rollback()
    assert count(connection, beers) == 6
    cursor.execute(f"delete from {beers} where id = 1")
    connection.commit()
    other = connect()
    assert count(other, beers) == 5
    other.close()


def test_commit_and_rollback_without_a_transaction(connection: Any) -> None:
    connection.commit()
    connection.rollback()


def test_cursors_of_one_connection_see_each_others_changes(
    connection: Any, beers: str
) -> None:
    connection.cursor().execute(f"delete from {beers} where id < 4")
    assert count(connection, beers) == 3


def test_connections_are_context_managers(connect: Any, module: Any) -> None:
    with connect() as connection:
        assert connection.cursor().execute("select 1").fetchone() == (1,)
    with pytest.raises(module.Error):
        connection.cursor()


# ---- cursor attributes ----


def test_description(cursor: Any, beers: str) -> None:
    assert cursor.description is None
    cursor.execute(f"select id, name from {beers}")
    assert [len(column) for column in cursor.description] == [7, 7]
    assert [column[0] for column in cursor.description] == ["id", "name"]
    cursor.execute(f"delete from {beers} where false")
    assert cursor.description is None


def test_type_codes_compare_with_type_objects(module: Any, cursor: Any) -> None:
    cursor.execute(
        "select 1 as n, 't' as t, 'b'::blob as b, timestamp '2024-02-29 01:02:03' as d"
    )
    kinds = (module.NUMBER, module.STRING, module.BINARY, module.DATETIME)
    for column, own in zip(cursor.description, kinds, strict=True):
        assert [column[1] == kind for kind in kinds] == [kind is own for kind in kinds]
    assert module.ROWID is not None


def test_rowcount(cursor: Any, beers: str) -> None:
    assert cursor.connection.cursor().rowcount == -1
    cursor.execute(f"update {beers} set name = 'x' where id > 4")
    assert cursor.rowcount == 2
    cursor.execute(f"select * from {beers}")
    assert cursor.rowcount in (-1, 6)
    assert len(cursor.fetchall()) == 6
    cursor.executemany(f"delete from {beers} where id = ?", [(1,), (2,), (3,)])
    assert cursor.rowcount == 3


# ---- cursor methods ----


def test_callproc_is_there_or_refused(module: Any, cursor: Any) -> None:
    with pytest.raises(module.NotSupportedError):
        cursor.callproc("p")


def test_closed_cursors_refuse(module: Any, cursor: Any, beers: str) -> None:
    cursor.execute(f"select * from {beers}")
    cursor.close()
    for call in (
        lambda: cursor.execute("select 1"),
        lambda: cursor.executemany("select ?", [(1,)]),
        cursor.fetchone,
        cursor.fetchmany,
        cursor.fetchall,
    ):
        with pytest.raises(module.Error):
            call()


def test_parameters_in_the_modules_style(module: Any, cursor: Any, beers: str) -> None:
    assert module.paramstyle == "qmark"
    cursor.execute(f"select name from {beers} where id = ? and name = ?", (5, "Kölsch"))
    assert cursor.fetchall() == [("Kölsch",)]
    hostile = "'; drop table beers; --"
    cursor.execute("select ?", (hostile,))
    assert cursor.fetchone() == (hostile,)


def test_executemany_takes_any_sequence(cursor: Any, beers: str) -> None:
    sql = f"insert into {beers} values (?, ?)"
    cursor.executemany(sql, [(7, "a"), (8, "b")])
    cursor.executemany(sql, ((n, "c") for n in (9, 10)))
    cursor.execute(f"select count(*) from {beers}")
    assert cursor.fetchone() == (10,)


def test_fetching_before_a_result_is_an_error(module: Any, connection: Any) -> None:
    cursor = connection.cursor()
    for call in (cursor.fetchone, cursor.fetchmany, cursor.fetchall):
        with pytest.raises(module.Error):
            call()
    cursor.execute("create or replace table without_rows (n integer)")
    with pytest.raises(module.Error):
        cursor.fetchall()
    connection.rollback()


def test_fetchone(cursor: Any, beers: str) -> None:
    cursor.execute(f"select name from {beers} order by id")
    assert [cursor.fetchone() for _ in range(7)] == [*((n,) for n in NAMES), None]
    assert cursor.fetchone() is None


def test_fetchmany(cursor: Any, beers: str) -> None:
    cursor.execute(f"select name from {beers} order by id")
    assert cursor.arraysize == 1
    assert cursor.fetchmany() == [("Bock",)]
    assert cursor.fetchmany(2) == [("Dunkel",), ("Gose",)]
    cursor.arraysize = 10
    assert [name for (name,) in cursor.fetchmany()] == NAMES[3:]
    assert cursor.fetchmany() == []


def test_fetchall(cursor: Any, beers: str) -> None:
    cursor.execute(f"select name from {beers} order by id")
    cursor.fetchone()
    assert [name for (name,) in cursor.fetchall()] == NAMES[1:]
    assert cursor.fetchall() == []
    cursor.execute(f"select name from {beers} where false")
    assert cursor.fetchall() == []


def test_mixed_fetches_go_on_where_the_last_stopped(cursor: Any, beers: str) -> None:
    cursor.execute(f"select name from {beers} order by id")
    names = [*cursor.fetchone()]
    names += [name for (name,) in cursor.fetchmany(2)]
    names.append(next(cursor)[0])
    names += [name for (name,) in cursor.fetchall()]
    assert names == NAMES


def test_a_new_statement_replaces_the_result(cursor: Any, beers: str) -> None:
    cursor.execute(f"select name from {beers}")
    cursor.fetchone()
    cursor.execute("select 1 as other")
    assert cursor.description[0][0] == "other"
    assert cursor.fetchall() == [(1,)]


def test_nextset_is_there_or_refused(module: Any, cursor: Any) -> None:
    with pytest.raises(module.NotSupportedError):
        cursor.nextset()


def test_sizes_are_taken(cursor: Any, beers: str) -> None:
    cursor.setinputsizes([25, None])
    cursor.setoutputsize(1000)
    cursor.setoutputsize(1000, 0)
    cursor.execute(f"select name from {beers} where id = ?", (1,))
    assert cursor.fetchone() == ("Bock",)


# ---- type constructors and values ----


def test_constructors(module: Any) -> None:
    assert module.Date(2024, 2, 29) == datetime.date(2024, 2, 29)
    assert module.Time(1, 2, 3) == datetime.time(1, 2, 3)
    assert module.Timestamp(2024, 2, 29, 1, 2, 3) == datetime.datetime(
        2024, 2, 29, 1, 2, 3
    )
    ticks = time.mktime((2024, 2, 29, 13, 14, 15, 0, 0, -1))
    assert module.DateFromTicks(ticks) == datetime.date(2024, 2, 29)
    assert module.TimeFromTicks(ticks) == datetime.time(13, 14, 15)
    stamp = datetime.datetime(2024, 2, 29, 13, 14, 15)
    assert module.TimestampFromTicks(ticks) == stamp
    assert bytes(module.Binary(b"\x00\xff")) == b"\x00\xff"


def test_constructed_values_come_back(module: Any, cursor: Any) -> None:
    values = (
        module.Date(2024, 2, 29),
        module.Timestamp(2024, 2, 29, 1, 2, 3),
        module.Binary(b"\x00\xff"),
    )
    cursor.execute("select ?, ?, ?", values)
    assert cursor.fetchone() == values


def test_null_is_none(cursor: Any) -> None:
    cursor.execute("select null::varchar, null::integer, null::timestamp, ?", (None,))
    assert cursor.fetchone() == (None, None, None, None)


# ---- optional extensions ----


def test_cursors_lead_to_their_connection(cursor: Any, connection: Any) -> None:
    assert cursor.connection is connection


def test_cursors_are_iterators(cursor: Any, beers: str) -> None:
    cursor.execute(f"select name from {beers} order by id")
    assert iter(cursor) is cursor
    assert [name for (name,) in cursor] == NAMES
    with pytest.raises(StopIteration):
        next(cursor)


def test_rownumber(cursor: Any, beers: str) -> None:
    assert cursor.rownumber is None
    cursor.execute(f"select name from {beers}")
    assert cursor.rownumber == 0
    cursor.fetchmany(2)
    assert cursor.rownumber == 2


def test_messages_are_lists(cursor: Any, connection: Any) -> None:
    assert cursor.messages == []
    assert connection.messages == []


def test_autocommit(connection: Any, connect: Any, beers: str) -> None:
    assert connection.autocommit is False
    connection.autocommit = True
    connection.cursor().execute(f"delete from {beers}")
    connection.rollback()
    other = connect()
    assert count(other, beers) == 0
    other.close()


def test_errors_are_the_modules(module: Any, cursor: Any) -> None:
    with pytest.raises(module.ProgrammingError, match="no_such_table"):
        cursor.execute("select * from no_such_table")
    with pytest.raises(module.Error):
        cursor.execute("this is no SQL")
    with pytest.raises(module.Error):
        cursor.execute("select ?", ())
    assert not inspect.isabstract(module.Error)


def count(connection: Any, table: str) -> int:
    cursor = connection.cursor()
    cursor.execute(f"select count(*) from {table}")
    return int(cursor.fetchone()[0])
