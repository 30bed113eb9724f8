# SPDX-License-Identifier: Apache-2.0
"""The clients that are compared, each behind the same few functions.

A worker process imports one of them only, so that import time and memory are its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


class Fletching:
    name = "fletching"

    def __init__(self, uri: str, roots: str | None) -> None:
        import fletching

        options = {"tls_root_certs": roots} if roots else {}
        self.connection = fletching.connect(uri, **options)

    def table(self, sql: str) -> Any:
        """All batches of the result, held in memory as Arrow arrays."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetch_arrow().to_pyarrow()

    def fetchall(self, sql: str) -> list[Any]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def batches(self, sql: str) -> Iterator[Any]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            yield from cursor.fetch_arrow().to_reader()

    def rows(self, table: Any) -> list[Any]:
        import fletching

        return fletching.rows(table).fetchall()

    def ingest(self, name: str, data: Any) -> int:
        self.connection.autocommit = True  # as the others
        with self.connection.cursor() as cursor:
            return cursor.ingest(name, data, "replace")

    def executemany(self, sql: str, rows: list[Any]) -> None:
        self.connection.autocommit = True
        with self.connection.cursor() as cursor:
            cursor.executemany(sql, rows)

    def run(self, sql: str) -> None:
        self.connection.autocommit = True
        self.connection.execute(sql)

    def close(self) -> None:
        self.connection.close()


class PyarrowFlight:
    name = "pyarrow.flight"

    def __init__(self, uri: str, roots: str | None) -> None:
        import pyarrow.flight as flight

        options = {"tls_root_certs": Path(roots).read_bytes()} if roots else {}
        self.flight = flight
        self.client = flight.connect(uri, **options)

    def reader(self, sql: str) -> Any:
        command = self.flight.FlightDescriptor.for_command(sql.encode())
        info = self.client.get_flight_info(command)
        return self.client.do_get(info.endpoints[0].ticket)

    def table(self, sql: str) -> Any:
        return self.reader(sql).read_all()

    def fetchall(self, sql: str) -> list[Any]:
        return self.rows(self.table(sql))

    def batches(self, sql: str) -> Iterator[Any]:
        for chunk in self.reader(sql):
            yield chunk.data

    def rows(self, table: Any) -> list[Any]:
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def close(self) -> None:
        self.client.close()


class Adbc:
    name = "adbc"

    def __init__(self, uri: str, roots: str | None) -> None:
        import adbc_driver_flightsql.dbapi as dbapi

        options = {}
        if roots:
            with open(roots) as file:
                options["adbc.flight.sql.client_option.tls_root_certs"] = file.read()
        options["adbc.flight.sql.client_option.with_max_msg_size"] = str(2**31 - 1)
        self.connection = dbapi.connect(uri, db_kwargs=options, autocommit=True)

    def table(self, sql: str) -> Any:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetch_arrow_table()

    def fetchall(self, sql: str) -> list[Any]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def batches(self, sql: str) -> Iterator[Any]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            yield from cursor.fetch_record_batch()

    def ingest(self, name: str, data: Any) -> int:
        with self.connection.cursor() as cursor:
            return cursor.adbc_ingest(name, data, mode="replace")

    def executemany(self, sql: str, rows: list[Any]) -> None:
        with self.connection.cursor() as cursor:
            cursor.executemany(sql, rows)

    def run(self, sql: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            cursor.fetchall()

    def close(self) -> None:
        self.connection.close()


class FlightSqlDbapi:
    name = "flightsql-dbapi"

    def __init__(self, uri: str, roots: str | None) -> None:
        from flightsql import FlightSQLClient, connect

        host, port = uri.rsplit("/", 1)[-1].split(":")
        options = {"tls_root_certs": Path(roots).read_bytes()} if roots else {}
        self.client = FlightSQLClient(
            host=host, port=int(port), insecure=not roots, **options
        )
        self.connection = connect(self.client)

    def fetchall(self, sql: str) -> list[Any]:
        cursor = self.connection.cursor()
        cursor.execute(sql)
        return cursor.fetchall()

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self.connection.close()


CLIENTS: dict[str, Callable[[str, str | None], Any]] = {
    kind.name: kind for kind in (Fletching, PyarrowFlight, Adbc, FlightSqlDbapi)
}
