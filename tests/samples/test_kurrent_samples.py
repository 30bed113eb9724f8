# SPDX-License-Identifier: Apache-2.0
"""The samples of kurrent-sqlalchemy's README, as printed there, on its emulator.

Its superset_config.py is run where Superset is installed: tests/superset.
"""

from __future__ import annotations

import ast
import pathlib
import time
from collections.abc import Iterator
from typing import Any

import pytest
import sample_runs
import venvs
from servers.fleet import Fleet
from servers.process import StartError

import fletching

HERE = pathlib.Path(__file__).with_name("kurrent")
VIRTUAL_DATASET = (HERE / "virtual_dataset.sql").read_text().rstrip("\n")
PORT = 2113
PATIENCE = 60.0  # seconds, in which another session's server may leave the port


@pytest.fixture(params=["1.4", "2"])
def python(request: pytest.FixtureRequest) -> pathlib.Path:
    """An interpreter with that SQLAlchemy."""
    if request.param == "1.4":
        return venvs.interpreter("sqlalchemy-1.4")
    return sample_runs.PYTHON


@pytest.fixture(scope="module")
def kurrentdb(fleet: Fleet, tls_files: Any) -> Iterator[Any]:
    """KurrentDB where the samples look for it: localhost:2113, over TLS."""
    from servers import emulated

    start = emulated.start_emulator
    until = time.monotonic() + PATIENCE
    while True:
        folder = fleet.root / f"kurrentdb{time.monotonic_ns()}"
        folder.mkdir()
        try:
            server = start(folder, lambda: tls_files, "kurrentdb", tls=True, port=PORT)
            break
        except StartError:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
    yield server
    server.process.stop()


def test_plain_sqlalchemy_unchanged(
    kurrentdb: Any, tls_files: Any, python: pathlib.Path
) -> None:
    done = sample_runs.run(python, HERE / "plain_sqlalchemy.py", tls_files.ca)
    assert done.stdout.splitlines() == [f"('order-{3 * n}',)" for n in range(10)]
    assert done.stderr == ""
    (sent,) = kurrentdb.statements()[-1:]
    assert sent == (
        "SELECT data::json->>'OrderId' as order_id "
        "FROM kdb.records WHERE category = 'orders' LIMIT 10"
    )


@pytest.mark.parametrize(
    "sample", ["superset_config.py", "superset_config_chained.py"]
)
def test_the_configurations_are_python(sample: str) -> None:
    """And name only what there is; without Superset they say what to type."""
    names = ast.walk(ast.parse((HERE / sample).read_text()))
    imported = [node for node in names if isinstance(node, ast.ImportFrom)]
    assert [node.module for node in imported] == ["kurrent_sqlalchemy.superset"]
    wanted = {alias.name for node in imported for alias in node.names}
    assert wanted <= {"KurrentDBEngineSpec", "install_superset_patches"}


def test_without_the_roots_the_certificate_is_refused(
    kurrentdb: Any, tls_files: Any
) -> None:
    sample = HERE / "plain_sqlalchemy.py"
    with pytest.raises(AssertionError, match="certificate"):
        sample_runs.run(sample_runs.PYTHON, sample, tls_files.stranger.ca)


def test_the_virtual_datasets_sql_goes_out_as_written(
    kurrentdb: Any, tls_files: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", str(tls_files.ca))
    monkeypatch.delenv("KURRENTDB_MAX_ROWS", raising=False)
    url = f"kurrentdb://admin:changeit@localhost:{PORT}"
    with fletching.connect(url) as connection:
        cursor = connection.execute(VIRTUAL_DATASET)
        assert [one[0] for one in cursor.description or []] == [
            "stream",
            "order_id",
            "amount",
            "created_at",
        ]
        assert cursor.fetchone() == ("orders-0", "order-0", "0.0", 1767225600000)
    assert kurrentdb.statements()[-1] == VIRTUAL_DATASET + "\nLIMIT 10000"
