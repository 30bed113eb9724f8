# SPDX-License-Identifier: Apache-2.0
"""A Flight SQL server that tells what it is told to: metadata as no server should.

It is a process of its own (`python told_server.py`) that speaks through pyarrow's
Flight server. What it answers to each command, and whether that is true, is the test's:
tables are sent as they are, types and nullability included.
"""

from __future__ import annotations

import dataclasses
import itertools
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.flight as flight

from fletching.serve._protobuf import Message

NO_ENDPOINTS = "no endpoints"


@dataclasses.dataclass
class IfPattern:
    """An answer to GetTables that depends on what the table's pattern contains."""

    contains: str
    then: pa.Table
    otherwise: pa.Table


class _Server(flight.FlightServerBase):
    """Answers by command: a table, an IfPattern, an error, NO_ENDPOINTS.

    What is not there is UNIMPLEMENTED. The action `tell` gives new answers and forgets
    what was asked, the action `asked` says what was.
    """

    def __init__(self) -> None:
        super().__init__("grpc://127.0.0.1:0")
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, bytes]] = []

    def get_flight_info(
        self, context: flight.ServerCallContext, descriptor: flight.FlightDescriptor
    ) -> flight.FlightInfo:
        name, message = _command(descriptor.command)
        self.asked.append((name, message))
        answer = self._answer(name, message)
        if answer is NO_ENDPOINTS:
            return flight.FlightInfo(pa.schema([]), descriptor, [], -1, -1)
        endpoints = [flight.FlightEndpoint(descriptor.command, [])]
        return flight.FlightInfo(answer.schema, descriptor, endpoints, -1, -1)

    def do_get(
        self, context: flight.ServerCallContext, ticket: flight.Ticket
    ) -> flight.RecordBatchStream:
        name, message = _command(ticket.ticket)
        self.asked.append(("DoGet", ticket.ticket))
        return flight.RecordBatchStream(self._answer(name, message))

    def do_action(
        self, context: flight.ServerCallContext, action: flight.Action
    ) -> list[flight.Result]:
        if action.type == "tell":
            self.answers = pickle.loads(action.body.to_pybytes())
            self.asked = []
            return []
        if action.type == "asked":
            return [flight.Result(pickle.dumps(self.asked))]
        raise NotImplementedError(action.type)

    def _answer(self, name: str, message: bytes) -> Any:
        answer = self.answers.get(name, NotImplementedError(name))
        if isinstance(answer, IfPattern):
            is_there = answer.contains in Message(message).string(3)
            answer = answer.then if is_there else answer.otherwise
        if isinstance(answer, Exception):
            raise answer
        return NO_ENDPOINTS if answer == NO_ENDPOINTS else answer


def _command(packed: bytes) -> tuple[str, bytes]:
    outer = Message(packed)
    name = outer.string(1).rpartition("/")[2].rpartition(".")[2]
    return name.removeprefix("Command"), outer.raw(2)


class ToldProcess:
    """The server's process, and the line to it."""

    def __init__(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        self._line = flight.connect(f"grpc://{self.address}")
        self._numbers = itertools.count()

    def tell(self, answers: dict[str, Any]) -> ToldServer:
        """Let it answer so from now on; the URL is another identity each time."""
        self.action("tell", pickle.dumps(answers))
        return ToldServer(self, next(self._numbers))

    def action(self, name: str, body: bytes = b"") -> list[bytes]:
        """Ask it something beside the protocol."""
        results = self._line.do_action(flight.Action(name, body))
        return [result.body.to_pybytes() for result in results]

    def stop(self) -> None:
        """End it."""
        self._line.close()
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


class ToldServer:
    """The server as one test sees it."""

    def __init__(self, process: ToldProcess, number: int) -> None:
        """`number` makes an identity: what is remembered of others is not used."""
        self._process = process
        self.uri = f"grpc://{process.address}?x-told={number}"

    def tell(self, **answers: Any) -> None:
        """Let it answer otherwise."""
        self._process.action("tell", pickle.dumps(answers))

    @property
    def requests(self) -> list[tuple[str, Message]]:
        """The commands that it was sent, with DoGet among them."""
        (asked,) = self._process.action("asked")
        return [(name, Message(message)) for name, message in pickle.loads(asked)]

    @property
    def asked(self) -> Counter[str]:
        """How often each was sent."""
        return Counter(name for name, _ in self.requests)


def names(**columns: list[Any]) -> pa.Table:
    """A table of utf8 columns, all nullable."""
    return pa.table({name: pa.array(c, pa.utf8()) for name, c in columns.items()})


def sql_info(values: dict[int, Any]) -> pa.Table:
    """GetSqlInfo's answer; texts, truth values, numbers and lists of texts."""
    kinds: list[tuple[type, str, pa.DataType]] = [
        (str, "string_value", pa.utf8()),
        (bool, "bool_value", pa.bool_()),
        (int, "bigint_value", pa.int64()),
        (list, "string_list", pa.list_(pa.utf8())),
    ]
    ids: list[int] = []
    offsets: list[int] = []
    children: list[list[Any]] = [[] for _ in kinds]
    for value in values.values():
        kind = next(i for i, (t, _, _) in enumerate(kinds) if type(value) is t)
        ids.append(kind)
        offsets.append(len(children[kind]))
        children[kind].append(value)
    union = pa.UnionArray.from_dense(
        pa.array(ids, pa.int8()),
        pa.array(offsets, pa.int32()),
        [pa.array(c, t) for c, (_, _, t) in zip(children, kinds, strict=True)],
        [name for _, name, _ in kinds],
    )
    return pa.table({"info_name": pa.array(list(values), pa.uint32()), "value": union})


Told = Callable[..., ToldServer]

if __name__ == "__main__":
    # Pickled answers name this module, not __main__.
    import told_server

    server = told_server._Server()
    print(f"127.0.0.1:{server.port}", flush=True)
    server.serve()
