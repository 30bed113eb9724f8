# SPDX-License-Identifier: Apache-2.0
"""What a connection tells of the server's catalogs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from fletching import _core
from fletching._arrow import Schema

if TYPE_CHECKING:
    from fletching._cursor import Cursor


def escape_like(name: str) -> str:
    """A LIKE pattern that matches this name alone, for the filters of metadata."""
    return _core.escape_like(name)


class Metadata:
    """The metadata commands of a `Connection`.

    Filters by pattern are SQL LIKE: ``%`` any text, ``_`` any character, ``\\`` takes
    the next one literally (`escape_like`), whatever escape the server has. Rows are
    judged again here, because servers ignore or misread filters. A command that the
    server has not raises NotSupportedError.
    """

    _row_options: _core.RowOptions

    def _core_connection(self) -> _core.Connection:
        raise NotImplementedError

    def _over(self, reader: _core.RowReader) -> Cursor:
        raise NotImplementedError

    def get_catalogs(self) -> Cursor:
        """A cursor over catalog_name."""
        core = self._core_connection()
        return self._over(core.get_catalogs(self._row_options))

    def get_db_schemas(
        self, catalog: str | None = None, db_schema: str | None = None
    ) -> Cursor:
        """A cursor over catalog_name, db_schema_name.

        Args:
            catalog: exact; "" for schemas without one; None for all.
            db_schema: a LIKE pattern.
        """
        core = self._core_connection()
        return self._over(core.get_db_schemas(catalog, db_schema, self._row_options))

    def get_tables(
        self,
        catalog: str | None = None,
        db_schema: str | None = None,
        table: str | None = None,
        table_types: Iterable[str] = (),
        *,
        include_schema: bool = False,
    ) -> Cursor:
        """A cursor over catalog_name, db_schema_name, table_name, table_type.

        Args:
            catalog: exact; "" for tables without one; None for all.
            db_schema: a LIKE pattern.
            table: a LIKE pattern.
            table_types: as get_table_types() names them; none for all.
            include_schema: adds table_schema, an encoded Arrow schema.
        """
        core = self._core_connection()
        return self._over(
            core.get_tables(
                catalog,
                db_schema,
                table,
                list(table_types),
                include_schema,
                self._row_options,
            )
        )

    def get_table_types(self) -> Cursor:
        """A cursor over table_type."""
        core = self._core_connection()
        return self._over(core.get_table_types(self._row_options))

    def get_sql_info(self, ids: Iterable[int] = ()) -> Cursor:
        """A cursor over info_name, value; of these ids, or of all the server has."""
        core = self._core_connection()
        return self._over(core.get_sql_info(list(ids), self._row_options))

    def get_table_schema(
        self, table: str, *, catalog: str | None = None, db_schema: str | None = None
    ) -> Schema:
        """The columns of one table, by exact names."""
        core = self._core_connection()
        return Schema(core.get_table_schema(catalog, db_schema, table))

    def server_info(self) -> dict[str, Any]:
        """What the server is and can do, as it says itself and its profile corrects.

        Asks once in a process. The keys: name, version, arrow_version ("" where the
        server does not say), profile, dialect, binding ("server", "server_one_row",
        "client"), transactions ("none", "transactions", "savepoints", ""), read_only,
        cancel, bulk_ingestion, ingest_transactions, substrait (None where nobody says),
        identifier_quote, search_escape, identifier_case and quoted_identifier_case
        ("insensitive", "upper", "lower", ""), keywords, max_message (bytes).
        """
        return self._core_connection().server()

    # ---- keys and types ----

    def get_primary_keys(
        self, table: str, *, catalog: str | None = None, db_schema: str | None = None
    ) -> Cursor:
        """A cursor over the columns of a table's primary key, in their order.

        Its columns: catalog_name, db_schema_name, table_name, column_name, key_name,
        key_sequence (from 1).

        Args:
            table: its exact name.
            catalog: exact; "" for tables without one; None for any.
            db_schema: as catalog.
        """
        core = self._core_connection()
        return self._over(
            core.get_primary_keys(catalog, db_schema, table, self._row_options)
        )

    def get_imported_keys(
        self, table: str, *, catalog: str | None = None, db_schema: str | None = None
    ) -> Cursor:
        """A cursor over the foreign keys of a table; arguments as get_primary_keys.

        Its columns: pk_catalog_name, pk_db_schema_name, pk_table_name, pk_column_name,
        the same with fk_, key_sequence, fk_key_name, pk_key_name, update_rule,
        delete_rule (0 cascade, 1 restrict, 2 set null, 3 no action, 4 set default).
        """
        core = self._core_connection()
        return self._over(
            core.get_imported_keys(catalog, db_schema, table, self._row_options)
        )

    def get_exported_keys(
        self, table: str, *, catalog: str | None = None, db_schema: str | None = None
    ) -> Cursor:
        """A cursor over the keys that refer to a table, as get_imported_keys."""
        core = self._core_connection()
        return self._over(
            core.get_exported_keys(catalog, db_schema, table, self._row_options)
        )

    def get_cross_reference(
        self,
        table: str,
        foreign_table: str,
        *,
        catalog: str | None = None,
        db_schema: str | None = None,
        foreign_catalog: str | None = None,
        foreign_db_schema: str | None = None,
    ) -> Cursor:
        """A cursor over the keys of `foreign_table` that refer to `table`.

        Columns and arguments as get_imported_keys.
        """
        core = self._core_connection()
        return self._over(
            core.get_cross_reference(
                catalog,
                db_schema,
                table,
                foreign_catalog,
                foreign_db_schema,
                foreign_table,
                self._row_options,
            )
        )

    def get_type_info(self, data_type: int | None = None) -> Cursor:
        """A cursor over the server's types, as ODBC and JDBC describe them.

        Its columns: type_name, data_type, column_size, literal_prefix, literal_suffix,
        create_params, nullable, case_sensitive, searchable, unsigned_attribute,
        fixed_prec_scale, auto_increment, local_type_name, minimum_scale, maximum_scale,
        sql_data_type, datetime_subcode, num_prec_radix, interval_precision.

        Args:
            data_type: the number of one type (XdbcDataType); None for all.
        """
        core = self._core_connection()
        return self._over(core.get_type_info(data_type, self._row_options))

    # ---- all at once ----

    def get_objects(
        self,
        depth: str = "all",
        *,
        catalog: str | None = None,
        db_schema: str | None = None,
        table: str | None = None,
        table_types: Iterable[str] = (),
        column: str | None = None,
        constraints: bool = True,
    ) -> Cursor:
        """A cursor over catalogs with their schemas, tables, columns and constraints.

        One row a catalog, nested as ADBC's GetObjects: catalog_name,
        catalog_db_schemas (db_schema_name, db_schema_tables (table_name, table_type,
        table_columns, table_constraints)). A level below `depth` is NULL.

        Args:
            depth: "catalogs", "db_schemas", "tables", "columns" or "all".
            catalog: exact; "" for the rows without one; None for all.
            db_schema: a LIKE pattern.
            table: a LIKE pattern.
            table_types: as get_table_types() names them; none for all.
            column: a LIKE pattern.
            constraints: False leaves keys out, which cost calls for each table.
        """
        core = self._core_connection()
        return self._over(
            core.get_objects(
                depth,
                catalog,
                False,
                db_schema,
                table,
                list(table_types),
                column,
                constraints,
                self._row_options,
            )
        )

    def get_statistics(
        self,
        *,
        catalog: str | None = None,
        db_schema: str | None = None,
        table: str | None = None,
        approximate: bool = True,
    ) -> Cursor:
        """A cursor over tables with what queries have counted of them.

        One row a table, nested as ADBC's GetStatistics: catalog_name,
        catalog_db_schemas (db_schema_name, db_schema_statistics (table_name,
        column_name, statistic_key, statistic_value, statistic_is_approximate)).
        docs/metadata.md has the keys. Counted when it is read, table by table; no value
        is ever approximate.

        Args:
            catalog: exact; "" for the rows without one; None for all.
            db_schema: a LIKE pattern.
            table: a LIKE pattern. Without % in it, it names tables: views are
                measured, too, and what cannot be measured is an error. Otherwise views
                and the server's own tables are passed over.
            approximate: True counts rows alone; False also counts each column's
                missing and distinct values and finds the least and the greatest.

        Raises:
            NotSupportedError: at Flink, whose tables may have no end.
        """
        core = self._core_connection()
        return self._over(
            core.get_statistics(
                catalog, False, db_schema, table, approximate, self._row_options
            )
        )

    def actions(self) -> list[str]:
        """The names of the actions that the server lists beside queries."""
        return self._core_connection().actions()
