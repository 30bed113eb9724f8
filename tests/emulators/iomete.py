# SPDX-License-Identifier: Apache-2.0
"""IOMETE, emulated: Spark SQL on DuckDB, by way of sqlglot.

    python -m tests.emulators.iomete --port 31337

`iomete_spark` is the same server over Spark itself. The catalogs ``spark_catalog`` and
``lake`` hold a few tables, ``spark_catalog.default.my_table`` among them. Calls need a
user with a personal access token; any will do, unless `--user` and `--password` say
which.

Switches; what they rest on is in iomete-sqlalchemy 1.0.23 (dialect.py), the client that
IOMETE releases, since no documentation of its server says more:

* routing-headers: calls need the headers ``cluster`` and ``data-plane``; those that
  differ from --cluster and --data-plane (if given) are NOT_FOUND. create_connect_args.
* catalog-header: the header ``schema`` is needed and names the catalog, in whose schema
  ``default`` a session begins. create_connect_args.
* literal-limit: LIMIT and OFFSET have to be literals. SparkSQLCompiler.limit_clause.
* one-row-binding: several rows of parameters are refused. do_executemany.
* no-metadata: Flight SQL's metadata commands are UNIMPLEMENTED. The client asks by SHOW
  and DESCRIBE alone; what the server does is not documented.
* no-update (off): CommandStatementUpdate is UNIMPLEMENTED. The client runs statements
  without parameters through the query path alone; not documented either.
* stateless (off): USE leaves nothing behind, as there are no cookies. Not documented.

Statements run while their stream is read, not when they are planned (do_execute), which
is how this server works anyway.
"""

from __future__ import annotations

import argparse
import sys

import pyarrow.flight as flight

from fletching.serve._auth import Call
from fletching.serve._sessions import Session

from .base import EmulatedService, Product, header_of, main
from .spark_engine import SparkEngine, load
from .switches import Switch

CLIENT = "iomete-sqlalchemy 1.0.23, dialect.py"
CATALOGS = ("spark_catalog", "lake")
SWITCHES = (
    Switch(
        "routing-headers",
        "calls need the headers cluster and data-plane",
        f"{CLIENT}: create_connect_args",
    ),
    Switch(
        "catalog-header",
        "the header schema is needed and names the catalog",
        f"{CLIENT}: create_connect_args",
    ),
    Switch(
        "literal-limit",
        "LIMIT and OFFSET have to be literals",
        f"{CLIENT}: SparkSQLCompiler.limit_clause",
    ),
    Switch(
        "one-row-binding",
        "several rows of parameters are refused",
        f"{CLIENT}: do_executemany",
    ),
    Switch(
        "no-metadata",
        "metadata commands are UNIMPLEMENTED",
        f"{CLIENT}: reflection uses none; not documented",
    ),
    Switch(
        "no-update",
        "CommandStatementUpdate is UNIMPLEMENTED",
        f"{CLIENT}: do_execute uses none; not documented",
        on=False,
    ),
    Switch("stateless", "USE leaves nothing behind", "not documented", on=False),
)

TYPES = """
    CREATE TABLE every_type (
      a_boolean BOOLEAN, a_tinyint TINYINT, a_smallint SMALLINT, an_int INT,
      a_bigint BIGINT, a_float FLOAT, a_double DOUBLE, a_decimal DECIMAL(12, 3),
      a_char CHAR(3), a_varchar VARCHAR(20), a_string STRING, a_binary BINARY,
      a_date DATE, a_timestamp TIMESTAMP, a_timestamp_ntz TIMESTAMP_NTZ,
      an_array ARRAY<INT>, a_map MAP<STRING, INT>, a_struct STRUCT<x: INT, y: STRING>
    ) USING parquet"""
