"""The response models of the API. Field names are those of the documents, as in docs/data.md."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from include.jobs.application import ApplicationState
from include.jobs.deadline import Urgency
from include.jobs.facts import Facts
from include.jobs.position import AnnualPay, PositionContent, Remuneration
from include.jobs.source import Source
from include.matching.match_result import MatchResult
from include.store.documents import FeedKind
from include.store.history import Status


class Match(MatchResult):
    """The match result of a job for a search, and its status."""

    search: str
    status: Status
    first_seen_at: datetime
    last_seen_at: datetime
    seen: str = Field(description="from when to when it was listed, in words")
    score_in_words: str | None = Field(
        default=None,
        description="what the score is made of, each part with its maximum; null as `score_parts`",
    )
    register_in_words: str | None = Field(
        default=None, description="what a register is, if it is one"
    )


class MarkState(BaseModel):
    """A state of a user's application."""

    state: ApplicationState | None = Field(description="null if it was taken back")
    since: date | None = Field(description="null if that is not known")
    is_estimated: bool = Field(
        description="an earlier version recorded it without its day: it may hold for longer"
    )
    recorded_at: datetime
    in_words: str


class Mark(BaseModel):
    """A user's marks and note on a job; each user sees only their own.

    `saved` and `applied` follow from the `state`: `applied` is true from then on, `saved` may be
    true beside it.
    """

    state: ApplicationState | None = Field(
        default=None, description="of your application; null if there is none, or it is taken back"
    )
    since: date | None = Field(default=None, description="the day since which it holds, if known")
    in_words: str | None = Field(
        default=None,
        description="how long it holds; while you wait, also how long the agency usually takes",
    )
    history: list[MarkState] = Field(default=[], description="all states, as they were recorded")
    applied: bool = False
    saved: bool = False
    hidden: bool = False
    note: str = ""
    updated_at: datetime | None = None


class FieldChange(BaseModel):
    """A field before and after; long values are truncated, as in a receipt."""

    before: Any
    after: Any


class FieldInWords(BaseModel):
    """A field as text."""

    name: str
    value: str


class ChangeInWords(BaseModel):
    """An amended field as text; `looks_alike` if truncated values are shown alike."""

    name: str
    before: str
    after: str
    looks_alike: bool


class Change(BaseModel):
    """An amendment by an agency, and when it was noticed."""

    observed_at: datetime
    fields: dict[str, FieldChange]
    in_words: list[ChangeInWords]


class JobOutcome(BaseModel):
    """What became of a job that you saved or applied for."""

    status: str = Field(description="its opening status, as USAJOBS names it")
    since: datetime = Field(description="when it was first seen")
    asked_at: datetime = Field(description="when USAJOBS was last asked")


class JobDeadline(BaseModel):
    """When a job closes, and how urgent it is to apply."""

    urgency: Urgency = Field(
        description="the most urgent first: `today`; `capped`, as it closes at so many "
        "applications, which can be any hour; `dated`; `undated`; `no_hurry`, as it is a register "
        "or open continuously; `closed`"
    )
    closes_on: date | None = Field(description="its last day, in Eastern Time")
    applications: int | None = Field(description="at how many applications it closes before that")
    is_pressing: bool = Field(description="whether it closes within three days or can any hour")
    is_soon: bool = Field(description="whether it closes within seven days or can any hour")
    in_words: str


class JobInWords(BaseModel):
    """A job's fields as text, the same on the page, in the digest and in the terminal."""

    pay: str
    pay_as_posted: str | None = Field(description="where that says more than `pay`")
    grade: str | None
    place: str
    deadline: str
    published: str
    open_to: str
    remote: str
    telework: str
    facts: list[FieldInWords] = Field(default=[], description="each fact that the posting states")
    outcome: str | None = Field(
        default=None, description="what became of it, once applications have ended"
    )
    selection_time: str | None = Field(
        default=None,
        description="how long its agency takes from closing to selection, where at least five "
        "selections are known; null unless it is open",
    )
    first_seen: str
    last_seen: str


class UnusualFact(BaseModel):
    """Something about a job that most jobs don't have."""

    code: str
    words: str


class EarlierAnnouncement(BaseModel):
    """An earlier announcement of a job, under its own control number, and the user's mark on it."""

    control_number: str
    announcement_number: str | None
    PositionTitle: str
    opened_at: datetime
    ended_at: datetime = Field(description="its deadline; if it is `gone`, when it was last listed")
    ending: Literal["closed", "gone", "cancelled"]
    mark: Mark
    in_words: str = Field(description="how it ended")


