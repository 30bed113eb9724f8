# SPDX-License-Identifier: Apache-2.0
"""iomete-sqlalchemy installed beside Fletching's package of the same import name."""

from __future__ import annotations

from typing import Any

from beside import beside_fixtures, pip

OURS = "fletching-compat-iomete-sqlalchemy"
REMEDY = (
    f"pip uninstall iomete-sqlalchemy && pip install --force-reinstall --no-deps {OURS}"
)

# The files of iomete-sqlalchemy 1.0.23, each as short as it can be and still itself.
OLD = {
    "iomete_sqlalchemy/__init__.py": "from iomete_sqlalchemy.dialect import"
    " IOMETEDialect\n__version__ = '0.1.0'\n",
    "iomete_sqlalchemy/dbapi.py": "paramstyle = 'qmark'\n",
    "iomete_sqlalchemy/dialect.py": "class IOMETEDialect: pass\n",
    "iomete_sqlalchemy/types.py": "def spark_type_to_sqla(type_str): pass\n",
}
ENTRY = "iomete = iomete_sqlalchemy.dialect:IOMETEDialect"
wheels, environment = beside_fixtures(
    "iomete_sqlalchemy", "iomete_sqlalchemy", "1.0.23", OLD, ENTRY
)

IMPORTS = [
    "import iomete_sqlalchemy",
    "from iomete_sqlalchemy import IOMETEDialect",
    "import iomete_sqlalchemy.dbapi",
    "from iomete_sqlalchemy.dialect import IOMETEDialect",
    "from iomete_sqlalchemy.types import spark_type_to_sqla",
    "from importlib.metadata import entry_points\n"
    "(old,) = [e for e in entry_points(group='sqlalchemy.dialects')"
    " if e.value == 'iomete_sqlalchemy.dialect:IOMETEDialect']\n"
    "old.load()",
]
DIALECT = """
from sqlalchemy.dialects import registry
for name in ("iomete", "iomete.flightsql"):
    print(registry.load(name).__module__)
"""


def test_alone_nothing_is_said(environment: Any, wheels: Any) -> None:
    ours = environment(wheels["ours"])
    done = ours.run("import iomete_sqlalchemy.types" + DIALECT)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["fletching.sqlalchemy._iomete"] * 2
    assert "warning" not in ours.ping()


def test_the_old_one_over_ours_is_an_error_that_says_what_to_type(
    environment: Any, wheels: Any
) -> None:
    both = environment(wheels["ours"], wheels["old"])
    for code in IMPORTS:
        done = both.run(code)
        assert done.returncode == 1, code
        error = done.stderr.splitlines()[-1]
        begin = "ImportError: iomete_sqlalchemy: iomete-sqlalchemy 1.0.23 has over"
        assert error.startswith(begin), code
        assert REMEDY in error
    told = both.ping()
    assert f"iomete-sqlalchemy 1.0.23 has overwritten files of {OURS}" in told
    assert REMEDY in told
    # Whoever of the two entry points is found first, nobody gets the old dialect.
    done = both.run("from sqlalchemy.dialects import registry\nregistry.load('iomete')")
    assert done.returncode == 0 or REMEDY in done.stderr


def test_ours_over_the_old_one_works_and_warns(environment: Any, wheels: Any) -> None:
    both = environment(wheels["old"], wheels["ours"])
    for code in IMPORTS:
        done = both.run(code)
        assert done.returncode == 0, done.stderr
        assert "iomete-sqlalchemy 1.0.23 is installed beside" in done.stderr
        assert REMEDY in done.stderr
    done = both.run(DIALECT)
    assert done.stdout.splitlines() == ["fletching.sqlalchemy._iomete"] * 2
    told = both.ping()
    assert f"iomete-sqlalchemy 1.0.23 is installed beside {OURS}" in told
    assert REMEDY in told


def test_files_that_an_uninstall_took_along_are_missed(
    environment: Any, wheels: Any
) -> None:
    both = environment(wheels["ours"], wheels["old"])
    pip(both.python, "uninstall", "--yes", "iomete-sqlalchemy")
    done = both.run("from iomete_sqlalchemy.dialect import IOMETEDialect")
    assert done.returncode == 1
    assert "are missing or overwritten" in done.stderr
    assert f"pip install --force-reinstall --no-deps {OURS}" in done.stderr
    assert "are missing or overwritten" in both.ping()
