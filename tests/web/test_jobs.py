from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from pydantic import ValidationError
from pymongo.collection import Collection
from pymongo.results import BulkWriteResult

from include.jobs import limits
from include.web.jobs import all_jobs, default_search, job_detail, job_page
from include.web.marks import MarkChange, set_mark
from include.web.query_params import JobFilter, Sort
from include.web.schemas import Job, JobDetail, JobPage
from tests.support.rows import CHICAGO as CHICAGO_PLACE
from tests.support.rows import pay, place, row
from tests.web.explained_queries import Command
from tests.web.stored import (
    CHICAGO,
    EVANSTON,
    GARY,
    IN_GARY,
    NOW,
    MongoDatabase,
    closing,
    days,
    near_miss,
    store,
    store_past_day,
    store_suspicious,
    unfit,
    without_closing_date,
)

ANN, BOB = "ann", "bob"
SORTS: tuple[Sort, ...] = get_args(Sort)
REMOTE = {"details": {"RemoteIndicator": True}}


def page_of(
    database: MongoDatabase,
    *,
    search: str | None = CHICAGO,
    user: str = ANN,
    now: datetime = NOW,
    page: int = 1,
    per_page: int = 50,
    **wanted: Any,
) -> JobPage:
    return job_page(database, search, JobFilter(**wanted), user, now, page=page, per_page=per_page)


def numbers(database: MongoDatabase, **asked: Any) -> list[str]:
    return [job.control_number for job in page_of(database, **asked).jobs]


def only(database: MongoDatabase, **asked: Any) -> Job:
    (job,) = page_of(database, **asked).jobs
    return job


def detail(
    database: MongoDatabase, number: str, *, search: str | None = CHICAGO, user: str = ANN
) -> JobDetail:
    job = job_detail(database, number, search, user, NOW)
    assert job is not None
    return job


def test_where_nothing_ran_there_is_no_default_search(database: MongoDatabase) -> None:
    assert default_search(database) is None


def test_the_default_search_is_that_of_the_default_parameters_once_it_has_run(
    database: MongoDatabase,
) -> None:
    store(database, at=days(-9), location="Denver, Colorado")
    store(database, at=days(-2), **IN_GARY)
    assert default_search(database) == GARY
    store(database, at=days(-5))
    assert default_search(database) == CHICAGO


def test_a_job_has_what_is_stored_and_what_the_search_makes_of_it(database: MongoDatabase) -> None:
    store(database, row("1"))
    job = only(database)
    assert (job.control_number, job.PositionTitle) == ("1", "Data Engineer")
    assert job.closes_at == datetime(2026, 12, 1, 4, 59, tzinfo=UTC)
    assert job.annual_pay is not None
    assert job.annual_pay.maximum == 126198
    assert (job.match.search, job.match.status, job.match.level) == (CHICAGO, "open", "match")
    assert job.match.first_seen_at == job.first_seen_at == job.observed_at == NOW
    assert job.changes == []
    assert job.mark.updated_at is None


@pytest.mark.parametrize("search", [None, "nobody-ran-this-1", GARY])
def test_a_search_that_never_ran_has_no_jobs(database: MongoDatabase, search: str | None) -> None:
    store(database, row())
    asked: dict[str, Any] = {"search": search, "status": "any"}
    assert (page_of(database, **asked).total, numbers(database, **asked)) == (0, [])
    assert list(all_jobs(database, search, JobFilter(status="any"), ANN, NOW)) == []


def test_a_search_of_suspicious_responses_alone_shows_its_jobs(
    database: MongoDatabase,
) -> None:
    store(database, row("2"), at=days(-2), **IN_GARY)
    store_suspicious(database, row("1"), at=days(-1), location="Evanston, Illinois")
    newest = default_search(database)
    assert newest == "data-engineering-evanston-illinois-50"
    assert numbers(database, search=newest) == ["1"]
    assert [job.control_number for job in all_jobs(database, newest, JobFilter(), ANN, NOW)] == [
        "1"
    ]


def test_a_suspicious_response_makes_nothing_gone(database: MongoDatabase) -> None:
    store(database, row("1"), row("2"), at=days(-3))
    store_suspicious(database, row("1"), unfit("2"), row("3"), at=days(-2))
    assert numbers(database, status="open") == ["1", "2", "3"]
    store(database, row("1"), row("3"), at=days(-1))
    assert numbers(database, status="gone") == ["2"]


