# SPDX-License-Identifier: Apache-2.0
"""Every type of value that Python has, bound by the server or written as a literal."""

from __future__ import annotations

import datetime
import enum
import uuid
import zoneinfo
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

import fletching
from fletching import Duration, Interval, Time, Timestamp

UTC = datetime.timezone.utc
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
ID = uuid.UUID("12345678-9abc-def0-1234-56789abcdef0")


@pytest.fixture(params=["server", "client"])
def cursor(server: Any, request: pytest.FixtureRequest) -> Iterator[fletching.Cursor]:
    """A cursor on DuckDB, which has every type; values bound there or written here."""
    with fletching.connect(server.uri, bind=request.param) as connection:
        yield connection.cursor()


def typed(value: Any) -> tuple[type, Any]:
    """A value with its type: 1 is not True, and 0.0 not -0.0."""
    if isinstance(value, list):
        return list, tuple(typed(item) for item in value)
    if isinstance(value, (float, Decimal)):
        return type(value), repr(value)
    return type(value), value


EXACT = [
    True,
    False,
    0,
    -1,
    2**63 - 1,
    -(2**63),
    2**64 - 1,
    1.5,
    -0.0,
    1e308,
    5e-324,
    0.1,
    float("inf"),
    Decimal("1.50"),
    Decimal("-12345678901234567890.123456789012345678"),
    Decimal("0.00"),
    "text",
    "",
    "ü\U0001f600'\"\\",
    b"\x00\xff'\\",
    b"",
    datetime.date(2024, 2, 29),
    datetime.date(1, 1, 1),
    datetime.date(9999, 12, 31),
    datetime.time(23, 59, 59, 999_999),
    datetime.time(0, 0),
    datetime.datetime(2024, 2, 29, 12, 30, 15, 123_456),
    datetime.datetime(1, 1, 1),
    datetime.datetime(9999, 12, 31, 23, 59, 59, 999_999),
    datetime.datetime(2024, 6, 1, 12, tzinfo=UTC),
    [1, 2, None],
    ["a", None],
    [[1], [], None],
]


@pytest.mark.parametrize("value", EXACT, ids=repr)
def test_values_come_back_as_they_went(cursor: fletching.Cursor, value: Any) -> None:
    found = cursor.execute("select ? as v", [value]).fetchone()
    assert found is not None
    assert typed(found[0]) == typed(value)


def test_a_whole_number_beyond_64_bits_is_a_decimal(cursor: fletching.Cursor) -> None:
    for value in (2**64, -(2**63) - 1, 10**37):
        found = cursor.execute("select ? as v", [value]).fetchone()
        assert found == (value,)
    with pytest.raises(fletching.DataError, match="76"):
        cursor.execute("select ? as v", [10**76])


def test_a_number_that_is_none_stays_none(cursor: fletching.Cursor) -> None:
    (value,) = cursor.execute("select ? as v", [float("nan")]).fetchall()[0]
    assert value != value


def test_a_uuid_is_one(cursor: fletching.Cursor) -> None:
    found = cursor.execute("select ?::uuid::varchar as v", [ID]).fetchall()
    assert found == [(str(ID),)]


def test_none_is_null(cursor: fletching.Cursor) -> None:
    sql = "select ? is null as a, coalesce(?, 5) as b"
    assert cursor.execute(sql, [None, None]).fetchall() == [(True, 5)]


def test_an_aware_datetime_is_its_instant(cursor: fletching.Cursor) -> None:
    # 2:30 comes twice in this night; fold says which.
    for fold in (0, 1):
        value = datetime.datetime(2024, 10, 27, 2, 30, tzinfo=BERLIN, fold=fold)
        (found,) = cursor.execute("select ? as v", [value]).fetchall()[0]
        assert found == value.astimezone(UTC)
        assert found.tzinfo is not None
    offset = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
    value = datetime.datetime(2024, 1, 1, tzinfo=offset)
    (found,) = cursor.execute("select ? as v", [value]).fetchall()[0]
    assert found == value


