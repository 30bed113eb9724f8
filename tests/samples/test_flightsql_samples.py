# SPDX-License-Identifier: Apache-2.0
"""The samples of flightsql-dbapi's README and of InfluxData's page, as printed there."""

from __future__ import annotations

import pathlib
import shutil
from collections.abc import Callable
from typing import Any

import pytest
import sample_runs
import venvs

HOST = "upstream.server.dev"
INFLUXDB = "cloud2.influxdata.com"
JOHN = {"user": "john", "password": "appleseeds"}


@pytest.fixture(params=["1.4", "2"])
def python(request: pytest.FixtureRequest) -> pathlib.Path:
    """An interpreter with that SQLAlchemy."""
    if request.param == "1.4":
        return venvs.interpreter("sqlalchemy-1.4")
    return sample_runs.PYTHON


def test_dbapi(run_sample: Callable[..., Any]) -> None:
    done = run_sample("flightsql_dbapi/dbapi.py", HOST)
    columns, rows = done.stdout.splitlines()
    assert columns.startswith("columns: [('time', 'timestamp[")
    assert rows.startswith("rows: [(")
    assert "'run-0', 0.0)" in rows
    assert rows.count("'run-") == 10
    assert done.requests[0].target == f"{HOST}:443"


def test_client(run_sample: Callable[..., Any]) -> None:
    done = run_sample(
        "flightsql_dbapi/client.py", HOST, token="rosebud-motel-bearer-token"
    )
    assert done.stdout == ""  # it prints nothing


def test_a_wrong_token_fails_the_sample(run_sample: Callable[..., Any]) -> None:
    with pytest.raises(AssertionError, match="OperationalError"):
        run_sample("flightsql_dbapi/client.py", HOST, token="another")


def check_sqlalchemy(printed: str) -> None:
    count, columns, tables = printed.splitlines()
    assert count == "runs count: 12"
    assert columns.startswith("columns: [('time', TIMESTAMP")
    assert "('seconds', " in columns
    assert "Table('runs', " in tables
    assert "Table('home', " in tables
    assert "schema='iox'" in tables


def test_sqlalchemy_unchanged_on_1_4(run_sample: Callable[..., Any]) -> None:
    old = venvs.interpreter("sqlalchemy-1.4")
    done = run_sample("flightsql_dbapi/sqlalchemy14.py", HOST, python=old, **JOHN)
    check_sqlalchemy(done.stdout)


def test_sqlalchemy_in_the_spelling_of_2(
    run_sample: Callable[..., Any], python: pathlib.Path
) -> None:
    # 1.4 understands it too
    done = run_sample("flightsql_dbapi/sqlalchemy2.py", HOST, python=python, **JOHN)
    check_sqlalchemy(done.stdout)


USE_CUSTOM = """
import sqlalchemy, path.to.your.module
engine = sqlalchemy.create_engine("custom+flightsql://john:appleseeds@{host}:443")
print(engine.dialect.name, engine.dialect.paramstyle)
print(sorted(sqlalchemy.inspect(engine).get_table_names(schema="iox")))
with engine.connect() as connection:
    statement = sqlalchemy.text("select count(*) from runs where name <> :name")
    print(connection.execute(statement, {{"name": "run-3"}}).scalar())
"""


def test_custom_dialect(
    run_sample: Callable[..., Any], python: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    module = tmp_path / "path/to/your/module.py"
    module.parent.mkdir(parents=True)
    sample = pathlib.Path(__file__).with_name("flightsql_dbapi") / "custom_dialect.py"
    shutil.copy(sample, module)
    user = tmp_path / "use.py"
    user.write_text(USE_CUSTOM.format(host=HOST))
    done = run_sample(user, HOST, python=python, folder=tmp_path, **JOHN)
    assert done.stdout.splitlines() == ["custom named", "['home', 'runs']", "11"]


USE_URL = """
import sqlalchemy
engine = sqlalchemy.create_engine("{url}")
print(sorted(sqlalchemy.inspect(engine).get_table_names(schema="iox")))
"""


@pytest.mark.parametrize(
    ("url", "access"),
    [
        (
            "datafusion+flightsql://user:password@host:443",
            {"user": "user", "password": "password"},
        ),
        ("datafusion+flightsql://host:443?token=TOKEN", {"token": "TOKEN"}),
    ],
)
def test_authentication(
    run_sample: Callable[..., Any],
    tmp_path: pathlib.Path,
    url: str,
    access: dict[str, str],
) -> None:
    user = tmp_path / "use.py"
    user.write_text(USE_URL.format(url=url))
    done = run_sample(user, "host", **access)
    assert done.stdout == "['home', 'runs']\n"


def test_disable_server_verification(
    run_sample: Callable[..., Any], tmp_path: pathlib.Path
) -> None:
    # The server's certificate is for "host", another name is asked for.
    user = tmp_path / "use.py"
    url = "datafusion+flightsql://other:443?disable_server_verification="
    user.write_text(USE_URL.format(url=url + "true"))
    done = run_sample(user, "host", named="other")
    assert done.stdout == "['home', 'runs']\n"
    user.write_text(USE_URL.format(url=url + "false"))
    with pytest.raises(AssertionError, match="certificate"):
        run_sample(user, "host", named="other")


def test_influxdb_initialize(run_sample: Callable[..., Any]) -> None:
    done = run_sample("influxdb/initialize.py", INFLUXDB, token="API_TOKEN")
    assert done.requests == []  # nothing is connected to before the first call


def test_influxdb_query(run_sample: Callable[..., Any]) -> None:
    done = run_sample("influxdb/query.py", INFLUXDB, token="API_TOKEN")
    assert done.stdout.startswith("pyarrow.Table")
    for text in ("room: string", "Kitchen", "Living Room"):
        assert text in done.stdout


def test_influxdb_signatures(run_sample: Callable[..., Any]) -> None:
    done = run_sample("influxdb/signatures.py", INFLUXDB, token="API_TOKEN")
    assert done.stdout == "{'metadata-reflection': 'true'} 2\n"


@pytest.mark.parametrize("way", ["read_chunk", "read_pandas"])
def test_influxdb_other_ways_to_read(run_sample: Callable[..., Any], way: str) -> None:
    done = run_sample(f"influxdb/{way}.py", INFLUXDB, token="API_TOKEN")
    assert ("RecordBatch" in done.stdout) == (way == "read_chunk")
    assert "Kitchen" in done.stdout
