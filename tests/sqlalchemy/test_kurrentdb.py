# SPDX-License-Identifier: Apache-2.0
"""The dialect of KurrentDB, on its emulator."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from pages import DOCS, blocks_of
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchTableError

from fletching.sqlalchemy import EPOCH_MS, KurrentDBDialect
from fletching.sqlalchemy._kurrentdb_time import (
    TIME_GRAINS,
    milliseconds,
    time_grain,
)

SECOND_EVENT = datetime.datetime(2026, 1, 1, 1, 30, tzinfo=datetime.timezone.utc)
ORDERS = (
    "SELECT data::json->>'OrderId' as order_id "
    "FROM kdb.records WHERE category = 'orders' LIMIT 10"
)
COLUMNS = [
    ("log_position", sa.BigInteger, False),
    ("commit_position", sa.BigInteger, True),
    ("stream_revision", sa.BigInteger, False),
    ("created_at", sa.BigInteger, False),
    ("expires_at", sa.BigInteger, True),
    ("stream", sa.Text, False),
    ("stream_hash", sa.BigInteger, False),
    ("schema_name", sa.Text, False),
    ("category", sa.Text, False),
    ("deleted", sa.Boolean, False),
    ("schema_id", sa.Text, True),
    ("schema_format", sa.Text, True),
    ("record_id", sa.LargeBinary, False),
    ("data", sa.Text, True),
    ("metadata", sa.Text, True),
]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of KurrentDB's variables is set."""
    for name in ("KURRENTDB_MAX_ROWS", "KURRENTDB_TEST_QUERY"):
        monkeypatch.delenv(name, raising=False)


def url_of(server: Any, dialect: str = "kurrentdb+flightsql") -> str:
    address = server.uri.partition("://")[2]
    return f"{dialect}://admin:changeit@{address}?insecure=true"


@pytest.fixture
def engine_of() -> Iterator[Callable[..., sa.engine.Engine]]:
    """A factory of engines for one test."""
    made: list[sa.engine.Engine] = []

    def make(server: Any, dialect: str = "kurrentdb+flightsql", **options: Any) -> Any:
        made.append(sa.create_engine(url_of(server, dialect), **options))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


@pytest.fixture
def server(emulator: Any) -> Any:
    """KurrentDB as it is."""
    return emulator("kurrentdb")


@pytest.fixture
def engine(server: Any, engine_of: Any) -> sa.engine.Engine:
    """An engine on it."""
    found: sa.engine.Engine = engine_of(server)
    return found


@pytest.fixture
def live(emulator: Any, engine_of: Any) -> sa.engine.Engine:
    """An engine on a KurrentDB whose metadata commands answer."""
    found: sa.engine.Engine = engine_of(emulator("kurrentdb", without="empty-metadata"))
    return found


@pytest.mark.parametrize("dialect", ["kurrentdb+flightsql", "kurrentdb"])
def test_a_query_of_the_readme(server: Any, engine_of: Any, dialect: str) -> None:
    with engine_of(server, dialect).connect() as connection:
        rows = connection.execute(sa.text(ORDERS)).fetchall()
    assert rows == [(f"order-{3 * n}",) for n in range(10)]
    assert server.statements()[-1] == ORDERS  # byte for byte


def test_asyncio(server: Any) -> None:
    pytest.importorskip("greenlet")
    from sqlalchemy.ext.asyncio import create_async_engine

    async def run() -> Any:
        engine = create_async_engine(url_of(server, "kurrentdb+flightsql_async"))
        async with engine.connect() as connection:
            rows = (await connection.execute(sa.text(ORDERS))).all()
        await engine.dispose()
        return rows

    assert len(asyncio.run(run())) == 10


