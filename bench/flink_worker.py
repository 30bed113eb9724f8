# SPDX-License-Identifier: Apache-2.0
"""One case of flink.py: prints {"seconds": for one row, event or call}.

Seconds of CPU where nothing waits, and so a busy machine harms nobody. What reads from
a server of pages (pages.cc) is timed by the clock: waiting is what it is about.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from typing import Any

PAGES, ROWS = 50, 1000


def columns() -> list[dict[str, Any]]:
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("id", {"type": "BIGINT", "nullable": False}),
        ("name", {"type": "VARCHAR", "nullable": True, "length": 2147483647}),
        ("score", {"type": "DOUBLE", "nullable": True}),
        ("price", {"type": "DECIMAL", "nullable": True, "precision": 10, "scale": 2}),
        (
            "at",
            {
                "type": "TIMESTAMP_WITH_LOCAL_TIME_ZONE",
                "nullable": True,
                "precision": 3,
            },
        ),
        ("ok", {"type": "BOOLEAN", "nullable": True}),
    ]
    return [{"name": name, "type": kind} for name, kind in kinds]


def pages(at_url: str = "https://flink.example") -> list[bytes]:
    """As the service writes them: every value a string, all of them different."""
    source = random.Random(7)
    made = []
    for number in range(PAGES):
        rows = []
        for i in range(ROWS):
            at = number * ROWS + i
            row = [
                str(1_000_000 + at),
                f"customer-{source.randrange(10**6):06d}",
                repr(source.random() * 1000),
                f"{source.randrange(10**7) / 100:.2f}",
                f"2024-01-{1 + at % 28:02d} {at % 24:02d}:{at % 60:02d}:{at % 59:02d}"
                f".{at % 1000:03d}",
                "TRUE" if at % 3 else "FALSE",
            ]
            rows.append({"op": 0, "row": row})
        link = f"{at_url}/results?page_token={number + 1}"
        page = {
            "metadata": {"next": link if number < PAGES - 1 else ""},
            "results": {"data": rows},
        }
        made.append(json.dumps(page, separators=(",", ":")).encode())
    return made


def best_of(run: Callable[[], object], times: int = 5) -> float:
    best = float("inf")
    for _ in range(times):
        started = time.process_time()
        run()
        best = min(best, time.process_time() - started)
    return best


def row_of(key: int, version: int) -> tuple[Any, ...]:
    return (key, f"name-{key}", version)


def random_pass(live: int) -> tuple[list[Any], list[Any]]:
    """What fills a table, and one update of every row, in random order."""
    order = list(range(live))
    random.Random(3).shuffle(order)
    filled = [(0, row_of(k, 0)) for k in range(live)]
    updates = []
    for k in order:
        updates += [(1, row_of(k, 0)), (2, row_of(k, 1))]
    return filled, updates


def rows() -> float:
    from fletching import _core

    texts = pages()
    schema = json.dumps({"columns": columns()})

    def run() -> None:
        decoder = _core.FlinkPages(
            "confluent", _core.RowOptions(nanoseconds="truncate"), schema
        )
        all_rows: list[Any] = []
        for text in texts:
            page = decoder.decode(text)
            while (answer := decoder.next_rows(page)) is not None:
                all_rows += answer[0]
        assert len(all_rows) == PAGES * ROWS

    return best_of(run) / (PAGES * ROWS)


def arrow() -> float:
    from fletching import _core

    texts = pages()
    schema = json.dumps({"columns": columns()})

    def run() -> None:
        decoder = _core.FlinkPages("confluent", _core.RowOptions(), schema)
        batches = []
        for text in texts:
            page = decoder.decode(text)
            while (answer := page.next_batch()) is not None:
                batches.append(answer[0])
        assert len(batches) == PAGES

    return best_of(run) / (PAGES * ROWS)


def keyless(live: int = 100_000) -> float:
    from fletching import _core

    filled, updates = random_pass(live)

    def once() -> float:
        changelog = _core.FlinkRowChangelog()
        changelog.apply(filled)
        started = time.process_time()
        changelog.apply(updates)
        took = time.process_time() - started
        assert len(changelog) == live
        return took

    return min(once() for _ in range(3)) / live


def arrow_changelog(live: int) -> tuple[Any, Any, bytes]:
    import pyarrow as pa

    from fletching import _core

    filled, updates = random_pass(live)
    names = ["k", "name", "version"]

    def batch(events: list[Any]) -> Any:
        return pa.record_batch(
            [pa.array(list(c)) for c in zip(*(row for _, row in events), strict=True)],
            names=names,
        )

    changelog = _core.FlinkChangelog(batch(filled[:1]).schema)
    changelog.apply(batch(filled))
    return changelog, batch(updates), bytes(kind for kind, _ in updates)


def keyless_arrow(live: int = 100_000) -> float:
    def once() -> float:
        changelog, batch, kinds = arrow_changelog(live)
        started = time.process_time()
        changelog.apply(batch, kinds)
        took = time.process_time() - started
        assert len(changelog) == live
        return took

    return min(once() for _ in range(3)) / live


def snapshot(make: Callable[[Any], Any] = tuple) -> float:
    """A tuple is given as it is; a list is a copy of 100,000 references."""
    from fletching import _core

    filled, updates = random_pass(100_000)
    changelog = _core.FlinkRowChangelog()
    changelog.apply(filled)
    changelog.apply(updates)
    changelog.snapshot()
    return best_of(lambda: make(changelog.snapshot()), 9)


def snapshot_list() -> float:
    return snapshot(list)


def snapshot_arrow() -> float:
    import pyarrow as pa

    from fletching import _core

    options = _core.RowOptions()
    changelog, batch, kinds = arrow_changelog(100_000)
    changelog.apply(batch, kinds)

    def run() -> None:
        stream = changelog.snapshot(options).take_stream()
        capsule = stream.take()

        class Stream:
            def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
                return capsule

        assert pa.table(Stream()).num_rows == 100_000

    run()
    return best_of(run, 9)


def look() -> float:
    """The rows of a live table after one of them has changed."""
    import pyarrow as pa

    from fletching import _core

    live = 100_000
    filled, _ = random_pass(live)
    names = ["k", "name", "version"]
    columns = [list(one) for one in zip(*(row for _, row in filled), strict=True)]
    batch = pa.record_batch(columns, names=names)
    changelog = _core.FlinkChangelog(batch.schema, key=[0])
    changelog.apply(batch)
    rows = _core.FlinkChangelogRows(changelog, _core.RowOptions())
    rows.now()

    def run() -> None:
        changelog.apply(batch.slice(live // 2, 1), b"\x02")
        assert sum(map(len, rows.now())) == live

    return best_of(run, 9)


def peer_statement(append_only: bool) -> Any:
    """confluent-sql's own connection and statement, whose pages come from memory."""
    import confluent_sql
    from confluent_sql.statement import Statement

    connection = confluent_sql.connect(
        global_api_key="key",
        global_api_secret="secret",
        environment_id="env-1",
        organization_id="o-1",
        endpoint="https://flink.example",
        result_page_fetch_pause_millis=0,
    )
    traits = {
        "sql_kind": "SELECT",
        "is_bounded": append_only,
        "is_append_only": append_only,
        "upsert_columns": None,
        "schema": {"columns": columns()},
    }
    answer = {
        "name": "s",
        "organization_id": "o-1",
        "environment_id": "env-1",
        "metadata": {"uid": "1", "labels": {}},
        "spec": {"statement": "select", "properties": {}, "stopped": False},
        "status": {"phase": "RUNNING", "detail": "", "traits": traits},
    }
    return connection, Statement.from_response(connection, answer)


