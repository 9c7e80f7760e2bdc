"""The rows that `extract` hands on are the same after they were written."""

from __future__ import annotations

import json
from random import Random

import pytest

from include.jobs.source import HISTORIC, SEARCH, Source
from include.usajobs.extract import read_rows, write_rows
from tests.support.chain import extracted
from tests.support.odd_rows import odd_row
from tests.support.rows import row


@pytest.mark.parametrize("source", [SEARCH, HISTORIC])
def test_any_rows_are_the_same_after_they_were_written(source: Source) -> None:
    rows, _ = extracted((odd_row(source, Random(seed)) for seed in range(100)), source)
    assert {bool(each["position"]) for each in rows} == {True, False}
    assert read_rows(write_rows(rows)) == rows
    assert read_rows(write_rows([])) == []


def test_a_position_is_written_as_an_object() -> None:
    rows, _ = extracted([row("7")], SEARCH)
    (written,) = json.loads(write_rows(rows))
    assert written["position"]["control_number"] == "7"


def test_rows_that_an_earlier_version_wrote_are_read() -> None:
    rows, _ = extracted([row("7"), "no row"], SEARCH)
    assert read_rows(json.dumps(rows)) == rows
