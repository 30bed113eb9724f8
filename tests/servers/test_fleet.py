# SPDX-License-Identifier: Apache-2.0
"""What a session says of servers that are missing, failing, running."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import textwrap

import pytest

TESTS = pathlib.Path(__file__).parents[1]


def session(folder: pathlib.Path, text: str, **environment: str) -> tuple[int, str]:
    """Run one file of tests with our fixtures; the exit status and the output."""
    (folder / "test_it.py").write_text(textwrap.dedent(text))
    command = [sys.executable, "-m", "pytest", "-c", TESTS.parent / "pyproject.toml"]
    options = ["-p", "conftest", "--rootdir", folder, "-p", "no:cacheprovider"]
    clean = {key: value for key, value in os.environ.items() if key != "CI"}
    done = subprocess.run(
        [*command, *options, folder / "test_it.py"],
        env={**clean, "PYTHONPATH": str(TESTS), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=100,
    )
    return done.returncode, done.stdout


USES_GO = """
    def test_it(go_sqlite):
        assert go_sqlite.process.running
        print(f"pid={go_sqlite.process.pid}", flush=True)
"""


def test_a_missing_server_skips_with_the_reason(tmp_path: pathlib.Path) -> None:
    status, output = session(tmp_path, USES_GO, FLETCHING_CACHE=str(tmp_path))
    assert status == 0
    assert "server go: arrow-go" in output
    assert "MISSING (scripts/servers install go)" in output
    assert (
        "NOT RUN go_sqlite: go is not installed: scripts/servers install go" in output
    )
    assert "1 skipped" in output


def test_a_missing_server_fails_in_ci(tmp_path: pathlib.Path) -> None:
    places = {"FLETCHING_CACHE": str(tmp_path), "CI": "true"}
    status, output = session(tmp_path, USES_GO, **places)
    assert status == 1
    assert "CI=true and go is not installed: scripts/servers install go" in output


@pytest.mark.usefixtures("go_sqlite")
def test_what_ran_is_said_and_ends(tmp_path: pathlib.Path) -> None:
    status, output = session(tmp_path, USES_GO + "        assert False\n")
    assert status == 1
    assert "server go: arrow-go 18.8.0\n" in output
    assert "\ngo_sqlite: arrow-go 18.8.0, up in " in output
    assert "log of the server go_sqlite" in output
    assert "Starting SQLite Flight SQL Server on 127.0.0.1:" in output
    pid = output.partition("pid=")[2].split()[0]
    assert not pathlib.Path(f"/proc/{pid}").exists()


DIES = """
    import os, signal, time

    def test_kills(go_secure):
        server = go_secure("plain")
        os.kill(server.process.pid, signal.SIGKILL)
        while server.process.running:
            time.sleep(0.01)

    def test_meets_a_dead_server(go_secure):
        go_secure("plain")
"""


@pytest.mark.usefixtures("go_sqlite")
def test_a_dead_server_is_no_surprise(tmp_path: pathlib.Path) -> None:
    status, output = session(tmp_path, DIES)
    assert status == 1
    assert "the server go_secure plain has died earlier" in output
    assert "DIED" in output
    assert "1 failed, 1 passed" in output


def test_a_server_that_cannot_start_shows_its_log(tmp_path: pathlib.Path) -> None:
    text = """
        import sys
        from servers import launch, process

        def start(folder):
            program = "import sys; print('no luck'); sys.exit(3)"
            command = [sys.executable, "-c", program]
            running = process.ServerProcess(command, folder / "log")
            running.wait_for(process.LISTENING)

        def test_it(fleet):
            fleet.get("unlucky", start)
    """
    status, output = session(tmp_path, text)
    assert status == 1
    assert "ended with status 3; its log:\nno luck\n" in output
