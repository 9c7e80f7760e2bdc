"""Pay tables: this year's, an old one, and one that isn't whole."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.doctor.findings import State
from include.doctor.pay_tables import check_pay_tables
from include.jobs import general_schedule
from include.jobs.general_schedule import pay_table, table_years

NEWEST = table_years()[-1]


@pytest.mark.parametrize(
    ("now", "state", "said"),
    [
        (datetime(NEWEST, 6, 1, tzinfo=UTC), State.OK, f"that of {NEWEST}"),
        # Still the old year in Eastern Time.
        (datetime(NEWEST + 1, 1, 1, 4, tzinfo=UTC), State.OK, f"that of {NEWEST}"),
        (datetime(NEWEST + 1, 1, 1, 6, tzinfo=UTC), State.NOTE, f"Pay of {NEWEST + 1} is compared"),
    ],
)
def test_a_table_of_an_earlier_year_is_noted(now: datetime, state: State, said: str) -> None:
    (found,) = check_pay_tables(now)
    assert found.state == state
    assert said in found.message


def test_a_table_that_is_not_whole_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "2031.json").write_text("{}")
    (tmp_path / "draft of 2032.json").write_text("{}")
    monkeypatch.setattr(general_schedule, "PAY_TABLES", tmp_path)
    for cached in (table_years, pay_table):
        cached.cache_clear()
    try:
        bad, newest = check_pay_tables(datetime(2031, 6, 1, tzinfo=UTC))
    finally:
        table_years.cache_clear()
        pay_table.cache_clear()
    assert bad.state == State.PROBLEM
    assert "2031.json" in bad.message
    assert newest.message == "The newest pay table is that of 2031."
