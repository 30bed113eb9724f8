# SPDX-License-Identifier: Apache-2.0
"""SQLAlchemy's own compliance suite: a part always, all of it where time allows."""

from __future__ import annotations

import pathlib

import pytest
import suite_runs

# Rows out and in, changed and removed, texts as they are.
SHORT = "SimpleUpdateDeleteTest or FetchLimitOffsetTest or StringTest"


@pytest.mark.timeout(900)
@pytest.mark.parametrize("engine", list(suite_runs.ENGINES))
def test_a_part_of_the_suite(engine: str, tmp_path: pathlib.Path) -> None:
    result = suite_runs.run("newest", engine, tmp_path, ["-k", SHORT])
    assert not result.failed, result.log.read_text()[-20000:]
    assert result.passed >= 10


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("engine", list(suite_runs.ENGINES))
@pytest.mark.parametrize("version", list(suite_runs.VERSIONS))
def test_the_whole_suite(version: str, engine: str, tmp_path: pathlib.Path) -> None:
    result = suite_runs.run(version, engine, tmp_path)
    assert not result.failed, result.log.read_text()[-20000:]
    assert result.good, f"{result.percent_skipped:.1f} % were skipped"
