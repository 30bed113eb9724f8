# SPDX-License-Identifier: Apache-2.0
"""The network of the tests: certificates, a proxy, a name server, ill-behaved peers."""
