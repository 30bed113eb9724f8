# SPDX-License-Identifier: Apache-2.0
"""``python -m fletching.serve``."""

import sys

from ._run import main

if __name__ == "__main__":
    sys.exit(main())
