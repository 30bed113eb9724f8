# SPDX-License-Identifier: Apache-2.0
"""Every Arrow type as Python values: against pyarrow, or by value where it has none.

Each array is read whole, sliced, in chunks, inside lists and inside structs.
"""

import ctypes
import datetime as dt
import decimal
import math
import struct
import uuid
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

import fletching

UTC = dt.timezone.utc


def rows(data, **options):
    return fletching.rows(data, **options).fetchall()


def column(array, **options):
    """The values of one array, read through a table of one column."""
    data = pa.table({"x": array})
    return [row[0] for row in rows(data, **options)]


def exactly_equal(ours, theirs):
    """Equal and of the same types all the way down; NaN equals itself."""
    if type(ours) is not type(theirs):
        return False
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(map(exactly_equal, ours, theirs))
    if isinstance(ours, dict):
        return list(ours) == list(theirs) and all(
            map(exactly_equal, ours.values(), theirs.values())
        )
    if isinstance(ours, float):
        return ours == theirs or (math.isnan(ours) and math.isnan(theirs))
    if isinstance(ours, Decimal):
        return ours.as_tuple() == theirs.as_tuple()
    if isinstance(ours, dt.datetime):
        return (ours, ours.utcoffset(), ours.fold) == (
            theirs,
            theirs.utcoffset(),
            theirs.fold,
        )
    return bool(ours == theirs)


def variants(array):
    """The same values in other shapes: (name, chunked array, expected values)."""
    values = array.to_pylist()
    padded = pa.concat_arrays([array[:1], array, array[:2]]) if len(array) else array
    yield "whole", pa.chunked_array([array]), values
    if len(array):
        yield "slice", pa.chunked_array([padded[1 : 1 + len(array)]]), values
    yield (
        "chunks",
        pa.chunked_array([array[:2], array[2:2], array[2:]], type=array.type),
        values,
    )
    many = pa.concat_arrays([array] * 700)  # several blocks, at odd places
    yield "blocks", pa.chunked_array([many[3:]]), (values * 700)[3:]


def check(array):
    for name, data, expected in variants(array):
        got = column(data)
        assert exactly_equal(got, expected), f"{name}: {got[:9]} != {expected[:9]}"


def check_nested(array):
    values = array.to_pylist()
    n = len(array)
    offsets = [0, 0, 1, n]
    lists = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), array)
    assert exactly_equal(column(lists), [[], values[:1], values[1:]])
    structs = pa.StructArray.from_arrays([array, pa.array(range(n))], ["v", "n"])
    expected = [{"v": v, "n": i} for i, v in enumerate(values)]
    assert exactly_equal(column(structs), expected)
    assert exactly_equal(column(structs[2:]), expected[2:])


INTEGERS = [
    (pa.int8(), [-128, 127, 0, None, -1]),
    (pa.int16(), [-(2**15), 2**15 - 1, None, 7, 7]),
    (pa.int32(), [-(2**31), 2**31 - 1, 5, 5, None]),
    (pa.int64(), [-(2**63), 2**63 - 1, None, None, 256]),
    (pa.uint8(), [0, 255, None, 1, 2]),
    (pa.uint16(), [0, 65535, None, 1, 2]),
    (pa.uint32(), [0, 2**32 - 1, None, 1, 2]),
    (pa.uint64(), [0, 2**64 - 1, 2**63, None, 2]),
]

