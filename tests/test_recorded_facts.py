"""The facts of all recorded rows, compared with a plain reading of the same rows."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import Any

import pytest

from include.jobs.codes import APPOINTMENTS, CLEARANCES, SCHEDULES, TRAVEL
from include.jobs.facts import Facts
from include.jobs.specialized_experience import MAX_PARAGRAPH_CHARACTERS
from include.usajobs.drift import Drift
from include.usajobs.search_rows import read_row
from tests.data.rewrite_recordings import CODE_LISTS, Recordings
from tests.support.recordings import PRESENT, search_items
from tests.test_recordings import OTHERS, OWN_QUERY

LIMITED = re.compile(r"term|temporary|nte\b|not[- ]to[- ]exceed", re.IGNORECASE)
ROMAN = {"2": "II", "3": "III", "4": "IV"}


@pytest.fixture(params=PRESENT, ids=str)
def recordings(request: pytest.FixtureRequest) -> Recordings:
    found: Recordings = request.param
    return found


@cache
def read(recordings: Recordings) -> list[tuple[dict[str, Any], dict[str, Any], Facts]]:
    """Return each row's descriptor and details, and the facts that are read of it."""
    return [
        (
            row["MatchedObjectDescriptor"],
            row["MatchedObjectDescriptor"]["UserArea"].get("Details") or {},
            read_row(row, Drift()).facts,
        )
        for name in (OWN_QUERY, *OTHERS)
        for row in search_items(recordings, name)
    ]


def test_so_many_rows_have_each_fact(recordings: Recordings) -> None:
    found = read(recordings)
    counted = Counter(
        name for _, _, facts in found for name, said in facts if said is not None
    ) - Counter({"specialized_experience": 568, "direct_hire": 568, "supervisory": 568})
    assert len(found) == 568
    assert counted.pop("appointment") >= 567
    assert counted == {
        "schedule": 568,
        "apply_at": 568,
        "closes_when": 60,
        "security_clearance": 60,
        "relocation": 60,
        "drug_test": 60,
        "travel": 59,
        "openings": 49,
        "promotion_potential": 19,
    }
    closing = Counter(facts.closes_when for _, _, facts in found if facts.closes_when)
    assert {(each.type, each.applications): count for each, count in closing.items()} == {
        ("01", None): 59,
        ("03", 500): 1,
    }


def test_each_code_means_what_the_official_lists_say(recordings: Recordings) -> None:
    for _, details, facts in read(recordings):
        assert facts.security_clearance == (details.get("SecurityClearance") or None)
        for fact, name in ((facts.relocation, "Relocation"), (facts.drug_test, "DrugTestRequired")):
            assert fact == {"True": True, "False": False, None: None}[details.get(name)]
        assert (facts.travel and facts.travel.code) == (
            None if details.get("TravelCode") == "-1" else details.get("TravelCode")
        )
        potential = str(details.get("PromotionPotential") or "")
        assert facts.promotion_potential == (int(potential) if potential.isdecimal() else None)
        openings = str(details.get("TotalOpenings") or "").casefold()
        assert str(facts.openings or "") == openings


def test_an_appointment_is_that_of_its_code_unless_the_agency_limits_it(
    recordings: Recordings,
) -> None:
    differing = 0
    for descriptor, _, facts in read(recordings):
        (offered,), (schedule,) = descriptor["PositionOfferingType"], descriptor["PositionSchedule"]
        assert facts.schedule == SCHEDULES[schedule["Code"]]
        words = f"{offered['Name']} {schedule['Name']} {descriptor['PositionTitle']}"
        kind = facts.appointment.kind if facts.appointment else None
        if kind != APPOINTMENTS[offered["Code"]]:
            differing += 1
            assert LIMITED.search(words)
        assert kind != "permanent" or not (facts.appointment and facts.appointment.length)
    assert differing < 10


def test_what_is_read_of_words_stands_there(recordings: Recordings) -> None:
    experienced = graded = 0
    for descriptor, details, facts in read(recordings):
        assert (facts.apply_at or "").startswith("https://")
        said = f"{descriptor['PositionTitle']} {details.get('JobSummary')}".casefold()
        assert not facts.supervisory or re.search(r"\bsup(ervisory|vy?)\b", said)
        assert not facts.direct_hire or re.search(r"direct.?hir", said)
        experience = facts.specialized_experience
        if experience is None:
            continue
        experienced += 1
        assert re.search(r"speciali[sz]ed\s+(work\s+)?exp", experience.text.casefold())
        # What is too long to be kept may name it at its end.
        if experience.grade and len(experience.text) < MAX_PARAGRAPH_CHARACTERS - 10:
            plan, grade = experience.grade.split("-")
            spelt = f"(0?{grade}|{ROMAN.get(grade)})"
            assert re.search(rf"{plan}.{{0,12}}\b{spelt}\b", experience.text, re.IGNORECASE)
            graded += 1
    assert experienced > 415
    assert graded > 20


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("securityclearances", CLEARANCES),
        ("travelpercentages", TRAVEL),
        ("positionscheduletypes", SCHEDULES),
        ("positionofferingtypes", APPOINTMENTS),
    ],
)
def test_the_code_lists_of_facts_are_the_official_ones(
    recordings: Recordings, file: str, names: dict[str, str | None]
) -> None:
    listed = recordings.read(f"{CODE_LISTS}/{file}.json")["CodeList"][0]["ValidValue"]
    official = {each["Code"]: each["Value"] for each in listed}
    assert official.keys() == names.keys()
    for code, name in names.items():
        assert name is None or name.casefold() == official[code].casefold()