def test_tls_is_the_default(
    emulator: Any, tls_files: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = emulator("kurrentdb", tls=True)
    url = f"kurrentdb+flightsql://admin:changeit@localhost:{server.port}"
    # In this order, as what is open already is not judged again.
    monkeypatch.setenv("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", str(tls_files.stranger.ca))
    with pytest.raises(DBAPIError, match="certificate"):
        sa.create_engine(url).connect()
    monkeypatch.setenv("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", str(tls_files.ca))
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        assert connection.execute(sa.text(ORDERS)).fetchone() == ("order-0",)
    engine.dispose()


@pytest.mark.parametrize(
    "switches",
    [{}, {"with_": "no-metadata"}, {"without": "basic-as-bearer"}],
    ids=["26.1", "no metadata", "no handshake"],
)
def test_connecting_and_reflecting_survive(
    emulator: Any, engine_of: Any, switches: dict[str, str]
) -> None:
    engine = engine_of(emulator("kurrentdb", **switches))
    inspector = sa.inspect(engine)
    assert inspector.default_schema_name == "kdb"
    assert inspector.get_schema_names() == ["kdb"]
    assert inspector.get_table_names() == ["records"]
    assert inspector.get_view_names() == []
    with engine.connect() as connection:
        assert connection.execute(sa.text(ORDERS)).fetchone() == ("order-0",)


def test_a_wrong_password_is_told(server: Any) -> None:
    url = url_of(server).replace("changeit", "wrong")
    with pytest.raises(DBAPIError) as caught, sa.create_engine(url).connect() as c:
        c.execute(sa.text(ORDERS))
    assert "wrong@" not in str(caught.value)
    assert caught.value.orig.code == "UNAUTHENTICATED"


def test_a_server_without_licence_says_so(emulator: Any, engine_of: Any) -> None:
    engine = engine_of(emulator("kurrentdb", with_="unlicensed"))
    with pytest.raises(DBAPIError, match="not licensed"), engine.connect() as c:
        c.execute(sa.text(ORDERS))


# ---- liveness ----


def test_ping_is_a_query_of_the_records(server: Any, engine: Any) -> None:
    connection = engine.raw_connection()
    assert engine.dialect.do_ping(connection.dbapi_connection)
    assert server.statements()[-1] == "SELECT * FROM kdb.records LIMIT 1"
    connection.close()


def test_ping_is_what_the_variable_says(
    server: Any, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = "SELECT stream FROM usr.orders LIMIT 1"
    monkeypatch.setenv("KURRENTDB_TEST_QUERY", sql)
    connection = engine.raw_connection()
    assert engine.dialect.do_ping(connection.dbapi_connection)
    assert server.statements()[-1] == sql
    monkeypatch.setenv("KURRENTDB_TEST_QUERY", "SELECT 1")
    with pytest.raises(engine.dialect.dbapi.Error, match="gave no detail"):
        engine.dialect.do_ping(connection.dbapi_connection)
    connection.close()


def test_ping_of_a_dead_server_is_false(emulator: Any, engine_of: Any) -> None:
    server = emulator("kurrentdb", fresh=True)
    engine = engine_of(server)
    connection = engine.raw_connection()
    server.process.stop()
    assert engine.dialect.do_ping(connection.dbapi_connection) is False
    connection.invalidate()


# ---- reflection ----


def test_the_columns_of_the_released_package(engine: Any) -> None:
    inspector = sa.inspect(engine)
    found = inspector.get_columns("records")
    assert [(c["name"], c["nullable"]) for c in found] == [
        (name, nullable) for name, _, nullable in COLUMNS
    ]
    for column, (_, kind, _) in zip(found, COLUMNS, strict=True):
        assert isinstance(column["type"], kind), column["name"]
    assert inspector.get_columns("records", schema="kdb")[0]["name"] == "log_position"
    assert inspector.get_pk_constraint("records")["constrained_columns"] == []
    assert inspector.get_foreign_keys("records") == []
    assert inspector.get_indexes("records") == []
    with pytest.raises(NoSuchTableError):
        inspector.get_columns("nothing")


def test_columns_are_made_anew_for_each_caller(engine: Any) -> None:
    sa.inspect(engine).get_columns("records")[0]["name"] = "spoilt"
    assert sa.inspect(engine).get_columns("records")[0]["name"] == "log_position"


def test_has_table(engine: Any) -> None:
    inspector = sa.inspect(engine)
    assert inspector.has_table("records")
    assert inspector.has_table("records", schema="kdb")
    assert not inspector.has_table("records", schema="other")
    assert not inspector.has_table("nothing")
    assert inspector.has_table("orders", schema="usr")
    assert not inspector.has_table("nothing", schema="usr")


def test_reflection_runs_nothing_on_the_server(server: Any, engine: Any) -> None:
    with engine.connect():
        before = len(server.statements("planned"))
    inspector = sa.inspect(engine)
    inspector.get_schema_names()
    for table in inspector.get_table_names():
        inspector.get_columns(table)
        inspector.get_pk_constraint(table)
        inspector.get_table_comment(table)
    assert len(server.statements("planned")) == before


def test_a_table_is_reflected_and_queried(engine: Any) -> None:
    records = sa.Table("records", sa.MetaData(), autoload_with=engine)
    query = (
        sa.select(records.c.stream, records.c.created_at)
        .where(records.c.category == sa.bindparam("category"))
        .order_by(records.c.log_position)
        .limit(2)
    )
    with engine.connect() as connection:
        rows = connection.execute(query, {"category": "customers"}).fetchall()
    assert rows == [
        ("customers-1", 1767231000000),
        ("customers-4", 1767247200000),
    ]


def test_tables_have_their_schema_and_a_name_for_their_columns(
    server: Any, engine: Any
) -> None:
    records = sa.Table("records", sa.MetaData(), autoload_with=engine)
    orders = sa.Table("orders", sa.MetaData(), schema="usr", autoload_with=engine)
    other = records.alias("other one")
    inner = sa.select(records.c.log_position).where(records.c.category == "orders")
    queries = [
        sa.select(records.c.stream).where(records.c.log_position == 0),
        sa.select(other.c.stream).where(other.c.log_position == 0),
        sa.select(records.c.stream)
        .join_from(records, orders, records.c.log_position == orders.c.log_position)
        .where(orders.c.order_id == "order-0"),
        sa.select(records.c.stream)
        .where(records.c.log_position.in_(inner))
        .order_by(records.c.log_position)
        .limit(1),
        sa.select(inner.subquery().c.log_position * 0, records.c.stream)
        .where(records.c.log_position == 0)
        .with_only_columns(records.c.stream),
    ]
    with engine.connect() as connection:
        for query in queries:
            assert connection.execute(query).fetchall() == [("orders-0",)]
    assert "FROM kdb.records AS records" in server.statements()[-1]


def test_a_user_defined_index_is_reflected_by_its_name(engine: Any) -> None:
    orders = sa.Table("orders", sa.MetaData(), schema="usr", autoload_with=engine)
    assert list(orders.columns.keys())[-1] == "order_id"
    assert isinstance(orders.c.created_at.type, EPOCH_MS)
    with engine.connect() as connection:
        count = connection.execute(sa.select(sa.func.count()).select_from(orders))
        assert count.scalar() == 6667


def test_metadata_of_the_server_is_used_once_it_answers(live: Any) -> None:
    inspector = sa.inspect(live)
    assert inspector.get_schema_names() == ["kdb", "usr"]
    assert inspector.get_table_names("usr") == ["orders"]
    assert inspector.get_table_names() == ["records"]
    found = {c["name"]: c["type"] for c in inspector.get_columns("orders", "usr")}
    assert isinstance(found["order_id"], sa.String)
    assert isinstance(found["created_at"], EPOCH_MS)
    assert not inspector.has_table("nothing")
    assert live.dialect.server_version_info == (26, 9, 0)


# ---- times ----


def test_times_stay_integers_and_are_reflected_as_times(engine: Any) -> None:
    records = sa.Table("records", sa.MetaData(), autoload_with=engine)
    created = records.c.created_at
    assert str(created.type.compile(engine.dialect)) == "TIMESTAMP_EPOCH_MS"
    with engine.connect() as connection:
        after = sa.select(created).where(created >= SECOND_EVENT).limit(1)
        assert connection.execute(after).scalar() == milliseconds(SECOND_EVENT)
        day = datetime.date(2026, 1, 1)
        assert connection.execute(
            sa.select(created).where(created > day).order_by(created).limit(1)
        ).scalar() == milliseconds(SECOND_EVENT)
        cast = sa.select(sa.cast(created, EPOCH_MS)).limit(1)
        assert "CAST(records.created_at AS BIGINT)" in str(cast.compile(engine))
        assert connection.execute(cast).scalar() == 1767225600000


def test_milliseconds() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=2))
    moment = datetime.datetime(2026, 1, 1, 2, 0, 0, 1999, tzinfo=zone)
    assert milliseconds(moment) == 1767225600001
    assert milliseconds(datetime.datetime(2026, 1, 1)) == 1767225600000
    assert milliseconds(datetime.date(2026, 1, 1)) == 1767225600000
    assert milliseconds(datetime.datetime(1969, 12, 31, 23, 59, 59, 999_999)) == -1


