# SPDX-License-Identifier: Apache-2.0
"""SQLAlchemy's own compliance suite on one of our servers.

Its pytest plugin changes how pytest collects, so it runs in a process of its own, from
this folder: pytest -c setup.cfg --dburi duckdb+flightsql://HOST:PORT?insecure=true
What a server cannot do is not settled yet, so the tests leave it out.
"""

from __future__ import annotations

from sqlalchemy.dialects import registry

registry.register("duckdb", "fletching.sqlalchemy", "DuckDBDialect")
registry.register("duckdb.flightsql", "fletching.sqlalchemy", "DuckDBDialect")

import pytest  # noqa: E402

pytest.register_assert_rewrite("sqlalchemy.testing.assertions")

from sqlalchemy.testing.plugin.pytestplugin import *  # noqa: E402, F403
from sqlalchemy.testing.provision import temp_table_keyword_args  # noqa: E402


@temp_table_keyword_args.for_db("duckdb")
def _temporary(cfg, eng):
    return {"prefixes": ["TEMPORARY"]}
