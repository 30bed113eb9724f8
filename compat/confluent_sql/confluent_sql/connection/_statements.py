# SPDX-License-Identifier: Apache-2.0
"""The routes of statements: bodies, answers, errors."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from confluent_sql.connection._rest import Response, Rest, segment
from confluent_sql.exceptions import (
    DataError,
    OperationalError,
    StatementDeletedError,
    StatementNotFoundError,
)
from confluent_sql.statement import LABEL_PREFIX, Statement
from confluent_sql.statement._page import inside
from confluent_sql.utils import next_page_token

if TYPE_CHECKING:
    from confluent_sql.connection import Connection


class Statements:
    """The statements of a connection's environment."""

    def __init__(self, connection: Connection, rest: Rest) -> None:
        self._connection = connection
        self._rest = rest

    def _path(self, name: str | None = None) -> str:
        organization = segment(self._connection.organization_id, "organization")
        environment = segment(self._connection.environment_id, "environment")
        path = f"/sql/v1/organizations/{organization}/environments/{environment}"
        path += "/statements"
        return path if name is None else f"{path}/{segment(name, 'statement')}"

    def create(
        self,
        text: str,
        properties: dict[str, str],
        name: str | None,
        labels: Sequence[str] | None,
        compute_pool: str | None,
    ) -> dict[str, Any]:
        """POST it, once. Where the answer was lost, whether it arrived is asked."""
        spec: dict[str, Any] = {
            "statement": text,
            "properties": properties,
            "stopped": False,
        }
        if compute_pool is not None:
            spec["compute_pool_id"] = compute_pool
        body: dict[str, Any] = {
            "name": name or f"dbapi-{uuid.uuid4()}",
            "organization_id": self._connection.organization_id,
            "environment_id": self._connection.environment_id,
            "spec": spec,
        }
        if labels:
            prefixed = (LABEL_PREFIX + one.removeprefix(LABEL_PREFIX) for one in labels)
            body["metadata"] = {"labels": dict.fromkeys(prefixed, "true")}
        try:
            return _object(self._rest.request(self._path(), "POST", json=body))
        except OperationalError as error:
            # A name of the caller's own may have been taken before.
            if error.http_status_code is not None or name is not None:
                raise
            found = self._look(body["name"])
            if found is None:
                raise
            return found

    def _look(self, name: str) -> dict[str, Any] | None:
        try:
            return self.get(name)
        except OperationalError:
            return None

    def get(self, name: str) -> dict[str, Any]:
        """The statement; StatementNotFoundError."""
        response = self._rest.request(
            self._path(name), repeatable=True, raise_for_status=False
        )
        _check_found(response, name)
        return _object(response)

    def list(
        self, label: str | None, pool: str | None, part: str | None, page_size: int
    ) -> list[Statement]:
        """All that there are, of all pages."""
        params = {"page_size": str(page_size)}
        if label is not None:
            name = LABEL_PREFIX + label.removeprefix(LABEL_PREFIX)
            params["label_selector"] = f"{name}=true"
        if pool is not None:
            params["spec.compute_pool_id"] = pool
        if part is not None:
            # The service takes notice of the search with this beside it only.
            params |= {"statement_name_search_query": part, "time_ordered": "true"}

        def ask(token: str | None) -> Any:
            more = {} if token is None else {"page_token": token}
            asked = {**params, **more}
            return self._rest.request(
                self._path(), params=asked, repeatable=True
            ).json()

        return [
            Statement._from_response_leniently(self._connection, one)
            for one in all_pages(ask, "statements")
        ]

    def delete(self, name: str) -> None:
        """Let it be gone; one that is gone is no error."""
        response = self._rest.request(
            self._path(name), "DELETE", raise_for_status=False
        )
        if response.status_code != 404:
            response.raise_for_status("Error deleting statement")

    def stop(self, name: str) -> dict[str, Any]:
        """Ask for its end."""
        response = self._rest.request(
            self._path(name),
            "PATCH",
            json=[{"op": "replace", "path": "/spec/stopped", "value": True}],
            content_type="application/json-patch+json",
            raise_for_status=False,
        )
        _check_found(response, name)
        return _object(response)

    def page(self, name: str, url: str | None) -> Response:
        """A page of rows, not looked into: the first one, or that of this address."""
        try:
            if url is None:
                path = f"{self._path(name)}/results"
                return self._rest.request(path, repeatable=True)
            return self._rest.follow(url)
        except OperationalError as error:
            if error.http_status_code == 404:
                text = f"Statement '{name}' has been deleted"
                raise StatementDeletedError(text, name) from error
            raise


def all_pages(ask: Callable[[str | None], Any], what: str) -> list[Any]:
    """The `data` of all pages; DataError where a page names one that was there."""
    found: list[Any] = []
    token: str | None = None
    seen: set[str | None] = set()
    while token not in seen:
        seen.add(token)
        page = ask(token)
        found += inside(page, "data") or []
        token = next_page_token(inside(page, "metadata", "next"))
        if token is None:
            return found
    raise DataError(f"Listing {what}: the service names the same page again and again")


def _object(response: Response) -> dict[str, Any]:
    value = response.json()
    if not isinstance(value, dict):
        raise DataError(f"The answer is no statement: {response.text[:200]!r}")
    return value


def _check_found(response: Response, name: str) -> None:
    if response.status_code == 404:
        raise StatementNotFoundError(f"Statement '{name}' not found", name)
    response.raise_for_status()
