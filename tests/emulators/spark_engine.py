# SPDX-License-Identifier: Apache-2.0
"""Spark's catalogs, commands and names of errors on DuckDB.

Catalogs are DuckDB's attached databases; what DuckDB does not keep - char(n), comments,
the table format - is in `SparkEngine.details`.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from fletching.serve._coltypes import describe
from fletching.serve._duckdb import DuckDBEngine
from fletching.serve._duckdb_lane import DuckDBLane
from fletching.serve._engine import Defaults, Kind, Lane, Plan, Row, Table
from fletching.serve._errors import InvalidRequest, NotFound, ServeError
from fletching.serve._jobs import Job
from fletching.serve._sqltext import quote

from .spark_text import Command, check_limits, command_of, for_duckdb, parse, type_name

VERSION = "3.5.5 7c29c664cdc9321205a98a14858aaf8daaa19db2"
FIRST_SCHEMA = "default"
_TEXT = pa.utf8()
_SCHEMAS = {
    "schemas": pa.schema([("namespace", _TEXT)]),
    "catalogs": pa.schema([("catalog", _TEXT)]),
    "tables": pa.schema(
        [("namespace", _TEXT), ("tableName", _TEXT), ("isTemporary", pa.bool_())]
    ),
    "views": pa.schema(
        [("namespace", _TEXT), ("viewName", _TEXT), ("isTemporary", pa.bool_())]
    ),
    "describe": pa.schema(
        [("col_name", _TEXT), ("data_type", _TEXT), ("comment", _TEXT)]
    ),
    "create": pa.schema([("createtab_stmt", _TEXT)]),
    "set": pa.schema([("key", _TEXT), ("value", _TEXT)]),
}
_SCHEMAS["extended"] = _SCHEMAS["describe"]


@dataclasses.dataclass
class Detail:
    """What a table was made with."""

    types: dict[str, str] = dataclasses.field(default_factory=dict)
    comments: dict[str, str] = dataclasses.field(default_factory=dict)
    comment: str = ""
    text: str = ""  # the statement that made it


@dataclasses.dataclass(frozen=True)
class Place:
    """A table's full name."""

    catalog: str
    schema: str
    name: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Names without their case."""
        return self.catalog.lower(), self.schema.lower(), self.name.lower()

    def quoted(self, mark: str = '"') -> str:
        """With quotes, for DuckDB or with backticks."""
        return ".".join(
            f"{mark}{part}{mark}" for part in (self.catalog, self.schema, self.name)
        )


class SparkEngine(DuckDBEngine):
    """Catalogs in memory, each with a schema ``default``."""

    title = "IOMETE"
    version = VERSION
    transactions = False

    def __init__(self, catalogs: Sequence[str], switches: frozenset[str]) -> None:
        super().__init__()
        self.switches = switches
        self.details: dict[tuple[str, str, str], Detail] = {}
        self.sql_info |= {503: 1, 504: "`", 8: 0, 10: False}
        self.names = list(catalogs)
        for name in catalogs:
            self._root.execute(f"ATTACH ':memory:' AS {quote(name)}")
            self._root.execute(f"CREATE SCHEMA {quote(name)}.{quote(FIRST_SCHEMA)}")
        self._catalog = self.names[0]

    def open_lane(self, defaults: Defaults) -> Lane:
        with self._lock:
            connection = self._root.cursor()
        connection.execute("SET python_enable_replacements = false")
        connection.execute("SET TimeZone = 'UTC'")
        lane = SparkLane(self, connection, self.use)
        try:
            lane.use(defaults)
        except BaseException:
            connection.close()
            raise
        return lane

    def use(self, connection: Any, defaults: Defaults) -> None:
        catalog = defaults.catalog or self._catalog
        if catalog not in self.names:
            raise NotFound(
                f"[CATALOG_NOT_FOUND] The catalog `{catalog}` not found."
                " SQLSTATE: 42P08"
            )
        schema = defaults.schema or FIRST_SCHEMA
        try:
            connection.execute(f"USE {quote(catalog)}.{quote(schema)}")
        except duckdb.Error:
            raise NotFound(missing_schema(schema)) from None

    # ---- metadata ----

    def catalogs(self, lane: Lane) -> list[str]:
        return self.names

    def schemas(self, lane: Lane) -> list[tuple[str, str]]:
        found = super().schemas(lane)
        return [one for one in found if one[0] in self.names and one[1] != "main"]

    def tables(self, lane: Lane) -> list[Table]:
        return [one for one in super().tables(lane) if one.catalog in self.names]

    def table_types(self) -> list[str]:
        return ["TABLE", "VIEW"]

    def table_schema(self, lane: Lane, table: Table) -> pa.Schema:
        place = Place(table.catalog, table.schema, table.name)
        detail = self.details.get(place.key, Detail())
        fields = []
        for field in super().table_schema(lane, table):
            name = field.name.lower()
            fields.append(
                describe(
                    field.remove_metadata(),
                    *dataclasses.astuple(place),
                    sql_type=detail.types.get(name),
                    remarks=detail.comments.get(name),
                ).with_nullable(field.nullable)
            )
        return pa.schema(fields)

    def primary_keys(self, lane: Lane, table: Any) -> list[Any]:
        return []

    def foreign_keys(self, lane: Lane) -> list[Any]:
        return []


def missing_schema(name: str) -> str:
    """Spark's words for a schema that is not there."""
    return f"[SCHEMA_NOT_FOUND] The schema `{name}` cannot be found. SQLSTATE: 42704"


