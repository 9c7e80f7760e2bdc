"""The documents of each collection: their fields, types and meaning.

`docs/data.md` and `docs/schema/` are generated from these definitions by
`python -m include.cli.describe_data`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from include.jobs.application import ApplicationState
from include.jobs.facts import Facts
from include.jobs.position import PositionContent
from include.jobs.source import Source
from include.matching.match_result import MatchResult
from include.usajobs.drift import DriftEntry
from include.usajobs.extract import QuarantinedRow, RowProblem

Document = dict[str, Any]
"""A partly read document, or one written by somebody else."""

MayRun = bool | list[str]
"""The DAGs that a user may run: all (true), none (false), or these."""

FeedKind = Literal["calendar", "matches"]
"""The deadlines of saved jobs as a calendar, or the new matches of a search as a news feed."""

State = Literal["writing", "complete", "warning"]

ENDED: tuple[State, State] = ("complete", "warning")
"""The states of a finished run's receipt; `warning` if the response was suspicious."""

FirstSeen = Annotated[datetime, Field(description="when it was first listed")]
LastSeen = Annotated[datetime, Field(description="when it was last listed")]
ControlNumbers = Annotated[list[str], Field(description="control numbers")]


class SearchMatch(MatchResult):
    """The match result of a position for a search, from the latest observation."""

    source: Source = Field(description="the API of that observation")
    observed_at: datetime = Field(description="when it was observed")
    verdict_hash: str = Field(description="digest of the match result")
    first_seen_at: FirstSeen
    last_seen_at: LastSeen


class ObservedFacts(Facts):
    """The facts of a position, from the latest observation that read them."""

    source: Source = Field(description="the API of that observation")
    observed_at: datetime = Field(description="when it was observed")
    facts_hash: str = Field(description="digest of the facts")


class Outcome(BaseModel):
    """What became of a position that somebody saved or applied for, from the Historic JOA API.

    It is read by the DAG `job_tracker_outcomes`, and runs of a search don't touch it.
    """

    status: str | None = Field(
        default=None,
        description="its latest opening status (`positionOpeningStatus`) in words, as candidate "
        "selected; null if the API does not know it",
    )
    read_at: datetime | None = Field(default=None, description="when that was last read")
    first_seen: dict[str, datetime] = Field(
        default={}, description="by status: when it was first read"
    )
    asked_at: datetime = Field(description="when the API was last asked")


class PositionDocument(PositionContent):
    """A document of `positions`: the content of a posting, and its match result for each search."""

    model_config = ConfigDict(populate_by_name=True)

    id: str = Field(alias="_id", description="USAJOBS's control number")
    source: Source = Field(description="the API that the content was read from")
    observed_at: datetime = Field(description="when it was observed; the later one wins")
    content_hash: str = Field(description="digest of the content")
    announcement_keys: list[str] = Field(
        default=[],
        description="digests of the content that it shares with other announcements of the same "
        "job; not part of `content_hash`",
    )
    first_seen_at: FirstSeen
    last_seen_at: LastSeen
    matches: dict[str, SearchMatch] = Field(
        description="by search: its key consists of keyword, location and radius, as in "
        "data-engineering-chicago-illinois-50, with digits if another search would share it"
    )
    facts: ObservedFacts | None = Field(
        default=None,
        description="what decides an application besides the content; missing until a run that "
        "reads it observes the position",
    )
    outcome: Outcome | None = Field(
        default=None,
        description="what became of it; missing if nobody saved it or applied for it",
    )


class SeenFacts(TypedDict):
    """Facts that were observed together with a version's content."""

    facts: Annotated[Facts, Field(description="the facts")]
    source: Annotated[Source, Field(description="the highest-ranking API that returned them")]
    first_observed_at: Annotated[datetime, Field(description="when they were first observed")]
    last_observed_at: Annotated[datetime, Field(description="when they were last observed")]


class VersionDocument(TypedDict):
    """A document of `position_versions`: a version of a posting."""

    _id: Annotated[str, Field(description="control number and content hash, as 739938000:9f2c…")]
    control_number: Annotated[str, Field(description="of the position")]
    content_hash: Annotated[str, Field(description="digest of the content")]
    content: Annotated[PositionContent, Field(description="the content of the posting")]
    source: Annotated[Source, Field(description="the highest-ranking API that returned it")]
    first_observed_at: Annotated[datetime, Field(description="when it was first observed")]
    last_observed_at: Annotated[datetime, Field(description="when it was last observed")]
    facts_seen: NotRequired[
        Annotated[
            dict[str, SeenFacts],
            Field(
                description="by their digest: the facts that were observed with this content; "
                "runs only add to them"
            ),
        ]
    ]


