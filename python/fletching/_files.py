# SPDX-License-Identifier: Apache-2.0
"""CSV and Parquet files as one Arrow stream on standard output.

``fletching ingest`` runs this beside itself: ``python -m fletching._files FILE...``.
Memory stays bounded whatever the size of the files. A failure is one line on standard
error and exit code 1.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

# The types of a CSV file's columns are those of the values in so many bytes.
FIRST_BYTES = 16 << 20
# pyarrow reads up to 32 blocks ahead, and a row may not be larger than one.
BLOCK_BYTES = 4 << 20
ROWS_OF_BATCH = 65536


class ReadError(Exception):
    """A file cannot be read; the text is for the user."""


class Chained(io.RawIOBase):
    """Bytes that were read before, then the rest of their file."""

    def __init__(self, head: bytes, file: Any) -> None:
        self._head = io.BytesIO(head)
        self._file = file

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._head.read(size) or bytes(self._file.read(size))


class Csv:
    """CSV files with the columns of the first one."""

    def __init__(self, options: argparse.Namespace) -> None:
        from pyarrow import csv

        self._csv = csv
        self._options = options
        self._types: dict[str, Any] = dict(map(_column_type, options.column_type))
        self._names: list[str] | None = None

    def batches(self, name: str, file: Any, beginning: bytes) -> Iterator[Any]:
        """The batches of one file, in the order of the first file's columns."""
        # One block and some more, so that pyarrow knows its last row to be cut off.
        head = beginning + _read(file, FIRST_BYTES + BLOCK_BYTES - len(beginning))
        found = self._open(name, io.BytesIO(head), FIRST_BYTES).schema
        if self._names is None:
            unknown = [column for column in self._types if column not in found.names]
            if unknown:
                raise ReadError(
                    f"--column-type: there is no column {', '.join(unknown)}"
                )
            self._names = found.names
            self._types = {f.name: _better(f.type) for f in found} | self._types
        elif sorted(found.names) != sorted(self._names):
            raise ReadError(
                f"its columns ({', '.join(found.names)}) are not those of the"
                f" first file ({', '.join(self._names)})"
            )
        reader = self._open(name, Chained(head, file), BLOCK_BYTES)
        yield _no_rows(reader.schema).select(self._names)
        for batch in reader:
            yield batch.select(self._names)

    def _open(self, name: str, source: Any, block: int) -> Any:
        options = self._options
        delimiter = options.delimiter or ("\t" if _is_tabbed(name) else ",")
        return self._csv.open_csv(
            source,
            read_options=self._csv.ReadOptions(
                block_size=block,
                column_names=options.names.split(",") if options.names else None,
            ),
            parse_options=self._csv.ParseOptions(
                delimiter=delimiter.replace("\\t", "\t"), newlines_in_values=True
            ),
            convert_options=self._csv.ConvertOptions(
                null_values=options.null_values.split(","),
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                column_types=self._types,
            ),
        )


