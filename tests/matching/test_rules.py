from __future__ import annotations

from typing import Any

import pytest

from include.matching.context import MatchContext
from include.matching.grades import grade_window
from include.matching.match_result import MatchResult
from include.matching.rules import judge, why_on_topic
from include.searches.parameters import SearchParameters
from tests.support.rows import CHICAGO, pay, place, position

EVANSTON = place("Evanston, Illinois", 42.04, -87.69)
MILWAUKEE = place("Milwaukee, Wisconsin", 43.04, -87.91)
NOWHERE = place("Location Negotiable After Selection, United States", 0, 0)


def result(search: dict[str, Any] | None = None, **changes: Any) -> MatchResult:
    return judge(position(**changes), MatchContext.of(SearchParameters(**(search or {}))))


def codes(search: dict[str, Any] | None = None, **changes: Any) -> list[str]:
    return [reason.code for reason in result(search, **changes).reasons]


def test_a_position_that_fits_every_rule_is_a_match_and_says_why() -> None:
    judged = result()
    assert (judged.level, judged.reasons) == ("match", [])
    assert why_on_topic(judged.fits) == judged.fits[1]
    assert why_on_topic(judged.fits[:4]) == ""
    assert judged.fits == [
        "open to: The public",
        "the title says “Data Engineer”",
        "GS-12 includes the target, GS-12",
        "pays $97,079 to $126,198 a year",
        "in Chicago, Illinois",
    ]


def test_one_failed_rule_is_a_near_miss_and_two_are_a_rejection() -> None:
    one = result(PositionLocation=[MILWAUKEE])
    two = result(PositionLocation=[MILWAUKEE], PositionTitle="Cook", details={"MajorDuties": []})
    assert (one.level, [reason.code for reason in one.reasons]) == ("near_miss", ["too_far"])
    assert two.level == "rejected"
    assert [reason.code for reason in two.reasons] == ["off_topic", "too_far"]


def test_what_is_only_related_to_the_topic_is_a_near_miss_if_nothing_else_is_wrong() -> None:
    scientist = {"PositionTitle": "Data Scientist", "details": {"MajorDuties": ["Forecasts."]}}
    one = result(**scientist)
    assert (one.level, [reason.code for reason in one.reasons]) == ("near_miss", ["related_topic"])
    assert one.reasons[0].message == (
        "related to data engineering: the title says “Data Scientist”"
    )
    assert result(**scientist, PositionLocation=[MILWAUKEE]).level == "rejected"


def test_what_is_off_topic_is_rejected_whatever_else() -> None:
    cook = result(PositionTitle="Cook", details={"MajorDuties": []})
    assert (cook.level, [reason.code for reason in cook.reasons]) == ("rejected", ["off_topic"])
    assert cook.reasons[0].message == "not about data engineering"


@pytest.mark.parametrize(
    ("wanted", "paths", "expected"),
    [
        (["public"], ["public", "vet"], []),
        (["public"], ["vet", "mspouse"], ["hiring_path"]),
        (["public", "vet"], ["vet", "mspouse"], []),
        (["public"], ["student"], ["students_only"]),
        (["public"], ["student", "graduates"], ["students_only"]),
        (["public"], ["public", "student"], []),
        (["student"], ["student"], []),
        (["public"], ["ses"], ["executives_only"]),
        (["public"], ["public", "ses"], []),
        (["ses"], ["ses"], []),
        (["public"], [], ["hiring_path_unknown"]),
    ],
)
def test_a_position_has_to_be_open_to_one_of_the_seekers_paths(
    wanted: list[str], paths: list[str], expected: list[str]
) -> None:
    assert codes({"hiring_paths": wanted}, details={"HiringPath": paths}) == expected


def test_student_trainee_series_and_executive_plans_are_for_others_even_if_open_to_the_public() -> (
    None
):
    assert codes(JobCategory=[{"Code": "2299"}]) == ["students_only"]
    assert codes(JobCategory=[{"Code": "2299"}, {"Code": "2210"}]) == []
    executive = {"LowGrade": "00", "HighGrade": "00"}
    assert codes(JobGrade=[{"Code": "ES"}], details=executive) == ["executives_only"]
    assert codes(JobGrade=[{"Code": "AD"}], details=executive) == []


@pytest.mark.parametrize(
    ("years", "window"),
    [(0, (5, 5, 7)), (2, (5, 7, 9)), (4, (9, 11, 12)), (5, (11, 12, 13)), (30, (14, 15, 15))],
)
def test_years_of_experience_make_a_window_of_grades(
    years: int, window: tuple[int, int, int]
) -> None:
    assert grade_window(years) == window


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("11", "11", []),
        ("09", "11", []),
        ("09", "10", ["grade_too_low"]),
        ("13", "13", []),
        ("13", "15", []),
        ("14", "15", ["grade_too_high"]),
        ("05", "15", []),
        ("00", "", []),
    ],
)
def test_gs_grades_have_to_reach_into_the_window(low: str, high: str, expected: list[str]) -> None:
    assert codes(details={"LowGrade": low, "HighGrade": high}) == expected


