"""Errors that end a command with one clear message.

Uses the standard library only, because `run.sh` needs it before it installs anything.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130
"""The exit status after Ctrl-C."""


class CommandError(Exception):
    """Ends the command; the message says what happened and what to do."""

    status = 1


class UsageError(CommandError):
    """Nothing was started: the arguments, the settings or the machine have to change first."""

    status = 2


FULL = (errno.ENOSPC, errno.EDQUOT)
NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS)


def refused_by_system(error: OSError) -> CommandError:
    """Return the error to end with if the file system, or another part of it, refuses something."""
    what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    if error.errno in FULL:
        return CommandError(f"{what}. Free some space and start it again; nothing stored is lost.")
    if error.errno in NOT_ALLOWED:
        return CommandError(
            f"{what}. Give the project's directory, with .local, to the user who runs this: after "
            "a start as another user (sudo) with sudo chown -R."
        )
    return CommandError(f"This machine refuses something that is needed: {what}.")


@contextmanager
def ending_the_program() -> Iterator[None]:
    """End the program with the message and status of an error in the block."""
    try:
        yield
    except (CommandError, OSError) as error:
        problem = refused_by_system(error) if isinstance(error, OSError) else error
        print(f"✗ {problem}", file=sys.stderr)
        sys.exit(problem.status)
