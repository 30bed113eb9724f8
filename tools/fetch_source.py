#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fetch a source distribution once, by hash, and print where it is unpacked.

    fetch_source.py nanoarrow|llhttp|adbc_driver_manager|pysimdjson

pip can fetch a source distribution only by asking its build backend for metadata, which
may compile for half a minute. We want the files alone, so pip is shown a stand-in
backend that answers with the name and the version.
"""

import hashlib
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
from typing import NamedTuple


class Source(NamedTuple):
    version: str
    sha256: str
    backend: str  # the module that pip asks, as its pyproject.toml names it, if it does


SOURCES = {
    "nanoarrow": Source(
        "0.9.0",
        "1ce15bbed8532839347faa78824c5dbd3769bff60661003e34c6fba5dd881bd3",
        "mesonpy",
    ),
    # The C sources of llhttp 9.3.0 beside a binding of which nothing is used.
    "llhttp": Source(
        "9.3.0.0",
        "0d989363e7fb6f270b9d49956e7a3945c26778f8c70a166815264309ac6a8295",
        "setuptools.build_meta",
    ),
    # For simdjson 3.12.3 itself, which wheels have inside: Debian's is shared only.
    "pysimdjson": Source(
        "7.0.2",
        "44cf276e48912a3b9c7ca362c14da8420a7ac15a9f1a16ec95becff86db3904a",
        "setuptools.build_meta",
    ),
    # For adbc.h alone.
    "adbc_driver_manager": Source(
        "1.13.0",
        "72d616e43d03b735e4000b653307531a2d1820f1f7e0ce949656f0ab939bd53e",
        "setuptools.build_meta",
    ),
}

# `__legacy__` is the backend of a distribution without a pyproject.toml.
BACKEND = """
import pathlib, sys
def prepare_metadata_for_build_wheel(directory, config_settings=None):
    info = pathlib.Path(directory, "{name}-{version}.dist-info")
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    return info.name
def build_wheel(*arguments, **named):
    raise NotImplementedError
__legacy__ = sys.modules[__name__]
"""


def cache_dir() -> pathlib.Path:
    """Where downloads live: FLETCHING_CACHE, or fletching in the user's cache."""
    default = pathlib.Path.home() / ".cache" / "fletching"
    return pathlib.Path(os.environ.get("FLETCHING_CACHE") or default)


def write_backend(directory: pathlib.Path, name: str, source: Source) -> None:
    """Put the stand-in where pip's process imports it."""
    *packages, module = source.backend.split(".")
    for package in packages:
        directory /= package
        directory.mkdir()
        (directory / "__init__.py").touch()
    text = BACKEND.format(name=name, version=source.version)
    (directory / f"{module}.py").write_text(text)


def download(directory: pathlib.Path, name: str, source: Source) -> pathlib.Path:
    """Download the archive into directory, checked against its hash."""
    stub = directory / "stub"
    stub.mkdir()
    write_backend(stub, name, source)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--use-pep517", "--no-binary", name]
    command += [f"{name}=={source.version}", "--dest", str(directory)]
    subprocess.run(
        command,
        check=True,
        stdout=sys.stderr,
        env=os.environ | {"PYTHONPATH": str(stub)},
    )
    archive = directory / f"{name}-{source.version}.tar.gz"
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    if digest != source.sha256:
        sys.exit(
            f"{name} {source.version}: the archive's sha256 is {digest}, "
            f"not {source.sha256}"
        )
    return archive


def main(arguments: list[str]) -> None:
    if len(arguments) != 1 or arguments[0] not in SOURCES:
        sys.exit(f"usage: fetch_source.py {'|'.join(SOURCES)}")
    name = arguments[0]
    source = SOURCES[name]
    target = cache_dir() / f"{name}-{source.version}"
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as temporary:
            directory = pathlib.Path(temporary)
            with tarfile.open(download(directory, name, source)) as tar:
                tar.extractall(directory)  # the hash was checked
            (directory / target.name).replace(target)
    print(target)


if __name__ == "__main__":
    main(sys.argv[1:])
