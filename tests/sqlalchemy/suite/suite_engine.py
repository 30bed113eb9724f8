# SPDX-License-Identifier: Apache-2.0
"""Which engine the suite runs on."""

import os

ENGINE = os.environ.get("FLETCHING_SUITE_ENGINE", "duckdb")
