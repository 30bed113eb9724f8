# SPDX-License-Identifier: Apache-2.0
"""`fletching shell` as a person types it, in tmux, on real servers."""

from __future__ import annotations

import contextlib
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tmux_terminal import Terminal

Open = Callable[..., Terminal]
PROMPT = r"^fletching> ?$"
# Minutes of work, without any row before its end.
LONG = (
    "select count(*) from flights a, flights b, flights c where a.hour+b.hour>c.hour;"
)


@pytest.fixture(scope="session")
def server(embedded: Any) -> str:
    """The URL of the flights in DuckDB."""
    return str(embedded(engine="duckdb", data="nycflights13").uri)


@pytest.fixture
def shell(program: str, tmp_path: Path) -> Iterator[Open]:
    """Open a shell on a URL; its history is `tmp_path / "history"`."""
    opened: list[Terminal] = []

    def open_one(url: str, *words: str, **size: int) -> Terminal:
        env = {"FLETCHING_HISTORY": str(tmp_path / "history"), "PAGER": "less"}
        opened.append(Terminal([program, "shell", url, *words], env, **size))
        opened[-1].wait(r"^fletching> ?$")
        return opened[-1]

    yield open_one
    for terminal in opened:
        terminal.close()


def test_a_statement_of_two_lines_shows_what_query_shows(
    shell: Open, server: str, run: Any
) -> None:
    sql = "select carrier, count(*) n from flights group by 1 order by 2 desc limit 3"
    terminal = shell(server)
    terminal.type(sql[:26])
    terminal.wait(r"^ +\.\.\.> ?$")
    terminal.type(sql[26:] + ";")
    seen = terminal.wait(r"^3 rows \(\d+\.\d{3} s\)$")
    assert run("query", server, sql, "--format", "table").stdout in seen


def test_values_are_those_of_query(shell: Open, server: str, run: Any) -> None:
    sql = (
        "select 12.30::decimal(10,2) d, 18446744073709551615::ubigint u, null n,"
        " '\\x00\\xFF'::blob b, [1, null] l"
    )
    terminal = shell(server)
    for name in ("table", "csv", "jsonl", "expanded"):
        terminal.type(f"\\f {name}")
        terminal.wait(f"format is {name}")
        terminal.type(sql + ";")
        shown = run("query", server, sql, "--format", name).stdout
        terminal.wait(re.escape(shown.rstrip("\n")), after=f"format is {name}")


def test_an_error_is_that_of_query_and_the_shell_goes_on(
    shell: Open, server: str, run: Any
) -> None:
    terminal = shell(server, columns=240)
    terminal.type("select nope;")
    seen = terminal.wait(r"SQLSTATE 42000\]$")
    assert run("query", server, "select nope").stderr.strip() in seen
    terminal.type("select 40 + 2 as answer;")
    terminal.wait(r"^ +42$")


def test_ctrl_c_stops_the_statement_and_ctrl_d_leaves(shell: Open, server: str) -> None:
    terminal = shell(server)
    terminal.type(LONG)
    terminal.wait(r"the server is at work, \d+ s \(Ctrl-C stops\)")
    terminal.press("C-c")
    terminal.wait(r"^fletching: interrupted\nfletching>")
    terminal.type("select 40 + 2 as answer;")
    terminal.wait(r"^ +42$")
    terminal.type("select half a statement", "C-c")
    terminal.wait(PROMPT, after="half a statement")
    terminal.press("C-d")
    terminal.wait(r"^ended with 0$")


def test_tab_knows_keywords_tables_and_columns(shell: Open, server: str) -> None:
    terminal = shell(server)
    terminal.type("sel", "Tab")
    terminal.wait(r"^fletching> select$")
    terminal.type(" * from airl", "Tab")
    terminal.wait(r"from airlines$")
    terminal.type(" where carr", "Tab")
    terminal.wait(r"where carrier$")
    terminal.type(" = 'UA';")
    terminal.wait(r"United Air Lines Inc\.\n1 row")


def test_a_table_that_was_made_is_known_to_tab(shell: Open, embedded: Any) -> None:
    terminal = shell(str(embedded(engine="duckdb", fresh=True).uri))
    terminal.type('create table zebras (stripes bigint, "Odd Name" text);')
    terminal.wait(r"^(done|\d rows? changed)", after="Odd Name")
    terminal.type("select * from ze", "Tab")
    terminal.wait(r"from zebras$")
    terminal.type(" where Od", "Tab")
    terminal.wait(r'where "Odd Name"$')
    terminal.press("C-c")
    terminal.type("\\d zebras")
    terminal.wait(r"^stripes +BIGINT +int64 +yes$")


def test_the_catalog_by_commands(shell: Open, server: str, run: Any) -> None:
    terminal = shell(server)
    terminal.type("\\d airlines")
    shown = run("schema", server, "airlines", "--format", "table").stdout
    terminal.wait(re.escape(shown))
    terminal.type("\\d")
    shown = run("tables", server, "--format", "table").stdout
    terminal.wait(re.escape(shown))
    terminal.type("\\dn")
    terminal.wait(r"^db_schema_name|db_schema_name$")
    terminal.type("\\l")
    terminal.wait(r"^memory$")
    terminal.type("\\d Airlines_")
    terminal.wait(r"\\d lists what there is")
    terminal.type("\\nope")
    terminal.wait(r"there is no command \\nope")


