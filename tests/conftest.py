# SPDX-License-Identifier: Apache-2.0
"""The fixtures that every test may ask for: servers, certificates, network tricks.

Servers are started when a test first asks for one and end with the session. What is not
installed is said, never hidden: a skip with the reason here, a failure where CI=true.
"""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from emulators.confluent import Emulator
from emulators.oauth import TOKENS, OAuthServer
from net.certs import TlsFiles
from net.connect_proxy import ConnectProxy
from net.dns_server import DnsServer, why_not_behind
from servers import emulated, install, launch
from servers.fleet import Fleet

FOREIGN = {"go_sqlite", "go_secure", "go_fresh", "roapi", "derby", "flink", "flink1"}
FLEET = pytest.StashKey[Fleet]()
MARKS = pytest.StashKey[dict[str, int]]()


def pytest_configure(config: pytest.Config) -> None:
    """Make room for what will run."""
    # A shell starts what it runs in the background with SIGINT ignored, and children
    # inherit that: the tests of Ctrl-C would wait for ever.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.stash[FLEET] = Fleet(in_ci=os.environ.get("CI", "").lower() in ("true", "1"))


def pytest_report_header() -> list[str]:
    """Which servers there are, before anything runs."""
    lines = []
    for recipe in install.RECIPES.values():
        state = (
            ""
            if recipe.find()
            else f", MISSING (scripts/servers install {recipe.name})"
        )
        lines.append(f"{recipe.name}: {recipe.version}{state}")
    missing = launch.embedded_missing()
    lines.append(
        f"embedded: {f'MISSING ({missing})' if missing else 'fletching serve'}"
    )
    return [f"server {line}" for line in lines]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what talks to servers that others wrote."""
    for item in items:
        if FOREIGN & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.servers)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remember how long the servers' logs are."""
    item.config.stash[FLEET].drop_ended()
    item.stash[MARKS] = item.config.stash[FLEET].marks()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Show, with a failure, what the servers wrote during the test."""
    report: Any = yield
    if report.failed:
        fleet = item.config.stash[FLEET]
        for name, text in fleet.written_since(item.stash.get(MARKS, {})):
            report.sections.append((f"log of the server {name}", text))
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Which servers ran, and which did not although a test wanted them."""
    lines = config.stash[FLEET].summary()
    if lines:
        terminalreporter.section("servers")
        for line in lines:
            terminalreporter.line(line)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End every server that still runs."""
    config.stash[FLEET].stop()


@pytest.fixture(scope="session")
def fleet(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Fleet:
    """All servers of this session; the fixtures below are what tests ask for."""
    fleet = request.config.stash[FLEET]
    fleet.root = tmp_path_factory.mktemp("servers")
    return fleet


@pytest.fixture(scope="session")
def tls_files() -> TlsFiles:
    """A CA with a server's and a client's certificate; `.authority` issues more."""
    return TlsFiles(install.cache().parent / "certificates")


@pytest.fixture(scope="session")
def go_sqlite(fleet: Fleet) -> launch.Server:
    """arrow-go's SQLite example as it is."""
    return fleet.get("go_sqlite", launch.start_go_sqlite)


@pytest.fixture(scope="session")
def go_secure(
    fleet: Fleet, request: pytest.FixtureRequest
) -> Callable[..., launch.Server]:
    """A factory: go_secure("plain" | "tls" | "mtls" | "auth" | "tlsauth").

    The same arguments give the same server; `flags` are the program's own (see
    servers/README.md), `pair` another certificate, `fresh=True` a server that no other
    test has. What a client did is in its `state()`, `events()` and `calls()`.
    """

    def get(mode: str = "plain", **options: Any) -> launch.Server:
        def tls() -> TlsFiles:
            return request.getfixturevalue("tls_files")

        return fleet.get("go_secure", launch.start_go_secure, tls, mode, **options)

    return get


@pytest.fixture
def go_fresh(
    fleet: Fleet, go_secure: Callable[..., launch.Server]
) -> Iterator[Callable[..., launch.Server]]:
    """A factory like go_secure: servers that no other test has, which end with it.

    go_fresh(flags=[...]) is a plain one.
    """
    started: list[launch.Server] = []

    def get(mode: str = "plain", **options: Any) -> launch.Server:
        started.append(go_secure(mode, fresh=True, **options))
        return started[-1]

    yield get
    for server in started:
        fleet.end(server)


@pytest.fixture(scope="session")
def roapi(fleet: Fleet) -> Callable[..., launch.Server]:
    """A factory: roapi("plain" | "auth" | "token"), with a table `city`."""

    def get(mode: str = "plain", **options: Any) -> launch.Server:
        return fleet.get("roapi", launch.start_roapi, mode, **options)

    return get


