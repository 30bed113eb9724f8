# SPDX-License-Identifier: Apache-2.0
"""The benchmark's server: pyarrow.flight handing out tables that it holds in memory.

Every client reads the same batches from the same C++ server, so that only the client
differs. The SQL text names the table: `select * from NAME`. Usage:

    python bench/server.py --data DIR [--tls CERT KEY]

It prints `listening on URL` and counts RPCs; the action `rpcs` returns and resets them.
"""

from __future__ import annotations

import argparse
import json
import pathlib

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.flight as flight


class CountRpcs(flight.ServerMiddlewareFactory):
    """Counts calls by method."""

    def __init__(self) -> None:
        self.calls: dict[str, int] = {}

    def start_call(self, info: flight.CallInfo, headers: object) -> None:
        name = str(info.method).rsplit(".", 1)[-1]
        self.calls[name] = self.calls.get(name, 0) + 1


class TableServer(flight.FlightServerBase):
    """Answers any statement that names a known table with that table."""

    def __init__(
        self, tables: dict[str, pa.Table], counter: CountRpcs, **options
    ) -> None:
        super().__init__(middleware={"count": counter}, **options)
        self.tables = tables
        self.counter = counter

    def find(self, command: bytes) -> str:
        if b"CommandStatementQuery" not in command and b"select" not in command:
            raise NotImplementedError("only statements")
        found = [name for name in self.tables if name.encode() in command]
        if not found:
            raise KeyError("no such table")
        return max(found, key=len)

    def get_flight_info(self, context, descriptor):
        name = self.find(descriptor.command)
        table = self.tables[name]
        endpoint = flight.FlightEndpoint(name.encode(), [])
        return flight.FlightInfo(
            table.schema, descriptor, [endpoint], table.num_rows, table.nbytes
        )

    def do_get(self, context, ticket):
        return flight.RecordBatchStream(self.tables[ticket.ticket.decode()])

    def do_action(self, context, action):
        if action.type != "rpcs":
            raise NotImplementedError(action.type)
        calls, self.counter.calls = self.counter.calls, {}
        return [flight.Result(json.dumps(calls).encode())]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--tls", nargs=2, type=pathlib.Path)
    arguments = parser.parse_args()
    tables = {
        path.stem: feather.read_table(path, memory_map=False)
        for path in sorted(arguments.data.glob("*.arrow"))
    }
    options = {}
    scheme = "grpc"
    if arguments.tls:
        cert, key = (path.read_bytes() for path in arguments.tls)
        options["tls_certificates"] = [(cert, key)]
        scheme = "grpc+tls"
    server = TableServer(
        tables, CountRpcs(), location=f"{scheme}://127.0.0.1:0", **options
    )
    print(f"listening on {scheme}://127.0.0.1:{server.port}", flush=True)
    server.serve()


if __name__ == "__main__":
    main()
