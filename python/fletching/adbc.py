# SPDX-License-Identifier: Apache-2.0
"""The ADBC driver that comes with this package, for any driver manager.

    adbc_driver_manager.dbapi.connect(
        driver=fletching.adbc_driver_path(), db_kwargs={"uri": "grpc://host:port"}
    )

Driver managers that read manifests find it by its name once it has one:
``python -m fletching.adbc install``, then ``driver="fletching"``.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import platform
import sys

from fletching._core import __version__

__all__ = ["driver_path", "install_manifest", "manifest", "manifest_directory"]

_LIBRARY = "libadbc_driver_fletching.so"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def driver_path() -> str:
    """Return the path of the driver, a shared library.

    Raises FileNotFoundError where the package was built without it.
    """
    path = pathlib.Path(__file__).with_name(_LIBRARY)
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: this build of fletching has no ADBC driver "
            "(it was built with FLETCHING_ADBC=OFF)"
        )
    return str(path)


def manifest() -> str:
    """Return the driver's manifest (TOML), which names the library by its full path."""
    machine = platform.machine()
    key = f"linux_{_ARCHITECTURES.get(machine, machine)}"
    return (
        "manifest_version = 1\n"
        'name = "Fletching"\n'
        'publisher = "Fletching"\n'
        'license = "Apache-2.0"\n'
        f'version = "{__version__}"\n'
        'source = "pip"\n'
        "\n[ADBC]\n"
        'version = "1.1.0"\n'
        "\n[Driver]\n"
        'entrypoint = "AdbcDriverFletchingInit"\n'
        "\n[Driver.shared]\n"
        f"{key} = {json.dumps(driver_path())}\n"
    )


def manifest_directory() -> pathlib.Path:
    """Return where managers look: in this virtual environment, else the user's."""
    if sys.prefix != sys.base_prefix:
        return pathlib.Path(sys.prefix, "etc", "adbc", "drivers")
    config = os.environ.get("XDG_CONFIG_HOME") or pathlib.Path.home() / ".config"
    return pathlib.Path(config, "adbc", "drivers")


def install_manifest(directory: str | os.PathLike[str] | None = None) -> pathlib.Path:
    """Write the manifest, so that the driver is found as "fletching"; return its path.

    The package may be installed in a place of its own, which a wheel cannot know: so
    this is a step after the installation. Once more after moving the environment.
    """
    place = manifest_directory() if directory is None else pathlib.Path(directory)
    place.mkdir(parents=True, exist_ok=True)
    path = place / "fletching.toml"
    path.write_text(manifest(), encoding="utf-8")
    return path


def _main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m fletching.adbc", description="The ADBC driver of Fletching."
    )
    parser.add_argument("command", choices=["path", "manifest", "install"])
    parser.add_argument("directory", nargs="?", help="of install; default: %(default)s")
    parser.set_defaults(directory=str(manifest_directory()))
    arguments = parser.parse_args()
    if arguments.command == "path":
        print(driver_path())
    elif arguments.command == "manifest":
        print(manifest(), end="")
    else:
        print(f"{install_manifest(arguments.directory)}: the driver is now 'fletching'")
    return 0


if __name__ == "__main__":
    sys.exit(_main())
