"""The routes of calendars and news feeds.

Programs that subscribe to one can't log in. So each has a private address with a token, which its
user makes and takes back on the page. These addresses are all that answers without a login besides
`GET /health`: the router `by_token` lets nothing pass without a right token.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pymongo.database import Database

from include.jobs import limits
from include.jobs.deadline_calendar import calendar
from include.searches.saved_searches import SavedSearches
from include.store.documents import Document, FeedDocument, FeedKind
from include.store.feeds import TooManyFeeds, find_feed, live_feeds, make_feed, take_back
from include.web.atom import atom_feed
from include.web.conditional import unless_known
from include.web.host import Host
from include.web.new_matches import new_matches
from include.web.queries import has_run, standpoint
from include.web.query_params import Slug
from include.web.routes import (
    BAD_BODY,
    PROBLEMS,
    DatabaseDep,
    HostDep,
    OwnerDep,
    SavedDep,
    taking_turns,
)
from include.web.saved_deadlines import deadline_events
from include.web.schemas import Feed, Feeds, NewFeed, Problem

ADDRESSES: dict[FeedKind, str] = {"calendar": "calendar.ics", "matches": "matches.atom"}
"""Where each kind is read, below the page."""


class FeedRequest(BaseModel):
    """What an address is to give: the deadlines of what you saved, or a search's new matches."""

    model_config = ConfigDict(extra="forbid")

    kind: FeedKind
    search: Annotated[
        Slug | None, Field(description="of `matches`, as `GET /searches` names it")
    ] = None

    @model_validator(mode="after")
    def _matches_are_of_a_search(self) -> FeedRequest:
        if (self.kind == "matches") != bool(self.search):
            raise ValueError("name the `search` of `matches`; a calendar has that of all searches")
        return self


# --- for the user, with a login

feeds = APIRouter(dependencies=taking_turns, responses={**PROBLEMS}, tags=["feeds"])


@feeds.get("/feeds")
def list_feeds(database: DatabaseDep, owner: OwnerDep) -> Feeds:
    """List your private addresses, without their tokens, which nobody can find out any more."""
    return Feeds(feeds=[_feed(each) for each in live_feeds(database, owner)])


@feeds.post(
    "/feeds",
    status_code=201,
    responses={
        **BAD_BODY,
        404: {"model": Problem, "description": "No such search is saved or has run"},
        409: {"model": Problem, "description": "You have too many addresses"},
    },
)
def make_private_address(
    wanted: FeedRequest,
    database: DatabaseDep,
    host: HostDep,
    owner: OwnerDep,
    found: SavedDep,
) -> NewFeed:
    """Make a private address for a program that can't log in; only this response has it."""
    if wanted.search and not _is_known(database, wanted.search, found):
        raise HTTPException(404, f"No search {wanted.search} is saved or has run.")
    try:
        token, made = make_feed(database, owner, wanted.kind, wanted.search, datetime.now(UTC))
    except TooManyFeeds:
        raise HTTPException(
            409,
            f"You have {limits.MAX_FEEDS_OF_A_USER} addresses: take one back that you no longer "
            "use.",
        ) from None
    path = f"{ADDRESSES[wanted.kind]}?token={token}"
    return NewFeed(**_feed(made).model_dump(), path=path, address=f"{host.page_url()}{path}")


@feeds.delete(
    "/feeds/{feed_id}",
    responses={404: {"model": Problem, "description": "You have no such address"}},
)
def take_back_private_address(
    feed_id: Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="as `GET /feeds` names it")],
    database: DatabaseDep,
    owner: OwnerDep,
) -> Feed:
    """Take back one of your addresses, for good; from now on it answers 404."""
    taken = take_back(database, owner, feed_id, datetime.now(UTC))
    if taken is None:
        raise HTTPException(404, "You have no such address.")
    return _feed(taken)


def _feed(stored: FeedDocument) -> Feed:
    return Feed.model_validate({**stored, "id": stored["_id"]})


def _is_known(database: Database[Document], search: str, found: SavedSearches) -> bool:
    return any(each.slug == search for each in found.good) or has_run(database, search)


# --- for programs, with a token

