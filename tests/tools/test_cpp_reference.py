# SPDX-License-Identifier: Apache-2.0
"""The reference pages of the C++ API are what its headers say."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEADER = """\
// SPDX-License-Identifier: Apache-2.0
// What a quiver is.
#pragma once

#include <string>

namespace fletching {

// Holds arrows; *never* more than `capacity`.
class Quiver {
 public:
  void put(int arrows);  // any thread

  struct State;
  explicit Quiver(std::shared_ptr<State> state);

 private:
  int arrows_ = 0;
};

int count(const Quiver& quiver);

}  // namespace fletching
"""
PAGE = """\
# fletching/quiver.h

<!-- Written by tools/gen_cpp_reference.py from include/fletching/quiver.h. -->

What a quiver is.

## Quiver

Holds arrows; \\*never\\* more than `capacity`.

```cpp
class Quiver {
 public:
  void put(int arrows);  // any thread
};
```

## count

```cpp
int count(const Quiver& quiver);
```
"""


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "tools/gen_cpp_reference.py", *arguments]
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=60
    )


def test_the_pages_are_current() -> None:
    done = run("--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_page_has_what_is_public(tmp_path: Path) -> None:
    (tmp_path / "include/fletching").mkdir(parents=True)
    (tmp_path / "include/fletching/quiver.h").write_text(HEADER)
    assert run(tmp_path).returncode == 0
    pages = tmp_path / "docs/reference/cpp"
    assert (pages / "quiver.md").read_text() == PAGE
    assert (
        "| [quiver.h](quiver.md) | What a quiver is |"
        in (pages / "README.md").read_text()
    )


def test_pages_that_are_old_missing_or_too_many(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "include/fletching", tmp_path / "include/fletching")
    assert run("--check", tmp_path).returncode == 1
    assert run(tmp_path).returncode == 0
    assert run("--check", tmp_path).returncode == 0
    (tmp_path / "include/fletching/tick.h").unlink()
    done = run("--check", tmp_path)
    assert done.returncode == 1
    assert "tick.md is not current" in done.stdout
