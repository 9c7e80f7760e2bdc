"""The routes of the API; the work is done in other modules."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

import anyio
from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, StreamingResponse
from pydantic import Field
from pymongo.database import Database

from include.digest.send import preview
from include.jobs import limits
from include.searches.parameters import SearchParameters, trigger_form
from include.searches.saved_searches import (
    DAG_ID,
    BadSearches,
    SavedSearch,
    SavedSearches,
    read_default_search,
    read_saved_searches,
)
from include.store.documents import Document
from include.store.marks import may_run, record_permission, take_over
from include.store.quarantine import quarantine_size
from include.web import jobs, runs, saved_searches, xlsx_export
from include.web.analytics import analytics
from include.web.applications import board
from include.web.charts import charts
from include.web.comparison import comparison
from include.web.conditional import ConditionalRoute
from include.web.csv_export import as_csv
from include.web.host import CannotRun, Host, User
from include.web.lanes import lanes
from include.web.marks import ImpossibleDay, MarkChange, set_mark
from include.web.query_params import ControlNumber, JobFilter, Slug, asked_dag
from include.web.remembered import Remembered
from include.web.schemas import (
    Analytics,
    Board,
    Chart,
    Comparison,
    JobDetail,
    JobPage,
    Lanes,
    Mark,
    NextDigest,
    Problem,
    Searches,
    Started,
    Update,
)


# A thread for what takes no time would cost more than that.
async def _host(request: Request) -> Host:
    host: Host = request.app.state.host
    return host


async def _user(request: Request) -> User:
    user: User = request.state.reader
    return user


async def _remembered(request: Request) -> Remembered:
    remembered: Remembered = request.app.state.remembered
    return remembered


async def _remembered_lists(request: Request) -> Remembered:
    remembered: Remembered = request.app.state.remembered_lists
    return remembered


TURNS = anyio.CapacityLimiter(limits.MAX_WAITING_REQUESTS)


async def _take_turns() -> AsyncIterator[None]:
    async with TURNS:
        yield


HostDep = Annotated[Host, Depends(_host)]
UserDep = Annotated[User, Depends(_user)]
RememberedDep = Annotated[Remembered, Depends(_remembered)]
ListsDep = Annotated[Remembered, Depends(_remembered_lists)]
"""Of open jobs, whoever has marked them: of these there are few, because they are large."""


def _database(host: HostDep) -> Database[Document]:
    return host.database()


DatabaseDep = Annotated[Database[Document], Depends(_database)]


def _owner(user: UserDep, database: DatabaseDep) -> str:
    return take_over(database, user.id, user.name)


OwnerDep = Annotated[str, Depends(_owner)]
"""The owner of the user's marks, which are taken over from the account's id first."""


def _saved(request: Request) -> SavedSearches:
    return read_saved_searches(request.app.state.searches)


SavedDep = Annotated[SavedSearches, Depends(_saved)]


def _default_search(request: Request, database: Database[Document]) -> str | None:
    usual = read_default_search(request.app.state.searches)
    return jobs.default_search(database, usual.slug if usual else None)


def _search(
    request: Request,
    database: DatabaseDep,
    search: Annotated[
        Slug | None,
        Query(description="the search, as `GET /searches` names it; left out, the default one"),
    ] = None,
) -> str | None:
    return search or _default_search(request, database)


def _saved_search(
    found: SavedDep,
    search: Annotated[Slug, Path(description="a saved one, as `GET /searches` names it")],
) -> SavedSearch:
    for each in found.good:
        if each.slug == search:
            return each
    raise HTTPException(404, f"No saved search is called {search}.")


DagDep = Annotated[str, Depends(asked_dag)]
SavedSearchDep = Annotated[SavedSearch, Depends(_saved_search)]


def _own_search(
    search: SavedSearchDep, host: HostDep, user: UserDep, owner: OwnerDep
) -> SavedSearch:
    if search.dag_id not in host.may_update(user, [search.dag_id]):
        raise HTTPException(
            403,
            "A digest may show what its recipients saved, so only those see it who may run "
            f"{search.dag_id}.",
        )
    return search


OwnSearchDep = Annotated[SavedSearch, Depends(_own_search)]
SearchDep = Annotated[str | None, Depends(_search)]
NumberPath = Annotated[ControlNumber, Path(description="the number in the posting's address")]
RunPath = Annotated[str, Path(min_length=1, max_length=250, pattern=r"^[^\x00-\x1f]+$")]

PROBLEMS: Mapping[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "Nobody is logged in"},
    403: {"model": Problem, "description": "Not allowed, or sent by another site"},
    503: {"model": Problem, "description": "MongoDB does not answer"},
}
BAD_BODY: Mapping[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The body can't be decoded"},
    408: {"model": Problem, "description": "The body arrives too slowly"},
    413: {"model": Problem, "description": "The body is too large"},
}
UNKNOWN_JOB: Mapping[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "No such job is stored"}
}
DAMAGED_JOB: Mapping[int | str, dict[str, Any]] = {
    409: {"model": Problem, "description": "Its document is damaged"}
}
UNKNOWN_RUN: Mapping[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "There is no such run"}
}
UNKNOWN_SEARCH: Mapping[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "No such search is saved"}
}

MESSAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox"
)
"""The policy for a message's HTML: only its own styles are allowed."""