class MarkQuestion(BaseModel):
    """Whether the user's mark on an earlier announcement holds for this one too.

    The answer is that mark on this job, true or false; then it is not asked again.
    """

    mark: Literal["hidden", "applied"]
    in_words: str


class AnnouncedAgain(BaseModel):
    """How often a job was announced, with the earlier announcements, the latest first."""

    times: int = Field(description="this time included; announcements at the same time are one")
    in_words: str
    earlier: list[EarlierAnnouncement]
    question: MarkQuestion | None


class Job(PositionContent):
    """A stored position, from the point of view of a search."""

    control_number: str
    source: Source
    observed_at: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    facts: Facts | None = Field(
        default=None, description="null until a run that reads them observes the position"
    )
    deadline: JobDeadline
    match: Match
    changes: list[Change] = Field(description="amendments noticed in the last seven days")
    mark: Mark
    outcome: JobOutcome | None = Field(
        default=None, description="null until it is known, and unless you saved it or applied"
    )
    announced_again: AnnouncedAgain | None = Field(
        default=None, description="null if no earlier announcement is known"
    )
    unusual: list[UnusualFact] = Field(
        default=[], description="what most jobs don't have, what matters most first"
    )
    in_words: JobInWords


class JobPage(BaseModel):
    """One page of the jobs that match a filter; `total` counts all of them.

    `has_run` is true if a run of the search has ever finished. `PositionLocation` has at most ten
    places here, and all of them in the job's detail.
    """

    search: str | None
    has_run: bool
    total: int
    page: int
    per_page: int
    jobs: list[Job]
    damaged: list[str] = Field(
        description="control numbers of the jobs of this page that can't be shown, because their "
        "documents are damaged; `total` counts them"
    )


class Version(BaseModel):
    """A version of a posting."""

    content_hash: str
    source: Source
    first_observed_at: datetime
    last_observed_at: datetime
    content: dict[str, Any]
    in_words: list[FieldInWords]


class JobDetail(Job):
    """A job with its history; `matches` has the match result for each search."""

    matches: list[Match]
    versions: list[Version]


class ApplicationInWords(BaseModel):
    """What a card of the board says, in words."""

    deadline: str
    outcome: str | None = Field(description="what became of it, once applications have ended")


class Application(BaseModel):
    """A job with the state of your application, as a card of the board."""

    control_number: str
    PositionTitle: str
    organization: str | None
    closes_at: datetime | None
    deadline: JobDeadline
    mark: Mark
    outcome: JobOutcome | None = Field(description="null until it is known")
    in_words: ApplicationInWords


class Applications(BaseModel):
    """A column of the board: the applications in a state, and how many there are in all."""

    state: ApplicationState
    total: int
    jobs: list[Application]


class Board(BaseModel):
    """Your applications by state, of all searches, with jobs that are closed or hidden too."""

    columns: list[Applications]
    left_out: list[str] = Field(
        description="control numbers of marked jobs that can't be shown, because they are not "
        "stored or their documents are damaged"
    )


class RunWarning(BaseModel):
    """Why a response of USAJOBS is suspicious; it was stored, but made nothing gone."""

    code: str
    message: str


class SearchSummary(BaseModel):
    """A search that has run: its parameters, and the counts of its latest run."""

    search: str
    parameters: dict[str, Any]
    wishes: list[str] = Field(description="those that are set, as text")
    dag_id: str
    run_id: str
    run_address: str
    read_at: datetime
    counts: dict[str, int]
    warnings: list[RunWarning]


class LatestRun(BaseModel):
    """How the run of a search's DAG that was created last stands, apart from backfills."""

    run_id: str
    run_address: str
    state: str
    ended_at: datetime | None
    failure: str | None = Field(
        description="why it failed, if it said so; null unless you may update"
    )


class SavedSearchSummary(BaseModel):
    """A search with its own file, which sets its schedule and its recipients.

    `search` is its key in documents.
    """

    name: str
    search: str
    dag_id: str
    parameters: dict[str, Any]
    wishes: list[str] = Field(description="those that are set, as text")
    schedule: str = Field(description="five fields of cron, or a name as @daily")
    schedule_in_words: str = Field(description="when it runs, in its time zone")
    timezone: str
    recipients: int = Field(description="how many are notified; the log is none")
    addresses: list[str] | None = Field(description="those; null unless you may update it")
    may_update: bool = Field(description="whether you may start a run of its DAG")
    has_run: bool
    latest_run: LatestRun | None
    paused: bool = Field(description="whether its DAG is paused, so that it starts no runs")
    dag_address: str = Field(description="the DAG's page in Airflow")


