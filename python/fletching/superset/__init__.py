# SPDX-License-Identifier: Apache-2.0
"""Engine specs for Apache Superset 4.1, 5.0, 6.0 and 6.1.

Nothing is to be configured: Superset finds them by the entry points of this package
(group ``superset.db_engine_specs``). docs/guides/superset.md says what they can do.
They are loaded when they are asked for; without Superset that is an ImportError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fletching.superset._engines import (
        DataFusionEngineSpec,
        GizmoSQLEngineSpec,
        InfluxDB3EngineSpec,
    )
    from fletching.superset._flink import ConfluentFlinkEngineSpec, FlinkEngineSpec
    from fletching.superset._iomete import IOMETEEngineSpec
    from fletching.superset._kurrentdb import KurrentDBEngineSpec
    from fletching.superset._spec import FlightSQLEngineSpec

__all__ = [
    "ConfluentFlinkEngineSpec",
    "DataFusionEngineSpec",
    "FlightSQLEngineSpec",
    "FlinkEngineSpec",
    "GizmoSQLEngineSpec",
    "IOMETEEngineSpec",
    "InfluxDB3EngineSpec",
    "KurrentDBEngineSpec",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from fletching.superset import _engines, _flink, _iomete, _kurrentdb

    for module in (_engines, _flink, _iomete, _kurrentdb):
        if hasattr(module, name):
            return getattr(module, name)
    raise AttributeError(name)
