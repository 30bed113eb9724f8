# SPDX-License-Identifier: Apache-2.0
"""What iomete-sqlalchemy 1.0.23 offers, over Fletching.

    from sqlalchemy import create_engine

    engine = create_engine(
        "iomete://user:token@host:443/spark_catalog/default?cluster=c&data_plane=d"
    )

Every module is a package of its own on purpose. A wheel of iomete-sqlalchemy that is
installed over this one replaces only this file; the packages stay, are what Python
finds before its modules, and say what happened.
"""

from fletching import __version__, _own_files

_fletching = _own_files.claim(__name__, rival="iomete-sqlalchemy")

from iomete_sqlalchemy.dialect import IOMETEDialect  # noqa: E402

__all__ = ["IOMETEDialect", "__version__"]