@pytest.mark.parametrize("grain", TIME_GRAINS, ids=str)
def test_grains_are_made_by_the_server(engine: Any, grain: str | None) -> None:
    begins = time_grain("created_at", grain)
    sql = (
        f"SELECT {begins} AS begins, count(*) FROM kdb.records"
        " GROUP BY 1 ORDER BY 1 LIMIT 2"
    )
    with engine.connect() as connection:
        first, second = connection.execute(sa.text(sql)).fetchall()
    assert isinstance(first[0], datetime.datetime)
    assert first[0] < second[0]
    if grain == "P1D":
        assert first == (datetime.datetime(2026, 1, 1), 16)
    if grain == "1969-12-28T00:00:00Z/P1W":
        assert first[0] == datetime.datetime(2025, 12, 28)  # a Sunday
    if grain == "P1W/1970-01-04T00:00:00Z":
        assert first[0] == datetime.datetime(2026, 1, 4)


# ---- transactions, errors, the cap ----


def test_there_is_autocommit_alone(engine: Any) -> None:
    with engine.connect() as connection:
        assert connection.get_isolation_level() == "AUTOCOMMIT"
        assert connection.default_isolation_level == "AUTOCOMMIT"
        connection.execute(sa.text(ORDERS))
        if hasattr(connection, "commit"):
            connection.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as again:
        assert again.execute(sa.text(ORDERS)).fetchone() is not None
    with pytest.raises(ArgumentError, match="SERIALIZABLE"):
        engine.connect().execution_options(isolation_level="SERIALIZABLE")