FLAT = [
    *INTEGERS,
    (pa.null(), [None, None, None, None]),
    (pa.bool_(), [True, False, None, True, True, False, False, None, True, True]),
    (pa.float32(), [0.1, -0.0, math.inf, None, math.nan]),
    (pa.float64(), [0.1, -0.0, -math.inf, None, math.nan, 5e-324]),
    (pa.string(), ["", "a", "é", None, "🏹", "x" * 33, "\x00nul", "x" * 16, "y" * 17]),
    (pa.large_string(), ["", "a", "日本", None, "x" * 40, "abc", "abcd", "abcdefgh"]),
    (pa.string_view(), ["", "twelve bytes", "thirteen byte", None, "é" * 40, "ÿ"]),
    (pa.binary(), [b"", b"\x00\xff", None, b"x" * 50]),
    (pa.large_binary(), [b"", b"\x00\xff", None, b"x" * 50]),
    (pa.binary_view(), [b"", b"\x00\xff", None, b"x" * 50]),
    (pa.binary(3), [b"abc", b"\x00\x01\x02", None, b"xyz"]),
    (pa.date32(), [dt.date.min, dt.date.max, None, dt.date(1970, 1, 1)]),
    (pa.date64(), [dt.date.min, dt.date.max, None, dt.date(1969, 12, 31)]),
    (pa.time32("s"), [dt.time(0), dt.time(23, 59, 59), None]),
    (pa.time32("ms"), [dt.time(0, 0, 0, 1000), dt.time(23, 59, 59, 999000), None]),
    (pa.time64("us"), [dt.time(0, 0, 0, 1), dt.time(23, 59, 59, 999999), None]),
    (pa.duration("s"), [dt.timedelta(0), dt.timedelta(-5, 3), None]),
    (pa.duration("ms"), [dt.timedelta(0), dt.timedelta(-5, 3, 1000), None]),
    (pa.duration("us"), [dt.timedelta(0), dt.timedelta(-5, 3, 1), None]),
    (pa.timestamp("s"), [dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31), None]),
    (pa.timestamp("ms"), [dt.datetime(1969, 12, 31, 23, 59, 59, 999000), None]),
    (
        pa.timestamp("us"),
        [dt.datetime.min, dt.datetime.max, dt.datetime(1969, 12, 31, 23, 59, 59, 1)],
    ),
    (
        pa.decimal32(9, 2),
        [Decimal("1234567.89"), Decimal("-0.01"), Decimal("0.00"), None],
    ),
    (pa.decimal64(18, 0), [Decimal(10) ** 18 - 1, Decimal(-1), None, Decimal(0)]),
    (
        pa.decimal128(38, 10),
        [
            Decimal("9" * 28 + "." + "9" * 10),
            Decimal("-1e-10"),
            Decimal("0E-10"),
            None,
            Decimal("1.5"),
        ],
    ),
    (
        pa.decimal128(38, 38),
        [Decimal("0." + "9" * 38), Decimal("-0." + "0" * 37 + "1"), None],
    ),
    (
        pa.decimal256(76, 4),
        [
            Decimal("9" * 72 + "." + "9" * 4),
            Decimal("-" + "9" * 72 + ".0001"),
            Decimal(2) ** 64,
            None,
        ],
    ),
]


@pytest.mark.parametrize(("kind", "values"), FLAT, ids=[str(kind) for kind, _ in FLAT])
def test_flat_type_as_pyarrow(kind, values):
    array = pa.array(values, kind)
    check(array)
    check_nested(array)


@pytest.mark.parametrize("kind", [kind for kind, _ in FLAT], ids=str)
def test_no_rows_and_all_null(kind):
    assert column(pa.array([], kind)) == []
    assert column(pa.nulls(1500, kind)) == [None] * 1500


@pytest.mark.parametrize("bits", [0x0001, 0x03FF, 0x0400, 0x3C00, 0x7BFF, 0xFBFF])
def test_half_floats_widen_exactly(bits):
    half = np.array([bits], np.uint16).view(np.float16)
    (got,) = column(pa.array(half))
    assert type(got) is float
    assert got == float(half[0])


def test_half_float_specials():
    halves = np.array([0x7C00, 0xFC00, 0x7E00, 0x8000], np.uint16).view(np.float16)
    inf, minus_inf, nan, minus_zero = column(pa.array(halves))
    assert (inf, minus_inf) == (math.inf, -math.inf)
    assert math.isnan(nan)
    assert math.copysign(1, minus_zero) == -1


