# SPDX-License-Identifier: Apache-2.0
"""Names and signatures of flightsql-dbapi 0.2.2, compared with that package."""

from __future__ import annotations

import functools
import json
import pathlib
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
import venvs

MODULES = ["", ".client", ".dbapi", ".exceptions", ".sqlalchemy", ".util"]

# What is not there, and why.
LEFT_OUT = {
    "client.create_flight_client": "gives a pyarrow.flight.FlightClient: the transport"
    " is Fletching's own",
    "client.flight_action": "takes protobuf messages of the generated module",
    "client.flight_descriptor": "takes protobuf messages of the generated module",
    "dbapi.check_result": "a decorator for its own cursor's methods",
    "dbapi.ParameterRecordBuilder.union_array_for_value": "values go in columns of"
    " their own types, not in unions that hold one of them",
    "dbapi.ParameterRecordBuilder.arrow_types": "as above",
    "dbapi.ParameterRecordBuilder.union_positions": "as above",
}
# The dialects' class of SQLAlchemy 2: these are SQLAlchemy 1's, which it removed.
for _dialect in ("FlightSQLDialect", "DataFusionDialect"):
    for _name, _why in {
        "dbapi": "import_dbapi in SQLAlchemy 2; where that is 1.4, it is there",
        "returns_unicode_strings": "removed by SQLAlchemy 2",
        "supports_unicode_binds": "removed by SQLAlchemy 2",
        "supports_unicode_statements": "removed by SQLAlchemy 2",
        "supports_pk_autoincrement": "removed by SQLAlchemy 2",
        "paramstyle": "of the instance, where a class of one's own has not set it",
        "sql_info": "the driver keeps SqlInfo, Connection.get_sql_info() tells it",
        "sql_info_values": "as sql_info",
    }.items():
        LEFT_OUT[f"sqlalchemy.{_dialect}.{_name}"] = _why

# Signatures that differ, and why.
CHANGED = {
    "client.PreparedStatement.__init__": "FlightSQLClient.prepare() makes them",
    "client.FlightSQLClient.__init__": "0.2.2 hands on *args and **kwargs; compared"
    " with create_flight_client, which takes them, in its own test",
    "dbapi.Cursor.__init__": "Connection.cursor() makes them",
    "dbapi.Connection.__init__": "its keywords are named",
    "sqlalchemy.FlightSQLDialect.get_columns": "the table is given by position, and"
    " named table_name as SQLAlchemy names it",
    "sqlalchemy.FlightSQLDialect.has_table": "as get_columns",
    "sqlalchemy.DataFusionDialect.get_columns": "as get_columns",
    "sqlalchemy.DataFusionDialect.has_table": "as get_columns",
}


@functools.cache
def surface(python: pathlib.Path) -> dict[str, Any]:
    script = pathlib.Path(__file__).with_name("surface.py")
    names = ["flightsql" + module for module in MODULES]
    done = subprocess.run(
        [python, script, *names], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def old() -> dict[str, Any]:
    return surface(venvs.interpreter("flightsql-dbapi"))


@pytest.fixture(scope="module")
def new() -> dict[str, Any]:
    return surface(pathlib.Path(sys.executable))


def takes(new: list[list[Any]] | None, old: list[list[Any]] | None) -> bool:
    """Whether every call of the old signature is one of the new."""
    if new is None or old is None:  # no function
        return True
    if any(kind == "VAR_KEYWORD" for _, kind, _ in new) and len(new) <= 3:
        return True  # *args, **kwargs
    for place, (name, kind, default) in enumerate(old):
        if kind in ("VAR_POSITIONAL", "VAR_KEYWORD"):
            continue
        by_name = {one[0]: (at, one) for at, one in enumerate(new)}
        if name not in by_name:
            return False
        at, found = by_name[name]
        if kind == "POSITIONAL_OR_KEYWORD" and (at != place or found[1] != kind):
            return False
        if default and not found[2]:
            return False
    known = {name for name, _, _ in old}
    return all(one[2] or one[0] in known or one[1].startswith("VAR_") for one in new)


def differences(
    old: dict[str, Any], new: dict[str, Any], path: str, inherited: Sequence[str] = ()
) -> list[str]:
    found = []
    for name, value in old.items():
        place = f"{path}.{name}".lstrip(".")
        if place in LEFT_OUT:
            assert name not in new, f"{place} is there: take it off the list"
        elif name not in new:
            if name in inherited:
                continue
            found.append(f"{place} is missing")
        elif isinstance(value, dict):
            here = new[name]
            found += differences(
                value["members"], here["members"], place, here["inherited"]
            )
        elif place not in CHANGED and not takes(new[name], value):
            found.append(f"{place}: {new[name]} does not take {value}")
    return found


@pytest.mark.parametrize("module", MODULES)
def test_every_name_and_signature_is_there(
    old: dict[str, Any], new: dict[str, Any], module: str
) -> None:
    name = "flightsql" + module
    assert differences(old[name], new[name], module.lstrip(".")) == []


def test_a_client_takes_what_the_old_one_took(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    taken = old["flightsql.client"]["create_flight_client"]
    client = new["flightsql.client"]["FlightSQLClient"]["members"]["__init__"]
    assert client[0][0] == "self"
    assert takes(client[1:], taken)
    assert [one[0] for one in client[1 : len(taken)]] == [one[0] for one in taken[:-1]]


def test_a_name_that_is_missing_would_be_told(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    shorter = dict(new["flightsql.client"])
    del shorter["TableRef"]
    members = dict(shorter["FlightSQLClient"]["members"])
    shorter["FlightSQLClient"] = {"members": members, "inherited": []}
    members["execute"] = [["self", "POSITIONAL_OR_KEYWORD", False]]
    told = differences(old["flightsql.client"], shorter, "client")
    assert len(told) == 2
    assert told[0].startswith("client.FlightSQLClient.execute: ")
    assert told[1] == "client.TableRef is missing"