@pytest.mark.parametrize(
    "sql", ["select 1", "insert into kdb.records values (1)", "select * from range(3)"]
)
def test_an_error_without_detail_says_where_the_detail_is(
    engine: Any, sql: str
) -> None:
    with engine.connect() as connection, pytest.raises(DBAPIError) as caught:
        connection.execute(sa.text(sql))
    assert "Exception was thrown by handler." in str(caught.value)
    assert "the server gave no detail; its log has the trace" in str(caught.value)


def test_the_cap_is_a_new_last_line(
    server: Any, engine: Any, caplog: pytest.LogCaptureFixture
) -> None:
    sql = "SELECT log_position -- all of them\nFROM kdb.records"
    with engine.connect() as connection, caplog.at_level(logging.WARNING, "fletching"):
        rows = connection.execute(sa.text(sql)).fetchall()
    assert len(rows) == 10000
    assert server.statements()[-1] == f"{sql}\nLIMIT 10000"
    assert "KURRENTDB_MAX_ROWS" in caplog.text


def test_the_cap_is_what_the_variable_says(
    engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KURRENTDB_MAX_ROWS", "0")
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT log_position FROM kdb.records"))
        assert len(rows.fetchall()) == 20000
    monkeypatch.setenv("KURRENTDB_MAX_ROWS", "ten")
    with pytest.raises(DBAPIError, match="KURRENTDB_MAX_ROWS: 'ten'"):
        engine.connect().execute(sa.text(ORDERS))


def test_the_classes_names() -> None:
    assert KurrentDBDialect.name == "kurrentdb"
    assert sa.create_engine("kurrentdb://h").dialect.driver == "flightsql"


# ---- the guide ----

SNIPPETS = blocks_of(DOCS / "guides/kurrentdb.md")


@pytest.mark.parametrize("snippet", SNIPPETS, ids=range(len(SNIPPETS)))
def test_the_guides_snippets_run(
    server: Any, snippet: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = f"{server.uri.partition('://')[2]}?insecure=true"
    exec(compile(snippet.replace("localhost:2113", place), "guide", "exec"), {})
    assert capsys.readouterr().out
