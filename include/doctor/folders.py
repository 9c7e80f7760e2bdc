"""Checks folders, free disk space and saved searches."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from include.doctor.findings import Finding, State, note, ok, problem
from include.doctor.redaction import HIDDEN
from include.jobs import limits
from include.jobs.formatting import count
from include.searches.saved_searches import SavedSearches

GIB = 1024**3
URL = re.compile(r"([A-Za-z][\w+.-]*://)[^\s'\"]*")


def check_writable(what: str, folder: Path, advice: str) -> Iterator[Finding]:
    """Check that this user can create files in a folder, which may not exist yet."""
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    if not existing.is_dir():
        yield problem(f"{what}: {existing} is not a folder.", advice)
    elif not os.access(existing, os.W_OK | os.X_OK):
        yield problem(f"{what}: this user can't write to {existing}.", advice)
    else:
        yield ok(f"{what}: {folder} is writable.")
        free = disk_space(f"The disk of {folder}", shutil.disk_usage(existing).free)
        if free.state != State.OK:
            yield free


def disk_space(what: str, free: int) -> Finding:
    """Return whether the free bytes are enough."""
    words = f"{what} has {free / GIB:.1f} GB free."
    if free < limits.FULL_DISK_BYTES:
        return problem(words, "Make room: a run could not write what it finds.")
    return note(words, "Make room soon.") if free < limits.LOW_DISK_BYTES else ok(words)


def check_searches(folder: Path, searches: SavedSearches) -> Iterator[Finding]:
    """Check the saved searches of a folder, as they were read."""
    if folder.is_dir() and not os.access(folder, os.R_OK | os.X_OK):
        yield problem(
            f"This user can't read the folder {folder}.", "Give it read access (chmod a+rX)."
        )
    for each in searches.problems:
        # Somebody may have written a service's URL, with its token, instead of a connection's name.
        words = URL.sub(rf"\1{HIDDEN}", str(each))
        yield problem(
            f"The search {words.rstrip('.')}.", "Until this is fixed, the search has no DAG."
        )
    if searches.good:
        names = ", ".join(search.name for search in searches.good)
        yield ok(f"{count(len(searches.good), 'valid search', 'valid searches')}: {names}.")


def local_folder(path: str) -> Path | None:
    """Return the folder of a `file://` URL or a path; None if it is in an object storage."""
    url = urlsplit(path)
    if url.scheme in ("", "file"):
        return Path(unquote(url.path))
    return None