class AmendedField(TypedDict):
    """A field that an agency changed; long values are truncated."""

    before: Annotated[Any, Field(description="the stored value")]
    after: Annotated[Any, Field(description="the value that the run read")]


class ChangedPosition(TypedDict):
    """A position that an agency amended."""

    control_number: Annotated[str, Field(description="of the position")]
    fields: Annotated[dict[str, AmendedField], Field(description="the amended fields by name")]


class UnreadableRow(RowProblem):
    """A row that could not be read."""

    kept: NotRequired[Annotated[bool, Field(description="whether `quarantine` had room for it")]]


class QualityWarning(TypedDict):
    """Why a response is suspicious: a code for programs and a message for people."""

    code: Annotated[str, Field(description="short, unnamed, far_fewer, page_full or drift")]
    message: Annotated[str, Field(description="what is suspicious")]


class Comparison(TypedDict):
    """The effect of a run on the stored positions."""

    inserted: Annotated[ControlNumbers, Field(description="not stored before")]
    changed: Annotated[list[ChangedPosition], Field(description="amended by their agencies")]
    unchanged: Annotated[ControlNumbers, Field(description="stored with the same content")]
    superseded: Annotated[ControlNumbers, Field(description="newer content is stored already")]
    repaired: NotRequired[
        Annotated[
            ControlNumbers,
            Field(description="stored documents that were damaged; each is also in another list"),
        ]
    ]


class Receipt(Comparison):
    """A document of `runs`: what a run found, and its effect on the stored positions."""

    _id: Annotated[str, Field(description="DAG, run and read time: DAG/RUN/READ_AT")]
    dag_id: Annotated[str, Field(description="the DAG of the search")]
    run_id: Annotated[str, Field(description="Airflow's run id")]
    batch_digest: Annotated[
        str, Field(description="distinguishes this load from others of the same run")
    ]
    state: Annotated[
        State,
        Field(
            description="`complete`; `warning` if the response is suspicious; `writing` if the "
            "load is running or was interrupted"
        ),
    ]
    search: Annotated[str, Field(description="the search's key in documents")]
    parameters: Annotated[dict[str, Any], Field(description="the parameters of the search")]
    source: Annotated[Source, Field(description="the API that was read")]
    read_at: Annotated[datetime, Field(description="when reading began")]
    observed_at: Annotated[datetime, Field(description="orders observations: the later one wins")]
    seen_at: Annotated[datetime, Field(description="when the rows were listed; for a past day, it")]
    api_total: Annotated[int, Field(description="USAJOBS's own count of rows")]
    pages: Annotated[int, Field(description="pages that the rows came on")]
    rows: Annotated[int, Field(description="distinct rows that were judged")]
    outside: Annotated[
        dict[str, list[str]],
        Field(
            description="past days only: control numbers that the search would not have found, by "
            "the parameter that excludes them"
        ),
    ]
    matches: Annotated[ControlNumbers, Field(description="of the matches")]
    near_misses: Annotated[ControlNumbers, Field(description="of the near misses")]
    rejected: Annotated[
        dict[str, list[str]], Field(description="control numbers by each of their reason codes")
    ]
    drift: Annotated[list[DriftEntry], Field(description="unknown codes and types")]
    quarantined: Annotated[list[UnreadableRow], Field(description="rows that could not be read")]
    quarantine_size: NotRequired[
        Annotated[int, Field(description="rows in `quarantine` after the run")]
    ]
    warnings: NotRequired[
        Annotated[list[QualityWarning], Field(description="why the response is suspicious")]
    ]
    gone: Annotated[ControlNumbers, Field(description="listed by the previous run, not by this")]
    closed: Annotated[ControlNumbers, Field(description="the same, past their closing date")]
    reopened: Annotated[
        ControlNumbers, Field(description="stored, not listed by the previous run, listed again")
    ]


