# SPDX-License-Identifier: Apache-2.0
"""What kurrent-sqlalchemy 0.2.1 offers, over Fletching.

The dialect needs no import: ``create_engine("kurrentdb+flightsql://...")`` finds it.

Every module is a package of its own on purpose. A wheel of kurrent-sqlalchemy that is
installed over this one replaces only this file; the packages stay, are what Python
finds before its modules, and say what happened.
"""

from fletching import __version__, _own_files

_fletching = _own_files.claim(__name__, rival="kurrent-sqlalchemy")

from kurrent_sqlalchemy.dialect import KurrentDBDialect  # noqa: E402

__all__ = ["KurrentDBDialect", "__version__"]
