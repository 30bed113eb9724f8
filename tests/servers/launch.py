# SPDX-License-Identifier: Apache-2.0
"""How each server is started, and what a test needs to know of one that runs."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import importlib.util
import json
import pathlib
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from net.certs import KeyPair, TlsFiles, openssl

from servers import install, process

USER, PASSWORD, TOKEN = "alice", "open sesame: ü", "a-fixed-token"
# What the Java and Rust servers compare byte by byte keeps to ASCII.
ASCII_PASSWORD = "open sesame: 1"
DERBY_SECONDS = 60.0
EMBEDDED_SECONDS = 60.0


class MissingError(Exception):
    """The server is not installed; the text says what to do."""


@dataclasses.dataclass(frozen=True)
class Call:
    """One call as the server saw it, before it looked at any of it."""

    method: str
    peer: str
    headers: dict[str, list[str]]

    def header(self, name: str) -> str | None:
        """The first value of that header."""
        values = self.headers.get(name)
        return values[0] if values else None


@dataclasses.dataclass
class Server:
    """A server that runs: where it is, how to get in, what it writes."""

    name: str
    version: str
    uri: str
    process: process.ServerProcess
    tls: TlsFiles | None = None
    user: str | None = None
    password: str | None = None
    token: str | None = None
    client_pair: KeyPair | None = None
    call_log: pathlib.Path | None = None
    control: str | None = None
    extra: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return self.uri.partition("://")[2]

    @property
    def port(self) -> int:
        """Its port."""
        return int(self.address.rpartition(":")[2])

    def log(self, start: int = 0) -> str:
        """What it has written to its output."""
        return self.process.log(start)

    def calls(self, method: str = "") -> list[Call]:
        """The calls it got so far, or those of one method (go_secure and emulators).

        `method` is the short name: "DoGet", "Handshake".
        """
        assert self.call_log is not None, f"{self.name} logs no calls"
        lines = self.call_log.read_text().splitlines() if self.call_log.exists() else []
        calls = []
        for line in map(json.loads, lines):
            if "method" not in line:  # an emulator's record has more
                continue
            short = line["method"].rpartition("/")[2]
            if method in ("", short):
                calls.append(Call(short, line["peer"], line["headers"]))
        return calls

    # What follows is go_secure's: see servers/README.md and go_sqlite/control.go.

    def state(self) -> dict[str, Any]:
        """Its account of the calls it got and of what is open."""
        answer: dict[str, Any] = json.loads(self._control("/state"))
        return answer

    def events(self, call: str = "") -> list[dict[str, Any]]:
        """What it understood of each call so far, or of one kind.

        `call` is RPC/COMMAND or one of the two: "DoPut/CommandStatementIngest",
        "DoPut", "CloseSession".
        """
        events: list[dict[str, Any]] = self.state()["events"]
        return [
            event
            for event in events
            if call in ("", event["call"], *event["call"].split("/"))
        ]

    def reset(self) -> None:
        """Forget the calls so far and the rules of `fail`; what is open stays."""
        self._control("/reset", "")

    def fail(self, rule: str) -> None:
        """Let calls fail from now on: "DoGet=UNAVAILABLE,times=1,after=2"."""
        self._control("/fail", rule)

    def expire_tokens(self) -> None:
        """Let all tokens given or seen so far be bad; not the fixed one."""
        self._control("/expire-tokens", "")

    def drop_sessions(self) -> None:
        """Forget all sessions, as a restart would."""
        self._control("/drop-sessions", "")

    def _control(self, path: str, body: str | None = None) -> bytes:
        assert self.control is not None, f"{self.name} has no control port"
        data = None if body is None else body.encode()
        request = urllib.request.Request(self.control + path, data)
        try:
            with _WITHOUT_PROXY.open(request, timeout=10) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(error.read().decode().strip()) from None


_WITHOUT_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def installed(name: str) -> pathlib.Path:
    """Where a server of scripts/servers is."""
    found = install.RECIPES[name].find()
    if found is None:
        raise MissingError(f"{name} is not installed: scripts/servers install {name}")
    return found


def start_go_sqlite(folder: pathlib.Path) -> Server:
    """The example as it is: no auth, no TLS, a database in memory."""
    program = installed("go") / "bin/sqlite_flightsql_server"
    running = process.ServerProcess(
        [program, "-host", "127.0.0.1", "-port", "0"], folder / "log"
    )
    address = running.wait_for(re.compile(r"Starting SQLite .* on (\S+) \.\.\."))
    version = install.RECIPES["go"].version
    return Server("go_sqlite", version, f"grpc://{address}", running)


GO_CONTROL = re.compile(r"^control on (http://\S+)$", re.MULTILINE)
GO_MODES = ("plain", "tls", "mtls", "auth", "tlsauth")


def start_go_secure(
    folder: pathlib.Path,
    tls: Callable[[], TlsFiles],
    mode: str,
    *,
    flags: Sequence[str] = (),
    pair: KeyPair | None = None,
) -> Server:
    """Our server around the example; `flags` are its own, `pair` its certificate.

    Its database is in `folder`, its control port is that of the server returned.
    """
    if mode not in GO_MODES:
        raise ValueError(f"mode {mode!r} is none of {', '.join(GO_MODES)}")
    command = [installed("go") / "bin/go_sqlite", "-sessions"]
    call_log = folder / "calls"
    database = folder / "database"
    database.mkdir(exist_ok=True)
    command += ["-call-log", call_log, "-folder", database]
    command += ["-control", "127.0.0.1:0"]
    files = tls() if "tls" in mode else None
    if files is not None:
        pair = pair or files.server
        command += ["-cert", pair.cert, "-key", pair.key]
        if mode == "mtls":
            command += ["-client-ca", files.ca]
    if mode.endswith("auth"):
        command += ["-user", f"{USER}:{PASSWORD}", "-token", TOKEN]
    running = process.ServerProcess([*command, *flags], folder / "log")
    server = Server(
        "go_secure",
        install.RECIPES["go"].version,
        "",
        running,
        files,
        call_log=call_log,
    )
    server.uri = running.wait_for(process.LISTENING)
    server.control = running.wait_for(GO_CONTROL)
    if mode.endswith("auth"):
        server.user, server.password, server.token = USER, PASSWORD, TOKEN
    if mode == "mtls" and files is not None:
        server.client_pair = files.client
    return server


ROAPI_CITIES = "city,country,population,founded\n" + "".join(
    f"{line}\n"
    for line in (
        "Amsterdam,NL,931000,1275-10-27",
        "Bergen,NO,291940,1070-01-01",
        "Córdoba,ES,,0169-01-01",
    )
)


def start_roapi(folder: pathlib.Path, mode: str = "plain") -> Server:
    """ROAPI with one table, city (CSV); mode plain, auth (Basic) or token."""
    found = installed("roapi")
    program = found if found.name == "roapi" else found / "venv/bin/roapi"
    table = folder / "city.csv"
    table.write_text(ROAPI_CITIES, encoding="utf-8")
    ports = {name: process.free_port() for name in ("http", "flight_sql", "postgres")}
    config: dict[str, object] = {
        "addr": {name: f"127.0.0.1:{port}" for name, port in ports.items()},
        "tables": [{"name": "city", "uri": str(table)}],
    }
    server_options: dict[str, str] = {}
    if mode == "auth":
        server_options = {"user": USER, "password": ASCII_PASSWORD}
        login = {"username": USER, "password": ASCII_PASSWORD}
        config["flight_sql_config"] = {"auth_basic": login}
    elif mode == "token":
        server_options = {"token": TOKEN}
        config["flight_sql_config"] = {"auth_token": TOKEN}
    elif mode != "plain":
        raise ValueError(f"mode {mode!r} is none of plain, auth, token")
    path = folder / "roapi.yml"
    path.write_text(json.dumps(config))  # JSON is YAML
    running = process.ServerProcess(
        [program, "-c", path], folder / "log", folder=folder
    )
    running.wait_for_port(ports["flight_sql"])
    uri = f"grpc://127.0.0.1:{ports['flight_sql']}"
    version = install.RECIPES["roapi"].version
    return Server("roapi", version, uri, running, **server_options)


def start_derby(
    folder: pathlib.Path, tls: Callable[[], TlsFiles], mode: str = "plain"
) -> Server:
    """Arrow Java's example, on Derby in `folder`; mode plain, auth, tls or tlsauth."""
    if mode not in ("plain", "auth", "tls", "tlsauth"):
        raise ValueError(f"mode {mode!r} is none of plain, auth, tls, tlsauth")
    found = installed("derby")
    port = process.free_port()
    command: list[str | pathlib.Path] = ["java", "-Xmx256m", "-XX:+UseSerialGC"]
    command += ["-XX:TieredStopAtLevel=1", "--add-opens=java.base/java.nio=ALL-UNNAMED"]
    command += ["-cp", f"{found}/classes:{found}/lib/*", "DerbyServer"]
    command += ["--port", str(port), "--database", "derby"]
    files = tls() if "tls" in mode else None
    if files is not None:
        command += ["--cert", files.server.cert, "--key", files.server.key]
    options: dict[str, str] = {}
    if mode.endswith("auth"):
        command += ["--user", USER, "--password", ASCII_PASSWORD]
        options = {"user": USER, "password": ASCII_PASSWORD}
    running = process.ServerProcess(command, folder / "log", folder=folder)
    running.wait_for(process.LISTENING, DERBY_SECONDS)
    scheme = "grpc" if files is None else "grpc+tls"
    uri = f"{scheme}://127.0.0.1:{port}"
    return Server(
        "derby", install.RECIPES["derby"].version, uri, running, files, **options
    )


