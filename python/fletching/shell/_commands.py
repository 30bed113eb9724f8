# SPDX-License-Identifier: Apache-2.0
"""Commands that begin with a backslash."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING

from fletching import _core, _errors
from fletching.shell._session import Session, error_text

if TYPE_CHECKING:
    from typing import TypeAlias

    Command: TypeAlias = Callable[["Commands", str], None]

FORMATS = ("table", "expanded", "csv", "jsonl", "arrow")


class Quit(Exception):
    """The person wants to leave."""


class WrongUse(Exception):
    """A command that is none, or with words that it does not take."""


def _switched(now: bool, argument: str) -> bool:
    if argument == "":
        return not now
    if argument in ("on", "off"):
        return argument == "on"
    raise WrongUse(f"'{argument}' is none of on, off")


class Commands:
    """What each command does to a session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._settings = session.settings

    def run(self, line: str) -> bool:
        """Run one line; what is wrong with it is said. Whether it did. Raises Quit."""
        name, _, argument = line.strip().rstrip(";").partition(" ")
        try:
            entry = BY_NAME.get(name)
            if entry is None:
                raise WrongUse(f"there is no command {name} (\\? lists them)")
            entry(self, argument.strip())
        except KeyboardInterrupt:
            self._session.say("fletching: interrupted")
            return False
        except (WrongUse, _errors.Error, OSError) as error:
            self._session.say(error_text(error))
            return False
        return True

    # ---- the catalog ----

    def describe(self, table: str) -> None:
        """\\d: the tables, or the columns of one."""
        if not table:
            self._session.show(self._session.connection.get_tables())
            return
        core = self._session.connection._core_connection()
        text, keys_told = _core.table_text(core, _plain(table), "\\d")
        self._session.show_text(text)
        if not keys_told and not self._settings.quiet:
            self._session.say("this server does not tell keys")

    def schemas(self, pattern: str) -> None:
        """\\dn"""
        connection = self._session.connection
        self._session.show(connection.get_db_schemas(db_schema=pattern or None))

    def catalogs(self, _: str) -> None:
        """\\l"""
        self._session.show(self._session.connection.get_catalogs())

    def refresh(self, _: str) -> None:
        """\\refresh"""
        self._session.catalog.refresh()

    # ---- how rows are shown ----

    def expanded(self, argument: str) -> None:
        """\\x"""
        self._settings.expanded = _switched(self._settings.expanded, argument)
        self._say_switch("expanded", self._settings.expanded)

    def full(self, argument: str) -> None:
        """\\full"""
        self._settings.full = _switched(self._settings.full, argument)
        self._say_switch("full cells", self._settings.full)

    def timing(self, argument: str) -> None:
        """\\timing"""
        self._settings.timing = _switched(self._settings.timing, argument)
        self._say_switch("timing", self._settings.timing)

    def pager(self, argument: str) -> None:
        """\\pager"""
        self._settings.paged = _switched(self._settings.paged, argument)
        self._say_switch("pager", self._settings.paged)

    def format(self, name: str) -> None:
        """\\f"""
        if name and name not in FORMATS:
            raise WrongUse(f"'{name}' is none of {', '.join(FORMATS)}")
        self._settings.format = name or self._settings.format
        self._session.say(f"format is {self._settings.format}")

    def output(self, path: str) -> None:
        """\\o"""
        file, self._session.file = self._session.file, None
        if file is not None:
            file.close()
        if path:
            self._session.file = open(os.path.expanduser(path), "wb")  # noqa: SIM115

    # ---- the session ----

    def include(self, path: str) -> None:
        """\\i"""
        if not path:
            raise WrongUse("\\i needs the name of a file")
        with open(os.path.expanduser(path), encoding="utf-8") as file:
            self._session.run_all(file.read())

    def live(self, sql: str) -> None:
        """\\live"""
        if sql in ("", "on", "off"):
            self._settings.live = _switched(self._settings.live, sql)
            self._say_switch("live", self._settings.live)
        else:
            self._session.run(sql, live=True)

    def set_option(self, argument: str) -> None:
        """\\set"""
        words = shlex.split(argument)
        if len(words) != 2:
            raise WrongUse("\\set needs NAME VALUE (docs/reference/options.md)")
        self._session.connection.set_option(*words)

    def begin(self, _: str) -> None:
        """\\begin"""
        self._session.connection.begin()

    def commit(self, _: str) -> None:
        """\\commit"""
        self._session.connection.commit()

    def rollback(self, _: str) -> None:
        """\\rollback"""
        self._session.connection.rollback()

    def connection(self, _: str) -> None:
        """\\conninfo"""
        info = self._session.connection.info
        with contextlib.suppress(_errors.Error):
            server = self._session.connection.server_info()
            info = {"server": f"{server['name']} {server['version']}".strip(), **info}
        shown = ("server", "address", "tls_version", "auth", "profile")
        lines = [
            f"{name.replace('_', ' '):<13}{_core.printable(str(info[name]))}\n"
            for name in shown
            if info.get(name)
        ]
        self._session.show_text("".join(lines))

    def help(self, _: str) -> None:
        """\\?"""
        self._session.show_text(HELP)

    def quit(self, _: str) -> None:
        """\\q"""
        raise Quit

    def _say_switch(self, what: str, on: bool) -> None:
        self._session.say(f"{what} is {'on' if on else 'off'}")


def _plain(name: str) -> str:
    """A quoted name without its quotes; others as they are."""
    if len(name) > 2 and name[0] == name[-1] and name[0] in '"`':
        return name[1:-1]
    return name


HELP = r"""A statement ends with ; and may take any number of lines.
Tab completes, Ctrl-R searches, Ctrl-C stops the statement, Ctrl-D leaves.

\d             tables              \d TABLE       columns and keys of one
\dn [PATTERN]  schemas             \l             catalogs
\f FORMAT      table, expanded, csv, jsonl or arrow
\x [on|off]    a line a value      \full [on|off] cells are never shortened
\o [FILE]      rows go to a file; without one to the terminal again
\pager [on|off]                    \timing [on|off]
\i FILE        run the statements of a file
\live [on|off] or \live SQL        Flink: the table that a query makes, as it changes
\begin  \commit  \rollback         where the server has transactions
\set NAME VALUE                    an option (docs/reference/options.md)
\conninfo      the connection      \refresh       read names for Tab again
\?             this                \q             leave
"""

BY_NAME: dict[str, Command] = {
    "\\d": Commands.describe,
    "\\dt": Commands.describe,
    "\\dn": Commands.schemas,
    "\\l": Commands.catalogs,
    "\\f": Commands.format,
    "\\x": Commands.expanded,
    "\\full": Commands.full,
    "\\o": Commands.output,
    "\\pager": Commands.pager,
    "\\timing": Commands.timing,
    "\\i": Commands.include,
    "\\live": Commands.live,
    "\\begin": Commands.begin,
    "\\commit": Commands.commit,
    "\\rollback": Commands.rollback,
    "\\set": Commands.set_option,
    "\\conninfo": Commands.connection,
    "\\refresh": Commands.refresh,
    "\\?": Commands.help,
    "\\q": Commands.quit,
}
