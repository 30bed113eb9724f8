# SPDX-License-Identifier: Apache-2.0
"""The server's session: its options, its catalog, its end."""

from __future__ import annotations

from typing import Any

import pytest

import fletching


@pytest.fixture
def server(go_fresh: Any) -> Any:
    return go_fresh(flags=["-sessions", "-catalog", "second"])


def test_options_of_every_type_are_kept(server: Any) -> None:
    options: dict[str, Any] = {
        "text": "ü",
        "yes": True,
        "no": False,
        "number": -(2**40),
        "real": 0.25,
        "list": ["a", "b"],
        "nothing": [],
    }
    with fletching.connect(server.uri) as connection:
        connection.set_session_options(options)
        found = connection.get_session_options()
        assert {name: found[name] for name in options} == options
        assert {name: type(value) for name, value in found.items()} == {
            name: type(value) for name, value in options.items()
        }
        connection.set_session_options({"text": None, "number": 7})
        found = connection.get_session_options()
        assert "text" not in found
        assert found["number"] == 7


def test_a_refused_option_is_named(server: Any) -> None:
    with fletching.connect(server.uri) as connection:
        with pytest.raises(fletching.ProgrammingError, match=r"catalog \(.*value"):
            connection.set_session_options({"catalog": "nowhere", "x": "kept"})
        assert connection.get_session_options()["x"] == "kept"


def test_a_value_of_another_type_is_a_type_error(server: Any) -> None:
    with fletching.connect(server.uri) as connection, pytest.raises(TypeError):
        connection.set_session_options({"x": object()})  # type: ignore[dict-item]


def test_catalog_of_a_connection(server: Any) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    with fletching.connect(
        server.uri, profile="generic", catalog="second", autocommit=True
    ) as connection:
        assert connection.get_session_options()["catalog"] == "second"
        connection.ingest("placed", pyarrow.table({"n": [1]}))
        found = connection.execute("select n from second.placed").fetchall()
        assert found == [(1,)]
    with pytest.raises(fletching.ProgrammingError, match="catalog"):
        fletching.connect(server.uri, profile="generic", catalog="nowhere")


def test_options_are_set_again_in_a_new_session(server: Any) -> None:
    with fletching.connect(
        server.uri, profile="generic", catalog="second"
    ) as connection:
        connection.set_session_options({"x": 1, "gone": 2})
        connection.set_session_options({"gone": None})
        server.drop_sessions()
        connection.execute("select 1 as n").fetchall()  # shows the new session
        found = connection.get_session_options()
        assert (found["catalog"], found["x"]) == ("second", 1)
        assert "gone" not in found


def test_sessions_of_two_connections_are_apart(server: Any) -> None:
    with fletching.connect(server.uri) as one, fletching.connect(server.uri) as other:
        one.set_session_options({"x": "one"})
        other.set_session_options({"x": "other"})
        assert one.get_session_options()["x"] == "one"
        assert other.get_session_options()["x"] == "other"


def test_close_ends_the_session(server: Any) -> None:
    for close in ("close", "with", "del"):
        connection = fletching.connect(server.uri)
        connection.set_session_options({"x": 1})
        assert len(server.state()["open"]["sessions"]) == 1
        if close == "close":
            connection.close()
        elif close == "with":
            with connection:
                pass
        else:
            continue
        assert server.state()["open"]["sessions"] == {}, close


def test_a_server_without_sessions(go_sqlite: Any) -> None:
    with fletching.connect(go_sqlite.uri) as connection:
        assert connection.get_session_options() == {}
        with pytest.raises(fletching.DatabaseError):
            connection.set_session_options({"x": 1})
        assert connection.execute("select 1 as n").fetchall() == [(1,)]


def test_temporary_tables_live_in_the_session(server: Any) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    rows = pyarrow.table({"n": [1, 2]})
    with fletching.connect(server.uri, autocommit=True) as connection:
        connection.set_session_options({"x": 1})
        connection.ingest("passing", rows, temporary=True)
        found = connection.execute("select count(*) as n from passing").fetchall()
        assert found == [(2,)]
        with (
            fletching.connect(server.uri) as other,
            pytest.raises(fletching.DatabaseError, match="passing"),
        ):
            other.execute("select * from passing")


@pytest.mark.parametrize("engine", ["duckdb"])
def test_embedded_catalog_and_schema(embedded: Any, engine: str) -> None:
    server = embedded(engine=engine)
    with fletching.connect(server.uri, autocommit=True) as connection:
        connection.execute("create schema if not exists placed")
        connection.execute("create or replace table placed.here (n integer)")
    try:
        with fletching.connect(server.uri, db_schema="placed") as connection:
            assert connection.execute("select count(*) n from here").fetchall() == [
                (0,)
            ]
    finally:
        with fletching.connect(server.uri, autocommit=True) as connection:
            connection.execute("drop schema placed cascade")


def test_prepared_statements_outlive_a_lost_session(server: Any) -> None:
    """They may be gone with it: the text is then prepared again by the next try."""
    with fletching.connect(server.uri) as connection:
        connection.set_session_options({"x": 1})
        assert connection.execute("select ? as n", [1]).fetchall() == [(1,)]
        server.drop_sessions()
        assert connection.execute("select ? as n", [2]).fetchall() == [(2,)]
