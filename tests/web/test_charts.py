"""The charts: each picture and table says what the numbers say, whatever these are."""

from __future__ import annotations

import ast
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include import matching
from include.jobs import limits
from include.matching.reasons import REASON_TITLES
from include.searches.parameters import SearchParameters
from include.web.app import STATIC_FILES
from include.web.charts import DEADLINE_DAYS, MOST_RULES, bands, charts
from include.web.picture import HEIGHT, LINE_CHARACTERS, Scale
from include.web.schemas import (
    AgencyOutcomes,
    Analytics,
    Chart,
    Closing,
    Counts,
    DayCount,
    PayRange,
    PlaceJobs,
    Relaxed,
    RuleCost,
    WeekCount,
)

NAMES = ["pay", "places", "rules", "closing", "weeks", "outcomes"]
TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
NO_COUNTS = Counts(matches=0, near_misses=0, new=0, changed=0, closing_soon=0)
SVG = "{http://www.w3.org/2000/svg}"


def numbers(**changes: Any) -> Analytics:
    """Return the numbers of a search without any job, some of them changed."""
    whole = {
        "search": "data-engineering-chicago-illinois-50",
        "parameters": SearchParameters().model_dump(),
        "warnings": [],
        "quarantine_size": 0,
        "counts": NO_COUNTS,
        "pay": [],
        "places": [],
        "remote": 0,
        "days": [DayCount(day=TODAY, opened=0, closed=0)],
        "weeks": [],
        "open_days": None,
        "rules": [],
        "closing": [],
        "outcomes": [],
    }
    return Analytics.model_validate({**whole, **changes})


def drawn(name: str, **changes: Any) -> Chart:
    return charts(numbers(**changes))[name]


def week(back: int, opened: int, closed: int, open_days: int | None = None) -> WeekCount:
    """Return a week that ended so many days ago."""
    last = TODAY - timedelta(days=back)
    first = last - timedelta(days=6)
    return WeekCount(
        first_day=first, last_day=last, opened=opened, closed=closed, open_days=open_days
    )


def pay(title: str, minimum: float, maximum: float, number: str = "1") -> PayRange:
    return PayRange(control_number=number, PositionTitle=title, minimum=minimum, maximum=maximum)


def place(name: str, miles: float, jobs: int = 0, too_far: int = 0) -> PlaceJobs:
    return PlaceJobs(LocationName=name, miles=miles, jobs=jobs, too_far=too_far)


def closes(title: str, at: datetime, **more: Any) -> Closing:
    return Closing(control_number="1", PositionTitle=title, closes_at=at, **more)


def end_of(on: date) -> datetime:
    """Return when that day's deadline is, in winter: at 23:59 in New York."""
    return datetime(on.year, on.month, on.day, 4, 59, tzinfo=UTC) + timedelta(days=1)


def relaxed(in_words: str, more: int, fewer: int = 0) -> Relaxed:
    return Relaxed(parameter="minimum_pay", value=1, more=more, fewer=fewer, in_words=in_words)


def table(chart: Chart) -> list[list[str]]:
    return [row.cells for row in chart.rows]


def marks(chart: Chart) -> list[Element]:
    assert chart.picture
    return fromstring(chart.picture).findall(f"{SVG}g")  # noqa: S314


def said(chart: Chart) -> list[str]:
    return [mark.findtext(f"{SVG}title") or "" for mark in marks(chart)]


def bars(mark: Element) -> dict[str, tuple[float, float]]:
    """Return for each kind of bar where it starts and how long it is, in percent."""
    found = {}
    for each in mark.findall(f"{SVG}rect"):
        _, _, kind = each.attrib["class"].partition("bar ")
        if kind:
            found[kind] = (float(each.attrib["x"][:-1]), float(each.attrib["width"][:-1]))
    return found


def heights(mark: Element) -> dict[str, float]:
    return {
        each.attrib["class"].removeprefix("bar "): float(each.attrib["height"])
        for each in mark.findall(f"{SVG}rect")
        if each.attrib["class"] != "hit"
    }


# --- all charts


def test_what_is_empty_says_so_in_a_sentence() -> None:
    found = charts(numbers())
    assert list(found) == NAMES
    for chart in found.values():
        assert (chart.picture, chart.rows) == (None, [])
        assert re.fullmatch(r"No [^.]*[.]", chart.summary)


def test_a_search_that_never_ran_has_charts_too() -> None:
    found = charts(numbers(search=None, parameters={}, days=[]))
    assert {chart.picture for chart in found.values()} == {None}


