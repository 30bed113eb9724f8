# SPDX-License-Identifier: Apache-2.0
"""How statements of a cursor are run."""

from __future__ import annotations

from enum import Enum

from fletching import _own_files

_own_files.check("confluent_sql", rival="confluent-sql")

__all__ = ["ExecutionMode"]


class ExecutionMode(Enum):
    """Over what is there now, or for ever; with rows, or without (DDL)."""

    SNAPSHOT = "snapshot"
    STREAMING_QUERY = "streaming_query"
    SNAPSHOT_DDL = "snapshot_ddl"
    STREAMING_DDL = "streaming_ddl"

    @property
    def is_ddl(self) -> bool:
        """Whether its statements have no rows for us."""
        return self in (ExecutionMode.SNAPSHOT_DDL, ExecutionMode.STREAMING_DDL)

    @property
    def is_snapshot(self) -> bool:
        """Whether its statements see what is there now, and end."""
        return self in (ExecutionMode.SNAPSHOT, ExecutionMode.SNAPSHOT_DDL)

    @property
    def is_streaming(self) -> bool:
        """Whether its statements go on."""
        return not self.is_snapshot
