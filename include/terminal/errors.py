"""Errors that end a command with one clear message."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class CommandError(Exception):
    """Ends the command; the message says what happened and what to do."""

    status = 1


class UsageError(CommandError):
    """Nothing was started: the arguments, the settings or the machine have to change first."""

    status = 2


@contextmanager
def ending_the_program() -> Iterator[None]:
    """End the program with the message and status of an error in the block."""
    try:
        yield
    except CommandError as error:
        print(f"✗ {error}", file=sys.stderr)
        sys.exit(error.status)