titles = st.text(max_size=300)
amounts = st.floats(0, 1e300)
counted = st.integers(0, 10**9)
moments = st.integers(-700_000, 2_900_000).map(lambda days: NOON + timedelta(days=days))

analytics = st.builds(
    Analytics,
    search=st.just("any"),
    parameters=st.builds(
        SearchParameters, minimum_pay=st.integers(0, 1_000_000), radius_miles=st.integers(1, 500)
    ).map(SearchParameters.model_dump),
    warnings=st.just([]),
    quarantine_size=st.just(0),
    counts=st.builds(Counts, **dict.fromkeys(Counts.model_fields, counted)),  # type: ignore[arg-type]
    pay=st.lists(
        st.builds(
            lambda title, low, high: pay(title, min(low, high), max(low, high)),
            titles,
            amounts,
            amounts,
        ),
        max_size=limits.ANALYTICS_PAY_RANGES,
    ),
    places=st.lists(st.builds(place, titles, st.floats(0, 13_000), counted, counted), max_size=12),
    remote=counted,
    days=st.just([DayCount(day=TODAY, opened=0, closed=0)]),
    weeks=st.lists(st.builds(week, st.just(0), counted, counted, st.none() | counted), max_size=9),
    open_days=st.none() | counted,
    rules=st.lists(
        st.builds(
            lambda code, alone, others, steps: RuleCost(
                code=code, jobs=alone + others, alone=alone, relaxed=steps
            ),
            st.sampled_from([*REASON_TITLES]) | titles,
            counted,
            counted,
            st.lists(st.builds(relaxed, titles, counted, counted), max_size=3),
        ),
        max_size=6,
    ),
    closing=st.lists(st.builds(closes, titles, moments), max_size=8).map(
        lambda jobs: sorted(jobs, key=lambda job: job.closes_at)
    ),
    outcomes=st.lists(
        st.builds(
            AgencyOutcomes,
            organization=titles,
            statuses=st.dictionaries(titles, st.integers(1, 10**9), max_size=3),
            selection_days=st.none() | counted,
            selections=counted,
        ),
        max_size=8,
    ),
)


@settings(max_examples=40)
@given(analytics)
def test_any_numbers_are_drawn_inside_the_picture_and_have_a_whole_table(found: Analytics) -> None:
    for chart in charts(found).values():
        assert chart.summary.endswith(".")
        assert {len(row.cells) for row in chart.rows} <= {len(chart.columns)}
        assert bool(chart.picture) == bool(chart.rows)
        if chart.picture:
            root = fromstring(chart.picture)  # noqa: S314
            assert root.attrib["height"] == str(HEIGHT)
            for each in root.iter(f"{SVG}rect"):
                x, width = (float(each.attrib[name][:-1]) for name in ("x", "width"))
                y, height = (float(each.attrib[name]) for name in ("y", "height"))
                assert 0 <= x <= x + width <= 101
                assert -0.1 <= y <= y + height <= HEIGHT + 0.2


@settings(max_examples=30)
@given(st.text(alphabet="<>&;ab=/'\"#\x00\x1b\ud800\ufffe \n", min_size=1, max_size=80))
def test_no_posting_can_write_markup(text: str) -> None:
    found = charts(
        numbers(
            pay=[pay(text, 1, 2)],
            closing=[closes(text, end_of(TODAY))],
            places=[place(text, 1, jobs=1)],
            rules=[RuleCost(code=text, jobs=1, alone=1, relaxed=[relaxed(text, 1)])],
            outcomes=[
                AgencyOutcomes(
                    organization=text, statuses={text: 1}, selection_days=None, selections=0
                )
            ],
        )
    )
    for name in ("pay", "places", "rules", "closing", "outcomes"):
        assert found[name].picture
        root = fromstring(found[name].picture or "")  # noqa: S314
        known = {f"{SVG}{tag}" for tag in ("svg", "g", "title", "rect", "text", "line")}
        assert {each.tag for each in root.iter()} <= known
        attributes = {attribute for each in root.iter() for attribute in each.attrib}
        assert not {"style", "href", "onload"} & attributes


def test_every_reason_that_matching_gives_has_words() -> None:
    """Of each `RuleResult` in its source the code, which no rule may work out."""
    findings = [
        node
        for module in Path(matching.__path__[0]).glob("*_rule.py")
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "RuleResult"
    ]
    codes = [
        *(node.args[1] for node in findings if len(node.args) > 1),
        *(word.value for node in findings for word in node.keywords if word.arg == "code"),
    ]
    assert {ast.literal_eval(code) for code in codes} == set(REASON_TITLES)


