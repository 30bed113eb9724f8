# SPDX-License-Identifier: Apache-2.0
"""Names and signatures of kurrent-sqlalchemy 0.2.1, compared with that package."""

from __future__ import annotations

import ast
import importlib.util
import pathlib
import subprocess
import sys
from typing import Any

import compare
import pytest
import venvs

MODULES = ["kurrent_sqlalchemy", "kurrent_sqlalchemy.dialect"]

# What is not there, and why.
LEFT_OUT: dict[str, str] = {}
for _name, _why in compare.SQLALCHEMY_1.items():
    LEFT_OUT[f"KurrentDBDialect.{_name}"] = _why
    LEFT_OUT[f"dialect.KurrentDBDialect.{_name}"] = _why

# Signatures that differ, and why.
CHANGED: dict[str, str] = {}


@pytest.fixture(scope="module")
def old() -> dict[str, Any]:
    return compare.surface(venvs.interpreter("flightsql-dbapi"), *MODULES)


@pytest.fixture(scope="module")
def new() -> dict[str, Any]:
    return compare.surface(pathlib.Path(sys.executable), *MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_every_name_and_signature_is_there(
    old: dict[str, Any], new: dict[str, Any], module: str
) -> None:
    path = module.partition(".")[2]
    found = compare.differences(old[module], new[module], path, LEFT_OUT, CHANGED)
    assert found == []


def test_the_constants_are_the_same() -> None:
    from kurrent_sqlalchemy import dialect

    assert (dialect.KURRENTDB_SCHEMA, dialect.KURRENTDB_TABLE) == ("kdb", "records")
    columns = _constants(venvs.interpreter("flightsql-dbapi"))
    ours = _constants(pathlib.Path(sys.executable))
    times = {"created_at", "expires_at"}  # they say that they are times
    assert len(columns) == 15
    assert [c for c in columns if c[0] not in times] == [
        c for c in ours if c[0] not in times
    ]
    assert [c[0] for c in columns] == [c[0] for c in ours]


def _constants(python: pathlib.Path) -> Any:
    code = (
        "import kurrent_sqlalchemy.dialect as d\n"
        "print([(c['name'], type(c['type']).__name__, c['nullable'], c['default'])"
        " for c in d.KURRENTDB_RECORDS_COLUMNS])"
    )
    done = subprocess.run(
        [python, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return ast.literal_eval(done.stdout)


def _exported(source: str) -> list[str]:
    """What a module's source lists as ``__all__``."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return sorted(ast.literal_eval(node.value))
    return []


def test_the_superset_module_exports_the_same() -> None:
    """By its source: neither is importable where Superset is not."""
    code = "import kurrent_sqlalchemy as k; print(k.__path__[0])"
    python = venvs.interpreter("flightsql-dbapi")
    done = subprocess.run(
        [python, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    theirs = pathlib.Path(done.stdout.strip()) / "superset.py"
    spec = importlib.util.find_spec("kurrent_sqlalchemy")
    assert spec is not None
    folder = pathlib.Path((spec.submodule_search_locations or [""])[0])
    ours = folder / "superset/__init__.py"
    assert _exported(theirs.read_text()) == [
        "KurrentDBEngineSpec",
        "install_superset_patches",
    ]
    assert _exported(ours.read_text()) == _exported(theirs.read_text())
