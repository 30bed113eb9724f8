# SPDX-License-Identifier: Apache-2.0
"""The tests of some dialects once more, on the SQLAlchemy that Superset 6.1 pins."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest
import venvs

HERE = pathlib.Path(__file__).parent
FILES = ["test_iomete_compiler.py", "test_iomete.py", "test_influxdb3.py"]


@pytest.mark.parametrize("file", FILES)
def test_on_sqlalchemy_1_4(file: str) -> None:
    old = venvs.interpreter("sqlalchemy-1.4").parents[1]
    (site,) = old.glob("lib/python3*/site-packages")
    # It comes before the environment's own: this SQLAlchemy, all else as it is here.
    environment = {**os.environ, "PYTHONPATH": str(site)}
    code = (
        "import sqlalchemy, sys, pytest\n"
        "assert sqlalchemy.__version__.startswith('1.4.')\n"
        "sys.exit(pytest.main(sys.argv[1:]))"
    )
    options = ["-q", "--no-header", "-p", "no:cacheprovider", str(HERE / file)]
    done = subprocess.run(
        [sys.executable, "-c", code, *options],
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        cwd=HERE.parents[1],
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