FLINK_SECONDS = 90.0
FLINK_SLOTS = 48  # of the cluster: jobs that run at the same time
FLINK_MODES = ("plain", "tls", "mtls")
# What Flink's own start scripts open for Java 17.
FLINK_EXPORTS = (
    "java.rmi/sun.rmi.registry java.security.jgss/sun.security.krb5"
    " java.base/sun.net.util"
)
FLINK_OPENS = (
    "java.lang java.net java.io java.nio sun.nio.ch java.lang.reflect java.text"
    " java.time java.util java.util.concurrent java.util.concurrent.atomic"
    " java.util.concurrent.locks"
)
FLINK_LOG = """rootLogger.level = WARN
rootLogger.appenderRef.console.ref = Console
appender.console.name = Console
appender.console.type = CONSOLE
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss.SSS} %-5p %c{1} %m%n
"""


def start_flink(
    folder: pathlib.Path,
    tls: Callable[[], TlsFiles],
    mode: str = "plain",
    *,
    recipe: str = "flink",
    idle_timeout: str = "",
) -> Server:
    """A cluster with its SQL Gateway in one process; mode plain, tls or mtls.

    `recipe` is "flink" (2.3) or "flink1" (1.20). `idle_timeout`, such as
    "2 s", ends idle sessions sooner than after ten minutes. `extra["rest"]` is the
    cluster's own address, which lists the jobs; plain only.
    """
    if mode not in FLINK_MODES:
        raise ValueError(f"mode {mode!r} is none of {', '.join(FLINK_MODES)}")
    found = installed(recipe)
    settings: dict[str, Any] = {"io.tmp.dirs": folder / "tmp"}
    if idle_timeout:
        settings["sql-gateway.session.idle-timeout"] = idle_timeout
        settings["sql-gateway.session.check-interval"] = "200 ms"
    files = tls() if mode != "plain" else None
    if files is not None:
        settings |= flink_tls(folder, files)
        settings["security.ssl.rest.authentication-enabled"] = str(
            mode == "mtls"
        ).lower()
    (folder / "conf").mkdir()
    (folder / "tmp").mkdir()
    lines = [f"{key}: {value}\n" for key, value in settings.items()]
    (folder / "conf/config.yaml").write_text("".join(lines))
    (folder / "conf/log4j.properties").write_text(FLINK_LOG)
    # With TLS each job brings its own cluster: the gateway would need a client's
    # certificate for one that is shared.
    rest = process.free_port() if files is None else 0
    gateway = process.free_port()
    command: list[str | pathlib.Path] = ["java", "-Xmx900m", "-XX:+UseSerialGC"]
    command += ["-XX:TieredStopAtLevel=1"]
    command += [f"--add-exports={one}=ALL-UNNAMED" for one in FLINK_EXPORTS.split()]
    command += [
        f"--add-opens=java.base/{one}=ALL-UNNAMED" for one in FLINK_OPENS.split()
    ]
    command += [f"-Dlog4j.configurationFile=file:{folder}/conf/log4j.properties"]
    command += ["-cp", f"{found}/classes:{found}/lib/*", "FlinkOne"]
    command += [str(rest), str(gateway), str(FLINK_SLOTS)]
    running = process.ServerProcess(
        command,
        folder / "log",
        folder=folder,
        environment={"FLINK_CONF_DIR": str(folder / "conf")},
    )
    running.wait_for_port(gateway, FLINK_SECONDS)
    scheme = "http" if files is None else "https"
    server = Server(
        recipe,
        install.RECIPES[recipe].version,
        f"{scheme}://127.0.0.1:{gateway}",
        running,
        files,
        extra={"rest": f"http://127.0.0.1:{rest}"} if rest else {},
    )
    if mode == "mtls" and files is not None:
        server.client_pair = files.client
    return server


