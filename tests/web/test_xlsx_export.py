from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.web.job_table import HEADER
from include.web.xlsx_export import MOST_CHARACTERS, as_xlsx
from tests.web.test_csv_export import JOB, job

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)


def sheet(*jobs: Any) -> pd.DataFrame:
    return pd.read_excel(
        BytesIO(as_xlsx(jobs)), keep_default_na=False, dtype={"note": str, "title": str}
    )


def test_a_workbook_without_jobs_has_its_header() -> None:
    found = sheet()
    assert (tuple(found.columns), len(found)) == (HEADER, 0)


def test_numbers_and_days_are_no_text() -> None:
    row = sheet(
        job(
            published_at=datetime(2026, 11, 24, 3, tzinfo=UTC),  # still the 23rd in Washington
            annual_pay={"minimum": 100_000, "maximum": 130_000.5, "basis": "PA"},
        )
    ).iloc[0]
    assert row["published"].date() == date(2026, 11, 23)
    assert (row["maximum pay"], row["score"]) == (130_000.5, 90)


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "https://evil.example", "-1", "{=A1}", "1e5"])
def test_text_stays_what_was_written(text: str) -> None:
    assert sheet(job(PositionTitle=text)).iloc[0]["title"] == text


@given(TEXT)
def test_any_text_is_kept(text: str) -> None:
    assert sheet(job(mark={"note": text})).iloc[0]["note"] == text


def test_a_text_that_is_too_long_for_a_cell_is_cut() -> None:
    long = job(match={**JOB["match"], "fits": ["x" * 40_000]})
    assert len(sheet(long).iloc[0]["why"]) == MOST_CHARACTERS