class QuarantineDocument(QuarantinedRow):
    """A document of `quarantine`: a row that could not be read."""

    _id: Annotated[str, Field(description="digest of the row")]
    source: Annotated[Source, Field(description="the API that it came from")]
    runs: Annotated[list[str], Field(description="receipts of the runs that read it")]
    first_seen_at: FirstSeen
    last_seen_at: LastSeen


class StateChange(TypedDict):
    """A change of the state of a user's application."""

    state: Annotated[ApplicationState | None, Field(description="null if it was taken back")]
    since: Annotated[
        Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None,
        Field(description="since which day it holds, as 2026-11-23; null if that is not known"),
    ]
    recorded_at: Annotated[datetime, Field(description="when it was recorded; the last one holds")]
    estimated: NotRequired[
        Annotated[
            bool,
            Field(
                description="true if an earlier version recorded it without its day: then it holds "
                "since that day or before"
            ),
        ]
    ]


class MarkDocument(TypedDict):
    """A document of `marks`: a user's marks and note on a job."""

    _id: Annotated[str, Field(description="control number and user: 739938000/admin")]
    user: Annotated[
        str,
        Field(
            description="the name of whose mark it is, after `name:` if it looks like an id; in "
            "documents of earlier versions, the account's id"
        ),
    ]
    former_user: NotRequired[
        Annotated[str, Field(description="that id, if the mark was taken over from it")]
    ]
    may_run: NotRequired[
        Annotated[
            MayRun,
            Field(
                description="whether the user may run the DAGs of the searches: all (true), none "
                "(false), or these"
            ),
        ]
    ]
    control_number: Annotated[str, Field(description="of the position")]
    applied: NotRequired[Annotated[bool, Field(description="the user has applied for it")]]
    saved: NotRequired[Annotated[bool, Field(description="the user wants to keep track of it")]]
    history: NotRequired[
        Annotated[
            list[StateChange],
            Field(
                description="the states of the application; missing, or contradicted by `applied` "
                "and `saved`, if an earlier version wrote these: then they are its state"
            ),
        ]
    ]
    hidden: NotRequired[
        Annotated[
            bool,
            Field(
                description="the user does not want to see it; if `hidden` or `applied` is there, "
                "even if false, the page does not ask whether that of an earlier announcement holds"
            ),
        ]
    ]
    note: NotRequired[Annotated[str, Field(description="the user's note")]]
    updated_at: Annotated[datetime, Field(description="when it was last changed")]


class NotificationDocument(TypedDict):
    """A document of `notifications`: a piece of news that was sent to a recipient of a search."""

    _id: Annotated[str, Field(description="search, recipient and key")]
    search: Annotated[
        str, Field(description="the search's key in documents; `*` for what became of a position")
    ]
    recipient: Annotated[str, Field(description="channel and address, as email:ada@example.org")]
    key: Annotated[str, Field(description="what was sent, as match:739938000")]
    control_number: Annotated[str, Field(description="of the position, or `warning`")]
    delivery: Annotated[str, Field(description="the message: receipt and recipient")]
    claimed_at: Annotated[datetime, Field(description="when a run claimed it for sending")]
    observed_at: Annotated[datetime, Field(description="when that run observed it")]
    sent_at: Annotated[datetime | None, Field(description="null until it is known to be sent")]
    tries: Annotated[int, Field(description="attempts to send it")]


class FeedDocument(TypedDict):
    """A document of `feeds`: a private address at which a user's calendar or feed can be read."""

    _id: Annotated[str, Field(description="SHA-256 of the address's token, which is not stored")]
    user: Annotated[str, Field(description="whose it is, as in `marks`")]
    kind: Annotated[
        FeedKind,
        Field(description="`calendar` of saved jobs' deadlines, or new `matches` of a search"),
    ]
    search: Annotated[str | None, Field(description="that search; null for a calendar")]
    made_at: Annotated[datetime, Field(description="when the address was made")]
    last_read_at: Annotated[
        datetime | None, Field(description="when it was last read, to the hour; null if never")
    ]
    taken_back_at: Annotated[
        datetime | None,
        Field(description="when it was taken back, for good; the document stays. Null if valid"),
    ]


COLLECTIONS: dict[str, type[BaseModel] | type[Any]] = {
    "positions": PositionDocument,
    "position_versions": VersionDocument,
    "runs": Receipt,
    "quarantine": QuarantineDocument,
    "marks": MarkDocument,
    "notifications": NotificationDocument,
    "feeds": FeedDocument,
}
"""The document type of each collection."""
