"""The recordings in this folder, compared with the real ones of which they were made."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest

from include.jobs.position import Position
from include.usajobs.drift import Drift
from tests.data.free_text import KEPT_TERM
from tests.data.rewrite_recordings import (
    AGENCIES,
    LABELS,
    Field,
    Recordings,
    Rewriting,
    fields_of,
    is_code_list,
    problems,
)
from tests.support.recordings import REAL, REWRITTEN, match_result, positions

RECORDED = [name for name in REAL.names() if not is_code_list(name)]
KEYWORDS = ["data engineering", "nurse", "human resources", "IT specialist"]

# Of a position, what is written in words of an agency.
WORDS_IN_FACTS = {"appointment", "supervisory", "direct_hire", "specialized_experience", "apply_at"}
WORDS: dict[str, Any] = dict.fromkeys(
    {
        "PositionTitle",
        "organization",
        "department",
        "announcement_number",
        "summary",
        "duties",
        "qualifications",
    },
    True,
) | {"facts": WORDS_IN_FACTS}


@cache
def rewriting() -> Rewriting:
    return Rewriting(REAL)


@cache
def pairs(name: str) -> list[tuple[Field, Field]]:
    """Return each text with what was made of it."""
    return list(zip(fields_of(REAL.read(name)), fields_of(REWRITTEN.read(name)), strict=True))


def all_pairs() -> list[tuple[Field, Field]]:
    return [pair for name in RECORDED for pair in pairs(name)]


def texts(pairs_: list[tuple[Field, Field]]) -> list[tuple[str, str]]:
    return [(real.text, made.text) for real, made in pairs_ if rewriting().kind(real) == "text"]


def skeleton(held: Any) -> Any:
    """Return a recording with nothing but the beginnings and ends of its texts."""
    if isinstance(held, dict):
        return {key: skeleton(value) for key, value in held.items()}
    if isinstance(held, list):
        return [skeleton(value) for value in held]
    if isinstance(held, str):
        bare = held.strip()
        return held.replace(bare, "…") if bare else held
    return type(held), held


def terms(text: str) -> list[str]:
    return KEPT_TERM.findall(text)


@cache
def read(recordings: Recordings, name: str) -> tuple[list[Any], list[Any]]:
    drift = Drift()
    return positions(recordings, name, drift), drift.entries()


def test_the_files_are_what_the_script_writes_and_leak_nothing() -> None:
    assert problems(rewriting(), REWRITTEN) == []


def test_a_leak_would_be_found() -> None:
    assert len(rewriting().leaks(LABELS, REAL.read(LABELS))) > 10_000


@pytest.mark.parametrize("name", REAL.names())
def test_keys_types_figures_and_the_order_stay(name: str) -> None:
    assert repr(skeleton(REWRITTEN.read(name))) == repr(skeleton(REAL.read(name)))


@pytest.mark.parametrize("name", RECORDED)
def test_codes_dates_and_places_stay(name: str) -> None:
    staying = [pair for pair in pairs(name) if rewriting().kind(pair[0]) == "stays"]
    assert [real for real, made in staying if made != real] == []
    assert max(len(real.text) for real, _ in staying) < 100


def test_texts_are_of_like_length() -> None:
    odd = [
        pair
        for pair in texts(all_pairs())
        if abs(len(pair[0]) - len(pair[1])) > 15 + 0.1 * len(pair[0])
    ]
    assert odd == []


def test_the_words_that_rules_look_at_stay_in_their_order() -> None:
    for real, made in texts(all_pairs()):
        assert terms(made) == terms(real)


@pytest.mark.parametrize("keys", [AGENCIES, {"PositionID"}, {"announcementNumber"}])
def test_what_has_one_name_has_one_made_up_name_and_no_two_have_the_same(keys: set[str]) -> None:
    named = {
        (real.text.casefold(), made.text) for real, made in all_pairs() if real.key in keys
    }  # fmt: skip
    assert len(named) == len({real for real, _ in named}) == len({made for _, made in named}) > 0


@pytest.mark.parametrize("name", RECORDED)
def test_all_but_words_is_read_the_same_and_the_drift_is_the_same(name: str) -> None:
    (real, real_drift), (made, drift) = read(REAL, name), read(REWRITTEN, name)
    assert drift == real_drift
    assert [each.model_dump(exclude=WORDS) for each in made] == [
        each.model_dump(exclude=WORDS) for each in real
    ]


@pytest.mark.parametrize("keyword", KEYWORDS)
@pytest.mark.parametrize("name", RECORDED)
def test_every_match_result_is_the_same(name: str, keyword: str) -> None:
    (real, _), (made, _) = read(REAL, name), read(REWRITTEN, name)
    assert [judged(each, keyword) for each in made] == [judged(each, keyword) for each in real]


def judged(position: Position, keyword: str) -> str:
    """Return what the rules say of a position; of what they quote, that they quote something."""
    return re.sub("“[^”]*”", "“…”", json.dumps(match_result(position, keyword), ensure_ascii=False))
