# SPDX-License-Identifier: Apache-2.0
"""After a fork, the child's engines have pools of their own.

A connection of the parent's cannot be used in a child; what the child drops is closed
without a word to the server (docs/design/architecture.md, "Forks").
"""

from __future__ import annotations

import os
import weakref
from typing import Any

_engines: weakref.WeakSet[Any] = weakref.WeakSet()


def remember(engine: Any) -> None:
    """Renew this engine's pool in children."""
    _engines.add(engine)


def _in_child() -> None:
    for engine in list(_engines):
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_in_child)
