# SPDX-License-Identifier: Apache-2.0
"""PEP 249, paragraph by paragraph, against a server."""

import collections
import datetime as dt
import decimal
import gc
import threading
import warnings

import pytest

import fletching

# ---- module ----


def test_globals():
    assert fletching.apilevel == "2.0"
    assert fletching.threadsafety == 2
    assert fletching.paramstyle == "qmark"


def test_exception_tree():
    assert issubclass(fletching.Warning, Exception)
    assert issubclass(fletching.Error, Exception)
    assert not issubclass(fletching.Error, fletching.Warning)
    assert issubclass(fletching.InterfaceError, fletching.Error)
    assert issubclass(fletching.DatabaseError, fletching.Error)
    for name in [
        "Data",
        "Operational",
        "Integrity",
        "Internal",
        "Programming",
        "NotSupported",
    ]:
        assert issubclass(getattr(fletching, f"{name}Error"), fletching.DatabaseError)
    for name in [
        "Warning",
        "Error",
        "InterfaceError",
        "DataError",
        "NotSupportedError",
    ]:
        assert getattr(fletching.Connection, name) is getattr(fletching, name)


def test_constructors():
    assert fletching.Date(2024, 2, 29) == dt.date(2024, 2, 29)
    assert fletching.Time(1, 2, 3) == dt.time(1, 2, 3)
    assert fletching.Timestamp(2024, 2, 29, 1, 2, 3) == dt.datetime(
        2024, 2, 29, 1, 2, 3
    )
    ticks = dt.datetime(2024, 2, 29, 13, 14, 15).timestamp()
    assert fletching.DateFromTicks(ticks) == dt.date(2024, 2, 29)
    assert fletching.TimeFromTicks(ticks) == dt.time(13, 14, 15)
    assert fletching.TimestampFromTicks(ticks) == dt.datetime(2024, 2, 29, 13, 14, 15)
    assert fletching.Binary(b"\x00") == b"\x00"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("int64", "NUMBER"),
        ("decimal128(15, 2)", "NUMBER"),
        ("bool", "NUMBER"),
        ("string_view", "STRING"),
        ("dictionary<values=string, indices=int32>", "STRING"),
        ("extension<arrow.uuid: fixed_size_binary[16]>", "STRING"),
        ("extension<mine: int8>", "NUMBER"),
        ("run_end_encoded<run_ends: int32, values: timestamp[us]>", "DATETIME"),
        ("fixed_size_binary[16]", "BINARY"),
        ("timestamp[ns, tz=Europe/Berlin]", "DATETIME"),
        ("duration[s]", "DATETIME"),
        ("list<item: int8>", None),
        ("null", None),
    ],
)
def test_type_codes_equal_their_type_object_alone(code, kind):
    for name in ("STRING", "BINARY", "NUMBER", "DATETIME", "ROWID"):
        type_object = getattr(fletching, name)
        assert (code == type_object) == (name == kind)
        assert (type_object == code) == (name == kind)
        assert (code != type_object) == (name != kind)


# ---- connect ----


def test_connect_errors_say_what_to_do():
    with pytest.raises(fletching.OperationalError, match=r"127\.0\.0\.1:1") as caught:
        fletching.connect("grpc://127.0.0.1:1")
    assert caught.value.sqlstate.startswith("08")
    with pytest.raises(fletching.ProgrammingError, match="no_such_option"):
        fletching.connect("grpc://127.0.0.1:1", no_such_option=1)
    with pytest.raises(fletching.ProgrammingError):
        fletching.connect("nonsense://127.0.0.1:1")
    with pytest.raises(fletching.ProgrammingError, match=r"option user: .* not list"):
        fletching.connect("grpc://127.0.0.1:1", user=["a"])
    with pytest.raises(fletching.ProgrammingError, match="nanoseconds"):
        fletching.connect("grpc://127.0.0.1:1", nanoseconds="never")


def test_options_of_every_python_type(server, tmp_path):
    with fletching.connect(
        server.uri,
        connect_timeout=5,
        cookies=True,
        memory_budget="32m",
        query_timeout=7.5,
        token=None,
        headers={"x-mine": "a"},
        **{"fletching.prefetch": "off"},
    ) as connection:
        assert connection.execute("select 1").fetchall() == [(1,)]


# ---- statements ----


def test_execute_has_executed(connection, cursor):
    cursor.execute("create or replace table made_just_now (n integer)")
    with connection.cursor() as other:
        other.execute("select count(*) from made_just_now")
        assert other.fetchone() == (0,)
    cursor.execute("drop table made_just_now")
    with pytest.raises(fletching.ProgrammingError) as caught:
        cursor.execute("select * from made_just_now")
    assert "made_just_now" in str(caught.value)


