from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from include.jobs.deadline import Deadline
from include.jobs.facts import Facts
from include.jobs.specialized_experience import equivalent_grade
from include.usajobs.drift import Drift
from include.usajobs.historic_rows import project, read_row, read_text
from include.usajobs.search_rows import read_row as read_search_row
from tests.support.historic_rows import ANNOUNCEMENT, historic_row
from tests.support.rows import row

EXPERIENCE = (
    "You need one year of specialized experience equivalent to at least the GS-11 level in the "
    "Federal service, which is building data pipelines."
)


def facts(
    details: dict[str, Any] | None = None, drift: Drift | None = None, **changes: Any
) -> Facts:
    return read_search_row(row(details=details, **changes), drift or Drift()).facts


def historic_facts(
    text: dict[str, Any] | None = None, drift: Drift | None = None, **changes: Any
) -> Facts:
    drift = drift or Drift()
    read = read_row(project(historic_row(**changes)), drift)
    return read_text(read, {**ANNOUNCEMENT, **(text or {})}, drift).facts


def said(facts: Facts) -> dict[str, Any]:
    return {name: each for name, each in facts.model_dump().items() if each is not None}


SEARCH_ROW: dict[str, Any] = {
    "PositionTitle": "Supervisory Data Engineer (Direct Hire)",
    "PositionOfferingType": [{"Code": "15319", "Name": "Term NTE 13 months"}],
    "PositionSchedule": [{"Code": "2", "Name": ""}],
    "QualificationSummary": EXPERIENCE,
    "details": {
        "AnnouncementClosingType": "03",
        "AnnouncementClosingTypeOption": "500",
        "PromotionPotential": "13",
        "SecurityClearance": "Top Secret",
        "TravelCode": "2",
        "Relocation": "True",
        "DrugTestRequired": "False",
        "TotalOpenings": "FEW",
        "ApplyOnlineUrl": "https://apply.example.gov/Application/Apply?id=7",
    },
}
HISTORIC_ROW: dict[str, Any] = {
    "positionTitle": "Supervisory Data Engineer (Direct Hire)",
    "appointmentType": "Term NTE 13 months",
    "workSchedule": "Part-time",
    "announcementClosingTypeCode": "03",
    "announcementClosingTypeDescription": "Closes after 500 applications",
    "promotionPotential": "13",
    "supervisoryStatus": "Y",
    "securityClearanceRequired": "Y",
    "securityClearance": "Top Secret",
    "travelRequirement": "25% or less - You may be expected to travel for this position.",
    "relocationExpensesReimbursed": "Y",
    "drugTestRequired": "N",
    "totalOpenings": "Few",
    "text": {"requirementsQualifications": f"<p>{EXPERIENCE}</p>"},
}
BOTH = {
    "closes_when": {"type": "03", "applications": 500},
    "appointment": {"kind": "term", "length": "13 months"},
    "schedule": "Part-time",
    "promotion_potential": 13,
    "supervisory": True,
    "security_clearance": "Top Secret",
    "travel": {"code": "2", "words": "25% or less"},
    "relocation": True,
    "drug_test": False,
    "openings": "few",
    "direct_hire": True,
    "specialized_experience": {"text": EXPERIENCE, "grade": "GS-11"},
}


def test_both_apis_say_the_same_of_one_posting_and_only_one_where_to_apply() -> None:
    drift = Drift()
    assert said(facts(drift=drift, **SEARCH_ROW)) == {
        **BOTH,
        "apply_at": "https://apply.example.gov/Application/Apply?id=7",
    }
    assert said(historic_facts(drift=drift, **HISTORIC_ROW)) == BOTH
    assert drift.entries() == []


def test_the_deadline_of_both_apis_is_in_the_same_words() -> None:
    now, closes_at = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 12, 13, 4, 59, tzinfo=UTC)
    for read in (facts(**SEARCH_ROW), historic_facts(**HISTORIC_ROW)):
        position = {"closes_at": closes_at, "facts": read.model_dump()}
        assert Deadline.of(position, now).words == "closes at 500 applications, or Dec 12"


