"""Searches that somebody saved: one TOML file each, beside the DAGs.

The name of the file is that of the search. It holds the parameters of the trigger form, the
schedule, and who is told; what it leaves out has its default.
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

from include.places import locate
from include.searches import SearchParameters, in_words, trigger_form

FOLDER = Path(__file__).resolve().parents[1] / "dags" / "searches"
DAG_ID = "job_tracker"
DEFAULT = "default"
"""The search of the DAG `job_tracker`; the others' DAGs have its name and theirs."""

TAKEN = frozenset({"reprocess", "retention", "searches"})
"""Names whose DAG or DAG file does something else."""

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST_NAME = 50


def is_ours(dag_id: str) -> bool:
    """Tell whether a DAG id is one of the project's."""
    return dag_id == DAG_ID or dag_id.startswith(f"{DAG_ID}_")


class BadSearches(ValueError):
    """Files that can't be used; the message names each with the line, and what is wrong."""


class Recipient(NamedTuple):
    """Who is told, and how: an e-mail address, an Apprise connection, or whoever reads the log."""

    channel: str
    address: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.address}" if self.address else self.channel


LOG = Recipient("log", "")
"""Who is told where a search names nobody."""


def _cron(expression: str) -> str:
    if len(expression.split()) not in (1, 5) or not croniter.is_valid(expression):
        raise ValueError("a schedule is five fields of cron, as in “0 12 * * 1-5”, or “@daily”")
    return expression


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("it is no time zone; one is “America/Chicago”") from None
    return name


Address = Annotated[str, Field(pattern=r"^[^@\s,;<>\"]+@[^@\s,;<>\"]+$", max_length=254)]
ConnectionId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,250}$")]


class Entry(SearchParameters):
    """What a file may say.

    `email` goes over the connection `smtp_default`; `apprise` names connections of that type.
    `users` are those whose marks count in the digest, by their ids in Airflow; None: everybody's.
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
            raise ValueError("no place of the United States with 500 people; check its spelling")
        return location


@dataclass(frozen=True)
class SavedSearch:
    """A search, by the name of its file, with its schedule and its recipients."""

    name: str = DEFAULT
    entry: Entry = field(default_factory=Entry)

    @property
    def dag_id(self) -> str:
        """The DAG that runs it."""
        return DAG_ID if self.name == DEFAULT else f"{DAG_ID}_{self.name}"

    @cached_property
    def parameters(self) -> SearchParameters:
        """What it asks for."""
        return SearchParameters(**self.entry.model_dump(include={*SearchParameters.model_fields}))

    @property
    def recipients(self) -> list[Recipient]:
        """Who is told."""
        told = [Recipient("email", address) for address in self.entry.email]
        told += [Recipient("apprise", connection) for connection in self.entry.apprise]
        return list(dict.fromkeys(told)) or [LOG]

    def slug_of(self, parameters: SearchParameters) -> str:
        """Return what documents call this search where it runs with these parameters.

        Its name makes two searches for one keyword and place two, each with its own matches.
        """
        if self.name == DEFAULT:
            return parameters.slug
        return f"{parameters.slug}-{self.name.replace('_', '-')}"

    @property
    def slug(self) -> str:
        """What documents call this search."""
        return self.slug_of(self.parameters)

    def trigger_form(self) -> dict[str, dict[str, Any]]:
        """Return the fields of the trigger form, with this search's values to begin with."""
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
    """The searches of a folder, the default one first, and what is wrong with the other files."""

    good: list[SavedSearch]
    problems: list[Problem]

    def check(self) -> None:
        """Raise `BadSearches` if a file can't be used."""
        if self.problems:
            raise BadSearches(
                "These searches have no DAG until their files are mended; the others are not "
                "affected.\n" + "\n".join(map(str, self.problems))
            )


def read_saved_searches(folder: Path = FOLDER) -> SavedSearches:
    """Read the files of a folder; without a file for it, the default search has the defaults."""
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
    if name in TAKEN or not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        return [
            Problem(
                file,
                1,
                f"the name {name!r:.80} can't be part of a DAG's: it is taken, or not made of at "
                f"most {LONGEST_NAME} small letters, digits and single underscores",
            )
        ]
    try:
        return SavedSearch(name, Entry.model_validate(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as error:
        return [Problem(file, _line_of_error(error, text), str(error))]
    except ValidationError as error:
        return [
            Problem(file, _line_of_key(str(problem["loc"][0]), text), in_words(problem, Entry))
            for problem in error.errors()
        ]


def _line_of_error(error: tomllib.TOMLDecodeError, text: str) -> int:
    said = re.search(r"at line (\d+)", str(error))
    return int(said[1]) if said else len(text.splitlines()) or 1


def _line_of_key(key: str, text: str) -> int:
    begins = re.compile(rf"\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]")
    lines = enumerate(text.splitlines(), 1)
    return next((number for number, line in lines if begins.match(line)), 1)
