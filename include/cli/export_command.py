"""`bin/export`: writes positions, their versions and receipts as Parquet files.

    python -m include.cli.export_command FOLDER [--by-month] [--overwrite]

Documents that don't fit their definitions are named and left out; the exit status is then 1.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from pymongo.errors import PyMongoError
from rich.console import Console
from rich.table import Table

from include.cli.command import exit_status, jobs_database
from include.jobs.formatting import count, plain
from include.terminal.errors import CommandError, UsageError
from include.terminal.progress import complain, step

SHOWN_EVERY = 10_000
"""Rows between two progress messages."""

SHOWN_DAMAGED = 20
"""Damaged documents that are named; the others are counted."""


def export(options: argparse.Namespace, environ: Mapping[str, str], console: Console) -> int:
    """Export the jobs database into a folder; return the number of damaged documents.

    Raises:
        UsageError: pyarrow is missing, or there are files that would be overwritten.
        CommandError: MongoDB failed, or a file can't be written.
    """
    try:
        from include.store.export import MONTHS_OF
        from include.store.export import export as write
    except ModuleNotFoundError as error:
        raise UsageError(
            f"The package {error.name} is missing. Install pyarrow into this environment, in the "
            "version of constraints/."
        ) from error
    folder: Path = options.folder
    damaged: Counter[str] = Counter()

    def on_damage(collection: str, document: str, reason: str) -> None:
        damaged[collection] += 1
        if damaged.total() <= SHOWN_DAMAGED:
            complain(console, plain(f"{collection}, {document:.100}: {reason}. Left out."))

    try:
        existing = [path for name in MONTHS_OF for path in _outputs(folder, name) if _exists(path)]
        _check_existing(existing, may_overwrite=options.overwrite)
        folder.mkdir(exist_ok=True)
        with (
            tempfile.TemporaryDirectory(prefix=".export-", dir=folder) as temporary,
            jobs_database(environ) as database,
            step(console, "Exporting") as it,
        ):
            rows = 0

            def on_row() -> None:
                nonlocal rows
                rows += 1
                if rows % SHOWN_EVERY == 0:
                    it.now(f"{rows:,} exported")

            new, old = Path(temporary, "new"), Path(temporary, "old")
            new.mkdir()
            old.mkdir()
            counts = write(
                database, new, by_month=options.by_month, on_damage=on_damage, on_row=on_row
            )
            for path in existing:
                path.rename(old / path.name)
            for path in new.iterdir():
                path.rename(folder / path.name)
            it.done(f"{count(rows, 'document')} of the database {database.name} exported")
    except OSError as error:
        raise CommandError(
            f"{error.filename or folder} can't be written: {error.strerror or error}."
        ) from error
    except PyMongoError as error:
        raise CommandError(f"MongoDB failed: {error}. Nothing was exported; try again.") from error
    _show(counts, damaged, console)
    return damaged.total()


def _outputs(folder: Path, collection: str) -> tuple[Path, Path]:
    """Return what an export of a collection makes: a file, or by month a folder."""
    return folder / f"{collection}.parquet", folder / collection


def _exists(path: Path) -> bool:
    return os.path.lexists(path)


def _check_existing(existing: Sequence[Path], *, may_overwrite: bool) -> None:
    """Check that what exists may be replaced, and was made by an export.

    Raises:
        UsageError: it may not, or was not.
    """
    if existing and not may_overwrite:
        raise UsageError(
            f"{existing[0]} already exists. Name another folder, or add --overwrite to replace the "
            "earlier export."
        )
    for folder in existing:
        if folder.is_dir():
            for file in folder.rglob("*"):
                is_ours = file.parent == folder and file.name.startswith("month=")
                if not is_ours and file.name != f"{folder.name}.parquet":
                    raise UsageError(f"{file} is no part of an export: move it away first.")


def _show(counts: Mapping[str, int], damaged: Mapping[str, int], console: Console) -> None:
    table = Table("collection", "documents", "left out", box=None)
    for name, number in counts.items():
        table.add_row(name, f"{number:,}", f"{damaged[name]:,}")
    console.print(table)


def main(arguments: Sequence[str]) -> int:
    """Export, and return 1 if documents were left out."""
    parser = argparse.ArgumentParser(prog="bin/export", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="is made if it is missing")
    parser.add_argument(
        "--by-month", action="store_true", help="a file for each month, in folders month=2026-11"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier export")
    console = Console(stderr=True, highlight=False)
    damaged = export(parser.parse_args(arguments), os.environ, console)
    if damaged:
        complain(
            console,
            f"{count(damaged, 'document')} left out: the fields named above don't fit "
            "docs/data.md. The other documents are exported.",
        )
    return 1 if damaged else 0


if __name__ == "__main__":
    sys.exit(exit_status(main, sys.argv[1:]))
