# SPDX-License-Identifier: Apache-2.0
"""Forks a process for each DataFusion query that must be possible to kill.

Started as a script by `_isolation` with the descriptor of a Unix socket.  Each message
on it brings two descriptors, a socket and a pipe; a child is forked that answers on
them, and a descriptor of that process goes back.  To the child the socket brings one
JSON line (SQL, default names, tables as memory-mapped Arrow files) and an Arrow stream
with the row of parameters, and takes the result as an Arrow stream; the pipe takes
``done`` or the error's text.  Nothing of this package is imported here.
"""

import ctypes
import json
import os
import signal
import socket
import sys
from typing import Any

import datafusion
import pyarrow as pa
import pyarrow.ipc

PR_SET_PDEATHSIG = 1


def main(control: socket.socket) -> None:
    """Fork a child for each pair of descriptors, until the other side has gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is the server's
    parent = os.getpid()
    while True:
        _, descriptors, _, _ = socket.recv_fds(control, 1, 2)
        if len(descriptors) != 2:
            return
        child = os.fork()
        if child == 0:
            control.close()
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() == parent:
                answer(*descriptors)
            os._exit(0)
        process = os.pidfd_open(child)
        for descriptor in descriptors:
            os.close(descriptor)
        socket.send_fds(control, [b"p"], [process])
        os.close(process)


def answer(data: int, verdict: int) -> None:
    """Run the query that `data` brings and say on `verdict` how it ended."""
    try:
        with socket.socket(fileno=data) as talk:
            run(talk)
        text = "done"
    except Exception as error:
        text = str(error) or type(error).__name__
    os.write(verdict, text.encode()[:4096])


def run(talk: socket.socket) -> None:
    """Read the request, run it, stream the result."""
    with talk.makefile("rb") as incoming:
        request = json.loads(incoming.readline())
        names = pa.ipc.open_stream(incoming).read_all()
    parameters = {name: names.column(name)[0] for name in names.column_names}
    frame = prepare(request).sql(request["sql"], param_values=parameters)
    schema = frame.schema()
    with talk.makefile("wb") as outgoing, pa.ipc.new_stream(outgoing, schema) as out:
        for batch in frame.execute_stream():
            arrow = batch.to_pyarrow()
            out.write_batch(pa.RecordBatch.from_arrays(arrow.columns, schema=schema))


def prepare(request: dict[str, Any]) -> datafusion.SessionContext:
    """Make a context that holds the request's tables."""
    config = datafusion.SessionConfig().with_batch_size(request["batch_size"])
    config = config.with_default_catalog_and_schema(
        request["catalog"], request["schema"]
    )
    context = datafusion.SessionContext(config)
    catalog = context.catalog(request["catalog"])
    for schema in {table["schema"] for table in request["tables"]}:
        if schema not in catalog.names():
            context.sql(f'CREATE SCHEMA "{schema.replace(chr(34), chr(34) * 2)}"')
    for table in request["tables"]:
        data = pa.ipc.open_file(pa.memory_map(table["path"])).read_all()
        batches = data.to_batches() or [pa.RecordBatch.from_pylist([], data.schema)]
        context.register_record_batches(table["name"], [batches])
    return context


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as listening:
        main(listening)
