# SPDX-License-Identifier: Apache-2.0
"""The metadata commands and their results.

Schemas are those of FlightSql.proto's comments, nullability included: some clients
compare them strictly.  A catalog filter is exact, "" meaning tables without a catalog;
schema and table filters are LIKE patterns whose escape is a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa

from . import _sqlinfo, _xdbc
from ._commands import GetTables, TableRef
from ._engine import Engine, ForeignKey, Key, Lane, Table
from ._protobuf import Message

_UTF8 = pa.utf8()


def _required(name: str, kind: pa.DataType = _UTF8) -> pa.Field:
    return pa.field(name, kind, nullable=False)


CATALOGS = pa.schema([_required("catalog_name")])
DB_SCHEMAS = pa.schema([pa.field("catalog_name", _UTF8), _required("db_schema_name")])
TABLES = pa.schema(
    [
        pa.field("catalog_name", _UTF8),
        pa.field("db_schema_name", _UTF8),
        _required("table_name"),
        _required("table_type"),
    ]
)
TABLES_WITH_SCHEMA = TABLES.append(_required("table_schema", pa.binary()))
TABLE_TYPES = pa.schema([_required("table_type")])
PRIMARY_KEYS = pa.schema(
    [
        pa.field("catalog_name", _UTF8),
        pa.field("db_schema_name", _UTF8),
        _required("table_name"),
        _required("column_name"),
        pa.field("key_name", _UTF8),
        _required("key_sequence", pa.int32()),
    ]
)
FOREIGN_KEYS = pa.schema(
    [
        pa.field("pk_catalog_name", _UTF8),
        pa.field("pk_db_schema_name", _UTF8),
        _required("pk_table_name"),
        _required("pk_column_name"),
        pa.field("fk_catalog_name", _UTF8),
        pa.field("fk_db_schema_name", _UTF8),
        _required("fk_table_name"),
        _required("fk_column_name"),
        _required("key_sequence", pa.int32()),
        pa.field("fk_key_name", _UTF8),
        pa.field("pk_key_name", _UTF8),
        _required("update_rule", pa.uint8()),
        _required("delete_rule", pa.uint8()),
    ]
)


def matcher(pattern: str | None) -> Callable[[str], bool]:
    """Compile a LIKE pattern; None matches everything."""
    if pattern is None:
        return lambda _: True
    parts = re.findall(r"\\[%_\\]|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    compiled = re.compile(
        "".join(
            re.escape(part[1]) if len(part) == 2 else wild.get(part, re.escape(part))
            for part in parts
        ),
        re.DOTALL,
    )
    return lambda name: compiled.fullmatch(name) is not None


def schema_of(name: str, message: Message) -> pa.Schema | None:
    """Return a metadata command's result schema; None for any other command."""
    if name == "CommandGetTables":
        include = GetTables.decode(message).include_schema
        return TABLES_WITH_SCHEMA if include else TABLES
    return _SCHEMAS.get(name)


def result(name: str, message: Message, engine: Engine, lane: Lane) -> pa.Table:
    """Answer a metadata command."""
    return _ANSWERS[name](message, engine, lane)


