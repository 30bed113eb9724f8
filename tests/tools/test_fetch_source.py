# SPDX-License-Identifier: Apache-2.0
"""Sources of others are fetched once, by hash, and never by the build itself."""

from __future__ import annotations

import io
import os
import pathlib
import subprocess
import sys
import tarfile

import pytest

ROOT = pathlib.Path(__file__).parents[2]
SOURCES = ["nanoarrow-0.9.0", "llhttp-9.3.0.0"]


def fetch(
    directory: str, cache: pathlib.Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    name = directory.partition("-")[0]
    command = [sys.executable, str(ROOT / "tools/fetch_source.py"), name]
    offline = {"PIP_NO_INDEX": "1", "FLETCHING_CACHE": str(cache)}
    return subprocess.run(
        command,
        env={**os.environ, **offline, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("name", SOURCES)
def test_what_was_fetched_needs_no_network(tmp_path: pathlib.Path, name: str) -> None:
    (tmp_path / name).mkdir()
    done = fetch(name, tmp_path)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / name}\n")


@pytest.mark.parametrize("name", SOURCES)
def test_a_failed_fetch_leaves_nothing(tmp_path: pathlib.Path, name: str) -> None:
    assert fetch(name, tmp_path).returncode != 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", SOURCES)
def test_an_archive_of_another_hash_is_refused(
    tmp_path: pathlib.Path, name: str
) -> None:
    project, _, version = name.partition("-")
    metadata = f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n"
    links = tmp_path / "links"
    links.mkdir()
    files = {"PKG-INFO": metadata.encode(), "setup.py": b""}
    if project == "nanoarrow":
        files["pyproject.toml"] = (
            b"[build-system]\nrequires=[]\nbuild-backend='mesonpy'\n"
        )
    with tarfile.open(links / f"{name}.tar.gz", "w:gz") as tar:
        for file, text in files.items():
            entry = tarfile.TarInfo(f"{name}/{file}")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))
    done = fetch(name, tmp_path / "cache", PIP_FIND_LINKS=str(links))
    assert done.returncode != 0
    assert "sha256" in done.stderr
    assert not (tmp_path / "cache" / name).exists()


def test_the_build_downloads_nothing_where_it_is_told_the_path() -> None:
    for file in [ROOT / "CMakeLists.txt", *sorted((ROOT / "cmake").rglob("*.cmake"))]:
        text = file.read_text()
        assert "FetchContent" not in text, file
        assert "ExternalProject" not in text, file
        assert "file(DOWNLOAD" not in text, file
