from __future__ import annotations

import pytest

from include.matching.evidence import ON_TOPIC, RELATED
from include.matching.topics import holds_every_word
from tests.support.topics import assessed, outcome

PIPELINES = "Builds data pipelines."
EXPERIENCE = "Specialized experience is experience with"


# --- data engineering


@pytest.mark.parametrize(
    "title",
    [
        "Data Engineer",
        "SUPERVISORY DATA ENGINEER",
        "Data Architect",
        "Database Engineer",
        "Data Pipeline Engineer",
        "Machine Learning Engineer",
        "Supervisory AI/ML Engineer",
        "ETL Developer",
        "ELT Engineer",
        "BI Platform Developer",
        "Business Intelligence (BI) Developer",
    ],
)
def test_a_title_can_say_in_any_series_that_it_is_data_engineering(title: str) -> None:
    assert outcome("data engineering", title) == "on"


@pytest.mark.parametrize(
    "specialty",
    [
        *("DATAMGT", "DATAMGMT", "DATAMGNT", "DATA MGT", "Data Mgmt", "SYSANALYSIS/DATAMGT"),
        *("Data Management", "Data Manager", "Database Management"),
    ],
)
def test_the_specialty_of_data_management_is_read_in_all_its_spellings(specialty: str) -> None:
    assert outcome("data engineering", f"IT Specialist ({specialty})", series="2210") == "on"


@pytest.mark.parametrize(
    "title",
    [
        "Public Notice for Computer Engineer (Direct Hire)",
        "Engineer (Data Center)",
        "Data Entry Clerk",
        "Data Transcriber",
        "Data Collection Specialist",
        "Metadata Librarian",
        "Engineering Technician, Data",
        "IT Specialist (BI/ELT)",
        "Civil Engineer (ETL)",
    ],
)
def test_a_title_that_merely_holds_a_word_does_not(title: str) -> None:
    assert outcome("data engineering", title) == "off"


@pytest.mark.parametrize(
    "title",
    [
        *("Data Scientist", "Data Analyst", "Program Analyst (Data Analytics)"),
        *("Supervisory Data Analytics Officer", "Database Administrator"),
    ],
)
def test_a_neighbouring_occupation_is_related(title: str) -> None:
    assert outcome("data engineering", title) == "related"


def test_data_management_in_a_title_counts_in_a_data_series_or_with_other_evidence() -> None:
    title = "Technical Data Management Specialist"
    repairs = "Keeps repair manuals and drawings of aircraft current."
    assert outcome("data engineering", title, duties=repairs, series="0301") == "off"
    assert outcome("data engineering", "Utilities Analyst (Data Management)") == "off"
    assert outcome("data engineering", title, duties=repairs, series="2210") == "on"
    assert outcome("data engineering", title, duties=PIPELINES, series="0301") == "on"


def test_data_scientist_is_judged_alike_in_every_series() -> None:
    def strength(title: str, series: str) -> float:
        duties = "Writes Python and SQL to clean survey data."
        return assessed("data engineering", title, duties=duties, series=series).strength

    outcomes = {
        outcome("data engineering", "Data Scientist", series=series, duties=duties)
        for duties in ("", "Forecasts sales.")
        for series in ("0301", "0343", "1515", "1530", "1560", "2210")
    }
    assert outcomes == {"related"}
    assert strength("Data Scientist", "0301") == strength("Data Scientist", "1560")


def test_a_data_scientist_who_works_with_data_is_nearer_than_one_who_writes_rules() -> None:
    policy = assessed(
        "data engineering",
        "Data Scientist (AI Risk)",
        duties="Advises leadership on responsible AI policy.",
        series="1560",
    )
    cleaning = assessed(
        "data engineering",
        "Statistician (Data Scientist)",
        duties="Writes Python and SQL to clean survey data.",
        series="1530",
    )
    assert policy.outcome == "off"
    assert cleaning.outcome == "related"
    assert policy.strength < cleaning.strength


def test_the_series_of_data_science_alone_is_related_and_among_others_nothing() -> None:
    assert outcome("data engineering", series="1560") == "related"
    assert outcome("data engineering", series="1500 1560") == "related"
    assert outcome("data engineering", series="1560 0343") == "off"
    assert outcome("data engineering", series="0854") == "off"