LINKS_OPEN_WINDOWS = '<head><base target="_blank">'
"""Makes links open a new window, which the page's frame forbids, so that they do nothing there."""

taking_turns = [Depends(_take_turns, scope="function")]
reading = APIRouter(
    dependencies=taking_turns,
    responses={**PROBLEMS, 304: {"description": "It is as the client has it (`If-None-Match`)"}},
    route_class=ConditionalRoute,
)
run_reading = APIRouter(dependencies=taking_turns, responses={**PROBLEMS})
updating = APIRouter(responses={**PROBLEMS})


def _marked(
    control_number: NumberPath,
    change: MarkChange,
    database: DatabaseDep,
    host: HostDep,
    user: UserDep,
    owner: OwnerDep,
    found: SavedDep,
) -> Mark:
    dag_ids = _dag_ids(found)
    permission = may_run(host.may_update(user, dag_ids), dag_ids)
    try:
        mark = set_mark(database, owner, control_number, change, datetime.now(UTC), permission)
    except ImpossibleDay as problem:
        error = {"type": "value_error", "loc": ("body", "since"), "msg": str(problem)}
        raise RequestValidationError([error]) from None
    if mark is None:
        raise _unknown_job(control_number)
    return mark


MarkedDep = Annotated[Mark, Depends(_marked)]
"""The mark after the change that the body describes."""


class JobQuery(JobFilter):
    """The filter, the page and the format."""

    search: Annotated[
        Slug | None, Field(description="as `GET /searches` names it; left out, the default one")
    ] = None
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    per_page: Annotated[int, Field(ge=1, le=200)] = 50
    format: Annotated[
        Literal["json", "csv", "xlsx"],
        Field(description="`csv` and `xlsx` (Excel) download all pages as one table"),
    ] = "json"


@reading.get(
    "/stored_jobs",
    tags=["jobs"],
    response_model=JobPage,
    responses={
        200: {
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                xlsx_export.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}},
            }
        }
    },
)
def list_stored_jobs(
    query: Annotated[JobQuery, Query()],
    request: Request,
    database: DatabaseDep,
    owner: OwnerDep,
    remembered: RememberedDep,
    lists: ListsDep,
) -> Response:
    """List the stored jobs that match a filter, from the point of view of a search."""
    now = datetime.now(UTC)
    search = query.search or _default_search(request, database)
    if query.format != "json":
        name = f"{search or 'jobs'}-{now:%Y-%m-%d}.{query.format}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        found = jobs.all_jobs(database, search, query, owner, now)
        if query.format == "xlsx":
            workbook = xlsx_export.as_xlsx(found)
            return Response(workbook, media_type=xlsx_export.MEDIA_TYPE, headers=headers)
        # The first rows are read here, so that an error still has its own status code.
        return StreamingResponse(
            as_csv(found), media_type="text/csv; charset=utf-8", headers=headers
        )
    content = jobs.job_page_json(
        database,
        search,
        query,
        owner,
        now,
        page=query.page,
        per_page=query.per_page,
        remembered=remembered,
        lists=lists,
    )
    return Response(content, media_type="application/json")


