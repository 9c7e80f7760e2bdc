"""What is said of a job in a list, because most jobs don't have it."""

from __future__ import annotations

from typing import Any

import pytest

from include.jobs.unusual import unusual

PAID = {"annual_pay": {"minimum": 90_000.0, "maximum": 120_000.0, "basis": "PA"}}


def said(facts: dict[str, Any] | None = None, **position: Any) -> list[str]:
    return [each.words for each in unusual({**PAID, "facts": facts, **position})]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"closes_when": {"type": "01"}}, []),
        ({"closes_when": {"type": "02"}}, ["open continuously"]),
        ({"closes_when": {"type": "03", "applications": 1}}, ["closes at 1 application"]),
        ({"closes_when": {"type": "03", "applications": 500}}, ["closes at 500 applications"]),
        # Without a number, the date is all that is known.
        ({"closes_when": {"type": "03"}}, []),
        ({"closes_when": {"type": "03", "applications": 0}}, []),
        ({"closes_when": {"type": "03", "applications": True}}, []),
        ({"appointment": {"kind": "permanent"}}, []),
        ({"appointment": {"kind": None, "length": None}}, []),
        ({"appointment": {"kind": "temporary"}}, ["temporary"]),
        (
            {"appointment": {"kind": "term", "length": "2 years"}},
            ["term, not to exceed 2 years"],
        ),
        ({"schedule": "Full-time"}, []),
        ({"schedule": "Part-time"}, ["part-time"]),
        (
            {"schedule": "Intermittent", "appointment": {"kind": "intermittent"}},
            ["intermittent"],
        ),
        ({"security_clearance": "Not Required"}, []),
        ({"security_clearance": "Public Trust - Background Investigation"}, []),
        ({"security_clearance": "Top Secret"}, ["Top Secret clearance"]),
        ({"security_clearance": "Other"}, ["clearance: see the posting"]),
        ({"security_clearance": "Q Access Authorization"}, ["Q Access Authorization"]),
        ({"travel": {"code": "2", "words": "25% or less"}}, []),
        ({"travel": {"code": "5", "words": "50% or less"}}, ["travel 50% or less"]),
    ],
)
def test_a_fact_is_said_where_it_is_not_the_usual_one(
    facts: dict[str, Any], expected: list[str]
) -> None:
    assert said(facts) == expected


@pytest.mark.parametrize(
    ("grade", "potential", "expected"),
    [
        ({"plan": "GS", "low": 9, "high": 9}, 12, ["ladder to GS-12"]),
        ({"plan": "GS", "low": 11, "high": 12}, 12, []),
        ({"plan": "GS", "low": 11, "high": 12}, None, []),
        ({"plan": "ND", "low": "4", "high": "5"}, 5, []),
        (None, 12, []),
    ],
)
def test_a_ladder_is_said_where_it_leads_above_the_grades_offered(
    grade: Any, potential: object, expected: list[str]
) -> None:
    assert said({"promotion_potential": potential}, grade=grade) == expected


@pytest.mark.parametrize(
    ("pay", "expected"),
    [
        ({}, []),
        ({"annual_pay": None, "PositionRemuneration": []}, ["no pay named"]),
        (
            {
                "annual_pay": None,
                "PositionRemuneration": [
                    {"RateIntervalCode": "FB", "MinimumRange": 100.0, "MaximumRange": 200.0}
                ],
            },
            [],
        ),
    ],
)
def test_it_is_said_that_no_pay_is_named_where_none_is(
    pay: dict[str, Any], expected: list[str]
) -> None:
    assert said(**pay) == expected


@pytest.mark.parametrize(
    ("times", "expected"), [(1, []), (2, ["announced again"]), (3, ["announced 3 times"])]
)
def test_it_is_said_how_often_a_job_was_announced(times: int, expected: list[str]) -> None:
    assert [each.words for each in unusual(PAID, times_announced=times)] == expected


def test_a_register_is_not_also_said_to_be_open_continuously() -> None:
    facts = {"closes_when": {"type": "02"}}
    assert [each.code for each in unusual({**PAID, "facts": facts}, is_register=True)] == [
        "register"
    ]


def test_what_may_close_it_any_day_comes_first() -> None:
    facts = {
        "travel": {"code": "8", "words": "76% or greater"},
        "appointment": {"kind": "term"},
        "closes_when": {"type": "03", "applications": 50},
    }
    assert said(facts)[0] == "closes at 50 applications"


@pytest.mark.parametrize("facts", [None, {}])
def test_of_a_posting_without_facts_nothing_is_unusual(facts: dict[str, Any] | None) -> None:
    assert said(facts) == []
