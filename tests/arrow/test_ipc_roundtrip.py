# SPDX-License-Identifier: Apache-2.0
"""What pyarrow writes and our codec reads and writes again, pyarrow reads unchanged."""

from __future__ import annotations

import decimal
import itertools
from collections.abc import Callable

import pytest

pa = pytest.importorskip("pyarrow")

Recode = Callable[..., bytes]
D = decimal.Decimal
LONG = "a string that does not fit into a view"


def _union(mode: str) -> pa.Array:
    ids = pa.array([5, 7, 5, 9, 7], pa.int8())
    ints = pa.array([1, None, 3, 4, 5], pa.int64())
    text = pa.array(["a", "b", None, "d", "é"], pa.string())
    bits = pa.array([True, False, None, True, False])
    names = ["i", "t", "b"]
    if mode == "sparse":
        return pa.UnionArray.from_sparse(ids, [ints, text, bits], names, [5, 7, 9])
    offsets = pa.array([0, 1, 2, 0, 4], pa.int32())
    return pa.UnionArray.from_dense(ids, offsets, [ints, text, bits], names, [5, 7, 9])


def _ree(run_end_type: pa.DataType) -> pa.Array:
    ends = pa.array([2, 3, 700], run_end_type)
    return pa.RunEndEncodedArray.from_arrays(ends, pa.array(["x", None, LONG]))


def _simple() -> dict[str, pa.Array]:
    made: dict[str, pa.Array] = {
        "null": pa.nulls(5),
        "bool": pa.array([True, None, False]),
    }
    for width, sign in itertools.product((8, 16, 32, 64), ("int", "uint")):
        top = 2 ** (width - (sign == "int")) - 1
        low = -(top + 1) if sign == "int" else 0
        made[f"{sign}{width}"] = pa.array([low, None, top], f"{sign}{width}")
    made["half"] = pa.array([1.5, None, float("inf"), -0.0], pa.float16())
    made["float"] = pa.array([1.5, None, float("-inf")], pa.float32())
    made["double"] = pa.array([1e300, None, 5e-324], pa.float64())
    for maker, most in (
        (pa.decimal32, 9),
        (pa.decimal64, 18),
        (pa.decimal128, 38),
        (pa.decimal256, 76),
    ):
        values = [D("9" * most).scaleb(-2, decimal.Context(prec=80)), None, D("-0.01")]
        made[maker.__name__] = pa.array(values, maker(most, 2))
    words = ["", None, "a", "héllo wörld", LONG, "x" * 12, "y" * 13]
    for maker in (pa.string, pa.large_string, pa.string_view):
        made[maker.__name__] = pa.array(words, maker())
    blobs = [None if w is None else w.encode() + b"\xff\x00" for w in words]
    for maker in (pa.binary, pa.large_binary, pa.binary_view):
        made[maker.__name__] = pa.array(blobs, maker())
    made["fixed_binary"] = pa.array([b"abc", None, b"\0\xff\0"], pa.binary(3))
    made["empty_fixed_binary"] = pa.array([b"", None, b""], pa.binary(0))
    return made


def _times() -> dict[str, pa.Array]:
    made = {
        "date32": pa.array([-719162, None, 2932896], pa.date32()),
        "date64": pa.array([0, None, 86_400_000], pa.date64()),
        "interval_mdn": pa.array([pa.MonthDayNano([1, -2, 3]), None]),
    }
    for unit in ("s", "ms"):
        made[f"time32_{unit}"] = pa.array([0, None, 86399], pa.time32(unit))
    for unit in ("us", "ns"):
        made[f"time64_{unit}"] = pa.array([0, None, 86_399_999_999], pa.time64(unit))
    for unit, zone in itertools.product(
        ("s", "ms", "us", "ns"), (None, "UTC", "+02:00")
    ):
        kind = pa.timestamp(unit, zone)
        made[f"timestamp_{unit}_{zone}"] = pa.array([-1, None, 2**35], kind)
    for unit in ("s", "ms", "us", "ns"):
        made[f"duration_{unit}"] = pa.array([-1, None, 2**40], pa.duration(unit))
    return made


