# SPDX-License-Identifier: Apache-2.0
"""Python values in statements of Flink SQL."""

from __future__ import annotations

import dataclasses
import uuid
from collections import Counter, namedtuple
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import fletching
from fletching import _core

Point = namedtuple("Point", "x y")  # a class without types, too


@dataclasses.dataclass
class Order:
    number: int
    note: str


class TypedNull:
    """What faces may have for NULL."""

    def __flink_literal__(self) -> str:
        return "CAST(NULL AS INT)"


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        (True, "TRUE"),
        (-5, "(-5)"),
        (2**63, "CAST('9223372036854775808' AS DECIMAL(19, 0))"),
        (1.5, "1.5e+00"),
        (float("nan"), "CAST('NaN' AS DOUBLE)"),
        (Decimal("0.001"), "CAST('.001' AS DECIMAL(3, 3))"),
        (Decimal("1E+3"), "CAST('1000' AS DECIMAL(4, 0))"),
        ("it's", "'it''s'"),
        (b"\x00\xff", "x'00ff'"),
        (bytearray(b"\x01"), "x'01'"),
        (uuid.UUID(int=1), "'00000000-0000-0000-0000-000000000001'"),
        (date(2024, 1, 2), "DATE '2024-01-02'"),
        (time(1, 2, 3, 4000), "TIME '01:02:03.004'"),
        (datetime(2024, 1, 2, 3, 4, 5, 6), "TIMESTAMP '2024-01-02 03:04:05.000006'"),
        (
            datetime(2024, 1, 2, 3, tzinfo=timezone.utc),
            "CAST('2024-01-02 03:00:00.000000' AS TIMESTAMP_LTZ(6))",
        ),
        (
            fletching.Timestamp(2024, 1, 2, nanosecond=7),
            "TIMESTAMP '2024-01-02 00:00:00.000000007'",
        ),
        (timedelta(days=-3), "INTERVAL '-3 00:00:00.000' DAY(2) TO SECOND(3)"),
        (fletching.Interval(18, 0, 0), "INTERVAL '1-6' YEAR(2) TO MONTH"),
        ([1, None, 2**40], "ARRAY[1, CAST(NULL AS INT), 1099511627776]"),
        ([["a"], None], "ARRAY[ARRAY['a'], CAST(NULL AS ARRAY<STRING>)]"),
        ({"k": 1, "l": None}, "MAP['k', 1, 'l', CAST(NULL AS INT)]"),
        ((1, "x"), "ROW(1, 'x')"),
        (Point(1, (2.0,)), "ROW(1, ROW(2e+00))"),
        (Order(7, "n"), "ROW(7, 'n')"),
        ((TypedNull(),), "ROW(CAST(NULL AS INT))"),
    ],
)
def test_literals(value: Any, literal: str) -> None:
    assert _core.flink_literal(value) == literal


@pytest.mark.parametrize(
    ("value", "error", "why"),
    [
        (None, fletching.ProgrammingError, "typed NULL"),
        ([], fletching.DataError, "an empty list says no type"),
        ({}, fletching.DataError, "an empty dict says no type"),
        ([None], fletching.ProgrammingError, "of None alone"),
        ((1, None), fletching.ProgrammingError, "typed NULL"),
        (Decimal("NaN"), fletching.DataError, "NaN"),
        (Decimal("1E+39"), fletching.NotSupportedError, "keeps 38"),
        (Counter("ab"), fletching.ProgrammingError, "MULTISET"),
        (object(), fletching.ProgrammingError, "no literal for object"),
        (time(1, 2, 3, 4), fletching.NotSupportedError, "would lose digits"),
        (timedelta(microseconds=1), fletching.NotSupportedError, "would lose digits"),
        ("\ud800", fletching.Error, "surrogate"),
        ("a\0b", fletching.ProgrammingError, "NUL"),
    ],
)
def test_what_has_no_literal_says_why(
    value: Any, error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why):
        _core.flink_literal(value)


def test_instants_are_written_for_the_sessions_clocks() -> None:
    new_york = ZoneInfo("America/New_York")
    noon = datetime(2024, 7, 1, 12, tzinfo=new_york)
    for zone, shown in (
        ("UTC", "2024-07-01 16:00:00.000000"),
        ("America/New_York", "2024-07-01 12:00:00.000000"),
        ("+05:30", "2024-07-01 21:30:00.000000"),
    ):
        literal = _core.flink_literal(noon, session_zone=zone)
        assert literal == f"CAST('{shown}' AS TIMESTAMP_LTZ(6))"


def test_a_list_that_holds_itself_ends() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(RecursionError):
        _core.flink_literal(endless)


@pytest.mark.parametrize(
    ("sql", "parameters", "text"),
    [
        ("select %s, %s", (1, "a"), "select 1, 'a'"),
        ("select ?", [None], "select NULL"),
        ("select %(a)s, %(b)s, %(a)s", {"a": 1, "b": 2}, "select 1, 2, 1"),
        ("select :a", {"a": 1}, "select 1"),
        ("select '%s' -- %s\n, `%s`, %s", (1,), "select '%s' -- %s\n, `%s`, 1"),
        ("select /* ? */ '?', ?", (1,), "select /* ? */ '?', 1"),
        ("select a % %s where b like 'x%'", (2,), "select a % 2 where b like 'x%'"),
        ("select 5 %% %s", (2,), "select 5 % 2"),
        ("select 5 %% 2", None, "select 5 %% 2"),
        ("select 5 %% 2", (), "select 5 %% 2"),
        ("select 1 -%s", (-1,), "select 1 -(-1)"),
    ],
)
def test_placeholders_outside_of_quotes_are_filled(
    sql: str, parameters: Any, text: str
) -> None:
    assert _core.flink_interpolate(sql, parameters, bare_null=True) == text


@pytest.mark.parametrize(
    ("sql", "parameters"),
    [
        ("select %s", ()),
        ("select %s", (1, 2)),
        ("select 1", (1,)),
        ("select %(a)s", {"b": 1}),
        ("select ?", "x"),
        ("select ?", 7),
    ],
)
def test_values_that_do_not_fit_the_placeholders(sql: str, parameters: Any) -> None:
    with pytest.raises(fletching.ProgrammingError, match="binding parameters"):
        _core.flink_interpolate(sql, parameters)


def test_an_error_names_its_parameter() -> None:
    with pytest.raises(fletching.DataError, match=r"parameter 2: .*empty list"):
        _core.flink_interpolate("select ?, ?", [1, []])
    with pytest.raises(fletching.ProgrammingError, match="parameter b: "):
        _core.flink_interpolate("select %(b)s", {"b": object()})
