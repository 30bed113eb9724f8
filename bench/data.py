# SPDX-License-Identifier: Apache-2.0
"""Makes the benchmark's tables once, as Arrow files in a directory.

lineitem: TPC-H at scale factor 1 as tpchgen-cli writes it (6,001,215 rows, 16 columns).
lineitem_part: its first 1,000,000 rows, for row conversion, where peers take minutes.
six: 1,000,000 rows of BIGINT, INTEGER, DOUBLE, VARCHAR, TIMESTAMP(us), BOOLEAN.
ten: 10 rows of three columns.  big: lineitem twice and more, over 2 GB.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys
import sysconfig

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.feather as feather
import pyarrow.parquet as parquet

BATCH = 16_384


def write(table: pa.Table, path: pathlib.Path) -> None:
    feather.write_feather(table, str(path), compression="uncompressed", chunksize=BATCH)


def make_lineitem(directory: pathlib.Path) -> pa.Table:
    tool = pathlib.Path(sysconfig.get_path("scripts"), "tpchgen-cli")
    command = [str(tool), "parquet", "-s", "1", "--tables=lineitem"]
    subprocess.run([*command, "--output-dir", str(directory)], check=True)
    path = directory / "lineitem.parquet"
    table = parquet.read_table(path)
    path.unlink()
    plain = [
        pa.field(f.name, pa.string()) if pa.types.is_string_view(f.type) else f
        for f in table.schema
    ]
    return table.cast(pa.schema(plain))


def make_six(rows: int) -> pa.Table:
    index = pa.array(range(rows), pa.int64())
    number = pc.add(pc.multiply(index, 7919), 12_345_678_901)
    return pa.table(
        {
            "big": number,
            "small": pc.cast(pc.bit_wise_and(index, 0xFFFF), pa.int32()),
            "real": pc.divide(pc.cast(index, pa.float64()), 7.0),
            "text": pc.binary_join_element_wise(
                "name", pc.cast(index, pa.string()), "-"
            ),
            "moment": pc.cast(
                pc.add(pc.multiply(index, 1_234_567), 1_600_000_000_000_000),
                pa.timestamp("us"),
            ),
            "flag": pc.equal(pc.bit_wise_and(index, 1), 1),
        }
    )


def make_all(directory: pathlib.Path) -> None:
    """Writes what is missing; a finished directory has the file `done`."""
    done = directory / "done"
    if done.exists():
        return
    directory.mkdir(parents=True, exist_ok=True)
    lineitem = make_lineitem(directory)
    write(lineitem, directory / "lineitem.arrow")
    write(lineitem.slice(0, 1_000_000), directory / "lineitem_part.arrow")
    write(make_six(1_000_000), directory / "six.arrow")
    write(make_six(10).select(["big", "text", "moment"]), directory / "ten.arrow")
    copies = -(-2_100_000_000 // lineitem.nbytes)
    write(pa.concat_tables([lineitem] * copies), directory / "big.arrow")
    done.touch()


if __name__ == "__main__":
    make_all(pathlib.Path(sys.argv[1]))
