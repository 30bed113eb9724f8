# SPDX-License-Identifier: Apache-2.0
"""Timestamp, Time, Duration, Interval: exact, and good neighbours of datetime."""

import copy
import datetime as dt
import pickle

import pytest

from fletching import Duration, Interval, Time, Timestamp

UTC = dt.timezone.utc
PLUS2 = dt.timezone(dt.timedelta(hours=2))


def test_constructors_are_those_of_pep_249():
    assert Timestamp(2024, 2, 29, 1, 2, 3) == dt.datetime(2024, 2, 29, 1, 2, 3)
    assert Time(1, 2, 3) == dt.time(1, 2, 3)


def test_nanoseconds_tell_apart_and_order():
    early, late = (
        Timestamp(2024, 1, 1, nanosecond=1),
        Timestamp(2024, 1, 1, nanosecond=2),
    )
    assert early != late
    assert early < late <= late
    assert late > early >= early
    assert sorted([late, early]) == [early, late]
    assert len({early, late, Timestamp(2024, 1, 1, nanosecond=1)}) == 2


def test_against_plain_values_on_either_side():
    plain = dt.datetime(2024, 1, 1)
    stamp = Timestamp(2024, 1, 1, nanosecond=5)
    assert stamp != plain
    assert plain != stamp
    assert plain < stamp
    assert stamp > plain
    assert not plain > stamp
    assert Timestamp(2024, 1, 1) == plain == Timestamp(2024, 1, 1)
    assert hash(Timestamp(2024, 1, 1)) == hash(plain)
    assert {plain: "x"}[Timestamp(2024, 1, 1)] == "x"
    assert stamp.replace(nanosecond=0) == plain
    assert stamp < dt.datetime(2024, 1, 1, 0, 0, 0, 1)
    assert dt.time(1) < Time(1, nanosecond=1) < dt.time(1, 0, 0, 1)
    assert hash(Time(1)) == hash(dt.time(1))


def test_against_other_things():
    stamp = Timestamp(2024, 1, 1)
    assert stamp != "2024-01-01"
    assert stamp != dt.date(2024, 1, 1)
    with pytest.raises(TypeError):
        _ = stamp < dt.date(2024, 1, 1)
    assert stamp != Timestamp(2024, 1, 1, tzinfo=UTC)
    with pytest.raises(TypeError, match="naive"):
        _ = stamp < Timestamp(2024, 1, 1, tzinfo=UTC)


def test_zones_compare_by_moment_and_hash_alike():
    here = Timestamp(2024, 1, 1, 12, tzinfo=UTC, nanosecond=3)
    there = Timestamp(2024, 1, 1, 14, tzinfo=PLUS2, nanosecond=3)
    assert here == there
    assert hash(here) == hash(there)
    assert here < there.replace(nanosecond=4)
    assert here.astimezone(PLUS2).isoformat() == "2024-01-01T14:00:00.000000003+02:00"
    assert type(here.astimezone(PLUS2)) is Timestamp


def test_text():
    stamp = Timestamp(2024, 1, 2, 3, 4, 5, 6, nanosecond=7)
    assert str(stamp) == "2024-01-02 03:04:05.000006007"
    assert f"{stamp}" == str(stamp)
    assert f"{stamp:%Y}" == "2024"
    assert stamp.isoformat() == "2024-01-02T03:04:05.000006007"
    assert stamp.isoformat(timespec="seconds") == "2024-01-02T03:04:05"
    assert Timestamp(2024, 1, 2).isoformat() == "2024-01-02T00:00:00"
    nine = Timestamp(2024, 1, 2, tzinfo=UTC).isoformat(timespec="nanoseconds")
    assert nine == "2024-01-02T00:00:00.000000000+00:00"
    assert str(Time(1, 2, 3, nanosecond=45)) == "01:02:03.000000045"
    assert repr(stamp) == "fletching.Timestamp(2024, 1, 2, 3, 4, 5, 6, nanosecond=7)"


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-02T03:04:05.123456789",
        "2024-01-02T03:04:05.123456789+02:00",
        "2024-01-02T03:04:05.000000001",
        "2024-01-02T03:04:05",
    ],
)
def test_text_round_trip(text):
    assert Timestamp.fromisoformat(text).isoformat() == text
    assert Time.fromisoformat(text[11:]).isoformat() == text[11:]


def test_short_fractions_are_decimals():
    assert Timestamp.fromisoformat("2024-01-02T00:00:00.1234567").nanosecond == 700


@pytest.mark.parametrize("bad", [-1, 1000, 10**12])
def test_nanosecond_is_0_to_999(bad):
    with pytest.raises(ValueError, match="nanosecond"):
        Timestamp(2024, 1, 1, nanosecond=bad)
    with pytest.raises(ValueError, match="nanosecond"):
        Time(1, nanosecond=bad)


@pytest.mark.parametrize(
    "value",
    [
        Timestamp(2024, 1, 2, 3, 4, 5, 6, UTC, nanosecond=7),
        Timestamp(2024, 10, 27, 2, 30, nanosecond=1, fold=1),
        Time(1, 2, 3, 4, PLUS2, nanosecond=5),
        Duration(days=-3, nanoseconds=5),
        Interval(1, -2, 3),
    ],
)
def test_pickle_and_copy(value):
    copies = [
        pickle.loads(pickle.dumps(value, protocol))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ]
    copies += [copy.copy(value), copy.deepcopy(value)]
    for twin in copies:
        assert type(twin) is type(value)
        assert twin == value
        assert repr(twin) == repr(value)


