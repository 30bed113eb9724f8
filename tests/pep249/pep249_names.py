# SPDX-License-Identifier: Apache-2.0
"""The rows of the table that the suite works on."""

NAMES = ["Bock", "Dunkel", "Gose", "Helles", "Kölsch", "Weizen"]
