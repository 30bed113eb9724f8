# SPDX-License-Identifier: Apache-2.0
"""pyarrow, imported where an object of its is asked for. Any version from 14 on.

Only its data classes are used: calls go through Fletching's own core.
"""

from __future__ import annotations

import importlib
from typing import Any


def pyarrow(what: str, module: str = "pyarrow") -> Any:
    """The module, or an ImportError that says what to type."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"flightsql: {what} needs {module} (pip install 'fletching[flightsql]')",
            name=module,
        ) from error


def flight_info(serialized: bytes) -> Any:
    """The pyarrow.flight.FlightInfo of a message as the server sent it."""
    return pyarrow("FlightInfo", "pyarrow.flight").FlightInfo.deserialize(serialized)
