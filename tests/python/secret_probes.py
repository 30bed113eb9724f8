# SPDX-License-Identifier: Apache-2.0
"""Plants secrets wherever the Python faces take one, and gathers all that comes out.

``python secret_probes.py PLAIN_URI TLS_URI CA`` prints, as JSON, what each probe made
visible: messages and tracebacks of errors with what they came from, reprs, logs at
every level, warnings, what was written to the terminal, pickles. Each probe plants
secrets of its own, which begin with MARK, so that what leaks says where it was.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import pickle
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fletching
import fletching.flink
from fletching import auth

MARK = "hunter2-"
DEAD = "127.0.0.1:1"
PLAIN, TLS, CA = sys.argv[1:4] if len(sys.argv) == 4 else ("", "", "")
ISSUER = f"http://{DEAD}/token"

Probe = Callable[[], Iterator[Callable[[], Any]]]
PROBES: dict[str, Probe] = {}


def probe(function: Probe) -> Probe:
    PROBES[function.__name__] = function
    return function


def secret(name: str) -> str:
    return MARK + name


def connecting(uri: str, **options: Any) -> Callable[[], Any]:
    return lambda: fletching.connect(uri, **options)


@probe
def urls() -> Iterator[Callable[[], Any]]:
    s = secret("url")
    for url in (
        f"grpc://me:{s}@{DEAD}",
        f"grpc://:{s}@{DEAD}",
        f"grpc+tls://me:{s}@{DEAD}?token={s}&authorization=Bearer%20{s}",
        f"grpc://{DEAD}?tokne={s}",
        f"grpc://{DEAD}?x-api-key={s}&password={s}&x-jwt={s}",
        f"grpc://{DEAD}?fletching.token={s}&fletching.tokn={s}",
        f"grpc://me:{s}@{DEAD}?fletching.timeout=soon",
        f"grpc://me:{s}@{DEAD}?insecure=maybe",
        f"grpc://me:{s}#x@{DEAD}",
        f"grpc://me:{s}/x@{DEAD}",
        f"grpc://me:{s}@127.0.0.1:port",
        f"grpc://me:{s}@[::1",
        f"grpc://me:{s}%zz@{DEAD}",
        f"grpc://me:{s}@no.such.invalid:1?token={s}",
        f"gprc://me:{s}@{DEAD}?token={s}",
        f"me:{s}@{DEAD}",
        f"datafusion+flightsql://me:{s}@{DEAD}?token={s}",
        f"iomete://me:{s}@{DEAD}/c/s?cluster=a&data_plane=b",
        f"iomete://me:{s}@{DEAD}/c",
        f"kurrentdb://me:{s}@{DEAD}",
        f"flink+http://me:{s}@{DEAD}",
        f"flink+http://me:{s}@{DEAD}?token={s}&tokn={s}",
        f"confluent://KEY:{s}@us-east-2.aws/env-1/db",
        f"confluent://KEY:{s}@us-east-2.aws/env-1/db?organization=o&endpoint=http://{DEAD}",
    ):
        yield connecting(url, connect_timeout=2)


@probe
def options() -> Iterator[Callable[[], Any]]:
    s = secret("option")
    url = f"grpc://{DEAD}"
    yield connecting(url, user="me", password=s)
    yield connecting(url, password=s, token=s, authorization_header=s)
    yield connecting(url, passwrd=s)
    yield connecting(url, **{"fletching.tokn": s})
    yield connecting(url, password=[s])
    yield connecting(url, token=[s])
    yield connecting(url, token=f"{s}\n")
    yield connecting(url, token=lambda: f"{s}\n")
    yield connecting(url, token=lambda: (s, "never"))
    yield connecting(url, token=lambda: [s])
    yield connecting(url, headers={"authorization": [s]})
    yield connecting(url, headers={"x-tenant": f"{s}\n"})
    yield connecting(url, headers={f"x {s}"[:1]: s})
    yield connecting(url, password=s.encode() + b"\xff")
    yield connecting(url, proxy=f"socks5://me:{s}@{DEAD}")
    yield connecting("grpc://db.example:1", proxy=f"http://me:{s}@{DEAD}")
    yield connecting("grpc://db.example:1", proxy=f"http://me:{s}@{DEAD}x")


@probe
def proxies_of_the_environment() -> Iterator[Callable[[], Any]]:
    def connect() -> Any:
        os.environ["HTTPS_PROXY"] = f"http://me:{secret('proxy')}@{DEAD}"
        try:
            return fletching.connect("grpc+tls://db.example")
        finally:
            del os.environ["HTTPS_PROXY"]

    yield connect


@probe
def private_keys() -> Iterator[Callable[[], Any]]:
    s = secret("key")
    certificate = Path(CA).read_text()
    for key in (
        f"-----BEGIN PRIVATE KEY-----\n{s}\n-----END PRIVATE KEY-----\n",
        s.encode() + b"\x30\x82\xff",
        f"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC{s}" * 20,
    ):
        yield connecting(TLS, mtls_cert_chain=certificate, mtls_private_key=key)
        yield connecting(PLAIN, mtls_private_key=key)


@probe
def refused_by_the_server() -> Iterator[Callable[[], Any]]:
    s = secret("refused")
    for login in (
        {"user": "ada", "password": s},
        {"user": "ada", "password": s, "handshake": False},
        {"token": s},
        {"token": lambda: s},
        {"authorization_header": f"Bearer {s}"},
    ):
        for uri in (PLAIN, TLS):
            roots = {"tls_root_certs": CA} if uri == TLS else {}
            yield connecting(uri, validate=True, **login, **roots)


@probe
def taken_by_the_server() -> Iterator[Callable[[], Any]]:
    token = secret("token")  # the server's
    yield lambda: visible_of(fletching.connect(PLAIN, user="ada", password=token))
    given = {"x-secret": secret("header"), "x-other": secret("other")}
    yield lambda: visible_of(fletching.connect(PLAIN, token=token, headers=given))
    yield lambda: visible_of(fletching.connect(TLS, token=token, tls_root_certs=CA))

    def partitions() -> Any:
        with fletching.connect(PLAIN, token=token, headers=given) as connection:
            parts = connection.cursor().execute_partitions("select 1 as a")
            return [parts, pickle.dumps(parts)]

    yield partitions


def visible_of(connection: Any) -> list[Any]:
    """What a person sees who looks at a connection."""
    with connection:
        cursor = connection.execute("select 1 as a")
        try:
            pickled: Any = pickle.dumps(connection)
        except Exception as error:
            pickled = error
        seen = [connection, vars(connection), connection.info, cursor, vars(cursor)]
        return [*seen, cursor.fetchall(), connection.server_info(), pickled]


@probe
def logins() -> Iterator[Callable[[], Any]]:
    s = secret("login")
    client = {"client_id": "etl", "client_secret": s}
    for provider in (
        lambda: auth.ClientCredentials(ISSUER, **client),
        lambda: auth.RefreshToken(ISSUER, s, client_id="etl"),
        lambda: auth.TokenExchange(ISSUER, s, actor_token=s),
        lambda: auth.TokenExchange(ISSUER, lambda: s),
        lambda: auth.DeviceCode(ISSUER, ISSUER, "etl", client_secret=s),
        lambda: auth.Command([sys.executable, "-c", f"print('{s} {s}')"]),
        lambda: auth.Command([sys.executable, "-c", "raise SystemExit(1)", s]),
        lambda: auth.Command(f"{sys.executable} -c 'open {s}"),
        lambda: auth.ClientCredentials(f"https://me:{s}@issuer/token", **client),
        lambda: auth.ClientCredentials(f"{ISSUER}?key={s}\u00e9", **client),
        lambda: auth.ClientCredentials(f"{ISSUER}?key={s}%0a x", **client),
    ):
        yield lambda provider=provider: [provider(), provider().get()]
    for more in (
        {"auth": "client_credentials", "auth_token_url": ISSUER},
        {"auth": "client_credentials", "auth_client_secrt": s},
        {"auth": "magic"},
        {"auth": "client_credentials", "token": s},
        {"auth": "token_exchange", "auth_token_url": ISSUER, "auth_subject_token": s},
        {"auth": "authorization_code", "auth_timeout": "soon", "auth_port": s},
    ):
        yield connecting(f"grpc://{DEAD}", **{"auth_client_secret": s, **more})


@probe
def sqlalchemy() -> Iterator[Callable[[], Any]]:
    import sqlalchemy as sa

    s, token = secret("sqlalchemy"), secret("token")
    place = PLAIN.partition("://")[2]

    def engine(url: str, **more: Any) -> Any:
        made = sa.create_engine(url, **more)
        return [made, made.url, [made.url], made.pool, made.dialect, vars(made.dialect)]

    def query(url: str, **more: Any) -> Any:
        made = sa.create_engine(url, echo="debug", **more)
        with made.connect() as connection:
            rows = connection.execute(sa.text("select 1 as a")).all()
            return [rows, connection, connection.connection, made]

    tokens = f"?insecure=true&token={s}&fletching.token={s}&x-api-key={s}"
    yield lambda: engine(f"datafusion+flightsql://me:{s}@{DEAD}{tokens}")
    yield lambda: engine(f"datafusion+flightsql_async://me:{s}@{DEAD}{tokens}")
    yield lambda: query(f"datafusion+flightsql://me:{s}@{DEAD}{tokens}")
    yield lambda: query(f"datafusion+flightsql://me:{s}@{place}?insecure=true")
    yield lambda: query(f"datafusion+flightsql://{place}?insecure=true&token={s}")
    yield lambda: query(f"datafusion+flightsql://{place}?insecure=true&token={token}")
    yield lambda: query(
        f"datafusion+flightsql://{place}?insecure=true", connect_args={"token": token}
    )
    yield lambda: engine(f"iomete://me:{s}@{DEAD}/c/s?cluster=a&data_plane=b")
    yield lambda: query(f"iomete://me:{s}@{DEAD}/c/s")
    yield lambda: query(f"flink+gateway://me:{s}@{DEAD}")
    yield lambda: query(f"flink+confluent://KEY:{s}@us-east-2.aws/env-1/db")


@probe
def adbc() -> Iterator[Callable[[], Any]]:
    from adbc_driver_manager import dbapi

    s, token = secret("adbc"), secret("token")
    oauth = "adbc.flight.sql.oauth."
    flow = {
        f"{oauth}flow": "client_credentials",
        f"{oauth}token_uri": ISSUER,
        f"{oauth}client_id": "etl",
    }

    def connect(uri: str, **more: str) -> Any:
        driver = fletching.adbc_driver_path()
        options = {"uri": uri, **more}
        with (
            dbapi.connect(driver=driver, db_kwargs=options, autocommit=True) as made,
            made.cursor() as cursor,
        ):
            rows = cursor.execute("select 1 as a").fetchall()
            return [made, rows, made.adbc_connection.get_option("uri")]

    yield lambda: connect(f"grpc://me:{s}@{DEAD}?tokne={s}")
    yield lambda: connect(PLAIN, username="ada", password=s)
    yield lambda: connect(PLAIN, username="ada", passwrd=s)
    yield lambda: connect(PLAIN, **{"fletching.token": s})
    yield lambda: connect(f"{PLAIN}?x-key={s}", **{"fletching.token": token})
    yield lambda: connect(PLAIN, **flow, **{f"{oauth}client_secret": s})
    yield lambda: connect(PLAIN, **flow, **{f"{oauth}client_secrt": s})
    yield lambda: connect(TLS, **{"adbc.flight.sql.client_option.mtls_private_key": s})


@probe
def drop_ins() -> Iterator[Callable[[], Any]]:
    import confluent_sql
    import flightsql

    s, token = secret("drop-in"), secret("token")
    host, _, port = PLAIN.partition("://")[2].partition(":")

    def client(**login: Any) -> Any:
        made = flightsql.FlightSQLClient(host, int(port), insecure=True, **login)
        cursor = flightsql.connect(made).cursor()
        return [made, cursor, cursor.execute("select 1 as a"), cursor.fetchall()]

    yield lambda: client(token=token)
    yield lambda: client(token=s)
    yield lambda: client(user="ada", password=s)
    yield lambda: client(token=token, metadata={"x-secret": s})

    def confluent(**more: Any) -> Any:
        place = {"organization_id": "o", "environment_id": "env-1"}
        made = confluent_sql.connect(
            cloud_provider="aws", cloud_region="us-east-2", **place, **more
        )
        return [made, vars(made), made.cursor()]

    yield lambda: confluent(flink_api_key="KEY", flink_api_secret=s)
    yield lambda: confluent(flink_api_key="KEY", flink_api_secret=[s])
    yield lambda: confluent(global_api_key="KEY", global_api_secret=s)
    yield lambda: confluent(flink_api_secret=s)


def shown(value: Any, depth: int = 3) -> str:
    """A value as prints, debuggers and pickles show it."""
    if isinstance(value, bytes):
        return repr(value) + value.decode("latin1")
    if type(value) in (list, tuple) and depth:
        return repr(value) + " ".join(shown(each, depth - 1) for each in value)
    if isinstance(value, BaseException):
        seen = [repr(value), repr(vars(value)), *traceback.format_exception(value)]
        return "\n".join(seen)
    return f"{value!r} {value}" if not _is_url(value) else repr(value)


def _is_url(value: Any) -> bool:
    """str(URL) of SQLAlchemy is what connects: it has the password on purpose."""
    return type(value).__module__.startswith(
        ("sqlalchemy", "fletching.sqlalchemy")
    ) and (hasattr(value, "render_as_string"))


def look(planted: Probe) -> str:
    """All that a probe makes visible."""
    sink = io.StringIO()
    handler = logging.StreamHandler(sink)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    with (
        contextlib.redirect_stdout(sink),
        contextlib.redirect_stderr(sink),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("always")
        for act in planted():
            try:
                print(shown(act()))
            except Exception as error:
                print(shown(error))
            fletching._log.tell()
    root.removeHandler(handler)
    return sink.getvalue()


if __name__ == "__main__":
    print(json.dumps({name: look(planted) for name, planted in PROBES.items()}))
