# SPDX-License-Identifier: Apache-2.0
"""What URLs mean, and that nothing is sent before it has to be."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy_urls import url_of

from fletching.sqlalchemy import DataFusionDialect, FlightSQLDialect

NAMES = ["flightsql", "datafusion", "influxdb3", "gizmosql", "dremio", "iomete"]
SPELLINGS = [*NAMES, *(f"{name}+flightsql" for name in NAMES[1:])]
SPELLINGS += ["flink", "flink+gateway", "flink+confluent"]


def arguments(url: str, dialect: type[FlightSQLDialect] = DataFusionDialect) -> Any:
    """What the driver's connect() would get."""
    return dialect().create_connect_args(make_url(url))


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("end", ["", "_async"])
def test_a_fresh_process_knows_every_spelling(spelling: str, end: str) -> None:
    # Entry points are read once a process, so one process would do; this is in ours.
    dialect = make_url(f"{spelling}{end}://localhost:1").get_dialect()
    assert dialect.name == spelling.partition("+")[0]
    assert dialect.is_async == (end == "_async")
    assert dialect.supports_statement_cache


def test_create_engine_needs_no_server() -> None:
    code = (
        "from sqlalchemy import create_engine;"
        "print(create_engine('datafusion+flightsql://localhost:1').dialect.name)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("datafusion\n", "")


def test_credentials_are_options_and_never_in_the_uri() -> None:
    (uri,), options = arguments("datafusion+flightsql://me:p%40ss%2F@h:443")
    assert uri == "datafusion://h:443"
    assert options == {"user": "me", "password": "p@ss/"}


def test_parameters_keep_their_values() -> None:
    (uri,), _ = arguments("datafusion://h?token=a%2Bb%26c&x-y=1&x-y=2&Z=%C3%A9")
    assert uri == "datafusion://h?token=a%2Bb%26c&x-y=1&x-y=2&Z=%C3%A9"


def test_an_ipv6_host_keeps_its_brackets() -> None:
    (uri,), _ = arguments("datafusion://[::1]:31337")
    assert uri == "datafusion://[::1]:31337"


def test_features_are_not_sent() -> None:
    dialect = DataFusionDialect()
    url = make_url(
        "datafusion://h?feature-sqlalchemy-prepared-statements=off&feature-other=x"
    )
    (uri,), options = dialect.create_connect_args(url)
    assert uri == "datafusion://h"
    assert options == {"bind": "client"}
    assert dialect.features == {
        "sqlalchemy-prepared-statements": "off",
        "other": "x",
    }


def test_insecure_false_means_tls(embedded: Any) -> None:
    url = url_of(embedded(engine="datafusion"), "datafusion+flightsql")
    engine = sa.create_engine(url.replace("insecure=true", "insecure=false"))
    with pytest.raises(sa.exc.OperationalError, match="TLS"):
        engine.connect()


def test_unknown_parameters_become_headers(embedded: Any) -> None:
    url = url_of(embedded(engine="datafusion"), "datafusion+flightsql", "X-Team=blue")
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        text = sa.text("select headers from fletching_session")
        assert '"x-team": "blue"' in connection.execute(text).scalar()
    engine.dispose()


def test_a_wrong_option_names_itself(embedded: Any) -> None:
    url = url_of(embedded(engine="datafusion"), "datafusion", "fletching.nonsense=1")
    with pytest.raises(sa.exc.DBAPIError, match="nonsense"):
        sa.create_engine(url).connect()


def test_a_url_without_host_says_so() -> None:
    with pytest.raises(sa.exc.DBAPIError, match="it names no host"):
        sa.create_engine("datafusion+flightsql://").connect()
