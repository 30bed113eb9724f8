# SPDX-License-Identifier: Apache-2.0
"""Flink's result pages as Python rows and Arrow, for code that has fetched them."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

import fletching
from fletching import _core


def columns_of(**types: dict[str, Any]) -> str:
    """Confluent's schema of columns."""
    return json.dumps(
        {"columns": [{"name": name, "type": kind} for name, kind in types.items()]}
    )


def page_of(*rows: Any, next_page: str = "") -> bytes:
    """Confluent's page; a row is its values, or (op, values)."""
    data = [
        {"op": row[0], "row": row[1]} if isinstance(row, tuple) else {"row": row}
        for row in rows
    ]
    page = {"metadata": {"next": next_page}, "results": {"data": data}}
    return json.dumps(page).encode()


SIX = columns_of(
    id={"type": "BIGINT", "nullable": False},
    name={"type": "VARCHAR", "length": 2147483647},
    score={"type": "DOUBLE"},
    price={"type": "DECIMAL", "precision": 10, "scale": 2},
    at={"type": "TIMESTAMP_WITH_LOCAL_TIME_ZONE", "precision": 3},
    ok={"type": "BOOLEAN"},
)


def pages_of(columns: str, **options: Any) -> _core.FlinkPages:
    rows = _core.RowOptions(nanoseconds="exact")
    return _core.FlinkPages("confluent", rows, columns, **options)


def test_rows_are_exact_values_of_their_types() -> None:
    pages = pages_of(SIX)
    page = pages.decode(
        page_of(
            ["1", "é", "1.5", "1.10", "2024-01-02 03:04:05.123", "TRUE"],
            ["-9223372036854775808", None, "NaN", None, None, "FALSE"],
            next_page="https://flink.example/results?page_token=2",
        )
    )
    assert (page.kind, page.next) == (
        "rows",
        "https://flink.example/results?page_token=2",
    )
    answer = pages.next_rows(page)
    assert answer is not None
    rows, kinds = answer
    assert kinds is None
    at = datetime(2024, 1, 2, 3, 4, 5, 123000, timezone.utc)
    assert rows[0] == (1, "é", 1.5, Decimal("1.10"), at, True)
    assert str(rows[0][3]) == "1.10"
    assert rows[1][0] == -(2**63)
    assert rows[1][2] != rows[1][2]
    assert pages.next_rows(page) is None
    assert page.row_count == 2


def test_nested_values_and_every_other_type() -> None:
    integer = {"type": "INTEGER", "nullable": True}
    text = {"type": "VARCHAR", "nullable": True, "length": 2147483647}
    row_type = {
        "type": "ROW",
        "fields": [
            {"name": "x", "field_type": integer},
            {"name": "y", "field_type": text},
        ],
    }
    pages = pages_of(
        columns_of(
            b={"type": "VARBINARY", "length": 10},
            d={"type": "DATE"},
            t={"type": "TIME_WITHOUT_TIME_ZONE", "precision": 3},
            ns={"type": "TIMESTAMP_WITHOUT_TIME_ZONE", "precision": 9},
            dt={"type": "INTERVAL_DAY_TIME", "fractional_precision": 3},
            ym={"type": "INTERVAL_YEAR_MONTH"},
            a={"type": "ARRAY", "element_type": integer},
            m={"type": "MAP", "key_type": text, "value_type": integer},
            r=row_type,
            v={"type": "VARIANT"},
        )
    )
    page = pages.decode(
        page_of(
            [
                "x'7f00'",
                "2024-02-29",
                "12:34:56.789",
                "2024-01-02 03:04:05.123456789",
                "-1 02:03:04.005",
                "+1-06",
                ["1", None],
                [["k", "1"]],
                ["7", "z"],
                [1, [["a", [10, "1.50"]]]],
            ]
        )
    )
    answer = pages.next_rows(page)
    assert answer is not None
    assert answer[0][0] == (
        b"\x7f\x00",
        date(2024, 2, 29),
        time(12, 34, 56, 789000),
        fletching.Timestamp(2024, 1, 2, 3, 4, 5, 123456, nanosecond=789),
        -timedelta(days=1, hours=2, minutes=3, seconds=4, milliseconds=5),
        fletching.Interval(18, 0, 0),
        [1, None],
        {"k": 1},
        {"x": 7, "y": "z"},
        '{"a":1.50}',
    )


