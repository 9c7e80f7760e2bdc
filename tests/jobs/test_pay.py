"""Annual pay: which ranges can be compared, and which of their ends are stated."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.jobs import formatting
from include.jobs.codes import RATE_INTERVALS
from include.jobs.pay import annual_pay, annual_range
from include.jobs.position import Remuneration
from tests.support.rows import pay, position


def rates(posted: list[dict[str, Any]]) -> list[Remuneration]:
    return position(PositionRemuneration=posted).PositionRemuneration


def test_a_yearly_range_spans_all_comparable_rates_and_names_the_best_one() -> None:
    yearly = annual_pay(rates(pay("20", "60", "PH") + pay("50000", "0") + pay("9", "9", "FB")))
    assert yearly
    assert yearly.model_dump() == {"minimum": 41740.0, "maximum": 125220.0, "basis": "PH"}


@pytest.mark.parametrize(
    ("posted", "stated", "said"),
    [
        (pay("90000", "120000"), (90_000, 120_000), "$90,000 to $120,000 a year"),
        (pay("90000", "90000"), (90_000, 90_000), "$90,000 a year"),
        (pay("90000", "0"), (90_000, None), "from $90,000 a year"),
        (pay("90000", ""), (90_000, None), "from $90,000 a year"),
        (pay("0.0", "90000"), (None, 90_000), "up to $90,000 a year"),
        (pay(None, "90000"), (None, 90_000), "up to $90,000 a year"),
        (pay("10", "0", "PH"), (20_870, None), "from $20,870 a year"),
        # The end of one range covers for another's, unless that is the extreme.
        (pay("90000", "120000") + pay("95000", "0"), (90_000, 120_000), "$90,000 to $120,000 a"),
        (pay("90000", "120000") + pay("130000", "0"), (90_000, None), "from $90,000 a year"),
        (pay("90000", "120000") + pay("0", "80000"), (None, 120_000), "up to $120,000 a year"),
        (pay("130000", "0") + pay("0", "80000"), (80_000, 130_000), "$80,000 to $130,000 a year"),
    ],
)
def test_an_end_that_is_not_stated_is_open(
    posted: list[dict[str, Any]], stated: tuple[float | None, float | None], said: str
) -> None:
    found = position(PositionRemuneration=posted)
    spanned = annual_range(found.PositionRemuneration)
    assert spanned
    assert spanned.stated == stated
    assert formatting.pay(found.model_dump()).startswith(said)


AMOUNTS = st.none() | st.floats(0, 1e9)


@given(
    st.lists(
        st.builds(
            Remuneration,
            MinimumRange=AMOUNTS,
            MaximumRange=AMOUNTS,
            RateIntervalCode=st.sampled_from([*RATE_INTERVALS, "??"]),
        ),
        max_size=4,
    ),
    st.randoms(),
)
def test_any_ranges_in_any_order_have_one_span(posted: list[Remuneration], shuffler: Any) -> None:
    spanned = annual_range(posted)
    shuffled = posted[:]
    shuffler.shuffle(shuffled)
    again = annual_range(shuffled)
    assert (again and again[:2]) == (spanned and spanned[:2])
    if spanned:
        assert spanned.minimum <= spanned.maximum
        assert formatting.pay_range(*spanned.stated)
