"""Saved searches: one TOML file each, in the DAG folder.

The file name is the name of the search. The file sets the parameters of the trigger form, the
schedule and the recipients; anything left out has its default.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

from croniter import croniter
from pydantic import AfterValidator, ConfigDict, Field, ValidationError, field_validator

from include.jobs.places import locate
from include.searches.parameters import SearchParameters, describe_error, trigger_form

FOLDER = Path(__file__).resolve().parents[2] / "dags" / "searches"
DAG_ID = "job_tracker"
DEFAULT = "default"
"""The search of the DAG `job_tracker`; the other DAGs are called `job_tracker_NAME`."""

TAKEN = frozenset({"reprocess", "retention", "searches"})
"""Reserved names: their DAG ids or DAG files are used for something else."""

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
MAX_NAME_CHARACTERS = 50


def is_ours(dag_id: str) -> bool:
    """Return whether a DAG id belongs to this project."""
    return dag_id == DAG_ID or dag_id.startswith(f"{DAG_ID}_")


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


def _cron(expression: str) -> str:
    if len(expression.split()) not in (1, 5) or not croniter.is_valid(expression):
        raise ValueError("a schedule has five cron fields, as in “0 12 * * 1-5”, or is “@daily”")
    return expression


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("not a time zone; an example is “America/Chicago”") from None
    return name


Address = Annotated[str, Field(pattern=r"^[^@\s,;<>\"]+@[^@\s,;<>\"]+$", max_length=254)]
ConnectionId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,250}$")]


class Entry(SearchParameters):
    """The content of a file.

    Mail to `email` is sent through the connection `smtp_default`; `apprise` names Apprise
    connections. `users` are the Airflow user ids whose marks count in the digest; None means all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    schedule: Annotated[str, AfterValidator(_cron)] = "@daily"
    timezone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    email: list[Address] = []
    apprise: list[ConnectionId] = []
    users: list[str] | None = None

    @field_validator("location")
    @classmethod
    def _is_somewhere(cls, location: str) -> str:
        if locate(location) is None:
            raise ValueError(
                "not among the places in the United States with at least 500 people; check its "
                "spelling"
            )
        return location


@dataclass(frozen=True)
class SavedSearch:
    """A search with its schedule and recipients, named like its file."""

    name: str = DEFAULT
    entry: Entry = field(default_factory=Entry)

    @property
    def dag_id(self) -> str:
        """The id of the DAG that runs it."""
        return DAG_ID if self.name == DEFAULT else f"{DAG_ID}_{self.name}"

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
        values = self.parameters.model_dump()
        return {name: {**field, "default": values[name]} for name, field in trigger_form().items()}


@dataclass(frozen=True)
class Problem:
    """What is wrong with a file."""

    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file.parent.name}/{self.file.name}, line {self.line}: {self.message}"


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


def read_saved_searches(folder: Path = FOLDER) -> SavedSearches:
    """Read the files of a folder; the default search needs no file."""
    good: list[SavedSearch] = []
    problems: list[Problem] = []
    files = sorted(folder.glob("*.toml"), key=lambda file: (file.stem != DEFAULT, file.stem))
    for file in files:
        try:
            found = _read(file)
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(file, 1, f"can't be read: {error}"))
            continue
        if isinstance(found, SavedSearch):
            good.append(found)
        else:
            problems += found
    if not any(file.stem == DEFAULT for file in files):
        good.insert(0, SavedSearch())
    return SavedSearches(good, problems)


def _read(file: Path) -> SavedSearch | list[Problem]:
    name, text = file.stem, file.read_text(encoding="utf-8")
    if name in TAKEN or not NAME.fullmatch(name) or len(name) > MAX_NAME_CHARACTERS:
        return [
            Problem(
                file,
                1,
                f"the name {name!r:.80} can't be part of a DAG id: it is reserved, or is not "
                f"made of at most {MAX_NAME_CHARACTERS} lower-case letters, digits and single "
                "underscores",
            )
        ]
    try:
        return SavedSearch(name, Entry.model_validate(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        return [Problem(file, _line_of_error(error, text), str(error))]
    except ValidationError as error:
        return [
            Problem(
                file, _line_of_key(str(problem["loc"][0]), text), describe_error(problem, Entry)
            )
            for problem in error.errors()
        ]


def _line_of_error(error: tomllib.TOMLDecodeError, text: str) -> int:
    found = re.search(r"at line (\d+)", str(error))
    return int(found[1]) if found else len(text.splitlines()) or 1


def _line_of_key(key: str, text: str) -> int:
    begins = re.compile(rf"\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]")
    lines = enumerate(text.splitlines(), 1)
    return next((number for number, line in lines if begins.match(line)), 1)
