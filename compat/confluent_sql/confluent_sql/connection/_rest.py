# SPDX-License-Identifier: Apache-2.0
"""Requests to one origin through the core, and what their answers are."""

from __future__ import annotations

import json as json_module
import logging
import threading
import urllib.parse
from collections.abc import Mapping
from typing import Any

import fletching
from confluent_sql.auth import BasicAuth, FlinkBearerAuth
from confluent_sql.exceptions import (
    DataError,
    InterfaceError,
    OperationalError,
    _DataValueError,
)
from confluent_sql.utils import extract_error_detail
from fletching import _core

logger = logging.getLogger("confluent_sql.connection")

Auth = BasicAuth | FlinkBearerAuth


class Response:
    """An answer, whatever its status."""

    def __init__(
        self, status: int, headers: list[tuple[str, str]], body: bytes
    ) -> None:
        self.status_code = status
        self.headers = dict(headers)
        self.content = body

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8", "replace")

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status_code < 300

    def json(self) -> Any:
        """The body's JSON; DataError where it is none."""
        try:
            return json_module.loads(self.content)
        except ValueError as error:
            raise _DataValueError(
                f"The answer (HTTP {self.status_code}) is no JSON: {self.text[:200]!r}"
            ) from error

    def raise_for_status(self, prefix: str = "error sending request") -> None:
        """OperationalError with what the service says, unless 2xx."""
        if self.is_success:
            return
        message = f"{prefix} {extract_error_detail(self)}"
        if self.status_code == 429:
            message += (
                ". If this is about tables in a private network: connect with endpoint="
                " naming the private endpoint of Flink"
            )
        raise OperationalError(message, self.status_code)


class Rest:
    """One service. Thread-safe; no network before the first request."""

    def __init__(
        self, origin: str, auth: Auth | None, user_agent: str, timeout: float
    ) -> None:
        place = urllib.parse.urlsplit(origin.rstrip("/"))
        self._prefix = place.path
        self._origin = f"{place.scheme}://{place.netloc}"
        self._auth = auth
        self._timeout = timeout
        self._lock = threading.Lock()
        self._client: _core.RestClient | None = None
        self._user_agent = user_agent

    def request(
        self,
        path: str,
        method: str = "GET",
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        content: bytes = b"",
        content_type: str = "application/json",
        repeatable: bool = False,
        raise_for_status: bool = True,
        timeout: float = 0.0,
    ) -> Response:
        """One request; `path` is percent-encoded and follows the origin's own."""
        if json is not None:
            content = json_module.dumps(json).encode()
        target = self._prefix + path
        if params:
            target += "?" + urllib.parse.urlencode(params, quote_via=urllib.parse.quote)
        response = self._send(
            target, method, content, content_type, repeatable, timeout
        )
        if raise_for_status:
            response.raise_for_status()
        return response

    def follow(self, url: str) -> Response:
        """GET the address of a next page, from the origin, whatever host it names."""
        try:
            target = _core.target_of_url(url)
        except fletching.Error as error:
            raise DataError(f"The next page has no address: {error}") from error
        response = self._send(target, "GET", b"", "", True, 0.0)
        response.raise_for_status()
        return response

    def _send(
        self,
        target: str,
        method: str,
        content: bytes,
        content_type: str,
        repeatable: bool,
        timeout: float,
    ) -> Response:
        logger.debug("%s %s", method, target.partition("?")[0])
        try:
            answer = self._opened().send(
                method,
                target,
                headers=[("accept", "application/json")],
                body=content,
                content_type=content_type,
                repeatable=repeatable,
                timeout=timeout,
            )
        except fletching.InterfaceError as error:
            raise InterfaceError(f"Connection is closed: {error}") from error
        except fletching.Error as error:
            raise OperationalError(
                f"error sending request: {type(error).__name__}: {error}"
            ) from error
        return Response(*answer)

    def _opened(self) -> _core.RestClient:
        with self._lock:
            if self._client is None:
                self._client = _core.RestClient(
                    self._origin,
                    self._auth.headers() if self._auth is not None else [],
                    user_agent=self._user_agent,
                    connect_timeout=self._timeout,
                    silence_timeout=self._timeout,
                )
            return self._client

    def change_user_agent(self, user_agent: str) -> None:
        """For the requests from now on."""
        with self._lock:
            self._user_agent = user_agent
            self._client = None

    def close(self) -> None:
        """End it; requests under way too."""
        with self._lock:
            if self._client is not None:
                self._client.close()


def segment(name: str, what: str) -> str:
    """A name as one part of a path, escaped; InterfaceError for one that cannot be."""
    try:
        return _core.path_segment(name)
    except fletching.Error as error:
        raise InterfaceError(
            f"{name!r} cannot be the name of a {what}: {error}"
        ) from error
