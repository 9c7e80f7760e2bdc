"""Errors that end a command with one clear message."""


class CommandError(Exception):
    """Ends the command; the message says what happened and what to do."""

    status = 1


class UsageError(CommandError):
    """Nothing was started: the arguments, the settings or the machine have to change first."""

    status = 2
