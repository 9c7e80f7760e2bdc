"""What the page and its API cost beside many stored positions, with several clients at once.

    python -m benchmarks.page [--positions 100000] [--clients 4] [--requests 400]

Each route is asked by all clients at the same time, and so is its baseline: a route of the same
server that sends one file. Server, MongoDB and clients share this machine, so an answer takes as
long as the requests of the others leave it. The server is one process without Airflow, whose login
costs each route the same; it searches for garbage as rarely as the one of `./run.sh`.

Each client is a user with applications and hidden jobs of their own, who looks at a search of their
own and asks for another page, word or job each time, so no two of four requests are the same. What
the server remembers for a minute (how many jobs a search ever kept, what opened and closed by day,
the counts of the comparison) each of them has to wait for once. That is in the `slowest` answer,
and in the 95th of 100 only if it happens often.

The first paint is that of Chromium, for the page and for a page with nothing on it; it is left out
where there is no `chromium`.
"""

from __future__ import annotations

import multiprocessing
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import requests
from pymongo import MongoClient
from pymongo.database import Database
from rich.progress import track

from benchmarks.part import Line, Part, Size
from benchmarks.rows import heavy_rows, transformed
from include.jobs import limits
from include.jobs.application import STATES
from include.local.airflow_process import collect_rarely
from include.local.mongod import embedded_mongod
from include.pipeline.load import load
from include.sample_api.running import running
from include.searches.parameters import SearchParameters
from include.searches.saved_searches import SavedSearch
from include.store.feeds import make_feed
from include.store.indexes import ensure_indexes
from include.web.app import create_app
from include.web.marks import MarkChange, set_mark
from tests.web.fake_host import FakeHost

SEARCH = SearchParameters().slug
OPEN_JOBS = 400
"""What the latest run lists; the other positions have closed, as most stored ones have."""

SAVED = [SavedSearch(f"friend_{number}") for number in range(1, 60)]
"""The other searches: each keeps the same open jobs, and its share of the closed ones."""

SAVED_JOBS = 50
FOLLOWED, HIDDEN = 200, 5
"""Jobs for which a user's application has a state, of the closed ones, and hidden open ones."""

USERS = ["ada", "ben", "cyd", "dee"]
OF_USERS = [SEARCH, *(search.slug for search in SAVED[1 : len(USERS)])]
"""The search that each of them looks at."""

WORDS = ["data", "engineer", "specialist", "computer", "scientist"]

Route = Callable[[int, int], str]
"""Returns the path of a user's request, by the number of each."""


def _of(path: str) -> Route:
    """Return the route that is asked from the point of view of a user's search."""
    joined = "&" if "?" in path else "?"
    return lambda user, _: f"{path}{joined}search={OF_USERS[user]}"


def _page(path: str, first: int = 1, pages: int = 6) -> Route:
    """Return the route of a list, of which another page is asked for each time."""
    own = _of(path)
    return lambda user, turn: f"{own(user, turn)}&page={first + (turn + user) % pages}"


def _same(path: str) -> Route:
    return lambda *_: path


BASELINE = _same("assets/icon.svg")
ROUTES: dict[str, Route] = {
    "stored_jobs": _page("stored_jobs"),
    "stored_jobs, matches by deadline": _page("stored_jobs?level=match&sort=closing"),
    "stored_jobs, by words": lambda user, turn: (
        f"{_of('stored_jobs')(user, turn)}&text=data+{WORDS[(turn + user) % len(WORDS)]}"
    ),
    "stored_jobs, everything ever": _page("stored_jobs?status=any"),
    "stored_jobs, closed, page 95 to 100": _page("stored_jobs?status=closed&sort=closing", 95),
    "stored_jobs/{control_number}": lambda user, turn: (
        f"stored_jobs/{800_000_001 + 4 * turn + user}"
    ),
    "applications, 200 of them": _same("applications"),
    "lanes": _of("lanes"),
    "analytics": _of("analytics"),
    "pictures": _of("pictures"),
    "searches, 60 of them": _same("searches"),
    "comparison of 60 searches": _same("comparison"),
}
DIGEST = f"searches/{SEARCH}/digest"
EMPTY_PAGE = "<!doctype html><title>Empty</title><p>Empty"


