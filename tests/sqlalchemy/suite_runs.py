# SPDX-License-Identifier: Apache-2.0
"""Runs SQLAlchemy's own suite on our servers and counts; scripts/test-sqlalchemy.

The suite's plugin changes how pytest collects, and each SQLAlchemy lives in an
environment of its own, so a run is a process. Everything but SQLAlchemy comes from the
tests' environment.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import os
import pathlib
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from xml.etree import ElementTree

import venvs
from servers import launch
from sqlalchemy_urls import url_of

SUITE = pathlib.Path(__file__).with_name("suite")
LOGS = pathlib.Path(__file__).parents[2] / "build/logs/sqlalchemy"
ENGINES = {"duckdb": "duckdb+flightsql", "datafusion": "datafusion+flightsql"}
VERSIONS: dict[str, str | None] = {
    "1.4": "sqlalchemy-1.4",
    "2.0": "sqlalchemy-2.0",
    "newest": None,  # the tests' own
}
MOST_SKIPPED = {"duckdb": 25.0, "datafusion": 100.0}
"""In percent: DuckDB can do most of what the suite asks for."""

RUN = """
import sys
if {site!r} not in sys.path:
    sys.path.append({site!r})
import pytest
sys.exit(pytest.main({arguments!r}))
"""


@dataclasses.dataclass
class Result:
    """How a run ended.

    Attributes:
        failed: the names of the tests that failed.
        reasons: how many tests each reason left out.
        log: pytest's output.
    """

    version: str
    engine: str
    passed: int
    failed: list[str]
    reasons: collections.Counter[str]
    seconds: float
    log: pathlib.Path

    @property
    def skipped(self) -> int:
        """How many were left out."""
        return self.reasons.total()

    @property
    def percent_skipped(self) -> float:
        """Of all tests."""
        total = self.passed + len(self.failed) + self.skipped
        return 100.0 * self.skipped / max(total, 1)

    @property
    def good(self) -> bool:
        """Whether nothing failed and not too much was left out."""
        most = MOST_SKIPPED[self.engine]
        return self.passed > 0 and not self.failed and self.percent_skipped <= most


def run(
    version: str, engine: str, folder: pathlib.Path, more: Sequence[str] = ()
) -> Result:
    """Run the suite of one SQLAlchemy on a server of its own; `more` is for pytest."""
    name = VERSIONS[version]
    python = pathlib.Path(sys.executable) if name is None else venvs.interpreter(name)
    folder.mkdir(parents=True, exist_ok=True)
    server = launch.start_embedded(folder, _no_tls, engine=engine)
    report, log = folder / "report.xml", folder / "pytest.log"
    arguments = ["-c", "setup.cfg", "-q", "-rfE", f"--junitxml={report}"]
    arguments += ["--dburi", url_of(server, ENGINES[engine]), *more]
    code = RUN.format(site=sysconfig.get_paths()["purelib"], arguments=arguments)
    started = time.monotonic()
    try:
        with log.open("w") as output:
            subprocess.run(
                [python, "-c", code],
                cwd=SUITE,
                env={**os.environ, "FLETCHING_SUITE_ENGINE": engine},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
    finally:
        server.process.stop()
    return _read(report, log, version, engine, time.monotonic() - started)


def _no_tls() -> launch.TlsFiles:
    raise AssertionError("these servers are plaintext")


def _read(
    report: pathlib.Path, log: pathlib.Path, version: str, engine: str, seconds: float
) -> Result:
    if not report.exists():
        raise AssertionError(f"the suite did not run:\n{log.read_text()[-5000:]}")
    result = Result(version, engine, 0, [], collections.Counter(), seconds, log)
    for case in ElementTree.parse(report).iter("testcase"):
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            result.failed.append(f"{case.get('classname')}.{case.get('name')}")
        elif skipped is not None:
            result.reasons[skipped.get("message", "")] += 1
        else:
            result.passed += 1
    return result


def _release(version: str) -> str:
    """The number of the release, 2.0.58 say."""
    name = VERSIONS[version]
    python = pathlib.Path(sys.executable) if name is None else venvs.interpreter(name)
    code = "import sqlalchemy; print(sqlalchemy.__version__)"
    done = subprocess.run([python, "-c", code], capture_output=True, check=True)
    return done.stdout.decode().strip()


ROW = "{:<12} {:<12} {:>7} {:>7} {:>8} {:>9} {:>8}"


def main() -> int:
    """Run what the command line asks for and print a row each."""
    parser = argparse.ArgumentParser(prog="scripts/test-sqlalchemy")
    parser.add_argument("version", nargs="*", choices=[[], *VERSIONS], default=[])
    parser.add_argument("--engine", action="append", choices=list(ENGINES))
    parser.add_argument("--reasons", action="store_true", help="why tests were skipped")
    parser.add_argument("--pytest", action="append", default=[], metavar="ARGUMENT")
    chosen = parser.parse_args()
    names = ("SQLAlchemy", "engine", "passed", "failed", "skipped", "% skipped", "time")
    print(ROW.format(*names), flush=True)
    good = True
    for version in chosen.version or VERSIONS:
        for engine in chosen.engine or ENGINES:
            folder = LOGS / f"{version}-{engine}"
            result = run(version, engine, folder, chosen.pytest)
            _print(_release(version), result, chosen.reasons)
            good = good and (result.good or bool(chosen.pytest and not result.failed))
    return 0 if good else 1


def _print(release: str, result: Result, reasons: bool) -> None:
    share, seconds = f"{result.percent_skipped:.1f} %", f"{result.seconds:.0f} s"
    counts = (result.passed, len(result.failed), result.skipped, share, seconds)
    print(ROW.format(release, result.engine, *counts), flush=True)
    for name in result.failed:
        print(f"    failed: {name}")
    for reason, count in result.reasons.most_common() if reasons else ():
        print(f"    {count} skipped: {reason}")
    if result.failed:
        print(f"    pytest's output: {result.log}")
    elif not result.good:
        print(f"    more than {MOST_SKIPPED[result.engine]:.0f} % skipped")


if __name__ == "__main__":
    sys.exit(main())
