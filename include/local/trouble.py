"""The errors that end a run with one clear line."""


class Trouble(Exception):
    """Ends the run: the message says what happened and what to do."""

    status = 1


class Refusal(Trouble):
    """Nothing was started, because something about the request or the machine has to change."""

    status = 2