def test_what_a_row_does_not_say_is_null() -> None:
    silent = facts(without=("ApplyURI", "TotalOpenings", "PromotionPotential"))
    assert said(silent) == {}
    assert {*said(historic_facts())} == {"specialized_experience"}


@pytest.mark.parametrize(
    ("code", "option", "expected"),
    [
        ("01", None, ("01", None)),
        ("01", "01", ("01", None)),
        ("01", "500", ("01", None)),
        ("02", "", ("02", None)),
        ("03", "500", ("03", 500)),
        ("03", "1,000", ("03", 1000)),
        ("03", "03", ("03", None)),
        ("03", "0", ("03", None)),
        ("03", "12/12/2026", ("03", None)),
        ("03", "", ("03", None)),
    ],
)
def test_only_the_number_of_applications_after_which_it_closes_is_a_cap(
    code: str, option: str | None, expected: tuple[str, int | None]
) -> None:
    details = {"AnnouncementClosingType": code, "AnnouncementClosingTypeOption": option}
    read = facts(details)
    assert read.closes_when
    assert (read.closes_when.type, read.closes_when.applications) == expected
    assert read.cap == expected[1]
    assert read.is_open_continuous is (code == "02")
    historic = historic_facts(announcementClosingTypeCode=code)
    assert historic.is_open_continuous is (code == "02")


@pytest.mark.parametrize(
    ("code", "words", "title", "kind", "length"),
    [
        ("15317", "", "Data Engineer", "permanent", None),
        ("15317", "Permanent", "Data Engineer", "permanent", None),
        ("15317", "Full-Time", "Long Term Care Nurse", "permanent", None),
        ("15319", "", "Data Engineer", "term", None),
        ("15319", "18 MONTHS", "Data Engineer", "term", "18 months"),
        ("15319", "Not to Exceed (NTE) at least 13 months", "Nurse", "term", "at least 13 months"),
        ("15319", "Excepted Service Term NTE 4-Years", "Nurse", "term", "4 years"),
        ("15319", "", "Data Engineer (NTE 2 years)", "term", "2 years"),
        ("15318", "Temporary NTE One (1) Year", "Nurse", "temporary", "1 year"),
        ("15318", "Temporary NTE 1039 hours", "Nurse", "temporary", "1039 hours"),
        ("15321", "One Year", "Engineer", "temporary promotion", "1 year"),
        ("15320", "Detail NTE 120 days", "Engineer", "detail", "120 days"),
        # The agency's own words are more certain than the code, unless they contradict themselves.
        ("15317", "Term (not to exceed 2 years; may be extended)", "Nurse", "term", "2 years"),
        ("15317", "Temporary not-to-exceed 9/30/2026.", "Nurse", "temporary", "9/30/2026"),
        ("15318", "Not to exceed September 30, 2026", "Nurse", "temporary", "September 30, 2026"),
        ("15317", "Permanent NTE 30 SEP 2028", "Nurse", None, "30 Sep 2028"),
        ("15317", "", "Data Engineer, NTE 1 year", None, "1 year"),
        ("15319", "Permanent", "Nurse", None, None),
        # What may become of it is not what it is.
        ("15326", "NTE 1 year. MAY become permanent.", "Nurse", "recent graduates", "1 year"),
        ("15318", "May become permanent", "Nurse", "temporary", None),
        ("15327", "Permanent or term", "Nurse", "multiple appointment types", None),
        ("15669", "", "Nurse", None, None),
        ("15317", "This is not a permanent position.", "Nurse", None, None),
        ("15317", "This is not a temporary position.", "Nurse", "permanent", None),
        ("15317", "Time-limited", "Nurse", None, None),
        ("15317", "Permanent. Time-limited promotion.", "Nurse", "permanent", None),
        # However the length is spelt, and where no limit is named.
        ("15319", "Term - 13 months, may be extended up to 4 years", "Nurse", "term", "13 months"),
        ("15319", "Term - may last up to 4 years", "Nurse", "term", None),
        ("15319", "Term appointment of up to three (3) years", "Nurse", "term", "3 years"),
        ("15319", "A one-year term", "Nurse", "term", "1 year"),
        ("15319", "Term, 1 year trial period", "Nurse", "term", None),
        ("15319", "Term. 40 hours a week", "Nurse", "term", None),
        ("15319", "Temp-Term NTE 4 yrs", "Nurse", "term", "4 years"),
        ("15319", "Term NTE: 1yr", "Nurse", "term", "1 year"),
        ("15319", "Term NTE twenty-four month", "Nurse", "term", "24 months"),
        ("15319", "Term NTE 30-Sep-2027", "Nurse", "term", "30 Sep 2027"),
        ("15319", "Term NTE 2027-09-30", "Nurse", "term", "2027-09-30"),
        ("15317", "Permanent - 1 year probation", "Nurse", "permanent", None),
    ],
)  # fmt: skip
def test_an_appointment_is_what_code_and_words_plainly_say(
    code: str, words: str, title: str, kind: str | None, length: str | None
) -> None:
    offered = [{"Code": code, "Name": words}]
    found = facts(PositionOfferingType=offered, PositionTitle=title).appointment
    assert (found.kind if found else None, found.length if found else None) == (kind, length)


