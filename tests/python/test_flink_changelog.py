# SPDX-License-Identifier: Apache-2.0
"""Changelogs compacted: of Arrow batches and of Python rows, against a plain model."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest

import fletching
from fletching import _core
from fletching.flink._rows import Rows

INSERT, BEFORE, AFTER, DELETE = range(4)
OPTIONS = _core.RowOptions()


class Model:
    """What a changelog means, as plainly as it can be said."""

    def __init__(self, keyed: bool) -> None:
        self.keyed = keyed
        self.rows: list[tuple[Any, ...]] = []

    def apply(self, kind: int, row: tuple[Any, ...]) -> None:
        if kind in (INSERT, AFTER):
            places = [
                i for i, r in enumerate(self.rows) if self.keyed and r[0] == row[0]
            ]
            if places:
                self.rows[places[0]] = row
            else:
                self.rows.append(row)
        elif not self.keyed:
            youngest = max(i for i, r in enumerate(self.rows) if r == row)
            del self.rows[youngest]
        elif kind == DELETE:
            self.rows = [r for r in self.rows if r[0] != row[0]]


def events_of(
    model: Model, source: random.Random, count: int
) -> list[tuple[int, tuple[Any, ...]]]:
    """A well-formed changelog on top of what the model holds, which applies it."""
    events: list[tuple[int, tuple[Any, ...]]] = []

    def happen(kind: int, row: tuple[Any, ...]) -> None:
        events.append((kind, row))
        model.apply(kind, row)

    for _ in range(count):
        row = (source.randrange(40), source.choice("ab"), source.choice([None, 1.5]))
        choice = source.random()
        if choice < 0.45 or not model.rows:
            happen(INSERT, row)
        elif choice < 0.8:
            old = source.choice(model.rows)
            new = (old[0], *row[1:])
            if not model.keyed and source.random() < 0.3:
                happen(AFTER, new)  # a keyless +U may come before its -U
                happen(BEFORE, old)
            else:
                happen(BEFORE, old)
                happen(AFTER, new)
        else:
            happen(DELETE, source.choice(model.rows))
    return events


def batch_of(events: list[tuple[int, tuple[Any, ...]]]) -> tuple[pa.RecordBatch, bytes]:
    schema = pa.schema([("k", pa.int32()), ("v", pa.string()), ("x", pa.float64())])
    columns = zip(*(row for _, row in events), strict=True) if events else ([], [], [])
    arrays = [pa.array(list(c), f.type) for c, f in zip(columns, schema, strict=True)]
    return pa.record_batch(arrays, schema=schema), bytes(kind for kind, _ in events)


def rows_of(changelog: _core.FlinkChangelog) -> list[tuple[Any, ...]]:
    return changelog.snapshot(OPTIONS).fetchall()


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_any_well_formed_changelog_is_the_table_that_it_describes(
    keyed: bool, seed: int
) -> None:
    source = random.Random(seed)
    model = Model(keyed)
    empty, _ = batch_of([])
    arrow = _core.FlinkChangelog(empty.schema, key=[0] if keyed else [])
    rows = _core.FlinkRowChangelog(key=[0] if keyed else [])
    told: list[tuple[Any, ...]] = []
    for round_number in range(25):
        events = events_of(model, source, 60)
        batch, kinds = batch_of(events)
        arrow.apply(batch, kinds)
        rows.apply(events)
        assert rows_of(arrow) == model.rows
        assert list(rows.snapshot()) == model.rows
        assert len(arrow) == len(rows) == len(model.rows)
        if round_number % 3 == 0:
            for kind, row in rows.delta():
                if kind in (INSERT, AFTER):
                    told.append(row)
                else:
                    told.remove(row)
            assert sorted(map(repr, told)) == sorted(map(repr, model.rows))


def test_deltas_of_arrow() -> None:
    batch, kinds = batch_of([(INSERT, (1, "a", None)), (INSERT, (2, "b", 1.5))])
    changelog = _core.FlinkChangelog(batch.schema, key=[0])
    changelog.apply(batch, kinds)
    reader, told = changelog.delta(OPTIONS)
    assert (reader.fetchall(), told) == ([(1, "a", None), (2, "b", 1.5)], b"\0\0")
    changelog.apply(*batch_of([(AFTER, (2, "c", None)), (DELETE, (1, "a", None))]))
    reader, told = changelog.delta(OPTIONS)
    assert reader.fetchall() == [(1, "a", None), (2, "b", 1.5), (2, "c", None)]
    assert told == bytes([DELETE, BEFORE, AFTER])


def test_unchanged_snapshots_are_the_same_and_old_ones_stay() -> None:
    changelog = _core.FlinkRowChangelog()
    changelog.apply([(INSERT, (i, "a")) for i in range(10_000)])
    before = changelog.snapshot()
    assert changelog.snapshot() is before
    changelog.apply([(BEFORE, (5, "a")), (AFTER, (5, "b"))])
    after = changelog.snapshot()
    assert before[5] == (5, "a")
    assert after[-1] == (5, "b")
    assert after[0] is before[0]


def test_looks_share_what_did_not_change() -> None:
    batch, kinds = batch_of([(INSERT, (i, "a", None)) for i in range(5000)])
    changelog = _core.FlinkChangelog(batch.schema, key=[0])
    changelog.apply(batch, kinds)
    looks = _core.FlinkChangelogRows(changelog, OPTIONS)
    before = looks.now()
    old = Rows(before)
    assert list(old) == [(i, "a", None) for i in range(5000)]
    assert all(a is b for a, b in zip(before, looks.now(), strict=True))
    changelog.apply(*batch_of([(AFTER, (2500, "b", None))]))
    after = looks.now()
    same = [a is b for a, b in zip(before, after, strict=True)]
    assert len(same) > 3
    assert same.count(False) == 1
    assert old[2500] == (2500, "a", None)
    assert Rows(after)[2500] == (2500, "b", None)
    changelog.apply(*batch_of([(DELETE, (i, "", None)) for i in range(4000)]))
    assert list(Rows(looks.now())) == [(i, "a", None) for i in range(4000, 5000)]


def test_rows_are_a_sequence() -> None:
    flat = [(i,) for i in range(10)]
    rows = Rows([flat[:3], [], flat[3:4], flat[4:]])
    assert len(rows) == 10
    assert [rows[i] for i in range(-10, 10)] == flat + flat
    assert (rows[2:8:3], rows[::-1]) == (flat[2:8:3], flat[::-1])
    assert list(reversed(rows)) == flat[::-1]
    assert ((3,) in rows, rows.index((4,)), rows.count((5,))) == (True, 4, 1)
    assert rows == flat == rows
    assert rows != flat[1:]
    assert Rows([]) == []
    assert repr(Rows([flat[:1]])) == "[(0,)]"
    for place in (10, -11):
        with pytest.raises(IndexError):
            rows[place]


def test_rows_that_can_be_changed_are_copied() -> None:
    changelog = _core.FlinkRowChangelog(key=["k"])
    mine = {"k": 1, "tags": ["a"]}
    changelog.apply([(INSERT, mine)])
    mine["tags"].append("mine")  # type: ignore[attr-defined]
    theirs = changelog.snapshot()
    theirs[0]["tags"].append("theirs")
    assert changelog.snapshot() == ({"k": 1, "tags": ["a"]},)
    changelog.apply([(DELETE, {"k": 1, "tags": []})])
    assert changelog.snapshot() == ()


def test_rows_of_any_objects() -> None:
    kinds = ("+I", "-U", "+U", "-D")
    changelog = _core.FlinkRowChangelog(kinds=kinds)
    rows = [([1, 2], {"a": 1}), ([1], {"a": {2}}), (float("nan"), b"x")]
    changelog.apply([("+I", row) for row in rows])
    changelog.apply([("-D", ([1, 2], {"a": 1})), ("-U", ([1], {"a": {2}}))])
    assert len(changelog) == 1
    changelog.apply([("-D", rows[2])])
    assert len(changelog) == 0
    with pytest.raises(fletching.ProgrammingError, match="is no kind"):
        changelog.apply([("?", (1,))])


def test_what_is_not_there_is_an_error_and_nothing_else_is_lost() -> None:
    changelog = _core.FlinkRowChangelog()
    events = [(INSERT, (1,)), (BEFORE, (2,)), (INSERT, (3,))]
    with pytest.raises(fletching.DataError, match=r"-U of a row .* \(2,\)") as error:
        changelog.apply(events)
    event = int(dict(error.value.details)["event"])
    assert event == 1
    changelog.apply(events, event + 1)
    assert changelog.snapshot() == ((1,), (3,))
    lenient = _core.FlinkRowChangelog(missing="ignore")
    assert lenient.apply(events) == 3
    assert len(lenient) == 2


def test_bounds() -> None:
    changelog = _core.FlinkRowChangelog(key=[0], max_rows=1)
    changelog.apply([(INSERT, (1, "a")), (AFTER, (1, "b"))])
    with pytest.raises(fletching.Error, match="raise max_rows"):
        changelog.apply([(INSERT, (2, "a"))])
    assert changelog.snapshot() == ((1, "b"),)
    batch, kinds = batch_of([(INSERT, (i, "a", None)) for i in range(100)])
    arrow = _core.FlinkChangelog(batch.schema, max_bytes=2000)
    with pytest.raises(fletching.Error, match="raise max_bytes"):
        arrow.apply(batch, kinds)
    assert 0 < arrow.bytes <= 2000


def test_a_rows_own_code_cannot_come_back() -> None:
    changelog = _core.FlinkRowChangelog()

    class Meddler:
        def __hash__(self) -> int:
            return 1

        def __eq__(self, other: object) -> bool:
            changelog.snapshot()
            return True

    changelog.apply([(INSERT, (Meddler(),))])
    with pytest.raises(fletching.Error, match="in use"):
        changelog.apply([(DELETE, (Meddler(),))])
    assert len(changelog) == 1