@reading.get(
    "/stored_jobs/{control_number}", tags=["jobs"], responses={**UNKNOWN_JOB, **DAMAGED_JOB}
)
def read_stored_job(
    control_number: NumberPath, database: DatabaseDep, search: SearchDep, owner: OwnerDep
) -> JobDetail:
    """Return a job with all its places, versions and amendments."""
    job = jobs.job_detail(database, control_number, search, owner, datetime.now(UTC))
    if job is None:
        raise _unknown_job(control_number)
    return job


@reading.put(
    "/stored_jobs/{control_number}/mark", tags=["jobs"], responses={**BAD_BODY, **UNKNOWN_JOB}
)
def mark_stored_job(mark: MarkedDep) -> Mark:
    """Mark a job for yourself, and return the whole mark; omitted fields stay as they are."""
    return mark


@reading.patch(
    "/stored_jobs/{control_number}/mark", tags=["jobs"], responses={**BAD_BODY, **UNKNOWN_JOB}
)
def change_mark(mark: MarkedDep) -> Mark:
    """Change your mark on a job, and return the whole mark; omitted fields stay as they are."""
    return mark


@reading.get("/applications", tags=["jobs"])
def list_applications(database: DatabaseDep, owner: OwnerDep) -> Board:
    """List the jobs that you saved or applied for, by the state of your application."""
    return board(database, owner, datetime.now(UTC))


@reading.get("/searches", tags=["searches"])
def list_searches(
    database: DatabaseDep, host: HostDep, user: UserDep, owner: OwnerDep, found: SavedDep
) -> Searches:
    """List the searches that have run, the saved ones, and the parameters of a new one."""
    ran = runs.searches(database, host.run_address)
    dag_ids = _dag_ids(found)
    may_update = host.may_update(user, dag_ids)
    # A mark counts for the searches that its user could run at the last visit.
    record_permission(database, owner, may_run(may_update, dag_ids))
    return Searches(
        searches=ran,
        saved=saved_searches.summaries(found, {search.search for search in ran}, may_update, host),
        problems=saved_searches.problems(found, DAG_ID in may_update),
        form=trigger_form(),
        may_update=DAG_ID in may_update,
        quarantine_size=quarantine_size(database) if may_update else None,
    )


@reading.get("/comparison", tags=["searches"])
def compare_searches(
    database: DatabaseDep, owner: OwnerDep, remembered: RememberedDep
) -> Comparison:
    """Compare all searches that have run, with their counts and best matches."""
    return comparison(database, owner, datetime.now(UTC), remembered)


@reading.get("/searches/{search}/digest", tags=["searches"], responses={**UNKNOWN_SEARCH})
def preview_digest(
    search: OwnSearchDep, database: DatabaseDep, host: HostDep, lists: ListsDep
) -> NextDigest:
    """Preview the next digest of a saved search; nothing is sent or recorded.

    It requires permission to run the search's DAG.
    """
    now, remember = datetime.now(UTC), lists.value
    return saved_searches.next_digest(database, search, now, host.page_url(), remember)


@reading.get(
    "/searches/{search}/digest/{number}",
    tags=["searches"],
    response_class=Response,
    responses={
        **UNKNOWN_SEARCH,
        200: {"content": {"text/html": {"schema": {"type": "string"}}}},
    },
)
def show_digest(
    search: OwnSearchDep,
    number: Annotated[int, Path(ge=0, le=10_000, description="of the previews, from 0")],
    database: DatabaseDep,
    host: HostDep,
    lists: ListsDep,
) -> Response:
    """Return the HTML of a preview as a separate page, in which scripts and forms are blocked.

    It is empty if nothing is new.
    """
    if number >= len(search.recipients):
        raise HTTPException(404, f"The search {search.name} has no recipient {number}.")
    recipient = search.recipients[number]
    now, remember = datetime.now(UTC), lists.value
    message = preview(database, search, recipient, now, host.page_url(), remember)
    html = message.html.replace("<head>", LINKS_OPEN_WINDOWS, 1) if message else ""
    return HTMLResponse(html, headers={"Content-Security-Policy": MESSAGE_POLICY})


