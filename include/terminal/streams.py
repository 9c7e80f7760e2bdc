"""Standard output and standard error, on any terminal."""

from __future__ import annotations

import codecs
import io
import locale
import sys


def adapt_streams(*, line_buffering: bool = False) -> None:
    """Write in the terminal's encoding, with `?` for what it lacks.

    Python itself runs in UTF-8 mode, in which it would write UTF-8 to every terminal. A locale
    without any characters beyond ASCII says nothing about the terminal, which most likely shows
    UTF-8.
    """
    encoding = codecs.lookup(locale.getencoding()).name
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                encoding="utf-8" if encoding == "ascii" else encoding,
                errors="replace",
                line_buffering=line_buffering or stream.line_buffering,
            )