@pytest.fixture(scope="session")
def derby(fleet: Fleet, request: pytest.FixtureRequest) -> Callable[..., launch.Server]:
    """A factory: derby("plain" | "auth" | "tls" | "tlsauth"), Arrow Java's example."""

    def get(mode: str = "plain", **options: Any) -> launch.Server:
        def tls() -> TlsFiles:
            return request.getfixturevalue("tls_files")

        return fleet.get("derby", launch.start_derby, tls, mode, **options)

    return get


@pytest.fixture(scope="session")
def flink(fleet: Fleet, request: pytest.FixtureRequest) -> Callable[..., launch.Server]:
    """A factory: flink("plain" | "tls" | "mtls"), Flink 2.3's SQL Gateway and cluster.

    `idle_timeout="2 s"` lets idle sessions end. The jobs of all tests run in the same
    cluster: a test looks at its own alone, and leaves none running.
    """

    def get(mode: str = "plain", **options: Any) -> launch.Server:
        def tls() -> TlsFiles:
            return request.getfixturevalue("tls_files")

        return fleet.get("flink", launch.start_flink, tls, mode, **options)

    return get


@pytest.fixture(scope="session")
def flink1(flink: Callable[..., launch.Server]) -> Callable[..., launch.Server]:
    """The same of Flink 1.20, for slow tests."""
    return functools.partial(flink, recipe="flink1")


@pytest.fixture(scope="session")
def confluent_cloud(flink: Callable[..., launch.Server]) -> Iterator[Emulator]:
    """Confluent Cloud's REST contract over `flink`, for the whole session."""
    # Started by this thread: the server would end with one of the emulator's.
    emulator = Emulator(flink().uri)
    emulator.start()
    yield emulator
    emulator.close()


@pytest.fixture
def confluent(confluent_cloud: Emulator) -> Iterator[Emulator]:
    """The same, without statements, requests and faults of other tests; tables stay."""
    confluent_cloud.reset()
    yield confluent_cloud
    confluent_cloud.reset()


@pytest.fixture(scope="session")
def embedded(
    fleet: Fleet, request: pytest.FixtureRequest
) -> Callable[..., launch.Server]:
    """A factory: embedded(data=..., engine="duckdb", endpoints=3, tls=True, ...).

    The options are those of `fletching serve`, with underscores; `mtls=True` asks for
    the client's certificate too. The same options give the same server.
    """

    def get(**options: Any) -> launch.Server:
        def tls() -> TlsFiles:
            return request.getfixturevalue("tls_files")

        return fleet.get("embedded", launch.start_embedded, tls, **options)

    return get


@pytest.fixture(scope="session")
def emulator(
    fleet: Fleet, request: pytest.FixtureRequest
) -> Callable[..., emulated.EmulatedServer]:
    """A factory: emulator("iomete", tls=True, without=["literal-limit"], ...).

    The options are those of `python -m tests.emulators.NAME`; the same ones give the
    same server, `fresh=True` one that no other test has.
    """

    def get(name: str, **options: Any) -> emulated.EmulatedServer:
        def tls() -> TlsFiles:
            return request.getfixturevalue("tls_files")

        started = fleet.get(name, emulated.start_emulator, tls, name, **options)
        assert isinstance(started, emulated.EmulatedServer)
        return started

    return get


@pytest.fixture(scope="session")
def guarded(embedded: Callable[..., launch.Server]) -> str:
    """The URL of an embedded server that takes the tokens of `oauth` and no others."""
    return embedded(engine="duckdb", token=list(TOKENS)).uri


@pytest.fixture
def oauth() -> Iterator[OAuthServer]:
    """An authorization server whose tokens `guarded` takes."""
    running = OAuthServer(list(TOKENS))
    yield running
    running.close()


@pytest.fixture
def connect_proxy() -> Iterator[Callable[..., ConnectProxy]]:
    """A factory of proxies, for one test: connect_proxy({"host:443": address}, ...)."""
    yield from closing(ConnectProxy)


@pytest.fixture
def dns_server() -> Iterator[Callable[..., DnsServer]]:
    """A factory of name servers, for one test: dns_server({"name": ["127.0.0.1"]})."""
    yield from closing(DnsServer)


@pytest.fixture
def dns_on_port_53(
    dns_server: Callable[..., DnsServer], fleet: Fleet
) -> Callable[..., DnsServer]:
    """The same on a port that resolv.conf can name; see net.dns_server.behind.

    Our own driver has an option for its name servers and needs none of this; it takes
    rights that a container may lack, so it skips there, even where CI=true.
    """
    reason = why_not_behind()
    if reason is not None:
        fleet.give_up("dns_on_port_53", reason, installable=False)

    def start(*arguments: Any, **options: Any) -> DnsServer:
        return dns_server(*arguments, host="127.0.0.53", port=53, **options)

    return start


def closing(kind: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """Start what a test makes, close it afterwards."""
    started: list[Any] = []

    def start(*arguments: Any, **options: Any) -> Any:
        one = kind(*arguments, **options)
        one.start()
        started.append(one)
        return one

    try:
        yield start
    finally:
        for one in reversed(started):
            one.close()
