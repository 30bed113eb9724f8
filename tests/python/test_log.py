# SPDX-License-Identifier: Apache-2.0
"""What the core has to say comes out of Python's logging."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from typing import Any

import pytest

import fletching


def test_warnings_are_records_of_logging(
    server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="fletching"):
        fletching.connect(f"{server.uri}?tokne=x").close()
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("fletching", "WARNING")
    assert "did you mean token?" in record.getMessage()


def test_they_come_when_connecting_fails_too(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(fletching.OperationalError):
        fletching.connect("grpc://127.0.0.1:1?tokne=x")
    assert "did you mean token?" in caplog.text


def test_logging_is_not_imported_for_nothing(server: Any) -> None:
    code = (
        "import sys, fletching\n"
        "fletching.connect(sys.argv[1]).execute('select 1').fetchall()\n"
        "assert 'logging' not in sys.modules"
    )
    kept = {k: v for k, v in os.environ.items() if k != "FLETCHING_LOG"}
    command = [sys.executable, "-c", code, server.uri]
    subprocess.run(command, check=True, env=kept, timeout=60)
