# SPDX-License-Identifier: Apache-2.0
"""Small things that several modules read."""

from __future__ import annotations

import json
import urllib.parse
from typing import Any

from confluent_sql.exceptions import _DataValueError

__all__ = ["decode_sql_hex_literal", "extract_error_detail", "next_page_token"]


def decode_sql_hex_literal(encoded: Any) -> bytes:
    """The bytes of x'00ff'; DataError for anything else."""
    if isinstance(encoded, str) and encoded[:2] == "x'" and encoded[-1:] == "'":
        try:
            return bytes.fromhex(encoded[2:-1])
        except ValueError:
            pass
    raise _DataValueError(f"Expected a literal like x'00ff' but got {encoded!r}")


def extract_error_detail(response: Any) -> str:
    """What the body of an error says: "'code' - detail; detail"."""
    try:
        errors = json.loads(response.content)["errors"]
        details = [str(one["detail"]) for one in errors if one.get("detail")]
        code = errors[0].get("code") if errors else None
    except (ValueError, KeyError, TypeError, AttributeError):
        details, code = [], None
    shown = code if code else response.status_code
    return f"'{shown}' - {'; '.join(details) or 'no more details'}"


def next_page_token(next_url: str | None) -> str | None:
    """The page_token of the address of the next page, None at the end."""
    if not next_url:
        return None
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(next_url).query)
    found = query.get("page_token")
    return found[0] if found else None