def test_decimals_survive_any_context():
    value = Decimal("12345678901234567890123456789012345678")
    with decimal.localcontext() as context:
        context.prec = 5
        context.traps[decimal.Inexact] = True
        context.traps[decimal.FloatOperation] = True
        (got,) = column(pa.array([value], pa.decimal128(38, 0)))
    assert got == value


def test_decimal_with_negative_scale():
    array = pa.array(
        [Decimal("12300"), None, Decimal("-100"), Decimal("0")], pa.decimal128(5, -2)
    )
    assert [str(v) for v in column(array)] == ["1.23E+4", "None", "-1E+2", "0E+2"]


def test_decimal_most_negative():
    raw = (-(2**127)).to_bytes(16, "little", signed=True)
    array = pa.Array.from_buffers(pa.decimal128(38, 0), 1, [None, pa.py_buffer(raw)])
    assert column(array) == [Decimal(-(2**127))]


def test_many_distinct_and_repeated_decimals():
    # Both sides of the memo of recent values, which gives up on columns like the first.
    distinct = [Decimal(i).scaleb(-2) for i in range(-5000, 5000)]
    assert exactly_equal(column(pa.array(distinct, pa.decimal128(15, 2))), distinct)
    repeated = [Decimal(i % 7).scaleb(-2) for i in range(20000)]
    assert exactly_equal(column(pa.array(repeated, pa.decimal128(15, 2))), repeated)


@pytest.mark.parametrize("kind", [pa.string(), pa.string_view()], ids=str)
def test_texts_that_share_ends_are_told_apart(kind):
    texts = [c * n + d for n in range(40) for c in "ab" for d in ("", "x", "y")]
    texts += [t[:5] + "é" + t[5:] for t in texts]
    assert column(pa.array(texts * 50, kind)) == texts * 50


def test_invalid_utf8_is_a_data_error():
    offsets = pa.py_buffer(bytes([0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]))
    array = pa.Array.from_buffers(
        pa.string(), 2, [None, offsets, pa.py_buffer(b"a\xff")]
    )
    with pytest.raises(fletching.DataError, match=r"row 2, column 1 'x': .*UTF-8"):
        column(array)


def test_lists_of_all_layouts():
    values = [[1, 2, None], None, [], [3], list(range(2000))]
    for kind in (
        pa.list_(pa.int64()),
        pa.large_list(pa.int64()),
        pa.list_view(pa.int64()),
        pa.large_list_view(pa.int64()),
    ):
        check(pa.array(values, kind))
    check(pa.array([[1, 2], None, [None, 4]], pa.list_(pa.int64(), 2)))
    check(pa.array([[], None, []], pa.list_(pa.int64(), 0)))


def test_list_view_out_of_order_and_shared():
    array = pa.ListViewArray.from_arrays(
        pa.array([2, 0, 1], pa.int32()),
        pa.array([2, 1, 3], pa.int32()),
        pa.array(["a", "b", "c", "d"]),
    )
    assert column(array) == [["c", "d"], ["a"], ["b", "c", "d"]]


def test_values_of_different_rows_are_not_the_same_list():
    inner = pa.array([[1], [2]], pa.list_(pa.int64()))
    shared = pa.DictionaryArray.from_arrays(pa.array([0, 0]), inner)
    first, second = column(shared)
    first.append("mine")
    assert second == [1]


def test_deep_nesting():
    value, kind = 5, pa.int8()
    for level in range(20):
        value, kind = (
            ([value, None], pa.list_(kind))
            if level % 2
            else ({"f": value}, pa.struct([("f", kind)]))
        )
    check(pa.array([value, None, value], kind))


def test_structs():
    kind = pa.struct([("a", pa.int32()), ("b", pa.string()), ("", pa.bool_())])
    check(pa.array([{"a": 1, "b": "x", "": True}, None, {"a": None}], kind))
    check(pa.array([{}, None, {}], pa.struct([])))


