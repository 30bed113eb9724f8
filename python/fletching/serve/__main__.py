# SPDX-License-Identifier: Apache-2.0
"""``python -m fletching.serve``."""

import signal
import sys


def _end(number: int, _frame: object) -> None:
    """Stop while starting, at once and without a traceback."""
    sys.exit(128 + number)


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)

    from ._run import main

    sys.exit(main())
