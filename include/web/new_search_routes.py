"""The routes by which a new search is tried, and saved."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from include.jobs import limits
from include.searches import new_search
from include.searches.parameters import SearchParameters
from include.searches.saved_searches import (
    DAG_ID,
    DEFAULT,
    MAX_NAME_CHARACTERS,
    NAME,
    SUFFIX,
    Cron,
    SavedSearch,
    Zone,
    check_name,
)
from include.web.routes import (
    BAD_BODY,
    PROBLEMS,
    DatabaseDep,
    HostDep,
    SavedDep,
    UserDep,
    taking_turns,
)
from include.web.schemas import NewlySaved, Problem, Trial
from include.web.trial import trial

log = logging.getLogger(__name__)

UNPAUSE = (
    "It starts paused, so it does not run until you confirm it: Airflow lists the DAG {dag} once "
    "its DAG processor has read the file, within a minute or so. Unpause it there, which takes the "
    "permission to edit that DAG."
)


def _new_name(name: str) -> str:
    if name == DEFAULT:
        raise ValueError(f"{DEFAULT!r} is the search of the DAG {DAG_ID} itself")
    return check_name(name)


class NewSearch(BaseModel):
    """A search to be saved. Parameters that are left out have their defaults."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[
        str,
        AfterValidator(_new_name),
        Field(
            pattern=rf"^{NAME.pattern}$",
            max_length=MAX_NAME_CHARACTERS,
            description="of its file and, after `job_tracker_`, of its DAG",
        ),
    ]
    parameters: SearchParameters = SearchParameters()
    schedule: Annotated[Cron, Field(max_length=limits.MAX_SCHEDULE_CHARACTERS)] = "@daily"
    timezone: Annotated[Zone, Field(max_length=limits.MAX_SCHEDULE_CHARACTERS)] = "UTC"


def _may_run(host: HostDep, user: UserDep) -> None:
    if DAG_ID not in host.may_update(user, [DAG_ID]):
        raise HTTPException(403, f"Only those make a new search who may run {DAG_ID}.")


ONE_AT_A_TIME = anyio.CapacityLimiter(1)


async def _after_another() -> AsyncIterator[None]:
    async with ONE_AT_A_TIME:
        yield


new_searches = APIRouter(
    dependencies=[Depends(_may_run)], responses={**PROBLEMS, **BAD_BODY}, tags=["searches"]
)


@new_searches.post(
    "/searches/trial", dependencies=[Depends(_after_another, scope="function"), *taking_turns]
)
def try_search(parameters: SearchParameters, database: DatabaseDep) -> Trial:
    """Return how many stored jobs a new search would match and just miss; nothing is saved."""
    return trial(database, parameters, datetime.now(UTC))


@new_searches.post(
    "/searches",
    status_code=201,
    dependencies=taking_turns,
    responses={
        200: {"model": NewlySaved, "description": "The file can't be written; its text is there"},
        409: {"model": Problem, "description": "The name is taken, or there are too many"},
    },
)
def save_search(
    wanted: NewSearch,
    request: Request,
    response: Response,
    host: HostDep,
    user: UserDep,
    found: SavedDep,
) -> NewlySaved:
    """Save a new search as a file, without recipients; its DAG starts paused.

    If the file can't be written, the response has its text. No file is ever replaced.
    """
    made = new_search.new_search(wanted.name, wanted.parameters, wanted.schedule, wanted.timezone)
    if len(found.good) + len(found.problems) >= limits.MAX_SAVED_SEARCHES:
        raise HTTPException(
            409,
            f"There are {limits.MAX_SAVED_SEARCHES} saved searches already, and the page saves no "
            "more. Remove the file of one that you no longer use.",
        )
    if host.known([made.dag_id]):
        raise HTTPException(
            409,
            f"Airflow knows a DAG {made.dag_id} already, perhaps of a file that was removed, and "
            "the new one would go on as that was: also unpaused. Choose another name, or delete "
            "that DAG in Airflow first.",
        )
    refused = _written(made, request.app.state.searches, user.name)
    if refused:
        response.status_code = 200
    unpause = UNPAUSE.format(dag=made.dag_id)
    return NewlySaved(
        name=made.name,
        search=made.slug,
        dag_id=made.dag_id,
        dag_address=host.dag_address(made.dag_id),
        file=f"{made.name}{SUFFIX}",
        text=new_search.as_toml(made),
        written=not refused,
        in_words=f"{refused} {unpause}" if refused else f"The search is saved. {unpause}",
    )


def _written(made: SavedSearch, folder: Path, user: str) -> str | None:
    """Write the file; return what to do instead if that can't be done here.

    Raises:
        HTTPException: there is a file of this name.
    """
    try:
        new_search.save(made, folder)
    except new_search.NameTaken as problem:
        raise HTTPException(
            409, f"The name is taken: {problem}, and files are not replaced. Choose another name."
        ) from None
    except OSError as error:
        log.warning("The search %s can't be saved in %s: %s", made.name, folder, error)
        return (
            f"Airflow's API server can't write into the folder of the saved searches "
            f"({error.strerror or type(error).__name__}). Put this text into "
            f"`dags/searches/{made.name}{SUFFIX}` yourself, wherever the DAG processor, the "
            "workers and the API server read the DAG files."
        )
    log.info("%r saved the search %s", user, made.name)
    return None
