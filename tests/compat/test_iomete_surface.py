# SPDX-License-Identifier: Apache-2.0
"""Names, signatures and mappings of iomete-sqlalchemy 1.0.23, compared with it."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
from typing import Any

import compare
import pytest
import venvs

MODULES = [
    "iomete_sqlalchemy",
    "iomete_sqlalchemy.dbapi",
    "iomete_sqlalchemy.dialect",
    "iomete_sqlalchemy.types",
]

# What is not there, and why.
LEFT_OUT = {
    "IOMETEDialect.dbapi": "import_dbapi in SQLAlchemy 2; on 1.4 it is there",
    "dialect.IOMETEDialect.dbapi": "as above",
    "dialect.logger": "the module's own; Fletching logs by the name fletching",
}
# Signatures that differ, and why.
CHANGED: dict[str, str] = {
    "dbapi.Connection.__init__": "connect() makes them",
    "dbapi.Cursor.__init__": "Connection.cursor() makes them",
}

# What the old package exports of a module without __all__.
DBAPI = """
import inspect, json, iomete_sqlalchemy.dbapi as d
names = [n for n, v in vars(d).items() if n[0] != "_" and not inspect.ismodule(v)]
print(json.dumps(sorted(names)))
"""
TYPES = """
import json, sys
from iomete_sqlalchemy.types import spark_type_to_sqla
def described(text):
    kind = spark_type_to_sqla(text)
    generic = next(c.__name__ for c in type(kind).__mro__
                   if c.__module__.startswith("sqlalchemy"))
    sizes = [getattr(kind, n, None) for n in ("precision", "scale", "length")]
    return [generic, *sizes]
print(json.dumps({text: described(text) for text in json.loads(sys.argv[1])}))
"""
NAMES = [
    *("boolean", "bool", "tinyint", "byte", "smallint", "short", "int", "integer"),
    *("bigint", "long", "float", "real", "double", "double precision", "decimal"),
    *("numeric", "decimal(10,2)", "DECIMAL(38, 18)", "char(64)", "varchar( 255 )"),
    *("char", "varchar", "character varying", "string", "text", "binary", "bytes"),
    *("date", "timestamp", "timestamp_ntz", "interval", "void", "null", "", "nonsense"),
    *("array<string>", "map<string,int>", "struct<a:int,b:array<int>>", "STRING"),
]


def printed(python: pathlib.Path, code: str, *arguments: str) -> Any:
    done = subprocess.run(
        [python, "-c", code, *arguments], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def released() -> pathlib.Path:
    """An interpreter that has the released package."""
    return venvs.interpreter("iomete-sqlalchemy")


@pytest.fixture(scope="module")
def ours() -> pathlib.Path:
    """The one that has Fletching's."""
    return pathlib.Path(sys.executable)


@pytest.mark.parametrize("module", MODULES)
def test_every_name_and_signature_is_there(
    released: pathlib.Path, ours: pathlib.Path, module: str
) -> None:
    old, new = compare.surface(released, *MODULES), compare.surface(ours, *MODULES)
    path = module.partition(".")[2]
    found = compare.differences(old[module], new[module], path, LEFT_OUT, CHANGED)
    assert found == []


def test_the_dbapi_module_has_the_same_names(
    released: pathlib.Path, ours: pathlib.Path
) -> None:
    old, new = printed(released, DBAPI), printed(ours, DBAPI)
    assert len(old) > 25
    assert [name for name in old if name not in new] == []


def test_types_are_mapped_alike(released: pathlib.Path, ours: pathlib.Path) -> None:
    old = printed(released, TYPES, json.dumps(NAMES))
    new = printed(ours, TYPES, json.dumps(NAMES))
    assert new == old