def test_a_timestamp_keeps_its_nanoseconds(cursor: fletching.Cursor) -> None:
    value = Timestamp(2024, 1, 2, 3, 4, 5, 678_901, nanosecond=234)
    (found,) = cursor.execute("select ? as v", [value]).fetchall()[0]
    assert (found, found.nanosecond) == (value, 234)


def test_nanoseconds_out_of_their_range_are_refused(cursor: fletching.Cursor) -> None:
    value = Timestamp(9000, 1, 1, nanosecond=1)
    with pytest.raises(fletching.DataError, match="1677 to 2262"):
        cursor.execute("select ? as v", [value])


def test_durations(cursor: fletching.Cursor) -> None:
    for value in (
        datetime.timedelta(days=3, seconds=5, microseconds=7),
        datetime.timedelta(microseconds=-1),
        datetime.timedelta(0),
    ):
        sql = "select timestamp '2024-01-10 00:00:00' + ? as v"
        (found,) = cursor.execute(sql, [value]).fetchall()[0]
        assert found == datetime.datetime(2024, 1, 10) + value


def test_intervals(cursor: fletching.Cursor) -> None:
    value = Interval(months=1, days=1, nanoseconds=1_000_000_000)
    sql = "select timestamp '2024-01-31 00:00:00' + ? as v"
    (found,) = cursor.execute(sql, [value]).fetchall()[0]
    assert found == datetime.datetime(2024, 3, 1, 0, 0, 1)


def test_dicts_are_structs(cursor: fletching.Cursor) -> None:
    (found,) = cursor.execute(
        "select ? as v", [{"a": 1, "b": {"c": "x", "d": [None, 2.5]}}]
    ).fetchall()[0]
    assert found == {"a": 1, "b": {"c": "x", "d": [None, 2.5]}}


def test_tuples_are_lists(cursor: fletching.Cursor) -> None:
    assert cursor.execute("select ? as v", [(1, 2)]).fetchall() == [([1, 2],)]


def test_bytes_like_objects(cursor: fletching.Cursor) -> None:
    for value in (
        bytearray(b"\x01\x02"),
        memoryview(b"\x01\x02"),
        fletching.Binary(b"\x01\x02"),
    ):
        assert cursor.execute("select ? as v", [value]).fetchall() == [(b"\x01\x02",)]


