from __future__ import annotations

import pytest

from include.matching.evidence import ON_TOPIC, RELATED, Assessment
from include.matching.topics import holds_every_word, topic_of
from tests.support.rows import position

PIPELINES = "Builds data pipelines."
EXPERIENCE = "Specialized experience is experience with"


def assessed(
    keyword: str,
    title: str = "Specialist",
    *,
    duties: str | list[str] = "",
    summary: str = "",
    qualifications: str = "",
    series: str = "0343",
) -> Assessment:
    found = position(
        PositionTitle=title,
        JobCategory=[{"Code": code} for code in series.split()],
        QualificationSummary=qualifications,
        details={
            "MajorDuties": [duties] if isinstance(duties, str) else duties,
            "JobSummary": summary,
        },
    )
    return topic_of(keyword).assess(found)


def outcome(keyword: str, title: str = "Specialist", **texts: str) -> str:
    return assessed(keyword, title, **texts).outcome


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


def test_the_phrase_itself_in_the_duties_or_summary_is_enough_in_any_series() -> None:
    assert outcome("data engineering", duties="Leads data-engineering teams.") == "on"
    assert outcome("data engineering", summary="Work with data\nengineers.") == "on"
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
    twice = "Works with nurse practitioners. Trains nurse practitioners."
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


def test_words_of_the_keyword_with_others_between_them_are_related() -> None:
    assert outcome("civil engineer", "Civil/Structural Engineer") == "related"


@pytest.mark.parametrize("keyword", ["?", "++", "İ", "a", "the of"])
def test_any_keyword_has_a_topic(keyword: str) -> None:
    assert outcome(keyword, "Cook") in ("on", "related", "off")


def test_what_the_search_api_would_find_is_not_dropped_before_it_is_judged() -> None:
    text = "Information Technology Specialist (INFOSEC)\nIt protects networks."
    assert holds_every_word("IT specialist", text)
    assert not holds_every_word("IT specialist", "Cook")
