# SPDX-License-Identifier: Apache-2.0
"""The guides of single products: all snippets of a page run, one after the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pages import DOCS, blocks_of, printed_by

PLACES = {
    "iomete": {
        "dev.iomete.example:443": "{address}",
        "alice:TOKEN": "alice:pat",
        "data_plane=my-data-plane": "data_plane=my-data-plane&tls=false",
    },
    "influxdb": {
        "influxdb.example:443?token=TOKEN": "{address}?insecure=true&token=API_TOKEN",
    },
}
PRINTS = {
    "iomete": ["(0, 'run-0', 0.0)", "['default', 'sales']", "[(12,)]"],
    "influxdb": [
        "Kitchen 21.0 2022-01-01 08:00:00",
        "Kitchen 23.0 2022-01-01 09:00:00.123456789",
        "home ['co', 'hum', 'room', 'temp', 'time']",
    ],
}


@pytest.mark.parametrize("name", PLACES)
def test_the_snippets_of_a_guide_run(name: str, emulator: Any, tmp_path: Path) -> None:
    if name == "iomete":
        names = {"cluster": "my-cluster", "data_plane": "my-data-plane"}
        server = emulator("iomete", **names)
    else:
        server = emulator("influxdb3", database=["home"])
    text = "\n".join(blocks_of(DOCS / f"guides/{name}.md"))
    for printed, here in PLACES[name].items():
        assert printed in text
        text = text.replace(printed, here.format(address=server.address))
    shown = printed_by(text, tmp_path)
    for line in PRINTS[name]:
        assert line in shown
