# SPDX-License-Identifier: Apache-2.0
"""The systems of scripts/wheel-systems.sh, each a folder to enter with chroot."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

# Enters the folder $1, in which $2 is seen where it is here, for the command after.
ENTER = """
mkdir -p "$1$2" && mount --make-rprivate / && mount --bind "$2" "$1$2" &&
mount -t proc proc "$1/proc" && root=$1 && shift 2 && exec chroot "$root" "$@"
"""
PYTHON = "/venv/bin/python"


class System:
    """One of them: a copy, so that tests may write to it."""

    def __init__(self, base: Path, root: Path, shared: Path) -> None:
        """`shared` is a folder of this machine that its programs see where it is."""
        self.name = base.name.partition("-")[0]
        self.root = root
        self.shared = shared
        subprocess.run(["cp", "-a", "--reflink=auto", base, root], check=True)

    @property
    def is_musl(self) -> bool:
        return self.name == "alpine"

    def command(self, *words: str | Path) -> list[str]:
        """What runs words in it: the same process in the end."""
        enter = ["unshare", "--mount", "sh", "-c", ENTER, "sh"]
        return [*enter, str(self.root), str(self.shared), *map(str, words)]

    def try_to_run(
        self, *words: str | Path, seconds: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run it, with nothing of this machine's environment."""
        path = "/venv/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return subprocess.run(
            self.command(*words),
            env={"HOME": "/root", "PATH": path},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def run(self, *words: str | Path, seconds: float = 120) -> str:
        """Run it; what it wrote."""
        done = self.try_to_run(*words, seconds=seconds)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def python(self, code: str, *arguments: str | Path, seconds: float = 120) -> str:
        """Run code in its Python, which shows every thread when it crashes."""
        faults = ["-X", "faulthandler", "-c"]
        return self.run(PYTHON, *faults, code, *arguments, seconds=seconds)

    def install(self, packages: Sequence[str]) -> None:
        """By its own pip, from what scripts/test-wheel has built and fetched alone."""
        inside = self.root / "wheels"
        for folder in ("FLETCHING_WHEELS", "FLETCHING_WHEEL_OTHERS"):
            shutil.copytree(os.environ[folder], inside, dirs_exist_ok=True)
        pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        self.run(*pip, "--no-index", "--find-links", "/wheels", *packages, seconds=300)

    def write(self, path: str, content: bytes | str) -> None:
        """A file of it, in place of the one that was there."""
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    def wrapper(self, path: Path) -> Path:
        """A program here that is its Python there."""
        words = " ".join(f"'{word}'" for word in self.command(PYTHON))
        path.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path


def bases() -> list[Path]:
    """Those that scripts/test-wheel has made."""
    names = os.environ.get("FLETCHING_WHEEL_SYSTEMS", "")
    return [Path(name) for name in names.split(os.pathsep) if name]
