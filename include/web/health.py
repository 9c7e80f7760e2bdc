"""Whether the saved searches have run as they should: for monitors, without a login."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Set
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
from fastapi import APIRouter, Depends, Request, Response
from pymongo.collection import Collection
from pymongo.errors import PyMongoError

from include.jobs import limits
from include.searches.saved_searches import SavedSearch, read_saved_searches
from include.store import collections
from include.store.documents import Document
from include.store.history import last_good_reading
from include.web.host import Host, NoDatabase
from include.web.schemas import Health, SearchHealth

log = logging.getLogger(__name__)

GRACE = timedelta(minutes=limits.HEALTH_GRACE_MINUTES)
CLOCK_TOLERANCE = timedelta(seconds=limits.CLOCK_TOLERANCE_SECONDS)


class HealthMonitor:
    """Checks the saved searches of a folder.

    However often it is asked, it checks once in some seconds. It remembers since when a search has
    had a reason to run that no receipt tells: because it is new, or is no longer paused.
    """

    def __init__(self, host: Host, folder: Path) -> None:
        self._host = host
        self._folder = folder
        self._expected_since: dict[str, datetime] = {}
        self._latest: Health | None = None
        self._expires_at = 0.0

    def latest(self) -> Health:
        """Return the result of the latest check, which is at most some seconds old."""
        if self._latest is None or time.monotonic() >= self._expires_at:
            self._latest = self.check(datetime.now(UTC))
            self._expires_at = time.monotonic() + limits.HEALTH_CACHE_SECONDS
        return self._latest

    def check(self, now: datetime) -> Health:
        """Check each search. Whatever fails is part of the result, so that a monitor gets one."""
        try:
            return self._check(now)
        except (PyMongoError, NoDatabase) as error:
            log.warning("MongoDB failed: %s", error)
            problem = "MongoDB does not answer, or the Airflow connection `mongo` can't be used."
        except Exception:
            log.exception("The health of the searches can't be checked")
            problem = "The searches can't be checked; the API server's log says why."
        return Health(
            status="failing", checked_at=now, problem=problem, invalid_files=0, searches=[]
        )

    def _check(self, now: datetime) -> Health:
        saved = read_saved_searches(self._folder)
        paused = self._host.paused([search.dag_id for search in saved.good])
        runs = collections.tz_aware(self._host.database()[collections.RUNS])
        searches = [self._health_of(search, runs, paused, now) for search in saved.good]
        invalid = len({problem.file for problem in saved.problems})
        overdue = any(search.state == "overdue" for search in searches)
        return Health(
            status="failing" if overdue or invalid else "ok",
            checked_at=now,
            problem=None,
            invalid_files=invalid,
            searches=searches,
        )

    def _health_of(
        self,
        search: SavedSearch,
        runs: Collection[Document],
        paused: Set[str],
        now: datetime,
    ) -> SearchHealth:
        dag_id, latest = search.dag_id, now + CLOCK_TOLERANCE
        last = last_good_reading(runs, dag_id, latest, search=search.slug)
        if dag_id in paused:
            self._expected_since[dag_id] = now
            return SearchHealth(dag_id=dag_id, state="paused", last_success_at=last, due_at=None)
        # A search that was edited is another one, which its DAG runs at the next time.
        last_of_dag = last or last_good_reading(runs, dag_id, latest)
        if last_of_dag is None:
            self._expected_since.setdefault(dag_id, now)
        expected = [self._expected_since[dag_id]] if dag_id in self._expected_since else []
        if last_of_dag is not None:
            # By this clock, reading may have begun a little before it was due.
            expected.append(search.schedule.next_after(last_of_dag + CLOCK_TOLERANCE))
        due_at = max(expected) + GRACE
        return SearchHealth(
            dag_id=dag_id,
            state="overdue" if now > due_at else "waiting" if last is None else "ok",
            last_success_at=last,
            due_at=due_at,
        )


ALONE = anyio.CapacityLimiter(1)


async def _alone() -> AsyncIterator[None]:
    """Let one request at a time take a thread, whatever the number of those that wait for it."""
    async with ALONE:
        yield


monitoring = APIRouter(dependencies=[Depends(_alone, scope="function")])


@monitoring.head("/health", include_in_schema=False)
@monitoring.get(
    "/health",
    tags=["monitoring"],
    responses={503: {"model": Health, "description": "A search is overdue, or can't be checked"}},
)
def read_health(request: Request, response: Response) -> Health:
    """Return when each saved search last ran well and is due. It needs no login.

    The status is 503 if a search is overdue, a search's file can't be used, or MongoDB does not
    answer. The answer is at most some seconds old.
    """
    monitor: HealthMonitor = request.app.state.health
    health = monitor.latest()
    response.status_code = 200 if health.status == "ok" else 503
    return health