def test_what_an_agency_changed_counts_even_if_the_response_is_suspicious(
    database: MongoDatabase,
) -> None:
    store(database, row("1"), row("2"), at=days(-3))
    amended = row("1", PositionTitle="Data Engineer II")
    store_suspicious(database, amended, row("2"), at=days(-2))
    assert numbers(database, changed_since=days(-2)) == ["1"]
    changes = {job.control_number: job.changes for job in page_of(database).jobs}
    assert list(changes["1"][0].fields) == ["PositionTitle"]
    assert changes["2"] == []


def test_a_search_sees_only_its_own_jobs(database: MongoDatabase) -> None:
    store(database, row("1"))
    store(database, row("2"), **IN_GARY)
    assert (numbers(database), numbers(database, search=GARY)) == (["1"], ["2"])


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("open", ["1"]),
        ("closed", ["2"]),
        ("gone", ["3"]),
        ("no_longer_fits", ["4"]),
        ("any", ["1", "2", "3", "4"]),
    ],
)
def test_jobs_are_chosen_by_how_they_stand(
    database: MongoDatabase, status: str, expected: list[str]
) -> None:
    past = closing("2026-11-22")
    store(database, row("1"), row("2", **past), row("3"), row("4"), at=days(-3))
    store(database, row("1"), unfit("4"), at=days(-1))
    jobs = page_of(database, status=status).jobs
    assert sorted(job.control_number for job in jobs) == expected
    if status != "any":
        assert {job.match.status for job in jobs} == {status}


def test_left_out_the_status_is_open_and_the_level_any(database: MongoDatabase) -> None:
    store(database, row("1"), near_miss("2"), row("3", **closing("2026-11-22")))
    assert numbers(database) == ["1", "2"]
    assert numbers(database, level="match") == ["1"]
    assert numbers(database, level="near_miss") == ["2"]


def test_new_is_what_this_search_first_saw_then_or_later(database: MongoDatabase) -> None:
    store(database, row("1"), at=days(-3), **IN_GARY)
    store(database, row("2"), at=days(-2))
    store(database, row("1"), row("2"), at=days(-1))
    assert numbers(database, new_since=days(-1)) == ["1"]
    assert numbers(database, new_since=days(-1) + timedelta(milliseconds=1)) == []
    assert numbers(database, new_since=days(-2)) == ["1", "2"]


def test_changed_is_what_any_search_noticed_then_or_later(database: MongoDatabase) -> None:
    store(database, row("1"), row("2"), at=days(-3))
    store(database, row("1", PositionTitle="Data Engineer II"), at=days(-2), **IN_GARY)
    assert numbers(database, changed_since=days(-2)) == ["1"]
    assert numbers(database, changed_since=days(-2) + timedelta(milliseconds=1)) == []


def test_closing_within_days_begins_with_a_day_in_washington_and_ends_with_the_last_moment(
    database: MongoDatabase,
) -> None:
    closes_at = datetime(2026, 12, 1, 4, 59, tzinfo=UTC)
    store(database, row("1"), without_closing_date("2"))
    the_day_before = datetime(2026, 11, 29, 5, tzinfo=UTC)
    asked: dict[str, Any] = {"closing_within": 1, "status": "any"}
    assert numbers(database, now=the_day_before, **asked) == ["1"]
    assert numbers(database, now=the_day_before - timedelta(milliseconds=1), **asked) == []
    assert numbers(database, now=closes_at - timedelta(milliseconds=1), **asked) == ["1"]
    assert numbers(database, now=closes_at, **asked) == []


def test_the_top_of_the_range_reaches_the_minimum_pay(database: MongoDatabase) -> None:
    unpaid = near_miss("2", PositionLocation=[CHICAGO_PLACE], PositionRemuneration=[])
    store(database, row("1", PositionRemuneration=pay("100000", "120000")), unpaid)
    assert numbers(database, minimum_pay=120_000) == ["1"]
    assert numbers(database, minimum_pay=120_001) == []
    assert numbers(database, minimum_pay=0) == ["1", "2"]


