"""How reading and judging a row grows with the row: time and memory for n, 2n and 4n of something.

    python -m benchmarks.growth [--characters 100000]

Twice as much of anything must not take much more than twice as long: a ratio near 4 would be one
thing gone through for each other one. The worst come first; a time is the processor's, the best of
five.
"""

from __future__ import annotations

import argparse
import logging
import time
import tracemalloc
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from tests.support.growing_rows import ENTRIES, TEXTS, Growing
from tests.support.odd_rows import ending

TURNS = 5
CHARACTERS_FOR_AN_ENTRY = 50
"""A text has to be longer than a list to take as long."""


class Cost(NamedTuple):
    """What a row takes, in seconds and bytes."""

    seconds: float
    peak: int


def cost(growing: Growing, count: int) -> Cost:
    """Measure one row."""
    row = growing.row(count)
    times = []
    for _ in range(TURNS):
        began = time.process_time()
        ending(growing.source, row)
        times.append(time.process_time() - began)
    tracemalloc.start()
    ending(growing.source, row)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return Cost(min(times), peak)


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--characters", type=int, default=100_000, help="n for texts")
    characters = parser.parse_args().characters
    logging.disable()
    grown = []
    for growing in (*ENTRIES, *TEXTS):
        count = characters // (CHARACTERS_FOR_AN_ENTRY if growing in ENTRIES else 1)
        costs = [cost(growing, factor * count) for factor in (1, 2, 4)]
        grown.append((growing.what, count, costs))
    table = Table("what grows", "n", "ms", "time 2n/n", "4n/2n", "memory 4n/2n")
    for what, count, (one, two, four) in sorted(
        grown, key=lambda entry: -entry[2][2].seconds / entry[2][1].seconds
    ):
        table.add_row(
            what,
            f"{count:,}",
            f"{one.seconds * 1000:.1f}",
            f"{two.seconds / one.seconds:.2f}",
            f"{four.seconds / two.seconds:.2f}",
            f"{four.peak / two.peak:.2f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
