from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from include.sources import lies_in_the_past

DAY = datetime(2026, 9, 1, tzinfo=UTC)
NEXT = DAY + timedelta(days=1)


@pytest.mark.parametrize("run_type", ["backfill", "scheduled"])
@pytest.mark.parametrize(
    ("hours_after_the_day", "past"),
    [(0, False), (5, False), (24, False), (24.1, True), (999, True)],
)
def test_a_day_lies_in_the_past_once_another_day_has_ended_since(
    run_type: str, hours_after_the_day: float, past: bool
) -> None:
    now = NEXT + timedelta(hours=hours_after_the_day)
    assert lies_in_the_past(run_type, DAY, NEXT, now) is past


def test_a_run_triggered_by_hand_asks_for_what_is_open_now() -> None:
    later = NEXT + timedelta(days=30)
    assert lies_in_the_past("manual", DAY, NEXT, later) is False
    assert lies_in_the_past("backfill", DAY, NEXT, later) is True


def test_a_run_without_a_data_interval_asks_for_what_is_open_now() -> None:
    assert lies_in_the_past("asset_triggered", None, None, NEXT) is False
