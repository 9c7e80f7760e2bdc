"""The lanes at the top of the page: what is new, what closes soon, and the user's own jobs."""

from __future__ import annotations

from include.jobs import limits
from include.jobs.opening_status import ACCEPTING, SELECTED
from include.store.outcomes import record
from include.web.jobs import job_page
from include.web.lanes import lanes
from include.web.marks import MarkChange, set_mark
from include.web.query_params import JobFilter
from include.web.schemas import Lane, Lanes
from tests.support.rows import CHICAGO as IN_CHICAGO
from tests.support.rows import place, row
from tests.web.stored import CHICAGO, NOW, MongoDatabase, closing, days, near_miss, store

ANN = "ann"

CLOSING = JobFilter(level="match", closing_within=limits.CLOSING_SOON_DAYS, sort="closing")
MINE = JobFilter(mark="mine", status="any", sort="published")


def shown(database: MongoDatabase, user: str = ANN) -> Lanes:
    return lanes(database, CHICAGO, user, NOW)


def numbers(lane: Lane) -> list[str]:
    return [job.control_number for job in lane.jobs]


def listed(database: MongoDatabase, wanted: JobFilter) -> list[str]:
    page = job_page(database, CHICAGO, wanted, ANN, NOW, page=1, per_page=50)
    return [job.control_number for job in page.jobs]


def test_a_lane_shows_the_first_jobs_that_its_filter_lists_and_counts_all(
    database: MongoDatabase,
) -> None:
    store(database, row("1", **closing("2026-12-30")), at=days(-3))
    soon = [row(str(n), **closing(f"2026-11-{n + 22}")) for n in range(2, 7)]
    store(database, row("1", **closing("2026-12-30")), *soon, near_miss("9"))
    found = shown(database)
    assert (found.new.total, found.closing.total, found.mine.total) == (5, 5, 0)
    assert numbers(found.closing) == listed(database, CLOSING)[: limits.LANE_JOBS]
    assert [job.in_words for job in found.closing.jobs] == ["tomorrow", "in 2 days", "in 3 days"]
    assert numbers(found.closing) == ["2", "3", "4"]
    assert found.counts.model_dump() == {
        "matches": 6,
        "near_misses": 1,
        "new": 5,
        "changed": 0,
        "closing_soon": 5,
    }


def test_what_is_new_begins_with_the_best_and_ends_with_registers(database: MongoDatabase) -> None:
    store(database, row("9"), at=days(-3))
    towns = [place(f"Town {n}, Iowa", 42 + n / 100, -93) for n in range(60)]
    register = row("1", PositionLocation=[IN_CHICAGO, *towns])
    worse = row("2", PositionTitle="IT Specialist (Data Management)")
    store(database, row("9"), register, worse, row("3"))
    found = shown(database).new
    assert numbers(found) == ["3", "2", "1"]


def test_a_capped_job_comes_first_and_says_at_how_many_applications_it_closes(
    database: MongoDatabase,
) -> None:
    store(database, row("1", **closing("2026-11-25")), row("2", **closing("2027-01-25")))
    cap = {"type": "03", "applications": 500}
    database.positions.update_one({"_id": "2"}, {"$set": {"facts.closes_when": cap}})
    found = shown(database).closing
    assert [job.in_words for job in found.jobs] == ["at 500 applications", "in 2 days"]


def test_the_users_own_jobs_are_those_saved_or_applied_for_open_or_not(
    database: MongoDatabase,
) -> None:
    store(database, row("1"), row("2"), near_miss("3"), row("4"), row("5"), at=days(-2))
    store(database, row("1"), row("2"), near_miss("3"), row("5"))
    for number, change in {
        "1": MarkChange(saved=True),
        "3": MarkChange(applied=True),
        "4": MarkChange(applied=True, saved=True),
        "5": MarkChange(hidden=True),
    }.items():
        set_mark(database, ANN, number, change, NOW)
    found = shown(database)
    assert sorted(numbers(found.mine)) == ["1", "3", "4"] == sorted(listed(database, MINE))
    assert found.mine.total == 3
    assert shown(database, "bob").mine.total == 0


def test_a_job_of_the_user_says_what_became_of_it(database: MongoDatabase) -> None:
    store(
        database, row("1", **closing("2026-11-28")), row("2", **closing("2026-11-20")), at=days(-5)
    )
    for number in ("1", "2"):
        set_mark(database, ANN, number, MarkChange(saved=True), NOW)
    assert sorted(job.in_words for job in shown(database).mine.jobs) == [
        "saved, closed Nov 20",
        "saved, in 5 days",
    ]


def test_without_a_search_that_has_run_the_lanes_are_empty(database: MongoDatabase) -> None:
    for search in (None, "never-ran"):
        found = lanes(database, search, ANN, NOW)
        assert found.search == search
        assert found.counts.matches == found.new.total == found.mine.total == 0


def test_an_outcome_takes_the_place_of_the_state_once_applications_have_ended(
    database: MongoDatabase,
) -> None:
    store(database, row("1"), row("2"))
    for number in ("1", "2"):
        set_mark(database, ANN, number, MarkChange(saved=True), NOW)
    record(database, ["1", "2"], {"1": SELECTED, "2": ACCEPTING}, NOW)
    assert sorted(job.in_words for job in shown(database).mine.jobs) == [
        SELECTED,
        "saved, in 7 days",
    ]