def test_rowcount_of_updates(cursor, table):
    assert (
        cursor.execute(f"insert into {table} values (4, 'x'), (5, 'y')").rowcount == 2
    )
    assert cursor.description is None
    assert cursor.execute(f"delete from {table} where n > 3").rowcount == 2


def test_rowcount_of_queries_is_known_after_the_last_row(cursor, table):
    cursor.execute(f"select n from {table}")
    assert cursor.rowcount == -1
    cursor.fetchall()
    assert cursor.rowcount == 3


def test_description(cursor):
    cursor.execute(
        "select 1::bigint as i, 1.5::decimal(15, 2) as d, 'x' as s, now() as t,"
        " true as b, 'a'::blob as y, date '2024-01-01' as i"
    )
    names = [column[0] for column in cursor.description]
    assert names == ["i", "d", "s", "t", "b", "y", "i"]
    kinds = [column[1] for column in cursor.description]
    expected = [
        "NUMBER",
        "NUMBER",
        "STRING",
        "DATETIME",
        "NUMBER",
        "BINARY",
        "DATETIME",
    ]
    for code, kind in zip(kinds, expected, strict=True):
        assert code == getattr(fletching, kind)
    assert all(len(column) == 7 for column in cursor.description)
    assert cursor.description[1][4:6] == (15, 2)


def test_parameters_are_bound_and_none_are_fine(cursor):
    assert cursor.execute("select 1", ()).fetchall() == [(1,)]
    assert cursor.execute("select 1", {}).fetchall() == [(1,)]
    assert cursor.execute("select ?, ?", [1, "x"]).fetchall() == [(1, "x")]
    assert cursor.execute("select :a + :a", {"a": 21}).fetchall() == [(42,)]
    for parameters in (5, "x", b"x"):
        with pytest.raises(fletching.ProgrammingError) as caught:
            cursor.execute("select ?", parameters)
        assert caught.value.sqlstate == "07001"


def test_what_flight_sql_has_not(connection, cursor):
    for use in (
        lambda: cursor.callproc("p"),
        cursor.nextset,
    ):
        with pytest.raises(fletching.NotSupportedError) as caught:
            use()
        assert caught.value.sqlstate == "0A000"
    connection.commit()
    connection.rollback()
    assert cursor.setinputsizes([1]) is None
    assert cursor.setoutputsize(1) is None
    assert cursor.messages == []


def test_errors_carry_what_the_server_said(cursor):
    with pytest.raises(fletching.ProgrammingError) as caught:
        cursor.execute("selec 1")
    error = caught.value
    assert len(error.sqlstate) == 5
    assert error.vendor_code > 0
    assert error.code == "INVALID_ARGUMENT"
    assert isinstance(error.details, list)


def test_a_failed_statement_leaves_no_result(cursor):
    cursor.execute("select 1")
    with pytest.raises(fletching.Error):
        cursor.execute("selec 1")
    assert cursor.description is None
    with pytest.raises(fletching.InterfaceError, match="no result"):
        cursor.fetchone()


def test_sql_must_be_text(cursor):
    with pytest.raises(
        fletching.ProgrammingError, match="SQL text is needed, not bytes"
    ):
        cursor.execute(b"select 1")


def test_sql_of_any_length_and_alphabet(cursor):
    text = "ä🏹" * 50_000
    (row,) = cursor.execute(f"select '{text}' as x").fetchall()
    assert row == (text,)


# ---- rows ----


def test_fetching(cursor, table):
    cursor.execute(f"select n, t from {table} order by n")
    assert cursor.rownumber == 0
    assert cursor.fetchone() == (1, "one")
    assert cursor.rownumber == 1
    assert cursor.fetchmany() == [(2, "two")]
    assert cursor.fetchall() == [(3, None)]
    assert cursor.fetchone() is None
    assert cursor.fetchmany(5) == []
    assert cursor.fetchall() == []


def test_arraysize(cursor):
    assert cursor.arraysize == 1
    cursor.arraysize = 4
    cursor.execute("select * from range(10)")
    assert len(cursor.fetchmany()) == 4
    assert len(cursor.fetchmany(size=3)) == 3
    with pytest.raises(fletching.ProgrammingError, match="negative"):
        cursor.fetchmany(-1)


def test_iteration(cursor):
    cursor.execute("select * from range(5000) order by 1")
    assert iter(cursor) is cursor
    assert [n for (n,) in cursor] == list(range(5000))
    with pytest.raises(StopIteration):
        next(cursor)