def flink_tls(folder: pathlib.Path, files: TlsFiles) -> dict[str, Any]:
    """Settings for TLS, and the stores that they name, made in `folder`."""
    keys, trust, password = folder / "keys.p12", folder / "trust.p12", "changeit"
    openssl(
        *("pkcs12", "-export", "-in", files.server.cert, "-inkey", files.server.key),
        *("-out", keys, "-passout", f"pass:{password}"),
    )
    install.run(
        [
            *("keytool", "-importcert", "-noprompt", "-alias", "ca", "-file", files.ca),
            *("-keystore", trust, "-storetype", "PKCS12", "-storepass", password),
        ]
    )
    return {
        "security.ssl.rest.enabled": "true",
        # By default RSA alone, and these keys are of an elliptic curve.
        "security.ssl.algorithms": "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "security.ssl.rest.keystore": keys,
        "security.ssl.rest.keystore-password": password,
        "security.ssl.rest.key-password": password,
        "security.ssl.rest.truststore": trust,
        "security.ssl.rest.truststore-password": password,
    }


SOURCE = pathlib.Path(__file__).resolve().parents[2] / "python"


def embedded_environment() -> dict[str, str]:
    """What lets Python find fletching.serve: nothing, or the checkout's sources."""
    if importlib.util.find_spec("fletching") is not None:
        return {}
    return {"PYTHONPATH": str(SOURCE)}


