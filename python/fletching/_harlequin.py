# SPDX-License-Identifier: Apache-2.0
"""Harlequin's and hsql's adapter: ``harlequin -a fletching URL``.

It is found by the entry point ``harlequin.adapter`` and imported by Harlequin alone,
which brings pyarrow. URLs are those of SQLAlchemy (docs/guides/sqlalchemy.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from harlequin.adapter import HarlequinAdapter, HarlequinConnection, HarlequinCursor
from harlequin.catalog import Catalog, CatalogItem
from harlequin.exception import (
    HarlequinConfigError,
    HarlequinConnectionError,
    HarlequinQueryError,
)
from sqlalchemy import create_engine, exc, inspect
from sqlalchemy.engine import make_url

import fletching
from fletching.sqlalchemy._connection import driver_of

_LABELS = {
    "t/f": ["bool", "boolean"],
    "##": ["int", "uint", "integer", "bigint", "smallint", "tinyint", "hugeint"],
    "#.#": ["float", "halffloat", "double", "real", "decimal", "numeric"],
    "s": ["string", "large_string", "string_view", "varchar"],
    "b": ["binary", "large_binary", "binary_view", "varbinary"],
    "d": ["date"],
    "t": ["time"],
    "ts": ["timestamp"],
    "[]": ["list", "array"],
    "{}": ["struct", "map"],
}
_BY_TYPE = {kind: label for label, kinds in _LABELS.items() for kind in kinds}


def _label(kind: str) -> str:
    """A type, of Arrow or of SQL, in three characters."""
    name = re.split(r"[\[(<]", kind.lower())[0].rstrip("0123456789")
    return _BY_TYPE.get(name) or _BY_TYPE.get(name.removeprefix("u"), "?")


class Cursor(HarlequinCursor):
    """A result, read when it is fetched."""

    def __init__(self, cursor: fletching.Cursor) -> None:
        self._cursor = cursor
        self._limit: int | None = None

    def columns(self) -> list[tuple[str, str]]:
        """Names and short types."""
        described = self._cursor.description or []
        return [(name, _label(str(kind))) for name, kind, *_ in described]

    def set_limit(self, limit: int) -> Cursor:
        """Read no more rows than that."""
        self._limit = limit
        return self

    def fetchall(self) -> Any:
        """The rows, as pyarrow.Table."""
        import pyarrow

        try:
            with self._cursor:
                reader = self._cursor.fetch_record_batch()
                batches, rows = [], 0
                for batch in reader:
                    batches.append(batch)
                    rows += batch.num_rows
                    if self._limit is not None and rows >= self._limit:
                        break
                table = pyarrow.Table.from_batches(batches, reader.schema)
        except fletching.Error as error:
            raise HarlequinQueryError(str(error), title=type(error).__name__) from error
        return table if self._limit is None else table.slice(0, self._limit)


class Connection(HarlequinConnection):
    """A connection, and the catalog that its dialect finds."""

    def __init__(self, url: Any, init_message: str = "") -> None:
        self.init_message = init_message
        try:
            self._engine = create_engine(url, isolation_level="AUTOCOMMIT")
            self._connection = self._engine.connect()
        except (exc.SQLAlchemyError, fletching.Error) as error:
            raise HarlequinConnectionError(str(error), title="fletching") from error
        self._driver = driver_of(self._connection)

    def execute(self, query: str) -> Cursor | None:
        """Run a statement as it stands."""
        cursor = self._driver.cursor()
        try:
            cursor.execute(query)
        except fletching.Error as error:
            raise HarlequinQueryError(str(error), title=type(error).__name__) from error
        return None if cursor.description is None else Cursor(cursor)

    def cancel(self) -> None:
        """Stop what runs."""
        self._driver.cancel()

    def get_catalog(self) -> Catalog:
        """Schemas with their tables, views and columns."""
        inspector = inspect(self._connection)
        try:
            return Catalog(
                [self._schema(inspector, name) for name in inspector.get_schema_names()]
            )
        except exc.SQLAlchemyError as error:
            raise HarlequinQueryError(str(error), title="catalog") from error

    def _schema(self, inspector: Any, schema: str) -> CatalogItem:
        quoted = self._engine.dialect.identifier_preparer.quote_schema(schema)
        kinds = {"t": inspector.get_table_names, "v": inspector.get_view_names}
        children = [
            self._table(inspector, schema, quoted, name, kind)
            for kind, names in kinds.items()
            for name in names(schema)
        ]
        return CatalogItem(quoted, quoted, schema, "sch", children)

    def _table(
        self, inspector: Any, schema: str, place: str, name: str, kind: str
    ) -> CatalogItem:
        quote = self._engine.dialect.identifier_preparer.quote
        full = f"{place}.{quote(name)}" if place else quote(name)
        children = [
            CatalogItem(
                f"{full}.{quote(column['name'])}",
                quote(column["name"]),
                column["name"],
                _label(str(column["type"].__visit_name__)),
            )
            for column in inspector.get_columns(name, schema)
        ]
        return CatalogItem(full, full, name, kind, children)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()
        self._engine.dispose()


class Adapter(HarlequinAdapter):
    """Any Flight SQL server, by a URL of SQLAlchemy."""

    ADAPTER_OPTIONS = None
    IMPLEMENTS_CANCEL = True
    ADAPTER_DETAILS = "SQL over Arrow Flight SQL; CONN_STR is a URL of SQLAlchemy."

    def __init__(
        self, conn_str: Sequence[str], read_only: bool = False, **options: Any
    ) -> None:
        """Of one URL."""
        if len(conn_str) != 1:
            raise HarlequinConfigError(
                "fletching: one URL is needed, such as"
                " datafusion+flightsql://host:443?token=...",
                title="fletching",
            )
        self._url = make_url(conn_str[0])

    def connect(self) -> Connection:
        """Open a connection."""
        return Connection(self._url)

    @property
    def connection_id(self) -> str:
        """The URL without its secrets."""
        url: str = self._url.render_as_string(hide_password=True)
        return url.partition("?")[0]