def test_one_mention_of_the_phrase_is_enough_in_a_data_series_only() -> None:
    for texts in (
        {"duties": "Leads data-engineering teams."},
        {"summary": "Does data\nengineering."},
    ):
        assert outcome("data engineering", series="2210", **texts) == "on"
    assert outcome("data engineering", duties="Leads data-engineering teams.") == "related"
    assert outcome("data engineering", duties="Collects data. Engineers review it.") == "off"
    assert outcome("data engineering", duties="Data for engineering drawings.") == "off"


def test_one_kind_of_work_is_enough_in_a_data_series_and_two_in_any() -> None:
    assert outcome("data engineering", duties=PIPELINES, series="2210") == "on"
    assert outcome("data engineering", duties=PIPELINES, series="0801") == "related"
    two = f"{PIPELINES} Models a data warehouse."
    assert outcome("data engineering", duties=two, series="0801") == "on"
    same = f"{PIPELINES} One data pipeline."
    assert outcome("data engineering", duties=same, series="0801") == "related"


@pytest.mark.parametrize(
    "work",
    [
        "Extracts, transforms and loads claims.",
        "extraction, transformation and loading of claims",
        "extract, clean, transform, and load (ETL) procedures",
        "Builds ingestion pipelines.",
        "Automates data ingestion and transformation pipelines.",
        "Runs a data fabric in a medallion architecture.",
        "Runs large-scale, high-performance data processing systems on Databricks.",
        "Works on data lakes as a BI platform developer.",
        "Moves nightly ETL from stored procedures to SQL.",
    ],
)
def test_the_work_is_recognised_in_the_words_of_the_field(work: str) -> None:
    assert outcome("data engineering", duties=work, series="2210") == "on"
    assert outcome("data engineering", "Data Scientist", duties=work, series="1560") == "on"


def test_an_abbreviation_counts_in_company_only() -> None:
    letters = [
        "Reviews airfield designs against each ETL and design guide.",
        "Tests every ELT aboard.",
        "Reviews data against each Engineering Technical Letter (ETL) and database.",
    ]
    for duties in letters:
        found = assessed(
            "data engineering", "Interdisciplinary Engineer", duties=duties, series="0810 0854"
        )
        assert found.outcome == "off"
    assert outcome("data engineering", duties="Runs ETL on a database.", series="0854") == "on"


def test_pipelines_and_air_flow_of_others_are_none() -> None:
    duties = "Analyzes data on gas pipelines and the airflow in a warehouse. Loads trucks."
    assert outcome("data engineering", duties=duties, series="0854") == "off"


def test_what_is_denied_is_no_evidence() -> None:
    denied = "This does not require data engineering."
    assert outcome("data engineering", duties=denied, series="2210") == "off"
    listed = "Work that is not limited to data engineering."
    assert outcome("data engineering", duties=listed, series="2210") == "on"
    other = "Not a desk job. Data engineering in the field."
    assert outcome("data engineering", duties=other, series="2210") == "on"


def test_the_required_experience_is_evidence_and_what_surrounds_it_is_not() -> None:
    required = f"{EXPERIENCE} data pipelines."
    assert outcome("data engineering", qualifications=required) == "related"
    assert outcome("data engineering", qualifications=required, series="2210") == "on"
    elsewhere = f"{EXPERIENCE} payroll. A degree in data engineering counts as well."
    assert outcome("data engineering", qualifications=elsewhere, series="2210") == "off"


def test_who_leads_such_work_comes_after_who_does_it() -> None:
    def strength(title: str) -> float:
        return assessed("data engineering", title, series="2210").strength

    assert strength("Supervisory IT Specialist (DATAMGT)") < strength("IT Specialist (DATAMGT)")


@pytest.mark.parametrize("keyword", ["data engineer", "Data Engineering", "data engineers"])
def test_data_engineering_may_be_written_in_other_ways(keyword: str) -> None:
    assert outcome(keyword, "IT Specialist (Data Management)", series="2210") == "on"


