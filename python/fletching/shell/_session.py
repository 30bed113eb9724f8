# SPDX-License-Identifier: Apache-2.0
"""A connection, how its results are shown, and the running of statements."""

from __future__ import annotations

import dataclasses
import sys
from typing import BinaryIO

from fletching import _core, _errors, _log
from fletching._connection import Connection
from fletching._cursor import Cursor
from fletching.shell import _live, _statements
from fletching.shell._catalog import Catalog
from fletching.shell._output import File, OutputClosed, Terminal
from fletching.shell._progress import ProgressLine


@dataclasses.dataclass
class Settings:
    """What commands switch."""

    format: str = "table"
    expanded: bool = False
    full: bool = False
    timing: bool = True
    paged: bool = True
    quiet: bool = False
    live: bool = False
    live_limits: tuple[int, int] = (0, 0)  # rows, bytes; 0: no limit

    @property
    def shown_as(self) -> str:
        """The format of the next result."""
        return "expanded" if self.expanded and self.format == "table" else self.format


def error_text(error: BaseException) -> str:
    """As the command line shows it."""
    if isinstance(error, _errors.Error):
        lines = "\n".join(map(_core.printable, str(error).split("\n")))
        return f"fletching: {lines} [{error.code}, SQLSTATE {error.sqlstate}]"
    return f"fletching: {error}"


def counted(rows: int, what: str = "") -> str:
    """A number of rows in words."""
    return f"{_core.grouped(rows)} row{'' if rows == 1 else 's'}{what}"


class Session:
    """One thread runs statements; Ctrl-C ends the one that runs and nothing else."""

    def __init__(
        self, connection: Connection, settings: Settings, *, is_flink: bool = False
    ) -> None:
        self.connection = connection
        self.settings = settings
        self.catalog = Catalog(connection)
        self.file: BinaryIO | None = None
        self._is_flink = is_flink

    def run_all(self, text: str) -> bool:
        """Run the statements of a text, up to the first that fails; whether all ran."""
        ended, rest = _statements.split(text)
        if _statements.without_comment(rest):
            ended.append(rest.strip())
        return all(self.run(statement) for statement in ended)

    def run(self, statement: str, *, live: bool | None = None) -> bool:
        """Run a statement and show what it gives, or why it failed; whether it ran."""
        try:
            self._run(statement, self.settings.live if live is None else live)
        except KeyboardInterrupt:
            self.say("fletching: interrupted")
            return False
        except (_errors.Error, OSError) as error:
            self.say(error_text(error))
            return False
        finally:
            _log.tell()
        if _statements.changes_catalog(statement):
            self.catalog.refresh()
        return True

    def say(self, text: str) -> None:
        """What is no row."""
        sys.stdout.flush()
        print(text, file=sys.stderr, flush=True)

    def show(self, cursor: Cursor) -> None:
        """The rows of a cursor, of the catalog say."""
        with ProgressLine(not self.settings.quiet) as line:
            self._show(cursor, line)

    def show_text(self, text: str) -> None:
        """Text in place of rows."""
        output = self._output()
        try:
            output.write(text.encode())
            output.finish()
        except OutputClosed:
            output.finish()

    # ---- within ----

    def _run(self, statement: str, live: bool) -> None:
        with (
            self.connection.cursor() as cursor,
            ProgressLine(not self.settings.quiet) as line,
        ):
            if live:
                cursor.set_option("fletching.flink.mode", "streaming")
                cursor.set_option("fletching.flink.changelog", "column")
            cursor.execute(
                statement, progress=line.of_statement if line.wanted else None
            )
            if cursor.description is None:
                line.stop()
                self._say_done(cursor.rowcount, line)
            elif live and cursor.description[0][0] == "op":
                line.stop()
                said = _live.show(
                    cursor,
                    self._format(),
                    self.settings.full,
                    self.settings.live_limits,
                )
                self._say_rows(said, line.seconds)
            else:
                self._show(cursor, line)

    def _show(self, cursor: Cursor, line: ProgressLine) -> None:
        rendered = _core.Rendered(
            cursor._take_reader(), self._format(), self.settings.full, self._is_flink
        )
        output = self._output()
        unread = ""
        try:
            while (data := rendered.next()) is not None:
                if data and self.file is None:
                    line.stop()
                output.write(data)
                line.say(rendered.progress(line.seconds))
            line.stop()
            seconds = line.seconds
            output.finish()
        except OutputClosed:
            seconds, unread = line.seconds, ", the rest was not read"
            output.finish()
        except BaseException:
            line.stop()
            output.finish()  # what has come is shown before what went wrong
            raise
        finally:
            rendered.close()
        self._say_rows(counted(rendered.rows, unread), seconds)

    def _format(self) -> str:
        shown_as = self.settings.shown_as
        if shown_as == "arrow" and self.file is None and sys.stdout.isatty():
            raise _errors.ProgrammingError(
                "format arrow is binary: send it to a file (\\o FILE)",
                code="INVALID_ARGUMENT",
                sqlstate="42000",
            )
        return shown_as

    def _output(self) -> Terminal | File:
        if self.file is not None:
            return File(self.file)
        return Terminal(self.settings.paged and not self._is_flink)

    def _say_rows(self, text: str, seconds: float) -> None:
        if self.settings.quiet:
            return
        shown = self.settings.shown_as in ("table", "expanded") or self.file is not None
        if shown and sys.stdout.isatty():
            self.say(text + self._time(seconds))
        elif shown:
            self.say(text)

    def _say_done(self, rows: int, line: ProgressLine) -> None:
        if not self.settings.quiet:
            done = "done" if rows < 0 else counted(rows, " changed")
            self.say(done + self._time(line.seconds))

    def _time(self, seconds: float) -> str:
        return f" ({seconds:.3f} s)" if self.settings.timing else ""