def test_fetching_without_a_result(cursor, table):
    for use in (cursor.fetchone, cursor.fetchall, cursor.fetchmany, cursor.fetch_arrow):
        with pytest.raises(fletching.InterfaceError, match="no result"):
            use()
    cursor.execute(f"insert into {table} values (9, 'x')")
    with pytest.raises(fletching.InterfaceError, match="no result"):
        cursor.fetchone()


def test_no_rows_is_a_result(cursor):
    cursor.execute("select 1 as n where 1 = 0")
    assert cursor.description[0][0] == "n"
    assert cursor.fetchall() == []
    assert cursor.rowcount == 0


def test_exact_values_from_end_to_end(cursor):
    cursor.execute(
        "select 9223372036854775807::bigint, (-9223372036854775807 - 1)::bigint,"
        " 18446744073709551615::ubigint, 123456789012345678.25::decimal(38, 2),"
        " null, timestamp '2024-02-29 01:02:03.456789', date '0001-01-01',"
        " [1, null, 3], {'a': 1, 'b': 'x'}, true, 'é', 0.1::double"
    )
    (row,) = cursor.fetchall()
    assert row == (
        2**63 - 1,
        -(2**63),
        2**64 - 1,
        decimal.Decimal("123456789012345678.25"),
        None,
        dt.datetime(2024, 2, 29, 1, 2, 3, 456789),
        dt.date.min,
        [1, None, 3],
        {"a": 1, "b": "x"},
        True,
        "é",
        0.1,
    )


BEYOND = "select '2024-01-01 00:00:00.123456789'::timestamp_ns, map([1], ['x'])"


@pytest.mark.parametrize(
    ("query", "keywords"),
    [
        ("", {"nanoseconds": "truncate", "maps": "pairs"}),
        ("?fletching.nanoseconds=truncate&fletching.maps=pairs", {}),
    ],
)
def test_row_options_of_the_connection(server, query, keywords):
    with fletching.connect(server.uri) as connection:
        ((exact, as_dict),) = connection.execute(BEYOND).fetchall()
    assert str(exact) == "2024-01-01 00:00:00.123456789"
    assert as_dict == {1: "x"}
    with fletching.connect(server.uri + query, **keywords) as connection:
        ((cut, pairs),) = connection.execute(BEYOND).fetchall()
    assert type(cut) is dt.datetime
    assert cut == dt.datetime(2024, 1, 1, 0, 0, 0, 123456)
    assert pairs == [(1, "x")]


def test_a_keyword_wins_over_the_urls_row_option(server):
    url = f"{server.uri}?fletching.nanoseconds=truncate"
    with fletching.connect(url, nanoseconds="exact") as connection:
        ((exact, _),) = connection.execute(BEYOND).fetchall()
    assert type(exact) is fletching.Timestamp


def test_out_of_range_in_the_url(server):
    sql = "select 'infinity'::date"
    with (
        fletching.connect(server.uri) as connection,
        pytest.raises(fletching.DataError, match="row 1"),
    ):
        connection.execute(sql).fetchall()
    with fletching.connect(f"{server.uri}?fletching.out_of_range=text") as connection:
        ((text,),) = connection.execute(sql).fetchall()
    assert isinstance(text, str)


def test_row_options_leave_arrow_alone(server):
    pytest.importorskip("pyarrow")
    url = f"{server.uri}?fletching.nanoseconds=truncate&fletching.maps=pairs"
    with fletching.connect(url) as connection:
        table = connection.execute(BEYOND).fetch_arrow_table()
    assert str(table.schema.types[0]) == "timestamp[ns]"
    assert table.column(0).cast("int64").to_pylist()[0] % 1000 == 789


def test_row_options_are_set_before_connecting(connection):
    with pytest.raises(fletching.InterfaceError, match="before connecting"):
        connection.set_option("nanoseconds", "truncate")


def test_many_rows_over_many_batches(cursor):
    cursor.execute("select i, i::varchar as s from range(300000) t(i) order by i")
    rows = cursor.fetchall()
    assert len(rows) == 300_000
    assert rows[::50_000] == [(i, str(i)) for i in range(0, 300_000, 50_000)]
    assert cursor.rowcount == 300_000


# ---- closing ----


def test_use_after_close(server):
    connection = fletching.connect(server.uri)
    cursor = connection.cursor()
    cursor.execute("select 1")
    cursor.close()
    cursor.close()
    assert cursor.closed
    for use in (
        cursor.fetchone,
        lambda: cursor.execute("select 1"),
        cursor.fetch_arrow,
    ):
        with pytest.raises(fletching.InterfaceError, match="closed"):
            use()
    connection.close()
    connection.close()
    assert connection.closed
    for use in (connection.cursor, connection.commit, connection.ping):
        with pytest.raises(fletching.InterfaceError, match="closed"):
            use()
    cursor.cancel()
    connection.cancel()


