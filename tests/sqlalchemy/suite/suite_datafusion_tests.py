# SPDX-License-Identifier: Apache-2.0
"""Tests of the suite that DataFusion passes in its own way."""

from __future__ import annotations

__all__: list[str] = []
