# SPDX-License-Identifier: Apache-2.0
"""What the command line was given, on its way here."""

from __future__ import annotations

import dataclasses
import json
import os


@dataclasses.dataclass
class Given:
    """The arguments of ``fletching shell``; secrets may be in them."""

    url: str
    options: dict[str, str] = dataclasses.field(default_factory=dict, repr=False)
    init: list[str] = dataclasses.field(default_factory=list)
    format: str = ""
    full: bool = False
    quiet: bool = False
    live: bool = False
    live_max_rows: int = 0
    live_max_bytes: int = 0

    @classmethod
    def read(cls, descriptor: int) -> Given:
        """From the file that the command line left open."""
        with os.fdopen(descriptor, encoding="utf-8") as file:
            return cls(**json.load(file))

    @property
    def is_flink(self) -> bool:
        """Whether rows come in their own time."""
        return self.url.startswith(("flink+", "confluent:"))
