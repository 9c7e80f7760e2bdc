"""Which announcements are of the same job, and what is said of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.jobs import limits
from include.jobs.announced_again import (
    Announcement,
    announcement_keys,
    earlier_announcements,
    ending,
    in_words,
    times_announced,
    title_stem,
)
from tests.support.rows import CHICAGO, place, position

MARCH = datetime(2026, 3, 2, 5, tzinfo=UTC)
NOW = datetime(2026, 6, 20, 12, tzinfo=UTC)
DENVER = place("Denver, Colorado", 39.74, -104.98)
TOWNS = [place(f"Town {number}, Ohio", 40, -80) for number in range(limits.COMPARED_PLACES)]


def content(**changes: Any) -> dict[str, Any]:
    return position(**changes).model_dump()


def keys(**changes: Any) -> set[str]:
    """Return the keys of a posting under a number of its own."""
    return {*announcement_keys(content(**{"PositionID": "TR-26-9", **changes}))}


def is_linked(before: dict[str, Any], after: dict[str, Any]) -> bool:
    return bool(keys(**before) & keys(**{"PositionID": "TR-26-10", **after}))


@pytest.mark.parametrize(
    ("change", "linked"),
    [
        ({}, True),
        ({"PositionTitle": "DATA ENGINEER, GS-2210-12 (Direct Hire)"}, True),
        ({"PositionTitle": "Data Engineer (Data Lakes)"}, False),
        ({"OrganizationName": "Bureau of the fiscal service"}, True),
        ({"OrganizationName": "Internal Revenue Service"}, False),
        ({"details": {"LowGrade": "12", "HighGrade": "13"}}, False),
        ({"details": {"LowGrade": "", "HighGrade": ""}}, False),
        ({"JobGrade": [{"Code": "GG"}]}, False),
        ({"JobCategory": [{"Code": "1560"}]}, False),
        ({"PositionLocation": [DENVER]}, False),
        ({"PositionLocation": [CHICAGO, DENVER]}, False),
        ({"details": {"HiringPath": ["vet"]}}, True),
        ({"details": {"JobSummary": "Another summary."}}, True),
    ],
)
def test_the_same_job_has_the_same_agency_title_grade_series_and_places(
    change: dict[str, Any], linked: bool
) -> None:
    assert is_linked({}, change) is linked


@pytest.mark.parametrize(
    ("change", "linked"),
    [
        ({}, True),
        ({"JobCategory": [{"Code": "1560"}]}, True),
        ({"PositionLocation": [CHICAGO, DENVER]}, True),
        ({"PositionLocation": [DENVER]}, False),
        ({"PositionTitle": "Cook"}, False),
        ({"OrganizationName": "Internal Revenue Service"}, False),
        ({"details": {"LowGrade": "13", "HighGrade": "13"}}, False),
    ],
)
def test_an_announcement_number_alone_does_not_make_the_same_job(
    change: dict[str, Any], linked: bool
) -> None:
    assert bool(keys() & keys(**change)) is linked


def test_a_posting_that_says_too_little_has_no_key_but_that_of_its_number() -> None:
    unsaid = {"OrganizationName": "", "DepartmentName": ""}
    assert not is_linked(unsaid, unsaid)
    assert keys(**unsaid) & keys(**unsaid)
    assert keys(**unsaid, PositionID="") == set()


def test_registers_are_the_same_whatever_places_they_name() -> None:
    assert is_linked({"PositionLocation": TOWNS}, {"PositionLocation": [*TOWNS, CHICAGO]})
    assert not is_linked({"PositionLocation": TOWNS[1:]}, {"PositionLocation": TOWNS[:-1]})


def test_the_capital_is_one_place_under_all_its_names() -> None:
    names = ("Washington, District of Columbia", "District of Columbia, District of Columbia")
    first, second = ({"PositionLocation": [place(name, 38.9, -77)]} for name in names)
    assert is_linked(first, second)
    assert not is_linked(first, {"PositionLocation": [place("Columbia, Maryland", 39.2, -76.9)]})


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("FORESTER, GS-0460-12", "forester"),
        ("Survey Statistician, GG-1530-14, Census-DE-AC", "survey statistician census de ac"),
        ("Medical Technologist (OCA)(ESEP/MP)", "medical technologist"),
        ("IT Specialist (SYSADMIN) - Re-announced", "it specialist sysadmin"),
        ("Public Notice 2026 for Engineers (Direct Hire)", "public notice for engineers"),
        ("Environmental Engineer (MI5111)", "environmental engineer mi5111"),
        ("Data Engineer II", "data engineer ii"),
        ("GS-0460-12", "gs 0460 12"),
    ],
)
def test_a_title_is_compared_without_grades_years_and_hiring_kinds(title: str, stem: str) -> None:
    assert title_stem(title) == stem


@pytest.mark.parametrize(
    "suffix",
    [" - DE", "-MP", " (DEU)", " (DE/CR)", " - DE/MP", " (DE)-(MP)", " - DE - DE", ", DHA "],
)
def test_how_it_hires_is_not_of_the_job(suffix: str) -> None:
    assert title_stem(f"Data Engineer{suffix}") == "data engineer"
    assert title_stem(f"MP Data Engineer{suffix}") == "mp data engineer"


def test_the_longest_title_of_suffixes_is_read_at_all() -> None:
    # A pattern that tries every way to split them would not end before this test is given up.
    assert title_stem(f"Nurse{' - DE' * 98} x").endswith("de x")


@given(
    st.dictionaries(
        st.sampled_from([*content()]),
        st.none() | st.integers() | st.text() | st.lists(st.integers()) | st.just({}),
    )
)
def test_a_damaged_posting_has_keys_or_none_but_never_fails(damage: dict[str, Any]) -> None:
    assert all(isinstance(key, str) for key in announcement_keys({**content(), **damage}))


def test_a_posting_with_a_damaged_place_has_no_keys() -> None:
    assert announcement_keys({**content(), "PositionLocation": [5]}) == []


def announced(
    number: str, opened: float, closes: float | None, *, seen: Any = None, **changes: Any
) -> Announcement:
    """Return an announcement that is open on these days after the first of March.

    A search saw it on these days, or `seen` from and to.
    """
    first, last = seen or (opened, closes if closes is not None else opened)
    entry = {"source": "search", "first_seen_at": day(first), "last_seen_at": day(last)}
    values: dict[str, Any] = {
        "announcement_number": f"TR-{number}",
        "title": "Data Engineer",
        "keys": frozenset({"job:1"}),
        "opened_at": day(opened),
        "closes_at": None if closes is None else day(closes),
        "first_seen_at": day(first),
        "last_seen_at": day(last),
        "seen": {"search": entry},
    }
    return Announcement(control_number=number, **{**values, **changes})


def day(number: float) -> datetime:
    return MARCH + timedelta(days=number)


@pytest.mark.parametrize(
    ("earlier", "later", "how"),
    [
        (announced("1", 0, 10), announced("2", 20, 30), "closed"),
        (announced("1", 0, 20), announced("2", 13, 30), "closed"),
        (announced("1", 0, 20), announced("2", 12.9, 30), None),
        (announced("1", 0, 10), announced("2", 5, 30), "closed"),
        (announced("1", 0, 10), announced("2", 4.9, 30), None),
        # Twins, for the public and for federal employees, open at the same time.
        (announced("1", 0, 2), announced("2", 0, 10), None),
        (announced("1", 1, 2), announced("2", 0, 10), None),
        (announced("1", 20, 30), announced("2", 0, 10), None),
        # It was listed no more before its deadline, when the other one was.
        (announced("1", 0, 30, seen=(0, 9)), announced("2", 10, 40), "gone"),
        (announced("1", 0, 30, seen=(0, 9)), announced("2", 0, 30, seen=(10, 30)), "gone"),
        (announced("1", 0, 30, seen=(0, 10)), announced("2", 10, 40), None),
        (announced("1", 0, None, seen=(0, 9)), announced("2", 10, 40), "gone"),
        # It closed as it said, and the other one was only found afterwards.
        (announced("1", 0, 9, seen=(0, 8)), announced("2", 0, 40, seen=(10, 40)), None),
        (announced("1", 5, 30, seen=(5, 9)), announced("2", 0, 40, seen=(10, 40)), None),
    ],
)
def test_one_follows_another_that_had_closed_or_was_gone(
    earlier: Announcement, later: Announcement, how: str | None
) -> None:
    assert ending(earlier, later) == how


DE, MP = {"title": "Data Engineer - DE"}, {"title": "Data Engineer - MP"}
DE_7, MP_7 = {"announcement_number": "TR-26-DE-7"}, {"announcement_number": "TR-26-MP-7"}


@pytest.mark.parametrize(
    ("one", "other", "is_again"), [(DE, MP, False), (DE, DE, True), (DE_7, MP_7, False)]
)
def test_ways_of_hiring_may_overlap_or_open_on_one_day_without_being_announced_again(
    one: dict[str, Any], other: dict[str, Any], is_again: bool
) -> None:
    overlapping = announced("1", 0, 6, **one), announced("2", 3, 20, **other)
    assert (ending(*overlapping) == "closed") is is_again
    first_gone = (
        announced("1", 0, 30, seen=(0, 0), **one),
        announced("2", 0, 30, seen=(1, 9), **other),
    )
    assert (ending(*first_gone) == "gone") is is_again
    after_each_other = announced("1", 0, 6, **one), announced("2", 7, 20, **other)
    assert ending(*after_each_other) == "closed"


@pytest.mark.parametrize(
    "seen",
    [
        {},
        {"other": {"source": "search", "first_seen_at": day(0), "last_seen_at": day(9)}},
        {"search": {"source": "historicjoa", "first_seen_at": day(0), "last_seen_at": day(9)}},
    ],
)
def test_only_a_search_that_listed_both_says_that_one_is_gone(seen: dict[str, Any]) -> None:
    earlier = announced("1", 0, 30, seen=(0, 9))
    later = announced("2", 10, 40)
    assert ending(earlier, later) == "gone"
    assert ending(replace(earlier, seen=seen), later) is None


ANY = st.builds(
    lambda number, opened, length, seen: announced(
        str(number), opened, None if length is None else opened + length, seen=sorted(seen)
    ),
    st.integers(0, 9),
    st.integers(0, 20),
    st.none() | st.integers(1, 20),
    st.tuples(st.integers(0, 30), st.integers(0, 30)),
)


@given(ANY, ANY)
def test_no_two_follow_each_other(one: Announcement, other: Announcement) -> None:
    assert None in (ending(one, other), ending(other, one))


def numbers(later: Announcement, *others: Announcement) -> list[str]:
    return [each.announcement.control_number for each in earlier_announcements(later, others)]


def test_all_earlier_ones_are_found_the_latest_first() -> None:
    first, second, third = (announced(str(n), n * 30, n * 30 + 10) for n in (1, 2, 3))
    assert numbers(third, first, second) == ["2", "1"]
    assert numbers(second, first, third) == ["1"]
    assert numbers(first, second, third) == []


@pytest.mark.parametrize(("gap", "found"), [(0, ["2", "1"]), (0.1, [])])
def test_a_job_announced_after_half_a_year_is_another_one(gap: float, found: list[str]) -> None:
    opened = 50 + limits.ANNOUNCED_AGAIN_DAYS + gap
    assert numbers(
        announced("3", opened, opened + 9), announced("1", 0, 10), announced("2", 40, 50)
    ) == (found)


def test_under_the_same_announcement_number_any_time_may_pass() -> None:
    keys = frozenset({"number:1"})
    register = announced("2", 700, 1000, keys=keys)
    assert numbers(register, announced("1", 0, 10, keys=keys)) == ["1"]
    assert numbers(register, announced("1", 0, 10)) == []


def test_announcements_at_the_same_time_count_once() -> None:
    twins = [announced("1", 0, 10), announced("2", 0, 12)]
    later = announced("9", 40, 50)
    assert times_announced(earlier_announcements(later, twins)) == 2
    others = [*twins, announced("3", 20, 30)]
    assert times_announced(earlier_announcements(later, others)) == 3


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ([announced("1", 0, 10)], "Announced again: last time it closed on Mar 12"),
        (
            [announced("1", 0, 10), announced("2", 40, 50, outcome="Job canceled")],
            "Announced three times since March: last time it was cancelled",
        ),
        (
            [announced("1", 0, 10), announced("2", 40, 50, outcome="Hiring complete")],
            "Announced three times since March: last time it closed on Apr 21",
        ),
        (
            [announced("1", 40, 200, seen=(40, 70))],
            "Announced again: last time it was taken down after May 11",
        ),
        ([announced("1", 90, 112)], "Announced again: last time it closes on Jun 22"),
    ],
)
def test_what_is_known_of_the_last_time_is_said(others: list[Announcement], said: str) -> None:
    earlier = earlier_announcements(announced("9", 110, 150), others)
    assert in_words(earlier, NOW) == said


def test_a_month_of_another_year_is_named_with_it() -> None:
    others = [announced("1", -100, -90), announced("2", 0, 10)]
    earlier = earlier_announcements(announced("9", 40, 50), others)
    assert in_words(earlier, NOW).startswith("Announced three times since November 2025: ")
