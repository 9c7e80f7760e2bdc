"""Registers collect applications for many places and dates; they come after all jobs."""

from __future__ import annotations

from typing import Any

import pytest

from include.matching.context import MatchContext
from include.matching.match_result import MatchResult
from include.matching.registers import is_register
from include.matching.rules import judge
from include.searches.parameters import SearchParameters
from include.usajobs.drift import Drift
from tests.support.recordings import PRESENT, positions
from tests.support.rows import CHICAGO, place, position

CONTEXT = MatchContext.of(SearchParameters())
RECORDED = "usajobs/search_{}.json"
DEFAULT_QUERY = RECORDED.format("2025-09-03_data-engineering_chicago_radius50_page1")
REMOTE_JOBS = RECORDED.format("2023-10-10_woodbridge_radial")


def places(number: int) -> list[dict[str, Any]]:
    return [CHICAGO, *(place(f"Town {n}, Illinois", 40 + n / 100, -88) for n in range(1, number))]


def marked(**changes: Any) -> bool:
    return is_register(position(**changes))


def judged(**changes: Any) -> MatchResult:
    return judge(position(**changes), CONTEXT)


def test_fifty_places_of_work_make_a_register_and_one_less_does_not() -> None:
    assert marked(PositionLocation=places(50))
    assert not marked(PositionLocation=places(49))
    assert not marked(PositionLocation=[CHICAGO] * 50)


def test_a_remote_job_may_list_every_city_that_one_may_live_in() -> None:
    assert not marked(PositionLocation=places(655), details={"RemoteIndicator": True})


@pytest.mark.parametrize(
    ("closes", "expected"), [("2027-08-29", True), ("2027-08-28", False), (None, False)]
)
def test_three_hundred_days_make_a_register_and_one_less_does_not(
    closes: str | None, expected: bool
) -> None:
    dates = {"PublicationStartDate": "2026-11-02", "ApplicationCloseDate": closes}
    assert marked(**dates) is expected
    assert marked(**dates, details={"RemoteIndicator": True}) is expected


def test_days_are_counted_across_a_change_of_clocks() -> None:
    assert not marked(PublicationStartDate="2026-05-01", ApplicationCloseDate="2027-02-24")
    assert marked(PublicationStartDate="2026-05-01", ApplicationCloseDate="2027-02-25")


@pytest.mark.parametrize(
    ("number", "changes", "expected"),
    [
        (10, {"details": {"AnnouncementClosingType": "02"}}, True),
        (9, {"details": {"AnnouncementClosingType": "02"}}, False),
        (2, {"details": {"AnnouncementClosingType": "02"}}, False),
        (10, {"details": {"AnnouncementClosingType": "01"}}, False),
        (10, {"PositionTitle": "Public Notice for Data Engineers"}, True),
        (10, {"PositionTitle": "Data Engineer (Standing Register)"}, True),
        (10, {"PositionTitle": "Registered Nurse"}, False),
        (2, {"PositionTitle": "Data Engineer - PUBLIC NOTICE FLYER"}, False),
    ],
)
def test_several_places_make_a_register_of_a_posting_that_collects_applications(
    number: int, changes: dict[str, Any], expected: bool
) -> None:
    assert marked(PositionLocation=places(number), **changes) is expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Registered Nurse (Open-Continuous)", True),
        ("Data Engineer - Open Continuously", True),
        ("Nurse, Continuous Announcement", True),
        ("Data Engineer (Resume Repository)", True),
        ("Applicant Supply File - Data Engineer", True),
        ("Data Engineer (Talent Pool)", True),
        ("Applicant Pool for Data Engineers", True),
        ("Data Engineer - Resume Inventory", True),
        ("Inventory of Applicants: Data Engineer", True),
        ("Nurse Register Announcement", True),
        ("Register: Data Engineer", True),
        ("Data Engineer Roster 2026", True),
        ("Inventory Management Specialist", False),
        ("Forestry Technician (Inventory)", False),
        ("Talent Pool Manager", False),
        ("Human Resources Specialist (Talent Community Lead)", False),
        ("Writer-Editor (Federal Register)", False),
        ("Sales Store Checker (Cash Register)", False),
        ("Historian (National Register of Historic Places)", False),
        ("Register Nurse", False),
        ("Roster Clerk", False),
        ("Electronic File Clerk (Applicant File Room)", False),
        ("Continuous Improvement Specialist", False),
    ],
)
def test_what_a_title_calls_itself_makes_a_register_of_a_posting_with_several_places(
    title: str, expected: bool
) -> None:
    assert marked(PositionLocation=places(12), PositionTitle=title) is expected
    assert not marked(PositionLocation=places(2), PositionTitle=title)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Location Negotiable After Selection, United States", True),
        ("Prisons - Nationwide, United States", True),
        ("Nationwide, United States", True),
        ("Chicago, Illinois", False),
    ],
)
def test_one_name_may_stand_for_the_whole_country(name: str, expected: bool) -> None:
    anywhere = [place(name, 0, 0)]
    continuous = {"AnnouncementClosingType": "02"}
    assert marked(PositionLocation=anywhere, details=continuous) is expected
    assert not marked(PositionLocation=anywhere)


@pytest.mark.parametrize("recordings", PRESENT, ids=["rewritten", "real"][: len(PRESENT)])
def test_the_recorded_registers_are_told_from_the_recorded_jobs(recordings: Any) -> None:
    of_default_query = positions(recordings, DEFAULT_QUERY, Drift())
    jobs = [each for each in of_default_query if not is_register(each)]
    assert (len(of_default_query), len(jobs)) == (25, 1)
    assert len(jobs[0].PositionLocation) == 9
    remote = positions(recordings, REMOTE_JOBS, Drift())
    assert {len(each.PositionLocation) for each in remote} == {655}
    assert sum(map(is_register, remote)) == 1  # It is open for a year.


def test_a_register_is_marked_and_comes_after_the_worst_job_of_its_level() -> None:
    best = judged(PositionLocation=places(50))
    worst = judged(
        PositionTitle="IT Specialist",
        details={"LowGrade": "13", "HighGrade": "15"},
        PositionLocation=[place("Far Away, Illinois", 41.2, -87.9)],
    )
    assert (best.level, best.is_register) == ("match", True)
    assert (worst.level, worst.is_register) == ("match", False)
    assert best.score < worst.score
    assert best.model_dump(by_alias=True)["register"] is True
