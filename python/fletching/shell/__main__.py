# SPDX-License-Identifier: Apache-2.0
"""What the command line becomes: ``python -m fletching.shell DESCRIPTOR``."""

from __future__ import annotations

import contextlib
import locale
import sys
from typing import Any

import fletching
from fletching import _core
from fletching.shell import _statements
from fletching.shell._commands import Commands, Quit
from fletching.shell._given import Given
from fletching.shell._session import Session, Settings, error_text

_USAGE = 2
_MISSING = (
    "fletching shell: needs prompt_toolkit (pip install 'fletching[shell]');"
    " statements on standard input need nothing"
)


def exit_code(error: fletching.Error) -> int:
    """As the command line's (docs/reference/errors.md)."""
    codes = {"UNAUTHENTICATED": 4, "UNAUTHORIZED": 4, "TIMEOUT": 5, "IO": 3}
    usage = error.code == "INVALID_ARGUMENT" and error.vendor_code == 0
    return codes.get(error.code, _USAGE if usage else 1)


def _talk(session: Session) -> int:
    """One thing after the other until the person leaves."""
    try:
        from fletching.shell._prompt import Prompt
    except ImportError:
        print(_MISSING, file=sys.stderr)
        return _USAGE
    prompt = Prompt(session)
    commands = Commands(session)
    session.catalog.refresh()
    if not session.settings.quiet:
        version = _core.__version__
        print(f"fletching {version}; \\? for help, \\q or Ctrl-D to leave", flush=True)
    while True:
        try:
            text = prompt.ask().strip()
        except KeyboardInterrupt:
            continue  # the line is given up, no more
        except EOFError:
            return 0
        try:
            if text.startswith("\\"):
                commands.run(text)
            else:
                session.run_all(text)
        except Quit:
            return 0


def _read(session: Session) -> int:
    """What stands on standard input, line by line, up to the first failure."""
    commands = Commands(session)
    held = ""
    with contextlib.suppress(Quit):
        for line in sys.stdin:
            if not _statements.without_comment(held) and line.startswith("\\"):
                if not commands.run(line):
                    return 1
                continue
            statements, held = _statements.split(held + line)
            if not all(map(session.run, statements)):
                return 1
        if _statements.without_comment(held) and not session.run(held):
            return 1
    return 0


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _settings(given: Given) -> Settings:
    shown_as = given.format or ("table" if sys.stdout.isatty() else "csv")
    return Settings(
        format=shown_as,
        full=given.full,
        quiet=given.quiet,
        live=given.live,
        live_limits=(given.live_max_rows, given.live_max_bytes),
        timing=_is_terminal(),
        paged=_is_terminal(),
    )


def main(given: Given) -> int:
    """The exit code."""
    with contextlib.suppress(locale.Error):
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")  # for the widths of characters
    try:
        options: dict[str, Any] = {"autocommit": True, **given.options}
        if given.live:  # of single statements, so that \live can switch it off
            options.pop("mode", None)
            options["changelog"] = "auto"
        with fletching.connect(given.url, **options) as connection:
            session = Session(connection, _settings(given), is_flink=given.is_flink)
            for sql in given.init:
                connection.execute(sql).close()
            return _talk(session) if _is_terminal() else _read(session)
    except fletching.Error as error:
        print(error_text(error), file=sys.stderr)
        return exit_code(error)
    except KeyboardInterrupt:
        print("fletching: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 141


if __name__ == "__main__":
    sys.exit(main(Given.read(int(sys.argv[1]))))
