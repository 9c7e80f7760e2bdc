from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, expect

from include import matching
from include.jobs.formatting import shortened
from include.jobs.places import Coordinates, locate
from include.matching.reasons import REASON_TITLES
from include.searches.parameters import SearchParameters
from include.web.charts import BLUE, GREY, LONGEST_LINE, MAP_REACH, ORANGE, charts
from include.web.map_layout import middle
from include.web.schemas import Analytics, Closing, Counts, DayCount, PayRange, PlaceJobs, RuleCost

NAMES = ["pay", "places", "days", "rules", "closing"]
TODAY = date(2026, 11, 23)
NOTHING = Analytics(
    search=None,
    parameters={},
    warnings=[],
    quarantine_size=0,
    counts=Counts(matches=0, near_misses=0, new=0, changed=0, closing_soon=0),
    pay=[],
    places=[],
    days=[],
    rules=[],
    closing=[],
)
TITLES = [
    "Data Engineer",
    "IT Specialist (Data Management), Several Vacancies, Direct Hire Authority",
    "SUPERVISORY COMPUTER SCIENTIST (DATA ENGINEERING AND ANALYTICS)",
    "<a href='javascript:alert(1)'>Data</a> &lt;b&gt;Engineer",
]


def drawn(**changes: Any) -> dict[str, dict[str, Any]]:
    return charts(numbers(**changes))


