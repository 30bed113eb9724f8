# SPDX-License-Identifier: Apache-2.0
"""What connections and cursors have under the names that ADBC's DB-API gives it.

So that code written for ``adbc_driver_flightsql.dbapi`` runs; the results are
pyarrow's, as there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from fletching._metadata import Metadata

if TYPE_CHECKING:
    import pyarrow


class AdbcMetadata(Metadata):
    """Calls of a connection."""

    def adbc_cancel(self: Any) -> None:
        """`cancel`."""
        self.cancel()

    def adbc_get_info(self) -> dict[str | int, Any]:
        """The names and versions of the server, by ADBC's names."""
        server = self.server_info()
        known = {
            "vendor_name": server["name"],
            "vendor_version": server["version"],
            "vendor_arrow_version": server["arrow_version"],
            "driver_name": "fletching",
        }
        return {name: value for name, value in known.items() if value}

    def adbc_get_objects(
        self,
        *,
        depth: str = "all",
        catalog_filter: str | None = None,
        db_schema_filter: str | None = None,
        table_name_filter: str | None = None,
        table_types_filter: Iterable[str] | None = None,
        column_name_filter: str | None = None,
    ) -> pyarrow.RecordBatchReader:
        """As get_objects, but the catalog is a LIKE pattern, too."""
        core = self._core_connection()
        reader = core.get_objects(
            depth,
            catalog_filter,
            True,
            db_schema_filter,
            table_name_filter,
            list(table_types_filter or ()),
            column_name_filter,
            True,
            self._row_options,
        )
        return self._over(reader).fetch_record_batch()

    def adbc_get_statistics(
        self,
        *,
        catalog_filter: str | None = None,
        db_schema_filter: str | None = None,
        table_name_filter: str | None = None,
        approximate: bool = True,
    ) -> pyarrow.RecordBatchReader:
        """As get_statistics, but the catalog is a LIKE pattern, too."""
        reader = self._core_connection().get_statistics(
            catalog_filter,
            True,
            db_schema_filter,
            table_name_filter,
            approximate,
            self._row_options,
        )
        return self._over(reader).fetch_record_batch()

    def adbc_get_table_schema(
        self,
        table_name: str,
        *,
        catalog_filter: str | None = None,
        db_schema_filter: str | None = None,
    ) -> pyarrow.Schema:
        """The columns of one table, by exact names."""
        found = self.get_table_schema(
            table_name, catalog=catalog_filter, db_schema=db_schema_filter
        )
        return found.to_pyarrow()

    def adbc_get_table_types(self) -> list[str]:
        """The types of tables."""
        return [row[0] for row in self.get_table_types()]


class AdbcCursor:
    """Calls of a cursor, each by those that `fletching.Cursor` has."""

    def adbc_ingest(
        self: Any,
        table_name: str,
        data: Any,
        mode: str = "create",
        *,
        catalog_name: str | None = None,
        db_schema_name: str | None = None,
        temporary: bool = False,
    ) -> int:
        """`ingest` by the names that ADBC's cursors have."""
        rows: int = self.ingest(
            table_name,
            data,
            mode,
            catalog=catalog_name,
            schema=db_schema_name,
            temporary=temporary,
        )
        return rows

    def adbc_cancel(self: Any) -> None:
        """`cancel`."""
        self.cancel()

    def adbc_prepare(self: Any, operation: str) -> pyarrow.Schema | None:
        """`parameter_schema`."""
        found = self.parameter_schema(operation)
        return None if found is None else found.to_pyarrow()

    def adbc_execute_schema(self: Any, operation: str) -> pyarrow.Schema:
        """`execute_schema`."""
        return self.execute_schema(operation).to_pyarrow()

    def adbc_execute_partitions(
        self: Any, operation: str, parameters: Any = None
    ) -> tuple[list[bytes], pyarrow.Schema]:
        """`execute_partitions`."""
        parts, schema = self.execute_partitions(operation, parameters)
        return parts, schema.to_pyarrow()

    def adbc_read_partition(self: Any, partition: bytes) -> None:
        """`read_partition`."""
        self.read_partition(partition)

    def fetchallarrow(self: Any) -> pyarrow.Table:
        """`fetch_arrow_table`."""
        return self.fetch_arrow_table()
