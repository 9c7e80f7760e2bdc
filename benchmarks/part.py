"""Parts of the benchmarks: what each measures, in lines of one table.

Every line gives a ratio against a baseline of the same run, as seconds of different machines don't
compare.
"""

from __future__ import annotations

import argparse
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
    ratio: float


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

    def command(self, quick: bool = False) -> str:
        """Return the command that repeats this part alone."""
        return f"python -m {self.module}{' --quick' if quick else ''}"

    def measure(self, quick: bool = False) -> Iterator[Line]:
        """Yield the lines at their usual sizes, or at the quick ones."""
        return self.lines(**self._sizes(quick))

    def main(self) -> None:
        """Run this part alone, with the sizes of the command line."""
        parser = _parser(self.about)
        for name, size in self.sizes.items():
            parser.add_argument(f"--{name}", type=int, help=f"{size.usual:,} unless given")
        options = vars(parser.parse_args())
        given = {name: options[name] for name in self.sizes if options[name] is not None}
        sizes = self._sizes(options["quick"]) | given
        title = ", ".join(f"{size:,} {name}" for name, size in sizes.items())
        _show(title, ((self, line) for line in self.lines(**sizes)), commands=False, quick=False)

    def _sizes(self, quick: bool) -> dict[str, int]:
        return {name: size.quick if quick else size.usual for name, size in self.sizes.items()}


def measure_all(about: str, parts: Iterable[Part]) -> None:
    """Run all parts and print one table."""
    quick = _parser(about).parse_args().quick
    lines = ((part, line) for part in parts for line in part.measure(quick))
    _show("Job Tracker's benchmarks", lines, commands=True, quick=quick)


def _parser(about: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, for a first impression")
    return parser


def _show(title: str, lines: Iterable[tuple[Part, Line]], *, commands: bool, quick: bool) -> None:
    """Say each line when it is known, and at last print the table."""
    table = Table("what", "measured", "baseline of the same run", "ratio", title=title)
    if commands:
        table.add_column("to repeat", overflow="fold")
    console = Console()
    for part, line in lines:
        console.print(f"{line.what}: {line.measured}", style="dim", highlight=False)
        cells = [line.what, line.measured, line.baseline, f"{line.ratio:.2f}"]
        table.add_row(*cells, *([part.command(quick)] if commands else []))
    console.print(table)
