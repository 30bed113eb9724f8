# SPDX-License-Identifier: Apache-2.0
"""DataFusion 55: what it can do, and what not."""

CAN: list[str] = []
CANNOT: dict[str, str] = {}
