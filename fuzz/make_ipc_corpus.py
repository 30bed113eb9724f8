# SPDX-License-Identifier: Apache-2.0
"""Write the seeds of ipc_message and ipc_schema: all types of the codec's tests.

Run from the root: python fuzz/make_ipc_corpus.py
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "arrow"))

import pyarrow as pa  # noqa: E402
import test_ipc_roundtrip as cases  # noqa: E402


def _groups(arrays: dict[str, pa.Array], size: int) -> list[dict[str, pa.Array]]:
    names = list(arrays)
    return [
        {n: arrays[n] for n in names[i : i + size]} for i in range(0, len(names), size)
    ]


def _stream(arrays: dict[str, pa.Array], **options: object) -> bytes:
    rows = min(len(array) for array in arrays.values())
    batch = pa.record_batch([a.slice(0, rows) for a in arrays.values()], list(arrays))
    return cases._write(batch, **options)


def main() -> None:
    """Write all seeds."""
    messages = ROOT / "fuzz" / "corpus" / "ipc_message"
    schemas = ROOT / "fuzz" / "corpus" / "ipc_schema"
    for folder in (messages, schemas):
        folder.mkdir(parents=True, exist_ok=True)
    for i, group in enumerate(_groups(cases.CASES, 6)):
        for codec in (None, "lz4", "zstd"):
            (messages / f"types_{i:02}_{codec or 'plain'}").write_bytes(
                _stream(group, compression=codec)
            )
        schema = pa.schema([(name, array.type) for name, array in group.items()])
        (schemas / f"types_{i:02}").write_bytes(schema.serialize().to_pybytes())
    for deltas in (True, False):
        data = cases._dictionary_stream(cases.CHUNKS[:4], emit_dictionary_deltas=deltas)
        (messages / f"dictionaries_{'delta' if deltas else 'replacement'}").write_bytes(
            data
        )
    (schemas / "bare").write_bytes(
        pa.schema([("a", pa.int64())]).serialize().to_pybytes()[8:]
    )


if __name__ == "__main__":
    main()
