# SPDX-License-Identifier: Apache-2.0
"""Write the seeds of arrow_stream: streams as servers frame them, rightly or not.

Run from the root: python fuzz/make_stream_corpus.py
"""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pyarrow as pa

FOLDER = Path(__file__).resolve().parent / "corpus" / "arrow_stream"
ROWS = pa.record_batch({"n": [1, None, 3], "t": ["a", "bb", None]})


def _stream(**options: object) -> bytes:
    sink = io.BytesIO()
    words = pa.record_batch({"w": pa.array(["x", "y", "x"]).dictionary_encode()})
    rows = words if options.pop("words", False) else ROWS
    with pa.ipc.new_stream(
        sink, rows.schema, options=pa.ipc.IpcWriteOptions(**options)
    ) as out:
        out.write_batch(rows)
        out.write_batch(rows.slice(0, 0))
    return sink.getvalue()


def _file() -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, ROWS.schema) as out:
        out.write_batch(ROWS)
    return sink.getvalue()


def main() -> None:
    """Write all seeds."""
    whole = _stream()
    length = struct.unpack_from("<I", whole, 4)[0]
    seeds = {
        "whole": whole,
        "legacy": _stream(use_legacy_format=True),
        "dictionary": _stream(words=True),
        "without_marker": whole[:-8],
        "half_a_marker": whole[:-4],
        "behind_the_marker": whole + whole,
        "cut_in_a_length": whole[:6],
        "cut_in_a_header": whole[:40],
        "cut_in_a_body": whole[:-20],
        "empty": b"",
        "marker": b"\xff\xff\xff\xff\0\0\0\0",
        "markers": b"\xff" * 64,
        "huge_header": b"\xff\xff\xff\xff\0\0\0\x7f" + whole[8:],
        "short_header": whole[:4] + struct.pack("<I", 3) + whole[8:],
        "long_header": whole[:4] + struct.pack("<I", length + 8) + whole[8:],
        "file": _file(),
        "parquet": b"PAR1" + whole,
        "page": b"<!DOCTYPE html><html><body>no rows</body></html>",
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    for cut, (name, seed) in enumerate(seeds.items()):
        (FOLDER / name).write_bytes(bytes([cut]) + seed)


if __name__ == "__main__":
    main()