def test_a_bad_row_loses_nothing() -> None:
    pages = pages_of(columns_of(id={"type": "INTEGER"}))
    assert pages.next_rows(pages.decode(page_of(["0"]))) == ([(0,)], None)
    page = pages.decode(page_of(["1"], ["oops"], (2, ["3"]), ["4"]))
    assert pages.next_rows(page) == ([(1,)], b"\x00")
    for _ in range(2):
        with pytest.raises(
            fletching.DataError, match=r"row 3 .* column 1 'id'"
        ) as error:
            pages.next_rows(page)
        assert (dict(error.value.details)["row"]) == b'{"row": ["oops"]}'
    page.skip()
    assert pages.next_rows(page) == ([(3,), (4,)], b"\x02\x00")
    assert pages.next_rows(page) is None
    assert [fault[:3] for fault in page.faults] == [(1, 0, False)]


def test_bad_values_become_null_on_request() -> None:
    pages = pages_of(columns_of(id={"type": "INTEGER"}), bad_values="null")
    page = pages.decode(page_of(["1"], ["oops"]))
    assert pages.next_rows(page) == ([(1,), (None,)], None)
    assert page.faults[0][2] is True


def test_batches_are_arrow() -> None:
    pages = pages_of(SIX)
    page = pages.decode(
        page_of((0, ["1", "a", "1.5", "1.10", "2024-01-02 03:04:05.123", "TRUE"]))
    )
    answer = page.next_batch()
    assert answer is not None
    schema = pages.schema()
    assert schema is not None

    class Batch:
        """The two capsules as the Arrow PyCapsule interface has them."""

        def __arrow_c_array__(self, requested_schema: object = None) -> Any:
            return schema, answer[0]

    batch = pa.record_batch(Batch())
    assert batch.schema.field("at").type == pa.timestamp("ms", "UTC")
    assert batch.schema.field("price").type == pa.decimal128(10, 2)
    assert batch.schema.field("at").metadata[b"flink.type"] == b"TIMESTAMP_LTZ(3)"
    assert not batch.schema.field("id").nullable
    assert batch.column("price")[0].as_py() == Decimal("1.10")
    batch.validate(full=True)


def test_a_gateways_pages_bring_their_columns() -> None:
    pages = _core.FlinkPages("json", _core.RowOptions())
    assert pages.columns is None
    column = {
        "name": "n",
        "logicalType": {"type": "DECIMAL", "precision": 5, "scale": 2},
    }
    text = json.dumps(
        {
            "resultType": "EOS",
            "isQueryResult": True,
            "jobID": "82da",
            "resultKind": "SUCCESS_WITH_CONTENT",
            "results": {
                "columns": [column],
                "rowFormat": "JSON",
                "data": [{"kind": "DELETE", "fields": [100]}],
            },
        }
    ).replace("100", "1E+2")
    page = pages.decode(text)
    assert (page.kind, page.job_id, page.next) == ("end", "82da", None)
    assert pages.next_rows(page) == ([(Decimal("100.00"),)], b"\x03")
    assert pages.columns == [
        ("n", ("DECIMAL", "DECIMAL(5, 2)", True, 5, 2, None, ()), "")
    ]


def test_what_is_no_page_is_a_data_error() -> None:
    pages = pages_of(SIX)
    for text in (b"", b"<html>", b'{"results":{"data":[{"row":', b"[]"):
        with pytest.raises(fletching.DataError, match="reading a result page"):
            pages.decode(text)
    assert pages.decode(b"null").missing_results


def test_undetermined_columns_name_a_cast() -> None:
    column = {
        "name": "m",
        "logicalType": {
            "type": "MAP",
            "keyType": {"type": "INTEGER"},
            "valueType": {"type": "VARCHAR", "length": 2147483647},
        },
    }
    page = json.dumps(
        {
            "resultType": "PAYLOAD",
            "results": {"columns": [column], "rowFormat": "PLAIN_TEXT", "data": []},
        }
    )
    pages = _core.FlinkPages("json", _core.RowOptions())
    with pytest.raises(fletching.NotSupportedError) as error:
        pages.decode(page)
    assert "column 1 'm' (MAP<INT, STRING>)" in str(error.value)
    assert "CAST(`m` AS MAP<STRING, STRING>)" in str(error.value)


def test_types_are_read_from_their_text() -> None:
    assert _core.flink_type("decimal( 10,2 ) not null")[:5] == (
        "DECIMAL",
        "DECIMAL(10, 2)",
        False,
        10,
        2,
    )
    with pytest.raises(fletching.ProgrammingError, match="reading a Flink type"):
        _core.flink_type("ROW) ; drop table x --")