def test_struct_with_a_name_twice_loses_nothing():
    array = pa.StructArray.from_arrays(
        [pa.array([1, 2]), pa.array(["x", None])], ["same", "same"]
    )
    assert column(array) == [
        (("same", 1), ("same", "x")),
        (("same", 2), ("same", None)),
    ]


def test_what_lies_below_a_null_struct_is_not_looked_at():
    impossible = pa.array([2**40, 0], pa.timestamp("s"))
    array = pa.StructArray.from_arrays(
        [impossible], ["t"], mask=pa.array([True, False])
    )
    assert column(array) == [None, {"t": dt.datetime(1970, 1, 1)}]


def test_maps():
    kind = pa.map_(pa.string(), pa.int64())
    values = [{"a": 1, "b": None}, None, {}, {"c": 3}]
    array = pa.array([v if v is None else list(v.items()) for v in values], kind)
    assert column(array) == values
    assert column(array[1:]) == values[1:]
    as_pairs = [v if v is None else list(v.items()) for v in values]
    assert column(array, maps="pairs") == as_pairs


def test_map_with_a_key_twice():
    array = pa.array(
        [[("a", 1)], [("a", 1), ("b", 2), ("a", 3)]], pa.map_(pa.string(), pa.int64())
    )
    with pytest.raises(fletching.DataError, match=r"row 2.*'a'.*twice.*maps='pairs'"):
        column(array)
    assert column(array, maps="pairs")[1] == [("a", 1), ("b", 2), ("a", 3)]


def test_map_with_nested_keys_is_pairs_by_type():
    array = pa.array(
        [[([1], "x")], [], None], pa.map_(pa.list_(pa.int64()), pa.string())
    )
    assert column(array) == [[([1], "x")], [], None]


@pytest.mark.parametrize("mode", ["sparse", "dense"])
def test_unions_with_their_own_type_ids(mode):
    types = pa.array([7, 3, 7, 3], pa.int8())
    if mode == "dense":
        array = pa.UnionArray.from_dense(
            types,
            pa.array([1, 0, 0, 1], pa.int32()),
            [pa.array([10, None]), pa.array(["a", "b"])],
            type_codes=[7, 3],
        )
        expected = [None, "a", 10, "b"]
    else:
        array = pa.UnionArray.from_sparse(
            types,
            [pa.array([1, 2, None, 4]), pa.array(["a", "b", "c", "d"])],
            type_codes=[7, 3],
        )
        expected = [1, "b", None, "d"]
    assert column(array) == expected
    assert column(array[1:]) == expected[1:]


def test_run_end_encoding():
    kind = pa.run_end_encoded(pa.int32(), pa.string())
    array = pa.array(["a", "a", None, None, "b", "c", "c"], kind)
    for start in range(8):
        assert column(array[start:]) == array[start:].to_pylist()
    long = pa.RunEndEncodedArray.from_arrays(
        pa.array([1500, 1501, 4000], pa.int64()), pa.array([1.5, None, 2.5])
    )
    expected = [1.5] * 1500 + [None] + [2.5] * 2499
    assert column(long) == expected
    assert column(long[1499:]) == expected[1499:]


@pytest.mark.parametrize("index", [pa.int8(), pa.uint8(), pa.int64(), pa.uint32()])
def test_dictionaries(index):
    array = pa.DictionaryArray.from_arrays(
        pa.array([0, 2, None, 1, 0], index), pa.array(["a", None, "ccc"])
    )
    check(array)
    check_nested(array)


def test_dictionaries_that_change_between_batches():
    first = pa.array(["a", "b"]).dictionary_encode()
    second = pa.array(["c", "a"]).dictionary_encode()
    assert column(pa.chunked_array([first, second])) == ["a", "b", "c", "a"]