@pytest.mark.parametrize(
    ("texts", "decisive"),
    [
        ({"title": "IT Specialist (DATAMGMT)"}, "the title says “DATAMGMT”"),
        (
            {"duties": "Builds data pipelines and\na data  warehouse."},
            "the duties speak of “data pipelines”, “data warehouse”",
        ),
        (
            {"title": "Data Scientist", "summary": "Builds a data lake."},
            "the summary speaks of “data lake” and the title says “Data Scientist”",
        ),
        ({"series": "1560"}, "its series is 1560, data science"),
    ],
)
def test_what_decided_is_quoted_and_nothing_else(texts: dict[str, str], decisive: str) -> None:
    assert assessed("data engineering", **texts).decisive == decisive


def test_the_strength_is_between_0_and_1_and_tells_the_outcomes_apart() -> None:
    everything = f"{PIPELINES} Data engineering. ETL and data lakes on Databricks. Ingests data."
    best = assessed("data engineering", "Data Engineer", duties=everything, summary=everything)
    assert ON_TOPIC <= best.strength <= 1
    assert RELATED <= assessed("data engineering", "Data Scientist").strength < ON_TOPIC
    assert assessed("data engineering", "Cook").strength == 0


# --- other keywords


def test_another_keyword_is_told_by_its_words_standing_together() -> None:
    assert outcome("nurse practitioner", "Nurse Practitioner (Primary Care)") == "on"
    twice = "Works as a nurse practitioner. Trains nurse practitioners."
    assert outcome("nurse practitioner", duties=twice) == "on"
    assert outcome("nurse practitioner", duties="A nurse. It helps a practitioner.") == "off"
    assert outcome("C++ developer", "C/C++ Developer") == "on"
    assert outcome("accounting", "Cook", duties=PIPELINES) == "off"


def test_one_mention_in_the_duties_is_not_enough_and_two_are() -> None:
    boilerplate = "Designs pumps. Questions are answered by the Human Resources office."
    assert outcome("human resources", "Mechanical Engineer", duties=boilerplate) == "off"
    one = "Designs pumps. Works with human resources."
    assert outcome("human resources", "Mechanical Engineer", duties=one) == "off"
    twice = "Advises on human resources. Trains human resources staff."
    assert outcome("human resources", duties=twice) == "on"
    same_sentence = "Advises human resources, and human resources alone."
    assert outcome("human resources", duties=same_sentence) == "off"


def test_two_duties_are_two_sentences_even_without_a_full_stop() -> None:
    twice = ["Advises on human resources", "Trains human resources staff"]
    assert assessed("human resources", duties=twice).outcome == "on"


def test_what_is_about_applying_is_no_mention() -> None:
    contact = "Contact the Human Resources office. Human Resources receives all applications."
    assert outcome("human resources", duties=contact) == "off"


def test_the_required_experience_counts_with_a_mention_in_the_duties() -> None:
    required = f"{EXPERIENCE} human resources."
    assert outcome("human resources", qualifications=required) == "off"
    duties = "Advises on human resources."
    assert outcome("human resources", qualifications=required, duties=duties) == "related"


def test_of_a_person_texts_have_to_speak_and_not_of_the_field() -> None:
    field = "Uses statistics. Needs statistics."
    assert outcome("statistician", duties=field) == "off"
    assert outcome("statistics", duties=field) == "on"
    people = "Leads statisticians. Hires statisticians."
    assert outcome("statistician", duties=people) == "on"


@pytest.mark.parametrize(
    ("keyword", "title", "series"),
    [
        ("IT specialist", "Information Technology Specialist (INFOSEC)", "2210"),
        ("IT specialist", "IT Cybersecurity Specialist", "2210"),
        ("IT specialist", "INFOSEC", "2210"),
        ("nurse", "RN - MICU/CCU", "0610"),
        ("nurse", "LPN", "0620"),
        ("accountant", "Cost Officer", "0510"),
        ("contract specialist", "Procurement Lead", "1102"),
        ("management analyst", "Program Lead", "0343"),
        ("economist", "Policy Lead", "0110"),
        ("HR specialist", "Recruiter", "0201"),
        ("mechanical engineer", "Pump Designer", "0830"),
    ],
)
def test_the_official_name_of_a_series_is_evidence_for_its_occupation(
    keyword: str, title: str, series: str
) -> None:
    assert outcome(keyword, title, series=series) == "on"
    assert outcome(keyword, "Cook", series="7404") == "off"


