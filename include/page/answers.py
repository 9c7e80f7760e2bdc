"""What the API answers. The names are those of the documents (see README.md, What is stored)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from include.history import Status
from include.matching import Level, Nearest, Reason
from include.positions import AnnualPay, Grade, Location, Remuneration
from include.sources import Source


class Match(BaseModel):
    """What a search makes of a job, and how the job stands with it."""

    search: str
    status: Status
    level: Level
    reasons: list[Reason]
    fits: list[str]
    score: int
    nearest: Nearest | None
    first_seen_at: datetime
    last_seen_at: datetime


class Mark(BaseModel):
    """What a user noted about a job; each user sees only their own."""

    applied: bool = False
    saved: bool = False
    hidden: bool = False
    note: str = ""
    updated_at: datetime | None = None


class FieldChange(BaseModel):
    """A field before and after; long values are cut, as in a receipt."""

    before: Any
    after: Any


class Change(BaseModel):
    """What an agency amended, and when that was noticed."""

    observed_at: datetime
    fields: dict[str, FieldChange]


class Job(BaseModel):
    """A stored position, as one search sees it."""

    control_number: str
    PositionTitle: str
    PositionURI: str
    PositionLocation: list[Location]
    PositionRemuneration: list[Remuneration]
    annual_pay: AnnualPay | None
    grade: Grade | None
    series: list[str]
    hiring_paths: list[str] | None
    remote: bool | None
    telework: bool | None
    organization: str | None
    department: str | None
    announcement_number: str | None
    summary: str | None
    published_at: datetime | None
    closes_at: datetime | None
    source: Source
    observed_at: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    match: Match
    changes: list[Change] = Field(description="amendments noticed in the last seven days")
    mark: Mark


class JobPage(BaseModel):
    """One page of the jobs that a filter lets through; `total` counts all of them.

    `has_run` tells whether a run of the search ever went to its end. A job's `PositionLocation`
    has at most ten places here, and all of them in its detail.
    """

    search: str | None
    has_run: bool
    total: int
    page: int
    per_page: int
    jobs: list[Job]


class Version(BaseModel):
    """A form that a posting has had."""

    content_hash: str
    source: Source
    first_observed_at: datetime
    last_observed_at: datetime
    content: dict[str, Any]


class JobDetail(Job):
    """A job with its history; `matches` has what each search makes of it."""

    matches: list[Match]
    versions: list[Version]


class RunWarning(BaseModel):
    """Why an answer of USAJOBS looked wrong; what it held was stored, and made nothing gone."""

    code: str
    message: str


class SearchSummary(BaseModel):
    """A search that has run: its parameters and the receipt of its latest run, in numbers."""

    search: str
    parameters: dict[str, Any]
    dag_id: str
    run_id: str
    run_address: str
    read_at: datetime
    counts: dict[str, int]
    warnings: list[RunWarning]


class SavedSearchSummary(BaseModel):
    """A search that has a file of its own, which says when it runs and who is told.

    `search` is what documents call it; `schedule` is an expression of cron.
    """

    name: str
    search: str
    dag_id: str
    parameters: dict[str, Any]
    schedule: str
    timezone: str
    recipients: int = Field(description="how many are told; the log is none")
    addresses: list[str] | None = Field(description="those; null unless you may update it")
    may_update: bool = Field(description="whether you may start a run of its DAG")
    has_run: bool


class FileProblem(BaseModel):
    """What is wrong with a search's file, which therefore has no DAG."""

    file: str
    line: int
    message: str | None = Field(
        description="null unless you may update, as it can repeat an address"
    )


IN_QUARANTINE = "how many rows of all searches could not be read and wait in `quarantine`"


class Searches(BaseModel):
    """The searches that have run, the latest first, and those that are saved, the default first.

    `form` has the JSON schema of each parameter that a new one may ask for.
    """

    searches: list[SearchSummary]
    saved: list[SavedSearchSummary]
    problems: list[FileProblem]
    form: dict[str, dict[str, Any]]
    may_update: bool = Field(description="whether you may start a run of the default DAG")
    quarantine_size: int = Field(description=IN_QUARANTINE)


class Started(BaseModel):
    """A run that was started."""

    dag_id: str
    run_id: str
    run_address: str


class Update(BaseModel):
    """How a run stands; once `load` is done, with its receipt.

    `reasons` says in words what the reason codes of receipts mean.
    """

    dag_id: str
    run_id: str
    run_address: str
    state: str
    tasks: dict[str, str | None]
    queued_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    counts: dict[str, int] | None
    receipt: dict[str, Any] | None
    reasons: dict[str, str]


class Counts(BaseModel):
    """How many open jobs a search has now; new and changed since yesterday."""

    matches: int
    near_misses: int
    new: int
    changed: int
    closing_soon: int


class PayRange(BaseModel):
    """Dollars a year."""

    control_number: str
    PositionTitle: str
    minimum: float
    maximum: float


class PlaceJobs(BaseModel):
    """How many matches have their nearest place of work here; degrees north and east."""

    LocationName: str
    latitude: float
    longitude: float
    miles: float
    jobs: int


class DayCount(BaseModel):
    """Positions, matches and near misses, that were published or closed on a day (Eastern Time)."""

    day: date
    opened: int
    closed: int


class RuleCost(BaseModel):
    """What a rule costs: rows of the latest run without a warning, if there is one, that failed it.

    `alone` counts those that failed nothing else: near misses, which relaxing the rule wins.
    """

    code: str
    jobs: int
    alone: int


class Closing(BaseModel):
    """When a match closes."""

    control_number: str
    PositionTitle: str
    closes_at: datetime


class Analytics(BaseModel):
    """A search in numbers; `pay`, `places` and `closing` are those of its open matches."""

    search: str | None
    parameters: dict[str, Any]
    warnings: list[RunWarning] = Field(description="those of its latest run")
    quarantine_size: int = Field(description=IN_QUARANTINE)
    counts: Counts
    pay: list[PayRange]
    places: list[PlaceJobs]
    days: list[DayCount]
    rules: list[RuleCost]
    closing: list[Closing]


class BestMatch(BaseModel):
    """The open match with the best score."""

    control_number: str
    PositionTitle: str
    PositionRemuneration: list[Remuneration]
    annual_pay: AnnualPay | None


class ComparedSearch(BaseModel):
    """A search in a few numbers: the counts of its analytics."""

    search: str
    counts: Counts
    best: BestMatch | None


class Comparison(BaseModel):
    """All searches that have run, side by side, without the jobs that you have hidden."""

    searches: list[ComparedSearch]


class Preview(BaseModel):
    """What a recipient would be told now; null where there is nothing new to say."""

    channel: str
    address: str | None = Field(description="null for the log")
    subject: str | None
    text: str | None
    html: str | None


class NextDigest(BaseModel):
    """What the next digest of a search would say if it were sent now, by recipient."""

    search: str
    previews: list[Preview]


class Problem(BaseModel):
    """Why a request was not answered."""

    detail: str
