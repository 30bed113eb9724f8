# SPDX-License-Identifier: Apache-2.0
"""Environments in which two distributions own one import name.

pip lets either overwrite the other without a word; Fletching must not.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

REPOSITORY = pathlib.Path(__file__).parents[2]


def old_wheel(
    folder: pathlib.Path, name: str, version: str, files: dict[str, str], entry: str
) -> pathlib.Path:
    """A wheel with these files and an entry point of SQLAlchemy's."""
    stem = f"{name}-{version}"
    info = f"{stem}.dist-info"
    texts = {
        **files,
        f"{info}/METADATA": "Metadata-Version: 2.1\n"
        f"Name: {name.replace('_', '-')}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[sqlalchemy.dialects]\n{entry}\n",
    }
    path = folder / f"{stem}-py3-none-any.whl"
    record = f"{info}/RECORD"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in texts.items():
            archive.writestr(file, text)
        archive.writestr(record, "".join(f"{n},,\n" for n in [*texts, record]))
    return path


def our_wheel(folder: pathlib.Path, package: str) -> pathlib.Path:
    """The wheel of compat/PACKAGE."""
    words = ["wheel", "--no-index", "--no-deps", "--no-build-isolation", "-w", folder]
    pip(pathlib.Path(sys.executable), *words, REPOSITORY / "compat" / package)
    (ours,) = folder.glob("fletching_compat_*.whl")
    return ours


def pip(python: pathlib.Path, *words: str | pathlib.Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", f"--python={python}", "-q", *words],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr


class Environment:
    """A virtual environment that sees this one's packages but for one name's."""

    def __init__(self, folder: pathlib.Path, without: str) -> None:
        venv = [sys.executable, "-m", "venv", "--without-pip", folder]
        subprocess.run(venv, check=True, timeout=60)
        self.python = folder / "bin/python"
        self.site = next(folder.glob("lib/python3*/site-packages"))
        here = pathlib.Path(sysconfig.get_paths()["purelib"])
        for name in here.iterdir():
            if without not in name.name and name.suffix != ".pth":
                (self.site / name.name).symlink_to(name)
        self.fletching = folder / "bin/fletching"
        # Its prefix is where it is, so a copy and no link.
        self.fletching.write_bytes(
            pathlib.Path(sys.executable).with_name("fletching").read_bytes()
        )
        self.fletching.chmod(0o755)

    def install(self, wheel: pathlib.Path) -> None:
        pip(self.python, "install", "--no-index", "--no-deps", wheel)

    def run(self, code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.python, "-c", code], capture_output=True, text=True, timeout=60
        )

    def ping(self) -> str:
        done = subprocess.run(
            [self.fletching, "ping", "grpc://127.0.0.1:1"],
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.stdout


def beside_fixtures(
    name: str, distribution: str, version: str, files: dict[str, str], entry: str
) -> tuple[Any, Any]:
    """The fixtures `wheels` ("old" and "ours") and `environment` of one import name.

    `environment(*wheels)` is an `Environment` with these installed in this order.
    """

    @pytest.fixture(scope="module")
    def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pathlib.Path]:
        folder = tmp_path_factory.mktemp("wheels")
        old = old_wheel(folder, distribution, version, files, entry)
        return {"old": old, "ours": our_wheel(folder, name)}

    @pytest.fixture
    def environment(tmp_path: pathlib.Path) -> Callable[..., Environment]:
        def make(*wheels: pathlib.Path) -> Environment:
            made = Environment(tmp_path / "venv", without=name)
            for wheel in wheels:
                made.install(wheel)
            return made

        return make

    return wheels, environment
