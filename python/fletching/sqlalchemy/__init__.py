# SPDX-License-Identifier: Apache-2.0
"""Dialects for SQLAlchemy 1.4 and 2.

    from sqlalchemy import create_engine

    engine = create_engine("datafusion+flightsql://host:443?token=...")

Nothing is sent before the first connection. docs/guides/sqlalchemy.md has the URLs,
types, transactions, and how to make a dialect of your own from `FlightSQLDialect`.
"""

from fletching.sqlalchemy import _versions  # noqa: F401  first: says what is missing

# isort: split

from fletching.sqlalchemy._base import FlightSQLDialect
from fletching.sqlalchemy._compiler import (
    FlightSQLCompiler,
    FlightSQLDDLCompiler,
    FlightSQLTypeCompiler,
    LiteralBindCompiler,
)
from fletching.sqlalchemy._context import FlightSQLExecutionContext
from fletching.sqlalchemy._datafusion import DataFusionDialect
from fletching.sqlalchemy._dremio import DremioDialect
from fletching.sqlalchemy._duckdb import DuckDBDialect, GizmoSQLDialect
from fletching.sqlalchemy._flink import ConfluentDialect, FlinkDialect
from fletching.sqlalchemy._influxdb3 import InfluxDB3Dialect
from fletching.sqlalchemy._iomete import IOMETEDialect
from fletching.sqlalchemy._kurrentdb import KurrentDBDialect
from fletching.sqlalchemy._kurrentdb_time import EPOCH_MS
from fletching.sqlalchemy._pandas import ingest
from fletching.sqlalchemy._preparer import FlightSQLPreparer
from fletching.sqlalchemy._spark_compiler import (
    SparkCompiler,
    SparkDDLCompiler,
    SparkPreparer,
    SparkTypeCompiler,
)
from fletching.sqlalchemy._spark_types import NestedJSON, spark_type
from fletching.sqlalchemy._sqlite import SQLiteDialect
from fletching.sqlalchemy._types import (
    ARRAY,
    DOUBLE,
    HUGEINT,
    INTERVAL,
    JSON,
    MAP,
    STRUCT,
    TIME,
    TIMESTAMP,
    TINYINT,
    UBIGINT,
    UHUGEINT,
    UINTEGER,
    USMALLINT,
    UTINYINT,
    UUID,
)

__all__ = [
    # dialects
    "FlightSQLDialect",
    "ConfluentDialect",
    "DataFusionDialect",
    "DremioDialect",
    "DuckDBDialect",
    "FlinkDialect",
    "GizmoSQLDialect",
    "InfluxDB3Dialect",
    "IOMETEDialect",
    "KurrentDBDialect",
    "SQLiteDialect",
    # for pandas
    "ingest",
    # parts of dialects
    "FlightSQLCompiler",
    "FlightSQLDDLCompiler",
    "FlightSQLExecutionContext",
    "FlightSQLPreparer",
    "FlightSQLTypeCompiler",
    "LiteralBindCompiler",
    "SparkCompiler",
    "SparkDDLCompiler",
    "SparkPreparer",
    "SparkTypeCompiler",
    "spark_type",
    # types
    "ARRAY",
    "DOUBLE",
    "EPOCH_MS",
    "HUGEINT",
    "INTERVAL",
    "JSON",
    "MAP",
    "NestedJSON",
    "STRUCT",
    "TIME",
    "TIMESTAMP",
    "TINYINT",
    "UBIGINT",
    "UHUGEINT",
    "UINTEGER",
    "USMALLINT",
    "UTINYINT",
    "UUID",
]
