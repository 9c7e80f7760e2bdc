"""Parts of the benchmarks: what each measures, in lines of one table.

Seconds of different machines don't compare, so every line says beside what it was measured in the
same run; the few without a ratio say why.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from rich.console import Console
from rich.table import Table


class Line(NamedTuple):
    """A measurement beside its baseline, each with its unit."""

    what: str
    measured: str
    baseline: str
    ratio: float | None

    @property
    def figure(self) -> tuple[float, str]:
        """The first number of what was measured, and its unit: 2.5 s of "2.5 s (CPU 1.2 s)"."""
        number, unit, *_ = f"{self.measured} - -".split()
        return float(number.replace(",", "")), unit

    def ratio_in_words(self) -> str:
        """Return the ratio to the baseline as it is shown."""
        return "" if self.ratio is None else f"{self.ratio:.2f}"


class Size(NamedTuple):
    """How much a part measures, and how much where a first impression will do."""

    usual: int
    quick: int


@dataclass(frozen=True)
class Part:
    """What a module measures: `python -m MODULE` runs it alone.

    `lines` takes the sizes by their names and yields each line when it is known.
    """

    module: str
    about: str
    lines: Callable[..., Iterator[Line]]
    sizes: Mapping[str, Size] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name by which it is chosen."""
        return self.module.rpartition(".")[2]

    @property
    def subject(self) -> str:
        """What it measures, in a sentence."""
        return self.about.partition("\n\n")[0].replace("\n", " ")

    def sizes_of(self, quick: bool) -> dict[str, int]:
        """Return its usual sizes, or the quick ones."""
        return {name: size.quick if quick else size.usual for name, size in self.sizes.items()}

    def main(self) -> None:
        """Run this part alone, with the sizes of the command line."""
        logging.disable(logging.WARNING)
        parser = argparse.ArgumentParser(
            description=self.about, formatter_class=argparse.RawTextHelpFormatter
        )
        parser.add_argument("--quick", action="store_true", help=QUICK)
        for name, size in self.sizes.items():
            parser.add_argument(f"--{name}", type=int, help=f"{size.usual:,} unless given")
        options = vars(parser.parse_args())
        given = {name: options[name] for name in self.sizes if options[name] is not None}
        sizes = self.sizes_of(options["quick"]) | given
        console = Console()
        title = ", ".join(f"{size:,} {name}" for name, size in sizes.items())
        console.print(table_of(title, noted(console, self.lines(**sizes))))


QUICK = "small sizes, for a first impression"


def noted(console: Console, lines: Iterable[Line]) -> Iterator[Line]:
    """Yield the lines, and say each when it is known."""
    for line in lines:
        console.print(f"{line.what}: {line.measured}", style="dim", highlight=False)
        yield line


def table_of(title: str, lines: Iterable[Line]) -> Table:
    """Return a table for a terminal."""
    table = Table("what", "measured", "baseline of the same run", "ratio", title=title)
    for line in lines:
        table.add_row(line.what, line.measured, line.baseline, line.ratio_in_words())
    return table
