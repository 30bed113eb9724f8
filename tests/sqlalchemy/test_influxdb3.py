# SPDX-License-Identifier: Apache-2.0
"""InfluxDB 3, emulated: the guide's client, the driver, SQLAlchemy.

`test_sqlalchemy_old.py` runs this file on SQLAlchemy 1.4.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

import fletching

START = datetime.datetime(2022, 1, 1, 8, 0)
EXACT = "2022-01-01 09:00:00.123456789"


@pytest.fixture(scope="module")
def server(emulator: Any) -> Any:
    """As Core 3.10 is documented, with two databases."""
    return emulator("influxdb3", database=["home", "empty"], token="tok")


def url_of(server: Any, scheme: str = "influxdb3", database: str = "home") -> str:
    address = server.uri.partition("://")[2]
    return f"{scheme}://{address}?insecure=true&token=tok&database={database}"


def refused(
    url: str, why: str, sql: str = "select 1", values: Any = None, **options: Any
) -> None:
    """A statement is an error that says why."""
    with (
        fletching.connect(url, **options) as connection,
        pytest.raises(fletching.ProgrammingError, match=why),
    ):
        connection.execute(sql, values).fetchall()


@pytest.fixture(params=["influxdb3", "influxdb3+flightsql"])
def engine(request: pytest.FixtureRequest, server: Any) -> Iterator[sa.engine.Engine]:
    """By both spellings."""
    engine = sa.create_engine(url_of(server, request.param))
    yield engine
    engine.dispose()


def test_the_driver_knows_it_by_its_url(server: Any) -> None:
    with fletching.connect(url_of(server)) as connection:
        assert connection.info["profile"] == "influxdb3"
        rows = connection.execute(
            "select room, time from home order by time"
        ).fetchall()
        assert rows[0][1] == START
        assert str(rows[2][1]) == EXACT  # nanoseconds
        assert rows[2][1].nanosecond == 789
        wanted = [{"room": "Kitchen"}, {"room": "it's"}]
        counts = [
            connection.execute("select count(*) from home where room = :room", one)
            for one in wanted
        ]
        assert [one.fetchall() for one in counts] == [[(2,)], [(0,)]]
    assert not [call for call in server.calls("DoAction") if call.method == "never"]
    assert server.calls()[-1].header("database") == "home"


def test_nothing_is_prepared(emulator: Any) -> None:
    server = emulator("influxdb3", database=["home"], token="tok", fresh=True)
    with fletching.connect(url_of(server)) as connection:
        for number in (1, 2):
            sql = "select count(*) from home where co = ? and time < ?"
            connection.execute(sql, [number, START]).fetchall()
    assert server.calls("DoAction") == []
    assert server.calls("Handshake") == []
    assert "co = 2" in server.statements()[-1]


def test_a_database_is_needed_and_has_to_exist(server: Any) -> None:
    address = server.uri.partition("://")[2]
    bare = f"influxdb3://{address}?insecure=true&token=tok"
    refused(bare, "no 'database' header")
    refused(f"{bare}&database=none", "not found: none")
    older = {"bucket-name": "home"}  # the header of older servers
    with fletching.connect(bare, headers=older) as connection:
        assert connection.execute("select count(*) from home").fetchall() == [(3,)]


def test_a_login_is_refused(server: Any) -> None:
    url = url_of(server).replace("&token=tok", "")
    with pytest.raises(fletching.OperationalError, match="Handshake"):
        fletching.connect(url, user="me", password="tok").execute("select 1")
    with pytest.raises(fletching.OperationalError, match="token is not known"):
        fletching.connect(url, token="wrong").execute("select 1")


def test_writing_is_refused(server: Any) -> None:
    with fletching.connect(url_of(server)) as connection:
        for sql in ("create table t (a int)", "insert into home select * from home"):
            with pytest.raises(fletching.Error, match="not implemented"):
                connection.execute(sql).fetchall()


def test_tables_are_found_whatever_they_are_called(server: Any) -> None:
    with fletching.connect(url_of(server)) as connection:
        tables = connection.get_tables(db_schema="iox").fetchall()
        assert tables == [("public", "iox", "home", "BASE TABLE")]
    plain = {"x-influxdata-base-table-type": "TABLE"}
    with fletching.connect(url_of(server), headers=plain) as connection:
        ((*_, kind),) = connection.get_tables(db_schema="iox").fetchall()
        assert kind == "TABLE"


def test_reflection(engine: sa.engine.Engine) -> None:
    inspector = sa.inspect(engine)
    assert engine.dialect.default_schema_name == "iox"
    assert "iox" in inspector.get_schema_names()
    assert inspector.get_table_names() == ["home"]
    assert inspector.get_view_names() == []
    columns = {one["name"]: one["type"] for one in inspector.get_columns("home")}
    assert list(columns) == ["co", "hum", "room", "temp", "time"]
    assert isinstance(columns["room"], sa.String)  # a tag is a dictionary
    assert columns["time"].precision == 9


def test_statements_with_values(engine: sa.engine.Engine) -> None:
    home = sa.Table("home", sa.MetaData(), autoload_with=engine)
    with engine.connect() as connection:
        assert connection.get_isolation_level() == "AUTOCOMMIT"
        statement = sa.select(home.c.temp, home.c.co, home.c.time)
        late = statement.where(home.c.room == "Kitchen", home.c.time > START)
        ((temp, co, time),) = connection.execute(late).fetchall()
        assert (temp, co) == (23.0, None)
        assert str(time) == EXACT
        again = statement.where(home.c.time == time)  # as exact on the way back
        assert len(connection.execute(again).fetchall()) == 1
        rooms = sa.select(home.c.room).distinct().order_by(home.c.room)
        rows = connection.execute(rooms.limit(1).offset(1)).fetchall()
        assert rows == [("Living Room",)]
        with pytest.raises(exc.DBAPIError, match="not implemented"):
            connection.execute(home.insert(), {"co": 1})


def test_servers_that_prepare_but_do_not_bind(emulator: Any) -> None:
    """Core 3.10: placeholders stay what they are, so nothing is left to it."""
    server = emulator("influxdb3", without=["no-prepared-statements"], token="tok")
    url = url_of(server, database="BUCKET_NAME")
    sql = "select count(*) from home where room = ?"
    with fletching.connect(url) as connection:
        assert connection.execute(sql, ["Kitchen"]).fetchall() == [(2,)]
    refused(url, "No value found for placeholder", sql, ["Kitchen"], bind="server")
