# SPDX-License-Identifier: Apache-2.0
"""Names and signatures of confluent-sql 0.7.0, compared with that package."""

from __future__ import annotations

import pathlib
import sys
from typing import Any

import compare
import pytest
import venvs

MODULES = (
    *("", ".artifacts", ".auth", ".changelog_compressor", ".connection"),
    *(".connectors", ".cursor", ".exceptions", ".execution_mode", ".polling"),
    *(".result_readers", ".retry", ".service_api", ".statement"),
    *(".statement_properties", ".tableflow", ".types", ".utils", ".variant"),
)
NAMES = ["confluent_sql" + module for module in MODULES]

LEFT_OUT = {
    "auth.FlinkBearerAuth.auth_flow": "a hook of httpx, which is not used",
    "retry.T": "a type variable",
    "service_api.ContextT": "a type variable",
    "statement.Phase.__init__": "members are made by the class",
}
for _module in MODULES:
    LEFT_OUT[f"{_module.lstrip('.')}.TYPE_CHECKING"] = "of typing"


@pytest.fixture(scope="module")
def old() -> dict[str, Any]:
    return compare.surface(venvs.interpreter("confluent-sql"), *NAMES)


@pytest.fixture(scope="module")
def new() -> dict[str, Any]:
    return compare.surface(pathlib.Path(sys.executable), *NAMES)


@pytest.mark.parametrize("module", MODULES)
def test_every_name_and_signature_is_there(
    old: dict[str, Any], new: dict[str, Any], module: str
) -> None:
    name = "confluent_sql" + module
    path = module.lstrip(".")
    assert compare.differences(old[name], new[name], path, LEFT_OUT, {}) == []


def test_all_is_the_same(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert set(old["confluent_sql"]) == set(new["confluent_sql"])
