"""Where each step's time goes: the five functions that take most of it.

    python -m benchmarks.profile [--rows 1000]

Each step is its task, as in `benchmarks.chain`, run once under Python's profiler. A function counts
by what it takes itself, without those that it calls; one of a library in C counts in whole. The
profiler makes small functions look dearer than they are, so shares count, not seconds.
"""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks import task_run
from benchmarks.chain import LIMIT, STEPS, chain_of
from benchmarks.part import Line, Part, Size
from benchmarks.rows import heavy_rows
from benchmarks.stopwatch import Stopwatch
from include.local.settings import PROJECT

MOST = 5


class Share(NamedTuple):
    """A function, and its share of a step's time."""

    function: str
    share: float
    calls: int


class Profiler(Stopwatch):
    """Notes which functions take the time of its `with` blocks."""

    def __init__(self) -> None:
        super().__init__()
        self._profile = cProfile.Profile()

    def __enter__(self) -> Profiler:
        super().__enter__()
        self._profile.enable()
        return self

    def __exit__(self, *of_the_block: object) -> None:
        self._profile.disable()
        super().__exit__(*of_the_block)

    def most(self) -> list[Share]:
        """Return those that take most, first the one that takes most of all."""
        found = pstats.Stats(self._profile)
        whole = found.total_tt or 1
        shares = [
            Share(_name_of(*where), own / whole, calls)
            for where, (_, calls, own, _, _) in found.stats.items()
        ]
        return sorted(shares, key=lambda each: -each.share)[:MOST]


def profiled(folder: Path, step: Callable[..., object]) -> list[Share]:
    """Run a step under the profiler; return what takes most."""
    profiler = Profiler()
    step(folder, watch=profiler)
    return profiler.most()


def lines(rows: int) -> Iterator[Line]:
    """Yield a line for each function."""
    with chain_of(heavy_rows(rows), 2 * LIMIT) as chain:
        for name in STEPS:
            shares = chain.measured(profiled, getattr(task_run, name)).result
            for share in shares:
                yield Line(
                    f"{name}: {share.function}",
                    f"{share.share:.0%}",
                    f"{share.calls:,} calls",
                    None,
                )


def _name_of(file: str, line: int, function: str) -> str:
    """Return a function's name with its file, as one looks for it."""
    if file == "~":  # It is one of C: "<built-in method builtins.isinstance>".
        return f"`{function.strip('<>').removeprefix('built-in method ')}`"
    path = Path(file)
    if path.is_relative_to(PROJECT):
        path = path.relative_to(PROJECT)
    elif "site-packages" in path.parts:
        path = Path(*path.parts[path.parts.index("site-packages") + 1 :])
    else:
        path = Path(*path.parts[-2:])
    return f"`{function}` in `{path}`"


PART = Part("benchmarks.profile", __doc__, lines, {"rows": Size(1_000, quick=200)})

if __name__ == "__main__":
    PART.main()