@pytest.mark.parametrize("plan", ["GS", "GG", "GL", "GM", "FG"])
def test_plans_on_the_general_schedule_are_judged_by_grade(plan: str) -> None:
    fifteen = {"LowGrade": "15", "HighGrade": "15"}
    assert codes(JobGrade=[{"Code": plan}], details=fifteen) == ["grade_too_high"]


@pytest.mark.parametrize(
    ("remuneration", "expected"),
    [
        (pay("1", "100000"), []),
        (pay("1", "99999.99"), ["pay_too_low"]),
        (pay("1", "47.92", "PH"), []),  # x 2087 = 100,009
        (pay("1", "47.91", "PH"), ["pay_too_low"]),
        (pay("1", "385", "PD"), []),  # x 260 = 100,100
        (pay("1", "384", "PD"), ["pay_too_low"]),
        (pay("1", "3847", "BW"), []),  # x 26 = 100,022
        (pay("1", "3846", "BW"), ["pay_too_low"]),
        (pay("1", "8334", "PM"), []),  # x 12 = 100,008
        (pay("1", "8333", "PM"), ["pay_too_low"]),
        (pay("900000", "900000", "PW"), ["pay_unknown"]),
        (pay("900000", "900000", "FB"), ["pay_unknown"]),
        (pay("900000", "900000", "ST"), ["pay_unknown"]),
        (pay("900000", "900000", "SY"), ["pay_unknown"]),
        (pay("0", "0", "WC"), ["pay_too_low"]),
        (pay("0.0", "0.0", "BW"), ["pay_unknown"]),
        ([], ["pay_unknown"]),
        (pay("1", "50000") + pay("1", "60", "PH"), []),
        (pay("100000", "0"), []),
        (pay("99999", "0"), ["pay_unknown"]),  # the top is not stated
        (pay("0", "100000"), []),
        (pay("0", "99999"), ["pay_too_low"]),
    ],
)
def test_the_top_of_the_annualised_range_has_to_reach_the_minimum_pay(
    remuneration: list[dict[str, Any]], expected: list[str]
) -> None:
    assert codes(PositionRemuneration=remuneration) == expected


def test_a_minimum_pay_of_zero_accepts_any_pay() -> None:
    assert codes({"minimum_pay": 0}, PositionRemuneration=pay("0", "0", "WC")) == []
    assert codes({"minimum_pay": 1}, PositionRemuneration=pay("0", "0", "WC")) == ["pay_too_low"]


@pytest.mark.parametrize(
    ("places", "remote", "expected"),
    [
        ([EVANSTON], False, []),
        ([MILWAUKEE], False, ["too_far"]),
        ([MILWAUKEE, EVANSTON], False, []),
        ([MILWAUKEE], True, []),
        ([NOWHERE], False, ["place_unknown"]),
        ([NOWHERE], True, []),
        ([{**CHICAGO, "Latitude": 0, "Longitude": 0}], False, []),
        ([{**EVANSTON, "Latitude": 0, "Longitude": 0}], False, []),
        ([{**MILWAUKEE, "Latitude": 0, "Longitude": 0}], False, ["too_far"]),
    ],
)
def test_a_place_of_work_has_to_be_within_the_radius_or_the_job_remote(
    places: list[dict[str, Any]], remote: bool, expected: list[str]
) -> None:
    details = {"RemoteIndicator": remote}
    assert codes(PositionLocation=places, details=details) == expected


def test_the_radius_is_the_seekers() -> None:
    assert codes({"radius_miles": 90}, PositionLocation=[MILWAUKEE]) == []
    assert codes({"radius_miles": 75}, PositionLocation=[MILWAUKEE]) == ["too_far"]


def test_the_nearest_place_of_work_is_told_with_its_miles() -> None:
    nearest = result(PositionLocation=[MILWAUKEE, EVANSTON]).nearest
    assert nearest
    assert nearest.LocationName == "Evanston, Illinois"
    assert nearest.miles == pytest.approx(13, abs=1)
    assert result(PositionLocation=[NOWHERE]).nearest is None


def test_the_score_orders_matches_by_what_a_seeker_prefers() -> None:
    best = result().score
    assert best > result(details={"LowGrade": "13", "HighGrade": "13"}).score
    assert best > result(PositionRemuneration=pay("80000", "100000")).score
    assert best > result(PositionLocation=[EVANSTON]).score
    assert best > result(PositionTitle="IT Specialist").score
    assert 0 <= result(PositionTitle="Cook", PositionRemuneration=[]).score < best <= 100
