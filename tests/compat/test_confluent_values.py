# SPDX-License-Identifier: Apache-2.0
"""Values of confluent_sql: results into Python, Python into literals."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import math
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

import confluent_sql
import fletching
from confluent_sql import SqlNone, UndecodableVariant, YearMonthInterval
from confluent_sql.connection import RowTypeRegistry
from confluent_sql.cursor._text import interpolated
from confluent_sql.types import (
    ColumnTypeDefinition,
    convert_statement_parameters,
    get_api_type_converter,
)

UTC = dt.timezone.utc


class Rows:
    """What converters need of a connection."""

    def __init__(self) -> None:
        self._row_type_registry = RowTypeRegistry()


def read(kind: dict[str, Any], value: Any, connection: Any = None) -> Any:
    definition = ColumnTypeDefinition.from_response({"nullable": True, **kind})
    return get_api_type_converter(connection or Rows(), definition).to_python_value(
        value
    )


def of(name: str, **parts: Any) -> dict[str, Any]:
    return {"type": name, "nullable": True, **parts}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("BOOLEAN", "TRUE", True),
        ("BOOLEAN", "false", False),
        ("BIGINT", "-9223372036854775808", -(1 << 63)),
        ("DECIMAL", "123.40", Decimal("123.40")),
        ("DOUBLE", "1.0E300", 1e300),
        ("FLOAT", "-Infinity", -math.inf),
        ("CHAR", "a ", "a "),
        ("VARBINARY", "x'7f0203'", b"\x7f\x02\x03"),
        ("DATE", "2024-02-29", dt.date(2024, 2, 29)),
        ("TIME_WITHOUT_TIME_ZONE", "12:34:56.7", dt.time(12, 34, 56, 700_000)),
        (
            "TIMESTAMP_WITHOUT_TIME_ZONE",
            "2024-01-02 03:04:05.123456789",
            dt.datetime(2024, 1, 2, 3, 4, 5, 123456),
        ),
        (
            "TIMESTAMP_WITH_LOCAL_TIME_ZONE",
            "2024-01-02 03:04:05.123",
            dt.datetime(2024, 1, 2, 3, 4, 5, 123000, UTC),
        ),
        ("INTERVAL_YEAR_MONTH", "-0-04", YearMonthInterval(0, -4)),
        ("INTERVAL_DAY_TIME", "-3 00:00:00.001", -dt.timedelta(days=3, milliseconds=1)),
        ("VARIANT", [2, [[4, "1"], [0], [3, "FALSE"]]], [1, None, False]),
        (
            "VARIANT",
            [14, "2024-01-02 03:04:05", "+02:00"],
            dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
        ),
        ("VARIANT", [-1, "x'01'", "x''"], UndecodableVariant(-1, b"\x01", b"")),
    ],
)
def test_results(kind: str, text: Any, value: Any) -> None:
    found = read(of(kind), text)
    assert found == value
    assert type(found) is type(value)
    assert read(of(kind), None) is None


def test_nested_results() -> None:
    pair = of(
        "ROW",
        fields=[
            {"name": "a", "field_type": of("INTEGER")},
            {
                "name": "m",
                "field_type": of(
                    "MAP", key_type=of("VARCHAR"), value_type=of("DECIMAL")
                ),
            },
        ],
    )
    row = read(
        of("ARRAY", element_type=pair), [["7", [["k", "1.50"], ["z", None]]], None]
    )
    assert row == [(7, {"k": Decimal("1.50"), "z": None}), None]
    assert row[0].a == 7
    counted = read(of("MULTISET", element_type=of("VARCHAR")), [["x", "2"], ["y", "1"]])
    assert counted == collections.Counter(x=2, y=1)


def test_rows_become_registered_classes() -> None:
    @dataclasses.dataclass
    class Point:
        x: int
        y: int

    class Named(NamedTuple):
        x: int
        z: int

    connection = Rows()
    connection._row_type_registry.register_row_type(Point)
    connection._row_type_registry.register_row_type(Named)

    def fields(*names: str) -> dict[str, Any]:
        return of(
            "ROW", fields=[{"name": n, "field_type": of("INTEGER")} for n in names]
        )

    assert read(fields("x", "y"), ["1", "2"], connection) == Point(1, 2)
    assert read(fields("x", "z"), ["1", "2"], connection) == Named(1, 2)
    assert read(fields("x", "x"), ["1", "2"], connection)._fields == ("x", "_1")
    with pytest.raises(TypeError):
        connection._row_type_registry.register_row_type(Point(1, 2))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("BOOLEAN", "yes"),
        ("BOOLEAN", True),
        ("INTEGER", 1),
        ("INTEGER", "1_0"),
        ("INTEGER", "oops"),
        ("DECIMAL", "NaN"),
        ("DATE", "10000-01-01"),
        ("TIMESTAMP_WITHOUT_TIME_ZONE", "2024-01-02 03:04:05+02:00"),
        ("INTERVAL_DAY_TIME", "1 00:00:00"),
        ("VARBINARY", "x'0'"),
        ("VARIANT", [99, "1"]),
        ("VARIANT", ["1"]),
        ("RAW", "x"),
        ("STRUCTURED_TYPE", []),
    ],
)
def test_what_cannot_be_read_is_an_error_of_pep_249(kind: str, value: Any) -> None:
    with pytest.raises(confluent_sql.Error) as raised:
        read(of(kind), value)
    assert isinstance(raised.value, fletching.Error)


def test_keys_that_no_dict_takes() -> None:
    kind = of(
        "MAP",
        key_type=of("ARRAY", element_type=of("INTEGER")),
        value_type=of("INTEGER"),
    )
    with pytest.raises(confluent_sql.DataError):
        read(kind, [[["1"], "2"]])


class Pair(NamedTuple):
    a: int
    b: str


LITERALS = [
    (True, "TRUE"),
    (42, "42"),
    (1 << 63, "cast('9223372036854775808' as decimal(19,0))"),
    (1.5, "1.5e0"),
    (1e22, "1e+22"),
    (Decimal("123.45"), "cast('123.45' as decimal(5,2))"),
    (Decimal("0.001"), "cast('0.001' as decimal(3,3))"),
    (Decimal("1E+3"), "cast('1000' as decimal(4,0))"),
    ("it's \\ `x`", "'it''s \\ `x`'"),
    (b"\x00\xff", "x'00ff'"),
    (dt.date(2024, 1, 2), "DATE '2024-01-02'"),
    (dt.time(1, 2, 3, 4), "TIME '01:02:03.000004'"),
    (dt.datetime(2024, 1, 2, 3), "cast('2024-01-02 03:00:00.000000' as timestamp)"),
    (
        dt.datetime(2024, 1, 2, 3, tzinfo=dt.timezone(dt.timedelta(hours=2))),
        "cast('2024-01-02 01:00:00.000000' as timestamp_ltz)",
    ),
    (YearMonthInterval(-1, -6), "INTERVAL '-1-06' YEAR TO MONTH"),
    (dt.timedelta(days=1, seconds=2), "INTERVAL '+1 00:00:02' DAY TO SECOND"),
    (-dt.timedelta(microseconds=5), "INTERVAL '-0 00:00:00.000005' DAY TO SECOND(6)"),
    (SqlNone.INTEGER, "cast (null as INTEGER)"),
    (SqlNone("DECIMAL(10, 2)"), "cast (null as DECIMAL(10, 2))"),
    (SqlNone(dt.timedelta), "cast (null as INTERVAL DAY TO SECOND)"),
    ([1, None], "ARRAY[1, cast (null as INTEGER)]"),
    ([[1], None], "ARRAY[ARRAY[1], cast (null as ARRAY<INTEGER>)]"),
    ({"k": 1}, "MAP['k', 1]"),
    (Pair(1, "x"), "(ROW(1, 'x'))"),
]


@pytest.mark.parametrize(("value", "text"), LITERALS)
def test_literals(value: Any, text: str) -> None:
    assert convert_statement_parameters([value]) == (text,)


def test_instants_keep_their_moment_in_another_zone() -> None:
    noon = dt.datetime(2024, 7, 1, 12, tzinfo=UTC)
    (text,) = convert_statement_parameters([noon], "America/New_York")
    assert text == "cast('2024-07-01 08:00:00.000000' as timestamp_ltz)"
    # Clocks are put back: 01:30 is there twice.
    twice = dt.datetime(2024, 11, 3, 5, 30, tzinfo=UTC)
    (text,) = convert_statement_parameters([twice], "America/New_York")
    assert text == f"TO_TIMESTAMP_LTZ({int(twice.timestamp() * 1000)}, 3)"
    with pytest.raises(confluent_sql.InterfaceError, match="Nowhere/Land"):
        convert_statement_parameters([noon], "Nowhere/Land")


@pytest.mark.parametrize(
    "value",
    [
        None,
        math.nan,
        Decimal("Infinity"),
        Decimal("1E-40"),
        [],
        [None],
        {},
        (1, None),
        collections.Counter("a"),
        object(),
        bytearray(b"x"),
        [1, "x"],
        dt.time(1, tzinfo=UTC),
        dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=3))),
    ],
)
def test_what_has_no_literal_is_an_error_of_pep_249(value: Any) -> None:
    with pytest.raises(confluent_sql.Error):
        convert_statement_parameters([value])


@pytest.mark.parametrize(
    "text",
    ["ROW) ; drop table x --", "INT)", "ARRAY", "MAP<INT>", "VARCHAR(x)", "ROW<a>", ""],
)
def test_sql_none_takes_types_alone(text: str) -> None:
    with pytest.raises(confluent_sql.InterfaceError):
        SqlNone(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "int",
            "TIMESTAMP(3)",
            "ARRAY<ROW<`a b` INT NOT NULL, c MAP<STRING, BYTES>>>",
        ),
        *(
            "INTERVAL DAY(3) TO SECOND(6)",
            "TIMESTAMP(3) WITH LOCAL TIME ZONE",
            "DOUBLE",
        ),
    ],
)
def test_sql_none_takes_every_type(text: str) -> None:
    assert str(SqlNone(text + " not null")) == f"cast (null as {text})"


def test_placeholders_are_those_that_flink_would_read() -> None:
    text = (
        "SELECT '%s', `%s`, 100 % 3, %s -- %s\n, /* %s */ %s FROM t WHERE a LIKE 'x%'"
    )
    assert interpolated(text, ("a", 1), None) == (
        "SELECT '%s', `%s`, 100 % 3, 'a' -- %s\n, /* %s */ 1 FROM t WHERE a LIKE 'x%'"
    )
    assert interpolated("a %% %s", (1,), None) == "a % 1"
    assert interpolated("a %% b", None, None) == "a %% b"
    assert interpolated("%(b)s %(a)s %(b)s", {"a": 1, "b": "x"}, None) == "'x' 1 'x'"
    for bad in (("%s", (1, 2)), ("%s %s", (1,)), ("%(a)s", (1,)), ("%(a)s", {"b": 1})):
        with pytest.raises(confluent_sql.ProgrammingError):
            interpolated(*bad, None)
    with pytest.raises(confluent_sql.InterfaceError, match=r"^Parameter 2: .*SqlNone"):
        interpolated("%s %s", (1, None), None)


def test_intervals_of_months() -> None:
    assert str(YearMonthInterval(0, 0)) == "+0-00"
    assert YearMonthInterval(1, 0) > YearMonthInterval(0, 11)
    assert len({YearMonthInterval(1, 1), YearMonthInterval(1, 1)}) == 1
    assert YearMonthInterval(0, -1).is_negative
    assert YearMonthInterval(1, 0) != 12
    with pytest.raises(TypeError):
        YearMonthInterval(1.0, 0)  # type: ignore[arg-type]
    for years, months in ((1, -1), (0, 12), (10_000, 0)):
        with pytest.raises(ValueError):
            YearMonthInterval(years, months)
