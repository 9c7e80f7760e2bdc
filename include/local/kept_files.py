"""Small files that the stack keeps in `.local/`, for its owner only and never half written."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from include.terminal.errors import UsageError


def write_whole(file: Path, text: str) -> None:
    """Write a file that only its owner may read; a reader sees the old or the new text."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode=0o600)
        with open(descriptor, "w", encoding="utf-8") as written:
            written.write(text)
            written.flush()
            os.fsync(descriptor)
        new.replace(file)
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)


def kept_secret(file: Path, generate: Callable[[], str], is_usable: Callable[[str], bool]) -> str:
    """Return the text of a file, writing a new one if there is none or it is damaged.

    Raises:
        UsageError: it can't be read.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        text = ""
    except OSError as error:
        raise UsageError(
            f"{file} can't be read: {error.strerror}. Give it to the user who runs this, or delete "
            "it: a new secret is written then."
        ) from error
    if not is_usable(text):
        text = generate()
        write_whole(file, text)
    elif file.stat().st_mode & 0o077:
        file.chmod(0o600)
    return text
