# SPDX-License-Identifier: Apache-2.0
"""Runs one DataFusion query in a process of its own, so that it can be killed.

Started as a script by `_isolation`.  Standard input brings one JSON line (SQL, default
names, tables as memory-mapped Arrow files) and an Arrow stream with the row of
parameters; standard output is the result as an Arrow stream, an error's text goes to
standard error with exit status 1.  Nothing of this package is imported here.
"""

import json
import sys

import datafusion
import pyarrow as pa
import pyarrow.ipc


def main() -> None:
    """Wait for the request, run it, stream the result."""
    request = json.loads(sys.stdin.buffer.readline() or "null")
    if request is None:
        return
    names = pa.ipc.open_stream(sys.stdin.buffer).read_all()
    parameters = {name: names.column(name)[0] for name in names.column_names}
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
    frame = context.sql(request["sql"], param_values=parameters)
    schema = frame.schema()
    with pa.ipc.new_stream(sys.stdout.buffer, schema) as out:
        for batch in frame.execute_stream():
            arrow = batch.to_pyarrow()
            out.write_batch(pa.RecordBatch.from_arrays(arrow.columns, schema=schema))


if __name__ == "__main__":
    try:
        main()
    except Exception as error:
        sys.stderr.write(str(error))
        sys.exit(1)
