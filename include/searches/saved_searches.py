"""Saved searches: one TOML file each, in the DAG folder.

The file name is the name of the search. The file sets the parameters of the trigger form, the
schedule and the recipients; anything left out has its default.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, ConfigDict, Field, ValidationError

from include.jobs.text_files import UnreadableText, read_text
from include.searches.parameters import SearchParameters, describe_error, trigger_form
from include.searches.schedule import Schedule, check_cron
from include.searches.visible_text import END

FOLDER = Path(__file__).resolve().parents[2] / "dags" / "searches"
DAG_ID = "job_tracker"
DEFAULT = "default"
"""The search of the DAG `job_tracker`; the other DAGs are called `job_tracker_NAME`."""

TAKEN = frozenset({"outcomes", "reprocess", "retention", "searches"})
"""Reserved names: their DAG ids or DAG files are used for something else."""

SUFFIX = ".toml"
SEARCH_FILE = re.compile(r"[^.].*\.toml", re.IGNORECASE | re.DOTALL)

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
MAX_NAME_CHARACTERS = 50


def check_name(name: str) -> str:
    """Return a name that a search can have.

    Raises:
        ValueError: it is reserved, or can't be part of a DAG id.
    """
    if name in TAKEN or not NAME.fullmatch(name) or len(name) > MAX_NAME_CHARACTERS:
        raise ValueError(
            f"the name {name!r:.80} can't be part of a DAG id: it is reserved, or is not made of "
            f"at most {MAX_NAME_CHARACTERS} lower-case letters, digits and single underscores"
        )
    return name


def is_ours(dag_id: str) -> bool:
    """Return whether a DAG id belongs to this project."""
    return dag_id == DAG_ID or dag_id.startswith(f"{DAG_ID}_")


def runs_a_search(dag_id: str) -> bool:
    """Return whether a DAG is that of a search, by its id."""
    return is_ours(dag_id) and dag_id.removeprefix(f"{DAG_ID}_") not in TAKEN


class BadSearches(ValueError):
    """Some files are not valid; the message names each with its line and what is wrong."""


class Recipient(NamedTuple):
    """A recipient of notifications: an e-mail address, an Apprise connection, or the task's log."""

    channel: str
    address: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.address}" if self.address else self.channel


LOG = Recipient("log", "")
"""The recipient of a search that names none."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("not a time zone; an example is “America/Chicago”") from None
    return name


Cron = Annotated[str, AfterValidator(check_cron)]
Zone = Annotated[str, AfterValidator(_known_zone)]
Address = Annotated[str, Field(pattern=rf"^[^@\s,;<>\"]+@[^@\s,;<>\"]+{END}", max_length=254)]
ConnectionId = Annotated[str, Field(pattern=rf"^[A-Za-z0-9_.:-]{{1,250}}{END}")]


class Entry(SearchParameters):
    """The content of a file.

    `starts_paused` says whether its DAG is paused when Airflow first reads it; None leaves that to
    Airflow's settings.
    Mail to `email` is sent through the connection `smtp_default`; `apprise` names Apprise
    connections. `users` are the names of the Airflow users whose marks count in the digest; None
    means all users who may run the search.
    `ping` names the HTTP connection of a monitoring service.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    schedule: Cron = "@daily"
    timezone: Zone = "UTC"
    starts_paused: bool | None = None
    email: list[Address] = []
    apprise: list[ConnectionId] = []
    users: list[str] | None = None
    ping: ConnectionId | None = None


@dataclass(frozen=True)
class SavedSearch:
    """A search with its schedule and recipients, named like its file."""

    name: str = DEFAULT
    entry: Entry = field(default_factory=Entry)

    @property
    def dag_id(self) -> str:
        """The id of the DAG that runs it."""
        return DAG_ID if self.name == DEFAULT else f"{DAG_ID}_{self.name}"

    @property
    def schedule(self) -> Schedule:
        """When it is due."""
        return Schedule(self.entry.schedule, self.entry.timezone)

    @cached_property
    def parameters(self) -> SearchParameters:
        """Its parameters without schedule and recipients."""
        return SearchParameters(**self.entry.model_dump(include={*SearchParameters.model_fields}))

    @property
    def recipients(self) -> list[Recipient]:
        """Its distinct recipients; the log if it names none."""
        named = [Recipient("email", address) for address in self.entry.email]
        named += [Recipient("apprise", connection) for connection in self.entry.apprise]
        return list(dict.fromkeys(named)) or [LOG]

    def slug_of(self, parameters: SearchParameters) -> str:
        """Return this search's key in documents when it runs with these parameters.

        It includes the name, so that two searches for the same keyword and place don't share
        their matches.
        """
        if self.name == DEFAULT:
            return parameters.slug
        return f"{parameters.slug}-{self.name.replace('_', '-')}"

    @property
    def slug(self) -> str:
        """This search's key in documents."""
        return self.slug_of(self.parameters)

    def trigger_form(self) -> dict[str, dict[str, Any]]:
        """Return the fields of the trigger form, with this search's values as defaults."""
        values = dict(self.parameters)
        return {name: {**field, "default": values[name]} for name, field in trigger_form().items()}


