# SPDX-License-Identifier: Apache-2.0
"""What goes wrong on purpose: chosen requests are answered otherwise, so many times."""

from __future__ import annotations

import dataclasses
import fnmatch
import json
import threading
from collections.abc import Callable
from typing import Any

from .http import Request, Response


@dataclasses.dataclass
class Fault:
    """`request` is METHOD PATH with wildcards: "GET */results*".

    With `status` the request is answered by that and not carried out; `body` is JSON or
    text. Without it the true answer goes out, changed by what else is set.
    """

    request: str
    times: int | None = 1  # None: for ever
    skip: int = 0  # so many of them first go well
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    delay: float = 0.0
    slow: float = 0.0  # seconds of silence in the middle of the body
    reset_after: int | None = None  # bytes of the body before the connection breaks
    replace: dict[str, str] = dataclasses.field(
        default_factory=dict
    )  # in the JSON text
    change: Callable[[Any], Any] | None = None  # of the JSON, in process only

    def matches(self, request: Request) -> bool:
        """Whether it is about this request; counts those that are skipped."""
        return fnmatch.fnmatchcase(f"{request.method} {request.target}", self.request)

    def applied(self, response: Response) -> Response:
        """The answer as it goes out."""
        body = response.body
        if self.replace:
            text = json.dumps(body)
            for old, new in self.replace.items():
                text = text.replace(old, new)
            body = json.loads(text)
        if self.change is not None:
            body = self.change(body)
        return dataclasses.replace(
            response,
            body=body,
            headers={**response.headers, **self.headers},
            delay=self.delay,
            slow=self.slow,
            reset_after=self.reset_after,
        )

    def instead(self) -> Response:
        """The answer in place of the true one."""
        assert self.status is not None
        body = self.body
        if body is None and self.status >= 400:
            body = {"errors": [{"status": str(self.status), "detail": "on purpose"}]}
        headers = dict(self.headers)
        if isinstance(body, str):
            headers.setdefault("Content-Type", "text/html")
            body = body.encode()
        headers.setdefault("Content-Type", "application/json")
        return Response(
            self.status, body, headers, self.reset_after, self.slow, self.delay
        )


class Faults:
    """Those that are due."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._list: list[Fault] = []

    def add(self, request: str, **options: Any) -> Fault:
        """See Fault."""
        fault = Fault(request, **options)
        with self._lock:
            self._list.append(fault)
        return fault

    def clear(self) -> None:
        """None any more."""
        with self._lock:
            self._list.clear()

    def due(self, request: Request) -> Fault | None:
        """The one for this request, counted."""
        with self._lock:
            for fault in self._list:
                if not fault.matches(request):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                if fault.times is not None:
                    fault.times -= 1
                    if not fault.times:
                        self._list.remove(fault)
                return fault
        return None
