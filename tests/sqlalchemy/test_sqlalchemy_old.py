# SPDX-License-Identifier: Apache-2.0
"""The same on SQLAlchemy 1.4, which Superset has: these tests' own files run again."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sysconfig

import pytest
import venvs

HERE = pathlib.Path(__file__).parent
RUN = """
import os, sys
sys.path.append({site!r})  # behind the environment's own SQLAlchemy
os.environ["PYTHONPATH"] = {site!r}  # of servers
import pytest, sqlalchemy
assert sqlalchemy.__version__.startswith("1.4.")
# SQL text alone, which is the same on both, need not run twice.
only = ["-k", "not grain and not snippet"]
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *only, {file!r}]))
"""


NAMES = ["sqlalchemy_compile", "sqlalchemy_clauses", "sqlalchemy_inventory"]
NAMES += ["sqlalchemy_constructs", "sqlalchemy_reflection"]
NAMES += ["sqlalchemy_duckdb", "sqlalchemy_datafusion", "sqlalchemy_servers"]
NAMES += ["iomete_compiler", "iomete", "influxdb3", "kurrentdb"]
NAMES += ["flink_compiler", "sqlalchemy_async"]
# A cluster of its own.
SLOW = pytest.param("flink_dialects", marks=pytest.mark.slow)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", [*NAMES, SLOW])
def test_passes_on_1_4(name: str) -> None:
    file = str(HERE / f"test_{name}.py")
    code = RUN.format(site=sysconfig.get_path("purelib"), file=file)
    done = subprocess.run(
        [venvs.interpreter("sqlalchemy-1.4"), "-c", code],
        cwd=HERE.parents[1],
        # 1.4 warns of texts of DDL that commit by themselves, as 2.0 has it no more.
        env={**os.environ, "SQLALCHEMY_SILENCE_UBER_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
