# SPDX-License-Identifier: Apache-2.0
"""What the command line prints, where, and with which exit code."""

from __future__ import annotations

import io
import json
import os
import pty
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

pa = pytest.importorskip("pyarrow")

TYPES = (
    "select 1::bigint as i, 'a,\"b\"' as s, null::varchar as n,"
    " 12.30::decimal(10,2) as d, timestamp '2024-01-02 03:04:05.000006' as t,"
    " true as b, [1, null] as l,"
    " '\\x00\\xFF'::blob as x, 18446744073709551615::ubigint as u"
)


@pytest.fixture(scope="session")
def duck(embedded: Any) -> str:
    """The URL of a server with every type."""
    return str(embedded(engine="duckdb").uri)


def test_the_first_query_of_the_readme(run: Any, flights: str) -> None:
    sql = "select carrier, count(*) n from flights group by 1 order by 2 desc limit 5"
    done = run("query", flights, sql, "--format", "table")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["carrier", "n"]
    assert lines[1].split() == ["utf8", "int64"]
    assert lines[3].split() == ["UA", "58665"]
    assert done.stderr == "5 rows\n"


def test_csv_is_exact_and_tells_null_from_empty(run: Any, duck: str) -> None:
    done = run("query", duck, "select '' as e, null as n, 'a,\"b\"' as s, 1 as i")
    assert done.stdout == 'e,n,s,i\n"",,"a,""b""",1\n'
    assert done.stderr == ""


def test_json_lines_keep_every_digit(run: Any, duck: str) -> None:
    done = run("query", duck, TYPES, "--format", "jsonl")
    row = json.loads(done.stdout)
    assert row == {
        "i": 1,
        "s": 'a,"b"',
        "n": None,
        "d": "12.30",
        "t": "2024-01-02T03:04:05.000006",
        "b": True,
        "l": [1, None],
        "x": "\\x00ff",
        "u": 18446744073709551615,
    }


def test_arrow_is_a_stream_that_others_read(program: str, flights: str) -> None:
    sql = "select year, carrier, dep_time from flights"
    done = subprocess.run(
        [program, "query", flights, sql, "--format", "arrow"],
        capture_output=True,
        timeout=60,
        check=True,
    )
    table = pa.ipc.open_stream(io.BytesIO(done.stdout)).read_all()
    table.validate(full=True)
    assert table.num_rows == 336776
    assert table.column("dep_time").null_count == 8255


def test_standard_input_holds_the_sql(run: Any, duck: str) -> None:
    done = run("query", duck, "-", stdin="-- a comment\nselect 41 + 1 as answer\n")
    assert done.stdout == "answer\n42\n"


def test_updates_tell_how_many_rows(run: Any, duck: str) -> None:
    run("query", duck, "create or replace table cli_t (a integer)")
    done = run("query", duck, "insert into cli_t values (1), (2)")
    assert (done.stdout, done.stderr) == ("", "2 rows changed\n")
    assert run("query", duck, "select sum(a) as s from cli_t").stdout == "s\n3\n"


def test_tables_and_schema(run: Any, flights: str) -> None:
    tables = run("tables", flights, "--schema", "public", "--format", "csv").stdout
    assert "datafusion,public,flights,TABLE" in tables.splitlines()
    schema = run("schema", flights, "flights").stdout.splitlines()
    assert schema[0].split() == ["column", "type", "arrow", "type", "nullable"]
    assert ["dep_time", "BIGINT", "int64", "yes"] in [line.split() for line in schema]
    missing = run("schema", flights, "no_such_table")
    assert missing.returncode == 1
    assert "no_such_table" in missing.stderr


def test_ping_says_what_it_found(run: Any, flights: str) -> None:
    done = run("ping", flights)
    assert done.returncode == 0
    assert "plaintext" in done.stdout
    assert "Fletching (DataFusion)" in done.stdout
    assert done.stdout.splitlines()[-1].split() == ["result", "reachable"]


def test_ping_through_tls_names_the_certificate(run: Any, embedded: Any) -> None:
    server = embedded(tls=True)
    refused = run("ping", server.uri)
    assert refused.returncode == 3
    assert "certificate" in refused.stderr
    done = run("ping", server.uri, "--tls-root-certs", str(server.tls.ca))
    assert done.returncode == 0, done.stderr
    assert "TLSv1.3" in done.stdout
    assert "h2" in done.stdout


BROKEN_OPENSSL = """
openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = defaults
[defaults]
MaxProtocol = TLSv1.1
"""