def test_what_does_not_fit_goes_through_a_pager(shell: Open, server: str) -> None:
    terminal = shell(server)
    terminal.type("select * from flights;")
    terminal.wait(r"^:$")
    terminal.press("q")
    terminal.wait(r"^[\d,]+ rows, the rest was not read")
    terminal.type("\\pager off")
    terminal.wait("pager is off")
    terminal.type("select * from range(100);")
    terminal.wait(r"^100 rows")


def test_switches_and_files(shell: Open, server: str, tmp_path: Path) -> None:
    terminal = shell(server)
    terminal.type("\\x")
    terminal.wait("expanded is on")
    terminal.type("select carrier, name from airlines where carrier = 'UA';")
    terminal.wait(
        r"^-\[ 1 \]-\ncarrier \| UA\nname    \| United Air Lines Inc\.\n1 row"
    )
    terminal.type("\\timing off")
    terminal.wait("timing is off")
    terminal.type(f"\\o {tmp_path / 'rows.csv'}")
    terminal.type("\\f csv")
    terminal.type("select 1 as one, 'a,b' as two;")
    terminal.wait(r"^1 row$", after="as two;")
    terminal.type("\\o")
    terminal.type("\\q")
    terminal.wait(r"^ended with 0$")
    assert (tmp_path / "rows.csv").read_text() == 'one,two\n1,"a,b"\n'


def test_history_is_kept_for_the_next_time_and_for_nobody_else(
    shell: Open, server: str, tmp_path: Path
) -> None:
    terminal = shell(server)
    terminal.type("select 'remember me' as text;")
    terminal.wait(r"^1 row")
    terminal.press("C-d")
    terminal.wait(r"^ended with 0$")
    assert stat.S_IMODE((tmp_path / "history").stat().st_mode) == 0o600
    again = shell(server)
    again.press("Up")
    again.wait(r"^fletching> select 'remember me' as text;")


def test_transactions_by_command(shell: Open, embedded: Any) -> None:
    terminal = shell(str(embedded(engine="duckdb", fresh=True).uri))
    terminal.type("create table t (i int);")
    terminal.wait(PROMPT, after="(i int);")
    terminal.type("\\begin")
    terminal.wait(r"^fletching\*>")
    terminal.type("insert into t values (1);")
    terminal.wait(r"^1 row changed")
    terminal.type("\\rollback")
    terminal.wait(PROMPT, after="\\rollback")
    terminal.type("select count(*) as n from t;")
    terminal.wait(r"^ +0$")


def test_statements_on_standard_input(run: Any, server: str) -> None:
    script = (
        "select 1 as a;\n\\f jsonl\n-- a ; in a comment\nselect ';' as b;\nselect 3 c"
    )
    done = run("shell", server, stdin=script)
    assert done.stdout == 'a\n1\n{"b": ";"}\n{"c": 3}\n'
    assert done.returncode == 0, done.stderr
    done = run("shell", server, stdin="select nope; select 1;")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("SQLSTATE 42000]\n")


def test_what_cannot_be_reached_ends_it(run: Any) -> None:
    done = run("shell", "grpc://127.0.0.1:1", "--token", "hidden-token", stdin="")
    assert done.returncode == 3
    assert "hidden-token" not in done.stderr
    assert "there is no flag --nope" in run("shell", "grpc://h:1", "--nope", "x").stderr
    assert run("shell", "grpc://h:1", "--live").returncode == 2


def test_a_secret_is_not_among_the_words_of_the_process(
    shell: Open, embedded: Any
) -> None:
    url = str(embedded(engine="duckdb", token="a-token-of-mine").uri)
    shell(url, "--token", "a-token-of-mine")
    words = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # ended meanwhile
            words.append(file.read_bytes())
    python = [line for line in words if b"fletching.shell" in line]
    assert python
    assert not any(b"a-token-of-mine" in line for line in python)


def test_a_live_table_of_flink(shell: Open, flink: Any) -> None:
    url = "flink+" + flink().uri.removeprefix("flink+")
    terminal = shell(url, "--live")
    terminal.type(
        "select k, count(*) as n from (values 'a', 'b', 'a') as t(k) group by k;"
    )
    seen = terminal.wait(r"^2 rows after \d+ changes")
    assert re.search(r"^a +2$", seen, re.M)
    terminal.type(
        "create temporary table ticks (n bigint) with ('connector' = 'datagen',"
        " 'rows-per-second' = '5', 'fields.n.kind' = 'sequence',"
        " 'fields.n.start' = '1', 'fields.n.end' = '100000');"
    )
    terminal.wait(r"^done")
    terminal.type("\\live select count(*) as ticks from ticks;")
    terminal.wait(r"^ticks\n.*\n-+\n *[1-9]\d*$", after="\\live")
    terminal.press("C-c")
    terminal.wait(r"^1 rows? after [\d,]+ changes")
    terminal.type("\\live off")
    terminal.type("select 40 + 2 as answer;")
    terminal.wait(r"^ +42$")


def test_a_login_by_options(run: Any, embedded: Any) -> None:
    url = str(embedded(engine="duckdb", token="a-token-of-mine").uri)
    words = [
        "--option",
        "auth=command",
        "--option",
        "auth_command=echo a-token-of-mine",
    ]
    done = run("shell", url, *words, stdin="select 1 as a;")
    assert (done.returncode, done.stdout) == (0, "a\n1\n"), done.stderr