def test_remote_jobs_only_or_none_of_them(database: MongoDatabase) -> None:
    store(database, row("1", **REMOTE), row("2"))
    store_past_day(database, 3, day=days(-80))
    assert numbers(database, remote=True) == ["1"]
    assert numbers(database, remote=False) == ["2"]
    assert "3" in numbers(database, remote=False, status="any")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("data", True),
        ("DATA engineer", True),
        ("engineer  \t data", True),
        ("engineer fiscal treasury build chicago", True),
        ("engineer denver", False),
        ("data.engineer", False),
        ("data*", False),
        ("[", False),
        ("(c++)", True),
        ("  ", True),
        ("ÉCOLE", True),
        ("evanston", True),
        ("2210", False),
    ],
)
def test_every_word_of_the_text_occurs_somewhere(
    database: MongoDatabase, text: str, found: bool
) -> None:
    summary = {"JobSummary": "You build pipelines (C++) for an école."}
    store(database, row("1", details=summary, PositionLocation=[CHICAGO_PLACE, EVANSTON]))
    assert bool(numbers(database, text=text)) == found


def mark(database: MongoDatabase, user: str, number: str, **change: Any) -> None:
    assert set_mark(database, user, number, MarkChange(**change), NOW)


def test_jobs_named_by_their_numbers_are_shown_alone(database: MongoDatabase) -> None:
    store(database, row("1"), row("2"), row("3"), near_miss("4"))
    assert numbers(database, numbers="3") == ["3"]
    assert sorted(numbers(database, numbers="1,4,9")) == ["1", "4"]
    assert numbers(database, numbers="1,4", level="match") == ["1"]
    set_mark(database, ANN, "1", MarkChange(hidden=True), NOW)
    assert numbers(database, numbers="1,4") == ["4"]


@pytest.mark.parametrize("wrong", ["", ",", "1,", "1,x", "$ne", ",".join(["1" * 20] * 101)])
def test_numbers_are_those_of_jobs_and_not_too_many(wrong: str) -> None:
    with pytest.raises(ValidationError):
        JobFilter(numbers=wrong)
    JobFilter(numbers=",".join(["1" * 20] * limits.FILTER_JOBS))


def test_hidden_jobs_are_left_out_for_who_hid_them(database: MongoDatabase) -> None:
    store(database, row("1"), row("2"))
    mark(database, ANN, "1", hidden=True)
    mark(database, BOB, "2", hidden=True)
    assert numbers(database) == ["2"]
    assert page_of(database).total == 1
    assert numbers(database, mark="hidden") == ["1"]
    assert numbers(database, user="carol") == ["1", "2"]
    mark(database, ANN, "1", hidden=False)
    assert numbers(database) == ["1", "2"]


def test_a_mark_narrows_to_what_the_user_marked_so(database: MongoDatabase) -> None:
    store(database, row("1"), row("2"), row("3"))
    mark(database, ANN, "1", applied=True, hidden=True)
    mark(database, ANN, "2", saved=True, note="call them")
    mark(database, BOB, "3", applied=True)
    assert numbers(database, mark="applied") == ["1"]
    assert numbers(database, mark="saved") == ["2"]
    assert only(database, mark="saved").mark.note == "call them"
    assert only(database, mark="applied", user=BOB).mark.note == ""


def test_filters_narrow_together(database: MongoDatabase) -> None:
    store(database, row("1"), row("2"), row("3"), at=days(-2))
    store(database, row("1", **REMOTE), row("2", **REMOTE), row("3"), at=days(-1))
    mark(database, ANN, "1", hidden=True)
    assert numbers(database, changed_since=days(-1), remote=True) == ["2"]
    assert numbers(database, changed_since=days(-1), mark="hidden") == ["1"]


