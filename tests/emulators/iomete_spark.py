# SPDX-License-Identifier: Apache-2.0
"""IOMETE, emulated over Spark itself: PySpark in local mode, with Iceberg tables.

    python -m tests.emulators.iomete_spark --port 31337 --jar iceberg-spark-runtime.jar

As `iomete`, with its switches, users and tables, but for literal-limit: Spark says for
itself what it takes. The catalog ``lake`` is Iceberg's, ``spark_catalog`` Spark's own;
both are in a folder of this run's own. Needs pyspark 4.0 and a JVM (17):
`tests/servers/emulated.py` has the interpreter and the jar.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import to_arrow_schema

from fletching.serve._engine import Defaults, Engine, Kind, Lane, Plan, Row, Table
from fletching.serve._errors import Cancelled, InvalidRequest, NotFound, Unsupported
from fletching.serve._jobs import Job
from fletching.serve._sqltext import placeholders, words

from .base import Product, main
from .iomete import CATALOGS, SWITCHES, TABLES, Iomete, add_options

BATCH_ROWS = 10_000
ICEBERG = "IcebergSparkSessionExtensions"
_ROWS = {"select", "with", "values", "table", "from", "show", "describe", "desc"}
_ROWS |= {"explain", "set"}
_PLANNED = {"select", "with", "values", "table", "from"}
_CHANGES = {"insert", "update", "delete", "merge"}


def new_spark(jar: str | None, folder: str) -> SparkSession:
    """Spark in this process's JVM; everything it writes is in the folder."""
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder.master("local[2]").appName("iomete")
    options = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "1g",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": f"{folder}/warehouse",
        "spark.sql.execution.arrow.useLargeVarTypes": "false",
    }
    if jar is not None:
        iceberg = "org.apache.iceberg.spark"
        options |= {
            "spark.jars": jar,
            "spark.sql.extensions": f"{iceberg}.extensions.{ICEBERG}",
            "spark.sql.catalog.lake": f"{iceberg}.SparkCatalog",
            "spark.sql.catalog.lake.type": "hadoop",
            "spark.sql.catalog.lake.warehouse": f"{folder}/lake",
        }
    for name, value in options.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def translated(error: Exception) -> Exception:
    """Spark's error with its condition, as its first line has it."""
    text = str(error).partition("\nJVM stacktrace:")[0].strip()
    return (NotFound if "NOT_FOUND" in text else InvalidRequest)(text)


class SparkLane(Lane):
    """A session of Spark's."""

    exclusive = True

    def __init__(self, engine: Sessions, spark: SparkSession) -> None:
        self._engine = engine
        self._spark = spark

    def frame(self, sql: str, row: Row = ()) -> Any:
        """Analyse SQL, and run it if it is a command."""
        values = [scalar.as_py() for scalar in row]
        try:
            return self._spark.sql(sql, args=values) if values else self._spark.sql(sql)
        except PySparkException as error:
            raise translated(error) from None

    def plan(self, sql: str) -> Plan:
        first = "".join(words(sql, 1))
        names = placeholders(sql)
        parameters = pa.schema([pa.field(f"${name}", pa.null()) for name in names])
        kind = Kind.QUERY if first in _ROWS else Kind.COMMAND
        if first in _CHANGES:
            return Plan(Kind.UPDATE, pa.schema([]), parameters)
        if first not in _PLANNED or names:
            schema = pa.schema([]) if kind is Kind.COMMAND else None
            return Plan(kind, schema, parameters, exact=not names)
        return Plan(kind, to_arrow_schema(self.frame(sql).schema), parameters)

    def bound_schema(self, sql: str, row: Row) -> pa.Schema | None:
        return None

    def _check_rows(self, rows: Sequence[Row]) -> Row:
        if len(rows) > 1 and "one-row-binding" in self._engine.switches:
            raise InvalidRequest("Only one row of parameters can be bound")
        return rows[0] if rows else ()

    def run(self, job: Job, sql: str, rows: Sequence[Row]) -> pa.Schema:
        row = self._check_rows(rows)
        context = self._spark.sparkContext
        group = f"job {threading.get_ident()}"
        context.setJobGroup(group, "", True)
        job.stop_with(lambda: context.cancelJobGroup(group))
        frame = self.frame(sql, row)
        if not frame.columns:
            return pa.schema([])
        try:
            table = frame.toArrow()
        except PySparkException as error:
            if job.cancelled:
                raise Cancelled("the query was cancelled") from None
            raise translated(error) from None
        for batch in table.to_batches(BATCH_ROWS):
            job.put(batch)
        return table.schema

    def update(self, job: Job, sql: str, rows: Sequence[Row]) -> int:
        self.frame(sql, self._check_rows(rows))
        return -1

    def ingest(self, job: Job, target: Any, data: pa.RecordBatchReader) -> int:
        raise Unsupported("ingest is not implemented")

    def use(self, defaults: Defaults) -> None:
        catalog = defaults.catalog or CATALOGS[0]
        if catalog not in CATALOGS:
            raise NotFound(f"[CATALOG_NOT_FOUND] The catalog `{catalog}` not found.")
        self.frame(f"USE `{catalog}`.`{defaults.schema or 'default'}`")


