# SPDX-License-Identifier: Apache-2.0
"""Artifacts: programs that statements may call."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from enum import Enum
from typing import Any, NamedTuple, Protocol, Union

from confluent_sql.artifacts._upload import UploadRetry, upload
from confluent_sql.exceptions import (
    ArtifactAlreadyExistsError,
    ArtifactNotFoundError,
    InterfaceError,
    OperationalError,
)
from confluent_sql.polling import sleep_with_backoff
from confluent_sql.service_api import ServiceApi
from confluent_sql.types import StrAnyDict
from confluent_sql.utils import extract_error_detail

__all__ = [
    "ArtifactContentFormat",
    "ArtifactFile",
    "ArtifactRuntimeLanguage",
    "ArtifactScope",
    "ArtifactsApi",
    "ArtifactsContext",
    "Fields",
    "FlinkArtifact",
    "FlinkArtifactVersion",
    "PresignedUploadUrl",
    "UploadRetry",
    "build_create_payload",
    "build_presign_payload",
    "infer_content_format",
]

ArtifactFile = Union[str, "os.PathLike[str]"]
_LONGEST_NAME = 60


class Fields:
    """The names of the service's JSON."""

    ID = "id"
    CLOUD = "cloud"
    REGION = "region"
    ENVIRONMENT = "environment"
    DISPLAY_NAME = "display_name"
    CLASS = "class"
    CONTENT_FORMAT = "content_format"
    DESCRIPTION = "description"
    DOCUMENTATION_LINK = "documentation_link"
    RUNTIME_LANGUAGE = "runtime_language"
    UPLOAD_SOURCE = "upload_source"
    LOCATION = "location"
    UPLOAD_ID = "upload_id"
    UPLOAD_URL = "upload_url"
    UPLOAD_FORM_DATA = "upload_form_data"
    VERSIONS = "versions"
    VERSION = "version"
    RELEASE_NOTES = "release_notes"
    IS_BETA = "is_beta"
    METADATA = "metadata"
    PAGE_SIZE = "page_size"
    PAGE_TOKEN = "page_token"


class ArtifactContentFormat(str, Enum):
    """What file it is; UNKNOWN for what this version has no name for."""

    JAR = "JAR"
    ZIP = "ZIP"
    UNKNOWN = "UNKNOWN"

    @classmethod
    def _missing_(cls, value: object) -> ArtifactContentFormat:
        return cls.UNKNOWN


class ArtifactRuntimeLanguage(str, Enum):
    """What it is written in; UNKNOWN for what this version has no name for."""

    JAVA = "JAVA"
    PYTHON = "PYTHON"
    UNKNOWN = "UNKNOWN"

    @classmethod
    def _missing_(cls, value: object) -> ArtifactRuntimeLanguage:
        return cls.UNKNOWN


_FORMATS = {
    ArtifactRuntimeLanguage.JAVA: ArtifactContentFormat.JAR,
    ArtifactRuntimeLanguage.PYTHON: ArtifactContentFormat.ZIP,
}


def infer_content_format(file: ArtifactFile) -> ArtifactContentFormat | None:
    """What the name's end says, or None."""
    suffix = pathlib.PurePath(os.fspath(file)).suffix.lower()
    return {".jar": ArtifactContentFormat.JAR, ".zip": ArtifactContentFormat.ZIP}.get(
        suffix
    )


def _format_of(value: ArtifactContentFormat | str) -> ArtifactContentFormat:
    found = ArtifactContentFormat(value)
    if found is ArtifactContentFormat.UNKNOWN:
        raise InterfaceError(f"content_format must be JAR or ZIP, got {value!r}")
    return found


def _language_of(value: ArtifactRuntimeLanguage | str) -> ArtifactRuntimeLanguage:
    found = ArtifactRuntimeLanguage(value)
    if found is ArtifactRuntimeLanguage.UNKNOWN:
        raise InterfaceError(f"runtime_language must be JAVA or PYTHON, got {value!r}")
    return found


def _check_name(name: str) -> None:
    if not isinstance(name, str) or not name.strip():
        raise InterfaceError("display_name must be a non-empty string")
    if len(name) > _LONGEST_NAME:
        raise InterfaceError(
            f"display_name must be at most {_LONGEST_NAME} characters, got {len(name)}"
        )