def variety() -> list[dict[str, Any]]:
    """Three jobs that differ in what they can be sorted by, and one that has none of it."""
    nowhere = [{**CHICAGO_PLACE, "LocationName": "Fort Nowhere, Illinois", "Latitude": 0}]
    return [
        row("1", **closing("2026-12-03"), PositionLocation=[EVANSTON],
            PublicationStartDate="2026-11-03", PositionRemuneration=pay("1", "130000")),
        row("2", **closing("2026-12-01"), PublicationStartDate="2026-11-01",
            PositionRemuneration=pay("1", "120000")),
        row("3", **closing("2026-12-02"), PublicationStartDate="2026-11-02",
            PositionLocation=[place("Aurora, Illinois", 41.7606, -88.3201)],
            PositionRemuneration=pay("1", "110000")),
        row("4", **closing(""), PublicationStartDate="", PositionLocation=nowhere, **REMOTE,
            PositionRemuneration=pay("60", "70", "PH")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("closing", ["2", "3", "1", "4"]),
        ("published", ["1", "3", "2", "4"]),
        ("new", ["4", "3", "1", "2"]),
        ("distance", ["2", "1", "3", "4"]),
    ],
)
def test_jobs_come_in_order_and_those_without_the_value_last(
    database: MongoDatabase, sort: str, expected: list[str]
) -> None:
    one, two, three, four = variety()
    store(database, one, two, at=days(-3))
    store(database, three, at=days(-2))
    store(database, one, two, three, four, at=days(-1))
    assert numbers(database, sort=sort) == expected


