# SPDX-License-Identifier: Apache-2.0
"""Installers run once, whole or not at all, and say what is missing."""

from __future__ import annotations

import concurrent.futures
import os
import pathlib
import time

import pytest

from servers import install


@pytest.fixture(autouse=True)
def cache(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """An empty cache."""
    monkeypatch.setenv("FLETCHING_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache/servers"


class Made:
    """A recipe that counts how often it is followed."""

    def __init__(self, key: str = "0123456789ab", fails: bool = False) -> None:
        """Make the folder of this key."""
        self.runs = 0
        self.fails = fails
        self.recipe = install.Recipe(
            "thing", "1.0", lambda: install.cache() / f"thing-{key}", self._install
        )

    def _install(self, folder: pathlib.Path) -> None:
        self.runs += 1
        (folder / "part").touch()
        time.sleep(0.1)
        if self.fails:
            raise install.InstallError("no luck")


def test_once() -> None:
    made = Made()
    assert made.recipe.find() is None
    folder = install.install(made.recipe)
    assert install.install(made.recipe) == made.recipe.find() == folder
    assert made.runs == 1


def test_two_at_a_time_are_one() -> None:
    made = Made()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        folders = set(pool.map(install.install, [made.recipe] * 4))
    assert len(folders) == made.runs == 1


def test_a_failure_leaves_nothing_that_counts() -> None:
    made = Made(fails=True)
    with pytest.raises(install.InstallError, match="no luck"):
        install.install(made.recipe)
    assert made.recipe.find() is None
    made.fails = False
    assert (install.install(made.recipe) / "part").exists()


def test_old_ones_go(cache: pathlib.Path) -> None:
    for number in range(5):
        folder = install.install(Made(f"{number:012}").recipe)
        os.utime(folder, (number, number))
    left = sorted(path.name for path in cache.glob("thing-*"))
    assert left == [f"thing-{number:012}" for number in (2, 3, 4)]


def test_what_a_command_says_is_in_the_error(cache: pathlib.Path) -> None:
    with pytest.raises(install.InstallError, match=r"exit status 3\nalas"):
        install.run(["sh", "-c", "echo alas; exit 3"])
    with pytest.raises(install.InstallError, match="no-such-program"):
        install.run(["no-such-program"])


@pytest.mark.parametrize(
    ("version", "taken"),
    [("go1.19.8", False), ("go1.24.13", False), ("go1.25.0", True), ("go2.1", True)],
)
def test_an_old_go_is_not_taken(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, version: str, taken: bool
) -> None:
    go = tmp_path / "bin/go"
    go.parent.mkdir()
    go.write_text(f"#!/bin/sh\necho go version {version} linux/amd64\n")
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{go.parent}:/usr/bin:/bin")
    monkeypatch.delenv("GO", raising=False)
    found = install.find_go()
    assert (found == go) is taken


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    started = time.monotonic()
    assert install.main(["list"]) == 0
    assert time.monotonic() - started < 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [
        "go",
        "roapi",
        "derby",
        "flink",
        "flink1",
    ]
    assert lines[0].endswith("not installed")


def test_unknown_names(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        install.main(["install", "oracle"])
    assert (
        "no server oracle (there are go, roapi, derby, flink, flink1)"
        in capsys.readouterr().err
    )


def test_a_change_of_a_source_is_another_folder(tmp_path: pathlib.Path) -> None:
    source = tmp_path / "source"
    source.write_text("one")
    before = install.key_of("1.0", source)
    assert install.key_of("1.0", source) == before
    source.write_text("two")
    assert install.key_of("1.0", source) != before
    assert install.key_of("1.1", source) != install.key_of("1.0", source)
