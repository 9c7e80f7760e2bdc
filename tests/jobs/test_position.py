"""A position in its written forms: what is stored of it, its hash, and what tasks hand on."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from include.jobs.facts import Facts
from include.jobs.position import (
    ONLY_JUDGED,
    AnnualPay,
    Grade,
    Location,
    Position,
    PositionContent,
    Remuneration,
    in_order,
)
from include.jobs.source import HISTORIC, SEARCH

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.just("None")
NAME = TEXT.filter(lambda text: bool(text.replace("\0", "").strip()))
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
MOMENT = st.datetimes(timezones=st.just(UTC), min_value=datetime(1000, 1, 1))  # noqa: DTZ001 - bound
PLACES = st.builds(
    Location,
    LocationName=NAME,
    CountryCode=st.none() | TEXT,
    CountrySubDivisionCode=st.none() | TEXT,
    CityName=st.none() | TEXT,
    Longitude=st.none() | NUMBER,
    Latitude=st.none() | NUMBER,
)
POSITIONS = st.builds(
    Position,
    PositionTitle=NAME,
    PositionURI=TEXT,
    PositionLocation=st.lists(PLACES, max_size=4),
    PositionRemuneration=st.lists(
        st.builds(Remuneration, MinimumRange=st.none() | NUMBER, RateIntervalCode=TEXT), max_size=2
    ),
    annual_pay=st.none() | st.builds(AnnualPay, minimum=NUMBER, maximum=NUMBER, basis=TEXT),
    grade=st.none() | st.builds(Grade, plan=TEXT, low=st.none() | st.integers(1, 15) | TEXT),
    series=st.lists(TEXT, max_size=2),
    hiring_paths=st.none() | st.lists(TEXT, max_size=2),
    summary=st.none() | TEXT,
    published_at=st.none() | MOMENT,
    closes_at=st.none() | MOMENT,
    control_number=st.from_regex("[0-9]{1,20}", fullmatch=True),
    source=st.sampled_from((SEARCH, HISTORIC)),
    duties=TEXT,
    agency_codes=st.lists(TEXT, max_size=2),
    facts=st.builds(Facts, schedule=st.none() | TEXT, openings=st.none() | st.integers() | TEXT),
)


@given(POSITIONS)
def test_the_content_hash_is_the_digest_that_earlier_versions_stored(position: Position) -> None:
    written = position.model_dump(mode="json")
    content = {name: written[name] for name in PositionContent.model_fields}
    content |= {"published_at": position.published_at, "closes_at": position.closes_at}
    canonical = json.dumps(
        content, sort_keys=True, separators=(",", ":"), default=datetime.isoformat
    )
    digest = hashlib.sha256(canonical.encode("ascii")).hexdigest()[:32]
    assert position.content_hash(position.stored()) == digest


@given(POSITIONS)
def test_any_position_is_stored_with_all_but_what_is_only_judged(position: Position) -> None:
    written = position.model_dump(mode="json", exclude={*ONLY_JUDGED})
    assert position.stored() == written
    assert list(position.stored()) == list(written)


@given(POSITIONS)
def test_any_position_is_the_same_after_it_was_handed_on(position: Position) -> None:
    text = position.to_json()
    assert json.loads(text) == position.model_dump(mode="json")
    assert Position.from_json(text) == Position.model_validate_json(text) == position


def test_what_an_earlier_version_handed_on_without_facts_is_read() -> None:
    whole = json.loads(Position.model_validate(MINIMAL).to_json())
    del whole["facts"]
    assert Position.from_json(json.dumps(whole)).facts == Facts()


MINIMAL = {
    "control_number": "7",
    "source": SEARCH,
    "PositionTitle": "Data Engineer",
    "PositionURI": "https://www.usajobs.gov/job/7",
    "PositionLocation": [{"LocationName": "Chicago, Illinois"}],
    "PositionRemuneration": [],
}


@given(st.lists(PLACES, max_size=6), st.randoms(use_true_random=False))
def test_places_come_once_each_in_an_order_of_their_own(
    places: list[Location], chance: Random
) -> None:
    ordered = in_order(places)
    assert set(ordered) == set(places)
    keys = [tuple(map(str, place.model_dump().values())) for place in ordered]
    assert keys == sorted(keys)
    again = places * 2
    chance.shuffle(again)
    assert in_order(again) == ordered


def test_a_place_without_a_city_is_not_that_in_a_city_named_none() -> None:
    nowhere, none = (Location(LocationName="x", CityName=city) for city in (None, "None"))
    assert in_order([nowhere, none]) == in_order([none, nowhere])
    assert len(in_order([nowhere, none, nowhere])) == 2