def peer_rows() -> float:
    from confluent_sql.execution_mode import ExecutionMode
    from confluent_sql.result_readers import AppendOnlyResultReader

    texts = pages()
    connection, statement = peer_statement(True)

    class Reply:
        def __init__(self, text: bytes) -> None:
            self.text = text

        def json(self) -> Any:
            return json.loads(self.text)

    def run() -> None:
        waiting = iter(texts)
        connection._request_get = lambda _: Reply(next(waiting))
        reader = AppendOnlyResultReader(connection, statement, ExecutionMode.SNAPSHOT)
        assert len(reader.fetchall()) == PAGES * ROWS

    return best_of(run) / (PAGES * ROWS)


def peer_compressor(live: int) -> tuple[Any, list[Any]]:
    from confluent_sql.changelog_compressor import NoUpsertColumnsCompressor
    from confluent_sql.statement import Op

    _, statement = peer_statement(False)

    class Cursor:
        returns_changelog = True
        arraysize = 1000

    compressor = NoUpsertColumnsCompressor(Cursor(), statement)
    filled, updates = random_pass(live)
    kinds = [Op.INSERT, Op.UPDATE_BEFORE, Op.UPDATE_AFTER]
    for kind, row in filled:
        compressor._apply_operation(kinds[kind], row)
    return compressor, [(kinds[kind], row) for kind, row in updates]


def peer_keyless() -> float:
    """A part of the pass, since all of it takes minutes."""
    compressor, updates = peer_compressor(100_000)
    pairs = 1000
    started = time.process_time()
    for kind, row in updates[: 2 * pairs]:
        compressor._apply_operation(kind, row)
    return (time.process_time() - started) / pairs


def peer_snapshot() -> float:
    compressor, _ = peer_compressor(100_000)
    return best_of(compressor._copy_accumulated_rows, 3)


def fetched(url: str, ready: str = "0") -> float:
    """Seconds of a query with the defaults: to the last row, or, if it was not ready at
    once, to the first.
    """
    import fletching

    options = f"organization=o-1&endpoint={url}"

    def once() -> float:
        with (
            fletching.connect(f"confluent://K:S@/env-1/db?{options}") as connection,
            connection.cursor() as cursor,
        ):
            cursor.set_option("fletching.flink.property.ready.ms", ready)
            started = time.perf_counter()
            cursor.execute("SELECT * FROM t")
            first = cursor.fetchone()
            took = time.perf_counter() - started
            count = len(cursor.fetchall()) + (first is not None)
            whole = time.perf_counter() - started
        assert count == PAGES * ROWS
        return took if int(ready) else whole

    return min(once() for _ in range(1 if int(ready) else 20))


def peer_fetched(url: str, ready: str = "0") -> float:
    import confluent_sql

    connection = confluent_sql.connect(
        global_api_key="key",
        global_api_secret="secret",
        environment_id="env-1",
        organization_id="o-1",
        endpoint=url,
    )
    cursor = connection.cursor()
    started = time.perf_counter()
    cursor.execute("SELECT * FROM t", properties={"ready.ms": ready})
    first = cursor.fetchone()
    took = time.perf_counter() - started
    if int(ready):
        return took
    count = len(cursor.fetchall()) + (first is not None)
    whole = time.perf_counter() - started
    assert count == PAGES * ROWS
    return whole


def main() -> None:
    name, _, live = sys.argv[1].partition(":")
    case = globals()[name]
    words = [int(live)] if live else sys.argv[2:]
    print(json.dumps({"seconds": case(*words)}))


if __name__ == "__main__":
    main()
