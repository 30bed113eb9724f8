# SPDX-License-Identifier: Apache-2.0
"""python -m tests.emulators.confluent --port N [--tls] [--gateway URL]."""

from __future__ import annotations

import argparse
import pathlib
import signal
import ssl
import sys
import tempfile
from typing import Any

TESTS = str(pathlib.Path(__file__).parents[2])
if TESTS not in sys.path:
    sys.path.insert(0, TESTS)

from net.certs import TlsFiles  # noqa: E402
from servers import install, launch  # noqa: E402

from . import ENVIRONMENT, ORGANIZATION, Emulator  # noqa: E402

HOSTS = ("localhost", "127.0.0.1", "*.confluent.cloud", "*.aws.confluent.cloud")


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m tests.emulators.confluent")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", action="store_true", help="the tests' certificates")
    parser.add_argument(
        "--gateway", help="an SQL Gateway that runs; else one is started"
    )
    parser.add_argument("--page-rows", type=int, default=1000)
    options = parser.parse_args()
    context = None
    if options.tls:
        files = TlsFiles(install.cache().parent / "certificates")
        pair = files.authority.server(*HOSTS)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.cert, pair.key)
        print(f"trust {files.ca}")
    signal.signal(signal.SIGTERM, stop)
    with tempfile.TemporaryDirectory(prefix="fletching-flink-") as folder:
        flink = None
        gateway = options.gateway
        if gateway is None:
            install.install(install.RECIPES["flink"])
            flink = launch.start_flink(pathlib.Path(folder), lambda: files)
            gateway = flink.uri
        emulator = Emulator(
            gateway, port=options.port, tls=context, page_rows=options.page_rows
        )
        print(f"organization {ORGANIZATION} environment {ENVIRONMENT}")
        print(f"listening on {emulator.url}", flush=True)
        try:
            emulator.serve()
        except KeyboardInterrupt:
            pass
        finally:
            emulator.close()
            if flink is not None:
                flink.process.stop()


def stop(*_: Any) -> None:
    """SIGTERM ends as Ctrl-C does."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
