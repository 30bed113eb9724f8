# SPDX-License-Identifier: Apache-2.0
"""The server's own errors and the gRPC code each one arrives as.

pyarrow turns a Python exception into a status: ArrowInvalid is INVALID_ARGUMENT,
ArrowKeyError NOT_FOUND, ArrowNotImplementedError UNIMPLEMENTED, the Flight errors are
themselves, everything else is UNKNOWN.  ALREADY_EXISTS and FAILED_PRECONDITION cannot
be said, so those cases are INVALID_ARGUMENT with a clear text.
"""

from __future__ import annotations


class ServeError(Exception):
    """Base of the errors this server raises on purpose."""


class InvalidRequest(ServeError):
    """The request or its SQL is wrong (INVALID_ARGUMENT)."""


class NotFound(ServeError):
    """A table, handle or transaction does not exist (NOT_FOUND)."""


class Unsupported(ServeError):
    """The engine or the server cannot do this (UNIMPLEMENTED)."""


class Unauthenticated(ServeError):
    """No or wrong credentials (UNAUTHENTICATED)."""


class Cancelled(ServeError):
    """The query was stopped by its client (CANCELLED)."""


class SetupError(ServeError):
    """The server cannot start; the message says what to do."""


class MissingPackage(SetupError):
    """Optional packages are not installed; the message holds the pip line."""

    def __init__(self, *packages: str) -> None:
        several = len(packages) > 1
        super().__init__(
            f"serve: the Python package{'s' if several else ''}"
            f" {' and '.join(packages)} {'are' if several else 'is'} not installed"
            f" (run: pip install {' '.join(packages)})"
        )