def _read(file: Any, size: int) -> bytes:
    """So many bytes, fewer only at the end: pipes give what they have."""
    pieces = []
    while size > 0 and (piece := file.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


class Parquet:
    """Parquet files with the schema of the first one."""

    def __init__(self) -> None:
        self._schema: Any = None

    def batches(self, _name: str, file: Any, beginning: bytes) -> Iterator[Any]:
        """The batches of one file, as the first file's schema has them."""
        import pyarrow.parquet as parquet

        with _seekable(file, beginning) as source:
            parts = parquet.ParquetFile(source)
            schema = parts.schema_arrow.remove_metadata()
            if self._schema is None:
                self._schema = schema
            elif sorted(schema.names) != sorted(self._schema.names):
                raise ReadError("its columns are not those of the first file")
            yield _no_rows(self._schema)
            for batch in parts.iter_batches(batch_size=ROWS_OF_BATCH):
                plain = batch.replace_schema_metadata(None)
                yield plain.select(self._schema.names).cast(self._schema)


@contextlib.contextmanager
def _seekable(file: Any, beginning: bytes) -> Iterator[Any]:
    """Parquet is read from its end, so what is a pipe goes to a file first."""
    if not beginning and file.seekable():
        yield file
        return
    with tempfile.TemporaryFile() as copy:
        copy.write(beginning)
        while piece := file.read(1 << 20):
            copy.write(piece)
        copy.seek(0)
        yield copy


def _no_rows(schema: Any) -> Any:
    """So that a file without rows has columns all the same."""
    import pyarrow as pa

    return pa.RecordBatch.from_pylist([], schema)


def _better(kind: Any) -> Any:
    """The type for a column that CSV's guess gave `kind`.

    One without a value so far may have any value later; seconds, the guess for all
    times without a fraction, are what few servers know.
    """
    import pyarrow as pa

    if pa.types.is_null(kind):
        return pa.string()
    if pa.types.is_timestamp(kind) and kind.unit == "s":
        return pa.timestamp("us", kind.tz)
    return kind


def _column_type(text: str) -> tuple[str, Any]:
    import pyarrow as pa

    name, equals, kind = text.partition("=")
    with contextlib.suppress(ValueError):
        if equals:
            aliases = {"timestamp": "timestamp[us]", "text": "string"}
            return name, pa.type_for_alias(aliases.get(kind, kind))
    raise ReadError(
        f"--column-type {text}: give NAME=TYPE, such as int64, float64, bool, string,"
        " date32, timestamp"
    )


def _is_tabbed(name: str) -> bool:
    return ".tsv" in PurePath(name.lower()).suffixes


@contextlib.contextmanager
def _opened(name: str) -> Iterator[Any]:
    """The bytes of a file, unpacked; ``-`` is standard input."""
    import pyarrow as pa

    if name == "-":
        yield sys.stdin.buffer
    elif name.lower().endswith(".zip"):
        with zipfile.ZipFile(name) as archive:
            members = [one for one in archive.namelist() if not one.endswith("/")]
            if len(members) != 1:
                raise ReadError(
                    f"one file is needed in the archive, not {len(members)}"
                )
            with archive.open(members[0]) as file:
                yield file
    elif PurePath(name).suffix.lower() in (".gz", ".bz2", ".zst", ".lz4"):
        with pa.input_stream(name, compression="detect") as file:
            yield file
    else:
        with open(name, "rb") as file:
            yield file


def copy(options: argparse.Namespace, sink: Any) -> None:
    """Write the batches of all files to `sink`."""
    import pyarrow as pa

    kind: Any = Parquet() if options.format == "parquet" else Csv(options)
    beginning = bytes.fromhex(options.beginning)
    with contextlib.ExitStack() as stack:
        writer = None
        for name in options.files:
            try:
                with _opened(name) as file:
                    first = beginning if name == "-" else b""
                    for batch in kind.batches(name, file, first):
                        if writer is None:
                            writer = stack.enter_context(
                                pa.ipc.new_stream(sink, batch.schema)
                            )
                        writer.write_batch(batch)
            except BrokenPipeError:
                raise
            except (
                pa.ArrowException,
                OSError,
                ValueError,
                ReadError,
                zipfile.BadZipFile,
            ) as error:
                raise ReadError(f"{name}: {_words(error, options)}") from error


def _words(error: Exception, options: argparse.Namespace) -> str:
    text = (
        error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    )
    if "conversion error" in text and options.format == "csv":
        size = FIRST_BYTES >> 20
        text += (
            f" (types are those of the first {size} MB;"
            " --column-type NAME=TYPE sets one)"
        )
    return text


def parse(words: list[str] | None = None) -> argparse.Namespace:
    """The command line, which the command ``fletching`` writes."""
    parser = argparse.ArgumentParser(prog="fletching._files", description=__doc__)
    parser.add_argument("--format", choices=["csv", "parquet"], required=True)
    parser.add_argument("--beginning", default="", help="bytes read before, as hex")
    parser.add_argument("--null-values", default=",NA")
    parser.add_argument("--delimiter", default="")
    parser.add_argument("--names", default="")
    parser.add_argument("--column-type", action="append", default=[])
    parser.add_argument("files", nargs="+")
    return parser.parse_args(words)


def main() -> int:
    """Run it; returns the exit code."""
    options = parse()
    try:
        import pyarrow as pa
    except ImportError:
        kind = {"csv": "CSV", "parquet": "Parquet"}[options.format]
        print(
            f"{kind} files need pyarrow (run: {sys.executable} -m pip install pyarrow)",
            file=sys.stderr,
        )
        return 1
    # What else prints shall not get into the stream.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        with output:
            copy(options, output)
    except BrokenPipeError:
        return 0  # nobody wants more
    except ReadError as error:
        print(error, file=sys.stderr)
        return 1
    except pa.ArrowException as error:
        print(f"writing the stream: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