@pytest.mark.parametrize(
    ("keyword", "title", "series", "duties"),
    [
        ("nurse", "Nursing Assistant", "0621", "Helps a nurse."),
        ("biologist", "Biological Science Technician (Plants)", "0404", "Helps a biologist."),
        ("nurse practitioner", "RN - MICU/CCU", "0610", "Helps a nurse practitioner."),
        ("accountant", "Accounting Technician", "0525", "Helps an accountant."),
        ("mechanical engineer", "General Engineer", "0801", "Does mechanical engineering."),
    ],
)
def test_another_level_or_a_wider_occupation_is_related_if_the_duties_speak_of_it(
    keyword: str, title: str, series: str, duties: str
) -> None:
    assert outcome(keyword, title, series=series, duties=duties) == "related"
    assert outcome(keyword, title, series=series) == "off"


def test_a_field_includes_all_its_levels() -> None:
    assert outcome("human resources", "Human Resources Assistant", series="0203") == "on"
    assert outcome("nursing", "Nursing Assistant", series="0621") == "on"


@pytest.mark.parametrize(
    ("keyword", "title"),
    [
        ("cyber security", "Cybersecurity Analyst"),
        ("cybersecurity", "Cyber-Security Analyst"),
        ("data base administrator", "Database Administration Lead"),
        ("health care", "Healthcare Lead"),
        ("accounting", "Accountant"),
        ("engineers", "Engineering Lead"),
        ("auditor", "Auditing Lead"),
        ("biologist", "Biology Lead"),
        ("statistician", "Statistics Lead"),
    ],
)
def test_spellings_and_forms_of_one_word_are_one(keyword: str, title: str) -> None:
    assert outcome(keyword, title) == "on"


@pytest.mark.parametrize(
    ("keyword", "title"),
    [
        ("accountant", "Accountability Officer"),
        ("accountant", "Account Manager"),
        ("physician", "Physicist"),
        ("police officer", "Policy Officer"),
        ("programmer", "Program Analyst"),
        ("nurse", "Nursery Worker"),
        ("IT", "Let it be"),
        ("engineer", "Engine Mechanic"),
        ("customer service", "Customs Services Lead"),
    ],
)
def test_another_word_with_the_same_beginning_is_another(keyword: str, title: str) -> None:
    assert outcome(keyword, title, series="0000") == "off"


NO_MENTIONS = [
    ("attorney", "0301", "Reviews powers of attorney. Files each power of attorney."),
    ("attorney", "0301", "The US Attorney's Office handles it. Works for the U.S. Attorney."),
    ("attorney", "0301", "Answers the Attorney General. Drafts for the District Attorney."),
    (
        "secretary",
        "0801",
        "In the Office of the Assistant Secretary. Briefs the Secretary of Energy.",
    ),
    ("engineer", "0301", "Joins the Army Corps of Engineers. The Corps of Engineers builds dams."),
    (
        "electrician",
        "0301",
        "Works with plumbers, carpenters and electricians. Helps electricians.",
    ),
    ("attorney", "0301", "Assists attorneys. Prepares exhibits for attorneys."),
    ("nurse", "0301", "Schedules visits for the nurse. Reports to the nurse."),
    ("physician", "0301", "Consults with physicians. Follows the physician's orders."),
    (
        "human resources",
        "0301",
        "Consults with Human Resources. Works with the human resources staff.",
    ),
    (
        "human resources",
        "0801",
        "Performs the administrative and human resource management functions relative to the staff."
        " Human resources duties are 25%.",
    ),
]


@pytest.mark.parametrize(("keyword", "series", "duties"), NO_MENTIONS)
def test_others_than_whom_the_job_is_for_are_no_second_mention(
    keyword: str, series: str, duties: str
) -> None:
    assert outcome(keyword, "Advocate", series=series, duties=duties) == "off"


