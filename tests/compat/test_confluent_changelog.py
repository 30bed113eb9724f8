# SPDX-License-Identifier: Apache-2.0
"""Changelogs of confluent_sql, compacted, against a plain model of them."""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import Any

import pytest

import confluent_sql
from confluent_sql import Op
from confluent_sql.changelog_compressor import (
    NoUpsertColumnsCompressor,
    UpsertColumnsCompressor,
    create_changelog_compressor,
)
from confluent_sql.statement import Statement

COLUMNS = [
    {"name": "k", "type": {"type": "VARCHAR", "nullable": False}},
    {"name": "n", "type": {"type": "BIGINT", "nullable": True}},
]


class Events:
    """A cursor of somebody else's: (op, row) pairs, some at a time."""

    returns_changelog = True
    arraysize = 7
    may_have_results = True

    def __init__(self, events: list[tuple[Op, Any]], as_dict: bool = False) -> None:
        self.events = list(events)
        self.as_dict = as_dict

    def fetchmany(self, size: int) -> list[tuple[Op, Any]]:
        rows, self.events = self.events[:size], self.events[size:]
        return rows


def statement(upsert: list[int] | None) -> Statement:
    traits = {
        "sql_kind": "SELECT",
        "is_bounded": False,
        "is_append_only": False,
        "upsert_columns": upsert,
        "schema": {"columns": COLUMNS},
    }
    response = {
        "name": "s",
        "spec": {},
        "metadata": {"uid": "1"},
        "status": {"phase": "RUNNING", "traits": traits},
    }
    return Statement.from_response(None, response)  # type: ignore[arg-type]


def compressor(
    events: list[Any], upsert: list[int] | None = None, **options: Any
) -> Any:
    return create_changelog_compressor(Events(events, **options), statement(upsert))  # type: ignore[arg-type]


def well_formed(seed: int, keyed: bool) -> tuple[list[Any], list[Any]]:
    """Events, and the rows that they leave."""
    chance = random.Random(seed)
    rows: list[Any] = []
    events: list[Any] = []
    for _ in range(500):
        new = (f"k{chance.randrange(40)}", chance.choice([None, *range(5)]))
        taken = next((row for row in rows if row[0] == new[0]), None) if keyed else None
        what = chance.random()
        if rows and what < 0.3:
            gone = chance.choice(rows)
            rows.remove(gone)
            events.append((Op.DELETE, gone))
        elif rows and what < 0.6 and not keyed:
            old = chance.choice(rows)
            rows.remove(old)
            rows.append(new)
            events += [(Op.UPDATE_BEFORE, old), (Op.UPDATE_AFTER, new)]
        elif taken is not None:
            rows[rows.index(taken)] = new
            events += [(Op.UPDATE_BEFORE, taken), (Op.UPDATE_AFTER, new)]
        else:
            rows.append(new)
            events.append((Op.INSERT, new))
    return events, rows


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("keyed", [True, False])
def test_a_changelog_is_the_table_that_it_describes(seed: int, keyed: bool) -> None:
    events, rows = well_formed(seed, keyed)
    upsert = [0] if keyed else None
    found = compressor(events, upsert).get_current_snapshot(13)
    assert Counter(found) == Counter(rows)
    dicts = [(op, {"k": k, "n": n}) for op, (k, n) in events]
    by_name = compressor(dicts, upsert, as_dict=True).get_current_snapshot()
    assert by_name == [{"k": k, "n": n} for k, n in found]


def test_order_and_duplicates() -> None:
    a, b = ("a", 1), ("b", 2)
    keyless = compressor(
        [(Op.INSERT, a), (Op.INSERT, b), (Op.INSERT, a), (Op.DELETE, a)]
    )
    assert isinstance(keyless, NoUpsertColumnsCompressor)
    assert keyless.get_current_snapshot() == [a, b]
    keyed = compressor(
        [
            (Op.INSERT, a),
            (Op.INSERT, b),
            (Op.UPDATE_BEFORE, a),
            (Op.UPDATE_AFTER, ("a", 5)),
        ],
        [0],
    )
    assert isinstance(keyed, UpsertColumnsCompressor)
    assert keyed.get_current_snapshot() == [("a", 5), b]
    # What belongs to other keys may come between.
    skewed = compressor([(Op.INSERT, a), (Op.UPDATE_AFTER, b), (Op.UPDATE_BEFORE, a)])
    assert skewed.get_current_snapshot() == [b]


@pytest.mark.parametrize(
    ("events", "upsert"),
    [
        ([(Op.DELETE, ("a", 1))], None),
        ([(Op.UPDATE_BEFORE, ("a", 1))], None),
        ([(Op.DELETE, ("a", 1))], [0]),
    ],
)
def test_what_is_not_there_cannot_go(
    events: list[Any], upsert: list[int] | None
) -> None:
    with pytest.raises(confluent_sql.InterfaceError, match="does not exist"):
        compressor(events, upsert).get_current_snapshot()


def test_values_that_cannot_be_hashed() -> None:
    row = ("a", [1, {"x": [2]}, Counter("aa")])
    found = compressor([(Op.INSERT, row), (Op.INSERT, row), (Op.DELETE, row)])
    (left,) = found.get_current_snapshot()
    left[1].append("changed by whom it was given to")
    assert found.get_current_snapshot() == [row]


def test_sizes_of_batches() -> None:
    for bad in (0, -1, True, 1.0, "1"):
        with pytest.raises(
            confluent_sql.InterfaceError, match="fetch_batchsize must be"
        ):
            compressor([]).get_current_snapshot(bad)


def test_snapshots_until_the_statement_ends() -> None:
    cursor = Events([(Op.INSERT, ("a", 1))])
    found = create_changelog_compressor(cursor, statement(None))  # type: ignore[arg-type]
    snapshots = found.snapshots()
    assert next(snapshots) == next(snapshots) == [("a", 1)]
    cursor.may_have_results = False
    with pytest.raises(confluent_sql.StatementStoppedError) as raised:
        next(snapshots)
    assert raised.value.statement_name == "s"
    found.close()
    assert found.get_current_snapshot() == []


def test_a_busy_stream_lets_go(monkeypatch: pytest.MonkeyPatch) -> None:
    class Busy(Events):
        def fetchmany(self, size: int) -> list[tuple[Op, Any]]:
            return [(Op.INSERT, ("a", 1))]

    monkeypatch.setattr("confluent_sql.changelog_compressor._LONGEST", 0.1)
    found = create_changelog_compressor(Busy([]), statement(None))  # type: ignore[arg-type]
    assert found.get_current_snapshot()


def test_what_has_no_changelog() -> None:
    cursor = Events([])
    cursor.returns_changelog = False
    with pytest.raises(confluent_sql.InterfaceError):
        create_changelog_compressor(cursor, statement(None))  # type: ignore[arg-type]


def test_a_large_table_costs_no_more_an_event() -> None:
    rows = [(f"k{n}", n) for n in range(100_000)]
    random.Random(1).shuffle(rows)
    events: list[Any] = [(Op.INSERT, row) for row in rows]
    for key, n in rows:
        events += [(Op.UPDATE_BEFORE, (key, n)), (Op.UPDATE_AFTER, (key, n + 1))]
    found = compressor([])
    started = time.monotonic()
    for op, row in events:
        found._apply_operation(op, row)
    # A search through the rows would take minutes.
    assert time.monotonic() - started < 30
    assert len(found.get_current_snapshot()) == 100_000
    assert found.get_current_snapshot() is not found.get_current_snapshot()
