from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.chain import transformed
from tests.support.rows import answer, pay, place, row
from tests.usajobs.test_values import JSON

MILWAUKEE = [place("Milwaukee, Wisconsin", 43.04, -87.91)]


def batch(*rows: object, **search: Any) -> dict[str, Any]:
    return transformed(answer(*rows), **search)


def kept(found: dict[str, Any]) -> list[str]:
    return [judged["position"]["control_number"] for judged in found["kept"]]


def test_matches_and_near_misses_are_kept_and_the_others_counted_under_each_reason() -> None:
    found = batch(
        row("1"),
        row("2", PositionLocation=MILWAUKEE),
        row("3", PositionLocation=MILWAUKEE, PositionRemuneration=pay("1", "2")),
    )
    assert kept(found) == ["1", "2"]
    assert [judged["match_result"]["level"] for judged in found["kept"]] == ["match", "near_miss"]
    assert found["rejected"] == {"pay_too_low": ["3"], "too_far": ["3"]}


def test_one_unreadable_row_is_quarantined_raw_and_the_others_go_on() -> None:
    broken = row("2", PositionTitle=None)
    found = batch(row("1"), broken, row("3"))
    assert kept(found) == ["1", "3"]
    assert found["quarantined"] == [
        {
            "control_number": "2",
            "reason": "PositionTitle is missing, not str",
            "raw": json.dumps(broken),
        }
    ]


def test_the_batch_says_which_search_of_what_answer_it_is() -> None:
    found = batch(row(), years_of_experience=7)
    assert found["search"] == "data-engineering-chicago-illinois-50"
    assert found["parameters"]["years_of_experience"] == 7
    assert (found["api_total"], found["pages"], found["rows"]) == (1, 1, 1)
    assert found["observed_at"] == "2026-11-23T12:00:00.000+00:00"


def test_the_same_posting_always_has_the_same_digest_and_another_has_another() -> None:
    one, again, other = (
        batch(changed)["kept"][0]["content_hash"]
        for changed in (
            row(PositionRemuneration=pay("97079", "126198")),
            row(PositionRemuneration=pay("97079.0", "126198.00")),
            row(PositionRemuneration=pay("97079", "126199")),
        )
    )
    assert one == again != other


def test_what_goes_through_xcom_is_json() -> None:
    found = batch(row("1"), row("2", PositionTitle=None))
    assert json.loads(json.dumps(found, allow_nan=False)) == found


@settings(max_examples=200)
@given(st.lists(JSON | st.builds(row, JSON, PositionTitle=JSON, details=st.just({})), max_size=5))
def test_every_row_of_any_shape_ends_up_in_exactly_one_place(rows: list[object]) -> None:
    found = batch(*rows)
    rejected = sorted({number for ids in found["rejected"].values() for number in ids})
    assert len(found["kept"]) + len(found["quarantined"]) + len(rejected) == len(rows)
    json.dumps(found)
