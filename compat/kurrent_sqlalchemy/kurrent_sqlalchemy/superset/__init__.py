# SPDX-License-Identifier: Apache-2.0
"""KurrentDB in Apache Superset, by the names that kurrent-sqlalchemy has.

    from kurrent_sqlalchemy.superset import (
        KurrentDBEngineSpec,
        install_superset_patches,
    )

    DB_ENGINE_SPEC_OVERRIDES = {"kurrentdb": KurrentDBEngineSpec}
    FLASK_APP_MUTATOR = install_superset_patches

Superset finds Fletching's engine specs by itself, so that none of this is needed; a
configuration that has it keeps working. Nothing in Superset is patched:
`install_superset_patches` looks whether all is as it should be, and logs what it found.
"""

from __future__ import annotations

import importlib.util

from fletching import _own_files

_own_files.check("kurrent_sqlalchemy", rival="kurrent-sqlalchemy")

if importlib.util.find_spec("superset") is None:
    raise ImportError(
        "kurrent_sqlalchemy.superset needs Apache Superset, which is not installed"
        " (pip install 'fletching[kurrent,superset]')",
        name="superset",
    )

from fletching.superset import KurrentDBEngineSpec  # noqa: E402
from kurrent_sqlalchemy.superset._patches import (  # noqa: E402
    install_superset_patches,
)

__all__ = ["KurrentDBEngineSpec", "install_superset_patches"]
