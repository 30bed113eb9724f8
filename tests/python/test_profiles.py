# SPDX-License-Identifier: Apache-2.0
"""Profiles: how a server is recognised, and what is done otherwise for it."""

from __future__ import annotations

import json
from typing import Any

import pytest

import fletching

NAMES = {
    "clickhouse": "ClickHouse",
    "datafusion": "DataFusion",
    "doris": "DorisFE",
    "dremio": "Dremio Server",
    "duckdb": "DuckDB",
    "gizmosql": "GizmoSQL (DuckDB)",
    "influxdb3": "InfluxDB IOx",
    "iomete": "IOMETE",
    "kurrentdb": "KurrentDB",
    "sqlite": "db_name",
    "starrocks": "StarRocks",
    "generic": "Hadoop-Arrow-Parquet Source",
}


def named(go_secure: Any, name: str, mode: str = "plain", **options: Any) -> Any:
    """The Go server under another's name."""
    flags = ["-sql-info", f"0={json.dumps(name)}", "-sql-info", '1="7.1"']
    flags += options.pop("flags", [])
    return go_secure(mode, flags=flags, **options)


@pytest.mark.parametrize("profile", sorted(set(NAMES) - {"sqlite"}))
def test_a_server_is_recognised_by_its_name(go_fresh: Any, profile: str) -> None:
    server = named(go_fresh, NAMES[profile])
    with fletching.connect(server.uri) as connection:
        assert connection.info["profile"] == "auto"
        assert connection.server_info()["profile"] == profile
        assert connection.info["profile"] == profile


def test_the_profile_that_is_given_wins(go_secure: Any) -> None:
    server = named(go_secure, "StarRocks")
    with fletching.connect(server.uri, profile="duckdb") as connection:
        assert connection.info["profile"] == "duckdb"
        assert connection.server_info()["profile"] == "duckdb"
    with pytest.raises(fletching.Error, match="auto, clickhouse, confluent"):
        fletching.connect(server.uri, profile="oracle")


def test_the_scheme_of_the_url_is_a_profile(go_secure: Any) -> None:
    address = go_secure().uri.partition("://")[2]
    uri = f"datafusion+flightsql://{address}?insecure=true"
    with fletching.connect(uri) as connection:
        assert connection.info["profile"] == "datafusion"


# ---- the catalog and schema that a connection begins in ----


def test_catalog_and_schema_by_session_option(go_fresh: Any) -> None:
    server = go_fresh(flags=["-catalog", "second"])
    with fletching.connect(server.uri, profile="generic", catalog="second") as c:
        assert c.get_session_options()["catalog"] == "second"
    with pytest.raises(fletching.Error, match="catalog"):
        fletching.connect(server.uri, profile="generic", catalog="nowhere")


@pytest.mark.parametrize(
    ("profile", "option", "header"),
    [
        ("influxdb3", "catalog", "database"),
        ("iomete", "catalog", "schema"),
        ("dremio", "db_schema", "schema"),
    ],
)
@pytest.mark.parametrize("given", [True, False])
def test_catalog_or_schema_by_header_on_every_call(
    go_fresh: Any, profile: str, option: str, header: str, given: bool
) -> None:
    server = named(go_fresh, NAMES[profile])
    options = {option: "sales"} | ({"profile": profile} if given else {})
    with fletching.connect(server.uri, **options) as connection:
        connection.execute("select 1").fetchall()
        for method in ("GetFlightInfo", "DoGet"):
            call = server.calls(method)[-1]
            assert call.headers[header] == ["sales"], method


@pytest.mark.parametrize("profile", ["starrocks", "clickhouse", "iomete"])
def test_schema_by_use(go_fresh: Any, profile: str) -> None:
    """SQLite has no USE, so the text that the server refuses shows it."""
    server = named(go_fresh, NAMES[profile])
    with pytest.raises(fletching.DatabaseError, match="USE") as caught:
        fletching.connect(server.uri, db_schema="a `b")
    assert "near" in str(caught.value)
    assert "USE `a ``b`" in json.dumps(server.events())


def test_a_server_without_a_choice_says_so(go_secure: Any) -> None:
    server = named(go_secure, "KurrentDB")
    with pytest.raises(fletching.NotSupportedError, match="kurrentdb"):
        fletching.connect(server.uri, catalog="x")


# ---- binding ----


@pytest.mark.parametrize("profile", ["influxdb3", "dremio", "starrocks", "doris"])
def test_servers_that_cannot_bind_get_the_values_in_the_text(
    go_fresh: Any, profile: str
) -> None:
    server = named(go_fresh, NAMES[profile], flags=["-bind", "none"])
    with fletching.connect(server.uri) as connection:
        cursor = connection.execute("select ?, ?", (7, "it's"))
        assert cursor.fetchall() == [(7, "it's")]
        assert not server.events("CreatePreparedStatement")


