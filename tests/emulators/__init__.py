# SPDX-License-Identifier: Apache-2.0
"""Servers that no registry carries, as their documents and sources describe them.

Every way in which one differs from the protocol is a named switch with its source
(``--help`` lists them). They show what Fletching does, not what a product likes:
docs/tested.md.

    python -m tests.emulators.iomete --port 31337
    python -m tests.emulators.influxdb3 --port 31337 --tls
"""