@dataclasses.dataclass(frozen=True)
class PresignedUploadUrl:
    """Where a file is to be sent, which is a secret for an hour."""

    upload_id: str
    upload_url: str = dataclasses.field(repr=False)
    upload_form_data: dict[str, str] = dataclasses.field(repr=False)
    content_format: ArtifactContentFormat | None
    cloud: str | None
    region: str | None
    environment: str | None
    raw: StrAnyDict = dataclasses.field(repr=False)

    @classmethod
    def from_response(cls, data: StrAnyDict) -> PresignedUploadUrl:
        """From an answer; OperationalError where it is none."""
        try:
            kind = data.get(Fields.CONTENT_FORMAT)
            return cls(
                upload_id=data[Fields.UPLOAD_ID],
                upload_url=data[Fields.UPLOAD_URL],
                upload_form_data=dict(data.get(Fields.UPLOAD_FORM_DATA) or {}),
                content_format=ArtifactContentFormat(kind) if kind else None,
                cloud=data.get(Fields.CLOUD),
                region=data.get(Fields.REGION),
                environment=data.get(Fields.ENVIRONMENT),
                raw=data,
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise OperationalError(
                f"Error parsing upload URL response: {type(error).__name__}"
            ) from error


@dataclasses.dataclass(frozen=True)
class FlinkArtifactVersion:
    """A version of an artifact."""

    version: str
    release_notes: str | None
    is_beta: bool | None
    raw: StrAnyDict = dataclasses.field(repr=False)

    @classmethod
    def from_response(cls, data: StrAnyDict) -> FlinkArtifactVersion:
        """From an answer."""
        notes = data.get(Fields.RELEASE_NOTES) or None
        return cls(data[Fields.VERSION], notes, data.get(Fields.IS_BETA), data)


@dataclasses.dataclass(frozen=True)
class FlinkArtifact:
    """An artifact."""

    id: str
    display_name: str
    cloud: str
    region: str
    environment: str
    content_format: ArtifactContentFormat | None
    runtime_language: ArtifactRuntimeLanguage | None
    description: str | None
    documentation_link: str | None
    class_name: str | None
    versions: list[FlinkArtifactVersion]
    raw: StrAnyDict = dataclasses.field(repr=False)

    @classmethod
    def from_response(cls, data: StrAnyDict) -> FlinkArtifact:
        """From an answer; OperationalError where it is none."""
        try:
            kind = data.get(Fields.CONTENT_FORMAT)
            language = data.get(Fields.RUNTIME_LANGUAGE)
            versions = data.get(Fields.VERSIONS) or []
            return cls(
                id=data[Fields.ID],
                display_name=data[Fields.DISPLAY_NAME],
                cloud=data[Fields.CLOUD],
                region=data[Fields.REGION],
                environment=data[Fields.ENVIRONMENT],
                content_format=ArtifactContentFormat(kind) if kind else None,
                runtime_language=ArtifactRuntimeLanguage(language)
                if language
                else None,
                description=data.get(Fields.DESCRIPTION) or None,
                documentation_link=data.get(Fields.DOCUMENTATION_LINK) or None,
                class_name=data.get(Fields.CLASS) or None,
                versions=list(map(FlinkArtifactVersion.from_response, versions)),
                raw=data,
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise OperationalError(
                f"Error parsing artifact response: {error!r}"
            ) from error

    @property
    def latest_version(self) -> FlinkArtifactVersion | None:
        """The last one, None where there is none."""
        return self.versions[-1] if self.versions else None


def build_presign_payload(
    *, content_format: ArtifactContentFormat, cloud: str, region: str, environment: str
) -> StrAnyDict:
    """The body that asks for a place to send a file to."""
    return {
        Fields.CONTENT_FORMAT: content_format.value,
        Fields.CLOUD: cloud,
        Fields.REGION: region,
        Fields.ENVIRONMENT: environment,
    }


def build_create_payload(
    *,
    display_name: str,
    upload_id: str,
    cloud: str,
    region: str,
    environment: str,
    content_format: ArtifactContentFormat | None = None,
    runtime_language: ArtifactRuntimeLanguage | None = None,
    description: str | None = None,
    documentation_link: str | None = None,
    class_name: str | None = None,
) -> StrAnyDict:
    """The body that makes an artifact of an uploaded file."""
    source = {Fields.LOCATION: "PRESIGNED_URL_LOCATION", Fields.UPLOAD_ID: upload_id}
    body: StrAnyDict = {
        Fields.CLOUD: cloud,
        Fields.REGION: region,
        Fields.ENVIRONMENT: environment,
        Fields.DISPLAY_NAME: display_name,
        Fields.UPLOAD_SOURCE: source,
    }
    optional = {
        Fields.CONTENT_FORMAT: content_format.value if content_format else None,
        Fields.RUNTIME_LANGUAGE: runtime_language.value if runtime_language else None,
        Fields.DESCRIPTION: description,
        Fields.DOCUMENTATION_LINK: documentation_link,
        Fields.CLASS: class_name,
    }
    return body | {key: value for key, value in optional.items() if value is not None}


class ArtifactScope(NamedTuple):
    """Where artifacts are: a cloud and a region of it."""

    cloud: str
    region: str


class ArtifactsContext(Protocol):
    """What artifacts need of a connection."""

    environment_id: str

    def artifact_scope(self) -> ArtifactScope:
        """Where they are."""

    def artifact_controlplane_request(
        self,
        url: str,
        method: str = "GET",
        raise_for_status: bool = True,
        **kwargs: Any,
    ) -> Any:
        """One request."""


class ArtifactsApi(ServiceApi[ArtifactsContext]):
    """The artifacts of a connection's environment, cloud and region."""

    _PATH = "/artifact/v1/flink-artifacts"
    _PRESIGN_PATH = "/artifact/v1/presigned-upload-url"

    def create(
        self,
        display_name: str,
        file: ArtifactFile,
        *,
        content_format: ArtifactContentFormat | str | None = None,
        runtime_language: ArtifactRuntimeLanguage | str | None = None,
        description: str | None = None,
        documentation_link: str | None = None,
        class_name: str | None = None,
        upload_timeout: float = 300,
        upload_retry: UploadRetry = UploadRetry(),  # noqa: B008
    ) -> FlinkArtifact:
        """Send a file and make it an artifact: a JAR of Java, a ZIP of Python.

        ArtifactAlreadyExistsError where the name is taken.
        """
        _check_name(display_name)
        language = None if runtime_language is None else _language_of(runtime_language)
        kind = (
            infer_content_format(file)
            if content_format is None
            else (_format_of(content_format))
        )
        if kind is None:
            raise InterfaceError(
                "content_format is required: the file's name ends neither in .jar nor"
                " in .zip"
            )
        written = language or ArtifactRuntimeLanguage.JAVA
        if _FORMATS[written] is not kind:
            raise InterfaceError(
                f"An artifact in {written.value} is a {_FORMATS[written].value}, not a"
                f" {kind.value} (runtime_language says what it is written in)"
            )
        target = self._upload_url(kind)
        upload(target, file, timeout=upload_timeout, retry=upload_retry)
        context = self.get_context()
        cloud, region = context.artifact_scope()
        response = context.artifact_controlplane_request(
            self._PATH,
            "POST",
            False,
            params={Fields.CLOUD: cloud, Fields.REGION: region},
            json=build_create_payload(
                display_name=display_name,
                upload_id=target.upload_id,
                cloud=cloud,
                region=region,
                environment=context.environment_id,
                content_format=kind,
                runtime_language=language,
                description=description,
                documentation_link=documentation_link,
                class_name=class_name,
            ),
        )
        status = response.status_code
        if status == 409 or (status == 400 and "should be unique" in response.text):
            raise ArtifactAlreadyExistsError(
                f"Artifact '{display_name}' already exists", display_name, status
            )
        self._check(response, "Error creating artifact")
        return FlinkArtifact.from_response(response.json())

    def get(self, artifact_id: str) -> FlinkArtifact:
        """The artifact; ArtifactNotFoundError."""
        return FlinkArtifact.from_response(self._one(artifact_id, "GET").json())

    def list(
        self,
        *,
        runtime_language: ArtifactRuntimeLanguage | str | None = None,
        page_size: int = 100,
    ) -> list[FlinkArtifact]:
        """All of them, or those in one language."""
        from confluent_sql.connection._statements import all_pages

        params = {**self._scope(), Fields.PAGE_SIZE: str(page_size)}
        if runtime_language is not None:
            params[Fields.RUNTIME_LANGUAGE] = _language_of(runtime_language).value

        def ask(token: str | None) -> Any:
            more = {} if token is None else {Fields.PAGE_TOKEN: token}
            response = self.get_context().artifact_controlplane_request(
                self._PATH, "GET", False, params={**params, **more}
            )
            self._check(response, "Error listing artifacts")
            return response.json()

        return [FlinkArtifact.from_response(one) for one in all_pages(ask, "artifacts")]

    def delete(
        self, artifact_id: str, *, wait_for_removal: bool = True, timeout: float = 300
    ) -> None:
        """Let it be gone; ArtifactNotFoundError."""
        self._one(artifact_id, "DELETE")
        if not wait_for_removal:
            return
        try:
            self.get(artifact_id)
            for _ in sleep_with_backoff(timeout):
                self.get(artifact_id)
        except ArtifactNotFoundError:
            return
        raise OperationalError(
            f"Artifact '{artifact_id}' was not removed within {timeout} seconds"
        )

    def _scope(self) -> dict[str, str]:
        context = self.get_context()
        cloud, region = context.artifact_scope()
        return {
            Fields.CLOUD: cloud,
            Fields.REGION: region,
            Fields.ENVIRONMENT: context.environment_id,
        }

    def _upload_url(self, kind: ArtifactContentFormat) -> PresignedUploadUrl:
        context = self.get_context()
        cloud, region = context.artifact_scope()
        body = build_presign_payload(
            content_format=kind,
            cloud=cloud,
            region=region,
            environment=context.environment_id,
        )
        response = context.artifact_controlplane_request(
            self._PRESIGN_PATH, "POST", False, json=body
        )
        self._check(response, "Error getting a place to upload to")
        return PresignedUploadUrl.from_response(response.json())

    def _one(self, artifact_id: str, method: str) -> Any:
        from confluent_sql.connection._rest import segment

        response = self.get_context().artifact_controlplane_request(
            f"{self._PATH}/{segment(artifact_id, 'artifact')}",
            method,
            False,
            params=self._scope(),
        )
        if response.status_code == 404:
            raise ArtifactNotFoundError(
                f"Artifact '{artifact_id}' does not exist", artifact_id, 404
            )
        self._check(response, "Error with an artifact")
        return response

    @staticmethod
    def _check(response: Any, prefix: str) -> None:
        if not response.is_success:
            raise OperationalError(
                f"{prefix} {extract_error_detail(response)}", response.status_code
            )
