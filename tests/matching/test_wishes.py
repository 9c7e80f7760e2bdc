"""The wishes of a search: each is off unless it is set, and takes silence for nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.jobs.codes import CLEARANCES, TRAVEL
from include.jobs.facts import Appointment, Facts, Travel
from include.jobs.position import Position
from include.matching.context import MatchContext
from include.matching.match_result import MatchResult
from include.matching.reasons import REASON_TITLES
from include.matching.rules import judge
from include.searches import wishes
from include.searches.parameters import SearchParameters
from include.usajobs.drift import Drift
from include.usajobs.historic_rows import read_row
from tests.support.historic_rows import historic_row
from tests.support.rows import position

FITS = 5
"""The sentences about a posting that fits a search without wishes."""


def with_facts(**facts: Any) -> Position:
    found = position()
    return found.model_copy(update={"facts": found.facts.model_copy(update=facts)})


def judged(found: Position, **wished: Any) -> MatchResult:
    return judge(found, MatchContext.of(SearchParameters(**wished)))


def told(found: Position, **wished: Any) -> tuple[list[str], list[str]]:
    """Return the reason codes, and what is said of the wishes."""
    result = judged(found, **wished)
    assert result.level == ("near_miss" if result.reasons else "match")
    failed = [reason.code for reason in result.reasons]
    return failed, [reason.message for reason in result.reasons] or result.fits[FITS:]


def appointed(code: str | None, words: str = "", title: str = "Data Engineer") -> Position:
    offered = [{"Name": words, "Code": code}] if code or words else []
    return position(PositionOfferingType=offered, PositionTitle=title)


@pytest.mark.parametrize(
    ("found", "codes", "message"),
    [
        (appointed("15317"), [], "a permanent appointment"),
        (appointed("15319"), ["not_permanent"], "not a permanent appointment: term"),
        (
            appointed("15319", title="Data Engineer (NTE 1 Year)"),
            ["not_permanent"],
            "not a permanent appointment: term, not to exceed 1 year",
        ),
        (
            appointed("15317", title="Data Scientist (TERM) (Hiring Event)"),
            ["not_permanent"],
            "not a permanent appointment: term",
        ),
        (
            appointed("15317", title="Data Engineer (Long Term Care)"),
            [],
            "a permanent appointment",
        ),
        (appointed("15318"), ["not_permanent"], "not a permanent appointment: temporary"),
        (appointed("15320"), ["not_permanent"], "not a permanent appointment: detail"),
        (appointed("15322"), ["not_permanent"], "not a permanent appointment: seasonal"),
        (appointed("15328"), ["not_permanent"], "not a permanent appointment: internships"),
        (appointed("15327"), [], "several kinds of appointment, perhaps a permanent one"),
        (appointed("15317", "Permanent or term"), [], "the kind of appointment is not said"),
        (
            appointed("15317", "Temporary not-to-exceed September 30"),
            ["not_permanent"],
            "not a permanent appointment: temporary",
        ),
        (
            appointed("15317", "Permanent NTE 30 SEP 2028"),
            ["not_permanent"],
            "not a permanent appointment: until 30 Sep 2028",
        ),
        (appointed(None), [], "the kind of appointment is not said"),
        (appointed("15668"), [], "the kind of appointment is not said"),
    ],
)
def test_who_wants_a_permanent_job_is_told_what_limits_one(
    found: Position, codes: list[str], message: str
) -> None:
    assert told(found, appointment="permanent") == (codes, [message])
    assert told(found) == ([], [])


@pytest.mark.parametrize(
    ("most", "code", "codes", "message"),
    [
        ("Not required", "0", [], "no travel"),
        (
            "Not required",
            "1",
            ["too_much_travel"],
            "travel: Occasional travel, more than “Not required”",
        ),
        ("Occasional travel", "1", [], "travel: Occasional travel"),
        (
            "Occasional travel",
            "2",
            ["too_much_travel"],
            "travel: 25% or less, more than “Occasional travel”",
        ),
        ("25% or less", "2", [], "travel: 25% or less"),
        ("25% or less", "5", ["too_much_travel"], "travel: 50% or less, more than “25% or less”"),
        ("50% or less", "5", [], "travel: 50% or less"),
        (
            "50% or less",
            "3",
            ["too_much_travel"],
            "travel: 50% or greater, more than “50% or less”",
        ),
        ("75% or less", "3", [], "travel: 50% or greater, perhaps more than “75% or less”"),
        ("75% or less", "7", [], "travel: 75% or less"),
        (
            "75% or less",
            "8",
            ["too_much_travel"],
            "travel: 76% or greater, more than “75% or less”",
        ),
        ("Not required", "-1", [], "how much one travels is not said"),
        ("Not required", None, [], "how much one travels is not said"),
    ],
)
def test_travel_is_compared_in_the_order_of_the_official_list(
    most: str, code: str | None, codes: list[str], message: str
) -> None:
    found = position(details={"TravelCode": code})
    assert told(found, maximum_travel=most) == (codes, [message])
    assert told(found) == ([], [])


@pytest.mark.parametrize(
    ("highest", "said", "codes", "message"),
    [
        ("Not Required", "Not Required", [], "no clearance needed"),
        (
            "Not Required",
            "Public Trust - Background Investigation",
            ["clearance_too_high"],
            "needs a clearance: Public Trust - Background Investigation",
        ),
        ("Not Required", "Other", ["clearance_too_high"], "needs a clearance: Other"),
        (
            "Public Trust - Background Investigation",
            "Public Trust",
            [],
            "clearance: Public Trust - Background Investigation",
        ),
        (
            "Public Trust - Background Investigation",
            "Confidential",
            ["clearance_too_high"],
            "clearance: Confidential, more than Public Trust - Background Investigation",
        ),
        ("Secret", "Public Trust", [], "clearance: Public Trust - Background Investigation"),
        ("Secret", "Other", [], "clearance: Other, which can't be compared with Secret"),
        ("Secret", "Secret", [], "clearance: Secret"),
        ("Secret", "L Access Authorization", [], "clearance: L Access Authorization"),
        (
            "Confidential",
            "L Access Authorization",
            ["clearance_too_high"],
            "clearance: L Access Authorization, more than Confidential",
        ),
        (
            "Secret",
            "Q Access Authorization",
            ["clearance_too_high"],
            "clearance: Q Access Authorization, more than Secret",
        ),
        ("Top Secret", "Q - Nonsensitive", [], "clearance: Q - Nonsensitive"),
        (
            "Top Secret",
            "Top Secret/SCI",
            ["clearance_too_high"],
            "clearance: Sensitive Compartmented Information, more than Top Secret",
        ),
        ("Sensitive Compartmented Information", "Top Secret", [], "clearance: Top Secret"),
        ("Not Required", None, [], "whether a clearance is needed is not said"),
        ("Not Required", "Cosmic", [], "whether a clearance is needed is not said"),
    ],
)
def test_clearances_are_compared_by_what_they_ask_of_their_holder(
    highest: str, said: str | None, codes: list[str], message: str
) -> None:
    found = position(details={"SecurityClearance": said})
    assert told(found, clearance=highest) == (codes, [message])
    assert told(found) == ([], [])


@pytest.mark.parametrize(
    ("details", "codes", "message"),
    [
        ({"TeleworkEligible": True}, [], "telework is possible"),
        ({"TeleworkEligible": "True"}, [], "telework is possible"),
        ({"TeleworkEligible": False}, ["no_telework"], "telework is not possible"),
        ({"TeleworkEligible": None}, [], "whether telework is possible is not said"),
        ({"TeleworkEligible": False, "RemoteIndicator": True}, [], "a remote job"),
    ],
)
def test_telework_has_to_be_possible_or_the_job_remote(
    details: dict[str, Any], codes: list[str], message: str
) -> None:
    found = position(details=details)
    assert told(found, telework=True) == (codes, [message])
    assert told(found) == ([], [])


NAVY = {"OrganizationName": "Naval Sea Systems Command", "DepartmentName": "Department of the Navy"}
DOE = {"OrganizationName": "Department of Energy", "DepartmentName": "Department Of Energy"}
FERC = {"OrganizationName": "Federal Energy Regulatory Commission", "DepartmentName": ""}
CORPS = {
    "OrganizationName": "Engineers",
    "DepartmentName": "",
    "details": {"OrganizationCodes": "DD/ARCE"},
}
INDIAN = {"OrganizationName": "Interior, Bureau of Indian Affairs", "DepartmentName": ""}


@pytest.mark.parametrize(
    ("entry", "hit", "missed"),
    [
        ("Department of the Navy", NAVY, DOE),
        ("dept. of navy", NAVY, DOE),
        ("US NAVY", NAVY, DOE),
        ("Energy Department", DOE, FERC),
        ("DOE", DOE, FERC),
        ("Energy", DOE, FERC),
        ("interior", INDIAN, NAVY),
        ("Interior, Bureau of Indian Affairs", INDIAN, NAVY),
        ("Defense", NAVY, DOE),
        (
            "Health and Human Services",
            {"DepartmentName": "Department Of Health And Human Services"},
            DOE,
        ),
        ("title: army and navy", {"PositionTitle": "Data Engineer (Army and Navy)"}, NAVY),
        ("agency: dn", DOE, FERC),
        ("agency: energy regulatory", FERC, DOE),
        ("agency: Energy", FERC, NAVY),
        ("DoD", NAVY, DOE),
        ("bureau of indian affairs", INDIAN, NAVY),
        ("BIA", INDIAN, NAVY),
        ("federal energy regulatory commission", FERC, DOE),
        ("agency: arce", CORPS, NAVY),
        ("ARCE", CORPS, NAVY),
        ("agency: DD", CORPS, DOE),
        ("agency: AR", CORPS, NAVY),
        # A word of titles is no agency.
        ("title: energy", {**NAVY, "PositionTitle": "Data Engineer, Energy"}, DOE),
        ("commission", {**DOE, "PositionTitle": "Data Engineer (Commission)"}, FERC),
        ("2210", {"JobCategory": [{"Code": "2210"}]}, {"JobCategory": [{"Code": "1560"}]}),
        ("GS-332", {"JobCategory": [{"Code": "0332"}]}, {"JobCategory": [{"Code": "2210"}]}),
        ("series: 2200", {"JobCategory": [{"Code": "2210"}]}, {"JobCategory": [{"Code": "1560"}]}),
        (
            "Information Technology Management",
            {"JobCategory": [{"Code": "2210"}]},
            {"JobCategory": [{"Code": "1560"}]},
        ),
        (
            "series: data science",
            {"JobCategory": [{"Code": "1560"}]},
            {"JobCategory": [{"Code": "2210"}], "PositionTitle": "Data Engineer (Data Science)"},
        ),
        # A grade is no series, though 0011 is one.
        (
            "GS-11",
            {"PositionTitle": "Data Engineer, GS-11"},
            {"JobCategory": [{"Code": "0011"}]},
        ),
        # One of several series is enough to apply for.
        (
            "2210",
            {"JobCategory": [{"Code": "2200"}, {"Code": "2210"}]},
            {"JobCategory": [{"Code": "1560"}, {"Code": "2210"}]},
        ),
        (
            "intern",
            {"PositionTitle": "Data Engineer Interns"},
            {"PositionTitle": "Internal Data Engineer"},
        ),
        (
            "intern",
            {"PositionTitle": "Data Engineer (Internship)"},
            {"PositionTitle": "International Data Engineer"},
        ),
        (
            "supervisory",
            {"PositionTitle": "SUPERVISORY Data Engineer"},
            {"PositionTitle": "Data Engineer (Non-Supervisory)"},
        ),
        (
            "supervisor",
            {"PositionTitle": "Supervisory Data Engineer"},
            {"PositionTitle": "Data Engineer (Supervision)"},
        ),
        (
            "supervisory",
            {"PositionTitle": "SUPV Data Engineer"},
            {"PositionTitle": "Data Engineer (Non-Supv)"},
        ),
        ("senior", {"PositionTitle": "Sr. Data Engineer"}, {"PositionTitle": "Data Engineer"}),
        (
            "managers",
            {"PositionTitle": "Data Engineer and Manager"},
            {"PositionTitle": "Data Engineer (Data Management)"},
        ),
        (
            "team lead",
            {"PositionTitle": "Data Engineer (Team-Lead)"},
            {"PositionTitle": "Lead Data Engineer (Team)"},
        ),
        ("C++", {"PositionTitle": "Data Engineer (C++)"}, {"PositionTitle": "Data Engineer (C)"}),
        ("C", {"PositionTitle": "Data Engineer (C)"}, {"PositionTitle": "Data Engineer (C++)"}),
    ],
)
def test_what_is_excluded_is_found_however_it_is_written_and_nothing_beside_it(
    entry: str, hit: dict[str, Any], missed: dict[str, Any]
) -> None:
    codes, (message,) = told(position(**hit), exclude=[entry])
    assert codes == ["excluded"]
    assert "you exclude" in message
    assert "excluded" not in {
        each.code for each in judged(position(**missed), exclude=[entry]).reasons
    }


def test_what_is_excluded_is_named() -> None:
    assert told(position(), exclude=["Treasury", "engineer"])[1] == [
        "the agency is Department of the Treasury, and you exclude “Treasury”"
    ]
    assert told(position(), exclude=["332", "2210"])[1] == [
        "the series is 2210 (Information Technology Management), which you exclude"
    ]
    assert told(position(), exclude=["nurse", "title: engineers"])[1] == [
        "the title says “Engineer”, and you exclude “title: engineers”"
    ]
    assert told(position(), exclude=["nurse"])[1] == ["nothing that you exclude"]


def test_each_failed_wish_is_a_cause_of_its_own() -> None:
    both = with_facts(
        appointment=Appointment(kind="term"), travel=Travel(code="8", words=TRAVEL["8"])
    )
    one = judged(both, appointment="permanent")
    two = judged(both, appointment="permanent", maximum_travel="50% or less")
    assert (one.level, two.level) == ("near_miss", "rejected")
    assert [reason.code for reason in two.reasons] == ["not_permanent", "too_much_travel"]
    assert one.score == judged(both).score


def test_both_apis_are_judged_alike() -> None:
    every_wish = {
        **{"appointment": "permanent", "maximum_travel": "25% or less", "clearance": "Secret"},
        **{"telework": True, "exclude": ["Army"]},
    }
    said = historic_row(
        appointmentType="Permanent",
        travelRequirement="25% or less",
        securityClearance="Secret",
    )
    historic = read_row(said, Drift())
    search = position(
        PositionOfferingType=[{"Name": "Permanent", "Code": "15317"}],
        details={"TravelCode": "2", "SecurityClearance": "Secret"},
    )
    told_of_search = judged(search, **every_wish).fits[FITS:]
    assert judged(historic, **every_wish).fits[-5:] == told_of_search
    assert len(told_of_search) == 5
    for code in ("TR35", "agency: TR"):
        assert told(historic, exclude=[code])[0] == ["excluded"]
    silent = read_row(historic_row(teleworkEligible=None), Drift())
    fits = judged(silent, **every_wish).fits[-5:]
    assert [fit for fit in fits if fit.endswith("not said")] == fits[:-1]


FACTS = st.builds(
    Facts,
    appointment=st.none()
    | st.sampled_from(["permanent", "term"]).map(lambda k: Appointment(kind=k)),
    travel=st.none() | st.sampled_from([*TRAVEL]).map(lambda c: Travel(code=c, words=TRAVEL[c])),
    security_clearance=st.none() | st.sampled_from([*CLEARANCES.values()]),
)
STRICTER = {
    "appointment": wishes.APPOINTMENT_WISHES,
    "maximum_travel": (wishes.ANY, *reversed(wishes.TRAVEL_WISHES[1:])),
    "clearance": (wishes.ANY, *reversed(wishes.CLEARANCE_WISHES[1:])),
    "telework": (False, True),
    "exclude": ([], ["Army"], ["Army", "2210"], ["Army", "2210", "engineer"]),
}
"""The values of each wish, each stricter than the one before."""


@given(FACTS, st.booleans() | st.none(), st.sampled_from([*STRICTER]))
def test_a_stricter_wish_never_adds_a_match(facts: Facts, telework: bool | None, name: str) -> None:
    found = position().model_copy(update={"facts": facts, "telework": telework})
    fits = [judged(found, **{name: value}).level == "match" for value in STRICTER[name]]
    assert fits == sorted(fits, reverse=True)
    assert judged(found, **{name: STRICTER[name][0]}) == judged(found)


def test_every_reason_code_of_a_wish_has_a_title() -> None:
    codes = {"not_permanent", "too_much_travel", "clearance_too_high", "no_telework", "excluded"}
    assert codes < REASON_TITLES.keys()