class FileProblem(BaseModel):
    """What is wrong with a search's file, which therefore has no DAG."""

    file: str
    line: int | None = Field(description="null if the whole folder can't be read")
    message: str | None = Field(
        description="null unless you may update, as it can repeat an address"
    )


IN_QUARANTINE = "how many rows of all searches could not be read and wait in `quarantine`"


class Searches(BaseModel):
    """The searches that have run, the latest first, and the saved ones, the default first.

    `form` has the JSON schema of each parameter of a new one.
    """

    searches: list[SearchSummary]
    saved: list[SavedSearchSummary]
    problems: list[FileProblem]
    form: dict[str, dict[str, Any]]
    may_update: bool = Field(description="whether you may start a run of the default DAG")
    quarantine_size: int | None = Field(
        description=f"{IN_QUARANTINE}; null unless you may update any"
    )


class TriedJob(BaseModel):
    """A stored job that a new search would match."""

    control_number: str
    PositionTitle: str


class Trial(BaseModel):
    """How many of the stored jobs a new search would match, and how many it would just miss."""

    stored: int = Field(description="jobs whose deadline has not passed, found by other searches")
    judged: int = Field(description="how many of these were judged; the rest is too many")
    matches: int
    near_misses: int
    best: list[TriedJob] = Field(description="the first of the matches")
    in_words: str
    limits: str = Field(description="what this can't say, in words")


class NewlySaved(BaseModel):
    """A search that was saved, or whose file is to be made by hand."""

    name: str
    search: str = Field(description="its key in documents")
    dag_id: str
    dag_address: str = Field(description="the DAG's page in Airflow")
    file: str = Field(description="the name of its file, in `dags/searches`")
    text: str = Field(description="what is in the file, or has to be")
    written: bool = Field(description="whether the file was written")
    in_words: str = Field(description="what was done, and what to do next")


class Started(BaseModel):
    """A run that was started."""

    dag_id: str
    run_id: str
    run_address: str


class Update(BaseModel):
    """The state of a run, with its receipt once `load` is done.

    `reasons` has the titles of the reason codes.
    """

    dag_id: str
    run_id: str
    run_address: str
    state: str
    tasks: dict[str, str | None]
    queued_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    failure: str | None = Field(description="why it failed, if it said so")
    counts: dict[str, int] | None
    receipt: dict[str, Any] | None
    reasons: dict[str, str]
    changes: dict[str, list[ChangeInWords]] = Field(
        description="what was amended, by control number, in words"
    )
    titles: dict[str, str] = Field(
        description="titles of the positions that the receipt names, by control number, as they "
        "are stored now; of many, some"
    )


class Counts(BaseModel):
    """The numbers of open jobs of a search; `new` and `changed` since yesterday."""

    matches: int
    near_misses: int
    new: int
    changed: int
    closing_soon: int


class LaneJob(BaseModel):
    """A job in a lane, with the line that says why it is there."""

    control_number: str
    PositionTitle: str
    in_words: str


class Lane(BaseModel):
    """The first jobs of a lane; `total` counts all of them."""

    total: int
    jobs: list[LaneJob]


class Lanes(BaseModel):
    """What a user looks at each morning: what is new, what closes, and what became of theirs."""

    search: str | None
    counts: Counts
    new: Lane = Field(description="matches found since yesterday, best first")
    closing: Lane = Field(description="matches that close soon, the most urgent first")
    mine: Lane = Field(description="jobs that you saved or applied for, the latest news first")


class PayRange(BaseModel):
    """The pay range of a job, in dollars a year."""

    control_number: str
    PositionTitle: str
    minimum: float
    maximum: float


class PlaceJobs(BaseModel):
    """The jobs whose nearest place of work is here; remote ones are nowhere."""

    LocationName: str
    miles: float
    jobs: int = Field(description="open matches")
    too_far: int = Field(default=0, description="near misses that fail by nothing but the distance")


class DayCount(BaseModel):
    """Matches and near misses that were published or closed on a day (Eastern Time)."""

    day: date
    opened: int
    closed: int


class WeekCount(BaseModel):
    """The same in seven days, and for how many days those had been open that closed (median)."""

    first_day: date
    last_day: date
    opened: int
    closed: int
    open_days: int | None


class Relaxed(BaseModel):
    """One changed parameter: the smallest change by which so many more jobs match.

    `value` is its new value, or the hiring path that is added.
    """

    parameter: str
    value: bool | int | str
    more: int
    fewer: int = Field(description="matches that it would lose, as other years of experience do")
    in_words: str


