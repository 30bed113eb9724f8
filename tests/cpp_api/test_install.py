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
pytestmark = pytest.mark.timeout(1800)


def cmake(*arguments: str | Path) -> None:
    subprocess.run(["cmake", *map(str, arguments)], check=True, cwd=ROOT)


def install_static(prefix: Path) -> None:
    """From what the package was built of: nothing is compiled for it."""
    built = ROOT / "build" / "python"
    cmake("--build", built, "--target", "fletching_library")
    cmake("--install", built, "--component", "cpp", "--prefix", prefix)


def install_shared(prefix: Path) -> None:
    # Kept between runs: only what changed is compiled again.
    built = ROOT / "build" / "shared"
    options = ["-DFLETCHING_SHARED=ON", "-DFLETCHING_CLI=OFF", "-GNinja"]
    if os.environ.get("CMAKE_CXX_COMPILER_LAUNCHER") is None:
        options.append("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
    cmake("-S", ROOT, "-B", built, *options)
    cmake("--build", built)
    cmake("--install", built, "--prefix", prefix)


@pytest.fixture(
    scope="session",
    params=[
        install_static,
        pytest.param(install_shared, marks=pytest.mark.slow),
    ],
)
def example(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """examples/cpp, built by nothing but an installation."""
    prefix = tmp_path_factory.mktemp("prefix")
    build = tmp_path_factory.mktemp("build")
    request.param(prefix)
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
