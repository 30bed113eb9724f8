# SPDX-License-Identifier: Apache-2.0
"""info, tables and schema, on every server that there is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import fletching

SERVERS = ["go_sqlite", "go_secure", "roapi", "derby", "datafusion", "duckdb"]


@pytest.fixture
def uri_of(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """The URL of a server by name."""

    def find(name: str) -> str:
        if name in ("datafusion", "duckdb"):
            return str(request.getfixturevalue("embedded")(engine=name).uri)
        server = request.getfixturevalue(name)
        return str((server("plain") if callable(server) else server).uri)

    return find


@pytest.fixture(scope="module")
def shop(embedded: Any) -> str:
    """A DuckDB server with keys."""
    server = embedded(engine="duckdb", fresh=True)
    with fletching.connect(server.uri, autocommit=True) as connection:
        for statement in (
            "create schema shop",
            "create table shop.item (id integer primary key, name varchar not null,"
            " price decimal(9, 2))",
            "create table shop.line (a integer, b bigint, item integer, primary key"
            " (b, a), foreign key (item) references shop.item (id))",
            "comment on column shop.line.item is 'what was bought'",
            "create view shop.cheap as select * from shop.item where price < 1",
        ):
            connection.execute(statement)
    return str(server.uri)


# ---- info ----


@pytest.mark.parametrize("name", SERVERS)
def test_info_says_what_each_server_is_and_can_do(
    run: Any, uri_of: Callable[[str], str], name: str
) -> None:
    uri = uri_of(name)
    done = run("info", uri)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = {
        line[:24].strip(): line[24:]
        for line in done.stdout.splitlines()
        if line[:1] != " "
    }
    assert lines["url"] == uri
    for label in ("server", "version", "profile", "transactions", "cancel", "limits"):
        assert lines[label], label
    assert lines["latency ms"].endswith(" ms")
    as_json = run("info", uri, "--format", "jsonl")
    told = json.loads(as_json.stdout)
    assert told["tables"] >= 1 or name in ("datafusion", "duckdb")
    assert told["latency_ms"] > 0
    assert isinstance(told["limits"], list)
    profiles = {"go_sqlite": "sqlite", "go_secure": "sqlite", "derby": "generic"}
    profiles |= {"datafusion": "datafusion", "duckdb": "duckdb"}
    assert told["profile"] == profiles.get(name, told["profile"])


def test_info_of_what_the_go_server_can_do(run: Any, go_secure: Any) -> None:
    told = json.loads(run("info", go_secure().uri, "--format", "jsonl").stdout)
    assert told["transactions"] is True
    assert told["savepoints"] is True
    assert told["cancel"] is True
    assert told["bulk_ingestion"] is True
    assert told["read_only"] is False
    assert told["identifier_quote"] == '"'
    assert told["catalogs"] == 1
    assert "table" in told["table_types"]
    assert "CreatePreparedStatement" in told["actions"]


def test_info_shows_limits_and_how_parameters_are_bound(
    run: Any, go_secure: Any
) -> None:
    flags = ["-sql-info", '0="ClickHouse"', "-sql-info", "100=30000"]
    flags += ["-sql-info", "559=128"]
    done = run("info", go_secure(flags=flags).uri)
    text = " ".join(done.stdout.split())
    assert "statement_timeout_ms 30000, table_name_length 128" in text
    assert "parameters by the server, one row at a time" in text


def test_info_of_a_server_that_lacks_nearly_everything(run: Any, go_fresh: Any) -> None:
    names = ["SqlInfo", "Catalogs", "DbSchemas", "Tables", "TableTypes"]
    flags = [f"GetFlightInfo/CommandGet{name}=UNIMPLEMENTED" for name in names]
    server = go_fresh(flags=[w for flag in flags for w in ("-fail", flag)])
    done = run("info", server.uri)
    assert done.returncode == 0, done.stderr
    assert "not told" in done.stdout
    assert "generic (nothing is known of this server)" in done.stdout
    assert done.stdout.count("it does not say (NOT_IMPLEMENTED)") == 4
    told = json.loads(run("info", server.uri, "--format", "jsonl").stdout)
    assert told["tables"] is None
    assert told["server"] is None


def test_info_of_a_server_that_refuses_the_caller(run: Any, go_secure: Any) -> None:
    done = run("info", go_secure("auth").uri)
    assert done.returncode == 4
    assert done.stdout == ""


# ---- tables ----


def test_tables_with_filters(run: Any, shop: str) -> None:
    def names(*words: str) -> list[str]:
        done = run("tables", shop, "--format", "csv", *words)
        assert done.returncode == 0, done.stderr
        header, *rows = done.stdout.splitlines()
        assert header == "catalog_name,db_schema_name,table_name,table_type"
        return sorted(row.split(",")[2] for row in rows)

    assert names("--schema", "shop") == ["cheap", "item", "line"]
    assert names("--schema", "shop", "--table", "_i%") == ["line"]
    assert names("--type", "view") == ["cheap"]
    assert names("--type", "VIEW", "--type", "TABLE", "--schema", "sh%") == [
        "cheap",
        "item",
        "line",
    ]
    assert names("--catalog", "memory", "--table", "item") == ["item"]
    assert names("--catalog", "") == []


def test_tables_that_match_nothing_say_how_filters_work(run: Any, shop: str) -> None:
    done = run("tables", shop, "--table", "ITEM")
    assert done.returncode == 0
    assert "case counts" in done.stderr
    assert run("tables", shop, "--table", "ITEM", "--quiet").stderr == ""
    assert run("tables", shop, "--table", "item").stderr == ""


@pytest.mark.parametrize("name", SERVERS)
def test_tables_of_each_server(
    run: Any, uri_of: Callable[[str], str], name: str
) -> None:
    done = run("tables", uri_of(name), "--format", "jsonl")
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        assert json.loads(line)["table_name"]


def test_a_server_without_tables_says_what_is_missing(run: Any, go_fresh: Any) -> None:
    flag = "GetFlightInfo/CommandGetTables=UNIMPLEMENTED"
    done = run("tables", go_fresh(flags=["-fail", flag]).uri)
    assert done.returncode == 1
    assert "GetTables: the server does not implement it" in done.stderr


# ---- schema ----


def test_schema_marks_keys(run: Any, shop: str) -> None:
    done = run("schema", shop, "line")
    assert done.returncode == 0, done.stderr
    rows = [line.split("  ") for line in done.stdout.splitlines()]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert cells[0] == [
        "column",
        "type",
        "arrow type",
        "nullable",
        "primary key",
        "references",
        "remarks",
    ]
    assert cells[2] == ["a", "INTEGER", "int32", "no", "2"]
    assert cells[3] == ["b", "BIGINT", "int64", "no", "1"]
    assert cells[4] == [
        "item",
        "INTEGER",
        "int32",
        "yes",
        "memory.shop.item(id)",
        "what was bought",
    ]


def test_schema_for_programs(run: Any, shop: str) -> None:
    done = run("schema", shop, "item", "--format", "jsonl")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows[0] == {
        "column": "id",
        "type": "INTEGER",
        "arrow_type": "int32",
        "nullable": False,
        "primary_key": 1,
        "references": None,
        "remarks": None,
    }
    assert rows[2]["type"] == "DECIMAL(9,2)"
    assert rows[2]["arrow_type"] == "decimal(9, 2)"
    assert run("schema", shop, "item", "--format", "csv").stdout.splitlines()[1] == (
        "id,INTEGER,int32,false,1,,"
    )


def test_schema_finds_a_table_by_its_dotted_name(run: Any, shop: str) -> None:
    for words in (
        ["shop.item"],
        ["memory.shop.item"],
        ["item", "--schema", "shop"],
        ["shop.item", "--catalog", "memory"],
    ):
        done = run("schema", shop, *words)
        assert done.returncode == 0, (words, done.stderr)
        assert "price" in done.stdout


def test_schema_of_no_table_says_which_there_are(run: Any, shop: str) -> None:
    done = run("schema", shop, "ITEM")
    assert done.returncode == 1
    assert "there is memory.shop.item" in done.stderr
    assert "SQLSTATE 42S02" in done.stderr
    assert "fletching tables" in run("schema", shop, "nothing").stderr


TABLES = {
    "go_sqlite": ("intTable", "foreignId", "foreignTable(id)"),
    "go_secure": ("intTable", "foreignId", "foreignTable(id)"),
    "roapi": ("city", "population", None),
    "derby": ("INTTABLE", "FOREIGNID", "APP.FOREIGNTABLE(ID)"),
}


@pytest.mark.parametrize("name", TABLES)
def test_schema_of_servers_that_others_wrote(
    run: Any, uri_of: Callable[[str], str], name: str
) -> None:
    table, column, refers = TABLES[name]
    done = run("schema", uri_of(name), table, "--format", "jsonl")
    assert done.returncode == 0, done.stderr
    rows = {r["column"]: r for r in map(json.loads, done.stdout.splitlines())}
    if refers is None:
        assert rows[column]["references"] is None
    else:
        assert refers in rows[column]["references"]
    assert all(row["type"] and row["arrow_type"] for row in rows.values())
