# SPDX-License-Identifier: Apache-2.0
"""An embedded Flight SQL server for development, demos and tests.

``fletching serve`` and ``python -m fletching.serve`` run it; its packages come with
``pip install 'fletching[serve]'``.  The driver itself never imports this package.
"""

__all__: list[str] = []
