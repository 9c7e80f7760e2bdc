"""What the page and its API cost beside many stored positions, with several clients at once.

    python -m benchmarks.page [--positions 100000] [--clients 4] [--requests 100]

Each route is asked by all clients at the same time, and so is its baseline: a route of the same
server that sends one file. The server runs without Airflow, whose login costs each of them the
same. The first paint is that of Chromium, for the page and for a page with nothing on it; it is
left out where there is no `chromium`.
"""

from __future__ import annotations

import multiprocessing
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
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
FOLLOWED = 200
"""Of the closed jobs, for which the reader's application has a state."""

LOGIN = {"Login": "ada"}
BASELINE = "assets/icon.svg"
ROUTES = {
    "stored_jobs": "stored_jobs",
    "stored_jobs, matches by deadline": "stored_jobs?level=match&sort=closing",
    "stored_jobs, by words": "stored_jobs?text=data+engineer",
    "stored_jobs, everything ever": "stored_jobs?status=any",
    "stored_jobs, closed, page 100": "stored_jobs?status=closed&sort=closing&page=100",
    "stored_jobs/{control_number}": "stored_jobs/800000001",
    "applications, 200 of them": "applications",
    "lanes": "lanes",
    "analytics": "analytics",
    "pictures": "pictures",
    "searches, 60 of them": "searches",
    "comparison of 60 searches": "comparison",
    "searches/{search}/digest": f"searches/{SEARCH}/digest",
}
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
    """Let the reader have applied for some of the closed jobs, and saved others."""
    closed = {"closes_at": {"$lte": now}}
    for each in database.positions.find(closed, {"_id": True}, limit=FOLLOWED):
        state = STATES[int(each["_id"]) % len(STATES)]
        set_mark(database, LOGIN["Login"], each["_id"], MarkChange(state=state), now)


def feed_routes(database: Database[dict[str, Any]], now: datetime) -> dict[str, str]:
    """Return the private addresses of a calendar of saved jobs and of a feed."""
    found = database.positions.find({"closes_at": {"$gt": now}}, {"_id": True}, limit=SAVED_JOBS)
    for position in found:
        set_mark(database, LOGIN["Login"], position["_id"], MarkChange(saved=True), now)
    calendar, _ = make_feed(database, LOGIN["Login"], "calendar", None, now)
    matches, _ = make_feed(database, LOGIN["Login"], "matches", SEARCH, now)
    return {
        f"calendar.ics, {SAVED_JOBS} saved jobs": f"calendar.ics?token={calendar}",
        "matches.atom": f"matches.atom?token={matches}",
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
    # The clients ask more often than a calendar may.
    limits.FEED_READS_PER_MINUTE = 1_000_000
    with (
        MongoClient[dict[str, Any]]("127.0.0.1", mongo_port) as client,
        running(create_app(FakeHost(client.page), folder)) as address,
    ):
        parent.send(address)
        parent.recv()


def latencies(address: str, clients: int, count: int) -> list[float]:
    """Ask so often with so many clients at once; return the seconds of each answer."""

    def ask(_: int) -> list[float]:
        with requests.Session() as session:
            session.headers.update(LOGIN)
            return list(islice(_answers(session, address), count // clients))

    with ThreadPoolExecutor(clients) as pool:
        return [took for one in pool.map(ask, range(clients)) for took in one]


def _answers(session: requests.Session, address: str) -> Iterator[float]:
    while True:
        began = time.perf_counter()
        session.get(address, timeout=120).raise_for_status()
        yield time.perf_counter() - began


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
                page = browser.new_page(extra_http_headers=LOGIN)
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
        with served(mongod.port, Path(name)) as url:
            baseline = p95(latencies(f"{url}/{BASELINE}", clients, requests))
            for what, route in routes.items():
                took = latencies(f"{url}/{route}", clients, requests)
                yield Line(
                    f"95 of 100 answers: {what}",
                    f"{p95(took) * 1000:.0f} ms (median {statistics.median(took) * 1000:.0f})",
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
        "requests": Size(100, quick=40),
    },
)

if __name__ == "__main__":
    PART.main()
