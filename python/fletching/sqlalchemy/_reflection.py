# SPDX-License-Identifier: Apache-2.0
"""What SQLAlchemy's Inspector asks, answered by Flight SQL's metadata commands.

A whole schema is read by one command and kept by the inspector, unless one table alone
is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exc, util

import fletching
from fletching import _core
from fletching.sqlalchemy import _keys, _tables
from fletching.sqlalchemy._connection import driver_of
from fletching.sqlalchemy._each import ask_each
from fletching.sqlalchemy._preparer import split_schema
from fletching.sqlalchemy._tables import Found, Place
from fletching.sqlalchemy._versions import SQLALCHEMY_2

if TYPE_CHECKING:
    from sqlalchemy.engine.default import DefaultDialect as _Dialect
else:
    _Dialect = object  # mixed into that, which comes later


class Reflection(_Dialect):
    """The part of a dialect that reflects.

    What engines do in their own way is in the methods `read_...`.

    Attributes:
        lists_with_schemas: an inspector that lists tables asks for their columns with
            the same command, as the engine has them at hand. Others may have to look
            into each table, so there columns are asked for when they are wanted.
        has_temporary_tables: the engine may have some, which are looked for in all
            schemas.
    """

    literals: str
    lists_with_schemas = False
    has_temporary_tables = True

    # ---- what subclasses may do in their own way ----

    def read_schemas(self, connection: Any) -> list[str]:
        """The schemas; those of other catalogs as ``catalog.schema``."""
        return _tables.schemas(self, connection)

    def read_tables(
        self,
        connection: Any,
        place: Place,
        table: str | None = None,
        with_schemas: bool = False,
    ) -> Found:
        """The tables of a place, or the one of that name."""
        return _tables.read(self, connection, place, table, with_schemas)

    def known_columns(
        self, connection: Any, place: Place, table: str
    ) -> list[dict[str, Any]] | None:
        """The columns of a table that need not be asked for; by default of none."""
        return None

    def refine_column(self, column: dict[str, Any]) -> None:
        """Change what a column is described as, where its name says more."""

    def read_keys(self, connection: Any, place: Place, tables: list[str]) -> _keys.Keys:
        """The keys of some tables of a schema; by default a command for each table."""
        return _keys.ask(self, connection, place, tables)

    def read_view_definition(
        self, connection: Any, place: Place, view: str
    ) -> str | None:
        """The text of a view, from the information schema if the server has one."""
        return _tables.view_definition(self, connection, place, view)

    def read_comments(self, connection: Any, place: Place) -> dict[str, str | None]:
        """The comments of a schema's tables."""
        return {}

    def read_indexes(self, connection: Any, place: Place) -> dict[str, list[Any]]:
        """The indexes of a schema's tables."""
        return {}

    def read_defaults(
        self, connection: Any, place: Place
    ) -> dict[tuple[str, str], dict[str, Any]]:
        """What is beyond Arrow's schema, by (table, column): default, identity, ..."""
        return {}

    def refine_type(self, kind: Any, sql_name: str) -> Any:
        """A column's type, where the server's name for it says more than Arrow's."""
        return kind

    def kind_of(self, place: Place, catalog: str | None, table_type: str) -> Any:
        """What a listed table is: a name of `Found`; None if it is not of the place."""
        return _tables.kind_of(table_type)

    def home_catalog(self, connection: Any) -> str | None:
        """The catalog whose schemas go without its name, where there are several."""
        return None

    def lists_by_sql(self, connection: Any) -> bool:
        """Whether to look for tables in SQL, as GetTables has none at all."""
        return not self.answers_tables(connection)

    def answers_tables(self, connection: Any) -> bool:
        """Whether GetTables has any table at all; asked once."""
        if self._answers_tables is None:
            self._answers_tables = bool(self.ask(connection, "get_tables"))
        return self._answers_tables

    _answers_tables: bool | None = None

    # ---- names ----

    def get_schema_names(self, connection: Any, **kw: Any) -> list[str]:
        """The schemas; those of other catalogs as ``catalog.schema``."""
        return self._memo(kw, ("schemas",), lambda: self.read_schemas(connection))

    def has_schema(self, connection: Any, schema_name: str, **kw: Any) -> bool:
        """Whether there is a schema of that name."""
        return schema_name in self.get_schema_names(connection, **kw)

    def get_table_names(
        self, connection: Any, schema: str | None = None, **kw: Any
    ) -> list[str]:
        """The tables of a schema, temporary ones aside."""
        return self._found(connection, schema, kw).names("table")

    def get_view_names(
        self, connection: Any, schema: str | None = None, **kw: Any
    ) -> list[str]:
        """The views of a schema."""
        return self._found(connection, schema, kw).names("view")

    def get_materialized_view_names(
        self, connection: Any, schema: str | None = None, **kw: Any
    ) -> list[str]:
        """The materialized views of a schema."""
        return self._found(connection, schema, kw).names("materialized")

    def get_temp_table_names(
        self, connection: Any, schema: str | None = None, **kw: Any
    ) -> list[str]:
        """The temporary tables that this connection sees, of all schemas."""
        return self._temporary(connection, kw).names("temporary")

    def get_temp_view_names(
        self, connection: Any, schema: str | None = None, **kw: Any
    ) -> list[str]:
        """The temporary views that this connection sees, of all schemas."""
        return self._temporary(connection, kw).names("temporary view")

    def _temporary(self, connection: Any, kw: dict[str, Any]) -> Found:
        if not self.has_temporary_tables:
            return Found()
        return self._memo(
            kw, ("found", Place()), lambda: self.read_tables(connection, Place())
        )

    def has_table(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> bool:
        """Whether there is a table or view of that name."""
        self._ensure_has_table_connection(connection)
        known, place = self._known(schema, kw), self.place(schema)
        if known is not None:
            return bool(known.has(table_name))
        found = self._memo(
            kw,
            ("one", place, table_name),
            lambda: self.read_tables(connection, place, table_name),
        )
        return bool(found.has(table_name))

    # ---- columns ----

    def get_columns(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[dict[str, Any]]:
        """The columns of a table or view."""
        columns = self._columns(connection, table_name, schema, kw)
        return [dict(column) for column in columns]

    def get_multi_columns(self, connection: Any, **kw: Any) -> Any:
        """The columns of many tables, read by one command."""
        self._expect_many(kw)
        return super().get_multi_columns(connection, **kw)

    def _columns(
        self, connection: Any, table: str, schema: str | None, kw: dict[str, Any]
    ) -> list[dict[str, Any]]:
        place = self.place(schema)
        columns = self._source(connection, place, table, kw).get(connection, table)
        if columns is None:
            raise exc.NoSuchTableError(f"{schema}.{table}" if schema else table)
        return columns

    def _source(
        self, connection: Any, place: Place, table: str, kw: dict[str, Any]
    ) -> _tables.Columns:
        """Where a table's columns are found: with the whole schema's, or alone."""
        whole: _tables.Columns | None = self._memo_get(kw, ("columns", place))
        if whole is not None:
            return whole
        if not self._wants_all(place, table, kw):
            key = ("columns", place, table)
            return self._memo(
                kw, key, lambda: _tables.columns(self, connection, place, table)
            )
        found: Found | None = self._memo_get(kw, ("found", place))
        if found is None or not found.schemas:
            found = self.read_tables(connection, place, with_schemas=True)
            self._memo(kw, ("found", place), lambda: found)
        return self._memo(
            kw,
            ("columns", place),
            lambda: _tables.columns_of(self, connection, place, found),
        )

    def _wants_all(self, place: Place, table: str, kw: dict[str, Any]) -> bool:
        """Whether an inspector goes through a schema rather than looks at one table."""
        cache = kw.get("info_cache")
        if cache is None:
            return False
        if _key("found", place) in cache or _key("many", place) in cache:
            return True
        first = cache.setdefault(_key("first", place), table)
        return bool(first != table)

    def _expect_many(self, kw: dict[str, Any]) -> None:
        names, cache = kw.get("filter_names"), kw.get("info_cache")
        if cache is not None and (names is None or len(list(names)) != 1):
            cache[_key("many", self.place(kw.get("schema")))] = True

    # ---- keys ----

    def get_pk_constraint(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> dict[str, Any]:
        """The primary key."""
        keys = self._keys(connection, table_name, schema, kw)
        empty: dict[str, Any] = {"constrained_columns": [], "name": None}
        return dict(keys.primary.get(table_name, empty))

    def get_foreign_keys(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[dict[str, Any]]:
        """The foreign keys of a table."""
        keys = self._keys(connection, table_name, schema, kw)
        found = keys.foreign.get(table_name, [])
        return [_refer(key, schema, self.default_schema_name) for key in found]

    def get_unique_constraints(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[dict[str, Any]]:
        """The unique constraints of a table."""
        keys = self._keys(connection, table_name, schema, kw)
        return list(keys.unique.get(table_name, []))

    def get_check_constraints(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[dict[str, Any]]:
        """The check constraints of a table."""
        keys = self._keys(connection, table_name, schema, kw)
        return list(keys.check.get(table_name, []))

    def get_indexes(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[dict[str, Any]]:
        """The indexes of a table."""
        place = self._existing(connection, table_name, schema, kw)
        found = self._memo(
            kw, ("indexes", place), lambda: self.read_indexes(connection, place)
        )
        indexes = [dict(index) for index in found.get(table_name, [])]
        return indexes if SQLALCHEMY_2 else _of_columns(indexes)

    def _keys(
        self, connection: Any, table: str, schema: str | None, kw: dict[str, Any]
    ) -> _keys.Keys:
        place = self._existing(connection, table, schema, kw)
        whole = self._memo_get(kw, ("keys", place))
        if whole is not None:
            return whole
        if self._wants_all(place, table, kw):
            names = self._found(connection, schema, kw).names("table")
            key: tuple[Any, ...] = ("keys", place)
        else:
            names, key = [table], ("keys", place, table)
        return self._memo(kw, key, lambda: self.read_keys(connection, place, names))

    def _existing(
        self, connection: Any, table: str, schema: str | None, kw: dict[str, Any]
    ) -> Place:
        """The place of a table, which must be there."""
        self._columns(connection, table, schema, kw)
        return self.place(schema)

    # ---- the rest ----

    def get_view_definition(
        self, connection: Any, view_name: str, schema: str | None = None, **kw: Any
    ) -> str:
        """The text of a view."""
        place = self.place(schema)
        text = self._memo(
            kw,
            ("definition", place, view_name),
            lambda: self.read_view_definition(connection, place, view_name),
        )
        if text is not None:
            return str(text)
        name = f"{schema}.{view_name}" if schema else view_name
        if view_name in self.get_view_names(connection, schema, **kw):
            raise NotImplementedError(f"{name}: the server does not tell what it is")
        raise exc.NoSuchTableError(name)

    def get_table_comment(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> dict[str, str | None]:
        """The comment of a table."""
        place = self._existing(connection, table_name, schema, kw)
        found = self._memo(
            kw, ("comments", place), lambda: self.read_comments(connection, place)
        )
        return {"text": found.get(table_name)}

    def get_table_options(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> dict[str, Any]:
        """The options of a table; none of the servers has any."""
        self._existing(connection, table_name, schema, kw)
        return {}

    # ---- within ----

    def place(self, schema: str | None) -> Place:
        """Where a schema of SQLAlchemy's is."""
        catalog, name = split_schema(schema or self.default_schema_name)
        return Place(catalog, name)

    def ask(
        self, connection: Any, command: str, *arguments: Any, **options: Any
    ) -> Any:
        """The rows of a metadata command; None if the server has no such command."""
        driver = driver_of(connection)
        try:
            with getattr(driver, command)(*arguments, **options) as cursor:
                return cursor.fetchall()
        except fletching.NotSupportedError:
            return None
        except fletching.Error as error:
            # As for statements: SQLAlchemy's class, and a lost connection is dropped.
            connection._handle_dbapi_exception(error, None, None, None, None)
            raise

    def ask_each(
        self, connection: Any, command: str, tables: list[str], place: Place
    ) -> list[Any]:
        """The answers to a command about each of some tables, several at a time."""
        driver = driver_of(connection)
        adapted = getattr(driver, "ask_each", None)  # asyncio's
        try:
            if adapted is not None:
                return adapted(command, tables, place)
            return ask_each(driver, command, tables, place)
        except fletching.Error as error:
            connection._handle_dbapi_exception(error, None, None, None, None)
            raise

    def query(self, connection: Any, sql: str, *values: Any) -> list[Any] | None:
        """The rows of a query; None if the server does not take it.

        Each ``?`` is replaced by a value, here: a statement without parameters is one
        command, whatever the connection's paramstyle.
        """
        driver = driver_of(connection)
        first, *rest = sql.split("?")
        for value, part in zip(values, rest, strict=True):
            first += _core.literal(value, self.literals) + part
        try:
            with driver.cursor() as cursor:
                cursor.execute(first)
                return cursor.fetchall()
        except fletching.Error as error:
            if self.is_disconnect(error, driver, None):
                connection._handle_dbapi_exception(error, None, None, None, None)
            return None

    def plan(self, connection: Any, sql: str) -> Any:
        """The schema of a query, without running it; None if it cannot be had."""
        driver = driver_of(connection)
        try:
            with driver.cursor() as cursor:
                return cursor.execute_schema(sql)
        except fletching.Error as error:
            if self.is_disconnect(error, driver, None):
                connection._handle_dbapi_exception(error, None, None, None, None)
            return None

    def _known(self, schema: str | None, kw: dict[str, Any]) -> Found | None:
        return self._memo_get(kw, ("found", self.place(schema)))

    def _found(self, connection: Any, schema: str | None, kw: dict[str, Any]) -> Found:
        place = self.place(schema)
        schemas = self.lists_with_schemas and kw.get("info_cache") is not None
        return self._memo(
            kw,
            ("found", place),
            lambda: self.read_tables(connection, place, with_schemas=schemas),
        )

    def _memo(self, kw: dict[str, Any], key: tuple[Any, ...], read: Any) -> Any:
        cache = kw.get("info_cache")
        if cache is None:
            return read()
        full = _key(*key)
        if full not in cache:
            cache[full] = read()
        return cache[full]

    def _memo_get(self, kw: dict[str, Any], key: tuple[Any, ...]) -> Any:
        return (kw.get("info_cache") or {}).get(_key(*key))


def _of_columns(indexes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that SQLAlchemy 1.4 can describe; it has no expressions in indexes."""
    found = []
    for index in indexes:
        if "expressions" not in index:
            found.append(index)
            continue
        util.warn(
            f"Skipped unsupported reflection of expression-based index {index['name']}"
        )
    return found


def _key(*parts: Any) -> tuple[Any, ...]:
    return ("fletching", *parts)


def _refer(
    key: dict[str, Any], schema: str | None, default: str | None
) -> dict[str, Any]:
    """A foreign key, its target's schema left out where it is the table's own."""
    target = key["referred_schema"]
    own = schema if schema is not None else default
    return {**key, "referred_schema": schema if target in (None, own) else target}
