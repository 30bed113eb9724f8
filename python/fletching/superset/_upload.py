# SPDX-License-Identifier: Apache-2.0
"""Frames into tables, for "Upload file to database"."""

from __future__ import annotations

from typing import Any

MODES = {"fail": "create", "replace": "replace", "append": "create_append"}
"""pandas' words for a table that exists, and the driver's."""


def write(connection: Any, table: Any, frame: Any, options: dict[str, Any]) -> int:
    """Write a frame by bulk ingest; by INSERT where the server has none.

    Args:
        connection: the driver's.
        table: Superset's, with its schema and catalog.
        options: those of `pandas.DataFrame.to_sql`.

    Returns:
        the rows written.
    """
    mode = MODES[options.get("if_exists", "fail")]
    written: int = connection.ingest(
        table.table,
        arrow_of(frame, options),
        mode,
        catalog=table.catalog,
        schema=table.schema,
        insert_fallback=True,
    )
    connection.commit()
    return written


def arrow_of(frame: Any, options: dict[str, Any]) -> Any:
    """A frame as Arrow: times of microseconds where that loses nothing."""
    import pyarrow

    index = bool(options.get("index"))
    if index:
        label = options.get("index_label") or frame.index.name or "index"
        frame = frame.rename_axis(index=label)
    try:
        made = pyarrow.Table.from_pandas(frame, preserve_index=index)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError):
        made = pyarrow.Table.from_pandas(_texts(frame), preserve_index=index)
    return pyarrow.table(
        {name: _plain(made.column(name)) for name in made.column_names}
    )


def _texts(frame: Any) -> Any:
    """Columns of mixed values as text."""
    mixed = [name for name in frame.columns if frame[name].dtype == object]
    made = frame.copy()
    for name in mixed:
        made[name] = frame[name].map(
            lambda value: None if value is None else str(value)
        )
    return made


def _plain(column: Any) -> Any:
    import pyarrow

    kind = column.type
    if pyarrow.types.is_null(kind):
        return column.cast(pyarrow.string())
    if pyarrow.types.is_timestamp(kind) and kind.unit == "ns":
        try:
            return column.cast(pyarrow.timestamp("us", tz=kind.tz))
        except pyarrow.ArrowInvalid:
            return column  # it has finer digits
    return column
