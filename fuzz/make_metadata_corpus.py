# SPDX-License-Identifier: Apache-2.0
"""Write the seeds of sql_info and metadata: answers of right and of odd servers.

Run from the root: python fuzz/make_metadata_corpus.py
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "python"))

import pyarrow as pa  # noqa: E402
import told_server  # noqa: E402

TABLE_SCHEMA = pa.schema(
    [
        pa.field(
            "a",
            pa.decimal128(9, 2),
            nullable=False,
            metadata={
                "ARROW:FLIGHT:SQL:TYPE_NAME": "DECIMAL",
                "ARROW:FLIGHT:SQL:PRECISION": "9",
                "ARROW:FLIGHT:SQL:SCALE": "2",
                "ARROW:FLIGHT:SQL:IS_AUTO_INCREMENT": "1",
                "ARROW:FLIGHT:SQL:DB_SCHEMA_NAME": "s",
            },
        ),
        pa.field("b", pa.list_(pa.timestamp("ns", "UTC"))),
    ]
)
FIRST = ["c", None, "d"]
TABLES = told_server.names(
    catalog_name=FIRST,
    db_schema_name=["ss_%", "s", None],
    table_name=["t", "t", "u"],
    table_type=["TABLE", "VIEW", "table"],
).append_column(
    "table_schema", pa.array([TABLE_SCHEMA.serialize().to_pybytes(), b"", b"?" * 40])
)
KEYS = told_server.names(
    catalog_name=FIRST,
    db_schema_name=FIRST,
    table_name=["t", "t", "u"],
    column_name=["x", "y", "z"],
    key_name=FIRST,
).append_column("key_sequence", pa.array([1, 2, 2**31], pa.int64()))
FOREIGN = told_server.names(
    pk_table_name=["t"], pk_column_name=["a"], fk_table_name=["t"], fk_column_name=["b"]
)
for name, kind in (
    ("key_sequence", pa.int32()),
    ("update_rule", pa.uint8()),
    ("delete_rule", pa.int64()),
):
    FOREIGN = FOREIGN.append_column(name, pa.array([1], kind))
TYPES = pa.table(
    {
        "type_name": ["VARCHAR", "DECIMAL"],
        "data_type": pa.array([12, 3], pa.int32()),
        "column_size": pa.array([None, 38], pa.float64()),
        "create_params": [["length"], ["precision", "scale"]],
        "nullable": pa.array([1, 1], pa.int32()),
        "case_sensitive": [True, False],
        "searchable": pa.array([3, 3], pa.int8()),
        "fixed_prec_scale": [False, None],
        "sql_data_type": pa.array([12, 3], pa.int16()),
    }
)
INFO = told_server.sql_info(
    {0: "Server", 3: True, 8: 2, 504: '"', 508: ["A", "B"], 513: "\\", 10_000: 7}
)


def _encoded(table: pa.Table, **options: object) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(
        sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)
    ) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def _dictionaries(table: pa.Table) -> pa.Table:
    columns = [
        column.combine_chunks().dictionary_encode()
        if column.type == pa.utf8()
        else column.combine_chunks()
        for column in table.columns
    ]
    return pa.Table.from_arrays(columns, [n.upper() for n in table.column_names])


def main() -> None:
    """Write all seeds."""
    infos = ROOT / "fuzz" / "corpus" / "sql_info"
    metadata = ROOT / "fuzz" / "corpus" / "metadata"
    for folder in (infos, metadata):
        folder.mkdir(parents=True, exist_ok=True)
    plain = pa.table({"INFO_NAME": [0, 1], "VALUE": ["Plain", "1"]})
    for name, table in (("union", INFO), ("plain", plain)):
        (infos / name).write_bytes(_encoded(table))
        (infos / f"{name}_zstd").write_bytes(_encoded(table, compression="zstd"))
    (infos / "dictionary").write_bytes(_encoded(_dictionaries(plain)))
    seeds = {0: TABLES, 1: TABLES, 2: TABLES, 3: TABLES, 4: INFO, 5: KEYS}
    seeds |= {6: FOREIGN, 7: FOREIGN, 8: FOREIGN, 9: TYPES}
    for kind, table in seeds.items():
        for filters in (0, 0xF0):
            data = bytes([kind | filters]) + _encoded(table)
            (metadata / f"command_{kind}_{filters:02x}").write_bytes(data)
    odd = bytes([2]) + _encoded(_dictionaries(TABLES), compression="lz4")
    (metadata / "dictionaries_lz4").write_bytes(odd)


if __name__ == "__main__":
    main()
