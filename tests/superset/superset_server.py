# SPDX-License-Identifier: Apache-2.0
"""The real Apache Superset, each version in a virtual environment of its own.

Made once, in ${FLETCHING_CACHE:-~/.cache/fletching}: the environment, and a metadata
database with its tables and users. Fletching is laid over the environment, as this
checkout's .venv has it, by PYTHONPATH: nothing in the cache depends on a checkout.
"""

from __future__ import annotations

import dataclasses
import fcntl
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import sysconfig

import venvs
from servers.install import cache, key_of
from servers.process import ServerProcess, free_port

HERE = pathlib.Path(__file__).parent
PASSWORD = "admin"
CONFIG = """
import os
from flask_caching.backends.filesystemcache import FileSystemCache

SECRET_KEY = "for-tests-only-9jQ2m0e4l1o8m7a5v3x6"
SQLALCHEMY_DATABASE_URI = "sqlite:///{home}/superset.db?check_same_thread=false"
TALISMAN_ENABLED = False
RATELIMIT_ENABLED = False
AUTH_RATE_LIMITED = False
FAB_ADD_SECURITY_API = True
CONTENT_SECURITY_POLICY_WARNING = False
SQLLAB_TIMEOUT = int(os.environ.get("OF_TEST_SQLLAB_TIMEOUT", "60"))
SQLLAB_ASYNC_TIME_LIMIT_SEC = 20
FEATURE_FLAGS = {{"ESTIMATE_QUERY_COST": True, "RLS_IN_SQLLAB": True}}
RESULTS_BACKEND = FileSystemCache("{home}/results", default_timeout=3600)


class CELERY_CONFIG:
    broker_url = "sqla+sqlite:///{home}/broker.db"
    result_backend = "db+sqlite:///{home}/celery.db"
    imports = ("superset.sql_lab",)
    worker_prefetch_multiplier = 1
    task_annotations = {{"sql_lab.get_sql_results": {{"soft_time_limit": 20}}}}


def FLASK_APP_MUTATOR(app):
    # gunicorn --preload: a connection is open when the workers are forked.
    if os.environ.get("OF_TEST_BEFORE_FORK"):
        import fletching

        app.kept = fletching.connect(os.environ["OF_TEST_BEFORE_FORK"])
        app.kept.execute("select 1").fetchall()
"""
ADMIN = (
    "--username admin --firstname A --lastname B --email a@example.invalid"
    f" --password {PASSWORD}"
).split()


@dataclasses.dataclass
class Installed:
    """A version of Superset that is ready to run."""

    version: str
    python: pathlib.Path
    template: pathlib.Path

    @property
    def bin(self) -> pathlib.Path:
        """Where its programs are."""
        return self.python.parent


@dataclasses.dataclass
class Home:
    """A Superset of one test session: its configuration, database and environment."""

    installed: Installed
    folder: pathlib.Path
    environment: dict[str, str]

    def command(self, *words: str) -> list[str]:
        """The superset command with these words."""
        return [str(self.installed.bin / "superset"), *words]

    def serve(
        self, *options: str, log: str = "gunicorn.log", **environment: str
    ) -> tuple[ServerProcess, str]:
        """Start gunicorn; its process and its address."""
        port = free_port()
        process = ServerProcess(
            [
                self.installed.python,
                *("-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--timeout", "120"),
                *(options or ("-w", "1", "-k", "gthread", "--threads", "8")),
                "superset.app:create_app()",
            ],
            self.folder / log,
            environment={**self.environment, **environment},
            folder=self.folder,
        )
        process.wait_for_port(port, 120)
        return process, f"http://127.0.0.1:{port}"

    def work(self) -> ServerProcess:
        """Start a Celery worker, whose one child is forked from it."""
        process = ServerProcess(
            [
                self.installed.python,
                *("-m", "celery", "--app=superset.tasks.celery_app:app", "worker"),
                *("-O", "fair", "-c", "1", "-P", "prefork", "--loglevel", "INFO"),
            ],
            self.folder / "celery.log",
            environment={**self.environment, "C_FORCE_ROOT": "1"},
            folder=self.folder,
        )
        process.wait_for(re.compile(r"(celery@\S+ ready)"), 120)
        return process


def install(version: str) -> Installed:
    """Superset of that version, made where it is missing."""
    python = venvs.interpreter(f"superset-{version}")
    requirements = venvs.REQUIREMENTS / f"superset-{version}.txt"
    key = key_of(requirements, CONFIG, *ADMIN)
    template = cache().parent / "superset" / f"{version}-{key}.db"
    template.parent.mkdir(parents=True, exist_ok=True)
    installed = Installed(version, python, template)
    with template.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.exists():
            _make_template(installed)
    return installed


def make_home(installed: Installed, folder: pathlib.Path) -> Home:
    """A fresh home with Fletching laid over the environment."""
    home = _bare_home(installed, folder)
    shutil.copy(installed.template, folder / "superset.db")
    overlay = folder / "packages"
    overlay.mkdir()
    for found in pathlib.Path(sysconfig.get_paths()["purelib"]).iterdir():
        if _is_ours(found):
            (overlay / found.name).symlink_to(found)
    home.environment["PYTHONPATH"] = f"{overlay}{os.pathsep}{folder}"
    return home


def _is_ours(found: pathlib.Path) -> bool:
    if found.name.startswith("fletching"):
        return True
    return found.name in ("kurrent_sqlalchemy", "iomete_sqlalchemy")


def _bare_home(installed: Installed, folder: pathlib.Path) -> Home:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "superset_config.py").write_text(CONFIG.format(home=folder))
    environment = {
        "SUPERSET_HOME": str(folder),
        "SUPERSET_FEATURE_SSH_TUNNELING": "true",
        "SUPERSET_CONFIG_PATH": str(folder / "superset_config.py"),
        "FLASK_APP": "superset.app:create_app()",
        "PATH": f"{installed.bin}{os.pathsep}{os.environ['PATH']}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": "",
        "PYTHONWARNINGS": "ignore",
    }
    return Home(installed, folder, environment)


def _make_template(installed: Installed) -> None:
    folder = installed.template.with_suffix(".making")
    shutil.rmtree(folder, ignore_errors=True)
    home = _bare_home(installed, folder)
    for words in (["db", "upgrade"], ["fab", "create-admin", *ADMIN], ["init"]):
        done = subprocess.run(
            home.command(*words),
            env={**os.environ, **home.environment},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise RuntimeError(f"superset {words[0]}: {done.stdout}\n{done.stderr}")
    # All of it in one file, whatever journal there is.
    with sqlite3.connect(folder / "superset.db") as source:
        source.execute("VACUUM INTO ?", [str(installed.template.with_suffix(".new"))])
    installed.template.with_suffix(".new").rename(installed.template)
    shutil.rmtree(folder)


if __name__ == "__main__":
    print(install(sys.argv[1]).python)
