# SPDX-License-Identifier: Apache-2.0
"""Every key of ADBC's Go driver: taken, or refused with a reason (docs/guides/adbc.md).

The keys are those of apache/arrow-adbc: flightsql_driver.go and adbc.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import fletching

pytest.importorskip("pyarrow")
manager = pytest.importorskip("adbc_driver_manager")

FLIGHT = "adbc.flight.sql."
GUIDE = Path(__file__).parents[2] / "docs/guides/adbc.md"

# Taken by a database, with a value that this one can begin with.
OF_DATABASES = {
    FLIGHT + "authorization_header": "Bearer x",
    FLIGHT + "client_option.authority": "db.example",
    FLIGHT + "client_option.tls_override_hostname": "db.example",
    FLIGHT + "client_option.tls_skip_verify": "true",
    FLIGHT + "client_option.with_block": "false",
    FLIGHT + "client_option.with_max_msg_size": "16777216",
    FLIGHT + "rpc.timeout_seconds.connect": "20.5",
    FLIGHT + "rpc.with_cookie_middleware": "true",
    "adbc.telemetry.traces_exporter": "console",
    "adbc.telemetry.traces_folder_path": "/nowhere",
}
OF_ALL = {
    FLIGHT + "rpc.call_header.x-name": "value",
    FLIGHT + "rpc.timeout_seconds.fetch": "30",
    FLIGHT + "rpc.timeout_seconds.query": "30",
    FLIGHT + "rpc.timeout_seconds.update": "30",
    "adbc.telemetry.trace_parent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169-01",
}
OF_CONNECTIONS = {
    "adbc.connection.autocommit": "true",
    "adbc.connection.db_schema": "main",
    FLIGHT + "session.option.schema": "main",
}
OF_STATEMENTS = {
    "adbc.rpc.result_queue_size": "5",
    "adbc.statement.exec.incremental": "true",
    "adbc.ingest.target_table": "t",
    "adbc.ingest.mode": "adbc.ingest.mode.append",
    "adbc.ingest.target_catalog": "memory",
    "adbc.ingest.target_db_schema": "main",
    "adbc.ingest.temporary": "false",
    FLIGHT + "substrait.version": "0.77.0",
}
PEM = "-----BEGIN CERTIFICATE-----\nnot one\n-----END CERTIFICATE-----\n"
# Of a database, with what is said.
REFUSED = [
    ({FLIGHT + "oauth.flow": "client_credentials"}, "token_uri is missing"),
    ({FLIGHT + "oauth.token_uri": "https://x/t"}, "oauth.flow: it is missing"),
    ({FLIGHT + "oauth.auth_uri": "https://x"}, "no flow here"),
    ({FLIGHT + "oauth.redirect_uri": "https://x"}, "no flow here"),
    ({FLIGHT + "client_option.mtls_cert_chain": PEM}, "both or neither"),
    ({FLIGHT + "client_option.mtls_private_key": PEM}, "both or neither"),
    ({FLIGHT + "client_option.nonsense": "1"}, "nonsense"),
]


def database(uri: str, **options: str) -> Any:
    return manager.AdbcDatabase(driver=fletching.adbc_driver_path(), uri=uri, **options)


@pytest.fixture
def open_(duck: str) -> Iterator[Callable[[], Any]]:
    """An open connection."""
    with database(duck) as owner:
        connection = manager.AdbcConnection(owner)
        yield connection
        connection.close()


@pytest.mark.parametrize("key", [*OF_DATABASES, *OF_ALL])
def test_databases_take(duck: str, key: str) -> None:
    with database(duck, **{key: {**OF_DATABASES, **OF_ALL}[key]}):
        pass


@pytest.mark.parametrize("key", [*OF_CONNECTIONS, *OF_ALL])
def test_connections_take(open_: Any, key: str) -> None:
    open_.set_options(**{key: {**OF_CONNECTIONS, **OF_ALL}[key]})


@pytest.mark.parametrize("key", [*OF_STATEMENTS, *OF_ALL])
def test_statements_take(open_: Any, key: str) -> None:
    with manager.AdbcStatement(open_) as statement:
        statement.set_options(**{key: {**OF_STATEMENTS, **OF_ALL}[key]})


@pytest.mark.parametrize(("options", "told"), REFUSED)
def test_what_is_refused_is_explained(
    duck: str, options: dict[str, str], told: str
) -> None:
    with pytest.raises(manager.Error, match=told):
        database(duck, **options)


def test_what_is_only_asked_for(open_: Any) -> None:
    assert open_.get_option(FLIGHT + "session.options").startswith("{")
    with manager.AdbcStatement(open_) as statement:
        assert statement.get_option_float("adbc.statement.exec.progress") == 0
        assert statement.get_option_float("adbc.statement.exec.max_progress") == 1
        with pytest.raises(manager.Error) as caught:
            statement.get_option_bytes(FLIGHT + "statement.exec.last_flight_info")
        assert caught.value.status_code == manager.AdbcStatusCode.NOT_FOUND


def test_the_guide_has_every_key() -> None:
    page = GUIDE.read_text()
    keys = [*OF_DATABASES, *OF_ALL, *OF_CONNECTIONS, *OF_STATEMENTS]
    keys += [key for options, _ in REFUSED[:-1] for key in options]
    for key in keys:
        last = "." + key.replace("x-name", "NAME").rpartition(".")[2]
        last = last.replace(".schema", ".NAME")
        family = ("adbc.telemetry.", "adbc.ingest.")
        assert last in page or key.startswith(family), key