@pytest.mark.parametrize(
    ("offered", "kind"),
    [
        ("Permanent", "permanent"),
        ("Multiple Appointment Types", "multiple appointment types"),
        ("Detail NTE 120 days", "detail"),
        ("Temporary Promotion NTE 1 year", "temporary promotion"),
        ("Recent Graduate", "recent graduates"),
        ("Internships NTE 4 months", "internships"),
        ("Seasonal NTE 50 weeks", "seasonal"),
        ("Intermittent NTE 1 year", "intermittent"),
        ("Presidential Management Fellows", "presidential management fellows"),
        ("Detail or temporary promotion NTE 1 year", None),
    ],
)
def test_the_historic_api_has_the_names_of_appointments(offered: str, kind: str | None) -> None:
    found = historic_facts(appointmentType=offered).appointment
    assert found
    assert found.kind == kind


def test_one_may_work_intermittently_in_a_permanent_appointment() -> None:
    permanent = [{"Code": "15317", "Name": "Permanent"}]
    read = facts(
        PositionOfferingType=permanent, PositionSchedule=[{"Code": "4", "Name": "Intermittent"}]
    )
    assert (read.appointment and read.appointment.kind) == "permanent"
    assert read.schedule == "Intermittent"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("True", True),
        ("False", False),
        ("Y", True),
        ("N", False),
        ("Yes", True),
        ("No", False),
        (True, True),
        (False, False),
        ("Yes\u2014if the agency approves", True),
        ("No - not offered", False),
        ("", None),
        (None, None),
    ],
)
def test_a_flag_is_read_however_an_api_spells_it(given: object, expected: bool | None) -> None:
    drift = Drift()
    search = dict.fromkeys(("SupervisoryStatus", "Relocation", "DrugTestRequired"), given)
    historic = dict.fromkeys(
        ("supervisoryStatus", "relocationExpensesReimbursed", "drugTestRequired"), given
    )
    for read in (facts(search, drift), historic_facts(drift=drift, **historic)):
        assert {read.supervisory, read.relocation, read.drug_test} == {expected}
    assert drift.entries() == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("13", 13),
        (13, 13),
        ("GS-13", 13),
        ("GS13", 13),
        ("GS-0343-13", 13),
        ("07", 7),
        ("IA-3", "IA-3"),
        ("NH-III", "NH-III"),
        ("K", "K"),
        ("00", None),
        ("None", None),
        ("none.", None),
        ("No", None),
        ("N.A.", None),
        ("Not applicable", None),
        ("", None),
    ],
)
def test_the_promotion_potential_is_a_grade_or_a_band(
    given: object, expected: int | str | None
) -> None:
    drift = Drift()
    assert facts({"PromotionPotential": given}, drift).promotion_potential == expected
    assert historic_facts(drift=drift, promotionPotential=given).promotion_potential == expected
    assert drift.entries() == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Few", "few"),
        ("many vacancies", "many"),
        ("1", 1),
        (12, 12),
        ("1 vacancy", 1),
        ("1,000", 1000),
        ("0", None),
        (0, None),
        ("", None),
    ],
)
def test_openings_are_a_number_or_few_or_many(given: object, expected: int | str | None) -> None:
    drift = Drift()
    assert facts({"TotalOpenings": given}, drift).openings == expected
    assert historic_facts(drift=drift, totalOpenings=given).openings == expected
    assert drift.entries() == []


