# SPDX-License-Identifier: Apache-2.0
"""The control plane of a connection: who may ask what, and the look-ups beside SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from confluent_sql.auth import BasicAuth, Credentials, Pair
from confluent_sql.connection._rest import Response, Rest
from confluent_sql.connection._statements import all_pages
from confluent_sql.exceptions import OperationalError, ProgrammingError
from confluent_sql.statement._page import inside


class ControlPlane:
    """Services at one origin, each with the credentials that it takes."""

    def __init__(
        self,
        origin: str,
        credentials: Credentials,
        make: Callable[[str, BasicAuth], Rest],
    ) -> None:
        self._origin = origin.rstrip("/")
        self._credentials = credentials
        self._make = make
        self._services: dict[Pair, Rest] = {}

    def rest(self, service: str, pair: Pair | None, wanted: str) -> Rest:
        """The service's requests; ProgrammingError without credentials for it."""
        if self._credentials.is_bearer:
            raise ProgrammingError(
                f"{service} needs an API key: the token of an identity provider is for"
                " Flink statements alone"
            )
        if pair is None:
            raise ProgrammingError(f"{service} needs {wanted}")
        if pair not in self._services:
            self._services[pair] = self._make(self._origin, BasicAuth(pair))
        return self._services[pair]

    def tableflow(self) -> Rest:
        """Tableflow's topics."""
        wanted = "tableflow_api_key and tableflow_api_secret, or the global pair"
        return self.rest("Tableflow", self._credentials.tableflow, wanted)

    def connect(self) -> Rest:
        """Connectors."""
        wanted = "connect_api_key and connect_api_secret, or the global pair"
        return self.rest("Connect", self._credentials.connect, wanted)

    def cloud(self) -> Rest:
        """Artifacts."""
        wanted = "cloud_api_key and cloud_api_secret, or the global pair"
        return self.rest("The artifact service", self._credentials.cloud, wanted)

    def own(self, service: str) -> Rest:
        """What takes the global pair alone."""
        wanted = "global_api_key and global_api_secret"
        return self.rest(service, self._credentials.global_pair, wanted)

    def organization(self) -> str:
        """The one organization that the global key is of; OperationalError."""
        rest = self.own("Looking up the organization")
        found = self._pages(rest, "/org/v2/organizations", {}, "organizations")
        names = [str(one["id"]) for one in found]
        if len(names) != 1:
            raise OperationalError(
                f"The API key is of {len(names)} organizations ({', '.join(names)}):"
                " pass organization_id"
            )
        return names[0]

    def cluster(self, environment: str, database: str) -> str:
        """The id of the one Kafka cluster of this name; OperationalError."""
        rest = self.own("Looking up the Kafka cluster of a database")
        found = self._pages(
            rest, "/cmk/v2/clusters", {"environment": environment}, "clusters"
        )
        names = [
            str(one["id"])
            for one in found
            if inside(one, "spec", "display_name") == database
        ]
        if len(names) != 1:
            raise OperationalError(
                f"{len(names)} Kafka clusters of {environment} are named '{database}'"
                f" ({', '.join(names)}): pass database_kafka_cluster_id"
            )
        return names[0]

    @staticmethod
    def _pages(rest: Rest, path: str, params: dict[str, str], what: str) -> list[Any]:
        def ask(token: str | None) -> Any:
            more = {} if token is None else {"page_token": token}
            asked = {**params, "page_size": "100", **more}
            return rest.request(path, params=asked, repeatable=True).json()

        return all_pages(ask, what)

    def change_user_agent(self, user_agent: str) -> None:
        """For the requests from now on."""
        for one in self._services.values():
            one.change_user_agent(user_agent)

    def close(self) -> None:
        """End all of them."""
        for one in self._services.values():
            one.close()


def requested(
    rest: Rest, url: str, method: str, raise_for_status: bool, **kwargs: Any
) -> Response:
    """One request as the public hooks of a connection take it."""
    return rest.request(url, method, raise_for_status=raise_for_status, **kwargs)
