# SPDX-License-Identifier: Apache-2.0
"""Which SQLAlchemy is installed: 1.4.43 and later, and every 2.x."""

from __future__ import annotations

try:
    import sqlalchemy
except ModuleNotFoundError as error:
    if error.name != "sqlalchemy":
        raise
    raise ModuleNotFoundError(
        "fletching.sqlalchemy needs SQLAlchemy 1.4.43 or newer"
        " (pip install 'fletching[sqlalchemy]')",
        name=error.name,
    ) from None


def _numbers(text: str) -> tuple[int, ...]:
    numbers = []
    for part in text.split("."):
        digits = "".join(character for character in part if character.isdigit())
        if not part[:1].isdigit():
            break
        numbers.append(int(digits))
    return tuple(numbers)


VERSION = _numbers(sqlalchemy.__version__)
"""As numbers, (2, 0, 58) say."""

SQLALCHEMY_2 = VERSION >= (2,)

if VERSION < (1, 4, 43):
    raise ImportError(
        f"fletching.sqlalchemy needs SQLAlchemy 1.4.43 or newer, not"
        f" {sqlalchemy.__version__} (pip install 'fletching[sqlalchemy]')"
    )
