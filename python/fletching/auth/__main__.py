# SPDX-License-Identifier: Apache-2.0
"""``python -m fletching.auth KIND NAME=VALUE...`` prints a token, for other programs.

Names are those of connect() without ``auth_``; a value of ``@FILE`` is in that file,
``$NAME`` in that variable of the environment. ``--answer``, for the command line: the
options come as JSON on standard input, and a second line says when the token ends.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from fletching._errors import Error
from fletching.auth._options import KINDS, provider_of


def _value(text: str) -> str:
    if text.startswith("@"):
        with open(text[1:], encoding="utf-8") as file:
            return file.read().strip()
    return os.environ.get(text[1:], "") if text.startswith("$") else text


def _answer() -> None:
    """The token, and the seconds since 1970 at which it ends or an empty line."""
    token = provider_of(json.load(sys.stdin)).get()
    print(token.value)
    print("" if token.expires_at is None else token.expires_at)


def main(words: list[str]) -> int:
    """The exit code."""
    if words == ["--answer"]:
        return _told(_answer)
    if not words or "=" in words[0] or any("=" not in word for word in words[1:]):
        print(__doc__, f"\nKinds: {', '.join(KINDS)}", file=sys.stderr, sep="")
        return 2

    def show() -> None:
        options: dict[str, Any] = {"auth": words[0]}
        for word in words[1:]:
            name, _, text = word.partition("=")
            options[f"auth_{name}"] = _value(text)
        print(provider_of(options).get().value)

    return _told(show)


def _told(work: Callable[[], None]) -> int:
    try:
        work()
    except (Error, OSError) as error:
        print(f"fletching.auth: {error}", file=sys.stderr)
        return 2 if getattr(error, "code", "") == "INVALID_ARGUMENT" else 4
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
