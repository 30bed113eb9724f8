# SPDX-License-Identifier: Apache-2.0
"""expectations.txt, parsed (the C++ twin is expectations.cc)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

BROKEN = "INVALID_DATA,INTERNAL,IO"


@dataclass
class Expectation:
    """One line: a scenario, and what a right client makes of it."""

    line: int
    scenario: str
    options: dict[str, str]
    outcome: str  # "rows", "error", "either", "count"
    number: int = 0
    values: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    regex: str = ""
    within: float = 5
    executed: int = 1

    @property
    def is_update(self) -> bool:
        return self.scenario.startswith("put-")

    @property
    def sql(self) -> str:
        if self.is_update:
            return f"insert into lights values ('scenario:{self.scenario}')"
        return f"scenario:{self.scenario}"

    def __str__(self) -> str:
        return f"{self.line}:{self.scenario}"


def _take_number(text: str, word: str, otherwise: int) -> tuple[str, int]:
    found = re.search(rf" {word} (-?\d+)$", text)
    return (text[: found.start()], int(found[1])) if found else (text, otherwise)


def _parse(number: int, line: str) -> Expectation:
    left, right = line.split(" -> ", 1)
    options: dict[str, str] = {}
    if "[" in left:
        left, inside = left.split("[", 1)
        options = dict(
            word.split("=", 1) for word in inside.rstrip().rstrip("]").split()
        )
    right, executed = _take_number(" " + right, "executed", 1)
    right, within = _take_number(right, "within", 5)
    right = right.strip()
    out = Expectation(
        number, left.strip(), options, "either", within=within, executed=executed
    )
    if right == "either":
        return out
    if found := re.fullmatch(r"count (-?\d+)", right):
        out.outcome, out.number = "count", int(found[1])
    elif found := re.fullmatch(r"rows (\d+)(?:: (.*))?", right):
        out.outcome, out.number = "rows", int(found[1])
        out.values = found[2].split(",") if found[2] else []
    else:
        right = re.sub("^broken", f"error {BROKEN}", right)
        found = re.fullmatch(r"error ([A-Z_,]+)(?: /(.*)/)?", right)
        assert found is not None, f"line {number}: {line}"
        out.outcome = "error"
        out.codes = found[1].split(",")
        out.regex = found[2] or ""
    return out


def read_expectations() -> list[Expectation]:
    text = Path(__file__).with_name("expectations.txt").read_text()
    return [
        _parse(number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if line and not line.startswith("#")
    ]
