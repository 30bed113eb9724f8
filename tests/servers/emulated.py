# SPDX-License-Identifier: Apache-2.0
"""How an emulator of tests/emulators is started."""

from __future__ import annotations

import json
import pathlib
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Callable

from net.certs import TlsFiles

from servers import install
from servers.launch import Server, embedded_environment, flags_of
from servers.process import LISTENING, ServerProcess

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SECONDS = 60.0
SPARK_SECONDS = 300.0  # a JVM, and a dozen statements of Spark's
ICEBERG = "org.apache.iceberg:iceberg-spark-runtime-4.0_2.13:1.10.0"
MAVEN_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"


class EmulatedServer(Server):
    """An emulator that runs; its calls are in `calls()` as with go_secure."""

    def statements(self, what: str = "ran") -> list[str]:
        """The SQL texts that it "ran" or "planned" so far, as they came."""
        return [event[what] for event in self._events() if what in event]

    def _events(self) -> list[dict[str, str]]:
        assert self.call_log is not None
        if not self.call_log.exists():
            return []
        return [json.loads(line) for line in self.call_log.read_text().splitlines()]


def iceberg_jar() -> pathlib.Path:
    """Iceberg's runtime for Spark, from Maven, once."""
    _, name, version = ICEBERG.split(":")
    folder = install.cache() / f"iceberg-{version}"
    found = folder / f"{name}-{version}.jar"
    if not found.exists():
        if not (shutil.which("java") and shutil.which("mvn")):
            install.apt_get(*install.JAVA_PACKAGES)
        maven = ["mvn", "--batch-mode", "--quiet", MAVEN_COPY, f"-Dartifact={ICEBERG}"]
        maven += [f"-Dmaven.repo.local={install.cache() / 'm2'}"]
        with tempfile.TemporaryDirectory(dir=install.cache()) as beside:
            install.run([*maven, f"-DoutputDirectory={beside}"])
            folder.mkdir(exist_ok=True)
            (pathlib.Path(beside) / found.name).replace(found)
    return found


def start_emulator(
    folder: pathlib.Path,
    make_tls: Callable[[], TlsFiles],
    name: str,
    *,
    python: str | pathlib.Path = sys.executable,
    user: str | None = None,
    password: str | None = None,
    token: str | None = None,
    **options: object,
) -> EmulatedServer:
    """`python -m tests.emulators.NAME` with --KEY VALUE for each option.

    As start_embedded; `with_` and `without` name its switches. `python` is another
    interpreter, which finds this one's packages too.
    """
    files = make_tls() if options.get("tls") else None
    if files is not None:
        options.setdefault("tls_cert", files.server.cert)
        options.setdefault("tls_key", files.server.key)
    record = folder / "record"
    access = {"user": user, "password": password, "token": token}
    command = [python, "-m", f"tests.emulators.{name}"]
    command += flags_of({"port": 0, "record": record, **access, **options})
    environment = {"PYTHONUNBUFFERED": "1", **embedded_environment()}
    if str(python) != sys.executable:
        environment["PYTHONPATH"] = sysconfig.get_paths()["purelib"]
    running = ServerProcess(
        command, folder / "log", environment=environment, folder=REPOSITORY
    )
    uri = running.wait_for(LISTENING, SPARK_SECONDS if "spark" in name else SECONDS)
    return EmulatedServer(
        name,
        "emulated",
        uri,
        running,
        files,
        user=user,
        password=password,
        token=token,
        call_log=record,
    )