def test_the_best_paid_and_the_best_scored_come_first(database: MongoDatabase) -> None:
    unpaid = row("0", PositionRemuneration=[])
    store(database, *variety(), unpaid)
    by_pay = [job.annual_pay for job in page_of(database, sort="pay").jobs]
    tops = [pay_range.maximum for pay_range in by_pay if pay_range]
    assert by_pay[-1] is None
    assert tops == sorted(tops, reverse=True)
    scores = [job.match.score for job in page_of(database).jobs]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) > 2


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("per_page", [1, 2, 3, 7, 200])
def test_pages_neither_repeat_nor_skip_a_job(
    database: MongoDatabase, sort: str, per_page: int
) -> None:
    same = [row(str(number)) for number in range(10, 13)]
    undated = [without_closing_date(str(number)) for number in range(20, 23)]
    store(database, *variety(), *same, *undated)
    pages = [
        page_of(database, sort=sort, page=page, per_page=per_page)
        for page in range(1, 12 // per_page + 2)
    ]
    found = [job.control_number for page in pages for job in page.jobs]
    assert len(found) == len(set(found)) == 10
    assert {page.total for page in pages} == {10}
    assert all(len(page.jobs) <= per_page for page in pages)
    wanted = JobFilter(sort=sort)
    everything = all_jobs(database, CHICAGO, wanted, ANN, NOW)
    assert [job.control_number for job in everything] == found


@pytest.mark.parametrize("sort", ["score", "closing"])
def test_a_page_beyond_the_last_is_empty_and_has_the_total(
    database: MongoDatabase, sort: str
) -> None:
    store(database, row("1"), without_closing_date("2"))
    beyond = page_of(database, sort=sort, page=1_000_000, per_page=200)
    assert (beyond.jobs, beyond.total, beyond.page) == ([], 2, 1_000_000)


def test_all_jobs_are_read_on_as_they_are_taken(
    many: tuple[MongoDatabase, list[Command]],
) -> None:
    database, commands = many
    jobs = all_jobs(database, CHICAGO, JobFilter(status="any"), ANN, NOW)
    assert next(jobs).match.search == CHICAGO
    asked = sum("changed" in str(command) for command in commands)
    rest = sum(1 for _ in jobs)
    assert rest + 1 == page_of(database, status="any").total > limits.WRITE_BATCH_SIZE_DOCUMENTS
    assert sum("changed" in str(command) for command in commands) > asked


def test_an_address_leads_to_usajobs_whatever_is_stored(database: MongoDatabase) -> None:
    store(database, row("1"))
    elsewhere = {"PositionURI": "javascript:alert(1)"}
    database.positions.update_one({}, {"$set": elsewhere})
    database.position_versions.update_one({}, {"$set": {"content.PositionURI": "//evil.example"}})
    address = "https://www.usajobs.gov/job/1"
    assert only(database).PositionURI == detail(database, "1").PositionURI == address
    assert detail(database, "1").versions[0].content["PositionURI"] == address


def test_a_job_in_a_list_has_ten_places_at_most_and_all_in_its_detail(
    database: MongoDatabase,
) -> None:
    places = [place(f"Town {number}, Illinois", 41.8, -87.6) for number in range(11)]
    store(database, row("1", PositionLocation=places), row("2", PositionLocation=places[:10]))
    assert [len(job.PositionLocation) for job in page_of(database).jobs] == [10, 10]
    assert len(detail(database, "1").PositionLocation) == 11


def title(number: int) -> dict[str, Any]:
    return row("1", PositionTitle=f"Data Engineer {number}")


def test_a_job_in_a_list_shows_what_was_amended_in_the_last_week_newest_first(
    database: MongoDatabase,
) -> None:
    store(database, title(0), row("2"), at=days(-9))
    store(database, title(1), row("2"), at=days(-7) - timedelta(milliseconds=1))
    store(database, title(2), row("2"), at=days(-7))
    store(database, title(3), row("2"), at=days(-1), **IN_GARY)
    store(database, title(3), row("2"))
    changed, unchanged = page_of(database).jobs
    shown = [
        (change.observed_at, change.fields["PositionTitle"].after) for change in changed.changes
    ]
    assert shown == [(days(-1), "Data Engineer 3"), (days(-7), "Data Engineer 2")]
    assert unchanged.changes == []


def test_what_two_searches_notice_at_once_is_one_change(database: MongoDatabase) -> None:
    store(database, title(0), at=days(-2))
    store(database, title(1), at=days(-1))
    noticed = database.runs.find_one({"changed.control_number": "1"})
    assert noticed is not None
    database.runs.insert_one({**noticed, "_id": "other", "search": GARY})
    assert len(only(database, now=days(0)).changes) == 1
    store(database, title(0), at=days(-0.5))
    store(database, title(1))
    assert len(only(database).changes) == 3


def test_what_a_run_that_has_not_ended_is_to_change_is_not_shown_as_changed(
    database: MongoDatabase,
) -> None:
    store(database, title(0), at=days(-2))
    store(database, title(1), at=days(-1))
    assert numbers(database, changed_since=days(-1)) == ["1"]
    database.runs.update_one({"changed.control_number": "1"}, {"$set": {"state": "writing"}})
    assert numbers(database, changed_since=days(-1)) == []
    assert only(database).changes == []


def test_a_jobs_detail_has_all_its_versions_and_amendments(database: MongoDatabase) -> None:
    long = "x" * 300
    store(database, title(0), at=days(-30))
    store(database, title(1), at=days(-20))
    store(database, row("1", details={"JobSummary": long}), at=days(-1))
    job = detail(database, "1")
    titles = [version.content["PositionTitle"] for version in job.versions]
    assert titles == ["Data Engineer 0", "Data Engineer 1", "Data Engineer"]
    assert [version.first_observed_at for version in job.versions] == [
        days(-30),
        days(-20),
        days(-1),
    ]
    newest, oldest = job.changes
    assert (newest.observed_at, set(newest.fields)) == (days(-1), {"PositionTitle", "summary"})
    assert len(newest.fields["summary"].after) < 300
    assert job.versions[-1].content["summary"] == long
    assert oldest.fields["PositionTitle"].before == "Data Engineer 0"


def test_a_jobs_detail_has_what_each_search_makes_of_it(database: MongoDatabase) -> None:
    store(database, row("1"), at=days(-2))
    store(database, row("1"), at=days(-2), location="Evanston, Illinois")
    store(database, row("1"), at=days(-1), **IN_GARY)
    store(database, at=days(-1))
    job = detail(database, "1", search=GARY)
    standing = {match.search: match.status for match in job.matches}
    assert standing == {
        CHICAGO: "gone",
        GARY: "open",
        "data-engineering-evanston-illinois-50": "open",
    }
    assert job.match.search == GARY
    best = max(job.matches, key=lambda match: match.score)
    assert best.search == CHICAGO
    for unknown in (None, "nobody-ran-this-1"):
        assert detail(database, "1", search=unknown).match == best


def test_a_detail_shows_the_users_own_mark(database: MongoDatabase) -> None:
    store(database, row("1"))
    mark(database, ANN, "1", note="call them")
    assert detail(database, "1").mark.note == "call them"
    assert detail(database, "1", user=BOB).mark.note == ""


def test_there_is_no_detail_of_what_is_not_stored(database: MongoDatabase) -> None:
    store(database, row("1"))
    assert job_detail(database, "2", CHICAGO, ANN, NOW) is None


def test_what_others_add_to_a_document_disturbs_nothing(database: MongoDatabase) -> None:
    store(database, row("1"))
    in_matches = {"matches.x": {"y": 1}, "matches.y": None, "matches.z": {"level": "mine"}}
    added = {"mark": "mine", "my_note": "call them", **in_matches}
    database.positions.update_one({}, {"$set": added})
    assert only(database).mark.note == ""
    assert [match.search for match in detail(database, "1").matches] == [CHICAGO]


def test_a_field_that_a_document_lacks_is_not_known(database: MongoDatabase) -> None:
    store(database, row("1"))
    lacking = ("annual_pay", "closes_at", "grade", "summary")
    database.positions.update_one({}, {"$unset": dict.fromkeys(lacking, "")})
    for job in (only(database), detail(database, "1")):
        assert [getattr(job, name) for name in lacking] == [None] * 4


def test_a_job_that_is_being_written_is_whole_or_not_there(
    database: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(database, row("1"), at=days(-1))
    store(database, row("2"), at=days(-3), **IN_GARY)
    bulk_write, totals = Collection.bulk_write, []

    def write_and_look(self: Any, requests: list[Any], **options: Any) -> BulkWriteResult:
        matched = 0
        for request in requests:
            matched += bulk_write(self, [request], **options).matched_count
            totals.append(page_of(database, search=GARY).total)
            assert detail(database, "1", search=GARY).match.first_seen_at <= days(-1)
        return BulkWriteResult({"nMatched": matched}, acknowledged=True)

    monkeypatch.setattr(Collection, "bulk_write", write_and_look)
    store(database, row("1"), at=days(-2), **IN_GARY)
    # Two threads write, so what one of them saw may be noted late.
    assert set(totals) == {1, 2}


def test_times_name_their_zone_whatever_the_client(
    database: MongoDatabase,
) -> None:
    store(database, title(0), at=days(-2))
    store(database, title(1), at=days(-1))
    mark(database, ANN, "1", saved=True)
    naive = database.with_options(database.codec_options.with_options(tz_aware=False))
    job = detail(naive, "1")
    times = [job.closes_at, job.match.last_seen_at, job.mark.updated_at, job.changes[0].observed_at]
    times += [job.versions[0].content["closes_at"], only(naive).changes[0].observed_at]
    assert all(time is not None and time.tzinfo is not None for time in times)


def register(number: str) -> dict[str, Any]:
    """Return a row of a notice that fits in everything, for the whole country."""
    towns = [place(f"Town {n}, Iowa", 42 + n / 100, -93) for n in range(60)]
    return row(number, PositionLocation=[CHICAGO_PLACE, *towns])


def test_registers_come_last_are_marked_and_say_what_they_are(database: MongoDatabase) -> None:
    weak = row("2", PositionTitle="IT Specialist", PositionLocation=[EVANSTON])
    store(database, register("1"), weak, row("3"))
    *jobs, last = page_of(database).jobs
    assert [job.control_number for job in (*jobs, last)] == ["3", "2", "1"]
    assert [job.match.register_in_words for job in jobs] == [None, None]
    assert last.match.is_register
    assert (last.match.register_in_words or "").startswith("Register: collects applications")
    shown = last.model_dump(by_alias=True)
    assert (shown["match"]["register"], shown["match"]["score_parts"]["register"]) == (True, -100)


def test_the_score_is_the_sum_of_its_parts_in_figures_and_in_words(
    database: MongoDatabase,
) -> None:
    store(database, row("1", PositionLocation=[EVANSTON]))
    match = only(database).match
    assert match.score_parts is not None
    parts = dict(match.score_parts)
    assert sum(parts.values()) == match.score
    assert match.score_in_words == (
        f"topic {parts['topic']} of 40, grade {parts['grade']} of 25, "
        f"pay {parts['pay']} of 20, place {parts['place']} of 15"
    )


def test_a_match_that_an_earlier_version_stored_shows_its_score_alone(
    database: MongoDatabase,
) -> None:
    store(database, row("1"))
    entry = f"matches.{CHICAGO}"
    earlier = {f"{entry}.score_parts": "", f"{entry}.register": ""}
    database["positions"].update_one({"_id": "1"}, {"$unset": earlier})
    match = only(database).match
    assert (match.score_parts, match.score_in_words, match.is_register) == (None, None, False)
    assert match.score > 0
    assert page_of(database).damaged == []
