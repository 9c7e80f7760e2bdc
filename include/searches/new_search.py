"""Writes the file of a new search."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import tomli_w

from include.searches.parameters import SearchParameters
from include.searches.saved_searches import SUFFIX, Entry, SavedSearch


class NameTaken(ValueError):
    """There is a file of this name, whatever is in it."""


def new_search(
    name: str, parameters: SearchParameters, schedule: str, timezone: str
) -> SavedSearch:
    """Return a search whose DAG starts paused, without recipients.

    Raises:
        ValidationError: schedule or time zone are not valid.
    """
    held = {**parameters.model_dump(), "schedule": schedule, "timezone": timezone}
    return SavedSearch(name, Entry(**held, starts_paused=True))


def as_toml(search: SavedSearch) -> str:
    """Return the text of a search's file; what is not set is left out.

    All parameters but the wishes are in it, so that it stays the same search if a default changes.
    """
    entry = search.entry
    held = {**search.parameters.model_dump(), **entry.model_dump(exclude_defaults=True)}
    timing = {"schedule": entry.schedule, "timezone": entry.timezone}
    return (
        f"# The search of the DAG {search.dag_id}. default.toml explains the keys, also those of\n"
        "# recipients. With starts_paused, the DAG runs only once it is unpaused in Airflow.\n"
        f"{tomli_w.dumps({**held, **timing})}"
    )


def save(search: SavedSearch, folder: Path) -> None:
    """Write the file of a new search, all of it at once; no other file is ever replaced.

    Raises:
        NameTaken: there is a file of this name.
        OSError: the folder can't be written, or is not there.
    """
    file = folder / f"{search.name}{SUFFIX}"
    # Files whose names begin with a dot are no searches, so nobody reads half a file.
    draft = folder / f".{search.name}{SUFFIX}.{secrets.token_hex(8)}"
    try:
        with draft.open("x", encoding="utf-8") as opened:
            opened.write(as_toml(search))
            opened.flush()
            os.fsync(opened.fileno())
        # Unlike a renaming, this fails if there is a file of that name.
        os.link(draft, file)
    except FileExistsError:
        raise NameTaken(f"there is a file {file.name}") from None
    finally:
        draft.unlink(missing_ok=True)