class RuleCost(BaseModel):
    """The cost of a rule: the rows that failed it in the latest run without a warning, if any.

    `alone` counts those that failed nothing else: near misses, which relaxing the rule would gain.
    """

    code: str
    jobs: int
    alone: int
    relaxed: list[Relaxed] = Field(
        default=[], description="the smallest change first; none if no parameter helps"
    )


class AgencyOutcomes(BaseModel):
    """What became of the jobs of an agency that you saved or applied for."""

    organization: str
    statuses: dict[str, int] = Field(description="your jobs by their latest opening status")
    selection_days: int | None = Field(
        description="the median from closing to selection, from at least five jobs of anybody"
    )
    selections: int


class Closing(BaseModel):
    """The deadline of a match that is neither a register nor open continuously."""

    control_number: str
    PositionTitle: str
    closes_at: datetime
    is_soon: bool = Field(
        default=False, description="whether it closes within seven days or can any hour"
    )
    applications: int | None = Field(
        default=None, description="at how many applications it closes before that"
    )


class Analytics(BaseModel):
    """The statistics of a search; `pay`, `places` and `closing` are those of its open matches."""

    search: str | None
    parameters: dict[str, Any]
    warnings: list[RunWarning] = Field(description="those of its latest run")
    quarantine_size: int = Field(description=IN_QUARANTINE)
    counts: Counts
    pay: list[PayRange]
    places: list[PlaceJobs]
    remote: int = Field(description="open matches that are remote")
    days: list[DayCount]
    weeks: list[WeekCount]
    open_days: int | None = Field(description="the median of all these weeks")
    rules: list[RuleCost]
    closing: list[Closing]
    outcomes: list[AgencyOutcomes]


class TableRow(BaseModel):
    """A row of a chart's table; `control_number` is that of the job that it is about."""

    cells: list[str]
    control_number: str | None = None


class Chart(BaseModel):
    """A chart as a picture, in one sentence and as a table; all text is plain."""

    title: str
    summary: str
    picture: str | None = Field(description="SVG, to be styled by the page; null if there is none")
    legend: dict[str, str] = Field(description="what a bar stands for, by its class in the SVG")
    columns: list[str]
    rows: list[TableRow]


class BestMatch(BaseModel):
    """The open match with the best score."""

    control_number: str
    PositionTitle: str
    PositionRemuneration: list[Remuneration]
    annual_pay: AnnualPay | None
    pay: str = Field(description="what it pays, in words")
    deadline: JobDeadline


class ComparedSearch(BaseModel):
    """A search with the counts of its statistics."""

    search: str
    counts: Counts
    best: BestMatch | None


class Comparison(BaseModel):
    """A comparison of all searches that have run, without the jobs that you have hidden."""

    searches: list[ComparedSearch]


class Preview(BaseModel):
    """The message that a recipient would be sent now; null if nothing is new."""

    channel: str
    address: str | None = Field(description="null for the log")
    subject: str | None
    text: str | None
    html: str | None


class NextDigest(BaseModel):
    """The next digest of a search, as it would be sent to each recipient now."""

    search: str
    previews: list[Preview]


class SearchHealth(BaseModel):
    """When a saved search last ran well, and when it is due."""

    dag_id: str
    state: Literal["ok", "waiting", "overdue", "paused"] = Field(
        description="`waiting` for its first run; `overdue` if it has not run well by `due_at`"
    )
    last_success_at: datetime | None = Field(
        description="when its last good run over the Search API read; null if there is none"
    )
    due_at: datetime | None = Field(
        description="by when the next run has to be done: the time of its schedule and a grace; "
        "null while its DAG is paused"
    )


class Health(BaseModel):
    """Whether the saved searches have run as they should."""

    status: Literal["ok", "failing"]
    checked_at: datetime
    problem: str | None = Field(description="why the searches can't be checked")
    invalid_files: int = Field(description="searches without a DAG, as their files can't be used")
    searches: list[SearchHealth]


class Feed(BaseModel):
    """A private address at which a program reads a calendar or a feed of yours without a login."""

    id: str
    kind: FeedKind
    search: str | None = Field(description="whose new matches it gives; null for a calendar")
    made_at: datetime
    last_read_at: datetime | None = Field(description="to the hour; null if it never was")


class NewFeed(Feed):
    """A new private address: whoever has it can read what it gives."""

    path: str = Field(description="the address, relative to that of the page")
    address: str = Field(description="the same, with Airflow's `[api] base_url`")


class Feeds(BaseModel):
    """Your private addresses, the oldest first."""

    feeds: list[Feed]


class Problem(BaseModel):
    """Why a request failed."""

    detail: str