def test_replace_keeps_what_is_not_given():
    stamp = Timestamp(2024, 1, 2, 3, 4, 5, 6, UTC, nanosecond=7, fold=1)
    assert stamp.replace(year=2025) == Timestamp(
        2025, 1, 2, 3, 4, 5, 6, UTC, nanosecond=7
    )
    assert stamp.replace(tzinfo=None).tzinfo is None
    assert stamp.replace(nanosecond=0).nanosecond == 0
    assert stamp.replace(hour=1).fold == 1
    assert Time(1, nanosecond=5).replace(hour=2) == Time(2, nanosecond=5)


def test_parts():
    stamp = Timestamp(2024, 1, 2, 3, 4, 5, 6, UTC, nanosecond=7)
    assert stamp.date() == dt.date(2024, 1, 2)
    assert stamp.time() == Time(3, 4, 5, 6, nanosecond=7)
    assert stamp.timetz() == Time(3, 4, 5, 6, UTC, nanosecond=7)
    assert type(stamp.to_datetime()) is dt.datetime
    assert stamp.to_datetime() == dt.datetime(2024, 1, 2, 3, 4, 5, 6, UTC)
    assert stamp.timestamp_ns() == 1704164645_000006007
    joined = Timestamp.combine(dt.date(2024, 1, 2), Time(3, nanosecond=9))
    assert joined == Timestamp(2024, 1, 2, 3, nanosecond=9)


def test_arithmetic_is_exact():
    stamp = Timestamp(2024, 1, 1, nanosecond=999)
    assert stamp + Duration(nanoseconds=1) == dt.datetime(2024, 1, 1, 0, 0, 0, 1)
    assert Duration(nanoseconds=2) + stamp == Timestamp(
        2024, 1, 1, 0, 0, 0, 1, nanosecond=1
    )
    assert stamp + dt.timedelta(days=1) == Timestamp(2024, 1, 2, nanosecond=999)
    assert stamp - Duration(nanoseconds=1000) == Timestamp(
        2023, 12, 31, 23, 59, 59, 999999, nanosecond=999
    )
    plain = dt.datetime(2024, 1, 1)
    for difference in (stamp - plain, -(plain - stamp)):
        assert type(difference) is Duration
        assert difference.total_nanoseconds() == 999
    aware = Timestamp(2024, 1, 1, 2, tzinfo=PLUS2, nanosecond=1)
    assert aware - dt.datetime(2024, 1, 1, tzinfo=UTC) == Duration(nanoseconds=1)


def test_durations():
    one = Duration(seconds=1, nanoseconds=1)
    assert one.total_nanoseconds() == 1_000_000_001
    assert (one.days, one.seconds, one.microseconds, one.nanosecond) == (0, 1, 0, 1)
    assert one > dt.timedelta(seconds=1)
    assert dt.timedelta(seconds=1) < one
    assert one - dt.timedelta(seconds=1) == Duration(nanoseconds=1)
    assert dt.timedelta(seconds=1) - one == Duration(nanoseconds=-1)
    assert dt.timedelta(seconds=1) + one == Duration(seconds=2, nanoseconds=1)
    assert sum([one, one], dt.timedelta()) == 2 * one == one * 2
    assert -one + one == Duration()
    assert abs(-one) == one
    assert not Duration()
    assert Duration(nanoseconds=1)
    assert Duration(days=1) == dt.timedelta(days=1)
    assert hash(Duration(days=1)) == hash(dt.timedelta(days=1))
    assert hash(one) != hash(dt.timedelta(seconds=1))


def test_duration_division():
    assert Duration(nanoseconds=5) / 2 == Duration(nanoseconds=2)
    assert Duration(nanoseconds=7) / 2 == Duration(nanoseconds=4)
    assert Duration(nanoseconds=-7) // 2 == Duration(nanoseconds=-4)
    assert Duration(nanoseconds=10) / Duration(nanoseconds=4) == 2.5
    assert dt.timedelta(microseconds=1) / Duration(nanoseconds=250) == 4.0
    assert Duration(nanoseconds=10) // Duration(nanoseconds=4) == 2
    assert Duration(nanoseconds=10) % Duration(nanoseconds=4) == Duration(nanoseconds=2)
    assert divmod(Duration(nanoseconds=10), Duration(nanoseconds=4)) == (
        2,
        Duration(nanoseconds=2),
    )
    assert Duration(nanoseconds=10) * 0.25 == Duration(nanoseconds=2)


def test_duration_text():
    assert str(Duration(seconds=1, nanoseconds=5)) == "0:00:01.000000005"
    assert str(Duration(days=-1, microseconds=1, nanoseconds=5)) == (
        "-1 day, 0:00:00.000001005"
    )
    assert str(Duration(hours=1)) == "1:00:00"
    assert repr(Duration(days=1, nanoseconds=5)) == (
        "fletching.Duration(days=1, nanoseconds=5)"
    )


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (Interval(14, 3, 1_500_000_000), "P14M3DT1.5S"),
        (Interval(0, 0, 0), "PT0S"),
        (Interval(-1, 2, -1), "P-1M2DT-0.000000001S"),
    ],
)
def test_interval_text(interval, text):
    assert str(interval) == text


def test_pandas_reads_them_without_loss():
    pandas = pytest.importorskip("pandas")
    stamp = Timestamp(2024, 1, 1, 0, 0, 0, 1, nanosecond=7)
    theirs = pandas.Timestamp("2024-01-01 00:00:00.000001007")
    assert stamp == theirs
    assert stamp - theirs == Duration()
