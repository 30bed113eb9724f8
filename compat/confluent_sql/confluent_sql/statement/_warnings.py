# SPDX-License-Identifier: Apache-2.0
"""What the service warns of."""

from __future__ import annotations

import dataclasses
from enum import Enum

from confluent_sql.types import StrAnyDict


class WarningSeverity(str, Enum):
    """How bad it is; UNKNOWN for what this version has no name for."""

    LOW = "LOW"
    MODERATE = "MODERATE"
    CRITICAL = "CRITICAL"
    UNKNOWN = "UNKNOWN"

    @classmethod
    def _missing_(cls, value: object) -> WarningSeverity:
        return cls.UNKNOWN


@dataclasses.dataclass(kw_only=True)
class StatementWarning:
    """One warning; `severity_raw` as it was sent."""

    severity: WarningSeverity
    severity_raw: str
    created_at: str
    reason: str
    message: str

    @classmethod
    def from_response(cls, data: StrAnyDict) -> StatementWarning:
        """From the JSON of a status' `warnings`."""
        raw = data.get("severity") or ""
        return cls(
            severity=WarningSeverity(raw),
            severity_raw=raw,
            created_at=data.get("created_at") or "",
            reason=data.get("reason") or "",
            message=data.get("message") or "",
        )

    def __str__(self) -> str:
        """[SEVERITY] REASON: message."""
        severity = self.severity_raw or self.severity.value
        return f"[{severity}] {self.reason}: {self.message}"
