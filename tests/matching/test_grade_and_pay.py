"""What is within reach: grades, bands compared with grades, and the part of a range that counts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.jobs.general_schedule import GRADES, pay_table
from include.jobs.pay import annual_range
from include.matching.context import MatchContext
from include.matching.match_result import MatchResult
from include.matching.pay_reach import reachable_top
from include.matching.rules import judge
from include.searches.parameters import SearchParameters
from tests.support.rows import pay, place, position

MILWAUKEE = place("Milwaukee, Wisconsin", 43.04, -87.91)
TOP = {grade: pay_table(2026).rate(grade, 10, "Chicago-Naperville, IL-IN-WI") for grade in GRADES}
"""What grades pay near Chicago, at most."""

BAND = {"LowGrade": "04", "HighGrade": "04"}


def result(search: dict[str, Any] | None = None, **changes: Any) -> MatchResult:
    return judge(position(**changes), MatchContext.of(SearchParameters(**(search or {}))))


def codes(search: dict[str, Any] | None = None, **changes: Any) -> list[str]:
    return [reason.code for reason in result(search, **changes).reasons]


def message(search: dict[str, Any] | None = None, **changes: Any) -> str:
    (reason,) = result(search, **changes).reasons
    return reason.message


def said_of_pay(search: dict[str, Any] | None = None, **changes: Any) -> str:
    (said,) = (fit for fit in result(search, **changes).fits if fit.startswith("pays "))
    return said


def grades(low: str, high: str, potential: str = "None") -> dict[str, Any]:
    return {"LowGrade": low, "HighGrade": high, "PromotionPotential": potential}


def band(low: str, high: str, plan: str = "NH", code: str = "PA") -> dict[str, Any]:
    return {
        "JobGrade": [{"Code": plan}],
        "details": BAND,
        "PositionRemuneration": pay(low, high, code),
    }


# --- bands


@pytest.mark.parametrize(
    ("location", "first_step"),
    [
        ("Chicago, Illinois", 140_604),
        ("Washington, District of Columbia", 143_913),
        ("San Antonio, Texas", 127_624),
        ("Miles City, Montana", 125_776),
    ],
)
def test_a_band_that_begins_where_gs_14_does_at_the_searchs_place_is_out_of_reach(
    location: str, first_step: int
) -> None:
    search = {"location": location, "radius_miles": 500}
    here = [place(location, 0, 0)]
    below = band(str(first_step - 1), "197200") | {"PositionLocation": here}
    from_there = band(str(first_step), "197200") | {"PositionLocation": here}
    assert codes(search, **below) == []
    assert codes(search, **from_there) == ["grade_too_high"]


def test_the_message_says_which_grade_the_band_is() -> None:
    assert message(**band("143913", "197200")) == (
        "NH pays from $143,913 a year: GS-14 ($140,604 or more in the pay area "
        "Chicago-Naperville, IL-IN-WI); GS-13 is a stretch"
    )


@pytest.mark.parametrize("plan", ["NH", "FV", "DB", "ZP", "AD", "WG", "VN"])
def test_all_plans_that_are_not_on_the_general_schedule_are_compared_by_pay(plan: str) -> None:
    assert codes(**band("140603", "190000", plan)) == []
    assert codes(**band("140604", "190000", plan)) == ["grade_too_high"]


def test_a_band_with_the_general_schedule_as_a_second_plan_is_judged_by_pay() -> None:
    three = {"JobGrade": [{"Code": "NH"}, {"Code": "GS"}], "details": grades("03", "03")}
    band_pay = result(**three, PositionRemuneration=pay("97079", "140000"))
    assert band_pay.level == "match"
    assert "NH: not graded like GS, judged by pay" in band_pay.fits
    above = codes(**three, PositionRemuneration=pay("140604", "182790"))
    assert above == ["grade_too_high"]
    assert codes(**three, PositionRemuneration=pay("36260", "47141")) == ["grade_too_low"]


@pytest.mark.parametrize(
    ("code", "below", "first_step", "most"),
    [
        # $140,604 a year is $67.37 an hour, which is $140,601 a year.
        ("PH", "67.36", "67.37", "90"),
        ("PD", "538.95", "538.96", "720"),
        ("BW", "5389.59", "5389.60", "7200"),
        ("PM", "11716.99", "11717.00", "15000"),
    ],
)
def test_a_rate_for_less_than_a_year_is_compared_with_grades_by_rates_of_its_kind(
    code: str, below: str, first_step: str, most: str
) -> None:
    assert codes(**band(below, most, code=code)) == []
    assert codes(**band(first_step, most, code=code)) == ["grade_too_high"]


@pytest.mark.parametrize(("rate", "expected"), [("94.49", []), ("94.50", ["grade_too_high"])])
def test_an_hourly_band_that_begins_where_gs_15_ends_does_not_exceed_it(
    rate: str, expected: list[str]
) -> None:
    assert codes({"years_of_experience": 30}, **band(rate, "120", code="PH")) == expected


def test_an_hourly_band_that_ends_with_the_window_is_all_within_reach() -> None:
    """$154,682 a year, step 10 of GS-13, are $74.12 an hour: $154,688 a year."""
    assert said_of_pay(**band("50", "74.12", code="PH")) == "pays $104,350 to $154,688 a year"
    assert said_of_pay(**band("50", "74.13", code="PH")).endswith("up to $154,688 within reach")


def test_hourly_pay_misses_the_minimum_by_more_than_it_was_rounded() -> None:
    hourly = {"PositionRemuneration": pay("50", "67.37", "PH")}
    assert codes({"minimum_pay": 140_604}, **hourly) == []
    assert codes({"minimum_pay": 140_612}, **hourly) == ["pay_too_low"]


def test_an_hourly_band_out_of_reach_is_named_by_its_rate_an_hour() -> None:
    assert message(**band("67.50", "90", code="PH")) == (
        "NH pays from $67.50 an hour: GS-14 ($67.37 or more in the pay area "
        "Chicago-Naperville, IL-IN-WI); GS-13 is a stretch"
    )


def test_a_band_whose_minimum_is_not_stated_is_not_out_of_reach() -> None:
    assert codes(**band("0", "170000")) == []
    assert codes(**band("170000", "0")) == ["grade_too_high"]


def test_grades_of_the_general_schedule_that_are_not_given_are_judged_by_pay_too() -> None:
    none = {"details": grades("00", "")}
    assert codes(**none, PositionRemuneration=pay("140603", "182787")) == []
    assert codes(**none, PositionRemuneration=pay("140604", "182787")) == ["grade_too_high"]
    graded = {"details": grades("13", "13")}
    assert codes(**graded, PositionRemuneration=pay("150000", "182787")) == []


@pytest.mark.parametrize(
    ("years", "in_reach", "beyond"),
    [(0, 62_469, 62_470), (5, 140_603, 140_604), (8, 165_385, 165_386), (30, 197_200, 197_201)],
)
def test_the_band_within_reach_grows_with_experience(
    years: int, in_reach: int, beyond: int
) -> None:
    search = {"years_of_experience": years, "minimum_pay": 0}
    assert codes(search, **band(str(in_reach), "250000")) == []
    assert codes(search, **band(str(beyond), "250000")) == ["grade_too_high"]


def test_a_band_that_pays_little_fails_by_pay_alone() -> None:
    assert codes(**band("52998", "99999")) == ["pay_too_low"]
    assert codes({"minimum_pay": 50_000}, **band("40000", "60000", "WG")) == []


def test_a_table_of_another_year_is_named() -> None:
    days = {
        "PublicationStartDate": "2024-11-02T00:00:00.0000",
        "ApplicationCloseDate": "2026-11-30T23:59:59.9970",
    }
    assert "by the pay table of 2026)" in message(**band("150000", "190000"), **days)
    assert "pay table" not in message(**band("150000", "190000"))
    wide = {"details": grades("05", "15"), "PositionRemuneration": pay("40000", "190000")}
    assert said_of_pay(**wide, **days).endswith("within reach, by the pay table of 2026")


IN_2016 = {"PublicationStartDate": "2016-05-03T00:00:00.0000"}
BY_2026 = ", by the pay table of 2026"


def test_a_band_that_passes_only_by_another_years_table_says_so() -> None:
    """GS-14 began below $115,000 near Chicago in 2016."""
    passes = band("115000", "150000")
    assert result(**passes, **IN_2016).level == "match"
    assert result(**passes, **IN_2016).fits[2:4] == [
        f"NH: not graded like GS, judged by pay{BY_2026}",
        f"pays $115,000 to $150,000 a year, all within reach{BY_2026}",
    ]
    assert "table" not in " ".join(result(**passes).fits)


def test_grades_that_are_not_given_name_another_years_table_too() -> None:
    none = {"details": grades("00", ""), "PositionRemuneration": pay("115000", "150000")}
    assert f"no grade given, judged by pay{BY_2026}" in result(**none, **IN_2016).fits
    assert "no grade given" in result(**none).fits


def test_a_range_of_grades_that_is_within_reach_by_another_years_table_says_so() -> None:
    part = {"details": grades("12", "14"), "PositionRemuneration": pay("90000", "150000")}
    assert said_of_pay(**part, **IN_2016).endswith(f"a year, all within reach{BY_2026}")
    assert message({"minimum_pay": 160_000}, **band("90000", "190000"), **IN_2016) == (
        f"pays up to $154,682 within reach{BY_2026}, less than $160,000"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"details": grades("12", "13"), "PositionRemuneration": pay("90000", "150000")},
        {"details": grades("14", "14"), "PositionRemuneration": pay("115000", "150000")},
        band("0", "0"),
    ],
    ids=["GS-12", "GS-12 to 13", "GS-14", "not stated"],
)
def test_a_table_that_decided_nothing_is_not_named(changes: dict[str, Any]) -> None:
    judged = result(**changes, **IN_2016)
    said = [*judged.fits, *(reason.message for reason in judged.reasons)]
    assert not [each for each in said if "table" in each]


# --- pay within reach


def test_only_the_part_of_a_range_that_the_window_reaches_counts() -> None:
    wide = {"details": grades("05", "15"), "PositionRemuneration": pay("40000", "190000")}
    assert said_of_pay(**wide) == "pays $40,000 to $190,000 a year, up to $154,682 within reach"
    assert codes({"minimum_pay": 154_682}, **wide) == []
    assert codes({"minimum_pay": 154_683}, **wide) == ["pay_too_low"]
    assert message({"minimum_pay": 160_000}, **wide) == (
        "pays up to $154,682 within reach, less than $160,000"
    )


def test_a_wide_range_scores_as_one_that_ends_with_the_window() -> None:
    wide = {"details": grades("11", "15")}
    to_thirteen = result(**wide, PositionRemuneration=pay("83482", "154682"))
    to_fifteen = result(**wide, PositionRemuneration=pay("83482", "197200"))
    assert to_fifteen.score == to_thirteen.score


def test_a_band_counts_up_to_the_top_of_the_window() -> None:
    assert said_of_pay(**band("94199", "190000")).endswith("up to $154,682 within reach")
    assert said_of_pay(**band("94199", "154682")) == "pays $94,199 to $154,682 a year"


def test_special_rates_above_the_table_are_not_cut() -> None:
    special = {"PositionRemuneration": pay("130000", "175000")}
    assert codes({"minimum_pay": 170_000}, **special, details=grades("12", "13")) == []
    assert codes({"minimum_pay": 170_000}, **special, details=grades("12", "14")) == ["pay_too_low"]
    higher = pay("160000", "190000")
    assert said_of_pay(details=grades("13", "14"), PositionRemuneration=higher).endswith(
        "up to $160,000 within reach"
    )


def test_pay_of_which_nothing_is_within_reach_gives_no_points() -> None:
    above = {"details": grades("14", "14")}
    little = result(**above, PositionRemuneration=pay("100000", "100000"))
    much = result(**above, PositionRemuneration=pay("140604", "182787"))
    assert [reason.code for reason in much.reasons] == ["grade_too_high"]
    assert much.score == little.score


@pytest.mark.parametrize(
    ("posted", "said"),
    [
        (pay("120000", "0"), "pays from $120,000 a year"),
        (pay("0", "120000"), "pays up to $120,000 a year"),
        (pay("120000", "120000"), "pays $120,000 a year"),
    ],
)
def test_an_open_range_says_so(posted: list[dict[str, Any]], said: str) -> None:
    assert said_of_pay(PositionRemuneration=posted) == said


@pytest.mark.parametrize(
    ("posted", "said"),
    [
        (pay("0", "0"), "pay is not stated"),
        (pay("0", "0", "PH"), "pay is not stated"),
        (pay("0", "0", "FB"), "pay is not stated"),
        ([], "pay is not stated"),
        (pay("0", "0") + pay("0", "80", "FB"), "pay can't be compared with a yearly amount"),
        (pay("80", "90", "FB"), "pay can't be compared with a yearly amount"),
        (pay("30000", "0", "SY"), "pay can't be compared with a yearly amount"),
    ],
)
def test_pay_that_is_not_stated_is_told_from_pay_that_cannot_be_compared(
    posted: list[dict[str, Any]], said: str
) -> None:
    judged = result(PositionRemuneration=posted)
    assert [reason.model_dump() for reason in judged.reasons] == [
        {"code": "pay_unknown", "message": said}
    ]


def test_an_open_range_below_the_minimum_may_reach_it() -> None:
    assert message(PositionRemuneration=pay("90000", "0")) == (
        "pays from $90,000 a year, and doesn't say up to how much"
    )


# --- one cause


@pytest.mark.parametrize(
    ("changes", "level", "expected"),
    [
        ({"details": grades("09", "09")}, "near_miss", ["grade_too_low"]),
        ({"details": grades("09", "09"), "PositionLocation": [MILWAUKEE]}, "rejected", None),
        ({"details": grades("12", "12")}, "near_miss", ["pay_too_low"]),
        (
            {"details": grades("12", "12") | {"HiringPath": ["vet"]}},
            "rejected",
            ["hiring_path", "pay_too_low"],
        ),
        (
            {"details": grades("04", "04") | {"HiringPath": ["student"]}},
            "rejected",
            ["students_only", "grade_too_low"],
        ),
        (
            {"details": grades("04", "04") | {"HiringPath": ["vet"]}},
            "rejected",
            ["hiring_path", "grade_too_low"],
        ),
    ],
)
def test_a_low_grade_and_its_pay_are_one_cause(
    changes: dict[str, Any], level: str, expected: list[str] | None
) -> None:
    low = pay("66942", "87024")
    judged = result(PositionRemuneration=low, **changes)
    assert judged.level == level
    if expected:
        assert [reason.code for reason in judged.reasons] == expected


def test_an_unpaid_trainee_has_two_causes() -> None:
    unpaid = pay("0", "0", "WC")
    low = grades("04", "04")
    assert codes(details=low, PositionRemuneration=unpaid) == ["grade_too_low", "pay_too_low"]


def test_a_high_grade_that_pays_too_little_has_two_causes() -> None:
    high = {"details": grades("14", "14"), "PositionRemuneration": pay("140604", "182787")}
    assert codes({"minimum_pay": 190_000}, **high) == ["grade_too_high", "pay_too_low"]


# --- career ladders


@pytest.mark.parametrize(
    ("potential", "expected"),
    [
        ("12", ["career_ladder"]),
        ("11", ["career_ladder"]),
        ("15", ["career_ladder"]),
        ("10", ["grade_too_low"]),
        ("09", ["grade_too_low"]),
        ("7", ["grade_too_low"]),
        ("16", ["grade_too_low"]),
        ("K", ["grade_too_low"]),
        ("NA", ["grade_too_low"]),
        ("None", ["grade_too_low"]),
        ("", ["grade_too_low"]),
        (None, ["grade_too_low"]),
    ],
)
def test_a_low_grade_that_leads_into_the_window_is_a_career_ladder(
    potential: Any, expected: list[str]
) -> None:
    nine = {"details": grades("09", "09", potential)}
    judged = result(PositionRemuneration=pay("66942", "87024"), **nine)
    assert judged.level == "near_miss"
    assert [reason.code for reason in judged.reasons] == expected


def test_a_ladder_names_its_ends() -> None:
    nine = grades("09", "09", "12")
    assert message(details=nine) == "GS-9 now, up to GS-12 (promotion potential)"
    assert message(details=grades("07", "09", "12")).startswith("GS-7 to 9 now, up to GS-12")


def test_a_ladder_far_away_has_two_causes() -> None:
    judged = result(details=grades("09", "09", "12"), PositionLocation=[MILWAUKEE])
    assert judged.level == "rejected"
    assert [reason.code for reason in judged.reasons] == ["career_ladder", "too_far"]


@pytest.mark.parametrize(
    ("potential", "wanted", "expected"),
    [
        # Near Chicago GS-11 pays up to $108,533, GS-12 up to $130,080, and GS-13 up to $154,682.
        ("11", TOP[11], ["career_ladder"]),
        ("11", TOP[11] + 1, ["career_ladder", "pay_too_low"]),
        ("12", TOP[12], ["career_ladder"]),
        ("12", TOP[12] + 1, ["career_ladder", "pay_too_low"]),
        ("13", TOP[13], ["career_ladder"]),
        ("15", TOP[13], ["career_ladder"]),
        ("15", TOP[13] + 1, ["career_ladder", "pay_too_low"]),
        # Without a ladder, the target decides.
        ("09", TOP[12], ["grade_too_low"]),
        ("09", TOP[12] + 1, ["grade_too_low", "pay_too_low"]),
    ],
)
def test_a_low_grade_that_would_not_pay_enough_later_either_has_two_causes(
    potential: str, wanted: int, expected: list[str]
) -> None:
    nine = {"details": grades("09", "09", potential), "PositionRemuneration": pay("68999", "89694")}
    assert codes({"minimum_pay": wanted}, **nine) == expected


def test_pay_that_is_too_low_later_is_quoted() -> None:
    nine = {"PositionRemuneration": pay("68999", "89694")}
    ladder = result({"minimum_pay": 150_000}, **nine, details=grades("09", "09", "12"))
    assert ladder.level == "rejected"
    assert ladder.reasons[1].message == (
        f"pays up to $89,694, less than $150,000; GS-12 pays up to ${TOP[12]:,}"
    )
    in_2016 = result({"minimum_pay": 150_000}, **nine, **IN_2016, details=grades("09", "09", "12"))
    assert in_2016.reasons[1].message == f"{ladder.reasons[1].message}{BY_2026}"


def test_later_pay_below_special_rates_of_today_is_not_quoted() -> None:
    special = {"details": grades("09", "09", "11"), "PositionRemuneration": pay("95000", "112000")}
    judged = result({"minimum_pay": 120_000}, **special)
    assert [reason.code for reason in judged.reasons] == ["career_ladder", "pay_too_low"]
    assert judged.reasons[1].message == "pays up to $112,000, less than $120,000"


def test_a_ladder_whose_special_rates_pay_enough_today_has_one_cause() -> None:
    special = {"details": grades("09", "09", "11"), "PositionRemuneration": pay("95000", "123000")}
    assert codes({"minimum_pay": 120_000}, **special) == ["career_ladder"]


def test_grades_within_reach_and_bands_are_no_ladders() -> None:
    assert codes(details=grades("09", "11", "13")) == []
    low = band("60000", "110000") | {"details": BAND | {"PromotionPotential": "12"}}
    assert codes(**low) == []


def test_a_ladder_comes_before_a_plain_low_grade() -> None:
    ladder, plain = (result(details=grades("09", "09", each)) for each in ("12", "09"))
    assert ladder.score > plain.score


# --- any posting

ROWS = st.fixed_dictionaries(
    {
        "JobGrade": st.sampled_from(["GS", "GG", "NH", "FV", "WG", "ES"]).map(
            lambda plan: [{"Code": plan}]
        ),
        "details": st.builds(
            grades,
            *[st.sampled_from(["00", "", "04", "05", "09", "11", "13", "14", "15", "K"])] * 2,
            st.sampled_from(["NA", "", "12", "15", "K"]),
        ),
        "PositionRemuneration": st.lists(
            st.tuples(
                st.integers(0, 300_000).map(str),
                st.integers(0, 300_000).map(str),
                st.sampled_from(["PA", "PH", "WC", "FB"]),
            ),
            max_size=3,
        ).map(lambda ranges: [entry for each in ranges for entry in pay(*each)]),
    }
)


@given(ROWS, st.integers(0, 50), st.integers(0, 300_000), st.integers(0, 300_000))
def test_a_higher_minimum_pay_turns_no_failing_position_into_a_match(
    changes: dict[str, Any], years: int, one: int, other: int
) -> None:
    search = {"years_of_experience": years}
    lower, higher = (
        result(search | {"minimum_pay": wanted}, **changes) for wanted in sorted((one, other))
    )
    assert lower.level == "match" or higher.level != "match"
    assert len(lower.reasons) <= len(higher.reasons)


@given(ROWS, st.integers(0, 50))
def test_the_part_of_any_range_that_is_within_reach_lies_in_it(
    changes: dict[str, Any], years: int
) -> None:
    found = position(**changes)
    offered = annual_range(found.PositionRemuneration)
    if offered:
        context = MatchContext.of(SearchParameters(years_of_experience=years))
        top = reachable_top(found, offered, context)
        assert top is None or top <= offered.maximum
        if top is not None and offered.has_minimum:
            assert offered.minimum <= top


@given(ROWS)
def test_the_order_of_pay_ranges_does_not_matter(changes: dict[str, Any]) -> None:
    backwards = changes["PositionRemuneration"][::-1]
    assert result(**changes) == result(**{**changes, "PositionRemuneration": backwards})
