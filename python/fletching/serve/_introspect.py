# SPDX-License-Identifier: Apache-2.0
"""Two tables that show the server's view of the caller, for tests and curiosity.

``fletching_session`` is one row: user_name, session_id, catalog_name, schema_name,
headers (JSON) of the very call that runs the query.  ``fletching_calls`` has the
caller's last RPCs: number, method, session_id, headers.  Credentials are left out.
They exist in queries only, as common table expressions put in front.
"""

from __future__ import annotations

import json

from ._auth import Call, CallLog, public_headers
from ._sqltext import add_cte, literal, mentions, words

_SESSION, _CALLS = "fletching_session", "fletching_calls"


def expand(sql: str, call: Call, log: CallLog) -> str:
    """Give a query the tables it mentions."""
    if _SESSION not in sql.lower() and _CALLS not in sql.lower():
        return sql
    if words(sql, 1) not in (["select"], ["with"]):
        return sql
    if mentions(sql, _SESSION):
        sql = add_cte(sql, _session(call))
    if mentions(sql, _CALLS):
        sql = add_cte(sql, _calls(call, log))
    return sql


def _text(value: str | None) -> str:
    return "CAST(NULL AS VARCHAR)" if value is None else literal(value)


def _headers(headers: dict[str, list[str]]) -> str:
    flat = {k: v[0] if len(v) == 1 else v for k, v in sorted(headers.items())}
    return literal(json.dumps(flat, ensure_ascii=True))


def _session(call: Call) -> str:
    session = call.session
    values = [
        _text(call.user),
        _text(session.id if session else None),
        _text(session.option_text("catalog") if session else None),
        _text(session.option_text("schema") if session else None),
        _headers(public_headers(call.headers)),
    ]
    names = "user_name, session_id, catalog_name, schema_name, headers"
    return f"{_SESSION} ({names}) AS (VALUES ({', '.join(values)}))"


def _calls(call: Call, log: CallLog) -> str:
    rows = ", ".join(
        f"({past.number}, {_text(past.method)}, {_text(past.session)}, "
        f"{_headers(past.headers)})"
        for past in log.of(call.user)
    )
    return f"{_CALLS} (number, method, session_id, headers) AS (VALUES {rows})"
