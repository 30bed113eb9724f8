# SPDX-License-Identifier: Apache-2.0
"""One case of SQLAlchemy with one dialect, in a process of its own; prints JSON.

The interpreter decides which SQLAlchemy runs; `--site` is a folder of packages behind
its own, where it finds Fletching.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
import warnings

STARTED = time.perf_counter()


def engine_of(client: str, uri: str):
    """An engine; nothing is connected yet."""
    if client == "flightsql-dbapi":
        import flightsql.sqlalchemy  # noqa: F401  (registers the dialect)
    from sqlalchemy import create_engine

    address = uri.partition("://")[2]
    return create_engine(f"datafusion+flightsql://{address}?insecure=true")


def columns(engine) -> int:
    """All columns of all tables, by one inspector."""
    from sqlalchemy import inspect

    inspector = inspect(engine)
    names = inspector.get_table_names()
    return sum(len(inspector.get_columns(name)) for name in names)


def reflect(engine) -> int:
    """All tables."""
    from sqlalchemy import MetaData

    metadata = MetaData()
    metadata.reflect(engine)
    return sum(len(table.columns) for table in metadata.tables.values())


def query_of(name: str):
    """All of a table of six columns, of types that are declared."""
    import sqlalchemy as sa

    table = sa.Table(
        name,
        sa.MetaData(),
        sa.Column("big", sa.BigInteger),
        sa.Column("small", sa.Integer),
        sa.Column("real", sa.Float),
        sa.Column("text", sa.String),
        sa.Column("moment", sa.DateTime),
        sa.Column("flag", sa.Boolean),
    )
    return table.select()


class Ready:
    """A cursor that has its rows already."""

    def __init__(self, rows, description) -> None:
        self._rows, self.description = rows, description
        self.rowcount, self.arraysize = -1, 1

    def execute(self, operation, parameters=None):
        return self

    def fetchall(self):
        return list(self._rows)

    def set_option(self, name, value) -> None:
        pass

    def close(self) -> None:
        pass


def make_ready(connection, query) -> None:
    """Have the driver's connection answer from memory from now on."""
    driver = connection.connection.dbapi_connection
    cursor = driver.cursor()
    cursor.execute(str(query.compile(connection.engine)))
    description, rows = cursor.description, cursor.fetchall()
    driver.cursor = lambda: Ready(rows, description)


def timed(function, repeat: int) -> dict[str, list[float]]:
    walls, cpus = [], []
    for _ in range(repeat):
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        result = function()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
        del result
    return {"wall": walls, "cpu": cpus}


def run(arguments: argparse.Namespace) -> dict[str, list[float]]:
    engine = engine_of(arguments.client, arguments.uri)
    if arguments.case == "start":
        from sqlalchemy import text

        with engine.connect() as connection:
            connection.execute(text("select 1")).all()
        return {"wall": [time.perf_counter() - STARTED], "cpu": [time.process_time()]}
    with engine.connect() as connection:
        if arguments.case in ("columns", "reflect"):
            function = {"columns": columns, "reflect": reflect}[arguments.case]
            return timed(lambda: function(connection), arguments.repeat)
        query = query_of(arguments.table)
        if arguments.case == "floor":
            make_ready(connection, query)
        connection.execute(query).all()  # compiled once
        return timed(lambda: connection.execute(query).all(), arguments.repeat)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--client", required=True)
    parser.add_argument("--case", required=True)
    parser.add_argument("--uri", required=True)
    parser.add_argument("--table", default="")
    parser.add_argument("--site")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.site:
        sys.path.append(arguments.site)
    warnings.simplefilter("ignore")
    print(json.dumps(run(arguments)))


if __name__ == "__main__":
    main()