@reading.get("/analytics", tags=["searches"])
def read_analytics(
    database: DatabaseDep,
    search: SearchDep,
    owner: OwnerDep,
    remembered: RememberedDep,
    lists: ListsDep,
) -> Analytics:
    """Return the statistics of a search: counts, pay, places, days, rules, deadlines, outcomes."""
    return analytics(database, search, owner, datetime.now(UTC), remembered, lists)


@reading.get("/lanes", tags=["jobs"])
def read_lanes(database: DatabaseDep, search: SearchDep, owner: OwnerDep, lists: ListsDep) -> Lanes:
    """Return what is new, what closes soon, and what became of your own jobs, with the counts."""
    return lanes(database, search, owner, datetime.now(UTC), lists)


@reading.get("/pictures", tags=["searches"])
def draw_charts(
    database: DatabaseDep,
    search: SearchDep,
    owner: OwnerDep,
    remembered: RememberedDep,
    lists: ListsDep,
) -> dict[str, Chart]:
    """Return the same statistics as charts: each is a picture (SVG), a sentence and a table."""
    return charts(analytics(database, search, owner, datetime.now(UTC), remembered, lists))


@updating.post(
    "/update_jobs",
    tags=["updates"],
    status_code=202,
    responses={
        **BAD_BODY,
        **UNKNOWN_SEARCH,
        409: {"model": Problem, "description": "The DAG can't be run now"},
    },
)
def update_jobs(
    response: Response,
    dag_id: DagDep,
    host: HostDep,
    user: UserDep,
    found: SavedDep,
    parameters: SearchParameters | None = None,
) -> Started:
    """Start a run of a saved search's DAG in your name; `Location` is where its state is read.

    Omitted parameters are those of the search, and without a body all are.
    """
    try:
        search = found.of_dag(dag_id)
    except BadSearches as problem:
        raise HTTPException(404, str(problem)) from None
    usual, given = dict(search.parameters), dict(parameters or ())
    # Also a wish that is not set, if that takes back the search's own.
    changed = {
        name: given[name]
        for name in (parameters.model_fields_set if parameters else ())
        if given[name] != usual[name]
    }
    try:
        run_id = host.trigger(dag_id, search.parameters.model_dump() | changed, user)
    except CannotRun as problem:
        raise HTTPException(409, str(problem)) from None
    # Relative to this address, so that it holds behind any proxy.
    state = f"update_jobs/{quote(run_id, safe='')}?{urlencode({'dag_id': dag_id})}"
    response.headers["Location"] = state
    return Started(dag_id=dag_id, run_id=run_id, run_address=host.run_address(dag_id, run_id))


@run_reading.get("/update_jobs/{run_id}", tags=["updates"], responses={**UNKNOWN_RUN})
def read_update(run_id: RunPath, dag_id: DagDep, database: DatabaseDep, host: HostDep) -> Update:
    """Return the state of a run, and its receipt with what it added and changed."""
    state = host.run(dag_id, run_id)
    if state is None:
        raise HTTPException(404, f"There is no run {run_id} of the DAG {dag_id}.")
    return runs.update(database, dag_id, run_id, state, host.run_address(dag_id, run_id))


def _dag_ids(found: SavedSearches) -> list[str]:
    """Return the DAGs of the saved searches, and the default one."""
    return list(dict.fromkeys([DAG_ID, *(search.dag_id for search in found.good)]))


def _unknown_job(control_number: str) -> HTTPException:
    return HTTPException(404, f"No job {control_number} is stored.")
