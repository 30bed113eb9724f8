# SPDX-License-Identifier: Apache-2.0
"""Routes of the control plane: organizations, clusters, Tableflow and the like."""

from __future__ import annotations

import email.parser
import email.policy
import threading
import uuid
from typing import Any

from . import checks
from .checks import Refused
from .http import Request, Response

ORGANIZATION = "11111111-2222-3333-4444-555555555555"


class ControlPlane:
    """Their state; what is made is RUNNING once it was asked for `polls` times."""

    def __init__(self) -> None:
        self.organizations = [ORGANIZATION]
        self.clusters: list[dict[str, str]] = []  # environment, id, display_name
        self.polls = 1
        self.topics: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.connectors: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.artifacts: dict[str, dict[str, Any]] = {}
        self.uploads: dict[str, bytes | None] = {}
        self._lock = threading.RLock()

    def answer(self, request: Request, path: list[str], base: str) -> Response:
        """The answer, or Refused."""
        if path[:1] == ["upload"]:
            return self._upload(request, path)
        checks.authorised(request, bearer=False)
        routes = {
            ("org", "v2"): self._organizations,
            ("cmk", "v2"): self._clusters,
            ("tableflow", "v1"): self._tableflow,
            ("connect", "v1"): self._connect,
            ("artifact", "v1"): self._artifact,
        }
        route = routes.get((path[0], path[1])) if len(path) > 2 else None
        if route is None:
            raise Refused(404, f"Not Found: {request.path}")
        with self._lock:
            return route(request, path[2:], base)

    def _organizations(self, request: Request, path: list[str], base: str) -> Response:
        if path != ["organizations"] or request.method != "GET":
            raise Refused(404, "Not Found")
        asked = checks.query(request, "page_size", "page_token")
        data = [{"id": one, "display_name": one} for one in self.organizations]
        return _listed(data, asked, f"{base}/org/v2/organizations")

    def _clusters(self, request: Request, path: list[str], base: str) -> Response:
        if path != ["clusters"] or request.method != "GET":
            raise Refused(404, "Not Found")
        asked = checks.query(request, "environment", "page_size", "page_token")
        if "environment" not in asked:
            raise Refused(400, "Bad Request: environment is missing")
        data = [
            {"id": one["id"], "spec": {"display_name": one["display_name"]}}
            for one in self.clusters
            if one["environment"] == asked["environment"]
        ]
        return _listed(data, asked, f"{base}/cmk/v2/clusters")

    # ---- Tableflow ----

    def _tableflow(self, request: Request, path: list[str], base: str) -> Response:
        if path[0] != "tableflow-topics":
            raise Refused(404, "Not Found")
        if len(path) == 1 and request.method == "POST":
            return self._enable(request)
        if len(path) != 2:
            raise Refused(405, "Method Not Allowed")
        if request.method == "PATCH":
            spec = dict(
                checks.only(checks.body(request), "the body", ("spec",))["spec"]
            )
            place = (spec.pop("environment")["id"], spec.pop("kafka_cluster")["id"])
            topic = self._topic((*place, path[1]))
            checks.only(spec, "spec", (), "table_formats", "config")
            topic["spec"] |= spec
            topic["polls"] = self.polls
            return Response(body=_topic(topic, "PENDING"))
        asked = checks.query(request, "environment", "spec.kafka_cluster")
        if len(asked) != 2:
            raise Refused(
                400, "Bad Request: environment and spec.kafka_cluster are needed"
            )
        key = (asked["environment"], asked["spec.kafka_cluster"], path[1])
        topic = self._topic(key)
        if request.method == "DELETE":
            del self.topics[key]
            return Response(204)
        topic["polls"] -= 1
        return Response(
            body=_topic(topic, "PENDING" if topic["polls"] >= 0 else "RUNNING")
        )

    def _enable(self, request: Request) -> Response:
        spec = checks.only(checks.body(request), "the body", ("spec",))["spec"]
        checks.only(
            spec,
            "spec",
            (
                "display_name",
                "storage",
                "table_formats",
                "environment",
                "kafka_cluster",
            ),
            "config",
        )
        config = dict(spec.get("config", {}))
        config.pop("error_handling", None)
        checks.texts(config, "spec.config")
        key = (
            spec["environment"]["id"],
            spec["kafka_cluster"]["id"],
            spec["display_name"],
        )
        if key in self.topics:
            raise Refused(409, f"Conflict: Tableflow is enabled already for {key[2]}")
        topic = {"spec": dict(spec), "polls": self.polls, "id": str(uuid.uuid4())}
        self.topics[key] = topic
        return Response(201, _topic(topic, "PENDING"))

    def _topic(self, key: tuple[str, str, str]) -> dict[str, Any]:
        if key not in self.topics:
            raise Refused(404, f"Not Found: no Tableflow topic {key[2]}")
        return self.topics[key]

    # ---- connectors ----

    def _connect(self, request: Request, path: list[str], base: str) -> Response:
        fixed = path[0::2][:3]
        if fixed != ["environments", "clusters", "connectors"][: len(fixed)] or (
            len(path) < 5
        ):
            raise Refused(404, "Not Found")
        environment, cluster = path[1], path[3]
        if len(path) == 5 and request.method == "POST":
            return self._connector_made(request, environment, cluster)
        key = (environment, cluster, path[5])
        if key not in self.connectors:
            raise Refused(404, f"Not Found: no connector {path[5]}")
        made = self.connectors[key]
        match request.method, path[6:]:
            case "GET", []:
                return Response(body=_connector(made))
            case "GET", ["status"]:
                made["polls"] -= 1
                if made["polls"] < 0:
                    made["state"] = made["target"]
                return Response(body=_connector_status(made))
            case "PUT", ["pause"] | ["resume"]:
                made["target"] = "PAUSED" if path[6] == "pause" else "RUNNING"
                made["polls"] = self.polls
                return Response(202)
            case "DELETE", []:
                del self.connectors[key]
                return Response(200, {"error": None})
        raise Refused(405, "Method Not Allowed")

    def _connector_made(
        self, request: Request, environment: str, cluster: str
    ) -> Response:
        body = checks.only(checks.body(request), "the body", ("name", "config"))
        config = body["config"]
        checks.texts(config, "config")
        if config.get("name") != body["name"]:
            raise Refused(400, "Bad Request: config.name differs from name")
        for key in ("connector.class", "kafka.api.key", "kafka.api.secret"):
            if key not in config:
                raise Refused(400, f"Bad Request: config has no {key}")
        place = (environment, cluster, body["name"])
        if place in self.connectors:
            raise Refused(409, f"Conflict: connector {body['name']} exists already")
        made = {"config": config, "name": body["name"], "state": "PROVISIONING"}
        self.connectors[place] = {**made, "target": "RUNNING", "polls": self.polls}
        return Response(201, _connector(self.connectors[place]))

    # ---- artifacts ----

    def _artifact(self, request: Request, path: list[str], base: str) -> Response:
        match request.method, path:
            case "POST", ["presigned-upload-url"]:
                asked = checks.only(
                    checks.body(request),
                    "the body",
                    ("content_format", "cloud", "region", "environment"),
                )
                upload = f"upload-{uuid.uuid4()}"
                self.uploads[upload] = None
                return Response(
                    200,
                    {
                        **asked,
                        "upload_id": upload,
                        "upload_url": f"{base}/upload/{upload}",
                        "upload_form_data": {"key": upload, "policy": "emulated"},
                    },
                )
            case "POST", ["flink-artifacts"]:
                return self._artifact_made(request)
            case "GET", ["flink-artifacts"]:
                asked = self._scope(
                    request, "page_size", "page_token", "runtime_language"
                )
                language = asked.get("runtime_language")
                data = [
                    one
                    for one in self.artifacts.values()
                    if language in (None, one["runtime_language"])
                ]
                return _listed(data, asked, f"{base}/artifact/v1/flink-artifacts")
            case "GET" | "DELETE", ["flink-artifacts", name]:
                self._scope(request)
                if name not in self.artifacts:
                    raise Refused(404, f"Not Found: no artifact {name}")
                if request.method == "GET":
                    return Response(body=self.artifacts[name])
                del self.artifacts[name]
                return Response(204)
        raise Refused(405, "Method Not Allowed")

    def _scope(self, request: Request, *more: str) -> dict[str, str]:
        asked = checks.query(request, "cloud", "region", "environment", *more)
        if not {"cloud", "region", "environment"} <= set(asked):
            raise Refused(400, "Bad Request: cloud, region and environment are needed")
        return asked

    def _artifact_made(self, request: Request) -> Response:
        checks.query(request, "cloud", "region")
        body = checks.only(
            checks.body(request),
            "the body",
            ("cloud", "region", "environment", "display_name", "upload_source"),
            *("content_format", "runtime_language", "description"),
            *("documentation_link", "class"),
        )
        source = body["upload_source"]
        if source.get("location") != "PRESIGNED_URL_LOCATION" or not self.uploads.get(
            source.get("upload_id")
        ):
            raise Refused(400, "Bad Request: nothing was uploaded under upload_id")
        if any(
            one["display_name"] == body["display_name"]
            for one in self.artifacts.values()
        ):
            raise Refused(400, "Bad Request: display_name should be unique")
        made = {key: value for key, value in body.items() if key != "upload_source"}
        made.setdefault("content_format", "JAR")
        made.setdefault("runtime_language", "JAVA")
        made |= {
            "api_version": "artifact/v1",
            "kind": "FlinkArtifact",
            "id": f"cfa-{len(self.artifacts) + 1:06}",
            "versions": [{"version": "ver-1", "is_beta": False, "release_notes": ""}],
        }
        self.artifacts[made["id"]] = made
        return Response(201, made)

    def _upload(self, request: Request, path: list[str]) -> Response:
        if request.headers.get("Authorization") is not None:
            raise Refused(400, "Bad Request: an upload carries no credentials")
        if len(path) != 2 or path[1] not in self.uploads or request.method != "POST":
            raise Refused(403, "Forbidden")
        head = (
            f"Content-Type: {request.headers.get('Content-Type', '')}\r\n\r\n".encode()
        )
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
            head + request.body
        )
        names, content = [], b""
        for part in message.iter_parts():
            names.append(part.get_param("name", header="Content-Disposition"))
            content = part.get_payload(decode=True) or b""
        if names != ["key", "policy", "file"]:
            raise Refused(
                400, f"Bad Request: want the form's fields, then file: {names}"
            )
        self.uploads[path[1]] = content
        return Response(204)


