# SPDX-License-Identifier: Apache-2.0
"""The ADBC driver of Fletching by the name under which ADBC's tools look for drivers.

Polars' ``read_database_uri(query, "fletching:grpc://host:port", engine="adbc")`` and
others that import ``adbc_driver_NAME`` for a URI that begins with NAME find it here. It
is laid out as ADBC's own packages of drivers, and needs ``adbc-driver-manager``
(``pip install 'fletching[adbc]'``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from fletching import __version__
from fletching.adbc import driver_path as _driver_path

if TYPE_CHECKING:
    import adbc_driver_manager

__all__ = ["connect", "__version__"]


def connect(
    uri: str, db_kwargs: Mapping[str, str] | None = None
) -> adbc_driver_manager.AdbcDatabase:
    """Return a low-level database of ADBC's driver manager.

    Args:
        uri: any form of docs/reference/urls.md; ``fletching:`` may stand before it.
        db_kwargs: options of the database, by ADBC's names or Fletching's.
    """
    options = {**(db_kwargs or {}), "driver": _driver_path(), "uri": uri}
    return cast("adbc_driver_manager.AdbcDatabase", _manager().AdbcDatabase(**options))


def _manager() -> Any:
    try:
        import adbc_driver_manager
    except ImportError as error:
        raise ImportError(
            "adbc_driver_fletching needs the package adbc-driver-manager "
            "(pip install 'fletching[adbc]')"
        ) from error
    return adbc_driver_manager