def fill(database: Database[dict[str, Any]], count: int, now: datetime) -> None:
    """Store so many positions, of two years, one in four a match; the latest runs list some."""
    rows = heavy_rows(OPEN_JOBS)
    for row in rows:
        closes = now + timedelta(days=int(row["MatchedObjectId"]) % 30 + 1)
        row["MatchedObjectDescriptor"]["ApplicationCloseDate"] = f"{closes:%Y-%m-%d}T23:59:59"
    found = transformed(rows, now - timedelta(hours=8))
    load(database, *found, "job_tracker", "latest")
    document = database.positions.find_one() or {}
    document["PositionLocation"] = document["PositionLocation"][:1]
    _share(database)
    numbers = iter(range(count - OPEN_JOBS))
    for _ in track(range(0, count, 10_000), f"Storing {count:,} positions"):
        some = [_closed(document, number, now) for number in islice(numbers, 10_000)]
        if some:
            database.positions.insert_many(some, ordered=False)
    _follow(database, now)


def _follow(database: Database[dict[str, Any]], now: datetime) -> None:
    """Let each user have applied for some of the closed jobs, saved others, and hidden some."""
    closed, still_open = {"closes_at": {"$lte": now}}, {"closes_at": {"$gt": now}}
    for number, user in enumerate(USERS):
        for each in database.positions.find(
            closed, {"_id": True}, skip=FOLLOWED * number, limit=FOLLOWED
        ):
            state = STATES[int(each["_id"]) % len(STATES)]
            set_mark(database, user, each["_id"], MarkChange(state=state), now)
        for each in database.positions.find(
            still_open, {"_id": True}, skip=HIDDEN * number, limit=HIDDEN
        ):
            set_mark(database, user, each["_id"], MarkChange(hidden=True), now)


def feed_routes(database: Database[dict[str, Any]], now: datetime) -> dict[str, Route]:
    """Return the private addresses of each user's calendar of saved jobs and feed."""
    found = database.positions.find({"closes_at": {"$gt": now}}, {"_id": True}, limit=SAVED_JOBS)
    numbers = [position["_id"] for position in found]
    tokens = []
    for user, search in zip(USERS, OF_USERS, strict=True):
        for number in numbers:
            set_mark(database, user, number, MarkChange(saved=True), now)
        calendar, _ = make_feed(database, user, "calendar", None, now)
        matches, _ = make_feed(database, user, "matches", search, now)
        tokens.append((calendar, matches))
    return {
        f"calendar.ics, {SAVED_JOBS} saved jobs": lambda user, _: (
            f"calendar.ics?token={tokens[user][0]}"
        ),
        "matches.atom": lambda user, _: f"matches.atom?token={tokens[user][1]}",
    }


def _share(database: Database[dict[str, Any]]) -> None:
    """Let every other search have found what the first one has."""
    receipt = database.runs.find_one({}) or {}
    ensure_indexes(database, [search.slug for search in SAVED])
    for search in SAVED:
        database.positions.update_many(
            {}, [{"$set": {f"matches.{search.slug}": f"$matches.{SEARCH}"}}]
        )
        of_its_own = {"search": search.slug, "dag_id": search.dag_id}
        database.runs.insert_one({**receipt, **of_its_own, "_id": f"{search.dag_id}/latest"})


def _closed(document: dict[str, Any], number: int, now: datetime) -> dict[str, Any]:
    closed = now - timedelta(minutes=1 + number * 10 % (2 * 365 * 24 * 60))
    seen = {"first_seen_at": closed - timedelta(days=14), "last_seen_at": closed}
    level = "near_miss" if number % 4 else "match"
    entry = {**document["matches"][SEARCH], **seen, "level": level, "score": number % 101}
    return {
        **document,
        **seen,
        "_id": f"8{number:08d}",
        "published_at": seen["first_seen_at"],
        "closes_at": closed,
        "matches": {SEARCH: entry, SAVED[number % len(SAVED)].slug: entry},
    }


