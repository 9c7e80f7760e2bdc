"""Request parameters: the query of `GET /stored_jobs`, and the types of keys in paths."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from include.jobs import limits
from include.jobs.application import ApplicationState
from include.searches.saved_searches import DAG_ID
from include.store.history import Status

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=300)]
"""A search's key in documents. It becomes part of a field path, so its characters are limited."""

ControlNumber = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]

DagId = Annotated[
    str,
    Field(
        pattern=rf"^{DAG_ID}(_[a-z0-9_]+)?$",
        max_length=100,
        description="the DAG of the search, as `GET /searches` names it",
    ),
]
"""A DAG of this project; the ids of runs are unique within a DAG only."""

Sort = Literal["score", "closing", "pay", "published", "new", "distance"]

MarkName = Literal["applied", "saved", "hidden"]


def asked_dag(dag_id: DagId = DAG_ID) -> str:
    """Return the DAG whose runs a request is about; a FastAPI dependency."""
    return dag_id


def _within_reason(moment: datetime) -> datetime:
    """Interpret a time without a zone as UTC; reject years that can't be converted safely."""
    if not 2000 <= moment.year < 2100:
        raise ValueError("a time is between 2000 and 2100")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_within_reason)]


class JobFilter(BaseModel):
    """Which jobs to return, and in which order. Filters that are left out don't apply."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: Annotated[
        Literal["match", "near_miss"] | None, Field(description="matches, or near misses, only")
    ] = None
    status: Annotated[
        Status | Literal["any"],
        Field(description="how it stands with the search's latest run that has no warning"),
    ] = "open"
    new_since: Annotated[
        Moment | None, Field(description="first seen by this search then or later, as 2026-11-22")
    ] = None
    changed_since: Annotated[
        Moment | None, Field(description="amended by its agency, as noticed then or later")
    ] = None
    closing_within: Annotated[
        int | None,
        Field(
            ge=0,
            le=366,
            description="days until it closes, at most; what closes at a number of applications "
            "can close any hour, and registers and what is open continuously are left out",
        ),
    ] = None
    minimum_pay: Annotated[
        int | None, Field(ge=0, le=10_000_000, description="dollars a year its range must reach")
    ] = None
    remote: Annotated[bool | None, Field(description="remote jobs only, or none of them")] = None
    text: Annotated[
        str | None,
        Field(
            max_length=100,
            pattern=r"^[^\x00]*$",
            description="words that all occur in title, agency, summary or place",
        ),
    ] = None
    numbers: Annotated[
        str | None,
        Field(
            max_length=limits.FILTER_JOBS * (limits.MAX_CONTROL_NUMBER_DIGITS + 1),
            pattern=r"^[0-9]{1,20}(,[0-9]{1,20})*$",
            description="these jobs alone, by their control numbers, as 739938000,739941000",
        ),
    ] = None
    mark: Annotated[
        MarkName | Literal["mine"] | None,
        Field(
            description="jobs that you marked so, `applied` whatever followed, `mine` for those "
            "saved or applied for; with neither this nor `state`, all but those you have hidden"
        ),
    ] = None
    state: Annotated[
        ApplicationState | None, Field(description="jobs in this state of your application")
    ] = None
    sort: Annotated[
        Sort,
        Field(
            description="best, most urgent (see `deadline`), best paid, published last, found "
            "last or nearest first"
        ),
    ] = "score"