def test_dictionary_far_larger_than_the_batch():
    values = pa.array([f"value {i}" for i in range(100_000)])
    array = pa.DictionaryArray.from_arrays(pa.array([99_999, 5]), values)
    assert column(array) == ["value 99999", "value 5"]


def test_intervals():
    array = pa.array([(14, 3, -5), None, (-1, 0, 2**62)], pa.month_day_nano_interval())
    got = column(array)
    assert got == [(14, 3, -5), None, (-1, 0, 2**62)]
    assert type(got[0]) is fletching.Interval
    assert got[0].months == 14
    assert got[0].nanoseconds == -5


class ForeignTable:
    """A column of a type that pyarrow cannot make, through the C data interface.

    The stream is pyarrow's, of fixed-size binary; its format string is exchanged.
    """

    def __init__(self, format_, values, width):
        buffers = [None, pa.py_buffer(b"".join(values))]
        array = pa.Array.from_buffers(pa.binary(width), len(values), buffers)
        self.table = pa.table({"x": array})
        self.format = format_.encode()

    def __arrow_c_stream__(self, requested_schema=None):
        capsule = self.table.__arrow_c_stream__()
        get = ctypes.pythonapi.PyCapsule_GetPointer
        get.restype, get.argtypes = (
            ctypes.c_void_p,
            [ctypes.py_object, ctypes.c_char_p],
        )
        stream = get(capsule, b"arrow_array_stream")
        # struct ArrowArrayStream: get_schema first; struct ArrowSchema: format first.
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        slot = ctypes.cast(stream, ctypes.POINTER(ctypes.c_void_p))
        inner = kind(slot[0])
        keep = ctypes.create_string_buffer(self.format)

        def get_schema(stream_, out):
            status = inner(stream_, out)
            words = ctypes.cast(out, ctypes.POINTER(ctypes.c_void_p))
            children = ctypes.cast(words[5], ctypes.POINTER(ctypes.c_void_p))
            child = ctypes.cast(children[0], ctypes.POINTER(ctypes.c_void_p))
            child[0] = ctypes.addressof(keep)
            return status

        replaced = kind(get_schema)
        slot[0] = ctypes.cast(replaced, ctypes.c_void_p).value
        KEEP.extend([keep, replaced, inner])
        return capsule


KEEP = []


def test_intervals_that_pyarrow_does_not_have():
    months = [struct.pack("<i", v) for v in (0, -7, 2**31 - 1)]
    got = [row[0] for row in rows(ForeignTable("tiM", months, 4))]
    assert got == [(0, 0, 0), (-7, 0, 0), (2**31 - 1, 0, 0)]
    day_time = [struct.pack("<ii", *v) for v in ((1, 2), (-1, -(2**31)))]
    got = [row[0] for row in rows(ForeignTable("tiD", day_time, 8))]
    assert got == [(0, 1, 2_000_000), (0, -1, -(2**31) * 1_000_000)]
    assert all(type(v) is fletching.Interval for v in got)


def test_a_type_nobody_knows_is_named():
    with pytest.raises(
        fletching.Error, match=r"^rows: a column has a schema that is none"
    ):
        rows(ForeignTable("q!", [b"\0" * 4], 4))


def test_uuid_extension():
    values = [uuid.uuid4(), None, uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)]
    array = pa.array([v and v.bytes for v in values], pa.binary(16))
    array = pa.ExtensionArray.from_storage(pa.uuid(), array)
    got = column(array)
    assert got == values
    assert type(got[0]) is uuid.UUID
    assert got[0].is_safe is uuid.SafeUUID.unknown
    assert hash(got[0]) == hash(values[0])
    assert str(got[0]) == str(values[0])
    lists = pa.ListArray.from_arrays(pa.array([0, 2, 4], pa.int32()), array)
    assert column(lists) == [values[:2], values[2:]]


