from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = (
    "import locale; from include.terminal.streams import adapt_streams\n"
    "locale.getencoding = lambda: {encoding!r}\n"
    "adapt_streams(); print('✓ Évian')"
)


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("UTF-8", "✓ Évian".encode()),
        ("ISO-8859-1", b"? \xc9vian"),
        ("KOI8-R", b"? ?vian"),
        ("ANSI_X3.4-1968", "✓ Évian".encode()),
    ],
)
def test_output_is_in_the_encoding_of_the_terminal(encoding: str, shown: bytes) -> None:
    run = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", PROGRAM.format(encoding=encoding)],
        capture_output=True,
        check=True,
    )

    assert run.stdout.strip() == shown
