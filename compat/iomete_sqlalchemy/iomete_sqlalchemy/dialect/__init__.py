# SPDX-License-Identifier: Apache-2.0
"""The dialect of Fletching, by the names that 1.0.23 had."""

from __future__ import annotations

from fletching import _own_files

_own_files.check("iomete_sqlalchemy", rival="iomete-sqlalchemy")

from fletching.sqlalchemy import IOMETEDialect, SparkTypeCompiler  # noqa: E402
from fletching.sqlalchemy import SparkCompiler as SparkSQLCompiler  # noqa: E402
from fletching.sqlalchemy import SparkPreparer as SparkIdentifierPreparer  # noqa: E402

__all__ = [
    "IOMETEDialect",
    "SparkIdentifierPreparer",
    "SparkSQLCompiler",
    "SparkTypeCompiler",
]