def test_json_bool8_and_unknown_extensions():
    json = pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a": 1}', None]))
    assert column(json) == ['{"a": 1}', None]
    flags = pa.ExtensionArray.from_storage(
        pa.bool8(), pa.array([0, 5, None], pa.int8())
    )
    assert column(flags) == [False, True, None]
    opaque = pa.ExtensionArray.from_storage(
        pa.opaque(pa.int64(), "point", "nobody"), pa.array([1, None])
    )
    assert column(opaque) == [1, None]


def test_zones():
    moment = dt.datetime(2024, 7, 1, 12, 0, 0, 250000, tzinfo=UTC)
    micros = int(moment.timestamp()) * 1_000_000 + 250_000
    for name, offset in (
        ("UTC", 0),
        ("Z", 0),
        ("Etc/UTC", 0),
        ("+00:00", 0),
        ("GMT", 0),
        ("+02:00", 120),
        ("-0330", -210),
        ("+14", 840),
        ("Europe/Berlin", 120),
        ("America/New_York", -240),
        ("Etc/GMT+5", -300),
    ):
        (got,) = column(pa.array([micros], pa.timestamp("us", name)))
        assert got == moment, name
        assert got.utcoffset() == dt.timedelta(minutes=offset), name
        if offset == 0:
            assert got.tzinfo is UTC, name


def test_fixed_offsets_with_seconds():
    (got,) = column(pa.array([0], pa.timestamp("s", "+00:19:32")))
    assert got.utcoffset() == dt.timedelta(minutes=19, seconds=32)


def test_a_zone_nobody_knows_warns_and_is_utc():
    with pytest.warns(RuntimeWarning, match="Mars/Olympus"):
        (got,) = column(pa.array([0], pa.timestamp("s", "Mars/Olympus")))
    assert got == dt.datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "America/St_Johns", "Africa/Monrovia", "Pacific/Apia"]
)
def test_every_kind_of_moment_in_a_zone_as_zoneinfo_says(name):
    zone = ZoneInfo(name)
    start = int(dt.datetime(2023, 10, 1, tzinfo=UTC).timestamp())
    odd = [-4_000_000_000, -2_776_982_578, 0, 63_593_069, 63_593_070, 4_102_444_800]
    seconds = odd + [start + i * 613 for i in range(60_000)]
    got = column(pa.array(seconds, pa.timestamp("s", name)))
    for value, second in zip(got, seconds, strict=True):
        utc = dt.datetime(1970, 1, 1, tzinfo=UTC) + dt.timedelta(seconds=second)
        expected = utc.astimezone(zone)
        assert value.replace(tzinfo=None) == expected.replace(tzinfo=None), second
        assert value.fold == expected.fold, second


def test_fold_is_set_when_clocks_go_back():
    # 2024-10-27 00:30 and 01:30 UTC both show 02:30 in Berlin.
    base = int(dt.datetime(2024, 10, 27, 0, 30, tzinfo=UTC).timestamp())
    first, second = column(
        pa.array([base, base + 3600], pa.timestamp("s", "Europe/Berlin"))
    )
    assert (first.hour, first.fold, second.hour, second.fold) == (2, 0, 2, 1)
    assert second.astimezone(UTC) - first.astimezone(UTC) == dt.timedelta(hours=1)


BEYOND = [
    (pa.timestamp("s"), 253_402_300_800, "+10000-01-01T00:00:00"),
    (pa.timestamp("s"), -62_135_596_801, "0000-12-31T23:59:59"),
    (pa.timestamp("us"), 2**63 - 1, "+294247-01-10T04:00:54.775807"),
    (pa.timestamp("s"), -(2**63), "-292277022657-01-27T08:29:52"),
    (pa.timestamp("s", "UTC"), 253_402_300_800, "+10000-01-01T00:00:00+00:00"),
    (
        pa.timestamp("s", "+02:00"),
        253_402_300_799,
        "9999-12-31T23:59:59+00:00",
    ),
    (
        pa.timestamp("s", "Europe/Berlin"),
        253_402_300_799,
        "9999-12-31T23:59:59+00:00",
    ),
    (pa.date32(), 2_932_897, "+10000-01-01"),
    (pa.date32(), -719_163, "0000-12-31"),
    (pa.time32("s"), 86_400, "24:00:00"),
    (pa.time32("s"), -1, "-00:00:01"),
    (pa.time64("us"), 86_400_000_001, "24:00:00.000001"),
    (pa.duration("s"), 2**63 - 1, "PT9223372036854775807S"),
    (pa.duration("s"), -(2**63), "PT-9223372036854775808S"),
    (pa.duration("ms"), -(2**63), "PT-9223372036854775.808S"),
]