def _nested() -> dict[str, pa.Array]:
    lists = [[1, None, 3], None, [], [4]]
    item = pa.field("item", pa.int32())
    made = {
        "list": pa.array(lists, pa.list_(item)),
        "large_list": pa.array(lists, pa.large_list(item)),
        "list_view": pa.array(lists, pa.list_view(item)),
        "large_list_view": pa.array(lists, pa.large_list_view(item)),
        "list_view_unordered": pa.ListViewArray.from_arrays(
            [4, 0, 2, 1], [2, 3, 0, 4], pa.array(["a", "b", None, LONG, "e", "f"])
        ),
        "fixed_list": pa.array([[1, 2], None, [None, 4]], pa.list_(item, 2)),
        "fixed_list_of_0": pa.array([[], None, []], pa.list_(item, 0)),
        "struct": pa.array([{"a": 1, "b": LONG}, None, {"a": None, "b": "é"}]),
        "empty_struct": pa.array([{}, None, {}], pa.struct([])),
        "map": pa.array(
            [[("k", 1), ("l", None)], None, [], [("k", 2), ("k", 3)]],
            pa.map_(pa.string(), pa.int64()),
        ),
        "sorted_map": pa.array(
            [[(1, "x")]], pa.map_(pa.int8(), pa.string(), keys_sorted=True)
        ),
        "sparse_union": _union("sparse"),
        "dense_union": _union("dense"),
        "list_of_unions": pa.ListArray.from_arrays([0, 2, 2, 5], _union("dense")),
        "deep": pa.array(
            [[{"m": [("a", [1, None])], "s": [LONG, None]}], None],
            pa.list_(
                pa.struct(
                    [
                        ("m", pa.map_(pa.string(), pa.list_(pa.float64()))),
                        ("s", pa.list_(pa.string_view())),
                    ]
                )
            ),
        ),
    }
    for width in (16, 32, 64):
        made[f"run_end_{width}"] = _ree(getattr(pa, f"int{width}")())
    return made


def _dictionaries() -> dict[str, pa.Array]:
    made = {}
    values = pa.array(["x", None, LONG, "é"])
    for sign, width in itertools.product(("int", "uint"), (8, 16, 32, 64)):
        kind = getattr(pa, f"{sign}{width}")()
        indices = pa.array([3, None, 0, 2, 1, 3], kind)
        made[f"dictionary_{sign}{width}"] = pa.DictionaryArray.from_arrays(
            indices, values
        )
    inner = pa.DictionaryArray.from_arrays(
        pa.array([1, 0, None], pa.int8()), ["p", "q"]
    )
    made["ordered"] = pa.DictionaryArray.from_arrays(
        pa.array([0, 1], pa.int8()), pa.array([1.5, 2.5]), ordered=True
    )
    made["dictionary_in_list"] = pa.ListArray.from_arrays([0, 1, 3], inner)
    made["dictionary_in_struct"] = pa.StructArray.from_arrays(
        [inner, inner], ["a", "b"]
    )
    made["dictionary_of_lists"] = pa.DictionaryArray.from_arrays(
        pa.array([1, 0, None, 1]), pa.array([[1, 2], None])
    )
    made["nested_dictionary"] = pa.DictionaryArray.from_arrays(
        pa.array([2, 0, None, 1]), pa.StructArray.from_arrays([inner], ["d"])
    )
    made["empty_dictionary"] = pa.DictionaryArray.from_arrays(
        pa.nulls(3, pa.int32()), pa.array([], pa.string())
    )
    return made


CASES = {**_simple(), **_times(), **_nested(), **_dictionaries()}


def _write(table: pa.Table | pa.RecordBatch, **options: object) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(
        sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)
    ) as out:
        out.write(table)
    return sink.getvalue().to_pybytes()


def _read(data: bytes) -> pa.Table:
    table = pa.ipc.open_stream(data).read_all()
    table.validate(full=True)
    return table


def _batch(array: pa.Array) -> pa.RecordBatch:
    schema = pa.schema(
        [pa.field("col", array.type, metadata={"k": "v"})], {"who": "test"}
    )
    return pa.RecordBatch.from_arrays([array], schema=schema)


def _same(got: pa.Table, want: pa.RecordBatch) -> None:
    assert got.schema.equals(want.schema, check_metadata=True), (
        got.schema,
        want.schema,
    )
    assert got.num_rows == want.num_rows
    assert got.to_pylist() == want.to_pylist()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("out", [None, "lz4", "zstd"])
@pytest.mark.parametrize("given", [None, "lz4", "zstd"])
def test_round_trip(
    ipc_tool: Recode, name: str, given: str | None, out: str | None
) -> None:
    batch = _batch(CASES[name])
    data = _write(batch, compression=given)
    _same(_read(ipc_tool(data, *([out] if out else []))), batch)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("bounds", [(0, 1), (1, 1), (1, 100), (2, 1), (1, 0)])
