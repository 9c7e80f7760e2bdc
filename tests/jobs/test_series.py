from __future__ import annotations

import csv

import pytest

from include.jobs.codes import DATA_SERIES
from include.jobs.series import CODE_LIST, series_names
from tests.data.rewrite_recordings import CODE_LISTS, Recordings
from tests.support.recordings import PRESENT


@pytest.mark.parametrize("recordings", PRESENT, ids=str)
def test_the_series_are_the_official_ones(recordings: Recordings) -> None:
    official = recordings.read(f"{CODE_LISTS}/occupationalseries.json")["CodeList"][0]["ValidValue"]
    with CODE_LIST.open(encoding="utf-8", newline="") as file:
        ours = {row["code"]: row["name"] for row in csv.DictReader(file)}
    assert ours == {entry["Code"]: entry["Value"].strip() for entry in official}


def test_what_the_list_adds_to_a_name_is_left_out() -> None:
    assert series_names()["1560"] == "Data Science"
    assert series_names()["2230"] == "DHS Cybersecurity Specialist"
    assert DATA_SERIES.keys() <= series_names().keys()
