# SPDX-License-Identifier: Apache-2.0
"""``fletching shell URL``: one statement after the other, at a terminal.

The command line reads its own arguments and becomes this program, which edits lines
with prompt_toolkit (the extra ``fletching[shell]``) and shows rows as ``fletching
query`` does. docs/guides/shell.md is its manual.
"""
