"""Reads text files that any editor wrote. Needs the standard library only."""

from __future__ import annotations

import codecs
from pathlib import Path

# The one of UTF-32 begins with the one of UTF-16, so it comes first.
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


class UnreadableText(ValueError):
    """A file can't be read as text; the message says why and what to do.

    `what` is the message without the line, if that is known.
    """

    def __init__(self, what: str, line: int | None = None) -> None:
        super().__init__(f"its line {line}{what.removeprefix('it')}" if line else what)
        self.what = what
        self.line = line


def read_text(file: Path) -> str:
    """Return the text of a file in UTF-8, or in the encoding that its byte order mark names.

    Its lines end with line feeds, whatever they end with in the file.

    Raises:
        UnreadableText: it can't be opened, or is in another encoding.
    """
    try:
        if file.is_symlink() and not file.exists():
            raise UnreadableText("it is a link to a file that does not exist")
        # Reading anything else, such as a pipe, may never end.
        if not file.is_file():
            raise UnreadableText("it is not a file")
        content = file.read_bytes()
    except OSError as error:
        raise UnreadableText(_why(error)) from None
    return _decode(content)


def _why(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "this user may not read it: change its permissions or its owner"
    return f"{error.strerror or error}".lower()


def _decode(content: bytes) -> str:
    mark = next((mark for mark in BYTE_ORDER_MARKS if content.startswith(mark)), b"")
    encoding = BYTE_ORDER_MARKS.get(mark, "utf-8")
    try:
        text = content[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, len(mark) + error.start) + 1
        what = f"it is not text in {encoding.upper()}: save it in UTF-8"
        raise UnreadableText(what, line) from None
    if "\0" in text or (mark and not text):
        raise UnreadableText("it is not text in UTF-8: save it in UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")
