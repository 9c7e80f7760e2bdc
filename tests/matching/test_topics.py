from __future__ import annotations

import pytest

from include.matching.topics import topic_of
from tests.support.rows import position

DUTIES = "Builds data pipelines."


def speaks_of(
    keyword: str,
    title: str = "Specialist",
    *,
    duties: str = "",
    summary: str = "",
    series: str = "0343",
) -> bool:
    found = position(
        PositionTitle=title,
        JobCategory=[{"Code": code} for code in series.split()],
        details={"MajorDuties": [duties], "JobSummary": summary},
    )
    return topic_of(keyword).evidence(found) is not None


@pytest.mark.parametrize(
    "title",
    [
        "Data Engineer",
        "SUPERVISORY DATA ENGINEER",
        "IT Specialist (Data Management)",
        "IT SPECIALIST (DATAMGT)",
        "Data Architect",
        "Database Engineer",
        "Machine Learning Engineer",
    ],
)
def test_a_title_can_speak_of_data_engineering(title: str) -> None:
    assert speaks_of("data engineering", title)


@pytest.mark.parametrize(
    "title",
    [
        "Public Notice for Computer Engineer (Direct Hire)",
        "Engineer (Data Center)",
        "Data Entry Clerk",
        "Metadata Librarian",
        "Program Analyst (Data Analytics)",
        "Engineering Technician, Data",
    ],
)
def test_a_title_that_merely_holds_a_word_does_not(title: str) -> None:
    assert not speaks_of("data engineering", title)


def test_the_phrase_itself_in_the_duties_or_summary_is_enough_in_any_series() -> None:
    assert speaks_of("data engineering", duties="Leads data-engineering teams.")
    assert speaks_of("data engineering", summary="Work with data\nengineers.")
    assert not speaks_of("data engineering", duties="Collects data. Engineers review it.")
    assert not speaks_of("data engineering", duties="Data for engineering drawings.")


def test_a_related_phrase_is_enough_in_a_related_series_and_two_in_any() -> None:
    assert speaks_of("data engineering", duties=DUTIES, series="2210")
    assert not speaks_of("data engineering", duties=DUTIES, series="0801")
    assert speaks_of("data engineering", duties=f"{DUTIES} Models a data warehouse.", series="0801")
    assert not speaks_of("data engineering", duties=f"{DUTIES} One data pipeline.", series="0801")


def test_the_data_science_series_alone_is_enough_but_not_among_others() -> None:
    assert speaks_of("data engineering", series="1560")
    assert not speaks_of("data engineering", series="1560 0343")
    assert not speaks_of("data engineering", series="0854")


@pytest.mark.parametrize("keyword", ["data engineer", "Data Engineering", "data engineers"])
def test_data_engineering_may_be_written_in_other_ways(keyword: str) -> None:
    assert speaks_of(keyword, "IT Specialist (Data Management)")


def test_another_keyword_is_told_by_its_words_standing_together() -> None:
    assert speaks_of("nurse practitioner", "Nurse Practitioner (Primary Care)")
    assert speaks_of("nurse practitioner", duties="Works with nurse practitioners.")
    assert not speaks_of("nurse practitioner", duties="A nurse helps the practitioner.")
    assert speaks_of("C++ developer", "C/C++ Developer")
    assert not speaks_of("accounting", "Cook", duties=DUTIES)