class Sessions(Engine):
    """Spark's sessions, which share its catalogs."""

    name = "spark"
    title = "IOMETE"
    default_schema = "default"

    def __init__(self, spark: SparkSession, switches: frozenset[str]) -> None:
        self._spark = spark
        self.switches = switches
        self.version = spark.version
        self.sql_info = {504: "`", 8: 0, 10: False}

    def open_lane(self, defaults: Defaults) -> Lane:
        lane = SparkLane(self, self._spark.newSession())
        lane.use(defaults)
        return lane

    def add_table(self, schema: str, name: str, table: pa.Table) -> None:
        raise NotImplementedError

    def _shown(self, sql: str) -> list[Any]:
        return list(self._spark.sql(sql).collect())

    def catalogs(self, lane: Lane) -> list[str]:
        return list(CATALOGS)

    def schemas(self, lane: Lane) -> list[tuple[str, str]]:
        return [
            (catalog, row[0])
            for catalog in CATALOGS
            for row in self._shown(f"SHOW SCHEMAS IN `{catalog}`")
        ]

    def tables(self, lane: Lane) -> list[Table]:
        found = []
        for catalog, schema in self.schemas(lane):
            place = f"`{catalog}`.`{schema}`"
            views = {row[1] for row in self._views(place)}
            found += [
                Table(catalog, schema, row[1], "VIEW" if row[1] in views else "TABLE")
                for row in self._shown(f"SHOW TABLES IN {place}")
            ]
        return found

    def _views(self, place: str) -> list[Any]:
        try:
            return self._shown(f"SHOW VIEWS IN {place}")
        except PySparkException:
            return []  # of catalogs that have none

    def table_types(self) -> list[str]:
        return ["TABLE", "VIEW"]

    def table_schema(self, lane: Lane, table: Table) -> pa.Schema:
        name = f"`{table.catalog}`.`{table.schema}`.`{table.name}`"
        return to_arrow_schema(self._spark.table(name).schema)


def make_engine(options: argparse.Namespace, switches: frozenset[str]) -> Sessions:
    """Start Spark; make the tables."""
    Iomete.cluster, Iomete.data_plane = options.cluster, options.data_plane
    folder = tempfile.mkdtemp(prefix="iomete-spark-", dir=options.tables)
    spark = new_spark(options.jar, folder)
    spark.sql("CREATE SCHEMA IF NOT EXISTS lake.default")
    for sql in TABLES:
        spark.sql(sql)
    return Sessions(spark, switches)


def options_of(parser: argparse.ArgumentParser) -> None:
    """What only this emulator has."""
    add_options(parser)
    parser.add_argument("--jar", metavar="FILE", help="Iceberg's runtime for Spark")
    parser.add_argument("--tables", metavar="DIR", help="where the tables are")


PRODUCT = Product(
    name="iomete_spark",
    title="IOMETE",
    switches=tuple(one for one in SWITCHES if one.name != "literal-limit"),
    make_engine=make_engine,
    service=Iomete,
    options=options_of,
)

if __name__ == "__main__":
    sys.exit(main(PRODUCT, __doc__))
