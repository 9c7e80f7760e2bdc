"""What to relax: a search that is run with a named change gains just what that says."""

from __future__ import annotations

from typing import Any

import pytest

from include.jobs import limits
from include.searches.parameters import SearchParameters
from include.web.analytics import analytics
from include.web.schemas import Relaxed, RuleCost
from tests.support.chain import transformed
from tests.support.rows import answer, pay, place, row
from tests.web.stored import NOW, MongoDatabase, near_miss, store

ROCKFORD = place("Rockford, Illinois", 42.2711, -89.0937)
DENVER = place("Denver, Colorado", 39.7392, -104.9849)


def graded(number: str, low: str, high: str, **changes: Any) -> dict[str, Any]:
    details = {"LowGrade": low, "HighGrade": high, **changes.pop("details", {})}
    return row(number, details=details, **changes)


def paid(number: str, low: object, high: object, code: str = "PA") -> dict[str, Any]:
    return row(number, PositionRemuneration=pay(low, high, code))


def open_to(number: str, *paths: str) -> dict[str, Any]:
    return row(number, details={"HiringPath": [*paths]})


ROWS = [
    row("1"),
    graded("2", "11", "11", PositionRemuneration=pay("82000", "107000")),
    paid("11", "80000", "98750.50"),
    paid("12", "70000", "95000"),
    paid("13", "70000", "95000"),
    paid("14", "30.00", "45.55", "PH"),
    paid("15", 0, 0),
    graded("21", "14", "14", PositionRemuneration=pay("140000", "180000")),
    graded("22", "15", "15", PositionRemuneration=pay("160000", "190000")),
    graded("31", "9", "9", PositionRemuneration=pay("68000", "88000")),
    graded(
        "32",
        *("9", "9"),
        details={"PromotionPotential": "12"},
        PositionRemuneration=pay("90000", "110000"),
    ),
    row("41", PositionLocation=[ROCKFORD]),
    near_miss("42"),
    row("43", PositionLocation=[DENVER]),
    open_to("51", "vet"),
    open_to("52", "vet", "fed"),
    open_to("53", "student"),
    open_to("54", "ses"),
]


def costs(database: MongoDatabase, *rows: object, **search: Any) -> dict[str, RuleCost]:
    store(database, *rows, **search)
    slug = SearchParameters(**search).slug
    return {rule.code: rule for rule in analytics(database, slug, "me", NOW).rules}


def matches(rows: list[dict[str, Any]], **search: Any) -> set[str]:
    return set(transformed(answer(*rows), **search)["matches"])


def parameters(step: Relaxed) -> dict[str, Any]:
    if step.parameter == "hiring_paths":
        return {"hiring_paths": ["public", step.value]}
    return {step.parameter: step.value}


def test_each_change_gains_and_loses_as_many_as_it_says(database: MongoDatabase) -> None:
    before, found = matches(ROWS), costs(database, *ROWS)
    slug, stored = SearchParameters().slug, [*database.positions.find()]
    steps = [(code, step) for code, rule in found.items() for step in rule.relaxed]
    assert {step.parameter for _, step in steps} == {
        *("minimum_pay", "radius_miles", "years_of_experience", "hiring_paths")
    }
    for code, step in steps:
        after = matches(ROWS, **parameters(step))
        failed = [job["matches"][slug]["reasons"] for job in stored if job["_id"] in after - before]
        assert [[reason["code"] for reason in each] for each in failed].count([code]) == step.more
        assert len(before - after) == step.fewer, step


