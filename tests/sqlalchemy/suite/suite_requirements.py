# SPDX-License-Identifier: Apache-2.0
"""What the servers can do, by the names of SQLAlchemy's requirements.

``CAN`` is switched on beyond SQLAlchemy's own defaults; ``CANNOT`` is off, for a
reason that is the server's. Names that a release does not have mean nothing to it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import SuiteRequirements
from suite_datafusion import CAN as FUSION_CAN
from suite_datafusion import CANNOT as FUSION_CANNOT
from suite_datafusion import OTHERWISE as FUSION_OTHERWISE
from suite_duckdb import CAN as DUCK_CAN
from suite_duckdb import CANNOT as DUCK_CANNOT
from suite_duckdb import OTHERWISE as DUCK_OTHERWISE
from suite_engine import ENGINE

CAN = DUCK_CAN if ENGINE == "duckdb" else FUSION_CAN
CANNOT = DUCK_CANNOT if ENGINE == "duckdb" else FUSION_CANNOT
OTHERWISE = DUCK_OTHERWISE if ENGINE == "duckdb" else FUSION_OTHERWISE


def _open(_: Any) -> Any:
    return exclusions.open()


def _closed(reason: str) -> Any:
    return lambda _: exclusions.skip_if(exclusions.BooleanPredicate(True, reason))


def _levels(_: Any, config: Any) -> dict[str, Any]:
    levels = ["SNAPSHOT"] if ENGINE == "duckdb" else []
    return {"default": [*levels, "AUTOCOMMIT"][0], "supported": [*levels, "AUTOCOMMIT"]}


_members: dict[str, Any] = {"get_isolation_levels": _levels}
_members.update({name: property(_open) for name in CAN})
_members.update({name: property(_closed(why)) for name, why in CANNOT.items()})

Requirements = type("Requirements", (SuiteRequirements,), _members)
