# SPDX-License-Identifier: Apache-2.0
"""From Spark's types to SQLAlchemy's."""

from __future__ import annotations

from typing import Any

from fletching import _own_files

_own_files.check("iomete_sqlalchemy", rival="iomete-sqlalchemy")

from fletching.sqlalchemy import spark_type  # noqa: E402

__all__ = ["spark_type_to_sqla"]


def spark_type_to_sqla(type_str: str) -> Any:
    """The SQLAlchemy type of ``decimal(10, 2)``, ``array<string>`` and so on."""
    return spark_type(type_str)
