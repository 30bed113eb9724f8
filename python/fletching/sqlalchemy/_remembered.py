# SPDX-License-Identifier: Apache-2.0
"""What servers said of themselves, for engines that live for one query.

Superset makes an engine for every query. With ``remember_server`` among its
``connect_args`` such an engine does not ask what another one of this process, with
the same URL, credentials and options, was told within the last minutes.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

_SECONDS = 300.0
_MOST = 256

_lock = threading.Lock()
_known: OrderedDict[bytes, tuple[float, dict[str, Any]]] = OrderedDict()


def identity(*things: Any) -> bytes | None:
    """A digest of who connects to what; None where that is not known beforehand."""
    digest = hashlib.sha256()
    for thing in things:
        options = thing.items() if isinstance(thing, dict) else [("", thing)]
        for name, value in sorted(options):
            if callable(value):
                return None  # a function that gives tokens, say
            digest.update(f"{name}\0{value!r}\0".encode())
    return digest.digest()


def recall(key: bytes | None, name: str, read: Callable[[], Any]) -> Any:
    """What is known under a name, else what read() finds."""
    if key is None:
        return read()
    facts = _facts(key)
    found = facts.get(name)
    if found is None:
        found = read()
        if found is not None:
            facts[name] = found
    return found


def _facts(key: bytes) -> dict[str, Any]:
    now = time.monotonic()
    with _lock:
        until, facts = _known.pop(key, (0.0, {}))
        if until <= now:
            until, facts = now + _SECONDS, {}
        _known[key] = (until, facts)
        while len(_known) > _MOST:
            _known.popitem(last=False)
    return facts
