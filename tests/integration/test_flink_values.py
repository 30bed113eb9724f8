# SPDX-License-Identifier: Apache-2.0
"""Values through a real SQL Gateway.

What is written as a literal comes back as it was, in both row formats, and columns that
a format does not determine are read as the error advises.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import time
import urllib.parse
from collections.abc import Callable, Iterator
from decimal import Decimal
from http.client import HTTPConnection
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import fletching
from fletching import _core

UTC = dt.timezone.utc
FORMATS = {"JSON": "json", "PLAIN_TEXT": "plain_text"}


class Gateway:
    """Statements of one session, with pages as they were sent."""

    def __init__(self, uri: str, zone: str) -> None:
        place = urllib.parse.urlsplit(uri)
        self.address = (place.hostname, place.port)
        self.zone = zone
        properties = {"execution.runtime-mode": "batch", "table.local-time-zone": zone}
        answer = json.loads(
            self.ask("POST", "/v3/sessions", {"properties": properties})
        )
        self.session = f"/v3/sessions/{answer['sessionHandle']}"

    def ask(self, method: str, path: str, body: object = None) -> bytes:
        connection = HTTPConnection(*self.address, timeout=120)  # type: ignore[arg-type]
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, path, data, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise AssertionError(text.decode()[-3000:])
        return text

    def pages(self, sql: str, row_format: str) -> Iterator[bytes]:
        body = {"statement": sql}
        answer = json.loads(self.ask("POST", f"{self.session}/statements", body))
        operation = f"{self.session}/operations/{answer['operationHandle']}"
        path = f"{operation}/result/0?rowFormat={row_format}"
        while path:
            page = self.ask("GET", path)
            around = json.loads(page)
            if around["resultType"] == "NOT_READY":
                time.sleep(0.02)
                continue
            yield page
            path = around.get("nextResultUri")
        self.ask("DELETE", f"{operation}/close")

    def rows(self, sql: str, row_format: str = "JSON", **options: Any) -> list[Any]:
        encoding: Any = FORMATS[row_format]
        decoder = _core.FlinkPages(
            encoding, _core.RowOptions(), session_zone=self.zone, **options
        )
        rows: list[Any] = []
        for text in self.pages(sql, row_format):
            page = decoder.decode(text)
            while (answer := decoder.next_rows(page)) is not None:
                rows += answer[0]
        return rows

    def row(self, sql: str, row_format: str = "JSON") -> tuple[Any, ...]:
        [row] = self.rows(sql, row_format)
        return tuple(row)


@pytest.fixture(scope="module")
def gateway(flink: Callable[..., Any]) -> Callable[[str], Gateway]:
    """Sessions by their zone."""
    sessions: dict[str, Gateway] = {}

    def session(zone: str = "UTC") -> Gateway:
        if zone not in sessions:
            sessions[zone] = Gateway(flink().uri, zone)
        return sessions[zone]

    return session


SCALARS: list[Any] = [
    True,
    False,
    0,
    -1,
    2**31 - 1,
    -(2**63),
    2**63,
    10**38 - 1,
    Decimal("0.001"),
    Decimal("-123.450"),
    Decimal("1E+3"),
    Decimal("12345678901234567890.123456789012345678"),
    1.5,
    -1e-7,
    1e300,
    5e-324,
    float("inf"),
    'it\'s "quoted" \\ %s ? -- x',
    "é你😀",
    "",
    b"\x00\xff\x10",
    b"",
    dt.date(2024, 2, 29),
    dt.date(1, 1, 1),
    dt.date(9999, 12, 31),
    dt.time(12, 34, 56),
    dt.time(12, 34, 56, 789000),
    dt.datetime(2024, 1, 2, 3, 4, 5, 6),
    dt.datetime(1, 1, 1),
    fletching.Timestamp(2024, 1, 2, 3, 4, 5, 123456, nanosecond=789),
    dt.datetime(2024, 1, 2, 3, 4, 5, 123456, UTC),
    fletching.Timestamp(2024, 1, 2, 3, 4, 5, 6, UTC, nanosecond=7),
    fletching.Interval(14, 0, 0),
    fletching.Interval(-4, 0, 0),
    dt.timedelta(days=1, hours=2, minutes=3, seconds=4, milliseconds=5),
    -dt.timedelta(days=3, milliseconds=1),
    dt.timedelta(days=123456, seconds=1),
    -dt.timedelta(days=1000, milliseconds=1),
]


@pytest.mark.parametrize("row_format", FORMATS)
def test_every_literal_comes_back(
    gateway: Callable[[str], Gateway], row_format: str
) -> None:
    literals = [_core.flink_literal(value) for value in SCALARS]
    sql = "select " + ", ".join(f"{text} c{i}" for i, text in enumerate(literals))
    row = gateway("UTC").row(sql, row_format)
    for value, literal, back in zip(SCALARS, literals, row, strict=True):
        assert back == value, literal
        if isinstance(value, Decimal) and value.as_tuple().exponent <= 0:  # type: ignore[operator]
            assert str(back) == str(value)
        if isinstance(value, float):
            assert isinstance(back, float)
    nan = gateway("UTC").row(f"select {_core.flink_literal(float('nan'))}", row_format)
    assert nan[0] != nan[0]


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "GMT+05:30"])
def test_instants_survive_the_zone_of_the_session(
    gateway: Callable[[str], Gateway], zone: str
) -> None:
    # At 05:30 UTC it is 01:30 in New York for the first time, at 06:30 for the second.
    moments = [
        dt.datetime(2024, 7, 1, 12, 0, 0, 123456, UTC),
        dt.datetime(2024, 1, 1, 12, tzinfo=ZoneInfo("Europe/Berlin")),
        dt.datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC),
    ]
    literals = [_core.flink_literal(m, session_zone=zone) for m in moments]
    sql = "select " + ", ".join(f"{text} c{i}" for i, text in enumerate(literals))
    for row_format in FORMATS:
        assert list(gateway(zone).row(sql, row_format)) == moments
    again = dt.datetime(2024, 11, 3, 6, 30, tzinfo=UTC)
    literal = _core.flink_literal(again, session_zone=zone)
    assert gateway("UTC").row(f"select {literal} = {literal}") == (True,)
    if zone == "America/New_York":
        assert literal == f"TO_TIMESTAMP_LTZ({int(again.timestamp())}000, 3)"
        with pytest.raises(fletching.DataError, match="came twice"):
            gateway(zone).row(f"select {literal}")


def test_nested_values_come_back(gateway: Callable[[str], Gateway]) -> None:
    values: list[Any] = [
        [1, None, 2**40],
        ["a", "bcd", None],
        [[1], None],
        [Decimal("1.5"), Decimal("2.25")],
        {"k": 1, "l": None},
        {"k": [1.5]},
        [b"\x00", None],
    ]
    literals = [_core.flink_literal(value) for value in values]
    sql = "select " + ", ".join(f"{text} c{i}" for i, text in enumerate(literals))
    assert list(gateway("UTC").row(sql)) == [
        [1, None, 2**40],
        ["a", "bcd", None],
        [[1], None],
        [Decimal("1.50"), Decimal("2.25")],
        {"k": 1, "l": None},
        {"k": [1.5]},
        [b"\x00", None],
    ]
    row = gateway("UTC").row(f"select {_core.flink_literal((1, 'x', (2.5, True)))}")
    assert [list(row[0].values())[:2], list(list(row[0].values())[2].values())] == [
        [1, "x"],
        [2.5, True],
    ]


def test_plain_text_determines_what_has_no_text_inside(
    gateway: Callable[[str], Gateway],
) -> None:
    sql = """select MAP[1, 10, 2, CAST(NULL AS INT)] m,
      PARSE_JSON('{"a":[1.50,"x"]}') v,
      MAP[ARRAY[1], ROW(1, TIMESTAMP '2024-01-02 03:04:05.123', x'00ff')] n,
      ARRAY[CAST(1.10 AS DECIMAL(5, 2)), NULL] d,
      ROW(INTERVAL '1-2' YEAR TO MONTH,
          INTERVAL '-1 02:03:04.005' DAY TO SECOND(3)) i"""
    row = gateway("UTC").row(sql, "PLAIN_TEXT")
    assert row[0] == {1: 10, 2: None}
    assert json.loads(row[1]) == {"a": [1.5, "x"]}
    [(key, value)] = row[2]
    assert key == [1]
    moment = dt.datetime(2024, 1, 2, 3, 4, 5, 123000)
    assert list(value.values()) == [1, moment, b"\x00\xff"]
    assert row[3] == [Decimal("1.10"), None]
    assert list(row[4].values()) == [
        fletching.Interval(14, 0, 0),
        -dt.timedelta(days=1, hours=2, minutes=3, seconds=4, milliseconds=5),
    ]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("MAP[1, 'x', 2, 'a, 3=b']", {"1": "x", "2": "a, 3=b"}),
        ("MAP[1, MAP['k', ARRAY['v']]]", {"1": {"k": ["v"]}}),
        ("ARRAY[MAP[DATE '2024-01-02', 'NULL']]", [{"2024-01-02": "NULL"}]),
    ],
)
def test_what_no_format_determines_is_refused_with_a_cast_that_works(
    gateway: Callable[[str], Gateway], expression: str, value: Any
) -> None:
    sql = f"select {expression} AS `m`"
    with pytest.raises(fletching.NotSupportedError) as refused:
        gateway("UTC").row(sql, "PLAIN_TEXT")
    message = str(refused.value)
    assert message.startswith("reading the result: column 1 'm' (")
    cast = re.search(r"select (CAST\(`m` AS .*\)), so that", message)
    assert cast is not None, message
    assert gateway("UTC").row(f"select {cast[1]} from ({sql})") == (value,)


def test_a_variant_beside_nested_text_is_read_as_json_text(
    gateway: Callable[[str], Gateway],
) -> None:
    sql = "select PARSE_JSON('[1,null]') v, ARRAY['a, b', 'NULL'] a"
    with pytest.raises(fletching.NotSupportedError, match=r"JSON_STRING\(`v`\)"):
        gateway("UTC").row(sql, "PLAIN_TEXT")
    row = gateway("UTC").row(f"select JSON_STRING(`v`), `a` from ({sql})")
    assert row == ("[1,null]", ["a, b", "NULL"])


@pytest.mark.parametrize(
    "text",
    [
        "TINYINT",
        "DECIMAL(38, 10)",
        "CHAR(3)",
        "VARCHAR(7)",
        "BYTES",
        "TIME(3)",
        "TIMESTAMP(9)",
        "TIMESTAMP_LTZ(3)",
        "INTERVAL YEAR TO MONTH",
        "INTERVAL DAY(3) TO SECOND(3)",
        "ARRAY<INT>",
        "MAP<STRING, ARRAY<DECIMAL(3, 1)>>",
        "ROW<`a` INT, `b ``c` STRING>",
    ],
)
def test_typed_nulls_have_the_type_that_was_asked_for(
    gateway: Callable[[str], Gateway], text: str
) -> None:
    kind = _core.flink_type(text)
    sql = f"select CAST(NULL AS {kind[1]}) n"
    decoder = _core.FlinkPages("json", _core.RowOptions())
    for page in gateway("UTC").pages(sql, "JSON"):
        rows = decoder.next_rows(decoder.decode(page))
        assert rows in (None, ([(None,)], None))
    columns = decoder.columns
    assert columns is not None
    # Flink shortens intervals: YEAR TO MONTH is a MONTH to it, DAY TO SECOND a SECOND.
    if kind[0].startswith("INTERVAL"):
        assert columns[0][1][0] == kind[0]
    else:
        assert columns[0][1][1] == kind[1]