@pytest.mark.parametrize(
    ("keyword", "duties"),
    [
        (
            "attorney",
            "Serves as an attorney in the U.S. Attorney's Office. The attorney litigates.",
        ),
        ("attorney", "Serves as Assistant United States Attorney. Every attorney litigates."),
        ("secretary", "Is the secretary in the Office of the Dean. The secretary takes calls."),
        ("electrician", "Works with tools as an electrician. The electrician repairs panels."),
        ("electrician", "With little supervision, the electrician plans. An electrician tests."),
        ("nurse", "We are looking for a nurse. The nurse leads a team."),
        ("human resources", "Manages human resources. Spends 60% on human resources."),
    ],
)
def test_for_whom_the_job_is_are_mentions(keyword: str, duties: str) -> None:
    assert outcome(keyword, "Specialist", duties=duties) == "on"


@pytest.mark.parametrize(
    ("keyword", "title", "expected"),
    [
        ("secretary", "Program Lead, Office of the Assistant Secretary for Health", "off"),
        ("secretary", "Deputy Assistant Secretary for Health", "off"),
        ("secretary", "Special Assistant to the Assistant Secretary", "off"),
        ("secretary", "Secretary (OA)", "on"),
        ("secretary", "Secretary to the Assistant Secretary for Health", "on"),
        ("attorney", "Clerk, U.S. Attorney's Office", "off"),
        ("attorney", "Assistant United States Attorney", "on"),
        ("attorney", "General Attorney", "on"),
    ],
)
def test_the_name_of_an_office_in_a_title_is_no_occupation(
    keyword: str, title: str, expected: str
) -> None:
    assert outcome(keyword, title) == expected


@pytest.mark.parametrize(
    ("keyword", "title", "series"),
    [
        ("electrician", "Maintenance Mechanic", "4749"),
        ("attorney", "Paralegal Specialist", "0950"),
        ("nurse", "Medical Support Assistant", "0679"),
        ("secretary", "General Engineer", "0801"),
        ("human resources", "Budget Analyst", "0560"),
    ],
)
def test_mentions_make_a_job_of_another_occupation_related_at_most(
    keyword: str, title: str, series: str
) -> None:
    twice = f"Is also responsible as {keyword}. Trains each new {keyword}."
    assert outcome(keyword, title, series=series, duties=twice) == "related"
    assert outcome(keyword, "Specialist", series="0301", duties=twice) == "on"


def test_the_work_of_a_field_may_be_part_of_another_occupation_of_its_group() -> None:
    twice = "Manages cybersecurity. Tests cybersecurity."
    assert outcome("cybersecurity", "IT Specialist", series="2210", duties=twice) == "on"
    assert outcome("cybersecurity", "Accountant", series="0510", duties=twice) == "related"


@pytest.mark.parametrize(
    ("keyword", "title", "series", "expected"),
    [
        ("electrician", "Electrician Helper", "2805", "related"),
        ("electrician", "Electrician", "2805", "on"),
        ("electrician", "Electrician (High Voltage)", "2810", "on"),
        ("nurse", "Nursing Assistant", "0610", "related"),
        ("physician", "Physician's Assistant", "0602", "related"),
        ("nurse", "Assistant Nurse Manager", "0610", "on"),
        ("attorney", "Assistant General Counsel", "0905", "on"),
        ("tax examiner", "Tax Examining Technician", "0592", "on"),
        ("IT specialist", "IT Specialist (Trainee)", "2210", "on"),
    ],
)
def test_a_helper_in_the_own_series_is_related_at_most(
    keyword: str, title: str, series: str, expected: str
) -> None:
    assert outcome(keyword, title, series=series) == expected


def test_a_helper_stays_related_whatever_the_duties_say() -> None:
    twice = "The electrician plans. The electrician tests."
    assert outcome("electrician", "Electrician Helper", series="2805", duties=twice) == "related"
    assert outcome("nurse", "Nursing Assistant", series="0621", duties="A nurse. A nurse.") != "on"


