# SPDX-License-Identifier: Apache-2.0
"""The pages on moving name tests that there are, and samples that run."""

from __future__ import annotations

import pathlib
import re

import pytest
from pages import DOCS, REPOSITORY, blocks_of

PAGES = sorted((DOCS / "migrating").glob("*.md"))
SAMPLES = REPOSITORY / "tests/samples/README.md"
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def samples() -> set[str]:
    """The samples without the lines that name their source."""
    found = set()
    for path in (REPOSITORY / "tests/samples").glob("*/*.py"):
        lines = path.read_text().splitlines()
        while lines and lines[0].startswith("#"):
            del lines[0]
        found.add("\n".join(lines).strip())
    return found


@pytest.mark.parametrize("page", [*PAGES, SAMPLES], ids=lambda page: str(page.stem))
def test_every_test_that_a_page_names_exists(page: pathlib.Path) -> None:
    named = TEST.findall(page.read_text())
    assert named
    for file, function in named:
        text = (REPOSITORY / file).read_text()
        assert re.search(rf"^def {function}\(", text, re.MULTILINE), function


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.stem))
def test_every_difference_has_its_test(page: pathlib.Path) -> None:
    rows = [row for row in page.read_text().splitlines() if row.startswith("| ")][2:]
    assert len(rows) > 10
    assert [row for row in rows if not TEST.search(row.split(" | ")[-1])] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.stem))
def test_the_samples_on_the_page_are_those_that_run(page: pathlib.Path) -> None:
    if "```python" in page.read_text():
        assert {block.strip() for block in blocks_of(page)} <= samples()


def test_every_sample_is_listed_and_every_one_listed_is_tested() -> None:
    rows = [row for row in SAMPLES.read_text().splitlines() if row.startswith("| ")]
    rows = [row for row in rows if not row.startswith(("| sample ", "| --- "))]
    assert [row for row in rows if not TEST.search(row)] == []
    tests = SAMPLES.parent.glob("test_*_samples.py")
    used = "".join(test.read_text() for test in tests)
    for path in SAMPLES.parent.glob("*/*.py"):
        name = f"{path.parent.name}/{path.name}"
        stem = path.stem if path.stem.startswith("read_") else path.name
        assert name in used or stem in used, name
