# SPDX-License-Identifier: Apache-2.0
"""A file on its way to a store that is not the service: no credentials go there."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import time
import urllib.parse
import uuid
from typing import TYPE_CHECKING

import fletching
from confluent_sql.exceptions import InterfaceError, OperationalError
from fletching import _core

if TYPE_CHECKING:
    from confluent_sql.artifacts import PresignedUploadUrl

_SHOWN = 500  # characters of what the store answers


@dataclasses.dataclass(frozen=True)
class UploadRetry:
    """How often to try again: to connect, and once bytes have gone out."""

    connect_retries: int = 3
    transfer_retries: int = 0

    def __post_init__(self) -> None:
        for name in ("connect_retries", "transfer_retries"):
            value = getattr(self, name)
            if type(value) is not int or value < 0:
                raise InterfaceError(
                    f"{name} must be a non-negative int, got {value!r}"
                )


def upload(
    target: PresignedUploadUrl,
    file: str | os.PathLike[str],
    *,
    timeout: float,
    retry: UploadRetry,
) -> None:
    """POST the form's fields and then the file; OperationalError, without the URL."""
    path = pathlib.Path(file)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InterfaceError(f"{path} cannot be read: {error.strerror}") from error
    boundary = uuid.uuid4().hex
    body = _form(target.upload_form_data, path.name, content, boundary)
    place = urllib.parse.urlsplit(target.upload_url)
    client = _core.RestClient(f"{place.scheme}://{place.netloc}", [], retries=0)
    target_path = place.path + (f"?{place.query}" if place.query else "")
    left = {True: retry.connect_retries, False: retry.transfer_retries}
    while True:
        try:
            status, _, answer = client.send(
                "POST",
                target_path,
                body=body,
                content_type=f"multipart/form-data; boundary={boundary}",
                timeout=timeout,
            )
            break
        except fletching.Error as error:
            never_connected = error.sqlstate == "08001"
            if not left[never_connected]:
                raise OperationalError(
                    f"Uploading {path.name} failed: {type(error).__name__}"
                ) from error
            left[never_connected] -= 1
            time.sleep(0.2)
    client.close()
    if not 200 <= status < 300:
        told = answer.decode("utf-8", "replace")[:_SHOWN]
        raise OperationalError(
            f"Uploading {path.name} failed: HTTP {status}: {told}", status
        )


def _form(fields: dict[str, str], name: str, content: bytes, boundary: str) -> bytes:
    """multipart/form-data (RFC 7578)."""
    parts = []
    for key, value in fields.items():
        head = f'Content-Disposition: form-data; name="{_quoted(key)}"'
        parts.append(f"--{boundary}\r\n{head}\r\n\r\n{value}\r\n".encode())
    head = f'Content-Disposition: form-data; name="file"; filename="{_quoted(name)}"'
    kind = "Content-Type: application/octet-stream"
    parts.append(f"--{boundary}\r\n{head}\r\n{kind}\r\n\r\n".encode())
    return b"".join([*parts, content, f"\r\n--{boundary}--\r\n".encode()])


def _quoted(text: str) -> str:
    for sign, escaped in (('"', "%22"), ("\r", "%0D"), ("\n", "%0A")):
        text = text.replace(sign, escaped)
    return text