@contextmanager
def in_sparks_words() -> Iterator[None]:
    """Errors of DuckDB's, with Spark's conditions."""
    try:
        yield
    except NotFound as error:
        found = re.search(r"(?:Table|View) with name (\S+) does not exist", str(error))
        if found is not None:
            raise NotFound(missing_table(found[1])) from None
        schema = re.search(r'Schema with name "?([^"\s]+)"? does not exist', str(error))
        if schema is not None:
            raise NotFound(missing_schema(schema[1])) from None
        raise
    except InvalidRequest as error:
        if "already exists" in str(error):
            text = f"[TABLE_OR_VIEW_ALREADY_EXISTS] {error} SQLSTATE: 42P07"
            raise InvalidRequest(text) from None
        raise


def missing_table(name: str) -> str:
    """Spark's words for a table that is not there."""
    return (
        f"[TABLE_OR_VIEW_NOT_FOUND] The table or view `{name}` cannot be found. Verify"
        " the spelling and correctness of the schema and catalog. SQLSTATE: 42P01"
    )


class SparkLane(DuckDBLane):
    """A session of Spark's."""

    def __init__(self, engine: SparkEngine, connection: Any, use: Any) -> None:
        super().__init__(connection, use)
        self._engine = engine

    # ---- as the service calls it ----

    def plan(self, sql: str) -> Plan:
        command = command_of(sql)
        if command is not None:
            schema = _SCHEMAS.get(command.what)
            if schema is None:
                return Plan(Kind.COMMAND, pa.schema([]))
            self._answer(command)  # what it names is looked up while planning
            return Plan(Kind.QUERY, schema)
        with in_sparks_words():
            return super().plan(self._translated(sql))

    def bound_schema(self, sql: str, row: Row) -> pa.Schema | None:
        return super().bound_schema(self._translated(sql), row)

    def run(self, job: Job, sql: str, rows: Sequence[Row]) -> pa.Schema:
        self._check_rows(rows)
        command = command_of(sql)
        if command is None:
            return self._run_statement(
                sql, lambda text: super(SparkLane, self).run(job, text, rows)
            )
        if command.what not in _SCHEMAS:
            self._change(command)
            return pa.schema([])
        table = self._answer(command)
        for batch in table.to_batches():
            job.put(batch)
        return table.schema

    def update(self, job: Job, sql: str, rows: Sequence[Row]) -> int:
        self._check_rows(rows)
        command = command_of(sql)
        if command is not None:
            self._change(command)
            return -1
        return self._run_statement(
            sql, lambda text: super(SparkLane, self).update(job, text, rows)
        )

    def _check_rows(self, rows: Sequence[Row]) -> None:
        if len(rows) > 1 and "one-row-binding" in self._engine.switches:
            raise InvalidRequest("Only one row of parameters can be bound")

    # ---- statements ----

    def _translated(self, sql: str) -> str:
        tree = parse(sql)
        if "literal-limit" in self._engine.switches:
            check_limits(tree)
        return for_duckdb(tree, VERSION)

    def _run_statement(self, sql: str, run: Any) -> Any:
        tree = parse(sql)
        made = _made(tree, sql)
        with in_sparks_words():
            result = run(self._translated(sql))
        if isinstance(tree, exp.Create) and made is not None:
            self._engine.details[self._place(tree.this).key] = made
        return result

    def _place(self, tree: exp.Expression) -> Place:
        table = tree.find(exp.Table)
        assert table is not None
        return self._full(tuple(part.name for part in table.parts))

    def _full(self, parts: tuple[str, ...]) -> Place:
        catalog, schema = self._current()
        return Place(*((catalog, schema)[: 3 - len(parts)] + parts))

    def _current(self) -> tuple[str, str]:
        row = self.connection.execute(
            "SELECT current_database(), current_schema()"
        ).fetchall()[0]
        return str(row[0]), str(row[1])

    # ---- Spark's own commands ----

    def _change(self, command: Command) -> None:
        if command.what == "use":
            self._use_place(command.name)
            return
        detail = self._detail(self._existing(command.name))
        if command.what == "comment":
            detail.comment = command.text
        elif command.what == "column comment":
            detail.comments[command.column.lower()] = command.text

    def _use_place(self, parts: tuple[str, ...]) -> None:
        if len(parts) == 1 and parts[0] in self._engine.names:
            defaults = Defaults(parts[0], FIRST_SCHEMA)
        else:
            defaults = Defaults(*self._namespace(parts))
        if "stateless" not in self._engine.switches:
            self.use(defaults)

    def _namespace(self, parts: tuple[str, ...]) -> tuple[str, str]:
        """Catalog and schema of what a statement names; raises if there is none."""
        catalog, schema = self._current()
        if len(parts) == 1:
            schema = parts[0]
        elif parts:
            catalog, schema = parts[0], ".".join(parts[1:])
        if (catalog, schema) not in self._engine.schemas(self):
            raise NotFound(missing_schema(schema))
        return catalog, schema

    def _existing(self, parts: tuple[str, ...]) -> Table:
        place = self._full(parts)
        for table in [*self._engine.tables(self), *self._temporary()]:
            names = (table.catalog, table.schema, table.name)
            if Place(*names).key == place.key:
                return table
            temporary = table.type == "TEMPORARY"
            if temporary and len(parts) == 1 and table.name == parts[0]:
                return table
        raise NotFound(missing_table(".".join(parts)))

    def _temporary(self) -> list[Table]:
        rows = self.connection.execute(
            "SELECT view_name FROM duckdb_views() WHERE temporary AND NOT internal"
        ).fetchall()
        return [Table("temp", "main", row[0], "TEMPORARY") for row in rows]

    def _detail(self, table: Table) -> Detail:
        key = Place(table.catalog, table.schema, table.name).key
        return self._engine.details.setdefault(key, Detail())

    def _answer(self, command: Command) -> pa.Table:
        rows = getattr(self, f"_show_{command.what}")(command)
        schema = _SCHEMAS[command.what]
        columns = list(zip(*rows, strict=True)) or [()] * len(schema)
        arrays = [
            pa.array(list(column), field.type)
            for column, field in zip(columns, schema, strict=True)
        ]
        return pa.Table.from_arrays(arrays, schema=schema)

    def _show_catalogs(self, command: Command) -> list[Any]:
        return [(name,) for name in self._engine.names]

    def _show_schemas(self, command: Command) -> list[Any]:
        catalog = command.name[0] if command.name else self._current()[0]
        if catalog not in self._engine.names:
            raise NotFound(missing_schema(catalog))
        return [
            (schema,)
            for owner, schema in self._engine.schemas(self)
            if owner == catalog and like(command.text, schema)
        ]

    def _show_tables(self, command: Command) -> list[Any]:
        # As Spark's session catalog does, views among them.
        return self._listed(command, ("TABLE", "VIEW"))

    def _show_views(self, command: Command) -> list[Any]:
        return self._listed(command, ("VIEW",))

    def _listed(self, command: Command, kinds: tuple[str, ...]) -> list[Any]:
        where = self._namespace(command.name)
        rows = [
            (one.schema, one.name, False)
            for one in self._engine.tables(self)
            if (one.catalog, one.schema) == where and one.type in kinds
        ]
        rows += [("", one.name, True) for one in self._temporary()]
        return [row for row in rows if like(command.text, row[1])]

    def _show_describe(self, command: Command) -> list[Any]:
        table = self._existing(command.name)
        detail = self._detail(table)
        name = Place(table.catalog, table.schema, table.name).quoted()
        return [
            (
                column,
                detail.types.get(column.lower(), type_name(kind)),
                detail.comments.get(column.lower()),
            )
            for column, kind, *_ in self.connection.execute(
                f"DESCRIBE {name}"
            ).fetchall()
        ]

    def _show_extended(self, command: Command) -> list[Any]:
        table = self._existing(command.name)
        detail = self._detail(table)
        rows = [
            *self._show_describe(command),
            ("", "", ""),
            ("# Detailed Table Information", "", ""),
            ("Catalog", table.catalog, ""),
            ("Database", table.schema, ""),
            ("Table", table.name, ""),
        ]
        return [*rows, ("Comment", detail.comment, "")] if detail.comment else rows

    def _show_set(self, command: Command) -> list[Any]:
        return [(".".join(command.name), command.text)]

    def _show_create(self, command: Command) -> list[Any]:
        table = self._existing(command.name)
        return [(self._detail(table).text or f"CREATE TABLE {table.name}",)]


