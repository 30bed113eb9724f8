# SPDX-License-Identifier: Apache-2.0
"""Names and signatures of flightsql-dbapi 0.2.2, compared with that package."""

from __future__ import annotations

import pathlib
import sys
from typing import Any

import compare
import pytest
import venvs

MODULES = ["", ".client", ".dbapi", ".exceptions", ".sqlalchemy", ".util"]
NAMES = ["flightsql" + module for module in MODULES]

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
    for _name, _why in compare.SQLALCHEMY_1.items():
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


@pytest.fixture(scope="module")
def old() -> dict[str, Any]:
    return compare.surface(venvs.interpreter("flightsql-dbapi"), *NAMES)


@pytest.fixture(scope="module")
def new() -> dict[str, Any]:
    return compare.surface(pathlib.Path(sys.executable), *NAMES)


def differences(old: dict[str, Any], new: dict[str, Any], path: str) -> list[str]:
    return compare.differences(old, new, path, LEFT_OUT, CHANGED)


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
    assert compare.takes(client[1:], taken)
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