@contextmanager
def served(mongo_port: int, folder: Path) -> Iterator[str]:
    """Serve the page from a process of its own and yield its address.

    The folder is for the files of the searches.
    """
    for search in SAVED:
        (folder / f"{search.name}.toml").touch()
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=_serve, args=(theirs, mongo_port, folder))
    server.start()
    try:
        yield ours.recv()
    finally:
        ours.send("enough")
        server.join()


def _serve(parent: Any, mongo_port: int, folder: Path) -> None:
    collect_rarely()
    # The clients ask more often than a calendar may.
    limits.FEED_READS_PER_MINUTE = 1_000_000
    with (
        MongoClient[dict[str, Any]]("127.0.0.1", mongo_port) as client,
        running(create_app(FakeHost(client.page), folder)) as address,
    ):
        parent.send(address)
        parent.recv()


def latencies(
    url: str, route: Route, clients: int, count: int, users: list[str] = USERS
) -> list[float]:
    """Ask so often with so many clients at once; return the seconds of each answer."""

    def ask(client: int) -> list[float]:
        user = client % len(users)
        with requests.Session() as session:
            session.headers.update({"Login": users[user]})
            paths = (f"{url}/{route(user, turn)}" for turn in range(count // clients))
            return [_answered(session, path) for path in paths]

    with ThreadPoolExecutor(clients) as pool:
        return [took for one in pool.map(ask, range(clients)) for took in one]


def _answered(session: requests.Session, address: str) -> float:
    began = time.perf_counter()
    session.get(address, timeout=120).raise_for_status()
    return time.perf_counter() - began


def p95(values: list[float]) -> float:
    """Return what 95 of 100 values do not exceed."""
    return statistics.quantiles(values, n=20)[-1]


def first_paint(chromium: str, address: str, turns: int = 5) -> tuple[float, float]:
    """Return the seconds to the first contentful paint of the page and of an empty one."""
    from playwright.sync_api import sync_playwright

    painted = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        medians = []
        for path in ("", "empty"):
            times = []
            for _ in range(turns):
                page = browser.new_page(extra_http_headers={"Login": USERS[0]})
                page.route(
                    "**/empty",
                    lambda route: route.fulfill(body=EMPTY_PAGE, content_type="text/html"),
                )
                page.goto(f"{address}/{path}")
                page.wait_for_function(painted)
                times.append(page.evaluate(painted) / 1000)
                page.close()
            medians.append(statistics.median(times))
        browser.close()
    return medians[0], medians[1]


def lines(positions: int, clients: int, requests: int) -> Iterator[Line]:
    """Yield the latency of each route, and of the first paint."""
    with (
        tempfile.TemporaryDirectory() as name,
        embedded_mongod(Path(name) / "db") as mongod,
        MongoClient[dict[str, Any]]("127.0.0.1", mongod.port) as client,
    ):
        now = datetime.now(UTC)
        fill(client.page, positions, now)
        routes = ROUTES | feed_routes(client.page, now)
        asked = [(what, route, USERS) for what, route in routes.items()]
        # Only who may run a search may see its digest.
        asked.append(("searches/{search}/digest", _same(DIGEST), USERS[:1]))
        with served(mongod.port, Path(name)) as url:
            baseline = p95(latencies(url, BASELINE, clients, requests))
            for what, route, users in asked:
                took = latencies(url, route, clients, requests, users)
                yield Line(
                    f"95 of 100 answers: {what}",
                    f"{p95(took) * 1000:.0f} ms (median {statistics.median(took) * 1000:.0f}, "
                    f"slowest {max(took) * 1000:.0f})",
                    f"one small file {baseline * 1000:.0f} ms",
                    p95(took) / baseline,
                )
            if chromium := shutil.which("chromium"):
                page, empty = first_paint(chromium, url)
                yield Line(
                    "first paint of the page",
                    f"{page * 1000:.0f} ms",
                    f"an empty page {empty * 1000:.0f} ms",
                    page / empty,
                )


PART = Part(
    "benchmarks.page",
    __doc__,
    lines,
    {
        "positions": Size(100_000, quick=10_000),
        "clients": Size(4, quick=4),
        "requests": Size(400, quick=40),
    },
)

if __name__ == "__main__":
    PART.main()
