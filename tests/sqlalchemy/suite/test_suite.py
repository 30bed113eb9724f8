# SPDX-License-Identifier: Apache-2.0
"""The suite, and the tests of it that an engine passes in its own way."""

from sqlalchemy.testing.suite import *  # noqa: F403
from suite_engine import ENGINE
from suite_tests import *  # noqa: F403

if ENGINE == "duckdb":
    from suite_duckdb_tests import *  # noqa: F403
else:
    from suite_datafusion_tests import *  # noqa: F403
