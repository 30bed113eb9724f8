# SPDX-License-Identifier: Apache-2.0
"""What needs Superset itself is in live/, which scripts/test-superset runs."""

from __future__ import annotations

import os

collect_ignore = [] if os.environ.get("FLETCHING_SUPERSET") else ["live"]