@pytest.mark.parametrize(
    ("keyword", "title", "series"),
    [
        ("intelligence analyst", "Intelligence Specialist", "0132"),
        ("intelligence analysts", "Operations Lead", "0132"),
        ("operations research analyst", "Modeler", "1515"),
        ("air traffic controller", "Air Traffic Control Specialist", "2152"),
        ("air traffic control", "Air Traffic Controller", "0301"),
        ("veterinarian", "Veterinary Medical Officer", "0701"),
        ("custodian", "Custodial Worker", "3566"),
        ("janitor", "Custodial Worker", "3566"),
        ("archaeologist", "Archeologist", "0193"),
        ("archeologist", "Archaeologist", "0301"),
        ("anaesthesiologist", "Anesthesiologist", "0301"),
        ("logistician", "Logistics Management Specialist", "0346"),
        ("cybersecurity", "IT Specialist (INFOSEC)", "2210"),
        ("cyber security", "IT Specialist (SYSADMIN/INFOSEC)", "2210"),
        ("cybersecurity analyst", "IT Specialist (INFOSEC)", "2210"),
        ("information security", "IT Specialist (INFOSEC)", "2210"),
        ("infosec", "IT Cybersecurity Specialist", "2210"),
        ("Geographic Information Systems (GIS)", "GIS Specialist", "0301"),
        ("special agent", "Criminal Investigator", "1811"),
        ("truck driver", "Motor Vehicle Operator", "5703"),
        ("systems administrator", "IT Specialist (SYSADMIN)", "2210"),
        ("GIS analyst", "Geographer (GIS)", "0150"),
        ("physician", "Medical Officer (Psychiatry)", "0602"),
        ("doctor", "Physician (Psychiatrist)", "0602"),
        ("doctor", "Psychiatrist", "0602"),
        ("dentist", "Dental Officer", "0680"),
        ("lawyer", "General Attorney", "0905"),
        ("tax lawyer", "Tax Attorney", "0905"),
        ("historian", "Museum Lead", "0170"),
        ("correctional officer", "Guard", "0007"),
        ("Information Technology (IT)", "IT Specialist", "2210"),
        ("Information Technology (IT) Specialist", "Systems Lead", "2210"),
        ("I.T. specialist", "Systems Lead", "2210"),
        ("IT-specialist", "Systems Lead", "2210"),
        ("Human Resources (HR)", "Recruiter", "0201"),
    ],
)
def test_an_occupation_is_found_by_what_announcements_call_it(
    keyword: str, title: str, series: str
) -> None:
    assert outcome(keyword, title, series=series) == "on"


@pytest.mark.parametrize(
    ("keyword", "title", "series"),
    [
        ("intelligence analyst", "Budget Analyst", "0560"),
        ("air traffic controller", "Air Traffic Assistant", "2154"),
        ("veterinarian", "Animal Health Technician", "0704"),
        ("custodian", "Laborer", "3502"),
        ("logistician", "Supply Clerk", "2005"),
        ("cybersecurity", "IT Specialist (NETWORK)", "2210"),
        ("GIS analyst", "Geographer", "0150"),
        ("IT specialist", "Contract Specialist (IT)", "1102"),
        ("physician", "Veterinary Medical Officer", "0701"),
        ("doctor", "Physician Assistant", "0603"),
        ("lawyer", "Paralegal Specialist", "0950"),
        ("programmer", "Program Analyst", "0343"),
        ("program analyst", "Programmer Analyst", "0334"),
        ("data analyst", "Data Transcriber", "0356"),
        ("Information Technology (IT)", "Cook", "7404"),
    ],
)
def test_a_neighbour_is_not_found_by_another_name(keyword: str, title: str, series: str) -> None:
    assert outcome(keyword, title, series=series) == "off"


def test_words_of_the_keyword_with_others_between_them_are_related() -> None:
    assert outcome("civil engineer", "Civil/Structural Engineer") == "related"


@pytest.mark.parametrize("keyword", ["?", "++", "İ", "a", "the of"])
def test_any_keyword_has_a_topic(keyword: str) -> None:
    assert outcome(keyword, "Cook") in ("on", "related", "off")


def test_what_the_search_api_would_find_is_not_dropped_before_it_is_judged() -> None:
    text = "Information Technology Specialist (INFOSEC)\nIt protects networks."
    assert holds_every_word("IT specialist", text)
    assert not holds_every_word("IT specialist", "Cook")