@pytest.mark.parametrize(
    ("code", "rows", "gains"),
    [
        (
            "pay_too_low",
            [paid("1", "80000", "98750.50"), paid("2", "1", "95000"), paid("3", "1", "95000")],
            [("minimum pay $98,750", 1), ("minimum pay $95,000", 3)],
        ),
        ("pay_unknown", [paid("1", 0, 0), row("2")], [("any pay", 1)]),
        (
            "too_far",
            [near_miss("1"), row("2", PositionLocation=[ROCKFORD])],
            [("radius 80 miles", 1), ("radius 84 miles", 2)],
        ),
        ("too_far", [row("1", PositionLocation=[DENVER])], []),
        (
            "hiring_path",
            [open_to("1", "vet"), open_to("2", "fed", "vet")],
            [("hiring path Veterans", 2), ("hiring path Federal employees", 1)],
        ),
        ("students_only", [open_to("1", "student")], [("hiring path Students", 1)]),
        (
            "grade_too_high",
            [graded("1", "14", "14", PositionRemuneration=pay("140000", "180000"))],
            [("8 years of experience", 1)],
        ),
        # With fewer years it would be in reach, and pay too little all the same.
        (
            "grade_too_low",
            [graded("1", "9", "9", PositionRemuneration=pay("68000", "88000"))],
            [],
        ),
        ("hiring_path_unknown", [row("1", without=("HiringPath",))], []),
    ],
)
def test_the_smallest_change_that_gains_so_many_more_is_named(
    database: MongoDatabase, code: str, rows: list[Any], gains: list[tuple[str, int]]
) -> None:
    rule = costs(database, *rows)[code]
    assert [(step.in_words, step.more) for step in rule.relaxed] == gains


@pytest.mark.parametrize(
    ("code", "wish", "details", "gains"),
    [
        ("too_much_travel", {"maximum_travel": "0"}, {"TravelCode": "1"}, ["Occasional travel"]),
        ("no_telework", {"telework": True}, {"TeleworkEligible": False}, ["no telework, too"]),
        ("clearance_too_high", {"clearance": "secret"}, {"SecurityClearance": "Top Secret"}, ["T"]),
    ],
)
def test_a_wish_is_lessened_as_far_as_it_has_to_be(
    database: MongoDatabase, code: str, wish: dict[str, Any], details: Any, gains: list[str]
) -> None:
    rows = [row("1", details=details)]
    (step,) = costs(database, *rows, **wish)[code].relaxed
    assert step.more == 1
    assert gains[0] in step.in_words
    assert matches(rows, **wish) == set()
    assert matches(rows, **{step.parameter: step.value}) == {"1"}


def test_other_years_say_how_many_matches_they_lose(database: MongoDatabase) -> None:
    high = graded("1", "14", "14", PositionRemuneration=pay("140000", "180000"))
    low = graded("2", "11", "11", PositionRemuneration=pay("80000", "104000"))
    (step,) = costs(database, high, low)["grade_too_high"].relaxed
    assert (step.value, step.more, step.fewer) == (8, 1, 1)


def test_a_near_miss_whose_document_is_damaged_is_counted_and_relaxes_nothing(
    database: MongoDatabase,
) -> None:
    store(database, paid("1", "1", "95000"), paid("2", "1", "94000"))
    database.positions.update_one({"_id": "1"}, {"$set": {"PositionRemuneration": "much"}})
    (rule,) = analytics(database, SearchParameters().slug, "me", NOW).rules
    assert rule.alone == 2
    assert [(step.value, step.more) for step in rule.relaxed] == [(94_000, 1)]


def test_parameters_that_are_no_longer_valid_relax_nothing(database: MongoDatabase) -> None:
    store(database, near_miss("1"))
    database.runs.update_many({}, {"$set": {"parameters.earlier": 1}})
    (rule,) = analytics(database, SearchParameters().slug, "me", NOW).rules
    assert (rule.alone, rule.relaxed) == (1, [])


def test_of_many_changes_the_smallest_and_the_largest_are_named(database: MongoDatabase) -> None:
    rows = [paid(str(number), "1", str(99_000 - number)) for number in range(40)]
    steps = costs(database, *rows)["pay_too_low"].relaxed
    assert [step.more for step in steps] == [*range(1, limits.ANALYTICS_RELAXATIONS), 40]
    assert (steps[0].value, steps[-1].value) == (99_000, 98_961)
