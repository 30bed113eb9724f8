# SPDX-License-Identifier: Apache-2.0
"""Chromium, Debian's, and what drives it: installed where they are missing."""

from __future__ import annotations

import fcntl
import json
import os
import pathlib
import shutil
import subprocess
from typing import Any

from servers.install import apt_get, cache, key_of, run

HERE = pathlib.Path(__file__).parent / "browser"


def node_modules() -> pathlib.Path:
    """The folder of playwright-core, in the version of package-lock.json."""
    folder = (
        cache().parent / "superset" / f"browser-{key_of(HERE / 'package-lock.json')}"
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, folder)
            run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder)
            (folder / "complete").touch()
    return folder


def chromium() -> str:
    """The browser."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if found is None:
        apt_get("chromium")
        found = shutil.which("chromium")
    assert found, "Debian's package chromium has no program chromium"
    return found


def drive(plan: dict[str, Any], folder: pathlib.Path) -> list[dict[str, Any]]:
    """Carry out a plan of superset.mjs; what it said of each step."""
    file = folder / "plan.json"
    file.write_text(json.dumps({**plan, "failure": str(folder / "failure.png")}))
    done = subprocess.run(
        ["node", HERE / "superset.mjs", file],
        env={
            **os.environ,
            "OF_TEST_NODE_MODULES": str(node_modules()),
            "CHROMIUM": chromium(),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=840,
    )
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"{said}\n{done.stderr[-3000:]} ({folder}/failure.png)"
    return said


if __name__ == "__main__":
    print(node_modules(), chromium())
