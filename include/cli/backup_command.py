"""`bin/backup` and `bin/restore`: save the jobs database to a file, and restore it.

    python -m include.cli.backup_command backup|restore FILE

`-` is standard output or standard input.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO

from pymongo.errors import PyMongoError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from include.cli.command import exit_status, jobs_database
from include.jobs.formatting import count, plain
from include.store.backup import (
    BadBackup,
    NoBackup,
    Stored,
    collections,
    read_backup,
    stored,
    write_backup,
)
from include.store.restore import Outcome, merge, receipts_last, survey
from include.store.upserts import StorageError
from include.terminal.errors import CommandError, UsageError
from include.terminal.progress import Step, step

STREAM = "-"

USAGE = {
    "backup": "Usage: bin/backup FILE, or - for standard output.",
    "restore": "Usage: bin/restore FILE, or - for standard input.",
}

SHOWN_EVERY = 10_000
"""Documents between two progress messages."""


def backup(target: str, environ: Mapping[str, str], console: Console) -> None:
    """Write the jobs database to a new file, or to standard output.

    Raises:
        UsageError: the file exists, standard output is a terminal, or the database is empty.
        CommandError: MongoDB failed, or the backup can't be written.
    """
    with _backup_file(target) as file, jobs_database(environ) as database:
        if not collections(database):
            raise UsageError(f"The database {database.name} is empty: there is nothing to back up.")
        try:
            with step(console, "Backing up") as it:
                documents = _counted(stored(database), it, "backed up")
                counts = write_backup(file, documents, database.name, datetime.now(UTC))
                it.done(
                    f"{count(counts.total(), 'document')} of the database {database.name} backed up"
                )
        except NoBackup as error:
            raise CommandError(str(error)) from error
        except PyMongoError as error:
            raise CommandError(
                f"MongoDB failed: {error}. No backup was made; try again."
            ) from error
    table = Table("collection", "documents", box=None)
    for name, number in counts.items():
        table.add_row(Text(plain(name)), f"{number:,}")
    console.print(table)


def restore(source: str, environ: Mapping[str, str], console: Console) -> None:
    """Merge a backup into the jobs database, after checking all of it.

    Raises:
        UsageError: the file is not a valid backup.
        CommandError: MongoDB failed, or the file can't be read.
    """
    with jobs_database(environ) as database, _copied(source) as file:
        try:
            with step(console, "Checking the backup") as it:
                found = survey(_counted(read_backup(file), it, "checked"))
                total = sum(found.counts.values())
                it.done(f"The backup is complete: {count(total, 'document')}")
            with step(console, "Restoring") as it:
                documents = _counted(receipts_last(file), it, f"of {total:,} restored")
                outcomes = merge(database, documents, found.searches)
                it.done(f"{count(total, 'document')} restored into the database {database.name}")
        except BadBackup as error:
            raise UsageError(f"{error} Nothing was restored.") from error
        except StorageError as error:
            raise CommandError(str(error)) from error
    console.print(_summary(outcomes))


def _summary(outcomes: Mapping[str, Outcome]) -> Table:
    table = Table("collection", "documents", "new", "existing, merged", box=None)
    for name, outcome in sorted(outcomes.items()):
        total = outcome.added + outcome.merged
        table.add_row(Text(plain(name)), f"{total:,}", f"{outcome.added:,}", f"{outcome.merged:,}")
    return table


@contextmanager
def _backup_file(target: str) -> Iterator[BinaryIO]:
    """Open the target of a backup; a file gets its final name only if the block succeeds."""
    try:
        if target == STREAM:
            if sys.stdout.isatty():
                raise UsageError(
                    "A backup can't be shown in a terminal: name a file, or use a pipe."
                )
            # A separate file object: Python would flush sys.stdout again at exit after an error.
            with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as file:
                yield file
        else:
            with _new_file(Path(target)) as file:
                yield file
    except OSError as error:
        name = "Standard output" if target == STREAM else target
        raise CommandError(
            f"{name} can't be written: {error.strerror or error}. No backup was made."
        ) from error


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    if os.path.lexists(path):
        raise UsageError(f"{path} already exists. Name another file, or move that one away first.")
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            yield file
            file.flush()
            os.fsync(number)
        os.rename(name, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


@contextmanager
def _copied(source: str) -> Iterator[BinaryIO]:
    """Copy a backup to a temporary file, because it has to be read more than once."""
    with _given(source) as given, tempfile.TemporaryFile() as copy:
        try:
            copyfileobj(given, copy)
        except OSError as error:
            name = "Standard input" if source == STREAM else source
            raise CommandError(
                f"{name} can't be copied to {tempfile.gettempdir()}: {error.strerror or error}. "
                "Nothing was restored."
            ) from error
        copy.seek(0)
        yield copy


def _given(source: str) -> BinaryIO:
    if source == STREAM:
        return sys.stdin.buffer
    try:
        return open(source, "rb")
    except OSError as error:
        raise CommandError(
            f"{source} can't be read: {error.strerror or error}. Nothing was restored."
        ) from error


def _counted(documents: Iterable[Stored], it: Step, words: str) -> Iterator[Stored]:
    for number, document in enumerate(documents, 1):
        if number % SHOWN_EVERY == 0:
            it.now(f"{number:,} {words}")
        yield document


def main(arguments: Sequence[str]) -> int:
    """Back up or restore, as the first argument says."""
    command, *files = arguments
    if len(files) != 1 or (files[0].startswith("-") and files[0] != STREAM):
        raise UsageError(USAGE[command])
    {"backup": backup, "restore": restore}[command](
        files[0], os.environ, Console(stderr=True, highlight=False)
    )
    return 0


if __name__ == "__main__":
    sys.exit(exit_status(main, sys.argv[1:]))
