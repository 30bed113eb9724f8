# SPDX-License-Identifier: Apache-2.0
"""confluent-sql installed beside Fletching's package of the same import name."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys

import pytest

PACKAGE = pathlib.Path(__file__).parents[2] / "compat/confluent_sql/confluent_sql"
REMEDY = (
    "pip uninstall confluent-sql && pip install --force-reinstall --no-deps"
    " fletching-compat-confluent-sql"
)
# Of confluent-sql 0.7.0, each as short as it can be and still itself.
OLD = {
    "confluent_sql/__init__.py": "from .connection import connect\n",
    "confluent_sql/connection.py": "def connect(): pass\n",
    "confluent_sql-0.7.0.dist-info/METADATA": "Metadata-Version: 2.1\n"
    "Name: confluent-sql\nVersion: 0.7.0\n",
}


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    """A folder of packages with ours in it."""
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, tmp_path / "confluent_sql", ignore=skipped)
    return tmp_path


def install_old(folder: pathlib.Path, *names: str) -> None:
    for name in names or OLD:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(OLD[name])


def run(folder: pathlib.Path, code: str) -> subprocess.CompletedProcess[str]:
    start = f"import sys; sys.path.insert(0, {str(folder)!r})\n"
    command = [sys.executable, "-c", start + code]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_alone_nothing_is_said(folder: pathlib.Path) -> None:
    done = run(folder, "import confluent_sql; print(confluent_sql.__file__)")
    assert done.stderr == ""
    assert done.stdout.startswith(str(folder))


@pytest.mark.parametrize(
    "code",
    [
        "import confluent_sql",
        "from confluent_sql import connect",
        "import confluent_sql.cursor",
        "from confluent_sql.polling import sleep_with_backoff",
        "import confluent_sql.execution_mode",
        "from confluent_sql.types import SqlNone",
    ],
)
def test_the_old_one_over_ours_says_what_to_type(
    folder: pathlib.Path, code: str
) -> None:
    install_old(folder)
    done = run(folder, code)
    assert done.returncode == 1
    error = done.stderr.splitlines()[-1]
    assert error.startswith("ImportError: confluent_sql: confluent-sql 0.7.0 has")
    assert REMEDY in error


def test_ours_over_the_old_one_works_and_warns(folder: pathlib.Path) -> None:
    install_old(folder, "confluent_sql/connection.py")
    install_old(folder, "confluent_sql-0.7.0.dist-info/METADATA")
    done = run(folder, "import confluent_sql; print(confluent_sql.Connection.__name__)")
    assert done.stdout == "Connection\n"
    assert "confluent-sql 0.7.0 is installed beside" in done.stderr
    assert REMEDY in done.stderr
