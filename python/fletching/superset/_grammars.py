# SPDX-License-Identifier: Apache-2.0
"""How the SQL of each engine is read."""

from __future__ import annotations

from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.postgres import Postgres
from sqlglot.dialects.spark import Spark

from fletching.superset._flink_grammar import Flink
from fletching.superset._verbatim import verbatim

DataFusionSQL = verbatim("FletchingDataFusion", Postgres)
DuckDBSQL = verbatim("FletchingDuckDB", DuckDB)
SparkSQL = verbatim("FletchingSpark", Spark)
FlinkSQL = verbatim("FletchingFlink", Flink)

BY_ENGINE = {
    "flightsql": DataFusionSQL,
    "datafusion": DataFusionSQL,
    "influxdb3": DataFusionSQL,
    "gizmosql": DuckDBSQL,
    "kurrentdb": DuckDBSQL,
    "iomete": SparkSQL,
    "flink": FlinkSQL,
}
"""A dialect of sqlglot by the name of Superset's engine."""