def test_the_machines_openssl_configuration_is_not_read(
    run: Any, embedded: Any, tmp_path: Path
) -> None:
    server = embedded(engine="duckdb", tls=True)
    config = tmp_path / "openssl.cnf"
    config.write_text(BROKEN_OPENSSL)
    env = {"OPENSSL_CONF": str(config)}
    address = server.uri.rsplit("/", 1)[-1]
    if shutil.which("openssl"):  # the file does what it should, to others
        command = ["openssl", "s_client", "-connect", address]
        other = subprocess.run(
            command, env={**os.environ, **env}, input=b"", capture_output=True
        )
        assert other.returncode != 0
    roots = str(server.tls.ca)
    done = run("ping", server.uri, "--tls-root-certs", roots, env=env)
    assert done.returncode == 0, done.stderr


def test_help_of_a_command(run: Any) -> None:
    done = run("ping", "--help")
    assert done.returncode == 0
    assert "fletching ping" in done.stdout
    assert "--format" not in done.stdout
    assert "--format" in run("--help").stdout


def test_exit_codes(run: Any, embedded: Any, flights: str) -> None:
    assert run("query", flights, "selec 1").returncode == 1
    assert run("query", flights).returncode == 2
    assert run("query", "postgres://h", "select 1").returncode == 2
    assert run("query", "grpc://127.0.0.1:1", "select 1").returncode == 3
    locked = embedded(user="ada", password="lovelace")
    wrong = run("query", locked.uri, "select 1", "--user", "ada", "--password", "x")
    assert wrong.returncode == 4, wrong.stderr
    secret = {"FLETCHING_PASSWORD": "lovelace"}
    right = run("query", locked.uri, "select 1 as a", "--user", "ada", env=secret)
    assert right.stdout == "a\n1\n", right.stderr


def test_a_closed_pipe_ends_it_without_noise(program: str, flights: str) -> None:
    process = subprocess.Popen(
        [program, "query", flights, "select * from flights", "--format", "csv"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    stderr = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(timeout=30) == 128 + signal.SIGPIPE
    assert stderr == ""


@pytest.mark.parametrize("words", [["query", "select 1"], ["schema", "flights"]])
def test_output_that_cannot_be_written_is_said(
    program: str, flights: str, words: list[str]
) -> None:
    command, last = words
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [program, command, flights, last],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.returncode == 1
    assert "No space left" in done.stderr


def test_ctrl_c_while_nobody_reads_the_output(program: str, flights: str) -> None:
    process = subprocess.Popen(
        [program, "query", flights, "select * from flights"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.read(1)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == 128 + signal.SIGINT
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_wait_at_once(program: str, duck: str, number: int) -> None:
    slow = "select sum(a.range * b.range % 7) from range(400000) a, range(400000) b"
    process = subprocess.Popen(
        [program, "query", duck, slow], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    time.sleep(1)
    assert process.poll() is None
    start = time.monotonic()
    process.send_signal(number)
    _, stderr = process.communicate(timeout=20)
    assert time.monotonic() - start < 2
    assert process.returncode == 128 + number
    assert b"interrupted" in stderr


def test_on_a_terminal_rows_come_as_a_table(program: str, duck: str) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [program, "query", duck, "select 1 as one, chr(27) || '[2J' as trick"],
        stdout=slave,
        stderr=subprocess.DEVNULL,
    )
    process.wait(timeout=30)
    os.close(slave)
    text = os.read(master, 10000).decode()
    os.close(master)
    assert text.splitlines()[0].split() == ["one", "trick"]
    assert "\x1b" not in text
    assert "\\x1b[2J" in text


def test_results_stream_in_bounded_memory(program: str, duck: str) -> None:
    wide = "select range as a, repeat('x', 200) as b from range(5000000)"
    command = [program, "query", duck, wide, "--format", "arrow"]
    with open(os.devnull, "wb") as nowhere:
        process = subprocess.Popen(command, stdout=nowhere)
        peak = 0
        while process.poll() is None:
            try:
                with open(f"/proc/{process.pid}/status") as status:
                    peaks = [line for line in status if line.startswith("VmHWM")]
            except (FileNotFoundError, ProcessLookupError):
                break
            if peaks:
                peak = max(peak, int(peaks[0].split()[1]))
            time.sleep(0.02)
    assert process.wait() == 0
    assert 0 < peak < 256 * 1024, f"{peak} KiB for a result of 1 GB"
