# SPDX-License-Identifier: Apache-2.0
"""What a package offers by name, as JSON: run by the interpreter that has it.

    python surface.py flightsql flightsql.client ...

For every module its public names that are its own: a function's or class's parameters
(name, kind, whether there is a default), a class's own members and the names of all
that it inherits, else None.
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from typing import Any

METHODS = ("__init__", "__iter__")
OWN = {"fletching", "flightsql", *(one.partition(".")[0] for one in sys.argv[1:])}


def undecorated(function: Any) -> Any:
    """The function inside of the old package's decorators, which hide it."""
    while function.__name__ == "g" and function.__closure__:
        inner = [cell.cell_contents for cell in function.__closure__]
        function = next(one for one in inner if callable(one))
    return function


def parameters(function: Any) -> list[list[Any]]:
    signature = inspect.signature(undecorated(function))
    return [
        [one.name, one.kind.name, one.default is not one.empty]
        for one in signature.parameters.values()
    ]


def members(kind: type) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.split(".")[0] not in OWN:
            continue
        for name, value in vars(base).items():
            if name.startswith("_") and name not in METHODS:
                continue
            if isinstance(value, (classmethod, staticmethod)):
                value = value.__func__
            is_function = inspect.isfunction(value)
            found[name] = parameters(value) if is_function else None
    return found


def described(value: Any) -> Any:
    if inspect.isclass(value):
        return {"members": members(value), "inherited": dir(value)}
    return parameters(value) if inspect.isfunction(value) else None


def names_of(module: Any) -> list[str]:
    """What `from module import *` would give, without what it took from elsewhere."""
    declared = getattr(module, "__all__", None)
    if declared is not None:
        return list(declared)
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not inspect.ismodule(value)
        and getattr(value, "__module__", module.__name__) == module.__name__
    ]


def main() -> None:
    modules = {}
    for name in sys.argv[1:]:
        module = importlib.import_module(name)
        modules[name] = {
            one: described(getattr(module, one)) for one in sorted(names_of(module))
        }
    print(json.dumps(modules))


if __name__ == "__main__":
    main()