STYLES = (STATIC_FILES / "charts.css").read_text(encoding="utf-8")
COLOURS = re.findall(r"--chart-\w+: light-dark\((#\w{6}), (#\w{6})\)", STYLES)


@pytest.mark.parametrize(
    ("colour", "background"),
    [pair for light, dark in COLOURS for pair in ((light, "#ffffff"), (dark, "#181c22"))],
)
def test_a_colour_stands_out_from_its_background(colour: str, background: str) -> None:
    """By the contrast that WCAG 2.2 asks of charts."""
    lighter, darker = sorted((luminance(colour), luminance(background)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 3


def luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return sum(weight * s for weight, s in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_style_sheet_keeps_room_for_a_picture_and_colours_all_its_bars() -> None:
    assert f"height: {HEIGHT}px" in STYLES
    assert len(COLOURS) == 3
    for kind in ("main", "rest", "alert"):
        assert f".plot .{kind} {{" in STYLES
        assert f".key .{kind} {{" in STYLES


def test_round_amounts_are_few_and_inside_the_scale() -> None:
    assert Scale(79_000, 163_000).round_amounts() == [100_000, 150_000]
    assert Scale(0, 4).round_amounts() == [0, 1, 2, 3, 4]


# --- pay


def test_pay_is_split_at_the_wish_and_the_highest_start_comes_first() -> None:
    chart = drawn("pay", pay=[pay("Low", 80_000, 120_000, "7"), pay("High", 100_000, 100_000)])
    assert table(chart) == [
        ["High", "$100,000", "$100,000", "starts at it"],
        ["Low", "$80,000", "$120,000", "$20,000 below to $20,000 above"],
    ]
    assert chart.rows[1].control_number == "7"
    assert said(chart) == ["High: $100,000 a year", "Low: $80,000 to $120,000 a year"]
    high, low = map(bars, marks(chart))
    assert list(high) == ["main"]
    (grey, below), (blue, above) = low["rest"], low["main"]
    assert grey + below == pytest.approx(blue)
    assert below == pytest.approx(above)
    assert chart.summary == (
        "2 open matches, from $80,000 to $120,000 a year; 1 starts at your minimum of $100,000 or "
        "above."
    )


def test_pay_below_the_wish_is_grey_as_a_whole() -> None:
    chart = drawn("pay", pay=[pay("Low", 80_000, 99_999)])
    assert list(bars(marks(chart)[0])) == ["rest"]
    assert table(chart)[0][-1] == "ends $1.00 below"
    assert "none starts at your minimum" in chart.summary


def test_without_a_wish_pay_is_compared_with_nothing() -> None:
    any_pay = SearchParameters(minimum_pay=0).model_dump()
    chart = drawn("pay", parameters=any_pay, pay=[pay("Any", 80_000, 90_000)])
    assert table(chart) == [["Any", "$80,000", "$90,000"]]
    assert list(bars(marks(chart)[0])) == ["main"]
    assert "your minimum" not in chart.summary + (chart.picture or "")


def test_where_more_match_than_are_drawn_the_sentence_says_so() -> None:
    jobs = [pay("Job", 80_000, 90_000)] * limits.ANALYTICS_PAY_RANGES
    all_of_them = NO_COUNTS.model_copy(update={"matches": len(jobs)})
    assert drawn("pay", pay=jobs, counts=all_of_them).summary.startswith("40 open matches,")
    more = NO_COUNTS.model_copy(update={"matches": len(jobs) + 1})
    assert drawn("pay", pay=jobs, counts=more).summary.startswith("The 40 best open matches")


# --- places


def test_places_lie_at_their_distance_and_what_is_too_far_beyond_the_radius() -> None:
    chart = drawn(
        "places",
        remote=2,
        places=[
            place("Chicago, Illinois", 0, jobs=3),
            place("Evanston, Illinois", 10, jobs=1),
            place("Argonne, Illinois", 10.1, jobs=1),
            place("Milwaukee, Wisconsin", 81.2, too_far=4),
        ],
    )
    assert table(chart) == [
        ["remote", "", "2", "0"],
        ["Chicago, Illinois", "0", "3", "0"],
        ["Evanston, Illinois", "10", "1", "0"],
        ["Argonne, Illinois", "10", "1", "0"],
        ["Milwaukee, Wisconsin", "81", "0", "4"],
    ]
    assert said(chart) == [
        "remote: 2 jobs",
        "up to 10 miles · Chicago, Evanston: 4 jobs",
        "10 to 20 miles · Argonne: 1 job",
        "over 50 miles · Milwaukee: 4 only too far",
    ]
    longest = {"main": (0, 100), "alert": (0, 100)}
    assert [{**bars(mark)} for mark in marks(chart)][1::2] == [
        {"main": longest["main"]},
        {"alert": longest["alert"]},
    ]
    assert chart.summary == (
        "5 open matches at 3 places within 50 miles of Chicago, Illinois, and 2 remote; 4 more are "
        "only too far away."
    )


@given(st.integers(1, 500), st.lists(st.floats(0, 600)))
def test_any_distance_is_in_one_band(radius: int, distances: list[float]) -> None:
    found = bands([place("Somewhere", miles, jobs=1) for miles in distances], 0, radius)
    assert len(found) <= 7
    assert sum(band.jobs for band in found) == len(distances)
    assert found[-1].jobs == sum(miles > radius for miles in distances)


def test_a_search_for_remote_jobs_has_no_distances() -> None:
    remote = SearchParameters(location="remote").model_dump()
    assert drawn("places", parameters=remote, remote=4).summary == (
        "A search for remote jobs has no distances."
    )


# --- rules


def test_a_rule_says_what_it_costs_and_what_to_relax() -> None:
    steps = [relaxed("minimum pay $98,000", 1), relaxed("minimum pay $95,000", 3, fewer=2)]
    rules = [
        RuleCost(code="pay_too_low", jobs=14, alone=3, relaxed=steps),
        RuleCost(code="place_unknown", jobs=5, alone=1),
        RuleCost(code="off_topic", jobs=20, alone=0),
    ]
    chart = drawn("rules", rules=rules)
    assert table(chart) == [
        [
            "pay too low",
            "14",
            "3",
            "minimum pay $98,000: 1 more matches; minimum pay $95,000: 3 more match, 2 no longer",
        ],
        ["place not known", "5", "1", "no parameter helps"],
        ["off topic", "20", "0", "each fails another rule too"],
    ]
    assert said(chart)[0] == (
        "pay too low: 3 by this alone, 14 in all; minimum pay $98,000: 1 more matches"
    )
    assert bars(marks(chart)[0]) == {"alert": (0, 15), "rest": (15, 55)}
    assert chart.summary == (
        "“pay too low” by itself costs most: 3 jobs. More would match with one of: minimum pay "
        "$98,000 (1)."
    )


def test_what_to_relax_is_cut_before_what_it_gains() -> None:
    step = relaxed("hiring path Federal employees - Competitive service", 3, fewer=1)
    rule = RuleCost(code="hiring_path", jobs=3, alone=3, relaxed=[step])
    *_, label = marks(drawn("rules", rules=[rule]))[0].findall(f"{SVG}text")
    assert label.text == "→ hiring path Fed…: 3 more, 1 fewer"
    assert len(label.text) <= LINE_CHARACTERS


def test_a_picture_has_the_first_rules_and_the_table_all() -> None:
    rules = [RuleCost(code=code, jobs=1, alone=0) for code in REASON_TITLES]
    chart = drawn("rules", rules=rules)
    assert len(marks(chart)) == MOST_RULES < len(chart.rows) == len(REASON_TITLES)
    assert chart.summary.startswith("Relaxing a single rule wins nothing")


# --- deadlines


@pytest.mark.parametrize(
    ("at", "left", "words"),
    [
        (end_of(TODAY), 0, "Mon, Nov 23, 2026 at 23:59 ET"),
        # A minute later it is the next day in New York, and has long been that in UTC.
        (end_of(TODAY) + timedelta(minutes=1), 1, "Tue, Nov 24, 2026 at 00:00 ET"),
        (end_of(date(2026, 11, 24)), 1, "Tue, Nov 24, 2026 at 23:59 ET"),
    ],
)
def test_a_deadline_is_on_the_day_that_ends_with_it_in_the_offices_time(
    at: datetime, left: int, words: str
) -> None:
    chart = drawn("closing", closing=[closes("Engineer", at)])
    assert table(chart) == [["Engineer", words, str(left)]]
    assert said(chart) == [f"Engineer: {words}"]
    ((x, width),) = bars(marks(chart)[0]).values()
    assert 100 * left / 14 < x < x + width < 100 * (left + 1) / 14


def test_deadlines_within_a_week_stand_out_and_those_of_a_day_stand_on_each_other() -> None:
    soon = NO_COUNTS.model_copy(update={"closing_soon": 1})
    tomorrow, later = (end_of(TODAY + timedelta(days=days)) for days in (1, 9))
    chart = drawn(
        "closing",
        counts=soon,
        closing=[closes("A", tomorrow, is_soon=True), closes("B", later), closes("C", later)],
    )
    kinds = [list(bars(mark)) for mark in marks(chart)]
    assert kinds == [["alert"], ["main"], ["main"]]
    second, third = (float(mark.findall(f"{SVG}rect")[1].attrib["y"]) for mark in marks(chart)[1:])
    assert third < second
    assert chart.summary.startswith("1 open match closes within 7 days or can any hour;")


def test_one_that_closes_at_a_number_of_applications_says_so_and_stands_out() -> None:
    at = end_of(TODAY + timedelta(days=9))
    chart = drawn("closing", closing=[closes("Capped", at, is_soon=True, applications=500)])
    assert list(bars(marks(chart)[0])) == ["alert"]
    assert said(chart) == ["Capped: Wed, Dec 2, 2026 at 23:59 ET, or at 500 applications"]


def test_a_far_deadline_is_counted_and_does_not_squeeze_the_others() -> None:
    never = closes("Never", datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
    last = closes("Last", end_of(TODAY + timedelta(days=DEADLINE_DAYS - 1)))
    first = closes("Later", end_of(TODAY + timedelta(days=DEADLINE_DAYS)))
    chart = drawn("closing", closing=[last, first, never])
    assert len(marks(chart)) == 1
    assert "2 later" in (chart.picture or "")
    assert len(chart.rows) == 3


# --- weeks


def test_weeks_have_what_opened_above_and_what_closed_below() -> None:
    chart = drawn("weeks", weeks=[week(7, 0, 0), week(0, 1, 5, open_days=10)], open_days=12)
    assert table(chart) == [
        ["Nov 17 to Nov 23", "1", "5", "10"],
        ["Nov 10 to Nov 16", "0", "0", "none closed"],
    ]
    assert said(chart) == [
        "Nov 10 to Nov 16: 0 opened, 0 closed",
        "Nov 17 to Nov 23: 1 opened, 5 closed, which were open for 10 days (median)",
    ]
    found = heights(marks(chart)[1])
    assert found["alert"] == pytest.approx(5 * found["main"], abs=0.5)
    assert chart.summary == (
        "In the last 2 weeks 1 job opened and 5 closed; half of these were open for 12 days or "
        "less."
    )


# --- outcomes


def test_agencies_have_ones_jobs_by_status_and_how_long_they_take() -> None:
    census = AgencyOutcomes(
        organization="Census Bureau",
        statuses={"job canceled": 1, "candidate selected": 2, "job closed": 1, "postponed": 1},
        selection_days=61,
        selections=7,
    )
    treasury = AgencyOutcomes(organization="Treasury", statuses={}, selection_days=40, selections=5)
    chart = drawn("outcomes", outcomes=[census, treasury])
    assert chart.columns == [
        *("Agency", "Job closed", "Candidate selected", "Job canceled", "Postponed"),
        "Days to selection",
    ]
    assert table(chart) == [
        ["Census Bureau", "1", "2", "1", "1", "61 (median of 7)"],
        ["Treasury", "0", "0", "0", "0", "40 (median of 5)"],
    ]
    first, second = map(bars, marks(chart))
    assert first == {"main": (0, 40), "rest": (40, 40), "alert": (80, 20)}
    assert second == {}
    assert chart.summary == (
        "Of 5 jobs that you saved or applied for, 2 have led to a selection; agencies take 40 to "
        "61 days from closing to selection."
    )


def test_a_long_name_is_cut_in_the_picture_and_whole_in_words_and_table() -> None:
    name = "Office of the " + "Deputy " * 20 + "Secretary"
    agency = AgencyOutcomes(
        organization=name, statuses={"job closed": 1}, selection_days=None, selections=0
    )
    chart = drawn("outcomes", outcomes=[agency])
    (label,) = (each.text or "" for each in marks(chart)[0].findall(f"{SVG}text"))
    assert len(label) <= LINE_CHARACTERS
    assert label.endswith("…")
    assert said(chart) == [f"{name}: 1 job closed"]
    assert table(chart)[0][0] == name
