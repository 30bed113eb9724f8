# SPDX-License-Identifier: Apache-2.0
"""Every line of expectations.txt through the Python face.

Right rows or an exception of PEP 249, in time; executed once; and the same connection
answers the next query.
"""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

import fletching

from .conftest import FaultServer
from .expectations import Expectation, read_expectations

ALL = read_expectations()


def as_text(value: object) -> str:
    return "NULL" if value is None else str(value)


def run(connection: Any, expected: Expectation) -> tuple[list[Any], int]:
    cursor = connection.cursor()
    cursor.execute(expected.sql)
    rows = cursor.fetchall() if cursor.description is not None else []
    return rows, cursor.rowcount


def check_error(expected: Expectation, error: fletching.Error) -> None:
    assert expected.outcome == "error", str(error)
    assert error.code in expected.codes, f"{error.code}: {error}"
    assert len(error.sqlstate) == 5
    assert re.search(expected.regex, str(error)), str(error)


def check_rows(expected: Expectation, rows: list[Any], rowcount: int) -> None:
    assert expected.outcome != "error", f"{len(rows)} rows, rowcount {rowcount}"
    if expected.outcome == "count":
        assert rowcount == expected.number
        return
    assert len(rows) == expected.number
    if expected.values:
        assert [as_text(row[0]) for row in rows] == expected.values


@pytest.mark.parametrize("expected", ALL, ids=str)
def test_ends_well(server: FaultServer, expected: Expectation) -> None:
    """The scenario ends as expected, and the connection goes on."""
    with fletching.connect(server.uri, **expected.options) as connection:
        begun = time.monotonic()
        try:
            rows, rowcount = run(connection, expected)
        except fletching.Error as error:
            if expected.outcome != "either":
                check_error(expected, error)
        else:
            if expected.outcome != "either":
                check_rows(expected, rows, rowcount)
        assert time.monotonic() - begun < expected.within
        runs = server.executions(expected.sql)
        assert runs <= 1, "the statement was sent twice"
        if expected.outcome != "either":
            assert runs == expected.executed
        cursor = connection.cursor()
        cursor.execute("scenario:ok next=1")
        assert cursor.fetchall() == [(0, "row 0"), (1, "row 1"), (2, "row 2")]


def test_every_scenario_is_expected(server: FaultServer) -> None:
    """A scenario that nobody expects anything of would not be tested."""
    known = {one.scenario.split(" ")[0] for one in ALL} | {"endless"}
    there = {
        one["name"]
        for one in server.ask("scenarios")["scenarios"]
        if one["place"] != "header"
    }
    assert there == known