@dataclass(frozen=True)
class Problem:
    """What is wrong with a file, or with the whole folder, which has no line."""

    file: Path
    line: int | None
    message: str

    def __str__(self) -> str:
        place = f", line {self.line}" if self.line else ""
        return f"{self.file.parent.name}/{self.file.name}{place}: {self.message}"


@dataclass(frozen=True)
class SavedSearches:
    """The valid searches of a folder, the default one first, and the problems of other files."""

    good: list[SavedSearch]
    problems: list[Problem]

    def check(self) -> None:
        """Check that all files are valid.

        Raises:
            BadSearches: a file is not.
        """
        if self.problems:
            raise BadSearches(
                "These searches have no DAG until their files are fixed; the others are not "
                "affected.\n" + "\n".join(map(str, self.problems))
            )

    def of_dag(self, dag_id: str) -> SavedSearch:
        """Return the search that a DAG runs.

        Raises:
            BadSearches: its file is missing or not valid.
        """
        for search in self.good:
            if search.dag_id == dag_id:
                return search
        name = DEFAULT if dag_id == DAG_ID else dag_id.removeprefix(f"{DAG_ID}_")
        causes = [each for each in self.problems if each.line is None or each.file.stem == name]
        raise BadSearches(
            " ".join(
                [
                    f"No saved search has the DAG {dag_id}: its file is missing or can't be used.",
                    *map(str, causes),
                ]
            )
        )


def read_saved_searches(folder: Path = FOLDER) -> SavedSearches:
    """Read the files of a folder; the default search needs no file.

    Hidden files, such as those of macOS (`._denver.toml`) and editors, are none of them.
    """
    try:
        files = _search_files(folder)
    except OSError as error:
        reason = f"the folder can't be read: {error.strerror}. Check its permissions and owner"
        return SavedSearches([], [Problem(folder, None, reason)])
    good: list[SavedSearch] = []
    problems: list[Problem] = []
    for file in files:
        found = _read(file)
        if isinstance(found, SavedSearch):
            good.append(found)
        else:
            problems += found
    if not any(file.stem.lower() == DEFAULT for file in files):
        good.insert(0, SavedSearch())
    return SavedSearches(good, problems)


def read_default_search(folder: Path = FOLDER) -> SavedSearch | None:
    """Return the search of the DAG `job_tracker`, or None if its file can't be used.

    It is that of `read_saved_searches`, without reading the other files.
    """
    try:
        files = _search_files(folder)
    except OSError:
        return None
    own = [file for file in files if file.stem.lower() == DEFAULT]
    found = (_read(file) for file in own) if own else (SavedSearch(),)
    good = (each for each in found if isinstance(each, SavedSearch))
    return next((each for each in good if each.name == DEFAULT), None)


def _search_files(folder: Path) -> list[Path]:
    """Return the files, that of the default search first.

    Raises:
        OSError: the folder can't be read.
    """
    if not folder.is_symlink() and not folder.exists():
        return []
    # `Path.glob` finds nothing in a folder that it may not read.
    files = [file for file in folder.iterdir() if SEARCH_FILE.fullmatch(file.name)]
    return sorted(files, key=lambda file: (file.stem != DEFAULT, file.name))


def _read(file: Path) -> SavedSearch | list[Problem]:
    name = file.stem
    if file.suffix != SUFFIX:
        return [Problem(file, 1, f"the name has to end in {SUFFIX}, in lower case")]
    try:
        check_name(name)
    except ValueError as error:
        return [Problem(file, 1, str(error))]
    try:
        text = read_text(file)
        return _parsed(name, text)
    except UnreadableText as error:
        return [Problem(file, error.line or 1, f"can't be read: {error.what}")]
    except tomllib.TOMLDecodeError as error:
        return [Problem(file, _line_of_error(error, text), str(error))]
    except RecursionError:
        return [Problem(file, 1, "lists or tables are nested too deeply")]
    except ValidationError as error:
        return [
            Problem(
                file, _line_of_key(str(problem["loc"][0]), text), describe_error(problem, Entry)
            )
            for problem in error.errors()
        ]


@lru_cache(maxsize=256)
def _parsed(name: str, text: str) -> SavedSearch:
    """Return the search that a file describes; the page asks for all on each request."""
    return SavedSearch(name, Entry.model_validate(tomllib.loads(text)))


def _line_of_error(error: tomllib.TOMLDecodeError, text: str) -> int:
    found = re.search(r"at line (\d+)", str(error))
    return int(found[1]) if found else len(text.splitlines()) or 1


def _line_of_key(key: str, text: str) -> int:
    begins = re.compile(rf"\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]")
    lines = enumerate(text.splitlines(), 1)
    return next((number for number, line in lines if begins.match(line)), 1)
