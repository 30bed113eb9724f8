# SPDX-License-Identifier: Apache-2.0
"""Tests of the suite that DuckDB passes in its own way.

They stay in, with what they ask for taken as far as the engine goes. DuckDB names
constraints itself, whatever name they were given; a row that refers to another of its
table cannot be deleted together with it.
"""

from __future__ import annotations

from typing import Any
from unittest.mock import ANY

import suite_tests
from sqlalchemy import Column, Integer, MetaData, String, Table
from sqlalchemy.testing import provision, suite

__all__ = [
    "CTETest",
    "ComponentReflectionTest",
    "ComponentReflectionTestExtra",
    "JoinTest",
]


def _unnamed(constraints: Any) -> Any:
    """What a test expects, whatever the names are."""
    for constraint in constraints:
        if constraint["name"] is not None:
            constraint["name"] = ANY
    return constraints


class ComponentReflectionTest(suite.ComponentReflectionTest):
    def exp_pks(self, *args: Any, **kw: Any) -> Any:
        found = super().exp_pks(*args, **kw)
        _unnamed(found.values())
        return found

    def exp_fks(self, *args: Any, **kw: Any) -> Any:
        return _each(super().exp_fks(*args, **kw))

    def exp_ucs(self, *args: Any, **kw: Any) -> Any:
        return _each(super().exp_ucs(*args, **kw))

    def exp_ccs(self, *args: Any, **kw: Any) -> Any:
        return _each(super().exp_ccs(*args, **kw))

    def assert_tables_equal(self, table: Any, found: Any, **kw: Any) -> None:
        copied = table.to_metadata(MetaData())
        for column in copied.c:
            if isinstance(column.type, String):
                column.type = String()  # DuckDB keeps no lengths
        super().assert_tables_equal(copied, found, **kw)

    def _adjust_sort(self, result: Any, expected: Any, key: Any) -> None:
        for constraints in (*result.values(), *expected.values()):
            constraints.sort(key=key)


def _each(found: Any) -> Any:
    for constraints in found.values():
        _unnamed(constraints)
    return found


class ComponentReflectionTestExtra(suite_tests.ComponentReflectionTestExtra):
    def ck_eq(self, reflected: Any, expected: Any) -> None:
        super().ck_eq(reflected, _unnamed(expected))

    def _cc_by_name(self, reflected: Any, name: str) -> Any:
        (only,) = reflected
        return only["sqltext"]


class CTETest(suite.CTETest):
    @classmethod
    def define_tables(cls, metadata: Any) -> None:
        for name in ("some_table", "some_other_table"):
            columns = [Column("data", String(50)), Column("parent_id", Integer)]
            Table(name, metadata, Column("id", Integer, primary_key=True), *columns)


class JoinTest(suite.JoinTest):
    if not hasattr(provision, "delete_from_all_tables"):  # SQLAlchemy 1.4

        def _teardown_each_tables(self) -> None:
            """As conftest.py does for later ones."""
            for table in reversed(self._tables_metadata.sorted_tables):
                with self.bind.begin() as own:
                    own.execute(table.delete())