def test_closing_the_connection_closes_its_cursors(server):
    connection = fletching.connect(server.uri)
    cursor = connection.cursor()
    cursor.execute("select * from range(1000000)")
    cursor.fetchone()
    connection.close()
    assert cursor.closed
    with pytest.raises(fletching.InterfaceError, match="closed"):
        cursor.fetchone()
    cursor.close()


def test_context_managers(server):
    with fletching.connect(server.uri) as connection:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
        assert cursor.closed
    assert connection.closed
    with pytest.raises(ZeroDivisionError), fletching.connect(server.uri) as connection:
        raise ZeroDivisionError
    assert connection.closed


def test_a_new_statement_gives_up_the_old_result(cursor):
    cursor.execute("select * from range(1000000)")
    cursor.fetchmany(10)
    cursor.execute("select 'new'")
    assert cursor.fetchall() == [("new",)]


def test_two_cursors_of_one_connection_interleave(connection):
    first, second = connection.cursor(), connection.cursor()
    first.execute("select * from range(200000) order by 1")
    second.execute("select * from range(200000, 400000) order by 1")
    for i in range(0, 200_000, 20_000):
        assert first.fetchmany(20_000)[0] == (i,)
        assert second.fetchmany(20_000)[0] == (200_000 + i,)


def test_destructors_are_silent(server, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            connection = fletching.connect(server.uri)
            cursor = connection.cursor()
            cursor.execute("select * from range(1000000)")
            cursor.fetchone()
            stream = connection.execute("select * from range(100)").fetch_arrow()
            capsule = stream.__arrow_c_stream__()
            del connection, cursor, stream, capsule
            gc.collect()
    captured = capfd.readouterr()
    assert captured.err == ""


@pytest.mark.parametrize("order", ["ccs", "csc", "scc"])
def test_any_order_of_letting_go(server, order):
    connection = fletching.connect(server.uri)
    cursor = connection.cursor()
    cursor.execute("select * from range(100000)")
    stream = connection.execute("select * from range(100000)").fetch_arrow()
    alive = {"c": [cursor, connection], "s": [stream]}
    del cursor, connection, stream
    for kind in order:
        alive[kind].pop(0).close()
        gc.collect()


# ---- beyond: metadata, cancel ----


def test_metadata(connection, table):
    names = [row[2] for row in connection.get_tables(table=table)]
    assert names == [table]
    cursor = connection.get_tables(include_schema=True)
    assert [column[0] for column in cursor.description] == [
        "catalog_name",
        "db_schema_name",
        "table_name",
        "table_type",
        "table_schema",
    ]
    assert connection.get_catalogs().fetchall()
    assert [c[0] for c in connection.get_db_schemas().description] == [
        "catalog_name",
        "db_schema_name",
    ]
    assert connection.get_table_types().fetchall()
    info = dict(connection.get_sql_info([0, 1]).fetchall())
    assert isinstance(info[0], str)
    schema = connection.get_table_schema(table)
    assert schema.names == ["n", "t"]
    assert schema.description[0][1] == fletching.NUMBER
    with pytest.raises(fletching.ProgrammingError, match="no_such_table"):
        connection.get_table_schema("no_such_table")


def test_info_and_ping(connection, server):
    assert 0 < connection.ping() < 5
    assert str(server.port) in connection.info["address"]
    assert "password" not in str(connection.info)


def test_cancel_from_another_thread(cursor):
    timer = threading.Timer(0.3, cursor.cancel)
    timer.start()
    with pytest.raises(fletching.OperationalError) as caught:
        cursor.execute(
            "select count(*) from range(10000000) a, range(10000000) b"
            " where a.range % 7 = b.range % 11"
        )
    timer.join()
    assert caught.value.code == "CANCELLED"
    assert caught.value.sqlstate == "57014"
    assert cursor.execute("select 1").fetchall() == [(1,)]


def test_cancel_without_anything_to_cancel_harms_nothing(connection, cursor):
    cursor.cancel()
    cursor.execute("select 1").fetchall()
    cursor.cancel()
    connection.cancel()
    assert cursor.execute("select 2").fetchall() == [(2,)]


def test_cancel_during_fetch(cursor):
    cursor.execute("select a.range from range(1000000) a, range(100000) b")
    cursor.fetchone()
    timer = threading.Timer(0.2, cursor.cancel)
    timer.start()
    with pytest.raises(fletching.OperationalError) as caught:
        collections.deque(cursor, maxlen=1)
    timer.join()
    assert caught.value.code == "CANCELLED"
