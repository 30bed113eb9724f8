# SPDX-License-Identifier: Apache-2.0
"""OpenSSH's server, for Superset's tunnels: one user, who has a key."""

from __future__ import annotations

import dataclasses
import getpass
import os
import pathlib
import shutil
from typing import Any

from servers.install import apt_get, run
from servers.process import ServerProcess, free_port

_CONFIG = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
AuthenticationMethods publickey
PidFile none
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
AllowTcpForwarding yes
LogLevel DEBUG1
"""


@dataclasses.dataclass
class SshServer:
    """One that runs, and what gets in there."""

    process: ServerProcess
    port: int
    key: str

    @property
    def tunnel(self) -> dict[str, Any]:
        """As Superset's forms send it."""
        return {
            "server_address": "127.0.0.1",
            "server_port": self.port,
            "username": getpass.getuser(),
            "private_key": self.key,
        }

    def forwarded(self) -> int:
        """How many connections went through so far."""
        return self.process.log().count("server_request_direct_tcpip")


def start(folder: pathlib.Path) -> SshServer:
    """Start it; the keys are made."""
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        apt_get("openssh-server", "openssh-client")
        program = "/usr/sbin/sshd"
    if os.geteuid() == 0:
        pathlib.Path("/run/sshd").mkdir(exist_ok=True)  # where it separates itself
    for name in ("host", "user"):
        # The form of PEM is what Superset reads.
        words = ["-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "", "-f"]
        run(["ssh-keygen", *words, str(folder / name)])
    port = free_port()
    config = folder / "sshd_config"
    config.write_text(_CONFIG.format(port=port, folder=folder))
    process = ServerProcess([program, "-D", "-e", "-f", config], folder / "log")
    process.wait_for_port(port)
    return SshServer(process, port, (folder / "user").read_text())
