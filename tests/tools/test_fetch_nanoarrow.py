# SPDX-License-Identifier: Apache-2.0
"""nanoarrow's sources are fetched once, by hash, and never by the build itself."""

from __future__ import annotations

import io
import os
import pathlib
import subprocess
import sys
import tarfile

ROOT = pathlib.Path(__file__).parents[2]
NAME = "nanoarrow-0.9.0"


def fetch(cache: pathlib.Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools/fetch_nanoarrow.py")]
    offline = {"PIP_NO_INDEX": "1", "FLETCHING_CACHE": str(cache)}
    return subprocess.run(
        command,
        env={**os.environ, **offline, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_what_was_fetched_needs_no_network(tmp_path: pathlib.Path) -> None:
    (tmp_path / NAME).mkdir()
    done = fetch(tmp_path)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / NAME}\n")


def test_a_failed_fetch_leaves_nothing(tmp_path: pathlib.Path) -> None:
    assert fetch(tmp_path).returncode != 0
    assert list(tmp_path.iterdir()) == []


def test_an_archive_of_another_hash_is_refused(tmp_path: pathlib.Path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    with tarfile.open(links / f"{NAME}.tar.gz", "w:gz") as tar:
        for name, text in {
            "pyproject.toml": b"[build-system]\nrequires=[]\nbuild-backend='mesonpy'\n",
            "PKG-INFO": b"Metadata-Version: 2.1\nName: nanoarrow\nVersion: 0.9.0\n",
        }.items():
            entry = tarfile.TarInfo(f"{NAME}/{name}")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))
    done = fetch(tmp_path / "cache", PIP_FIND_LINKS=str(links))
    assert done.returncode != 0
    assert "sha256" in done.stderr
    assert not (tmp_path / "cache" / NAME).exists()


def test_the_build_downloads_nothing_where_it_is_told_the_path() -> None:
    for file in [ROOT / "CMakeLists.txt", *sorted((ROOT / "cmake").iterdir())]:
        text = file.read_text()
        assert "FetchContent" not in text, file
        assert "ExternalProject" not in text, file
        assert "file(DOWNLOAD" not in text, file
