"""The wishes of a search over all recorded rows, compared with a plain reading of the same rows."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import Any

import pytest

from include.jobs.position import Position
from include.matching.context import MatchContext
from include.matching.exclusion_rule import exclusion
from include.matching.match_result import MatchResult
from include.matching.rules import WISHES, judge
from include.searches.exclusions import read_exclusion
from include.searches.parameters import SearchParameters
from include.usajobs.drift import Drift
from include.usajobs.search_rows import read_row
from tests.data.rewrite_recordings import Recordings
from tests.support.recordings import HISTORIC_TITLES, PRESENT, positions, search_items
from tests.test_recordings import OTHERS, OWN_QUERY

OF_2016 = "usajobs/search_2016_page1_of_742.json"
ABROAD = {"819272700", "819284000", "819323500", "819613200"}
"""For a spouse of the military: matches for a limited time, with a clearance and much travel."""

Row = dict[str, Any]


@pytest.fixture(params=PRESENT, ids=str)
def recordings(request: pytest.FixtureRequest) -> Recordings:
    found: Recordings = request.param
    return found


@cache
def read(recordings: Recordings, *names: str) -> list[tuple[Row, Position]]:
    return [
        (row["MatchedObjectDescriptor"], read_row(row, Drift()))
        for name in names or (OWN_QUERY, *OTHERS)
        for row in search_items(recordings, name)
    ]


def context(**wished: Any) -> MatchContext:
    return MatchContext.of(SearchParameters(keyword="engineering", **wished))


PERMANENT = context(appointment="permanent")
NEAR_HOME = context(maximum_travel="Occasional travel", clearance="Secret")
UNCLEARED = context(clearance="Not Required")
AT_HOME = context(telework=True)


def failing(position: Position, wished: MatchContext) -> set[str]:
    """Return the codes of the wishes that a position fails."""
    results = (wish(position, wished) for wish in WISHES)
    return {result.code for result in results if result and result.code}


def details(descriptor: Row) -> Row:
    found: Row = descriptor["UserArea"].get("Details") or {}
    return found


def test_of_the_postings_of_2016_those_that_are_limited_are_not_for_who_wants_to_stay(
    recordings: Recordings,
) -> None:
    limited, passed = Counter[str](), Counter[str]()
    for descriptor, position in read(recordings, OF_2016):
        (offered,) = descriptor["PositionOfferingType"]
        (schedule,) = descriptor["PositionSchedule"]
        words = f"{offered['Name']} {schedule['Name']} {descriptor['PositionTitle']}"
        if not failing(position, PERMANENT):
            passed[offered["Code"]] += 1
        elif offered["Code"] == "15317":
            limited["by its words"] += 1
            assert re.search(r"(?i)\bnte|not[- ]to[- ]exceed|temporary", words)
        else:
            limited["by its code"] += 1
    # 180 have the code of another kind than a permanent one; of 40, which have several, one may be.
    assert (limited["by its code"], passed["15327"]) == (140, 40)
    assert passed["15317"] + limited["by its words"] == 320
    assert limited["by its words"] in (4, 5)
    assert passed.keys() == {"15317", "15327"}


def test_travel_and_clearance_are_those_of_the_codes(recordings: Recordings) -> None:
    found = Counter[str]()
    for descriptor, position in read(recordings):
        said = details(descriptor)
        too_far = said.get("TravelCode") in ("2", "5", "7", "8")
        too_secret = said.get("SecurityClearance") == "Top Secret"
        failed = failing(position, NEAR_HOME)
        assert failed == {
            *(["too_much_travel"] if too_far else []),
            *(["clearance_too_high"] if too_secret else []),
        }
        none = failing(position, UNCLEARED)
        assert bool(none) == (said.get("SecurityClearance") not in (None, "", "Not Required"))
        away = failing(position, AT_HOME)
        assert bool(away) == (said.get("TeleworkEligible") is False and not position.remote)
        found.update((*failed, *none, *away))
    assert found == {"too_much_travel": 11, "clearance_too_high": 62, "no_telework": 20}


def test_assignments_abroad_miss_one_wish_and_are_rejected_for_two(
    recordings: Recordings,
) -> None:
    spouse: Row = {"hiring_paths": ["public", "mspouse"]}

    def judged(position: Position, **wished: Any) -> MatchResult:
        return judge(position, context(**spouse, **wished))

    rows = [each for _, each in read(recordings, OWN_QUERY)]
    abroad = [
        each
        for each in rows
        if judged(each).level == "match" and each.facts.travel and each.facts.travel.code == "8"
    ]
    assert {each.control_number for each in abroad} == ABROAD
    for each in abroad:
        one = judged(each, appointment="permanent")
        assert (one.level, [reason.code for reason in one.reasons]) == (
            "near_miss",
            ["not_permanent"],
        )
        assert one.score == judged(each).score
        assert judged(each, clearance="Confidential").level == "near_miss"
        assert judged(each, maximum_travel="75% or less").level == "near_miss"
        two = judged(each, appointment="permanent", maximum_travel="75% or less")
        assert two.level == "rejected"
    others = [each for each in rows if each.control_number not in ABROAD]
    assert any(
        judged(each).level == judged(each, appointment="permanent").level == "match"
        for each in others
    )


def test_every_recorded_agency_can_be_excluded_as_it_is_written(recordings: Recordings) -> None:
    found = [each for _, each in read(recordings)]
    found += positions(recordings, HISTORIC_TITLES, Drift())
    named = {each.organization or each.department: each for each in found}
    for name, position in named.items():
        if not name:
            continue
        for written in (name, name.upper(), f"agency: {name.replace('.', '')}"):
            result = exclusion(position, context(exclude=[written]))
            assert result
            assert result.code == "excluded"
            assert read_exclusion(written).agencies or read_exclusion(written).called
    assert len(named) > 40