def test_slices_by_our_writer(
    ipc_tool: Recode, name: str, bounds: tuple[int, int]
) -> None:
    batch = _batch(CASES[name])
    got = _read(ipc_tool(_write(batch), f"slice={bounds[0]}:{bounds[1]}"))
    _same(got, batch.slice(*bounds))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("bounds", [(0, 0), (1, 1), (1, 100)])
def test_slices_by_pyarrow(
    ipc_tool: Recode, name: str, bounds: tuple[int, int]
) -> None:
    batch = _batch(CASES[name].slice(*bounds))
    _same(_read(ipc_tool(_write(batch))), batch)


@pytest.mark.parametrize("name", CASES)
def test_old_metadata_version(ipc_tool: Recode, name: str) -> None:
    batch = _batch(CASES[name])
    try:
        data = _write(batch, metadata_version=pa.ipc.MetadataVersion.V4)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        pytest.skip(f"pyarrow does not write it: {error}")
    _same(_read(ipc_tool(data)), batch)


def test_all_types_in_one_batch(ipc_tool: Recode) -> None:
    rows = 3
    names = [name for name, array in CASES.items() if len(array) >= rows]
    batch = pa.record_batch([CASES[name].slice(0, rows) for name in names], names)
    _same(_read(ipc_tool(_write(batch))), batch)


@pytest.mark.parametrize("compression", [None, "zstd"])
def test_many_batches_of_many_rows(ipc_tool: Recode, compression: str | None) -> None:
    words = [
        None if i % 7 == 0 else f"värde {i % 1000}" * (i % 5) for i in range(20_000)
    ]
    table = pa.table(
        {
            "i": pa.array(range(20_000)),
            "s": pa.array(words),
            "v": pa.array(words, pa.string_view()),
            "d": pa.array(words).dictionary_encode(),
        }
    )
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(sink, table.schema, options=options) as out:
        out.write_table(table, max_chunksize=777)
    got = _read(ipc_tool(sink.getvalue().to_pybytes(), "slice=3:500"))
    want = pa.Table.from_batches(
        [batch.slice(3, 500) for batch in table.to_batches(max_chunksize=777)]
    )
    assert got.cast(want.schema).equals(want)


def test_no_columns(ipc_tool: Recode) -> None:
    batch = pa.RecordBatch.from_struct_array(pa.array([{}, {}, {}], pa.struct([])))
    got = pa.ipc.open_stream(ipc_tool(_write(batch))).read_next_batch()
    assert (got.num_columns, got.num_rows) == (0, 3)


def test_no_batches(ipc_tool: Recode) -> None:
    table = pa.table(
        {"a": pa.array([], pa.int64()), "b": pa.array([], pa.string_view())}
    )
    sink = pa.BufferOutputStream()
    pa.ipc.new_stream(sink, table.schema).close()
    got = _read(ipc_tool(sink.getvalue().to_pybytes()))
    assert got.schema == table.schema
    assert got.num_rows == 0


def _dictionary_stream(chunks: list[list[str | None]], **options: object) -> bytes:
    """One batch a chunk, each with a dictionary of all that came so far."""
    seen: list[str] = []
    sink = pa.BufferOutputStream()
    kind = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([("d", kind)])
    write_options = pa.ipc.IpcWriteOptions(**options)
    with pa.ipc.new_stream(sink, schema, options=write_options) as out:
        for chunk in chunks:
            seen += [word for word in dict.fromkeys(chunk) if word and word not in seen]
            indices = pa.array(
                [None if w is None else seen.index(w) for w in chunk], pa.int32()
            )
            array = pa.DictionaryArray.from_arrays(indices, pa.array(seen, pa.string()))
            out.write_batch(pa.record_batch([array], schema=schema))
    return sink.getvalue().to_pybytes()


CHUNKS = [
    ["a", None, LONG],
    ["b", "a"],
    ["é" * 40, None, "b"],
    ["a"],
    [f"w{i}" for i in range(999)],
]


@pytest.mark.parametrize("deltas", [True, False])
@pytest.mark.parametrize("compression", [None, "lz4"])
def test_dictionaries_that_grow(
    ipc_tool: Recode, deltas: bool, compression: str | None
) -> None:
    data = _dictionary_stream(
        CHUNKS, emit_dictionary_deltas=deltas, compression=compression
    )
    got = [batch.column(0).to_pylist() for batch in pa.ipc.open_stream(ipc_tool(data))]
    assert got == CHUNKS