class Colour(str, enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Plain(enum.Enum):
    ONE = 1


class Text(str):
    """Whose str() says something else."""

    def __str__(self) -> str:
        return "lies"


def test_subclasses_are_their_values(cursor: fletching.Cursor) -> None:
    found = cursor.execute(
        "select ? as a, ? as b, ? as c", [Colour.RED, Level.HIGH, Text("truth")]
    ).fetchall()
    assert found == [("red", 3, "truth")]


def test_an_unknown_object_is_refused_and_never_its_text(
    cursor: fletching.Cursor,
) -> None:
    with pytest.raises(fletching.ProgrammingError, match=r"Plain \(bind its \.value"):
        cursor.execute("select ? as a", [Plain.ONE])
    with pytest.raises(fletching.ProgrammingError, match=r"parameter 2: .*object"):
        cursor.execute("select ? as a, ? as b", [1, object()])
    with pytest.raises(fletching.ProgrammingError, match=r"parameter x: .*complex"):
        cursor.execute("select :x as a", {"x": 1j})
    with pytest.raises(fletching.ProgrammingError, match="set"):
        cursor.execute("select ? as a", [{1, 2}])


def test_half_a_surrogate_pair_is_no_text(cursor: fletching.Cursor) -> None:
    with pytest.raises(fletching.DataError, match="surrogate"):
        cursor.execute("select ? as a", ["\ud800"])


def test_a_time_with_a_zone_has_no_type(cursor: fletching.Cursor) -> None:
    with pytest.raises(fletching.DataError, match="time with a zone"):
        cursor.execute("select ? as a", [datetime.time(1, tzinfo=UTC)])


def test_numpy_scalars_are_their_values(cursor: fletching.Cursor) -> None:
    numpy = pytest.importorskip("numpy")
    values = [
        (numpy.int8(-5), -5),
        (numpy.uint64(2**64 - 1), 2**64 - 1),
        (numpy.float64(0.1), 0.1),
        (numpy.float32(1.5), 1.5),
        (numpy.bool_(True), True),
        (numpy.str_("x"), "x"),
        (numpy.bytes_(b"x"), b"x"),
        (numpy.datetime64("2024-02-29"), datetime.date(2024, 2, 29)),
        (
            numpy.datetime64("2024-02-29T01:02:03.000004"),
            datetime.datetime(2024, 2, 29, 1, 2, 3, 4),
        ),
        (
            numpy.datetime64("2024-02-29T01:02:03.000000004"),
            Timestamp(2024, 2, 29, 1, 2, 3, nanosecond=4),
        ),
        (numpy.array([1, 2]), [1, 2]),
    ]
    for value, expected in values:
        (found,) = cursor.execute("select ? as v", [value]).fetchall()[0]
        assert found == expected, repr(value)
    for missing in (numpy.datetime64("NaT"), numpy.timedelta64("NaT")):
        assert cursor.execute("select ? as v", [missing]).fetchall() == [(None,)]
    sql = "select timestamp '2024-01-01 00:00:00' + ? as v"
    found = cursor.execute(sql, [numpy.timedelta64(90, "m")]).fetchall()
    assert found == [(datetime.datetime(2024, 1, 1, 1, 30),)]


def test_pandas_values(cursor: fletching.Cursor) -> None:
    pandas = pytest.importorskip("pandas")
    stamp = pandas.Timestamp("2024-01-02T03:04:05.678901234")
    (found,) = cursor.execute("select ? as v", [stamp]).fetchall()[0]
    assert (found, found.nanosecond) == (
        Timestamp(2024, 1, 2, 3, 4, 5, 678_901, nanosecond=234),
        234,
    )
    zoned = pandas.Timestamp("2024-01-02T03:04:05", tz="Europe/Berlin")
    (found,) = cursor.execute("select ? as v", [zoned]).fetchall()[0]
    assert found == zoned.to_pydatetime()
    for missing in (pandas.NaT, pandas.NA):
        assert cursor.execute("select ? as v", [missing]).fetchall() == [(None,)]
    row = next(pandas.DataFrame({"a": [1], "b": ["x"]}).itertuples(index=False))
    assert cursor.execute("select ? as a, ? as b", row).fetchall() == [(1, "x")]
    sql = "select timestamp '2024-01-01 00:00:00' + ? as v"
    found = cursor.execute(sql, [pandas.Timedelta("1h")]).fetchall()
    assert found == [(datetime.datetime(2024, 1, 1, 1),)]


# ---- columns of values: executemany ----


@pytest.fixture
def go(go_secure: Any) -> Any:
    return go_secure("plain", flags=["-is-update", "right"])


def stored(uri: str, kind: str, values: list[Any]) -> list[Any]:
    """What SQLite has of a column of values."""
    with fletching.connect(uri, autocommit=True) as connection:
        connection.execute("drop table if exists of_types")
        connection.execute(f"create table of_types (i integer, v {kind})")
        cursor = connection.cursor()
        cursor.executemany(
            "insert into of_types values (?, ?)", list(enumerate(values))
        )
        found = connection.execute("select v from of_types order by i").fetchall()
        return [row[0] for row in found]


def test_columns_of_one_type_with_nulls(go: Any) -> None:
    assert stored(go.uri, "bigint", [None, 1, None]) == [None, 1, None]
    assert stored(go.uri, "text", ["a", None]) == ["a", None]
    assert stored(go.uri, "bigint", [None, None]) == [None, None]


def test_columns_that_mix_numbers_exactly(go: Any) -> None:
    assert stored(go.uri, "double", [1, 2.5, None]) == [1.0, 2.5, None]
    assert stored(go.uri, "text", [1, Decimal("2.50")]) == ["1.00", "2.50"]
    with pytest.raises(
        fletching.DataError, match=rf"row 2, parameter 2: .*{2**53 + 1}"
    ):
        stored(go.uri, "double", [2.5, 2**53 + 1])
    with pytest.raises(fletching.DataError, match="among floats"):
        stored(go.uri, "double", [2**53 + 1, 2.5])


@pytest.mark.parametrize(
    "values",
    [
        [1, "x"],
        ["x", 1],
        [True, 1],
        [b"x", "x"],
        [datetime.date(2024, 1, 1), "2024-01-01"],
        [1.5, Decimal("1.5")],
        [datetime.datetime(2024, 1, 1, 12), datetime.date(2024, 1, 2)],
        [datetime.datetime(2024, 1, 1), datetime.datetime(2024, 1, 1, tzinfo=UTC)],
    ],
    ids=repr,
)
def test_columns_that_mix_types_name_the_row(go: Any, values: list[Any]) -> None:
    with pytest.raises(fletching.ProgrammingError, match="row 2, parameter 2: "):
        stored(go.uri, "text", values)


def test_times_of_one_column_share_their_unit(go: Any) -> None:
    values = [Time(1, 2, 3, nanosecond=4), datetime.time(5)]
    assert stored(go.uri, "text", values) == ["01:02:03.000000004", "05:00:00"]
    values = [Duration(nanoseconds=5), datetime.timedelta(microseconds=1)]
    assert stored(go.uri, "bigint", values) == [5, 1000]


# ---- casts to what the server says that it expects ----

CASTS: list[tuple[str, Any, Any]] = [
    ("int32", 5, 5),
    ("int32", 5.0, 5),
    ("int32", Decimal("5.00"), 5),
    ("int8", -128, -128),
    ("int64", 2**63 - 1, 2**63 - 1),
    ("double", 5, 5.0),
    ("double", Decimal("2.5"), 2.5),
    ("decimal(10,2)", 5, "5.00"),
    ("decimal(10,2)", 2.5, "2.50"),
    ("decimal(10,2)", Decimal("-1.5"), "-1.50"),
    ("date32", datetime.date(2024, 2, 29), "2024-02-29"),
    ("date32", datetime.datetime(2024, 2, 29), "2024-02-29"),
    ("timestamp_us", datetime.date(2024, 2, 29), "2024-02-29 00:00:00"),
    ("utf8", "x", "x"),
    ("utf8", ID, str(ID)),
    ("binary", b"x", b"x"),
    ("bool", True, 1),
    ("null", 5, 5),
    ("null", "x", "x"),
    ("int32", None, None),
]


@pytest.mark.parametrize(("kind", "value", "expected"), CASTS, ids=repr)
def test_values_are_cast_to_the_servers_parameter_schema(
    go_secure: Any, kind: str, value: Any, expected: Any
) -> None:
    server = go_secure("plain", flags=["-schemas", "given", "-parameter-types", kind])
    with fletching.connect(server.uri) as connection:
        (found,) = connection.execute("select ? as v", [value]).fetchall()[0]
        assert found == expected


MISFITS: list[tuple[str, Any, type[fletching.Error], str]] = [
    ("int32", 2**31, fletching.DataError, "int 2147483648 does not fit into 32 bits"),
    ("int8", -129, fletching.DataError, "8 bits"),
    ("int32", 5.5, fletching.DataError, "not whole"),
    ("int32", "5", fletching.ProgrammingError, "needs a number, not str '5'"),
    ("double", 2**53 + 1, fletching.DataError, "no float has the value"),
    ("double", Decimal("0.1"), fletching.DataError, "no float has the value"),
    ("decimal(10,2)", Decimal("1.005"), fletching.DataError, "2 digits after"),
    ("decimal(10,2)", 10**9, fletching.DataError, "does not fit into decimal"),
    (
        "date32",
        datetime.datetime(2024, 1, 1, 5),
        fletching.DataError,
        "more than a date",
    ),
    ("date32", "2024-01-01", fletching.ProgrammingError, "needs a date"),
    (
        "timestamp_us",
        datetime.datetime(2024, 1, 1, tzinfo=UTC),
        fletching.DataError,
        "has a time zone",
    ),
    (
        "timestamp_us",
        Timestamp(2024, 1, 1, nanosecond=1),
        fletching.DataError,
        "more digits of a second",
    ),
    ("utf8", 5, fletching.ProgrammingError, "needs a str, not int 5"),
    ("binary", "x", fletching.ProgrammingError, "bytes-like"),
    ("bool", 1, fletching.ProgrammingError, "needs a bool"),
]


@pytest.mark.parametrize(("kind", "value", "error", "message"), MISFITS, ids=repr)
def test_what_does_not_fit_the_servers_type_names_row_and_parameter(
    go_secure: Any, kind: str, value: Any, error: type[fletching.Error], message: str
) -> None:
    server = go_secure("plain", flags=["-schemas", "given", "-parameter-types", kind])
    with fletching.connect(server.uri, autocommit=True) as connection:
        with pytest.raises(
            error, match=f"parameter 1: .*{message}.*the server expects"
        ):
            connection.execute("select ? as v", [value])
        connection.execute("create table if not exists casts (v text)")
        cursor = connection.cursor()
        with pytest.raises(error, match="row 2, parameter 1: "):
            cursor.executemany("insert into casts values (?)", [(None,), (value,)])


def test_a_value_whose_own_code_raises_raises_that(go: Any) -> None:
    class Broken(datetime.tzinfo):
        def utcoffset(self, _when: datetime.datetime | None) -> datetime.timedelta:
            raise ZeroDivisionError("in the value")

    value = datetime.datetime(2024, 1, 1, tzinfo=Broken())
    with fletching.connect(go.uri) as connection:
        with pytest.raises(ZeroDivisionError, match="in the value"):
            connection.execute("select ? as v", [value])
        assert connection.execute("select ? as v", [1]).fetchall() == [(1,)]


def test_endless_lists_end(cursor: fletching.Cursor) -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(RecursionError):
        cursor.execute("select ? as v", [endless])


# ---- literals of other engines ----


@pytest.mark.parametrize(
    "value",
    [
        True,
        2**63 - 1,
        -(2**63),
        1.5,
        0.1,
        Decimal("1.50"),
        "it's",
        b"\x00\xff",
        datetime.date(2024, 2, 29),
        datetime.time(1, 2, 3, 4),
        datetime.datetime(2024, 2, 29, 1, 2, 3, 4),
        datetime.datetime(2024, 2, 29, tzinfo=UTC),
        Timestamp(2024, 1, 2, 3, 4, 5, 678_901, nanosecond=234),
        None,
        [1, 2],
    ],
    ids=repr,
)
@pytest.mark.parametrize("bind", ["server", "client"])
def test_datafusion_gives_back_what_it_got(
    embedded: Any, bind: str, value: Any
) -> None:
    server = embedded(engine="datafusion")
    with fletching.connect(server.uri, bind=bind) as connection:
        (found,) = connection.execute("select ? as v", [value]).fetchall()[0]
        assert found == value
        assert bind == "client" or type(found) is type(value)


@pytest.mark.parametrize(
    "value",
    [2**63 - 1, -(2**63), 1.5, 0.1, 5e-324, "it's", b"\x00\xff", None],
    ids=repr,
)
@pytest.mark.parametrize("bind", ["server", "client"])
def test_sqlite_gives_back_what_it_got(go_secure: Any, bind: str, value: Any) -> None:
    server = go_secure("plain")
    with fletching.connect(server.uri, bind=bind, profile="sqlite") as connection:
        (found,) = connection.execute("select ? as v", [value]).fetchall()[0]
        assert typed(found) == typed(value)