@pytest.mark.parametrize(
    ("details", "field", "value"),
    [
        ({"TravelCode": "-1"}, "TravelCode", "-1"),
        ({"SecurityClearance": "Cosmic"}, "SecurityClearance", "Cosmic"),
        ({"AnnouncementClosingType": "04"}, "AnnouncementClosingType", "04"),
        ({"TotalOpenings": "some"}, "TotalOpenings", "'some'"),
        ({"TotalOpenings": "1-5"}, "TotalOpenings", "'1-5'"),
        ({"DrugTestRequired": "maybe"}, "DrugTestRequired", "maybe"),
        ({"Relocation": "N/A"}, "Relocation", "N/A"),
        ({"PromotionPotential": "12/13"}, "PromotionPotential", "'12/13'"),
        ({"PromotionPotential": "Yes"}, "PromotionPotential", "'Yes'"),
    ],
)
def test_an_unknown_code_is_counted_and_says_nothing(
    details: dict[str, Any], field: str, value: str
) -> None:
    drift = Drift()
    without = ("ApplyURI", *({"TotalOpenings", "PromotionPotential"} - details.keys()))
    assert said(facts(details, drift, without=without)) == {}
    assert [(each["field"], each["value"]) for each in drift.entries()] == [(field, value)]


def test_unknown_kinds_of_appointment_and_schedule_are_counted() -> None:
    drift = Drift()
    unknown = [{"Code": "99", "Name": ""}]
    read = facts(drift=drift, PositionOfferingType=unknown, PositionSchedule=unknown)
    assert (read.appointment, read.schedule) == (None, None)
    assert {each["field"] for each in drift.entries()} == {
        "PositionOfferingType",
        "PositionSchedule",
    }


def test_that_no_clearance_is_required_may_be_said_by_the_flag_alone() -> None:
    none_required = {"securityClearanceRequired": "N", "securityClearance": ""}
    assert historic_facts(**none_required).security_clearance == "Not Required"
    required = {"securityClearanceRequired": "Y", "securityClearance": ""}
    assert historic_facts(**required).security_clearance is None


