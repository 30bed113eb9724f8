# SPDX-License-Identifier: Apache-2.0
"""No compiler, DDL compiler, type compiler or preparer writes what no test has read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from fletching.sqlalchemy._versions import SQLALCHEMY_2, VERSION

HERE = Path(__file__).parent
FILES = ["sqlalchemy_compile", "sqlalchemy_clauses", "iomete_compiler"]
FILES += ["flink_compiler"]
"""Tests that compare texts, without a server."""

RUN = """
import sys
sys.path[:] = {path!r}
import pytest

seen = set()


def note(frame, event, argument):
    if event == "call":
        seen.add(frame.f_code)


sys.setprofile(note)
status = pytest.main({arguments!r})
sys.setprofile(None)
if status != 0:
    sys.exit(2)
for name, module in sorted(sys.modules.items()):
    if not name.startswith("fletching.sqlalchemy."):
        continue
    for kind in vars(module).values():
        if getattr(kind, "__module__", "") != name or not isinstance(kind, type):
            continue
        if not kind.__name__.endswith(("Compiler", "Preparer")):
            continue
        for own in vars(kind).values():
            if getattr(own, "__code__", None) not in (None, *seen):
                print("never called:", own.__qualname__)
"""

NEW_IN_2 = {"_try_cast", "_call", "visit_try_cast", "visit_floordiv_binary"}
NEW_IN_2 |= {"visit_truediv_binary", "visit_bitwise_xor_op_binary", "visit_uuid"}
NEW_IN_2 |= {"visit_bitwise_lshift_op_binary", "visit_bitwise_rshift_op_binary"}
NEW_IN_2 |= {"visit_aggregate_strings_func", "visit_concat_op_expression_clauselist"}
"""What SQLAlchemy 1.4 has no constructs for."""


def of_other_versions(method: str) -> bool:
    """Whether this SQLAlchemy never calls it."""
    if method == "_format_frame_clause":
        return VERSION >= (2, 1)  # it has another one for the bounds of windows
    if method == "visit_frame_clause":
        return VERSION < (2, 1)
    return not SQLALCHEMY_2 and method in NEW_IN_2


def test_every_override_is_reached_by_a_test_of_texts() -> None:
    arguments = ["-q", "-p", "no:cacheprovider"]
    arguments += [str(HERE / f"test_{name}.py") for name in FILES]
    done = subprocess.run(
        [sys.executable, "-c", RUN.format(path=sys.path, arguments=arguments)],
        cwd=HERE.parents[1],
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    lines = done.stdout.splitlines()
    missing = [line[14:] for line in lines if line.startswith("never called: ")]
    methods = [name for name in missing if not of_other_versions(name.split(".")[1])]
    assert methods == []
