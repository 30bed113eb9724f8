# SPDX-License-Identifier: Apache-2.0
"""The small parts: protobuf, SQL text, LIKE patterns."""

from __future__ import annotations

import random

import pytest

from fletching.serve import _sqltext
from fletching.serve._datafusion_insert import as_select
from fletching.serve._metadata import matcher
from fletching.serve._protobuf import DecodeError, Message, field, varint


def test_numbers_round_trip() -> None:
    for value in (0, 1, 127, 128, 300, 2**31, 2**63 - 1, -1, -(2**63)):
        assert Message(field(7, value)).signed(7) == value
    assert varint(300) == b"\xac\x02"


def test_packed_and_plain_numbers() -> None:
    packed = field(1, varint(1) + varint(500))
    assert Message(packed + field(1, 7)).numbers(1) == [1, 500, 7]


def test_random_bytes_never_do_worse_than_decode_error() -> None:
    dice = random.Random(13)
    for _ in range(20_000):
        data = dice.randbytes(dice.randrange(24))
        try:
            message = Message(data)
            for read in (message.raw, message.string, message.number):
                read(1)
            message.numbers(2)
            message.string_map(1)
        except DecodeError:
            pass


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("select ? + ?", ["1", "2"]),
        ("select $2", ["1", "2"]),
        ("select '?', \"?\", $$ ? $$, $t$ ? $t$, e'\\'?' -- ?\n /* ? /* ? */ ? */", []),
        ("select $b + $a + $b", ["b", "a"]),
        ("select 'it''s ?', ?", ["1"]),
        ("select 'open ?", []),
    ],
)
def test_placeholders(sql: str, names: list[str]) -> None:
    assert _sqltext.placeholders(sql) == names


def test_marks_are_numbered() -> None:
    sql = "select ?, '?', ? -- ?"
    assert _sqltext.number_marks(sql) == "select $1, '?', $2 -- ?"


def test_cte_is_put_in_front() -> None:
    assert _sqltext.add_cte("select 1", "x AS (y)") == "WITH x AS (y) select 1"
    recursive = "/* c */ with recursive a as (b) select 1"
    found = _sqltext.add_cte(recursive, "x AS (y)")
    assert found == "/* c */ with recursive x AS (y),  a as (b) select 1"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("insert into t values ($1, 2)", 'insert into t SELECT s."1", 2 FROM s'),
        (
            "INSERT INTO \"values\" (a) VALUES (f($1, '),(')), ($2);",
            'INSERT INTO "values" (a) SELECT f(s."1", \'),(\') FROM s'
            ' UNION ALL SELECT s."2" FROM s',
        ),
        ("insert into t select $1", None),
        ("insert into t values ($1) on conflict do nothing", None),
        ("update t set a = $1", None),
    ],
)
def test_insert_as_select(sql: str, expected: str | None) -> None:
    assert as_select(sql, "s") == expected


def test_like_patterns() -> None:
    assert matcher(None)("anything")
    assert matcher("a%")("abc")
    assert not matcher("a%")("ba")
    assert matcher("a\\%")("a%")
    assert not matcher("a\\%")("ab")
    assert matcher("a.c")("a.c")
    assert not matcher("a.c")("abc")
    assert matcher("%\n%")("x\ny")
