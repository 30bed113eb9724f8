# SPDX-License-Identifier: Apache-2.0
"""Connections: where statements go, who sends them, what is known of them."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from confluent_sql.auth import credentials_of
from confluent_sql.connection import _settings
from confluent_sql.connection._control import ControlPlane
from confluent_sql.connection._rest import Auth, Response, Rest
from confluent_sql.connection._rows import RowTypeRegistry
from confluent_sql.connection._services import Services
from confluent_sql.connection._statements import Statements
from confluent_sql.connection._tableflow import Topics
from confluent_sql.cursor import Cursor
from confluent_sql.exceptions import (
    InterfaceError,
    OperationalError,
    ProgrammingError,
    StatementNotFoundError,
    _InterfaceTypeError,
)
from confluent_sql.execution_mode import ExecutionMode
from confluent_sql.polling import sleep_with_backoff
from confluent_sql.retry import (
    DEFAULT_RETRYABLE_EXCEPTIONS,
    DEFAULT_RETRYABLE_STATUS_CODES,
)
from confluent_sql.statement import LABEL_PREFIX as STATEMENT_LABEL_PREFIX
from confluent_sql.statement import ChangelogRow, Statement
from confluent_sql.statement._page import rows_of
from confluent_sql.statement_properties import (
    DRIVER_OWNED_PROPERTIES,
    Property,
    PropertyValue,
    SnapshotMode,
    StatementProperties,
    validate_properties_dict,
)
from confluent_sql.types import PropertiesDict
from fletching import __version__

__all__ = [
    "DEFAULT_HTTP_TIMEOUT_SECS",
    "DEFAULT_RETRYABLE_EXCEPTIONS",
    "DEFAULT_RETRYABLE_STATUS_CODES",
    "STATEMENT_LABEL_PREFIX",
    "Connection",
    "RowTypeRegistry",
    "connect",
]

logger = logging.getLogger(__name__)

DEFAULT_HTTP_TIMEOUT_SECS: float = 10.0


def connect(
    *,
    global_api_key: str | None = None,
    global_api_secret: str | None = None,
    flink_api_key: str | None = None,
    flink_api_secret: str | None = None,
    tableflow_api_key: str | None = None,
    tableflow_api_secret: str | None = None,
    connect_api_key: str | None = None,
    connect_api_secret: str | None = None,
    cloud_api_key: str | None = None,
    cloud_api_secret: str | None = None,
    external_access_token: str | None = None,
    identity_pool_id: str | None = None,
    environment_id: str,
    organization_id: str = "",
    compute_pool_id: str | None = None,
    cloud_provider: str | None = None,
    cloud_region: str | None = None,
    database: str | None = None,
    database_kafka_cluster_id: str | None = None,
    local_time_zone: str | None = None,
    endpoint: str | None = None,
    controlplane_endpoint: str | None = None,
    result_page_fetch_pause_millis: int = 100,
    http_user_agent: str | None = None,
    http_timeout_secs: float = DEFAULT_HTTP_TIMEOUT_SECS,
) -> Connection:
    """A connection to Confluent Cloud; nothing is contacted yet.

    A key and its secret (`flink_*`, or `global_*`, which all services take), or the
    token of an identity provider with an identity pool. `organization_id` may be left
    out with a global key of one organization. Where statements go follows from
    `cloud_provider` and `cloud_region`, or is `endpoint` (private networks).
    InterfaceError for what is missing or wrong.
    """
    if endpoint and (cloud_provider or cloud_region):
        logger.warning(
            "endpoint says where requests go; cloud_provider and cloud_region are used"
            " for artifacts alone"
        )
    return Connection(
        environment_id,
        organization_id,
        cloud_provider,
        cloud_region,
        endpoint,
        global_api_key=global_api_key,
        global_api_secret=global_api_secret,
        flink_api_key=flink_api_key,
        flink_api_secret=flink_api_secret,
        tableflow_api_key=tableflow_api_key,
        tableflow_api_secret=tableflow_api_secret,
        connect_api_key=connect_api_key,
        connect_api_secret=connect_api_secret,
        cloud_api_key=cloud_api_key,
        cloud_api_secret=cloud_api_secret,
        external_access_token=external_access_token,
        identity_pool_id=identity_pool_id,
        compute_pool_id=compute_pool_id,
        database=database,
        database_kafka_cluster_id=database_kafka_cluster_id,
        local_time_zone=local_time_zone,
        controlplane_endpoint=controlplane_endpoint,
        statement_results_page_fetch_pause_millis=result_page_fetch_pause_millis,
        http_user_agent=http_user_agent,
        http_timeout_secs=http_timeout_secs,
    )


class Connection(Services):
    """One environment and who speaks to it. A statement outlives its connection."""

    DEFAULT_USER_AGENT = f"Fletching-confluent-sql/{__version__}"
    _DEFAULT_CONTROLPLANE_ENDPOINT = "https://api.confluent.cloud"

    def __init__(
        self,
        environment_id: str,
        organization_id: str,
        cloud_provider: str | None,
        cloud_region: str | None,
        endpoint: str | None,
        *,
        global_api_key: str | None = None,
        global_api_secret: str | None = None,
        flink_api_key: str | None = None,
        flink_api_secret: str | None = None,
        tableflow_api_key: str | None = None,
        tableflow_api_secret: str | None = None,
        connect_api_key: str | None = None,
        connect_api_secret: str | None = None,
        cloud_api_key: str | None = None,
        cloud_api_secret: str | None = None,
        external_access_token: str | None = None,
        identity_pool_id: str | None = None,
        compute_pool_id: str | None = None,
        database: str | None = None,
        database_kafka_cluster_id: str | None = None,
        local_time_zone: str | None = None,
        controlplane_endpoint: str | None = None,
        statement_results_page_fetch_pause_millis: int = 100,
        http_user_agent: str | None = None,
        http_timeout_secs: float = DEFAULT_HTTP_TIMEOUT_SECS,
    ) -> None:
        _settings.require(
            environment_id, organization_id, bool(global_api_key or global_api_secret)
        )
        self.environment_id = environment_id
        self.compute_pool_id = compute_pool_id
        self.statement_results_page_fetch_pause_secs = _settings.pause_of(
            statement_results_page_fetch_pause_millis
        )
        self._local_time_zone = _settings.time_zone_of(local_time_zone)
        self._http_user_agent = self.DEFAULT_USER_AGENT
        if http_user_agent is not None:
            self._http_user_agent = _settings.user_agent_of(http_user_agent)
        self._http_timeout_secs = _settings.timeout_of(http_timeout_secs)
        self._flink_endpoint = _settings.flink_endpoint(
            endpoint, cloud_provider, cloud_region
        )
        credentials = credentials_of(
            {
                "global_api_key": global_api_key,
                "global_api_secret": global_api_secret,
                "flink_api_key": flink_api_key,
                "flink_api_secret": flink_api_secret,
                "tableflow_api_key": tableflow_api_key,
                "tableflow_api_secret": tableflow_api_secret,
                "connect_api_key": connect_api_key,
                "connect_api_secret": connect_api_secret,
                "cloud_api_key": cloud_api_key,
                "cloud_api_secret": cloud_api_secret,
                "external_access_token": external_access_token,
                "identity_pool_id": identity_pool_id,
            }
        )
        self._organization_id = organization_id or None
        self._cloud_provider, self._cloud_region = cloud_provider, cloud_region
        self._database = database
        self._kafka_cluster_id = database_kafka_cluster_id or None
        self._closed = False
        self._row_type_registry = RowTypeRegistry()
        self._rest = self._make_rest(self._flink_endpoint, credentials.flink)
        self._control = ControlPlane(
            controlplane_endpoint or self._DEFAULT_CONTROLPLANE_ENDPOINT,
            credentials,
            self._make_rest,
        )
        self._statements = Statements(self, self._rest)
        self._topics = Topics(self)
        self._connector_api = None
        self._artifacts_api = None

    def _make_rest(self, origin: str, auth: Auth) -> Rest:
        return Rest(origin, auth, self._http_user_agent, self._http_timeout_secs)

    # ---- what it is ----

    @property
    def is_closed(self) -> bool:
        """Whether close() was called."""
        return self._closed

    @property
    def organization_id(self) -> str:
        """As given, or the one organization of the global key, which is asked once."""
        if self._organization_id is None:
            self._organization_id = self._control.organization()
        return self._organization_id

    @property
    def local_time_zone(self) -> str | None:
        """`sql.local-time-zone` of statements that do not name it themselves."""
        return self._local_time_zone

    @local_time_zone.setter
    def local_time_zone(self, value: str | None) -> None:
        self._local_time_zone = _settings.time_zone_of(value)

    @property
    def http_timeout_secs(self) -> float:
        """For the service to begin an answer, and to go on with it."""
        return self._http_timeout_secs

    @property
    def http_user_agent(self) -> str:
        """What requests say of who sends them."""
        return self._http_user_agent

    @http_user_agent.setter
    def http_user_agent(self, value: str) -> None:
        self._http_user_agent = _settings.user_agent_of(value)
        self._rest.change_user_agent(value)
        self._control.change_user_agent(value)

    def register_row_type(self, class_for_flink_row: type[Any]) -> None:
        """Let ROWs with the fields of this class be instances of it.

        A class of named tuples or a dataclass, whose fields are named as the ROW's.
        """
        self._row_type_registry.register_row_type(class_for_flink_row)

    def close(self) -> None:
        """End it; cursors and statements stay as they are. Idempotent."""
        if self._closed:
            logger.info("The connection is closed already")
            return
        self._closed = True
        for api in (self._connector_api, self._artifacts_api):
            if api is not None:
                api._close()
        self._rest.close()
        self._control.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._closed:
            self.close()

    def commit(self) -> None:
        """There are no transactions: what runs has effects at once."""
        self._check_open()

    def _check_open(self) -> None:
        if self._closed:
            raise InterfaceError("Connection is closed")

    # ---- cursors ----

    def cursor(
        self, *, as_dict: bool = False, mode: ExecutionMode = ExecutionMode.SNAPSHOT
    ) -> Cursor:
        """A cursor; its statements see what is there now, unless `mode` says else."""
        self._check_open()
        return Cursor(self, as_dict=as_dict, execution_mode=mode)

    def streaming_cursor(self, *, as_dict: bool = False) -> Cursor:
        """A cursor whose statements go on, and whose fetches do not wait."""
        return self.cursor(as_dict=as_dict, mode=ExecutionMode.STREAMING_QUERY)

    @contextmanager
    def closing_cursor(
        self, *, as_dict: bool = False, mode: ExecutionMode = ExecutionMode.SNAPSHOT
    ) -> Generator[Cursor, None, None]:
        """A cursor that is closed at the end of the block."""
        cursor = self.cursor(as_dict=as_dict, mode=mode)
        try:
            yield cursor
        finally:
            cursor.close()

    @contextmanager
    def closing_streaming_cursor(
        self, *, as_dict: bool = False
    ) -> Generator[Cursor, None, None]:
        """The same of a streaming cursor, whose statement goes on."""
        mode = ExecutionMode.STREAMING_QUERY
        with self.closing_cursor(as_dict=as_dict, mode=mode) as cursor:
            yield cursor

    # ---- statements ----

    def execute_snapshot_ddl(
        self,
        statement_text: str,
        parameters: tuple[Any, ...] | list[Any] | None = None,
        timeout: int = 3000,
        statement_name: str | None = None,
        statement_labels: list[str] | None = None,
        properties: PropertiesDict | StatementProperties | None = None,
        *,
        compute_pool_id: str | None = None,
    ) -> Statement:
        """Run DDL, or an INSERT over what is there now, to its end."""
        return self._run_ddl(
            ExecutionMode.SNAPSHOT_DDL,
            statement_text,
            parameters,
            timeout=timeout,
            statement_name=statement_name,
            statement_labels=statement_labels,
            properties=properties,
            compute_pool_id=compute_pool_id,
        )

    def execute_streaming_ddl(
        self,
        statement_text: str,
        parameters: tuple[Any, ...] | list[Any] | None = None,
        timeout: int = 3000,
        statement_name: str | None = None,
        statement_labels: list[str] | None = None,
        properties: PropertiesDict | StatementProperties | None = None,
        *,
        compute_pool_id: str | None = None,
    ) -> Statement:
        """Run DDL to its end, or start what goes on (CREATE TABLE AS, INSERT)."""
        return self._run_ddl(
            ExecutionMode.STREAMING_DDL,
            statement_text,
            parameters,
            timeout=timeout,
            statement_name=statement_name,
            statement_labels=statement_labels,
            properties=properties,
            compute_pool_id=compute_pool_id,
        )

    def _run_ddl(
        self, mode: ExecutionMode, text: str, parameters: Any, **how: Any
    ) -> Statement:
        with self.closing_cursor(mode=mode) as cursor:
            cursor.execute(text, parameters, **how)
            return cursor.statement

    def dry_run_statement(
        self,
        statement_text: str,
        *,
        mode: ExecutionMode = ExecutionMode.SNAPSHOT,
        compute_pool_id: str | None = None,
    ) -> Statement:
        """Have a statement checked, not run; the text is sent as it is.

        The statement that is returned was never stored: it has a schema and no id.
        OperationalError with what is wrong.
        """
        if not statement_text.strip():
            raise ProgrammingError("SQL statement cannot be empty")
        response = self._execute_statement(
            statement_text,
            mode,
            properties={Property.DRY_RUN: "true"},
            compute_pool_id=compute_pool_id,
        )
        statement = Statement.from_response(self, response)
        if statement.is_failed:
            raise OperationalError(
                f"Dry-run failed: {statement.status.get('detail', '')}"
            )
        if not statement.phase.is_terminal:
            raise OperationalError(
                f"A dry run was answered with the phase {statement.phase.value}, which"
                " is none of the last ones"
            )
        return statement

    def list_statements(
        self,
        *,
        label: str | None = None,
        compute_pool_id: str | None = None,
        name_contains: str | None = None,
        page_size: int = 100,
    ) -> list[Statement]:
        """Those of the environment that all of these are true of."""
        self._check_open()
        return self._statements.list(label, compute_pool_id, name_contains, page_size)

    def get_statement(self, statement: str | Statement) -> Statement:
        """As it is now; StatementNotFoundError."""
        return Statement._from_response_leniently(
            self, self._get_statement(_name_of(statement))
        )

    def delete_statement(self, statement: str | Statement) -> None:
        """Stop and forget it; one that is gone already is no error."""
        name = _name_of(statement)
        if isinstance(statement, Statement) and statement.is_deleted:
            return
        self._check_open()
        self._statements.delete(name)
        if isinstance(statement, Statement):
            statement.set_deleted()

    def stop_statement(
        self,
        statement: str | Statement,
        *,
        wait_for_stopped: bool = True,
        timeout: int = 300,
    ) -> Statement:
        """End it and keep it; returned as it is then.

        OperationalError where it fails on the way, or takes longer than `timeout`.
        """
        name = _name_of(statement)
        if isinstance(statement, Statement) and statement.phase.is_terminal:
            return statement
        self._check_open()
        asked = Statement._from_response_leniently(self, self._statements.stop(name))
        if not wait_for_stopped or asked.phase.is_terminal:
            return asked
        for _ in sleep_with_backoff(timeout):
            found = self.get_statement(name)
            if found.is_failed:
                raise OperationalError(
                    f"Statement '{name}' transitioned to FAILED while stopping:"
                    f" {found.status.get('detail', '')}"
                )
            if found.phase.is_terminal:
                return found
        raise OperationalError(
            f"Statement '{name}' did not reach STOPPED within {timeout} seconds"
        )

    def _session_zone(self, properties: PropertiesDict) -> str | None:
        zone = properties.get(Property.LOCAL_TIME_ZONE, self._local_time_zone)
        return None if zone is None else str(zone)

    def _build_statement_properties(
        self,
        properties: PropertiesDict | StatementProperties | None,
        execution_mode: ExecutionMode,
    ) -> dict[str, str]:
        made = validate_properties_dict(properties)
        for key in DRIVER_OWNED_PROPERTIES:
            if key in made:
                raise InterfaceError(f"'{key}' is a reserved system property.")
        if self._local_time_zone is not None:
            made.setdefault(Property.LOCAL_TIME_ZONE, self._local_time_zone)
        made[Property.CURRENT_CATALOG] = self.environment_id
        if self._database is not None:
            made[Property.CURRENT_DATABASE] = self._database
        if execution_mode.is_snapshot:
            made[Property.SNAPSHOT_MODE] = SnapshotMode.NOW
        return {str(key): _text_of(value) for key, value in made.items()}

    def _execute_statement(
        self,
        statement: str,
        execution_mode: ExecutionMode,
        statement_name: str | None = None,
        statement_labels: list[str] | None = None,
        properties: PropertiesDict | StatementProperties | None = None,
        *,
        compute_pool_id: str | None = None,
    ) -> dict[str, Any]:
        self._check_open()
        if compute_pool_id is not None and not compute_pool_id:
            raise InterfaceError("compute_pool_id must not be empty")
        return self._statements.create(
            statement,
            self._build_statement_properties(properties, execution_mode),
            statement_name,
            statement_labels,
            compute_pool_id or self.compute_pool_id,
        )

    def _get_statement(self, statement_name: str) -> dict[str, Any]:
        self._check_open()
        return self._statements.get(statement_name)

    def _get_statement_page(
        self, statement_name: str, next_url: str | None
    ) -> Response:
        self._check_open()
        return self._statements.page(statement_name, next_url)

    def _get_statement_results(
        self, statement_name: str, next_url: str | None
    ) -> tuple[list[ChangelogRow], str | None]:
        page = self._get_statement_page(statement_name, next_url)
        return rows_of(page.json(), statement_name)

    def _raise_if_results_are_cut_off(self, statement: Statement) -> Statement:
        """Rows end when a statement has failed, too; as it is now."""
        try:
            found = self.get_statement(statement.name)
        except StatementNotFoundError:
            statement.set_deleted()
            return statement
        if found.is_failed:
            raise OperationalError(
                f"Statement '{found.name}' failed while its rows were read:"
                f" {found.status.get('detail', '')}"
            )
        return found


def _name_of(statement: str | Statement) -> str:
    if isinstance(statement, Statement):
        return statement.name
    if isinstance(statement, str):
        return statement
    raise _InterfaceTypeError(
        f"Expected a statement or its name, got {type(statement).__name__}"
    )


def _text_of(value: str | int | bool | PropertyValue) -> str:
    """The service takes texts for the values of properties."""
    return str(value).lower() if isinstance(value, bool) else str(value)