@pytest.mark.parametrize(("kind", "value", "text"), BEYOND)
def test_beyond_what_python_holds(kind, value, text):
    integer = pa.int32() if kind.bit_width == 32 else pa.int64()
    array = pa.Array.from_buffers(kind, 2, pa.array([0, value], integer).buffers())
    with pytest.raises(fletching.DataError, match=r"row 2, column 1 'x'") as caught:
        column(array)
    assert "out_of_range='text'" in str(caught.value)
    assert caught.value.code == "INVALID_DATA"
    assert column(array, out_of_range="text")[1] == text


def _nanos(kind, values):
    return pa.array(values, pa.int64()).cast(kind)


def test_nanosecond_timestamps_are_exact_by_column_type():
    got = column(_nanos(pa.timestamp("ns"), [1_000_000_001, 1_000_000_000, None, -1]))
    assert [type(v) for v in got[:2]] == [fletching.Timestamp] * 2
    assert str(got[0]) == "1970-01-01 00:00:01.000000001"
    assert got[0].nanosecond == 1
    assert got[1] == dt.datetime(1970, 1, 1, 0, 0, 1)
    assert hash(got[1]) == hash(dt.datetime(1970, 1, 1, 0, 0, 1))
    assert got[2] is None
    assert str(got[3]) == "1969-12-31 23:59:59.999999999"


def test_nanosecond_timestamps_with_zone():
    (got,) = column(_nanos(pa.timestamp("ns", "Europe/Berlin"), [999]))
    assert type(got) is fletching.Timestamp
    assert got.isoformat() == "1970-01-01T01:00:00.000000999+01:00"


def test_nanosecond_times_and_durations():
    (time,) = column(_nanos(pa.time64("ns"), [86_399_999_999_999]))
    assert type(time) is fletching.Time
    assert str(time) == "23:59:59.999999999"
    (length,) = column(_nanos(pa.duration("ns"), [-1]))
    assert type(length) is fletching.Duration
    assert length.total_nanoseconds() == -1


def test_nanoseconds_truncate_and_error():
    whole = _nanos(pa.timestamp("ns"), [1_000])
    part = _nanos(pa.timestamp("ns"), [1_000, 1_999])
    assert (
        column(part, nanoseconds="truncate")
        == [dt.datetime(1970, 1, 1, 0, 0, 0, 1)] * 2
    )
    assert type(column(part, nanoseconds="truncate")[0]) is dt.datetime
    assert type(column(whole, nanoseconds="error")[0]) is dt.datetime
    with pytest.raises(fletching.DataError, match=r"row 2.*nanoseconds"):
        column(part, nanoseconds="error")
    for kind, plain in ((pa.time64("ns"), dt.time), (pa.duration("ns"), dt.timedelta)):
        assert type(column(_nanos(kind, [1]), nanoseconds="truncate")[0]) is plain
        with pytest.raises(fletching.DataError, match="nanoseconds"):
            column(_nanos(kind, [1]), nanoseconds="error")


def test_bad_options_say_what_is_allowed():
    for option in ("nanoseconds", "out_of_range", "maps"):
        with pytest.raises(
            fletching.ProgrammingError, match=f"{option}: 'nope' is not one of"
        ):
            fletching.rows(pa.table({"x": [1]}), **{option: "nope"})
