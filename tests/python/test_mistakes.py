# SPDX-License-Identifier: Apache-2.0
"""Mistakes that people make in Python, and what each is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.engine import make_url

import fletching

MISTAKES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "no URL": (
        lambda _: fletching.connect(None),  # type: ignore[arg-type]
        "connect: uri: a str is needed, not NoneType",
    ),
    "SQLAlchemy's URL": (
        lambda _: fletching.connect(make_url("grpc://h:1")),  # type: ignore[arg-type]
        "render_as_string(hide_password=False)",
    ),
    "few values": (
        lambda cursor: cursor.execute("select ?, ?", [1]),
        "has 2 parameters, and 1 value was given",
    ),
    "many values": (
        lambda cursor: cursor.execute("select ?", [1, 2]),
        "has 1 parameter, and 2 values were given",
    ),
    "another style": (
        lambda cursor: cursor.execute("select %s", [1]),
        "has 0 parameters, and 1 value was given (placeholders are written ?, or as"
        " connect(paramstyle=...) says)",
    ),
    "a text for a sequence": (
        lambda cursor: cursor.execute("select ?", "UA"),
        "a sequence or mapping of values is needed, not str",
    ),
    "a name that is missing": (
        lambda cursor: cursor.execute("select :a, :b", {"a": 1}),
        "no value was given for b",
    ),
    "SQL that is none": (
        lambda cursor: cursor.execute(None),
        "SQL text is needed, not NoneType",
    ),
    "a misspelt table": (
        lambda cursor: cursor.execute("select * from of_a_tets"),
        "of_a_tets",
    ),
    "a size that is text": (
        lambda cursor: cursor.execute("select 1").fetchmany("3"),
        "fetchmany: size: an int is needed, not str",
    ),
    "a header that is no text": (
        lambda _: fletching.connect("grpc://h:1", headers={"x": [1]}),  # type: ignore[dict-item]
        "option headers['x']: a str, bool, number or path is needed, not list",
    ),
    "a key in DER": (
        lambda _: fletching.connect("grpc+tls://h", mtls_private_key=b"\x30\x82\xff"),
        "certificates and keys are given as PEM",
    ),
    "a login's number": (
        lambda _: fletching.connect(
            "grpc://h:1", auth="command", auth_command="x", auth_timeout="soon"
        ),
        "option auth=command: one of auth_command, auth_timeout",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told(cursor: fletching.Cursor, mistake: str) -> None:
    act, told = MISTAKES[mistake]
    with pytest.raises(fletching.ProgrammingError, match=re.escape(told)):
        act(cursor)