def like(pattern: str, name: str) -> bool:
    """Spark's patterns of SHOW: ``*`` is any text, ``|`` is or."""
    if not pattern:
        return True
    return any(
        fnmatch.fnmatchcase(name.lower(), one.strip().lower())
        for one in pattern.split("|")
    )


def _made(tree: exp.Expression, sql: str) -> Detail | None:
    """What a CREATE statement says of its table beyond what DuckDB keeps."""
    if not isinstance(tree, exp.Create) or tree.kind not in ("TABLE", "VIEW"):
        return None
    made = Detail(text=sql)
    for one in tree.find_all(exp.ColumnDef):
        if one.find_ancestor(exp.DataType):  # a struct's field
            continue
        name = one.name.lower()
        made.types[name] = type_name(one.kind)
        for constraint in one.constraints:
            if isinstance(constraint.kind, exp.CommentColumnConstraint):
                made.comments[name] = constraint.kind.this.name
    properties = tree.args.get("properties")
    for one in properties.expressions if properties else []:
        if isinstance(one, exp.SchemaCommentProperty):
            made.comment = one.this.name
    return made


def load(engine: SparkEngine, statements: Sequence[str]) -> None:
    """Run statements of Spark's before the server starts."""
    lane = engine.open_lane(Defaults())
    for sql in statements:
        job = Job(lambda job, sql=sql: lane.update(job, sql, ()))
        try:
            job.start().result()
        except ServeError as error:
            raise AssertionError(f"{sql}: {error}") from None
    lane.close()