def numbers(**changes: Any) -> Analytics:
    """Return the numbers of a search with forty matches, some of them changed."""
    titles = [TITLES[n % len(TITLES)] for n in range(40)]
    whole = {
        "search": "data-engineering-chicago-illinois-50",
        "parameters": SearchParameters().model_dump(),
        "warnings": [],
        "quarantine_size": 0,
        "counts": Counts(matches=40, near_misses=9, new=1, changed=1, closing_soon=8),
        "pay": [pay(title, 80_000 + 500 * n, 120_000 + n) for n, title in enumerate(titles)],
        "places": [
            place("Chicago", 20),
            place("Evanston", 6),
            *map(place, ["Aurora", "Elgin", "Naperville", "Cicero", "Oak Park", "Berwyn"]),
            *map(place, ["Joliet", "Waukegan", "North Chicago", "Lake Forest", "Wheaton"]),
        ],
        "days": [
            DayCount(day=TODAY - timedelta(days=59 - n), opened=n % 7, closed=n % 4)
            for n in range(60)
        ],
        "rules": [
            RuleCost(code=code, jobs=20 + n, alone=12 - n) for n, code in enumerate(REASON_TITLES)
        ],
        "closing": [closes(title, n // 3 + 1, is_soon=n < 8) for n, title in enumerate(titles)],
    }
    return Analytics.model_validate({**whole, **changes})


def pay(title: str, minimum: float, maximum: float) -> PayRange:
    return PayRange(control_number="1", PositionTitle=title, minimum=minimum, maximum=maximum)


def place(city: str, jobs: int = 1, state: str = "Illinois") -> PlaceJobs:
    name = f"{city}, {state}"
    coordinates = locate(name)
    assert coordinates is not None
    latitude, longitude = coordinates
    return PlaceJobs(
        LocationName=name, latitude=latitude, longitude=longitude, miles=13.3, jobs=jobs
    )


def closes(title: str, days: int, **more: Any) -> Closing:
    closes_at = datetime(2026, 11, 23, 4, 59, tzinfo=UTC) + timedelta(days=days)
    return Closing(control_number="1", PositionTitle=title, closes_at=closes_at, **more)


def traces(chart: dict[str, Any], kind: str, mode: str | None = None) -> list[dict[str, Any]]:
    return [trace for trace in chart["data"] if trace["type"] == kind and trace.get("mode") == mode]


def strings(part: Any) -> Iterator[str]:
    """Yield every string of a chart."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        yield from (text for each in part.values() for text in strings(each))
    elif isinstance(part, list | tuple):
        yield from (text for each in part for text in strings(each))


def test_every_chart_is_plain_json_with_a_sentence() -> None:
    found = drawn()
    assert list(found) == NAMES
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    for chart in found.values():
        assert chart["data"]
        assert re.fullmatch(r"[A-Z0-9][^<]+\.", chart["summary"])


def test_the_page_decides_on_titles_and_on_the_colours_of_text_and_background() -> None:
    for chart in drawn().values():
        layout = chart["layout"]
        assert not {"title", "template", "width"} & layout.keys()
        assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0, 0, 0, 0)"
        assert "textfont" not in json.dumps(chart["data"])
        assert "color" not in layout["font"]


@pytest.mark.parametrize("background", ["#ffffff", "#14181d"])
@pytest.mark.parametrize("colour", [BLUE, ORANGE, GREY])
def test_a_colour_stands_out_from_light_and_dark(colour: str, background: str) -> None:
    """By the contrast that WCAG 2.2 asks of charts."""
    lighter, darker = sorted((luminance(colour), luminance(background)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 3


def luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return sum(weight * s for weight, s in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_what_is_empty_says_so() -> None:
    found = charts(NOTHING)
    assert list(found) == NAMES
    for chart in found.values():
        assert chart["data"] == []
        assert re.match("No .*[.]$", chart["summary"])


@settings(deadline=None)
@given(st.text(alphabet="<>&;ab=/'\"# \n$%{}", min_size=1, max_size=80))
def test_no_posting_can_write_markup(text: str) -> None:
    found = drawn(
        pay=[pay(text, 1, 2)],
        closing=[closes(text, 1)],
        places=[place("Chicago").model_copy(update={"LocationName": text})],
        rules=[RuleCost(code=text, jobs=1, alone=0)],
    )
    for shown in strings([[chart["data"], chart["layout"]] for chart in found.values()]):
        ours = shown.replace("<br>", "").replace("<extra></extra>", "")
        assert "<" not in ours
        assert not re.search("&(?!(lt|gt|amp);)", ours)


def test_a_title_is_cut_on_its_line_and_whole_where_it_hovers() -> None:
    title = "Data Engineer, " + "and more, " * 10
    found = drawn(pay=[pay(title, 1, 2)])["pay"]
    (label,) = traces(found, "scatter", "text")[0]["text"]
    assert label == shortened(title, LONGEST_LINE)
    assert len(label) <= LONGEST_LINE
    (hover,) = traces(found, "bar")[0]["hovertext"]
    assert " ".join(hover.split("<br>")[:-1]) == title.strip()


def test_a_title_that_fits_is_not_cut() -> None:
    assert shortened(f" {'a' * LONGEST_LINE}\n", LONGEST_LINE) == "a" * LONGEST_LINE
    assert shortened("a" * (LONGEST_LINE + 1), LONGEST_LINE) == "a" * (LONGEST_LINE - 1) + "…"


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


def test_pay_has_a_bar_per_match_the_best_on_top() -> None:
    found = drawn(pay=[pay("Best", 90_000, 130_000), pay("Second", 80_000, 80_000)])["pay"]
    (bars,) = traces(found, "bar")
    assert (bars["base"], bars["x"]) == ([90_000, 80_000], [40_000, 0])
    _, top = found["layout"]["yaxis"]["range"]
    assert abs(bars["y"][0] - top) < abs(bars["y"][1] - top)
    assert bars["hovertext"][0] == "Best<br>$90,000 to $130,000 a year"


def test_pay_grows_with_its_rows() -> None:
    few, many = drawn(pay=numbers().pay[:10])["pay"], drawn()["pay"]
    assert many["layout"]["height"] > 2 * few["layout"]["height"]


def test_pay_marks_the_minimum_that_the_search_asks_for() -> None:
    found = drawn()["pay"]
    assert found["layout"]["annotations"][0]["text"] == "your minimum, $100,000"
    (line,) = traces(found, "scatter", "lines")
    assert {*line["x"]} == {100_000, None}
    start, end = found["layout"]["xaxis"]["range"]
    assert start < 80_000 < 120_039 < end


def test_pay_marks_no_minimum_where_any_pay_will_do() -> None:
    found = drawn(parameters=SearchParameters(minimum_pay=0).model_dump())["pay"]
    assert "annotations" not in found["layout"]
    assert traces(found, "scatter", "lines") == []
    assert found["layout"]["xaxis"]["range"][0] > 70_000


def test_places_have_a_bubble_each_whose_area_is_its_jobs() -> None:
    found = drawn(places=[place("Chicago", 8), place("Evanston", 2)])["places"]
    bubbles = found["data"][-1]
    larger, smaller = bubbles["marker"]["size"]
    assert larger == pytest.approx(2 * smaller, abs=0.2)
    assert bubbles["text"] == ["Chicago · 8", "Evanston · 2"]
    assert bubbles["hovertext"][1] == "Evanston, Illinois<br>2 jobs, 13.3 miles away"
    assert 10 < bubbles["y"][1] < 20


def test_places_lie_over_the_towns_of_the_region_and_rings_of_miles() -> None:
    found = drawn()["places"]
    radius = SearchParameters().radius_miles
    towns = found["data"][0]
    assert 100 < len(towns["x"]) <= 1500
    assert (
        max(x**2 + y**2 for x, y in zip(towns["x"], towns["y"], strict=True))
        <= (MAP_REACH * radius + 0.1) ** 2
    )
    assert [ring["x1"] for ring in found["layout"]["shapes"]] == [radius / 2, radius]
    assert found["layout"]["yaxis"]["scaleanchor"] == "x"


def test_a_map_of_several_places_reaches_around_them_all() -> None:
    both = SearchParameters(location="Chicago, IL; Milwaukee, WI").model_dump()
    found = drawn(parameters=both)["places"]
    rings = found["layout"]["shapes"]
    assert len(rings) == 4
    _, reach = found["layout"]["xaxis"]["range"]
    assert all(abs(ring[side]) < reach for ring in rings for side in ("x0", "x1", "y0", "y1"))
    assert "around Chicago, Illinois; Milwaukee, Wisconsin" in found["summary"]


def test_the_middle_of_places_is_found_across_the_date_line() -> None:
    guam, honolulu = Coordinates(13.5, 144.8), Coordinates(21.3, -157.8)
    assert middle([guam]) == guam
    assert 144.8 < middle([guam, honolulu]).longitude < 202.2


def test_a_search_for_remote_jobs_has_no_map() -> None:
    remote = SearchParameters(location="remote").model_dump()
    assert drawn(parameters=remote, places=[])["places"]["summary"] == (
        "A search for remote jobs has no map."
    )


def test_a_remote_job_far_away_is_counted_not_drawn() -> None:
    found = drawn(places=[place("Chicago", 8), place("Denver", 3, "Colorado")])["places"]
    assert found["data"][-1]["text"] == ["Chicago · 8"]
    assert found["summary"] == (
        "8 open matches at 1 place around Chicago, Illinois; 3 more (remote) outside the map."
    )


def test_days_have_what_opened_above_and_what_closed_below() -> None:
    days = [
        DayCount(day=TODAY - timedelta(days=1), opened=3, closed=0),
        DayCount(day=TODAY, opened=1, closed=12),
    ]
    found = drawn(days=days)["days"]
    up, down = traces(found, "bar")
    assert (up["x"], up["y"]) == (["2026-11-22", "2026-11-23"], [3, 1])
    assert (down["x"], down["y"]) == (["2026-11-22", "2026-11-23"], [0, -12])
    assert found["summary"] == "In the last 2 days 4 jobs opened and 12 closed."
    axis = found["layout"]["yaxis"]
    assert (axis["tickvals"], axis["ticktext"]) == (
        [-5, -10, 0, 5, 10],
        ["5", "10", "0", "5", "10"],
    )


def test_days_without_any_change_are_nothing_to_draw() -> None:
    assert drawn(days=[DayCount(day=TODAY, opened=0, closed=0)])["days"]["data"] == []


def test_rules_have_in_plain_words_what_relaxing_each_alone_wins() -> None:
    rules = [
        RuleCost(code="grade_too_high", jobs=14, alone=3),
        RuleCost(code="too_far", jobs=1, alone=0),
    ]
    found = drawn(rules=rules)["rules"]
    alone, others = traces(found, "bar")
    assert (alone["x"], others["x"]) == ([3, 0], [11, 1])
    assert traces(found, "scatter", "text")[0]["text"] == [
        "grade too high: 14 jobs, 3 by this alone",
        "too far away: 1 job",
    ]
    assert found["summary"] == "Of single rules, relaxing “grade too high” wins most: 3 jobs."


def test_closing_has_a_marker_per_match_on_its_day_in_eastern_time() -> None:
    counts = numbers().counts.model_copy(update={"closing_soon": 1})
    both = [closes("Soon", 1, is_soon=True), closes("Late", 9)]
    found = drawn(closing=both, counts=counts)["closing"]
    (markers,) = traces(found, "scatter", "markers")
    assert markers["x"] == ["2026-11-23 00:00:00", "2026-12-01 00:00:00"]
    assert markers["marker"]["color"] == [ORANGE, BLUE]
    assert markers["hovertext"][1] == "Late<br>closes on Tuesday, Dec 1 at 23:59 ET"
    assert traces(found, "scatter", "text")[0]["text"] == ["Nov 23: Soon", "Dec 1: Late"]
    assert found["layout"]["annotations"][0]["text"] == "today"


def test_one_that_closes_at_a_number_of_applications_says_so_and_is_soon_whatever_its_day() -> None:
    capped = closes("Capped", 9, is_soon=True, applications=500)
    (markers,) = traces(drawn(closing=[capped])["closing"], "scatter", "markers")
    assert markers["marker"]["color"] == [ORANGE]
    assert markers["hovertext"][0].endswith("Dec 1 at 23:59 ET, or at 500 applications")


def test_a_deadline_beyond_a_year_is_not_drawn() -> None:
    never = closes("Never", 1).model_copy(
        update={"closes_at": datetime(9999, 12, 31, 23, 59, tzinfo=UTC)}
    )
    found = drawn(closing=[closes("Soon", 1), closes("Late", 366), never])["closing"]
    assert traces(found, "scatter", "text")[0]["text"] == ["Nov 23: Soon", "Nov 23, 2027: Late"]
    assert "closes within a year" in drawn(closing=[never])["closing"]["summary"]


# --- as a browser draws them


TEXTS = """name => [...document.querySelectorAll(`#${name} .main-svg text`)]
  .map(text => ({text: text.textContent, box: text.getBoundingClientRect().toJSON()}))
  .filter(({text, box}) => text.trim() && box.width)"""
LINKS = "() => document.querySelectorAll('svg a, svg tspan[style*=bold]').length"


def show(browser: Browser, folder: Path, width: int, analytics: Analytics) -> Any:
    """Draw the charts one below the other in a window so wide."""
    plotly = files("plotly") / "package_data" / "plotly.min.js"
    drawing = "".join(
        f"Plotly.newPlot({name!r}, {json.dumps(chart['data'])}, {json.dumps(chart['layout'])},"
        "{displayModeBar: false});"
        for name, chart in charts(analytics).items()
    ).replace("</", "<\\/")
    page = browser.new_page(viewport={"width": width, "height": 800})
    places = "".join(f"<div id={name}></div>" for name in NAMES)
    file = folder / "charts.html"
    file.write_text(
        f"<!doctype html><meta charset=utf-8><script src='{plotly}'></script><body>{places}"
        f"<script>{drawing}</script>"
    )
    page.goto(file.as_uri())
    page.wait_for_function("document.querySelectorAll('.main-svg').length >= 10")
    return page


@pytest.mark.parametrize("width", [360, 900])
def test_no_text_covers_another_or_leaves_the_window(
    chromium: Browser, tmp_path: Path, width: int
) -> None:
    page = show(chromium, tmp_path, width, numbers())
    for name in NAMES:
        found = page.evaluate(TEXTS, name)
        assert len(found) > 8
        for label in found:
            assert -1 <= label["box"]["left"] < label["box"]["right"] <= width + 1, (name, label)
        for one, other in combinations(found, 2):
            assert not overlap(one["box"], other["box"]), (name, one["text"], other["text"])
    page.close()


def overlap(one: dict[str, float], other: dict[str, float]) -> bool:
    # A line's box is higher than its letters.
    return (
        one["left"] < other["right"]
        and other["left"] < one["right"]
        and one["top"] + 2 < other["bottom"] - 2
        and other["top"] + 2 < one["bottom"] - 2
    )


def test_a_browser_shows_a_title_as_it_is(chromium: Browser, tmp_path: Path) -> None:
    page = show(chromium, tmp_path, 360, numbers(pay=[pay(TITLES[3], 90_000, 120_000)]))
    shown = [label["text"] for label in page.evaluate(TEXTS, "pay")]
    assert shortened(TITLES[3], LONGEST_LINE) in shown
    # What lies over all bars notices which one is meant.
    page.locator("#pay .bars path").first.hover(force=True)
    expect(page.locator("#pay .hovertext")).to_be_visible()
    hovering = page.locator("#pay .hovertext tspan.line").all_text_contents()
    assert " ".join(hovering[:-1]) == TITLES[3]
    assert page.evaluate(LINKS) == 0
    page.close()
