"""What `transform` hands on: a summary of a run's result, and what to store of it in batches.

It is apart from `transform` itself, whose patterns take long to compile, for the tasks that only
read it.
"""

from __future__ import annotations

from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from include.store.documents import UnreadableRow
from include.usajobs.extract import Extract, HandedOn, OfSearch, QuarantinedRow


class JudgedPosition(TypedDict):
    """A kept position in JSON form and its match result, each with a digest."""

    position: Annotated[
        dict[str, Any], Field(description="the position without what is only judged")
    ]
    content_hash: Annotated[str, Field(description="digest of the content")]
    facts: NotRequired[
        Annotated[dict[str, Any], Field(description="its facts; not in batches of version 0.1")]
    ]
    facts_hash: NotRequired[Annotated[str, Field(description="digest of the facts")]]
    match_result: Annotated[dict[str, Any], Field(description="how well it matches the search")]
    match_hash: Annotated[str, Field(description="digest of the match result")]


class Batch(TypedDict):
    """The part of a batch of rows that is stored."""

    kept: Annotated[list[JudgedPosition], Field(description="matches and near misses")]
    quarantined: Annotated[list[QuarantinedRow], Field(description="rows that can't be read")]


class TransformResult(Extract, OfSearch):
    """The summary of a run's result; the data to store are passed on separately, in batches."""

    matches: Annotated[list[str], Field(description="control numbers of the matches")]
    near_misses: Annotated[list[str], Field(description="control numbers of the near misses")]
    rejected: Annotated[
        dict[str, list[str]], Field(description="control numbers by each of their reason codes")
    ]
    unreadable: Annotated[list[UnreadableRow], Field(description="rows that could not be read")]
    digest: Annotated[
        str, Field(description="differs if other code judges the same rows differently")
    ]


class HandedOnResult(TransformResult, HandedOn):
    """The return value of the task `transform`."""