TURNS = anyio.CapacityLimiter(limits.FEED_READS_AT_ONCE)


async def _take_turns() -> AsyncIterator[None]:
    """Let only so many requests take a thread, so that none is missing for who is logged in."""
    async with TURNS:
        yield


class FeedReads:
    """Counts the reads of each address in a minute; only those of right tokens are counted."""

    def __init__(self) -> None:
        self._minute = 0
        self._counts: Counter[str] = Counter()

    def are_too_many(self, feed_id: str) -> bool:
        """Count a read, and return whether there were too many before it."""
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute, self._counts = minute, Counter()
        self._counts[feed_id] += 1
        return self._counts[feed_id] > limits.FEED_READS_PER_MINUTE


def _no_such_feed() -> HTTPException:
    """Return the one answer to every wrong token, whether it never was one or was taken back."""
    return HTTPException(404, "There is nothing at this address.")


def _let_in(
    request: Request,
    token: Annotated[
        str, Query(description="of the address; a wrong one, or none, is answered with 404")
    ] = "",
) -> FeedDocument:
    host: Host = request.app.state.host
    feed = find_feed(host.database(), token, datetime.now(UTC))
    if feed is None or not request.url.path.endswith(f"/{ADDRESSES[feed['kind']]}"):
        raise _no_such_feed()
    reads: FeedReads = request.app.state.feed_reads
    if reads.are_too_many(feed["_id"]):
        raise HTTPException(
            429,
            f"This address was read more than {limits.FEED_READS_PER_MINUTE} times in a minute.",
            {"Retry-After": "60"},
        )
    return feed


FeedDep = Annotated[FeedDocument, Depends(_let_in)]

by_token = APIRouter(
    dependencies=[Depends(_take_turns, scope="function"), Depends(_let_in)],
    tags=["feeds"],
    responses={
        304: {"description": "It is what `If-None-Match` names"},
        404: {"model": Problem, "description": "The token is wrong, or was taken back"},
        429: {"model": Problem, "description": "The address is read too often"},
        503: PROBLEMS[503],
    },
)


@by_token.head(f"/{ADDRESSES['calendar']}", include_in_schema=False)
@by_token.get(
    f"/{ADDRESSES['calendar']}",
    response_class=Response,
    responses={200: {"content": {"text/calendar": {"schema": {"type": "string"}}}}},
)
def read_calendar(
    request: Request, feed: FeedDep, database: DatabaseDep, host: HostDep
) -> Response:
    """Return the deadlines of what the address's user saved, as iCalendar. It needs no login."""
    events = deadline_events(database, feed["user"], host.page_url(), datetime.now(UTC))
    return _answer(request, calendar(events), "text/calendar; charset=utf-8", "deadlines.ics")


@by_token.head(f"/{ADDRESSES['matches']}", include_in_schema=False)
@by_token.get(
    f"/{ADDRESSES['matches']}",
    response_class=Response,
    responses={200: {"content": {"application/atom+xml": {"schema": {"type": "string"}}}}},
)
def read_matches(
    request: Request, feed: FeedDep, database: DatabaseDep, host: HostDep, found: SavedDep
) -> Response:
    """Return the open matches of the address's search as Atom, the newest first.

    It needs no login. What the user has hidden is left out.
    """
    search = feed["search"] or ""
    matches = (
        new_matches(database, standpoint(database, search, datetime.now(UTC)), feed["user"])
        if has_run(database, search)
        else []
    )
    body = atom_feed(
        matches,
        feed_id=feed["_id"],
        search=search,
        title=f"New matches: {_name(search, found)}",
        made_at=feed["made_at"],
        page_url=host.page_url(),
    )
    return _answer(request, body, "application/atom+xml; charset=utf-8", "matches.atom")


def _name(search: str, found: SavedSearches) -> str:
    return next((each.name for each in found.good if each.slug == search), search)


def _answer(request: Request, body: bytes, media_type: str, name: str) -> Response:
    """Return the body, or 304 if the program has it already."""
    headers = {"Content-Disposition": f'inline; filename="{name}"', "X-Robots-Tag": "noindex"}
    return unless_known(request, Response(body, media_type=media_type, headers=headers))
