"""Texts and titles that are about data engineering, each kind with its neighbour that isn't."""

from __future__ import annotations

import pytest

from tests.support.topics import assessed, outcome

TOPIC = "data engineering"
LETTERS = "Writes Unified Facilities Criteria (UFC) and ETLs and maintains databases of drawings."


@pytest.mark.parametrize(
    ("title", "series", "texts"),
    [
        ("Nurse", "0610", {"duties": "Works with data engineers."}),
        ("Nurse", "0610", {"duties": "Uses the Corporate Data Warehouse to pull reports."}),
        ("Human Resources Specialist", "0201", {"duties": "Recruits data engineers."}),
        ("Secretary", "0318", {"summary": "Secretary to the Chief, Data Engineering Branch."}),
        ("Budget Analyst", "0560", {"summary": "Join the Office of Data Engineering."}),
        (
            "Management Analyst",
            "0343",
            {"duties": "Uses data from the data warehouse. Knowledge of data architecture."},
        ),
        ("Contract Specialist", "1102", {"duties": "Buys data warehouse and data lake services."}),
        ("Statistician", "1530", {"duties": "Uses data pipelines built by others."}),
        ("IT Specialist (CUSTSPT)", "2210", {"duties": "Works with data engineers."}),
        ("Supply Specialist", "2003", {"duties": "Maintains data warehouse locations."}),
    ],
)
def test_the_work_of_others_is_off_topic(title: str, series: str, texts: dict[str, str]) -> None:
    assert outcome(TOPIC, title, series=series, **texts) == "off"


def test_ones_own_work_is_on_topic_and_merely_naming_as_much_is_not() -> None:
    own = "Builds data pipelines. Designs data lakes."
    named = "Writes articles about data pipelines. Speaks on data lakes."
    assert outcome(TOPIC, "Nurse", series="0610", duties=own) == "on"
    assert outcome(TOPIC, "Nurse", series="0610", duties=named) == "related"
    assert outcome(TOPIC, "Data Scientist", series="1560", duties=named) == "on"


def test_who_uses_the_tools_does_such_work() -> None:
    uses = "Uses Databricks and ETL jobs to load claims and data."
    assert outcome(TOPIC, "IT Specialist", series="2210", duties=uses) == "on"
    assert outcome(TOPIC, "Nurse", series="0610", duties=uses) != "on"


@pytest.mark.parametrize(
    ("title", "series"),
    [
        ("Technical Data Mgmt Specialist", "0301"),
        ("Public Utilities Specialist (Data Mgmt)", "1130"),
        ("Logistics Mgmt Specialist (Data Mgt)", "0346"),
        ("Management Analyst (DATAMGT)", "0343"),
    ],
)
def test_an_abbreviation_of_data_management_counts_where_the_words_do(
    title: str, series: str
) -> None:
    assert outcome(TOPIC, title, series=series, duties="Keeps manuals.") == "off"
    assert outcome(TOPIC, title, series="2210", duties="Keeps manuals.") == "on"


@pytest.mark.parametrize(
    "title",
    [
        *("Snowflake Developer", "Lakehouse Engineer", "SSIS Developer", "PySpark Developer"),
        *("Kafka Engineer", "Informatica Developer", "MLOps Engineer", "Spark Developer"),
        *("Engineer (Data)", "Engineer, Data", "DATA ENGR", "IT Specialist (Data Engr)"),
        *("Data/Cloud Engineer", "Data Solutions Architect", "Datawarehouse Architect"),
        *("IT Specialist (ETL)", "ETL Lead", "DATA MGNMT", "DATA MANAGMENT", "Data Mgr"),
        *("DATAMGR", "DBMGT", "DATABASE MGT"),
    ],
)
def test_a_title_in_a_data_series_counts_in_any_spelling(title: str) -> None:
    assert outcome(TOPIC, title, series="2210") == "on"


@pytest.mark.parametrize(
    ("title", "series"),
    [
        ("Park Ranger, Snowflake", "0025"),
        ("Flight Test Engineer (Data)", "0861"),
        ("Civil Engineer (ETL)", "0810"),
        ("Engineer (Data Center)", "2210"),
        ("Flight Data Systems Engineer", "0861"),
        ("Nondestructive Test Data Engineer", "0801"),
    ],
)
def test_a_title_with_the_same_words_for_other_things_is_off_topic(title: str, series: str) -> None:
    assert outcome(TOPIC, title, series=series) == "off"


@pytest.mark.parametrize("title", ["Data Engineer", "Lead Data Engineer", "Engineer/Data Engineer"])
def test_a_plain_data_engineer_is_one_among_other_engineers_as_well(title: str) -> None:
    assert outcome(TOPIC, title, series="0801") == "on"


def test_who_runs_a_data_center_is_no_data_engineer() -> None:
    duties = "Data center migration, data storage, data infrastructure."
    assert outcome(TOPIC, "Data Center Engineer", series="2210", duties=duties) == "off"
    assert outcome(TOPIC, "Data Center/Data Engineer", series="2210", duties=duties) == "on"


@pytest.mark.parametrize(
    "duties",
    [
        LETTERS,
        "Reviews ETLs, EMs and design data models of dams.",
        "Checks compliance with UFC, ETL and data quality objectives.",
        "Applies ETL 1110-2-571 for tools and data sources.",
        "Follows ETL-listed equipment standards and the equipment database.",
        "Teaches ELT with data sets of learners.",
        "Performs reviews per ETL for data pipelines of UFC 3.",
        "Maintains a database of ETLs.",
    ],
)
def test_letters_and_lessons_are_no_etl(duties: str) -> None:
    assert outcome(TOPIC, "Civil Engineer", series="0810", duties=duties) == "off"


def test_what_is_named_beside_etl_tells_what_it_is() -> None:
    for duties in ("Develops ETL processes.", "Runs ETL on a database.", "Writes ETLs in SSIS."):
        assert outcome(TOPIC, "Computer Engineer", series="0854", duties=duties) == "on"
    database = "Writes ETLs and maintains the database."
    assert outcome(TOPIC, "IT Specialist", series="2210", duties=database) == "on"
    assert outcome(TOPIC, "Computer Engineer", series="0854", duties=database) == "off"
    assert outcome(TOPIC, "IT Specialist", series="2210", duties=LETTERS) == "off"


@pytest.mark.parametrize(
    ("duties", "series"),
    [
        ("Collects pressure data along pipelines and dams.", "0801"),
        ("Collects data and inspects pipelines.", "1315"),
        ("Works in Snowflake, Arizona; collects data.", "0460"),
        ("Analyzes Apache Beam structural data of AH-64; data flows.", "0861"),
    ],
)
def test_the_same_words_for_other_things_are_off_topic(duties: str, series: str) -> None:
    assert outcome(TOPIC, series=series, duties=duties) == "off"
    pipelines = "Automates data ingestion and transformation pipelines in Snowflake."
    assert outcome(TOPIC, series=series, duties=pipelines) != "off"


def test_a_data_engineer_by_title_is_above_whoever_the_text_alone_makes_one() -> None:
    everything = (
        "Builds data pipelines, data lakes and ETL jobs on Databricks. Leads data engineering."
        " Designs data architecture. Ingests data."
    )
    plain = assessed(TOPIC, "Data Engineer", series="2210")
    scientist = assessed(TOPIC, "Data Scientist", series="1560", duties=everything)
    assert scientist.outcome == "on"
    assert scientist.strength < assessed(TOPIC, "Data Engineer").strength <= plain.strength
