# SPDX-License-Identifier: Apache-2.0
"""The routes of /sql/v1: statements and their results."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from typing import Any

from . import checks
from .checks import Refused
from .encode import column_of
from .engine import Engine, Run
from .gateway import GatewayError
from .http import Request, Response
from .statement import TERMINAL, Script, Statement

INLINE = 10  # seconds that a statement may take whose rows are asked for with it


class Statements:
    """All statements of all environments."""

    def __init__(self, engine: Callable[[], Engine], page_rows: int) -> None:
        """`page_rows`: the most rows of a page of results."""
        self._engine = engine
        self.page_rows = page_rows
        self.settle = 0.0  # seconds that every statement stays PENDING
        self.scripts: dict[str, Script] = {}  # by the statement's text
        self._lock = threading.Lock()
        self._all: dict[tuple[str, str], Statement] = {}

    def all(self) -> list[Statement]:
        """Those that are there, the newest first."""
        with self._lock:
            return list(reversed(self._all.values()))

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._all.clear()

    def stop_all(self) -> None:
        """End what runs."""
        for one in self.all():
            one.stop()
        for one in self.all():
            if one.script is None:
                one.wait_until_ended(5)

    def answer(self, request: Request, path: list[str], base: str) -> Response:
        """`path` is what follows /sql/v1."""
        checks.authorised(request, bearer=True)
        if len(path) < 5 or path[0] != "organizations" or path[2] != "environments":
            raise Refused(404, "Not Found")
        place, rest = (path[1], path[3]), path[4:]
        base += f"/sql/v1/organizations/{path[1]}/environments/{path[3]}"
        if rest == ["statements"]:
            if request.method == "POST":
                return self._create(request, place, base)
            if request.method == "GET":
                return self._list(request, place, base)
        elif len(rest) in (2, 3) and rest[0] == "statements":
            return self._one(request, place, base, rest[1:])
        raise Refused(405 if rest[:1] == ["statements"] else 404, "Not Found")

    def _one(
        self, request: Request, place: tuple[str, str], base: str, rest: list[str]
    ) -> Response:
        statement = self._find(place[1], rest[0])
        if rest[1:] == ["results"] and request.method == "GET":
            return self._results(request, statement, base)
        if rest[1:] == ["exceptions"] and request.method == "GET":
            return Response(body={"data": statement.exceptions})
        if rest[1:]:
            raise Refused(404, "Not Found")
        checks.query(request)
        method = request.method
        if method == "GET":
            return Response(body=statement.described(base))
        if method == "DELETE":
            self._delete(place[1], statement)
            return Response(202)
        if method == "PATCH":
            return self._patch(request, statement, base)
        if method == "PUT":
            return self._put(request, statement, base)
        raise Refused(405, "Method Not Allowed")

    def _find(self, environment: str, name: str) -> Statement:
        with self._lock:
            statement = self._all.get((environment, name))
        if statement is None:
            raise Refused(404, f"Not Found: statement {name} does not exist")
        return statement

    def _create(self, request: Request, place: tuple[str, str], base: str) -> Response:
        checks.query(request)
        body = checks.statement_body(request, *place)
        if body["spec"].get("properties", {}).get("sql.dry-run") == "true":
            return Response(200, self._dry_run(body, base))
        statement = Statement(body, self.settle)
        key = (place[1], statement.name)
        with self._lock:
            if key in self._all:
                raise Refused(
                    409, f"Conflict: statement {statement.name} exists already"
                )
            self._all[key] = statement
        script = self.scripts.get(statement.spec["statement"])
        if script is not None:
            statement.follow(script)
        described = statement.described(base)
        if script is None:
            statement.start(self._engine())
        if statement.spec["properties"].get("sql.inline-result") == "true":
            described = self._with_rows(statement, base)
        return Response(201, described)

    def _with_rows(self, statement: Statement, base: str) -> Any:
        """With its first page, if it ends soon."""
        if statement.script is None:
            statement.wait_until_ended(INLINE)
        described = statement.described(base)
        if statement.phase != "COMPLETED" and statement.script is None:
            return described
        return {**described, "result": self._page(statement, base, 0)}

    def _dry_run(self, body: Any, base: str) -> Any:
        statement = Statement(body)
        spec = statement.spec
        run = Run(
            spec["statement"],
            spec["properties"].get("sql.current-catalog", statement.environment),
            spec["properties"].get("sql.current-database") or "default",
            snapshot=spec["properties"].get("sql.snapshot.mode") == "now",
            zone=spec["properties"].get("sql.local-time-zone", "UTC"),
            tag="dry-run",
        )
        try:
            columns = [column_of(one) for one in self._engine().explain(run)]
        except GatewayError as error:
            statement.phase, statement.detail = "FAILED", str(error)
        else:
            statement.phase = "COMPLETED"
            statement.traits = {
                "sql_kind": run.kind,
                "is_bounded": run.bounded,
                "is_append_only": run.append_only,
                "upsert_columns": None,
                "connection_refs": [],
                "schema": {"columns": columns} if columns else None,
            }
        described = statement.described(base)
        described["metadata"] |= {"uid": "", "resource_version": ""}
        return described

    def _list(self, request: Request, place: tuple[str, str], base: str) -> Response:
        asked = checks.query(
            request,
            *("page_size", "page_token", "label_selector", "spec.compute_pool_id"),
            *("statement_name_search_query", "time_ordered"),
        )
        size = _number(asked.get("page_size", "10"), 1, 100)
        start = _number(_decoded(asked.get("page_token")), 0, 1 << 30)
        found = [one for one in self.all() if one.environment == place[1]]
        if "label_selector" in asked:
            label, _, value = asked["label_selector"].partition("=")
            found = [one for one in found if one.labels.get(label) == value]
        if "spec.compute_pool_id" in asked:
            pool = asked["spec.compute_pool_id"]
            found = [one for one in found if one.spec["compute_pool_id"] == pool]
        if asked.get("time_ordered") == "true":  # without it the search is ignored
            part = asked.get("statement_name_search_query", "")
            found = [one for one in found if part in one.name]
        listed = found[start : start + size]
        after = ""
        if start + size < len(found):
            token = base64.urlsafe_b64encode(str(start + size).encode()).decode()
            more = "".join(
                f"&{key}={value}" for key, value in asked.items() if key != "page_token"
            )
            after = f"{base}/statements?page_token={token}{more}"
        return Response(
            body={
                "api_version": "sql/v1",
                "kind": "StatementList",
                "metadata": {"self": f"{base}/statements", "next": after},
                "data": [one.described(base, asked=False) for one in listed],
            }
        )

    def _results(self, request: Request, statement: Statement, base: str) -> Response:
        asked = checks.query(request, "page_token")
        offset = _number(_decoded(asked.get("page_token")), 0, 1 << 40)
        try:
            return Response(body=self._page(statement, base, offset))
        except LookupError:
            raise Refused(410, "Gone: these rows were acknowledged already") from None

    def _page(self, statement: Statement, base: str, offset: int) -> Any:
        rows, after = statement.page(offset, self.page_rows)
        here = f"{base}/statements/{statement.name}/results"
        following = ""
        if after is not None:
            token = base64.urlsafe_b64encode(str(after).encode()).decode()
            following = f"{here}?page_token={token}"
        return {
            "api_version": "sql/v1",
            "kind": "StatementResult",
            "metadata": {
                "self": here,
                "next": following,
                "created_at": statement.created,
            },
            "results": {"data": rows},
        }

    def _delete(self, environment: str, statement: Statement) -> None:
        statement.deleted = True
        statement.stop("DELETING")

        def forget() -> None:
            statement.wait_until_ended()
            with self._lock:
                self._all.pop((environment, statement.name), None)

        if statement.phase in TERMINAL or statement.script is not None:
            with self._lock:
                self._all.pop((environment, statement.name), None)
        else:
            threading.Thread(target=forget, daemon=True).start()

    def _patch(self, request: Request, statement: Statement, base: str) -> Response:
        changes = checks.body(request, "application/json-patch+json")
        wanted = [{"op": "replace", "path": "/spec/stopped", "value": True}]
        if changes != wanted:
            raise Refused(400, f"Bad Request: cannot do {json.dumps(changes)}")
        statement.stop()
        if statement.script is not None:
            statement.phase = "STOPPED"
        return Response(body=statement.described(base, asked=False))

    def _put(self, request: Request, statement: Statement, base: str) -> Response:
        body = checks.body(request)
        spec = body.get("spec", {})
        if (
            spec.get("statement", statement.spec["statement"])
            != (statement.spec["statement"])
        ):
            raise Refused(400, "Bad Request: the text of a statement cannot change")
        if spec.get("stopped") is True:
            statement.stop()
            return Response(202, statement.described(base, asked=False))
        if statement.phase != "STOPPED":
            raise Refused(409, f"Conflict: the statement is {statement.phase}")
        for key in ("compute_pool_id", "principal"):
            if key in spec:
                statement.spec[key] = spec[key]
        if spec.get("stopped") is False:
            statement.spec["stopped"] = False
            statement.phase = "PENDING"
            statement.start(self._engine())
        return Response(202, statement.described(base, asked=False))


def _decoded(token: str | None) -> str:
    if token is None:
        return "0"
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except ValueError:
        raise Refused(400, f"Bad Request: page_token {token!r}") from None


def _number(text: str, least: int, most: int) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise Refused(400, f"Bad Request: {text!r} is not in {least}..{most}")
    return int(text)