def _listed(data: list[Any], asked: dict[str, str], base: str) -> Response:
    size = int(asked.get("page_size", "10"))
    start = int(asked.get("page_token", "0"))
    more = start + size < len(data)
    following = f"{base}?page_token={start + size}" if more else ""
    page = data[start : start + size] or None
    return Response(body={"data": page, "metadata": {"next": following}})


def _topic(topic: dict[str, Any], phase: str) -> dict[str, Any]:
    return {
        "api_version": "tableflow/v1",
        "kind": "TableflowTopic",
        "metadata": {"self": "", "created_at": "2026-01-01T00:00:00Z"},
        "spec": {"suspended": False, **topic["spec"]},
        "status": {
            "phase": phase,
            "error_message": "",
            "failing_table_formats": [],
            "write_mode": "APPEND",
            "catalog_sync_statuses": [],
        },
    }


def _connector(made: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": made["name"],
        "type": "sink" if "Sink" in made["config"]["connector.class"] else "source",
        "config": made["config"],
        "tasks": [{"connector": made["name"], "task": 0}],
    }


def _connector_status(made: dict[str, Any]) -> dict[str, Any]:
    state = made["state"]
    return {
        "name": made["name"],
        "connector": {"state": state, "worker_id": made["name"], "trace": ""},
        "tasks": [{"id": 0, "state": state, "worker_id": made["name"], "msg": ""}],
        "type": "source",
    }
