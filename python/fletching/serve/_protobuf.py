# SPDX-License-Identifier: Apache-2.0
"""The little of protobuf that Flight SQL messages need, written by hand.

Wire format as in protobuf's own "Encoding" page: a field is a varint key
``number << 3 | wire type`` followed by a varint (type 0), eight little-endian bytes
(type 1), a length and bytes (type 2) or four bytes (type 5).  Groups are refused.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

Value = int | bytes

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MASK64 = (1 << 64) - 1


class DecodeError(ValueError):
    """The bytes are not a well formed protobuf message."""


def varint(number: int) -> bytes:
    """Encode a number; negative ones as the ten bytes of their 64-bit complement."""
    number &= _MASK64
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number: int, value: int | bool | str | bytes | None) -> bytes:
    """Encode one field; None is an absent optional field and gives no bytes."""
    if value is None:
        return b""
    if isinstance(value, int):
        return varint(number << 3 | _VARINT) + varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | _BYTES) + varint(len(raw)) + raw


def fixed64_field(number: int, value: int) -> bytes:
    """Encode an ``sfixed64`` field."""
    return varint(number << 3 | _FIXED64) + struct.pack("<q", value)


def double_field(number: int, value: float) -> bytes:
    """Encode a ``double`` field."""
    return varint(number << 3 | _FIXED64) + struct.pack("<d", value)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    result = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise DecodeError("protobuf: broken varint")
        byte = data[at]
        at += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result & _MASK64, at
        shift += 7


def _fields(data: bytes) -> Iterator[tuple[int, Value]]:
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        number, wire = key >> 3, key & 7
        if number == 0:
            raise DecodeError("protobuf: field number 0")
        if wire == _VARINT:
            value, at = _read_varint(data, at)
            yield number, value
            continue
        if wire == _BYTES:
            size, at = _read_varint(data, at)
        elif wire in (_FIXED64, _FIXED32):
            size = 8 if wire == _FIXED64 else 4
        else:
            raise DecodeError(f"protobuf: wire type {wire} is not supported")
        if size > len(data) - at:
            raise DecodeError("protobuf: a field runs past the end of the message")
        yield number, data[at : at + size]
        at += size


class Message:
    """A decoded message: the values of each field by its number."""

    def __init__(self, data: bytes) -> None:
        self._values: dict[int, list[Value]] = {}
        for number, value in _fields(data):
            self._values.setdefault(number, []).append(value)

    def __contains__(self, number: int) -> bool:
        return number in self._values

    def raw(self, number: int, default: bytes = b"") -> bytes:
        """Return the last value of a bytes or message field."""
        value = self._values.get(number, [default])[-1]
        if isinstance(value, int):
            raise DecodeError(f"protobuf: field {number} should hold bytes")
        return value

    def optional_bytes(self, number: int) -> bytes | None:
        """Return a bytes field, or None when the message does not have it."""
        return self.raw(number) if number in self else None

    def string(self, number: int) -> str:
        """Return a string field ("" when absent)."""
        return _text(self.raw(number))

    def optional_string(self, number: int) -> str | None:
        """Return a string field, or None when the message does not have it."""
        return self.string(number) if number in self else None

    def strings(self, number: int) -> list[str]:
        """Return a repeated string field."""
        return [_text(value) for value in self.repeated_bytes(number)]

    def repeated_bytes(self, number: int) -> list[bytes]:
        """Return a repeated bytes or message field."""
        values = self._values.get(number, [])
        return [value for value in values if not isinstance(value, int)]

    def number(self, number: int, default: int = 0) -> int:
        """Return an unsigned, bool or enum field."""
        value = self._values.get(number, [default])[-1]
        if not isinstance(value, int):
            raise DecodeError(f"protobuf: field {number} should hold a number")
        return value

    def signed(self, number: int, default: int = 0) -> int:
        """Return an int32 or int64 field."""
        value = self.number(number, default)
        return value - (1 << 64) if value >= 1 << 63 else value

    def fixed64(self, number: int) -> int:
        """Return an ``sfixed64`` field."""
        return int(struct.unpack("<q", self._eight(number))[0])

    def double(self, number: int) -> float:
        """Return a ``double`` field."""
        return float(struct.unpack("<d", self._eight(number))[0])

    def _eight(self, number: int) -> bytes:
        raw = self.raw(number)
        if len(raw) != 8:
            raise DecodeError(f"protobuf: field {number} should hold eight bytes")
        return raw

    def numbers(self, number: int) -> list[int]:
        """Return a repeated number, packed or not (a decoder has to take both)."""
        found: list[int] = []
        for value in self._values.get(number, []):
            if isinstance(value, int):
                found.append(value)
                continue
            at = 0
            while at < len(value):
                item, at = _read_varint(value, at)
                found.append(item)
        return found

    def string_map(self, number: int) -> dict[str, bytes]:
        """Return a ``map<string, message>``: its entries are {1: key, 2: value}."""
        entries = [Message(raw) for raw in self.repeated_bytes(number)]
        return {entry.string(1): entry.raw(2) for entry in entries}


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise DecodeError("protobuf: a string field is not UTF-8") from error


def map_entry(number: int, key: str, value: bytes) -> bytes:
    """Encode one entry of a ``map<string, message>`` field."""
    return field(number, field(1, key) + field(2, value))