def _table(rows: Iterable[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [
        pa.array(column, field.type)
        for column, field in zip(columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _catalogs(_: Message, engine: Engine, lane: Lane) -> pa.Table:
    return _table([(name,) for name in sorted(engine.catalogs(lane))], CATALOGS)


def _db_schemas(message: Message, engine: Engine, lane: Lane) -> pa.Table:
    wanted = GetTables.decode(message)
    matches = matcher(wanted.schema_pattern)
    rows = [
        (catalog, schema)
        for catalog, schema in sorted(engine.schemas(lane))
        if wanted.catalog in (None, catalog) and matches(schema)
    ]
    return _table(rows, DB_SCHEMAS)


def _tables(message: Message, engine: Engine, lane: Lane) -> pa.Table:
    wanted = GetTables.decode(message)
    rows: list[tuple[Any, ...]] = []
    for table in _matching(wanted, engine.tables(lane)):
        row: tuple[Any, ...] = (table.catalog, table.schema, table.name, table.type)
        if wanted.include_schema:
            row += (engine.table_schema(lane, table).serialize().to_pybytes(),)
        rows.append(row)
    return _table(rows, TABLES_WITH_SCHEMA if wanted.include_schema else TABLES)


def _matching(wanted: GetTables, tables: list[Table]) -> list[Table]:
    schema_matches = matcher(wanted.schema_pattern)
    table_matches = matcher(wanted.table_pattern)
    found = [
        table
        for table in tables
        if wanted.catalog in (None, table.catalog)
        and schema_matches(table.schema)
        and table_matches(table.name)
        and (not wanted.types or table.type in wanted.types)
    ]
    return sorted(found, key=lambda t: (t.type, t.catalog, t.schema, t.name))


def _table_types(_: Message, engine: Engine, lane: Lane) -> pa.Table:
    return _table([(name,) for name in engine.table_types()], TABLE_TYPES)


def _names(table: Table) -> tuple[str, str, str]:
    return table.catalog, table.schema, table.name


def _is(table: Table, wanted: TableRef) -> bool:
    return (
        table.name == wanted.table
        and wanted.catalog in (None, table.catalog)
        and wanted.schema in (None, table.schema)
    )


def _primary_keys(message: Message, engine: Engine, lane: Lane) -> pa.Table:
    def row(key: Key) -> tuple[Any, ...]:
        return (*_names(key.table), key.column, key.name, key.sequence)

    keys = engine.primary_keys(lane, TableRef.decode(message))
    return _table([row(key) for key in keys], PRIMARY_KEYS)


def _foreign_row(key: ForeignKey) -> tuple[Any, ...]:
    return (
        *_names(key.primary), key.primary_column,
        *_names(key.foreign), key.foreign_column,
        key.sequence, key.name, key.primary_name, key.update_rule, key.delete_rule,
    )  # fmt: skip


def _exported(message: Message, engine: Engine, lane: Lane) -> pa.Table:
    wanted = TableRef.decode(message)
    keys = [key for key in engine.foreign_keys(lane) if _is(key.primary, wanted)]
    keys.sort(key=lambda k: (*_names(k.foreign), k.name or "", k.sequence))
    return _table([_foreign_row(key) for key in keys], FOREIGN_KEYS)


def _imported(message: Message, engine: Engine, lane: Lane) -> pa.Table:
    wanted = TableRef.decode(message)
    keys = [key for key in engine.foreign_keys(lane) if _is(key.foreign, wanted)]
    keys.sort(key=lambda k: (*_names(k.primary), k.name or "", k.sequence))
    return _table([_foreign_row(key) for key in keys], FOREIGN_KEYS)


def _cross(message: Message, engine: Engine, lane: Lane) -> pa.Table:
    primary, foreign = TableRef.decode(message), TableRef.decode(message, 4)
    keys = [
        key
        for key in engine.foreign_keys(lane)
        if _is(key.primary, primary) and _is(key.foreign, foreign)
    ]
    keys.sort(key=lambda k: (*_names(k.foreign), k.name or "", k.sequence))
    return _table([_foreign_row(key) for key in keys], FOREIGN_KEYS)


def _sql_info(message: Message, engine: Engine, lane: Lane) -> pa.Table:
    return _sqlinfo.table(engine, message.numbers(1))


def _xdbc_types(message: Message, engine: Engine, lane: Lane) -> pa.Table:
    wanted = message.signed(1) if 1 in message else None
    return _xdbc.table(engine.name, wanted)


_SCHEMAS = {
    "CommandGetCatalogs": CATALOGS,
    "CommandGetDbSchemas": DB_SCHEMAS,
    "CommandGetTableTypes": TABLE_TYPES,
    "CommandGetPrimaryKeys": PRIMARY_KEYS,
    "CommandGetExportedKeys": FOREIGN_KEYS,
    "CommandGetImportedKeys": FOREIGN_KEYS,
    "CommandGetCrossReference": FOREIGN_KEYS,
    "CommandGetSqlInfo": _sqlinfo.SCHEMA,
    "CommandGetXdbcTypeInfo": _xdbc.SCHEMA,
}
_ANSWERS: dict[str, Callable[[Message, Engine, Lane], pa.Table]] = {
    "CommandGetCatalogs": _catalogs,
    "CommandGetDbSchemas": _db_schemas,
    "CommandGetTables": _tables,
    "CommandGetTableTypes": _table_types,
    "CommandGetPrimaryKeys": _primary_keys,
    "CommandGetExportedKeys": _exported,
    "CommandGetImportedKeys": _imported,
    "CommandGetCrossReference": _cross,
    "CommandGetSqlInfo": _sql_info,
    "CommandGetXdbcTypeInfo": _xdbc_types,
}
