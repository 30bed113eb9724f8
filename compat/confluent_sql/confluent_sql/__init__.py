# SPDX-License-Identifier: Apache-2.0
"""What confluent-sql 0.7.0 offers, over Fletching.

    import confluent_sql

    connection = confluent_sql.connect(
        environment_id="env-123456", organization_id="...", cloud_provider="aws",
        cloud_region="us-east-2", flink_api_key="...", flink_api_secret="...",
        database="...", compute_pool_id="lfcp-789012",
    )
    cursor = connection.cursor()
    cursor.execute("SELECT customer_id, name FROM customers")
    print(cursor.fetchall())

Every module is a package of its own on purpose. A wheel of confluent-sql that is
installed over this one replaces only this file; the packages stay, are what Python
finds before its modules, and say what happened.
"""

from fletching import __version__, _own_files

_fletching = _own_files.claim(__name__, rival="confluent-sql")

from confluent_sql.artifacts import (  # noqa: E402
    ArtifactContentFormat,
    ArtifactRuntimeLanguage,
    ArtifactsApi,
    FlinkArtifact,
    FlinkArtifactVersion,
    UploadRetry,
)
from confluent_sql.changelog_compressor import ChangelogCompressor  # noqa: E402
from confluent_sql.connection import Connection, connect  # noqa: E402
from confluent_sql.connectors import (  # noqa: E402
    Connector,
    ConnectorSpec,
    ConnectorState,
    ConnectorStatus,
    TaskStatus,
)
from confluent_sql.cursor import Cursor  # noqa: E402
from confluent_sql.exceptions import (  # noqa: E402
    ArtifactAlreadyExistsError,
    ArtifactNotFoundError,
    ComputePoolExhaustedError,
    ConnectorAlreadyExistsError,
    ConnectorNotFoundError,
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    StatementDeletedError,
    StatementNotFoundError,
    StatementStoppedError,
    TableflowTopicAlreadyExistsError,
    TableflowTopicNotFoundError,
    TypeMismatchError,
    Warning,
)
from confluent_sql.execution_mode import ExecutionMode  # noqa: E402
from confluent_sql.result_readers import ChangeloggedRow  # noqa: E402
from confluent_sql.statement import (  # noqa: E402
    HIDDEN_LABEL,
    Op,
    StatementWarning,
    WarningSeverity,
)
from confluent_sql.statement_properties import (  # noqa: E402
    Property,
    PropertyValue,
    ScanStartupMode,
    SnapshotMode,
    SnapshotWriteMode,
    StatementProperties,
)
from confluent_sql.tableflow import (  # noqa: E402
    AzureAdlsStorage,
    ByobAwsStorage,
    GcsStorage,
    ManagedStorage,
    TableflowErrorHandling,
    TableflowErrorHandlingLog,
    TableflowErrorHandlingSkip,
    TableflowErrorHandlingSuspend,
    TableflowErrorHandlingUnknown,
    TableflowPhase,
    TableflowStorageUnknown,
    TableflowTopic,
    TableflowTopicConfig,
    TableflowTopicSpec,
    TableFormat,
)
from confluent_sql.types import (  # noqa: E402
    PropertiesDict,
    PropertiesMapping,
    SqlNone,
    YearMonthInterval,
)
from confluent_sql.variant import UndecodableVariant  # noqa: E402

apilevel = "2.0"
threadsafety = 1
paramstyle = "pyformat"

__all__ = [
    "__version__",
    "connect",
    "Connection",
    "Cursor",
    "ExecutionMode",
    "Op",
    "ChangeloggedRow",
    "ChangelogCompressor",
    "Warning",
    "Error",
    "InterfaceError",
    "DatabaseError",
    "DataError",
    "OperationalError",
    "ComputePoolExhaustedError",
    "StatementStoppedError",
    "StatementDeletedError",
    "StatementNotFoundError",
    "IntegrityError",
    "InternalError",
    "ProgrammingError",
    "NotSupportedError",
    "TypeMismatchError",
    "TableflowTopicNotFoundError",
    "TableflowTopicAlreadyExistsError",
    "ArtifactNotFoundError",
    "ArtifactAlreadyExistsError",
    "ArtifactsApi",
    "ArtifactContentFormat",
    "ArtifactRuntimeLanguage",
    "FlinkArtifact",
    "FlinkArtifactVersion",
    "UploadRetry",
    "ConnectorNotFoundError",
    "ConnectorAlreadyExistsError",
    "Connector",
    "ConnectorSpec",
    "ConnectorStatus",
    "ConnectorState",
    "TaskStatus",
    "TableFormat",
    "TableflowPhase",
    "TableflowTopic",
    "TableflowTopicConfig",
    "TableflowTopicSpec",
    "ManagedStorage",
    "ByobAwsStorage",
    "AzureAdlsStorage",
    "GcsStorage",
    "TableflowStorageUnknown",
    "TableflowErrorHandling",
    "TableflowErrorHandlingSuspend",
    "TableflowErrorHandlingSkip",
    "TableflowErrorHandlingLog",
    "TableflowErrorHandlingUnknown",
    "apilevel",
    "threadsafety",
    "paramstyle",
    "PropertiesDict",
    "PropertiesMapping",
    "Property",
    "PropertyValue",
    "ScanStartupMode",
    "SnapshotMode",
    "SnapshotWriteMode",
    "StatementProperties",
    "SqlNone",
    "YearMonthInterval",
    "UndecodableVariant",
    "HIDDEN_LABEL",
    "StatementWarning",
    "WarningSeverity",
]
