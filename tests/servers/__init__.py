# SPDX-License-Identifier: Apache-2.0
"""Servers that others wrote, for tests: their sources, installers and processes."""