@pytest.mark.parametrize(
    ("title", "summary", "expected"),
    [
        ("Engineer (Direct Hire)", "", True),
        ("Engineer", "This position is being filled using Direct Hire Authority.", True),
        ("Engineer", "Direct-hire authority is being used to fill this position.", True),
        ("Engineer", "The Direct Hire Authority may be used to fill this position.", None),
        ("Engineer", "This is not a direct hire announcement.", None),
        ("Engineer", "Read more about direct hire at opm.gov.", None),
        ("Engineer", "Direct Hire Authority will be used.", True),
        ("Engineer", "It is also announced under Direct Hire announcement DE-7.", None),
        ("Engineer", "It is filled under another, Direct Hire announcement.", None),
        ("Engineer", "This is also being used to recruit under Direct Hire Authority.", True),
        ("Direct Care Worker", "", None),
    ],
)
def test_direct_hire_is_only_said_where_the_posting_says_it(
    title: str, summary: str, expected: bool | None
) -> None:
    read = facts({"JobSummary": summary}, PositionTitle=title)
    assert read.direct_hire is expected
    assert historic_facts({"summary": summary}, positionTitle=title).direct_hire is expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Supervisory Engineer", True),
        ("Engineer (Supervisory)", True),
        ("SUPV ENGINEER", True),
        ("Supvy Interdisciplinary Statistician", True),
        ("Interdisciplinary Supervisory Engineer", True),
        ("Physician - Supervisory", True),
        ("Non-Supervisory Engineer", None),
        ("Contract Specialist (Supvy/Non/Lead)", None),
        ("Assistant to the Supervisory Board", None),
        ("Engineer", None),
    ],
)
def test_a_title_says_that_one_supervises_but_not_that_one_does_not(
    title: str, expected: bool | None
) -> None:
    assert facts(PositionTitle=title).supervisory is expected
    assert historic_facts(positionTitle=title).supervisory is expected
    assert historic_facts(positionTitle=title, supervisoryStatus="N").supervisory is False


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("experience equivalent to the GS-12 grade level", "GS-12"),
        ("experience equivalent to at least the next lower grade level (GS-09)", "GS-9"),
        ("experience equivalent in difficulty and complexity to the GS-07 level", "GS-7"),
        ("experience equivalent to the GS-11 level. Or experience equivalent to GS-9.", "GS-9"),
        ("experience equivalent to the FV-H (FG/GS 11/12) level", "FV-H"),
        ("experience equivalent to the next lower grade level. For the GS-14 grade, more", None),
        ("For band K (equivalent to GS-15), you must have experience", None),
        ("experience equivalent to the GS-XX level", None),
        ("experience in work of an equivalent kind at GS-12", None),
        ("experience at the GS-05 level or equivalent in the Federal Service", "GS-5"),
        ("experience at or above the GS-11 level", "GS-11"),
        ("experience, comparable in difficulty and responsibility to GS-12 level work", "GS-12"),
        ("experience equal to the GS-09", "GS-9"),
        ("experience which must have been at the GS-07 grade level", "GS-7"),
        ("experience gained in the Federal service at the GS-07 level", "GS-7"),
        ("experience equivalent to the next lower grade in the Federal service (GS-12)", "GS-12"),
        ("Typical of work performed at the next lower grade/level position, GS-09", "GS-9"),
        ("experience equivalent to the GS-0343-11 level", "GS-11"),
        ("Specialized Exp.* equivalent to the FG-5 level", "FG-5"),
        ("experience equivalent to the next lower broad band or NH- III", "NH-3"),
        ("experience at the ZP-02 (GS-09) level", "ZP-2"),
        ("experience equivalent to GS-9 or pay band NH-02", "GS-9"),
        ("To qualify at the GS-11 level, you must have experience with pipelines", None),
        ("Specialized experience: to qualify at the GS-13 level, one must have built", None),
        ("experience for a position at the GS-13 level", None),
        ("experience supervising employees at the GS-13 level", None),
        ("experience equivalent to the grade 14 level", None),
    ],
)
def test_the_grade_that_experience_has_to_be_equivalent_to_is_read(
    text: str, grade: str | None
) -> None:
    assert equivalent_grade(text) == grade


def test_the_grade_is_read_though_it_is_named_after_what_is_kept() -> None:
    text = f"Specialized experience: {'It is planning feeds. ' * 200}{EXPERIENCE}"
    read = facts(QualificationSummary=text).specialized_experience
    assert read
    assert read.grade == "GS-11"
    assert "GS-11" not in read.text


@pytest.mark.parametrize(
    ("online", "page", "expected"),
    [
        ("https://apply.example.gov/7", "https://www.usajobs.gov/job/1", "https://apply.example.gov/7"),
        ("http://apply.example.gov/7", "https://www.usajobs.gov/job/1", "https://www.usajobs.gov/job/1"),
        ("javascript:alert(1)", "http://www.usajobs.gov/job/1", None),
        ("https://user@apply.example.gov/", "", None),
        ("https://apply.example.gov/\u202e7", "", None),
        ("https://[apply/", "", None),
        ("https:///apply", "", None),
        ("https://@apply.example.gov/", "", None),
        ("https://apply.example.gov:99999/", "", None),
        ("mailto:jobs@example.gov", "", None),
        (f"https://apply.example.gov/{'7' * 3000}", "", None),
        ("", "", None),
    ],
)  # fmt: skip
def test_the_address_to_apply_is_one_that_is_safe_to_follow(
    online: str, page: str, expected: str | None
) -> None:
    assert facts({"ApplyOnlineUrl": online}, ApplyURI=[page]).apply_at == expected
