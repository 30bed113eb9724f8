# SPDX-License-Identifier: Apache-2.0
"""SqlInfo, whatever the union's type ids, and what is made of it."""

from __future__ import annotations

from typing import Any

import pytest

import fletching

pa = pytest.importorskip("pyarrow")

from told_server import NO_ENDPOINTS, Told, sql_info  # noqa: E402


def test_permuted_type_ids_read_the_same(go_secure: Any) -> None:
    """ADBC's driver takes the third child for numbers, whatever it is."""
    found = []
    for flags in ([], ["-permuted-sql-info"]):
        with fletching.connect(go_secure(flags=flags).uri) as connection:
            found.append(dict(connection.get_sql_info()))
    assert found[0] == found[1]
    assert found[0][8] == 2
    assert found[0][9] is True
    assert isinstance(found[0][0], str)
    assert isinstance(found[0][508], list)


def test_ids_choose_even_where_the_server_sends_more(go_secure: Any) -> None:
    server = go_secure(flags=["-skip-unknown-sql-info"])
    with fletching.connect(server.uri) as connection:
        assert set(dict(connection.get_sql_info([8, 9, 12345]))) == {8, 9}
        assert set(dict(connection.get_sql_info([0]))) == {0}


def test_servers_that_others_wrote(
    go_sqlite: Any, roapi: Any, derby: Any, embedded: Any
) -> None:
    for uri, name in (
        (go_sqlite.uri, "db_name"),
        (derby("plain").uri, "derby"),
        (embedded().uri, "datafusion"),
        (embedded(engine="duckdb").uri, "duckdb"),
    ):
        with fletching.connect(uri) as connection:
            info = connection.server_info()
            assert name in info["name"].lower(), info
            assert info["version"]
            assert dict(connection.get_sql_info())[0] == info["name"]
            profile = {"db_name": "sqlite", "derby": "generic"}.get(name, name)
            assert info["profile"] == profile
    with fletching.connect(roapi("plain").uri) as connection:
        assert connection.server_info()["profile"] in ("generic", "datafusion")


def test_server_info_reads_what_it_knows(told: Told) -> None:
    server = told(
        GetSqlInfo=sql_info(
            {
                0: "Some Server",
                1: "7.1",
                2: "21.0.0",
                3: True,
                5: True,
                8: 1,
                9: False,
                10: True,
                503: 2,
                504: "`",
                505: 3,
                508: ["QUALIFY"],
                513: "!",
                10_000: "a vendor's own",
            }
        )
    )
    with fletching.connect(server.uri) as connection:
        info = connection.server_info()
    assert info == {
        "name": "Some Server",
        "version": "7.1",
        "arrow_version": "21.0.0",
        "profile": "generic",
        "dialect": "generic",
        "binding": "server",
        "transactions": "transactions",
        "read_only": True,
        "cancel": False,
        "bulk_ingestion": True,
        "substrait": True,
        "ingest_transactions": None,
        "identifier_quote": "`",
        "search_escape": "!",
        "identifier_case": "upper",
        "quoted_identifier_case": "lower",
        "keywords": ["QUALIFY"],
        "max_message": 4 << 20,
    }
    assert server.asked["GetSqlInfo"] == 1


@pytest.mark.parametrize("answer", [NO_ENDPOINTS, None, pa.table({"info_name": [1]})])
def test_a_server_that_does_not_say_is_generic(told: Told, answer: Any) -> None:
    server = told(**({} if answer is None else {"GetSqlInfo": answer}))
    with fletching.connect(server.uri) as connection:
        info = connection.server_info()
        assert (info["name"], info["profile"]) == ("", "generic")
        assert info["read_only"] is None


def test_kinds_that_nobody_promised_are_passed_over(told: Told) -> None:
    """A truth value where a number is due, a number where a text is due, NULLs."""
    server = told(GetSqlInfo=sql_info({0: 42, 8: True, 3: 1, 504: ["x"], 513: ""}))
    with fletching.connect(server.uri) as connection:
        info = connection.server_info()
        assert info["name"] == ""
        assert info["transactions"] == "transactions"
        assert info["read_only"] is True
        assert info["identifier_quote"] is None


def test_wide_ids_and_a_plain_column_of_values(told: Told) -> None:
    """No union at all: a server that knows texts only."""
    answer = pa.table(
        {
            "INFO_NAME": pa.array([0, 1], pa.int64()),
            "VALUE": pa.array(["Plain", "1"]).dictionary_encode(),
        }
    )
    server = told(GetSqlInfo=answer)
    with fletching.connect(server.uri) as connection:
        info = connection.server_info()
        assert (info["name"], info["version"]) == ("Plain", "1")
        assert list(connection.get_sql_info([1])) == [(1, "1")]