def test_dictionaries_that_are_replaced(ipc_tool: Recode) -> None:
    kind = pa.dictionary(pa.int8(), pa.string())
    schema = pa.schema([("d", kind)])
    sink = pa.BufferOutputStream()
    chunks = [["a", "b"], ["c", "b"], ["a", "b"], ["zz"]]
    with pa.ipc.new_stream(sink, schema) as out:
        for chunk in chunks:
            array = pa.DictionaryArray.from_arrays(
                pa.array(range(len(chunk)), pa.int8()), chunk
            )
            out.write_batch(pa.record_batch([array], schema=schema))
    data = ipc_tool(sink.getvalue().to_pybytes())
    got = [batch.column(0).to_pylist() for batch in pa.ipc.open_stream(data)]
    assert got == chunks


# IPC has no place for a dictionary whose values are dictionary-encoded themselves.
DELTAS = [
    name
    for name, array in CASES.items()
    if len(array) > 1 and not pa.types.is_dictionary(array.type)
]


@pytest.mark.parametrize("name", DELTAS)
def test_delta_of_every_type(ipc_tool: Recode, name: str) -> None:
    """Dictionaries of any type grow; pyarrow sends the tail alone as a delta.

    It cannot read its own deltas of string views, so the rows sent are the measure.
    """
    values = CASES[name].slice(0, 100)
    indices = [pa.array([0, None], pa.int8()), pa.array(range(len(values)), pa.int8())]
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
    try:
        arrays = [
            pa.DictionaryArray.from_arrays(i, v)
            for i, v in zip(indices, [values.slice(0, 1), values], strict=True)
        ]
        batches = [pa.record_batch([array], ["d"]) for array in arrays]
        with pa.ipc.new_stream(sink, batches[0].schema, options=options) as out:
            for batch in batches:
                out.write_batch(batch)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        pytest.skip(f"pyarrow does not write it: {error}")
    got = pa.ipc.open_stream(ipc_tool(sink.getvalue().to_pybytes()))
    assert [b.to_pylist() for b in got] == [b.to_pylist() for b in batches]


def uuids() -> pa.Array:
    """Return an array of an extension type."""
    storage = pa.array([b"0123456789abcdef", None], pa.binary(16))
    return pa.ExtensionArray.from_storage(pa.uuid(), storage)


def test_extension_types_keep_their_metadata(ipc_tool: Recode) -> None:
    batch = pa.record_batch([uuids()], ["id"])
    got = _read(ipc_tool(_write(batch)))
    assert got.schema.field("id").type == pa.uuid()
    assert got.to_pylist() == batch.to_pylist()


@pytest.mark.parametrize("name", ["plain", "bare"])
def test_encapsulated_schemas(ipc_tool: Recode, name: str) -> None:
    schema = pa.schema(
        [pa.field(n, a.type, metadata={"n": n}) for n, a in CASES.items()], {"m": "é"}
    )
    data = schema.serialize().to_pybytes()
    if name == "bare":
        data = data[8:]
    got = pa.ipc.read_schema(pa.py_buffer(ipc_tool(data, "schema")))
    assert got.equals(schema, check_metadata=True)


@pytest.mark.parametrize(
    "data", [b"", b"\xff" * 8, b"\xff\xff\xff\xff\0\0\0\0", b"<html>" * 40]
)
def test_what_is_no_schema_is_refused(ipc_tool: Recode, data: bytes) -> None:
    with pytest.raises(ValueError):
        ipc_tool(data, "schema")


def test_a_cut_off_stream_is_refused(ipc_tool: Recode) -> None:
    data = _write(_batch(CASES["string"]))
    end = len(data) - 8  # without its end marker a stream may stop between messages
    assert ipc_tool(data[:end])
    for cut in (1, 9, 64, end // 2):
        with pytest.raises(ValueError):
            ipc_tool(data[: end - cut])


def test_text_that_is_not_utf8_is_refused(ipc_tool: Recode) -> None:
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        for blob in (b"abc\xff", b"\xff" * 40, b"\xed\xa0\x80", b"\xc3"):
            array = pa.array([b"fine", blob]).cast(
                {pa.string(): pa.binary(), pa.large_string(): pa.large_binary()}.get(
                    kind, pa.binary_view()
                )
            )
            text = (
                array.view(kind)
                if kind != pa.string_view()
                else array.cast(kind, safe=False)
            )
            with pytest.raises(ValueError, match=r"column col.*row 1.*UTF-8"):
                ipc_tool(_write(_batch(text)))
