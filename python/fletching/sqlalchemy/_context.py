# SPDX-License-Identifier: Apache-2.0
"""What happens around one statement."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import default

_PREFIXES = ("fletching.", "adbc.")


class FlightSQLExecutionContext(default.DefaultExecutionContext):
    """Gives statements the execution options that the driver knows.

    ``timeout`` is in seconds, from execute to the last row; every other option of a
    statement goes by its full name, ``fletching.fetch_timeout`` say.
    """

    def create_cursor(self) -> Any:
        cursor = super().create_cursor()
        for name, value in self.execution_options.items():
            if name == "timeout" or name.startswith(_PREFIXES):
                cursor.set_option(name, value)
        return cursor

    def create_server_side_cursor(self) -> Any:
        # The driver's cursors all read the open stream as rows are asked for; those of
        # asyncio only where a stream is asked for.
        connection: Any = self._dbapi_connection
        return getattr(connection, "stream_cursor", connection.cursor)()

    def fire_sequence(self, seq: Any, type_: Any) -> Any:
        """The next number of a sequence."""
        name = self.identifier_preparer.format_sequence(seq)
        text = self.dialect.next_value_text(name)
        return self._execute_scalar(f"SELECT {text}", type_)
