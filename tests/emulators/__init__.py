# SPDX-License-Identifier: Apache-2.0
"""Servers that no registry carries, as their documents and sources describe them."""
