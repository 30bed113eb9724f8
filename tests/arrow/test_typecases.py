# SPDX-License-Identifier: Apache-2.0
"""The golden cases are what they say, and come through our codec unchanged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pa = pytest.importorskip("pyarrow")
typecases = pytest.importorskip("typecases")

PATHS = sorted(typecases.FOLDER.glob("*.txtcase"))


def test_there_is_a_case_for_every_format() -> None:
    formats = {typecases.load(path).format.split(":")[0] for path in PATHS}
    expected = (
        "n b c C s S i I l L e f g d u U vu z Z vz w tdD tdm tts ttm ttu ttn tss tsm "
        "tsu tsn tDs tDm tDu tDn tiM tiD tin +l +L +vl +vL +w +s +m +us +ud +r"
    )
    assert formats >= set(expected.split())


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_case(ipc_tool: Callable[..., bytes], path: Path) -> None:
    case = typecases.load(path)
    for data in (case.ipc, ipc_tool(case.ipc), ipc_tool(case.ipc, "zstd")):
        batch = pa.ipc.open_stream(data).read_next_batch()
        batch.validate(full=True)
        assert typecases.format_of(batch) == case.format
        assert str(batch.schema.field(0).type) == case.type
        assert typecases.lines_of(batch) == case.values