def embedded_missing(engine: str = "datafusion") -> str | None:
    """Why the embedded server cannot run here, None when it can."""
    for package in ("pyarrow", engine):
        if importlib.util.find_spec(package) is None:
            return f"fletching serve needs {package}, which is missing: scripts/setup"
    return None


def start_embedded(
    folder: pathlib.Path, make_tls: Callable[[], TlsFiles], **options: object
) -> Server:
    """`python -m fletching.serve` with --KEY VALUE for each option.

    True is the bare option, a list repeats it. tls=True gives it the tests'
    certificate, mtls=True asks for a client's too.
    """
    engine = str(options.get("engine", "datafusion"))
    reason = embedded_missing(engine)
    if reason is not None:
        raise MissingError(reason)
    files = make_tls() if options.get("tls") or options.get("mtls") else None
    mutual = bool(options.pop("mtls", False))
    if files is not None:
        options["tls"] = True
        options.setdefault("tls_cert", files.server.cert)
        options.setdefault("tls_key", files.server.key)
        if mutual:
            options.setdefault("client_ca", files.ca)
    command = [sys.executable, "-m", "fletching.serve", "--port", "0"]
    command += flags_of(options)
    environment = {"PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"}
    environment |= embedded_environment()
    running = process.ServerProcess(command, folder / "log", environment=environment)
    uri = running.wait_for(process.LISTENING, EMBEDDED_SECONDS)
    server = Server("embedded", f"{engine} {_version(engine)}", uri, running, files)
    for name in ("user", "password", "token"):
        if options.get(name) is not None:
            setattr(server, name, str(options[name]))
    if mutual and files is not None:
        server.client_pair = files.client
    return server


def flags_of(options: Mapping[str, object]) -> list[str]:
    """--KEY VALUE for each: True is the bare option, a list repeats it."""
    words: list[str] = []
    for key, value in options.items():
        flag = "--" + key.strip("_").replace("_", "-")
        if value is True:
            words.append(flag)
        elif value not in (None, False):
            values = value if isinstance(value, (list, tuple)) else [value]
            words += [word for one in values for word in (flag, str(one))]
    return words


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "of unknown version"
