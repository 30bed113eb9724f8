# SPDX-License-Identifier: Apache-2.0
"""Whether an import name that another distribution owns too is still Fletching's.

pip lets two wheels overwrite each other's files in silence. The wheels under compat/
claim their import name in `__init__` and check the claim in each of their packages.
"""

from __future__ import annotations

import importlib.metadata
import sys
import warnings


def claim(package: str, *, rival: str) -> str:
    """The mark of Fletching's `__init__` of `package`; warns of a rival beside it."""
    version = _version(rival)
    if version is not None:
        warnings.warn(
            f"{package}: {rival} {version} is installed beside {_ours(package)}, and"
            f" both own the import name {package}: updating or removing either breaks"
            f" the other. {_remedy(package, rival)}",
            RuntimeWarning,
            stacklevel=3,
        )
    return _ours(package)


def check(package: str, *, rival: str) -> None:
    """Raise ImportError unless the package that is imported was claimed."""
    module = sys.modules.get(package)
    if getattr(module, "_fletching", None) == _ours(package):
        return
    version = _version(rival)
    if version is None:
        raise ImportError(
            f"{package}: files of {_ours(package)} are missing or overwritten, which"
            f" removing {rival} does too. Put them back: {_reinstall(package)}",
            name=package,
        )
    raise ImportError(
        f"{package}: {rival} {version} has overwritten files of {_ours(package)}: both"
        f" own the import name {package}, and pip does not notice."
        f" {_remedy(package, rival)}",
        name=package,
    )


def _ours(package: str) -> str:
    return f"fletching-compat-{package.replace('_', '-')}"


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _reinstall(package: str) -> str:
    return f"pip install --force-reinstall --no-deps {_ours(package)}"


def _remedy(package: str, rival: str) -> str:
    return f"Keep Fletching's: pip uninstall {rival} && {_reinstall(package)}"
