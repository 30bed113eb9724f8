# SPDX-License-Identifier: Apache-2.0
"""A program of somebody else's that is built against an installed copy."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def cmake(*arguments: str | Path) -> None:
    subprocess.run(["cmake", *map(str, arguments)], check=True, cwd=ROOT)


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """examples/cpp, built by nothing but an installation."""
    prefix = tmp_path_factory.mktemp("prefix")
    build = tmp_path_factory.mktemp("build")
    # Kept between runs: only what changed is compiled again.
    library = ROOT / "build" / "shared"
    options = ["-DFLETCHING_SHARED=ON", "-DFLETCHING_CLI=OFF", "-GNinja"]
    options += [f"-DCMAKE_INSTALL_PREFIX={prefix}"]
    if os.environ.get("CMAKE_CXX_COMPILER_LAUNCHER") is None:
        options.append("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
    cmake("-S", ROOT, "-B", library, *options)
    cmake("--build", library)
    cmake("--install", library)
    source = ROOT / "examples" / "cpp"
    cmake("-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}")
    cmake("--build", build)
    return build / "example"


def run(*command: str | Path) -> tuple[int, str]:
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=120
    )
    return done.returncode, done.stdout + done.stderr


def test_it_queries_binds_ingests_and_streams(
    example: Path, embedded: Callable[..., Any]
) -> None:
    uri = embedded(engine="duckdb").uri
    expected = "written: 4\nsum: 43\nstreamed: 400000\n"
    assert run(example, uri) == (0, expected)


def test_errors_come_as_exceptions_across_the_library(example: Path) -> None:
    status, output = run(example, "grpc://127.0.0.1:1")
    assert status == 1
    assert "is the server running" in output
