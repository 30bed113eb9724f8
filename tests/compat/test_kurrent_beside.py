# SPDX-License-Identifier: Apache-2.0
"""kurrent-sqlalchemy installed beside Fletching's package of the same import name."""

from __future__ import annotations

from typing import Any

from beside import beside_fixtures, pip

OURS = "fletching-compat-kurrent-sqlalchemy"
REMEDY = (
    "pip uninstall kurrent-sqlalchemy && pip install --force-reinstall --no-deps"
    f" {OURS}"
)

# The files of kurrent-sqlalchemy 0.2.1, each as short as it can be and still itself.
OLD = {
    "kurrent_sqlalchemy/__init__.py": "from kurrent_sqlalchemy.dialect import"
    " KurrentDBDialect\n",
    "kurrent_sqlalchemy/_internal.py": "DEFAULT_MAX_ROWS = 10000\n",
    "kurrent_sqlalchemy/dialect.py": "class KurrentDBDialect: pass\n",
    "kurrent_sqlalchemy/superset.py": "class KurrentDBEngineSpec: pass\n",
}
ENTRY = "kurrentdb.flightsql = kurrent_sqlalchemy.dialect:KurrentDBDialect"
wheels, environment = beside_fixtures(
    "kurrent_sqlalchemy", "kurrent_sqlalchemy", "0.2.1", OLD, ENTRY
)

IMPORTS = [
    "import kurrent_sqlalchemy",
    "from kurrent_sqlalchemy import KurrentDBDialect",
    "import kurrent_sqlalchemy.dialect",
    "from importlib.metadata import entry_points\n"
    "(old,) = [e for e in entry_points(group='sqlalchemy.dialects')"
    " if e.value == 'kurrent_sqlalchemy.dialect:KurrentDBDialect']\n"
    "old.load()",
]
SUPERSET = "import kurrent_sqlalchemy.superset"
DIALECT = """
from sqlalchemy.dialects import registry
for name in ("kurrentdb", "kurrentdb.flightsql"):
    print(name, registry.load(name).__module__)
"""


def test_alone_nothing_is_said_and_the_dialect_is_found(
    environment: Any, wheels: Any
) -> None:
    ours = environment(wheels["ours"])
    done = ours.run("import kurrent_sqlalchemy.dialect" + DIALECT)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "kurrentdb fletching.sqlalchemy._kurrentdb",
        "kurrentdb.flightsql fletching.sqlalchemy._kurrentdb",
    ]
    assert "warning" not in ours.ping()


def test_the_old_one_over_ours_is_an_error_that_says_what_to_type(
    environment: Any, wheels: Any
) -> None:
    both = environment(wheels["ours"], wheels["old"])
    for code in [*IMPORTS, SUPERSET]:
        done = both.run(code)
        assert done.returncode == 1, code
        error = done.stderr.splitlines()[-1]
        expected = "ImportError: kurrent_sqlalchemy: kurrent-sqlalchemy 0.2.1 has over"
        assert error.startswith(expected), code
        assert REMEDY in error
    told = both.ping()
    assert f"kurrent-sqlalchemy 0.2.1 has overwritten files of {OURS}" in told
    assert REMEDY in told
    # Fletching's own name does not go through the import name.
    done = both.run(
        "from sqlalchemy.dialects import registry\nregistry.load('kurrentdb')"
    )
    assert done.returncode == 0, done.stderr


def test_ours_over_the_old_one_works_and_warns(environment: Any, wheels: Any) -> None:
    both = environment(wheels["old"], wheels["ours"])
    for code in IMPORTS:
        done = both.run(code)
        assert done.returncode == 0, done.stderr
        assert "kurrent-sqlalchemy 0.2.1 is installed beside" in done.stderr
        assert REMEDY in done.stderr
    done = both.run(DIALECT)
    assert done.stdout.splitlines() == [
        "kurrentdb fletching.sqlalchemy._kurrentdb",
        "kurrentdb.flightsql fletching.sqlalchemy._kurrentdb",
    ]
    told = both.ping()
    assert f"kurrent-sqlalchemy 0.2.1 is installed beside {OURS}" in told
    assert REMEDY in told


def test_files_that_an_uninstall_took_along_are_missed(
    environment: Any, wheels: Any
) -> None:
    both = environment(wheels["ours"], wheels["old"])
    pip(both.python, "uninstall", "--yes", "kurrent-sqlalchemy")
    done = both.run("from kurrent_sqlalchemy.dialect import KurrentDBDialect")
    assert done.returncode == 1
    assert "are missing or overwritten" in done.stderr
    assert f"pip install --force-reinstall --no-deps {OURS}" in done.stderr
    assert "are missing or overwritten" in both.ping()


def test_without_superset_its_module_names_the_extra(
    environment: Any, wheels: Any
) -> None:
    done = environment(wheels["ours"]).run(SUPERSET)
    assert done.returncode == 1
    error = done.stderr.splitlines()[-1]
    assert error.startswith("ImportError: kurrent_sqlalchemy.superset needs Apache")
    assert "pip install 'fletching[kurrent,superset]'" in error
