# SPDX-License-Identifier: Apache-2.0
"""SQLAlchemy's own compliance suite on one of our servers.

Its pytest plugin changes how pytest collects, so it runs in a process of its own:
scripts/test-sqlalchemy, or by hand in this folder
pytest -c setup.cfg --dburi duckdb+flightsql://HOST:PORT?insecure=true
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import registry

registry.register("duckdb", "fletching.sqlalchemy", "DuckDBDialect")
registry.register("duckdb.flightsql", "fletching.sqlalchemy", "DuckDBDialect")

import pytest  # noqa: E402

pytest.register_assert_rewrite("sqlalchemy.testing.assertions")

from sqlalchemy.testing import provision  # noqa: E402
from sqlalchemy.testing.plugin.pytestplugin import *  # noqa: E402, F403
from suite_engine import ENGINE  # noqa: E402
from suite_requirements import OTHERWISE  # noqa: E402

ENGINES = ("duckdb", "datafusion")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave out the tests that an engine has no requirement for."""
    for item in session.items:
        where = item.nodeid.partition("::")[2].partition("_" + ENGINE)
        name = f"{where[0]}{item.nodeid[item.nodeid.rindex('::test') :]}"
        for prefix, reason in OTHERWISE.items():
            if name.startswith(prefix):
                item.add_marker(pytest.mark.skip(reason=reason))


def _delete(connection: Any, cfg: Any, metadata: Any) -> None:
    """One by one: DuckDB keeps a deleted row's key until the transaction has ended."""
    for table in reversed(metadata.sorted_tables):
        with cfg.db.begin() as own:
            own.execute(table.delete())


if hasattr(provision, "delete_from_all_tables"):  # not SQLAlchemy 1.4
    provision.delete_from_all_tables.for_db("duckdb")(_delete)


@provision.post_configure_engine.for_db(*ENGINES)
def _schemas(url: Any, engine: Any, follower_ident: Any) -> None:
    with engine.begin() as connection:
        for name in ("test_schema", "test_schema_2"):
            connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {name}")


@provision.temp_table_keyword_args.for_db("duckdb")
def _temporary(cfg: Any, eng: Any) -> dict[str, Any]:
    return {"prefixes": ["TEMPORARY"]}


@provision.set_default_schema_on_connection.for_db("duckdb")
def _use(cfg: Any, dbapi_connection: Any, schema_name: str) -> None:
    with dbapi_connection.cursor() as cursor:
        cursor.execute(f"USE {schema_name}")
