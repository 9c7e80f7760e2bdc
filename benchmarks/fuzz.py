"""Rows made up by a fuzzer that sees which code they reach: does every one end well?

    python -m benchmarks.fuzz [--minutes 60] [--corpus FOLDER]

Half of the inputs are the text of a row, the other half choose what is changed in a good one (see
`tests/support/odd_rows.py`). What fails, hangs or takes too much memory ends the campaign and is
kept as a file in the working directory; with that file's name as argument, it is tried once more.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from pathlib import Path
from random import Random

MISSING = "The fuzzer is not installed with the project: pip install atheris==3.0.0 beside it."
LONGEST_INPUT = 20_000
SECONDS_FOR_ONE = 10
MEGABYTES = 1500

# What the bits of an input's first byte mean.
OF_A_PAST_DAY, TEXT_OF_A_ROW, OTHER_KEYWORD = 1, 2, 4

try:
    import atheris
except ImportError:
    sys.exit(MISSING)

with atheris.instrument_imports(include=["include"]):
    from include.jobs.source import HISTORIC, SEARCH
    from tests.support.odd_rows import GOOD, KEYWORDS, ending, odd_row


class ChosenByBytes(Random):
    """A source of chances that are bytes of an input; the input at its end, all are 0."""

    def __init__(self, source: bytes) -> None:
        super().__init__(0)
        self.rest = iter(source)

    def getrandbits(self, bits: int) -> int:
        """Take as many bytes as the bits need."""
        taken = 0
        for _ in range(0, bits, 8):
            taken = taken << 8 | next(self.rest, 0)
        return taken & ((1 << bits) - 1)

    def random(self) -> float:
        """Take four bytes."""
        return self.getrandbits(32) / 2**32


def try_input(written: bytes) -> None:
    """Make a row of the input, and let it through."""
    if not written:
        return
    source = HISTORIC if written[0] & OF_A_PAST_DAY else SEARCH
    if written[0] & TEXT_OF_A_ROW:
        try:
            row = json.loads(written[1:])
        except (ValueError, RecursionError):
            return
    else:
        row = odd_row(source, ChosenByBytes(written[1:]))
    ending(source, row, KEYWORDS[bool(written[0] & OTHER_KEYWORD)])


def plant(folder: Path) -> None:
    """Put good rows among the inputs to begin with."""
    for source, kind in ((SEARCH, TEXT_OF_A_ROW), (HISTORIC, TEXT_OF_A_ROW | OF_A_PAST_DAY)):
        for number, row in enumerate(GOOD[source][:20]):
            (folder / f"{source}-{number}").write_bytes(bytes([kind]) + json.dumps(row).encode())


def main() -> None:
    """Run the campaign."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--corpus", help="keeps what reached new code, for the next campaign")
    parser.add_argument("find", nargs="?", help="a file that an earlier campaign left")
    arguments = parser.parse_args()
    logging.disable()
    folder = Path(arguments.corpus or tempfile.mkdtemp())
    plant(folder)
    atheris.Setup(
        [
            sys.argv[0],
            f"-max_total_time={int(arguments.minutes * 60)}",
            f"-max_len={LONGEST_INPUT}",
            f"-timeout={SECONDS_FOR_ONE}",
            f"-rss_limit_mb={MEGABYTES}",
            "-len_control=10",
            arguments.find or str(folder),
        ],
        try_input,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