VALUES = """
    SELECT true, CAST(1 AS TINYINT), CAST(2 AS SMALLINT), 3, 9007199254740993,
      CAST(0.5 AS FLOAT), CAST(0.1 AS DOUBLE), CAST('123456789.125' AS DECIMAL(12, 3)),
      'abc', 'variable', 'text', CAST('bytes' AS BINARY), DATE '2024-02-29',
      TIMESTAMP '2024-02-29 12:30:00.123456+00:00',
      TIMESTAMP_NTZ '2024-02-29 12:30:00.123456',
      array(1, 2, NULL), map('k', 7), named_struct('x', 1, 'y', 'z')"""
TABLES = (
    "CREATE TABLE my_table (id BIGINT NOT NULL COMMENT 'which one', name STRING,"
    " seconds DOUBLE) USING parquet COMMENT 'Twelve rows'",
    "INSERT INTO my_table VALUES "
    + ", ".join(f"({n}, 'run-{n}', {n / 2})" for n in range(12)),
    "CREATE VIEW short AS SELECT id, name FROM my_table WHERE seconds < 2",
    TYPES,
    f"INSERT INTO every_type {VALUES}",
    f"INSERT INTO every_type VALUES ({', '.join(['NULL'] * 18)})",
    "CREATE SCHEMA spark_catalog.sales",
    "CREATE TABLE spark_catalog.sales.orders (id INT, amount DECIMAL(10, 2))",
    "INSERT INTO spark_catalog.sales.orders VALUES (1, 9.99), (2, 120.00)",
    "CREATE SCHEMA lake.raw",
    "CREATE TABLE lake.raw.events (at TIMESTAMP, what STRING)",
    "INSERT INTO lake.raw.events VALUES"
    " (TIMESTAMP '2024-01-01 00:00:00+00:00', 'first')",
)


class Iomete(EmulatedService):
    """The service."""

    engine: SparkEngine
    cluster: str | None = None
    data_plane: str | None = None

    def arrived(self, call: Call, handshake: bool) -> None:
        if not call.headers.get("authorization"):
            raise flight.FlightUnauthenticatedError(
                "no credentials (give a user and a personal access token)"
            )
        if "routing-headers" in self.switches:
            self._route(call, "cluster", self.cluster)
            self._route(call, "data-plane", self.data_plane)
        if "stateless" in self.switches:
            call.session, call.fresh_session = Session("none", call.user), False
        name = header_of(call, "schema")
        if name is None and "catalog-header" in self.switches:
            raise flight.FlightInternalError("the header schema names no catalog")
        if call.session is not None and name is not None:
            call.session.options.setdefault("catalog", name)

    @staticmethod
    def _route(call: Call, header: str, known: str | None) -> None:
        value = header_of(call, header)
        if not value:
            raise flight.FlightInternalError(f"the header {header} is missing")
        if known is not None and value != known:
            raise flight.FlightUnavailableError(f"there is no {header} {value!r}")

    def refuse(self, command: str) -> str | None:
        no_metadata = "no-metadata" in self.switches and command.startswith(
            "CommandGet"
        )
        update = command == "CommandStatementUpdate" and "no-update" in self.switches
        # No transactions and no ingest, whatever the engine has.
        never = command in ("BeginTransaction", "CommandStatementIngest")
        if no_metadata or update or never:
            return f"{command} is not implemented"
        return None


def make_engine(options: argparse.Namespace, switches: frozenset[str]) -> SparkEngine:
    """The catalogs with their tables."""
    Iomete.cluster, Iomete.data_plane = options.cluster, options.data_plane
    engine = SparkEngine(CATALOGS, switches)
    load(engine, TABLES)
    return engine


def add_options(parser: argparse.ArgumentParser) -> None:
    """What only this emulator has."""
    parser.add_argument("--cluster", metavar="NAME", help="the only one there is")
    parser.add_argument("--data-plane", metavar="NAME", help="the only one there is")


PRODUCT = Product(
    name="iomete",
    title="IOMETE",
    switches=SWITCHES,
    make_engine=make_engine,
    service=Iomete,
    options=add_options,
)

if __name__ == "__main__":
    sys.exit(main(PRODUCT, __doc__))