@pytest.mark.parametrize("profile", ["clickhouse", "iomete"])
def test_servers_that_bind_one_row_get_row_by_row(go_fresh: Any, profile: str) -> None:
    server = named(go_fresh, NAMES[profile], flags=["-bind", "one"])
    with fletching.connect(server.uri) as connection:
        connection.execute("create table one_by_one (a integer)")
        connection.executemany("insert into one_by_one values (?)", [(1,), (2,), (3,)])
        found = connection.execute("select sum(a) from one_by_one").fetchall()
        assert found == [(6,)]


# ---- transactions, reads, messages, sessions ----


def test_a_profile_knows_better_than_sqlinfo_about_transactions(go_fresh: Any) -> None:
    """This server says it has savepoints; under Dremio's name it is not believed."""
    server = named(go_fresh, "Dremio Server")
    with fletching.connect(server.uri) as connection:
        assert connection.server_info()["transactions"] == "none"
        connection.execute("create table t (a integer)")
        assert not connection.in_transaction
        with pytest.raises(fletching.NotSupportedError, match="no transactions"):
            connection.autocommit = False
    assert not server.events("BeginTransaction")


@pytest.mark.parametrize(("profile", "again"), [("influxdb3", True), ("duckdb", False)])
def test_a_read_only_server_may_be_asked_anything_again(
    go_fresh: Any, profile: str, again: bool
) -> None:
    server = go_fresh()
    with fletching.connect(server.uri, profile=profile) as connection:
        server.fail("GetFlightInfo/CommandStatementQuery=UNAVAILABLE,times=1")
        if again:
            assert connection.execute("pragma user_version").fetchall()
        else:
            with pytest.raises(fletching.OperationalError):
                connection.execute("pragma user_version").fetchall()


def test_messages_are_cut_to_what_the_server_accepts(go_fresh: Any) -> None:
    pa = pytest.importorskip("pyarrow")
    rows = pa.table({"t": ["x" * 1000] * 20_000})
    for name, most in (("DataFusion", 4 << 20), ("Hadoop", 4 << 20)):
        server = named(go_fresh, name, flags=["-max-message", str(64 << 20)])
        with fletching.connect(server.uri) as connection:
            assert connection.server_info()["max_message"] == most
            connection.ingest("wide", rows)
        (event,) = server.events("CommandStatementIngest")
        assert most // 4 < event["largest"] <= most


def test_a_token_that_is_a_session_is_not_shared_and_is_closed(go_fresh: Any) -> None:
    for profile, handshakes in (("gizmosql", 3), ("doris", 3), ("duckdb", 1)):
        server = go_fresh("auth")
        login = {"user": server.user, "password": server.password}
        for _ in range(3):
            with fletching.connect(server.uri, profile=profile, **login) as connection:
                connection.execute("select 1").fetchall()
        assert len(server.calls("Handshake")) == handshakes
        closes = server.events("CloseSession")
        if profile != "duckdb":
            assert len(closes) == 3


def test_a_token_that_turns_out_to_be_a_session_is_not_shared_from_then_on(
    go_fresh: Any,
) -> None:
    server = named(go_fresh, "GizmoSQL", "auth")
    login = {"user": server.user, "password": server.password}
    with fletching.connect(server.uri, **login) as first:
        assert first.server_info()["profile"] == "gizmosql"
        with fletching.connect(server.uri, **login) as second:
            second.execute("select 1").fetchall()
    assert len(server.calls("Handshake")) == 2


def test_a_close_that_is_never_answered_is_not_sent(go_fresh: Any) -> None:
    """StarRocks does not answer CloseSession: closing would wait in vain."""
    server = go_fresh("auth")
    login = {"user": server.user, "password": server.password}
    with fletching.connect(server.uri, profile="starrocks", **login) as connection:
        connection.execute("select 1").fetchall()
    assert not server.events("CloseSession")


def test_a_server_whose_metadata_fails_late_lacks_it(go_fresh: Any) -> None:
    """StarRocks answers GetFlightInfo, and DoGet with UNIMPLEMENTED."""
    server = named(go_fresh, "StarRocks")
    with fletching.connect(server.uri) as connection:
        connection.server_info()
        server.fail("DoGet=UNIMPLEMENTED")
        with pytest.raises(fletching.NotSupportedError, match="GetTables"):
            connection.get_tables().fetchall()
        assert connection.get_objects().fetchall() == [(None, [])]
