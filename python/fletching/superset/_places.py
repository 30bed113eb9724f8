# SPDX-License-Identifier: Apache-2.0
"""How a catalog and schema that were chosen reach the server."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine.url import make_url

from fletching.superset._form import place_of


class PlaceByOptions:
    """By options of the connection, which become USE or options of the session."""

    @classmethod
    def choose_place(
        cls,
        uri: Any,
        arguments: dict[str, Any],
        catalog: str | None,
        schema: str | None,
    ) -> tuple[Any, dict[str, Any]]:
        """Where unqualified names are looked for."""
        if catalog:
            arguments["catalog"] = catalog
        if schema:
            arguments["db_schema"] = schema
        return uri, arguments


class PlaceByPath:
    """By the URL's path, which has both: /catalog/schema."""

    @classmethod
    def choose_place(
        cls,
        uri: Any,
        arguments: dict[str, Any],
        catalog: str | None,
        schema: str | None,
    ) -> tuple[Any, dict[str, Any]]:
        """Where unqualified names are looked for."""
        own_catalog, own_schema = place_of(uri)
        path = f"{catalog or own_catalog}/{schema or own_schema}"
        return uri.set(database=path.rstrip("/")), arguments

    @classmethod
    def get_default_catalog(cls, database: Any) -> str | None:
        """The URL's."""
        return place_of(make_url(database.sqlalchemy_uri))[0] or None
