from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.usajobs.values import (
    read_amount,
    read_closing,
    read_coordinate,
    read_grade,
    read_opening,
    read_promotion_potential,
    read_rate_interval,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2016-05-03T00:00:00Z", datetime(2016, 5, 3, 4, tzinfo=UTC)),
        ("2016-05-03T04:00:00Z", datetime(2016, 5, 3, 4, tzinfo=UTC)),
        ("2016-05-03T00:00:00-04:00", datetime(2016, 5, 3, 4, tzinfo=UTC)),
        ("2018-04-12", datetime(2018, 4, 12, 4, tzinfo=UTC)),
        ("12/3/2020", datetime(2020, 12, 3, 5, tzinfo=UTC)),
        ("2023-09-27T12:57:20.9770", datetime(2023, 9, 27, 16, 57, 20, 977000, tzinfo=UTC)),
        ("2023-09-27T12:57:20.97712345", datetime(2023, 9, 27, 16, 57, 20, 977000, tzinfo=UTC)),
        ("2023-09-27T12:57:20.5+02:00", datetime(2023, 9, 27, 10, 57, 20, 500000, tzinfo=UTC)),
    ],
)
def test_an_opening_is_read_in_every_form_that_usajobs_uses(text: str, expected: datetime) -> None:
    assert read_opening(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Summer and winter time, and a bare day.
        ("2025-09-26T23:59:59.9970", datetime(2025, 9, 27, 3, 59, tzinfo=UTC)),
        ("2025-12-31T23:59:59.9970", datetime(2026, 1, 1, 4, 59, tzinfo=UTC)),
        ("2018-04-12", datetime(2018, 4, 13, 3, 59, tzinfo=UTC)),
        ("12/3/2020", datetime(2020, 12, 4, 4, 59, tzinfo=UTC)),
        # The Z of the old form is no zone.
        ("2016-05-13T00:00:00Z", datetime(2016, 5, 14, 3, 59, tzinfo=UTC)),
        ("2016-12-13T00:00:00.0000Z", datetime(2016, 12, 14, 4, 59, tzinfo=UTC)),
        ("2016-05-13T00:00:00+00:00", datetime(2016, 5, 14, 3, 59, tzinfo=UTC)),
        ("2016-05-13T23:59:59Z", datetime(2016, 5, 14, 3, 59, tzinfo=UTC)),
    ],
)
def test_a_closing_without_a_zone_is_the_last_minute_of_its_eastern_day(
    text: str, expected: datetime
) -> None:
    assert read_closing(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-14T03:59:59Z", datetime(2026, 5, 14, 3, 59, 59, tzinfo=UTC)),
        ("2026-05-13T16:00:00Z", datetime(2026, 5, 13, 16, tzinfo=UTC)),
        ("2026-05-13T00:00:00-05:00", datetime(2026, 5, 13, 5, tzinfo=UTC)),
        ("2026-05-13T23:59:00+01:00", datetime(2026, 5, 13, 22, 59, tzinfo=UTC)),
    ],
)
def test_a_closing_that_names_its_zone_is_taken_at_its_word(text: str, expected: datetime) -> None:
    assert read_closing(text) == expected


@pytest.mark.parametrize("value", [None, "", "  "])
def test_no_date_is_none(value: object) -> None:
    assert read_closing(value) is None
    assert read_opening(value) is None


@pytest.mark.parametrize(
    "value", ["soon", "2026-02-30", "13/1/2020", 20260101, True, ["2026-01-01"], "9999-12-31"]
)
def test_what_is_no_date_is_refused_with_what_was_found(value: object) -> None:
    with pytest.raises(ValueError, match="date"):
        read_closing(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("88621", 88621.0),
        ("94199.0", 94199.0),
        ("88,621", 88621.0),
        ("0.0", 0.0),
        (25.5, 25.5),
        (7, 7.0),
        ("", None),
        (None, None),
    ],
)
def test_an_amount_is_read(value: object, expected: float | None) -> None:
    assert read_amount(value) == expected


@pytest.mark.parametrize("value", ["lots", "-1", "NaN", "inf", "1e999", True, ["1"], 10**400])
def test_what_is_no_amount_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="is not an amount"):
        read_amount(value)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("PA", "PA"),
        ("pa", "PA"),
        ("Per Year", "PA"),
        ("Per Hour", "PH"),
        ("Bi-weekly", "BW"),
        ("Without Compensation", "WC"),
        ("Piece Work", "PW"),
        ("Per Fortnight", "Per Fortnight"),
    ],
)
def test_a_rate_interval_is_read_as_code_or_as_the_name_of_old_answers(
    value: str, code: str
) -> None:
    assert read_rate_interval(value) == code


@pytest.mark.parametrize("value", ["", None, 7])
def test_a_missing_rate_interval_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not a pay-rate interval"):
        read_rate_interval(value)


@pytest.mark.parametrize(
    ("value", "grade"),
    [("07", 7), ("7", 7), ("12", 12), (12, 12), ("j", "J"), ("00", None), ("", None), (None, None)],
)
def test_a_grade_is_a_number_a_band_or_nothing(value: object, grade: object) -> None:
    assert read_grade(value) == grade
    assert read_promotion_potential(value) == grade


@pytest.mark.parametrize(
    ("value", "potential"),
    [("NA", None), ("n/a ", None), ("None", None), ("GS-12", 12), ("GG12", 12), ("NH-4", "NH-4")],
)
def test_a_promotion_potential_is_a_grade_or_said_to_be_none(value: str, potential: object) -> None:
    assert read_promotion_potential(value) == potential


@pytest.mark.parametrize(
    ("value", "degrees"),
    [(41.88423, 41.8842), (-87.6322, -87.6322), (0, None), (0.0, None), (None, None)],
)
def test_a_coordinate_of_zero_is_unknown(value: object, degrees: float | None) -> None:
    assert read_coordinate(value, 180) == degrees


@pytest.mark.parametrize("value", [181, -180.5, float("nan"), "41.8", True])
def test_what_is_no_coordinate_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="is not a coordinate"):
        read_coordinate(value, 180)


# Text holds what JSON's escapes can spell: also half characters and names that begin with "$".
TEXT = st.text(st.characters(exclude_categories=())) | st.sampled_from(["$set", "a.b", "__proto__"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=5,
)


@given(JSON)
def test_any_value_is_read_or_refused(value: object) -> None:
    for read in (
        read_promotion_potential,
        read_opening,
        read_closing,
        read_amount,
        read_rate_interval,
        read_grade,
    ):
        with suppress(ValueError):
            assert read(value) is None or read(value) == read(value)
