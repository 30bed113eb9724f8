# SPDX-License-Identifier: Apache-2.0
"""Virtual environments of their own for packages that would disturb this one.

Each file of requirements/venvs is one. They are made once, in
${FLETCHING_CACHE:-~/.cache/fletching}/venvs, and named after what is in them.
By hand:  python tests/venvs.py flightsql-dbapi  prints the interpreter; several names
make several, and --default those that tests use which are not slow.
"""

from __future__ import annotations

import contextlib
import fcntl
import pathlib
import sys
from collections.abc import Iterator

from servers.install import cache, key_of, new_venv

REQUIREMENTS = pathlib.Path(__file__).parents[1] / "requirements/venvs"


def interpreter(name: str) -> pathlib.Path:
    """The Python of the environment, made where it is missing."""
    file = REQUIREMENTS / f"{name}.txt"
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    folder = cache().parent / "venvs" / f"{name}-py{version}-{key_of(file)}"
    with _locked(folder.with_suffix(".lock")):
        if not (folder / "complete").exists():
            new_venv(folder, "-r", str(file))
    return folder / "bin/python"


@contextlib.contextmanager
def _locked(path: pathlib.Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# For slow tests and scripts of their own.
HEAVY = ("superset-", "pyspark")


def default() -> list[str]:
    """The environments of the tests that scripts/test runs without --slow."""
    names = sorted(file.stem for file in REQUIREMENTS.glob("*.txt"))
    return [name for name in names if not name.startswith(HEAVY)]


if __name__ == "__main__":
    for name in default() if sys.argv[1:] == ["--default"] else sys.argv[1:]:
        print(interpreter(name), flush=True)
