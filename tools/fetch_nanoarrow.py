#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fetch nanoarrow's source distribution once, by hash, and print where it is unpacked.

pip can fetch a source distribution only by asking its build backend for metadata, which
for nanoarrow compiles for half a minute. We want the files alone, so pip is shown a
stand-in backend that answers with the name and the version.
"""

import hashlib
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile

VERSION = "0.9.0"
SHA256 = "1ce15bbed8532839347faa78824c5dbd3769bff60661003e34c6fba5dd881bd3"
BACKEND = f"""
import pathlib
def prepare_metadata_for_build_wheel(directory, config_settings=None):
    info = pathlib.Path(directory, "nanoarrow-{VERSION}.dist-info")
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\\nName: nanoarrow\\nVersion: {VERSION}\\n")
    return info.name
"""


def cache_dir() -> pathlib.Path:
    """Where downloads live: FLETCHING_CACHE, or fletching in the user's cache."""
    default = pathlib.Path.home() / ".cache" / "fletching"
    return pathlib.Path(os.environ.get("FLETCHING_CACHE") or default)


def download(directory: pathlib.Path) -> pathlib.Path:
    """Download the archive into directory, checked against SHA256."""
    stub = directory / "stub"
    stub.mkdir()
    (stub / "mesonpy.py").write_text(BACKEND)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--no-binary", "nanoarrow"]
    command += [f"nanoarrow=={VERSION}", "--dest", str(directory)]
    subprocess.run(
        command,
        check=True,
        stdout=sys.stderr,
        env=os.environ | {"PYTHONPATH": str(stub)},
    )
    archive = directory / f"nanoarrow-{VERSION}.tar.gz"
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    if digest != SHA256:
        sys.exit(f"nanoarrow {VERSION}: the archive's sha256 is {digest}, not {SHA256}")
    return archive


def main() -> None:
    target = cache_dir() / f"nanoarrow-{VERSION}"
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as name:
            directory = pathlib.Path(name)
            with tarfile.open(download(directory)) as tar:
                tar.extractall(directory)  # the hash was checked
            (directory / target.name).replace(target)
    print(target)


if __name__ == "__main__":
    main()
