"""All benchmarks in one table; with --write they are kept, and `docs/performance.md` is written.

    python -m benchmarks [PART ...] [--quick] [--write]

A part that fails is reported, and the others go on; what was kept of it stays. Nothing else should
run on the machine meanwhile: figures that were measured while it was busy are marked.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from benchmarks.part import QUICK, Part, noted, table_of
from benchmarks.parts import PARTS
from benchmarks.performance import write_page
from benchmarks.results import BUSY, Machine, Result, busy, keep_result, this_machine
from include.local.mongod import embedded_mongod


def machine_here() -> Machine:
    """Return what this machine is, with the MongoDB that benchmarks start."""
    with tempfile.TemporaryDirectory() as name, embedded_mongod(Path(name)) as mongod:
        return this_machine(mongod.port)


def measure(console: Console, part: Part, machine: Machine, *, quick: bool) -> Result:
    """Run a part; raises what it raises."""
    before = busy()
    if before > BUSY:
        console.print(
            f"This machine is busy: others take {before:.0%} of its processor (load average "
            f"{os.getloadavg()[0]:.1f}). The figures will be worse than they should be.",
            style="yellow",
        )
    sizes = part.sizes_of(quick)
    found = list(noted(console, part.lines(**sizes)))
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    return Result(day, machine, sizes, quick, before, found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status: 1 if a part failed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    names = ", ".join(PARTS)
    parser.add_argument("part", nargs="*", metavar="PART", help=f"of {names}; all unless given")
    parser.add_argument("--quick", action="store_true", help=QUICK)
    parser.add_argument("--write", action="store_true", help="keep them, and write the page")
    chosen = parser.parse_args(arguments)
    if unknown := sorted(set(chosen.part) - PARTS.keys()):
        parser.error(f"there is no part {', '.join(unknown)}; there are {names}")
    console = Console()
    failed = []
    found = {}
    parts = chosen.part or [*PARTS]
    machine = machine_here()
    for number, name in enumerate(parts, start=1):
        console.rule(f"{name}, part {number} of {len(parts)}")
        began = time.monotonic()
        try:
            found[name] = measure(console, PARTS[name], machine, quick=chosen.quick)
        except KeyboardInterrupt:
            console.print(
                f"Stopped in {name}; with --write, the parts before it are kept.", style="red"
            )
            return 130
        except Exception:
            console.print_exception()
            failed.append(name)
            continue
        console.print(f"{name} took {time.monotonic() - began:.0f} s", style="dim")
        if chosen.write:
            keep_result(name, found[name])
            write_page()
    console.print(table_of(str(machine), (line for each in found.values() for line in each.lines)))
    if failed:
        again = f"python -m benchmarks {' '.join(failed)}{' --write' if chosen.write else ''}"
        console.print(f"Failed: {', '.join(failed)}. To measure just these: {again}", style="red")
    return 1 if failed else 0


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    sys.exit(main())
