# SPDX-License-Identifier: Apache-2.0
"""The golden cases of tests/data/types: one file a type, read by C++ and by Python.

A case is text: `name: value` lines, then the values, one a line::

    type: timestamp[us, tz=UTC]     as pyarrow calls it
    format: tsu:UTC                 of the C data interface
    ipc: <base64 of an IPC stream with the one column "c", written by pyarrow>
    values:
    null
    -1

Values are what is stored, so that both languages can print them without knowing
calendars: temporal values and decimals are integers (a decimal's unscaled), floats
the shortest decimal text, strings JSON, binary x'00ff', lists [a, b], structs
{"a": 1}, maps lists of their key-value structs, union values (type id: value), a
month-day-nano interval [months, days, nanoseconds], a day-time interval
[days, milliseconds].

`python tests/arrow/typecases.py` writes the files again.
"""

from __future__ import annotations

import base64
import ctypes
import decimal
import json
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

_WIDE = decimal.Context(prec=100)
FOLDER = Path(__file__).resolve().parents[1] / "data" / "types"


@dataclass
class TypeCase:
    """One file."""

    name: str
    type: str
    format: str
    ipc: bytes
    values: list[str]


def load(path: Path) -> TypeCase:
    """Read a case file."""
    head, _, values = path.read_text(encoding="utf-8").partition("values:\n")
    fields: dict[str, str] = {}
    name = ""
    for line in head.splitlines():
        if line.startswith("#"):
            continue
        if line.startswith(" "):
            fields[name] += line.strip()
        else:
            name, _, value = line.partition(": ")
            fields[name.rstrip(":")] = value
            name = name.rstrip(":")
    ipc = base64.b64decode(fields["ipc"])
    return TypeCase(
        path.stem, fields["type"], fields["format"], ipc, values.splitlines()
    )


def text_of(scalar: pa.Scalar) -> str:
    """Print a value as the case files do."""
    kind = scalar.type
    if pa.types.is_union(kind):
        return f"({scalar.type_code}: {text_of(scalar.value)})"
    if not scalar.is_valid:
        return "null"
    if isinstance(scalar, pa.ExtensionScalar | pa.DictionaryScalar):
        return text_of(scalar.value)
    if isinstance(scalar, pa.RunEndEncodedScalar):
        return text_of(pa.scalar(scalar.as_py(), kind.value_type))
    if pa.types.is_struct(kind):
        fields = (
            f"{json.dumps(k, ensure_ascii=False)}: {text_of(v)}"
            for k, v in scalar.items()
        )
        return "{" + ", ".join(fields) + "}"
    if hasattr(scalar, "values") and pa.types.is_nested(kind):
        return "[" + ", ".join(text_of(v) for v in scalar.values) + "]"
    if pa.types.is_decimal(kind):
        return str(int(scalar.as_py().scaleb(kind.scale, _WIDE)))
    if pa.types.is_temporal(kind) and not pa.types.is_interval(kind):
        return str(scalar.value)
    return _plain(scalar.as_py())


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, tuple):
        return "[" + ", ".join(map(str, value)) + "]"
    return str(value)


def lines_of(batch: pa.RecordBatch) -> list[str]:
    """Print the rows of a batch with one column."""
    kind = str(batch.schema.field(0).type)
    if kind == "month_interval":
        return [text_of(v) for v in retyped(batch, b"i").column(0)]
    if kind == "day_time_interval":
        pairs = [v.as_py() for v in retyped(batch, b"w:8").column(0)]
        return [
            "null"
            if p is None
            else str(
                [int.from_bytes(half, "little", signed=True) for half in (p[:4], p[4:])]
            )
            for p in pairs
        ]
    return [text_of(v) for v in batch.column(0)]


class _CSchema(ctypes.Structure):
    pass


_CSchema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(_CSchema))),
    ("dictionary", ctypes.POINTER(_CSchema)),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]


def retyped(batch: pa.RecordBatch, kind: bytes) -> pa.RecordBatch:
    """Give the column another type of the same layout.

    pyarrow's Python does not know the old interval types, only its C++ does.
    """
    schema = _CSchema()
    array = (ctypes.c_uint8 * 80)()
    batch._export_to_c(ctypes.addressof(array), ctypes.addressof(schema))
    schema.children[0].contents.format = kind
    return pa.RecordBatch._import_from_c(
        ctypes.addressof(array), ctypes.addressof(schema)
    )


def format_of(batch: pa.RecordBatch) -> str:
    """Return the column's format in the C data interface."""
    schema = _CSchema()
    batch.schema._export_to_c(ctypes.addressof(schema))
    result = schema.children[0].contents.format.decode()
    pa.Schema._import_from_c(ctypes.addressof(schema))  # releases it
    return result


def _write(name: str, batch: pa.RecordBatch) -> None:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as out:
        out.write_batch(batch)
    encoded = base64.b64encode(sink.getvalue().to_pybytes()).decode()
    lines = [
        f"type: {batch.schema.field(0).type}",
        f"format: {format_of(batch)}",
        "ipc:",
        *textwrap.wrap(encoded, 84, initial_indent="    ", subsequent_indent="    "),
        "values:",
        *lines_of(batch),
    ]
    (FOLDER / f"{name}.txtcase").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _main() -> None:
    import test_ipc_roundtrip as made

    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, array in made.CASES.items():
        _write(name, pa.record_batch([array.slice(0, 10)], ["c"]))
    _write("extension_uuid", pa.record_batch([made.uuids()], ["c"]))
    ints = pa.record_batch([pa.array([-1, None, 25], pa.int32())], ["c"])
    _write("interval_months", retyped(ints, b"tiM"))
    longs = pa.record_batch(
        [pa.array([-(1 << 32) - 3, None, (5 << 32) + 7], pa.int64())], ["c"]
    )
    _write("interval_day_time", retyped(longs, b"tiD"))


if __name__ == "__main__":
    _main()
