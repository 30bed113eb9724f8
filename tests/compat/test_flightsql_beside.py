# SPDX-License-Identifier: Apache-2.0
"""flightsql-dbapi installed beside Fletching's package of the same import name."""

from __future__ import annotations

from typing import Any

from beside import beside_fixtures, pip

REMEDY = (
    "pip uninstall flightsql-dbapi && pip install --force-reinstall --no-deps"
    " fletching-compat-flightsql"
)

# The files of flightsql-dbapi 0.2.2, each as short as it can be and still itself.
OLD = {
    "flightsql/__init__.py": "from flightsql.client import FlightSQLClient\n",
    "flightsql/client.py": "from flightsql.util import check_closed\n"
    "class FlightSQLClient: pass\n",
    "flightsql/dbapi.py": "",
    "flightsql/exceptions.py": "",
    "flightsql/sqlalchemy.py": "class DataFusionDialect: pass\n",
    "flightsql/util.py": "def check_closed(f): return f\n",
}
ENTRY = "datafusion = flightsql.sqlalchemy:DataFusionDialect"
wheels, environment = beside_fixtures(
    "flightsql", "flightsql_dbapi", "0.2.2", OLD, ENTRY
)

IMPORTS = [
    "import flightsql",
    "from flightsql import FlightSQLClient",
    "import flightsql.dbapi",
    "import flightsql.sqlalchemy",
    "from flightsql.exceptions import Error",
    "from flightsql.util import check_closed",
    "from importlib.metadata import entry_points\n"
    "(old,) = [e for e in entry_points(group='sqlalchemy.dialects')"
    " if e.value == 'flightsql.sqlalchemy:DataFusionDialect']\n"
    "old.load()",
]


def test_alone_nothing_is_said(environment: Any, wheels: Any) -> None:
    ours = environment(wheels["ours"])
    done = ours.run("import flightsql, flightsql.sqlalchemy; print(flightsql.__file__)")
    assert (done.returncode, done.stderr) == (0, "")
    assert "warning" not in ours.ping()


def test_the_old_one_over_ours_is_an_error_that_says_what_to_type(
    environment: Any, wheels: Any
) -> None:
    both = environment(wheels["ours"], wheels["old"])
    for code in IMPORTS:
        done = both.run(code)
        assert done.returncode == 1, code
        error = done.stderr.splitlines()[-1]
        assert error.startswith("ImportError: flightsql: flightsql-dbapi 0.2.2 has"), (
            code
        )
        assert REMEDY in error
    told = both.ping()
    assert "flightsql-dbapi 0.2.2 has overwritten files of" in told
    assert REMEDY in told
    # Fletching's own dialects do not go through the import name.
    done = both.run(
        "from sqlalchemy import create_engine\n"
        "print(create_engine('datafusion+flightsql://localhost:1').dialect.name)"
    )
    assert done.stdout == "datafusion\n", done.stderr


def test_ours_over_the_old_one_works_and_warns(environment: Any, wheels: Any) -> None:
    both = environment(wheels["old"], wheels["ours"])
    for code in IMPORTS:
        done = both.run(code)
        assert done.returncode == 0, done.stderr
        assert "flightsql-dbapi 0.2.2 is installed beside" in done.stderr
        assert REMEDY in done.stderr
    told = both.ping()
    assert (
        "flightsql-dbapi 0.2.2 is installed beside fletching-compat-flightsql" in told
    )
    assert REMEDY in told


def test_files_that_an_uninstall_took_along_are_missed(
    environment: Any, wheels: Any
) -> None:
    both = environment(wheels["ours"], wheels["old"])
    pip(both.python, "uninstall", "--yes", "flightsql-dbapi")
    done = both.run("from flightsql.client import FlightSQLClient")
    assert done.returncode == 1
    assert "are missing or overwritten" in done.stderr
    assert (
        "pip install --force-reinstall --no-deps fletching-compat-flightsql"
        in done.stderr
    )
    assert "are missing or overwritten" in both.ping()
