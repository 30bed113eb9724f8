# SPDX-License-Identifier: Apache-2.0
"""The event log that the emulated KurrentDB has, as views that are never stored.

Its columns are those that kurrent-sqlalchemy 0.2.1 lists (dialect.py), on the wire as
docs.kurrent.io, server v26.1, queries/flightsql says: positions and times INT64 (times
are milliseconds since 1970), texts VARCHAR, record_id a BLOB of 16 bytes, data and
metadata VARCHAR that hold JSON.
"""

from __future__ import annotations

from typing import Any

FIRST_TIME = 1_767_225_600_000  # 2026-01-01, UTC
STEP = 5_400_000  # milliseconds from one event to the next

_RECORDS = """
CREATE VIEW idx_kdb_records AS
SELECT
    n * 128 AS log_position,
    n * 128 AS commit_position,
    n // 3 AS stream_revision,
    {first} + n * {step} AS created_at,
    CASE WHEN n % 10 = 0 THEN {first} + n * {step} + 86400000 END AS expires_at,
    category || '-' || (n % 7) AS stream,
    (hash(category || '-' || (n % 7)) >> 1)::BIGINT AS stream_hash,
    schema_name,
    category,
    false AS deleted,
    NULL::VARCHAR AS schema_id,
    'json' AS schema_format,
    unhex(md5(n::VARCHAR)) AS record_id,
    data,
    '{{"$correlationId":"c-' || n || '"}}' AS metadata
FROM (
    SELECT
        n,
        CASE n % 3 WHEN 0 THEN 'orders' WHEN 1 THEN 'customers' ELSE 'payments' END
            AS category,
        CASE n % 3
            WHEN 0 THEN 'OrderPlaced' WHEN 1 THEN 'CustomerMoved' ELSE 'PaymentMade' END
            AS schema_name,
        CASE n % 3
            WHEN 0
            THEN '{{"OrderId":"order-' || n || '","Amount":' || (n * 1.25) || '}}'
            WHEN 1 THEN '{{"CustomerId":"customer-' || n || '","Name":"O''Neil ☕"}}'
            ELSE '{{"PaymentId":"payment-' || n || '","Amount":' || (n * 0.5) || '}}'
        END AS data
    FROM range({records}) AS numbers(n)
)
"""

# A user-defined index: its columns and the field that it is of.
_USER_INDEX = """
CREATE VIEW idx_usr_orders AS
SELECT log_position, stream, stream_revision, schema_name, created_at, record_id, data,
    metadata, data::JSON->>'OrderId' AS order_id
FROM idx_kdb_records WHERE category = 'orders'
"""


def create(connection: Any, records: int) -> None:
    """Make the views of kdb.records and usr.orders in a DuckDB."""
    connection.execute(_RECORDS.format(first=FIRST_TIME, step=STEP, records=records))
    connection.execute(_USER_INDEX)
