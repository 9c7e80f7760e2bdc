"""The statistics of a search as Plotly charts.

Text colour and background are left to the page, for its light and dark themes. Text from postings
is escaped, because Plotly interprets a subset of HTML.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from html import escape
from itertools import islice
from typing import Any, NamedTuple

import plotly.graph_objects as go

from include.jobs import limits
from include.jobs.formatting import at_applications, count, day, dollars, pay_range, shortened
from include.jobs.office_time import EASTERN
from include.jobs.places import Coordinates, Place, locate
from include.matching.reasons import REASON_TITLES
from include.searches.locations import REMOTE, places_of
from include.web.map_layout import Label, Side, Spot, middle, settlements, sides, spot
from include.web.schemas import Analytics, PlaceJobs, RuleCost

Chart = dict[str, Any]
Layout = dict[str, Any]

# Distinguishable for colour-blind people, and with enough contrast to both themes.
BLUE, ORANGE, GREY = "#2f81c7", "#cf7614", "#8a8f98"
FAINT = "rgba(138, 143, 152, 0.3)"
RIM = "rgba(255, 255, 255, 0.7)"
NO_COLOUR = "rgba(0, 0, 0, 0)"

FONT_SIZE = 12
MARGIN = {"l": 8, "r": 8, "t": 32, "b": 8}

ROW_HEIGHT = 34
"""Pixels for a line of text with a bar below it, so that both can use a phone's whole width."""

LONGEST_LINE = 44
"""Characters that fit on one line of a phone."""

LONGEST_TITLE = 200
"""Characters of a title in hover text."""

LONGEST_WAIT = timedelta(days=366)
"""Later deadlines are not drawn: one in the year 9999 would squeeze the others together."""

MAP_REACH = 1.25
"""The reach of the map, as a multiple of the search's radius."""

MAP_HEIGHT = 400
MOST_CITY_NAMES = 12
LONGEST_NAME = 20
LARGEST_BUBBLE, ONE_JOB_BUBBLE = 40, 10
"""Pixels across."""


def charts(analytics: Analytics) -> dict[str, Chart]:
    """Return for each chart its `data`, its `layout` and a `summary` in one sentence.

    The summary is plain text; all other text is in Plotly's subset of HTML.
    """
    return {
        "pay": _pay(analytics),
        "places": _places(analytics),
        "days": _days(analytics),
        "rules": _rules(analytics),
        "closing": _closing(analytics),
    }


def literal(text: str) -> str:
    """Return text escaped for Plotly, so that tags and entities are shown literally."""
    return escape(text, quote=False)


def _pay(analytics: Analytics) -> Chart:
    """Draw a bar per match, from its minimum to its maximum pay."""
    jobs, wanted = analytics.pay, analytics.parameters.get("minimum_pay", 0)
    if not jobs:
        return _nothing("No open match says what it pays a year.")
    least, most = min(job.minimum for job in jobs), max(job.maximum for job in jobs)
    start, end = min(least, wanted or least), max(most, wanted)
    margin = max(1_000.0, (end - start) / 25)
    start, end = start - margin, end + margin
    bars = _bars(
        base=[job.minimum for job in jobs],
        x=[job.maximum - job.minimum for job in jobs],
        # The outline makes a single amount visible.
        marker={"color": BLUE, "line": {"color": BLUE, "width": 2}},
        hovertext=[
            _hover(job.PositionTitle, f"{pay_range(job.minimum, job.maximum)} a year")
            for job in jobs
        ],
    )
    summary = (
        f"{count(len(jobs), 'open match', 'open matches')}, best score first, "
        f"from {dollars(least)} to {dollars(most)} a year"
    )
    line = None
    if wanted:
        sure = sum(job.minimum >= wanted for job in jobs)
        starts = count(sure, "starts", "start") if sure else "none starts"
        summary += f"; {starts} at your minimum of {dollars(wanted)} or above"
        line = Line(wanted, f"your minimum, {dollars(wanted)}", on_left=2 * wanted > start + end)
    return _rows(
        [shortened(job.PositionTitle, LONGEST_LINE) for job in jobs],
        [bars],
        f"{summary}.",
        _axis(range=[start, end], side="top", tickformat="$~s", nticks=7),
        line,
    )


def _places(analytics: Analytics) -> Chart:
    """Draw a map around the search's places, with the region's towns and the jobs."""
    location = analytics.parameters.get("location", "")
    if location == REMOTE:
        return _nothing("A search for remote jobs has no map.")
    centres = [centre for name in places_of(location) if (centre := locate(name))]
    if not centres or not analytics.places:
        return _nothing("No open match says where it is.")
    radius = analytics.parameters["radius_miles"]
    centre = middle(centres)
    around = [spot(centre, each) for each in centres]
    reach = max(math.hypot(*at) for at in around) + MAP_REACH * radius
    found = [
        (place, spot(centre, Coordinates(place.latitude, place.longitude)))
        for place in analytics.places
    ]
    shown = [(place, at) for place, at in found if math.hypot(*at) <= reach]
    with_jobs = {place.LocationName for place, _ in shown}
    towns = settlements(centre, reach)
    rings = [
        Label(
            f"{miles:g} miles",
            Spot(at.east, at.north - miles),
            across=0,
            sides=["top center", "bottom center"],
        )
        for at in around
        for miles in (radius / 2, radius)
    ]
    bubbles = _bubbles(shown)
    cities = [
        Label(_city(town.name), at, across=4, optional=True)
        for town, at in towns[:MOST_CITY_NAMES]
        if town.name not in with_jobs
    ]
    rooms = iter(sides([*rings, *bubbles, *cities], reach))
    jobs = {"hoverinfo": "text", "hovertext": [_in_place(place) for place, _ in shown]}
    ring_names = _spots(rings, rooms, NO_COLOUR, hoverinfo="skip")
    job_places = _spots(bubbles, rooms, BLUE, **jobs)
    city_names = _spots(cities, rooms, GREY, hoverinfo="skip", opacity=0.7)
    return _chart(
        [_dots(towns), ring_names, city_names, job_places],
        _whereabouts(analytics, [place for place, _ in shown]),
        height=MAP_HEIGHT,
        margin=dict.fromkeys(MARGIN, 4),
        xaxis=_axis(range=[-reach, reach], visible=False, constrain="domain"),
        yaxis=_axis(range=[-reach, reach], visible=False, constrain="domain", scaleanchor="x"),
        shapes=[_ring(at, miles) for at in around for miles in (radius / 2, radius)],
    )


def _days(analytics: Analytics) -> Chart:
    """Draw two bars per day: opened jobs upwards, closed jobs downwards."""
    days = analytics.days
    opened, closed = sum(each.opened for each in days), sum(each.closed for each in days)
    if not opened and not closed:
        return _nothing("No job has opened or closed lately.")
    most = max(max(each.opened, each.closed) for each in days)
    steps = _steps(most)
    dates = [str(each.day) for each in days]
    up = go.Bar(
        name="opened",
        x=dates,
        y=[each.opened for each in days],
        marker={"color": BLUE},
        hovertemplate="%{y} opened<extra></extra>",
    )
    down = go.Bar(
        name="closed",
        x=dates,
        y=[-each.closed for each in days],
        marker={"color": ORANGE},
        customdata=[each.closed for each in days],
        hovertemplate="%{customdata} closed<extra></extra>",
    )
    return _chart(
        [up, down],
        f"In the last {len(days)} days {count(opened, 'job')} opened and {closed} closed.",
        height=300,
        barmode="relative",
        bargap=0.25,
        # Leaves room for the hover text below the axis.
        margin={**MARGIN, "b": 40},
        hovermode="x",
        xaxis=_axis(tickformat="%b %-d", hoverformat="%A, %b %-d", nticks=7, showgrid=False),
        yaxis=_axis(
            range=[-1.08 * most, 1.08 * most],
            tickvals=[*[-step for step in steps], 0, *steps],
            ticktext=[*map(str, steps), "0", *map(str, steps)],
        ),
        **_legend(),
    )


def _rules(analytics: Analytics) -> Chart:
    """Draw a bar per rule with the jobs that failed it; those that failed only it come first."""
    rules = analytics.rules
    if not rules:
        return _nothing("No job that was found fails a rule.")
    alone = _bars(
        name="fail this alone",
        x=[rule.alone for rule in rules],
        marker={"color": ORANGE},
        hovertext=[f"{count(rule.alone, 'job')} failing this alone" for rule in rules],
    )
    others = _bars(
        name="fail others too",
        x=[rule.jobs - rule.alone for rule in rules],
        marker={"color": GREY},
        hovertext=[f"{count(rule.jobs - rule.alone, 'job')} failing others too" for rule in rules],
    )
    best = rules[0]
    summary = (
        f"Of single rules, relaxing “{_in_words(best)}” wins most: {count(best.alone, 'job')}."
        if best.alone
        else "Relaxing a single rule wins nothing: each job fails another one too."
    )
    return _rows(
        [
            f"{_in_words(rule)}: {count(rule.jobs, 'job')}"
            + (f", {rule.alone} by this alone" if rule.alone else "")
            for rule in rules
        ],
        [alone, others],
        summary,
        _axis(range=[0, 1.04 * max(rule.jobs for rule in rules)], visible=False),
        barmode="stack",
        **_legend(),
    )


def _closing(analytics: Analytics) -> Chart:
    """Draw a marker per match on the day of its deadline, on a time axis that begins today."""
    soon = analytics.counts.closing_soon
    if not analytics.closing:
        return _nothing("No open match says when it closes.")
    today = datetime.combine(analytics.days[-1].day, time.min)
    now = today.replace(tzinfo=EASTERN)
    last = now + LONGEST_WAIT
    jobs = [job for job in analytics.closing if job.closes_at <= last]
    if not jobs:
        return _nothing("No open match closes within a year.")
    closing = [job.closes_at.astimezone(EASTERN).replace(tzinfo=None) for job in jobs]
    # At 23:59, they would stand where the next day begins.
    days = [datetime.combine(moment, time.min) for moment in closing]
    span = max(days[-1] - today, timedelta(days=7))
    stems = _bars(
        base=[str(today)] * len(jobs),
        # On a date axis, lengths are in milliseconds.
        x=[(on - today) / timedelta(milliseconds=1) for on in days],
        width=0.05,
        marker={"color": FAINT},
        hoverinfo="skip",
    )
    markers = go.Scatter(
        mode="markers",
        x=[str(on) for on in days],
        cliponaxis=False,
        marker={"size": 11, "color": [ORANGE if job.is_soon else BLUE for job in jobs]},
        hoverinfo="text",
        hovertext=[
            _hover(
                job.PositionTitle,
                f"closes on {moment:%A}, {day(moment.date(), now)} at {moment:%H:%M} ET"
                + (f", or {at_applications(job.applications)}" if job.applications else ""),
            )
            for job, moment in zip(jobs, closing, strict=True)
        ],
    )
    return _rows(
        [
            shortened(f"{day(moment.date(), now)}: {job.PositionTitle}", LONGEST_LINE)
            for job, moment in zip(jobs, closing, strict=True)
        ],
        [stems, markers],
        f"{count(soon, 'open match closes', 'open matches close')} within "
        f"{limits.CLOSING_SOON_DAYS} days or can any hour; "
        f"the last of the {len(jobs)} shown closes on {day(closing[-1].date(), now)}.",
        _axis(
            type="date",
            range=[str(today), str(today + 1.04 * span)],
            side="top",
            tickformat="%b %-d",
            nticks=7,
        ),
        Line(str(today), "today", on_left=False),
    )


# --- building blocks


def _chart(traces: Sequence[Any], summary: str, **layout: Any) -> Chart:
    figure = go.Figure(
        traces,
        {
            "margin": MARGIN,
            "paper_bgcolor": NO_COLOUR,
            "plot_bgcolor": NO_COLOUR,
            "font": {"family": "system-ui, sans-serif", "size": FONT_SIZE},
            "hoverlabel": {"align": "left"},
            "hovermode": "closest",
            "showlegend": False,
            # Swiping over a chart scrolls the page.
            "dragmode": False,
            **layout,
        },
    ).to_plotly_json()
    # Plotly's default template is larger than the charts.
    del figure["layout"]["template"]
    return {"data": figure["data"], "layout": figure["layout"], "summary": summary}


def _nothing(summary: str) -> Chart:
    hidden = {"visible": False}
    return _chart([], summary, height=40, xaxis=hidden, yaxis=hidden)


class Line(NamedTuple):
    """A vertical line through all rows; its label is on one side, in a row of its own."""

    x: Any
    text: str
    on_left: bool


def _rows(
    labels: Sequence[str],
    traces: Sequence[Any],
    summary: str,
    xaxis: Layout,
    line: Line | None = None,
    **layout: Any,
) -> Chart:
    """Draw one row per label, from top to bottom, with the traces' elements below the labels."""
    for trace in traces:
        trace.y = [row + 0.22 for row in range(len(labels))]
    texts = go.Scatter(
        mode="text",
        x=[xaxis["range"][0]] * len(labels),
        y=[row - 0.18 for row in range(len(labels))],
        text=[literal(label) for label in labels],
        textposition="middle right",
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )
    first, last = (-1 if line else 0), len(labels) - 1
    return _chart(
        [*traces, texts, *([_drawn(line, first, last)] if line else [])],
        summary,
        height=ROW_HEIGHT * (last - first + 1) + 44,
        xaxis=xaxis,
        yaxis=_axis(range=[last + 0.6, first - 0.5], visible=False),
        annotations=[_label(line, first)] if line else [],
        **layout,
    )


def _drawn(line: Line, first: int, last: int) -> Any:
    """Draw the line with gaps, so that the rows' labels stay legible."""
    rows = range(first, last + 1)
    return go.Scatter(
        mode="lines",
        x=[line.x, line.x, None] * len(rows),
        y=[end for row in rows for end in (row + 0.02, row + 0.42, None)],
        line={"color": ORANGE, "width": 2},
        hoverinfo="skip",
        showlegend=False,
    )


def _label(line: Line, row: int) -> Layout:
    return {
        "x": line.x,
        "y": row - 0.18,
        "text": line.text,
        "showarrow": False,
        "xanchor": "right" if line.on_left else "left",
    }


def _bars(**properties: Any) -> Any:
    return go.Bar(**{"orientation": "h", "width": 0.28, "hoverinfo": "text", **properties})


def _axis(**properties: Any) -> Layout:
    return {
        "fixedrange": True,
        "automargin": True,
        "zeroline": False,
        "gridcolor": FAINT,
        **properties,
    }


def _legend() -> Layout:
    return {
        "showlegend": True,
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1,
            "yanchor": "bottom",
            "traceorder": "normal",
            "maxheight": 50,
        },
    }


def _steps(most: int) -> list[int]:
    """Return two to four round numbers up to `most`."""
    magnitude = 10 ** (len(str(most)) - 1)
    step = next(
        step
        for step in (magnitude // 5, magnitude // 2, magnitude, 2 * magnitude, 5 * magnitude)
        if step and most // step <= 4
    )
    return list(range(step, most + 1, step))


def _dots(towns: Sequence[tuple[Place, Spot]]) -> Any:
    """Draw towns as dots that grow with the logarithm of their population."""
    return go.Scatter(
        mode="markers",
        x=[at.east for _, at in towns],
        y=[at.north for _, at in towns],
        marker={
            "color": GREY,
            "size": [round(math.log10(town.population) - 0.7, 1) for town, _ in towns],
            "line": {"width": 0},
            "opacity": 0.5,
        },
        hoverinfo="skip",
    )


def _bubbles(places: Sequence[tuple[PlaceJobs, Spot]]) -> list[Label]:
    """Return a disc per place with an area proportional to its jobs."""
    most = max((place.jobs for place, _ in places), default=1)
    one_job = min(ONE_JOB_BUBBLE, LARGEST_BUBBLE / math.sqrt(most))
    return [
        Label(
            f"{shortened(_city(place.LocationName), LONGEST_NAME)} · {place.jobs}",
            at,
            round(one_job * math.sqrt(place.jobs), 1),
        )
        for place, at in places
    ]


def _spots(
    labels: Sequence[Label], rooms: Iterator[Side | None], colour: str, **properties: Any
) -> Any:
    """Draw discs with their labels on the sides in `rooms`; None means that there is no room."""
    drawn = [
        (label, room)
        for label, room in zip(labels, islice(rooms, len(labels)), strict=True)
        if room or not label.optional
    ]
    return go.Scatter(
        mode="markers+text",
        x=[label.at.east for label, _ in drawn],
        y=[label.at.north for label, _ in drawn],
        marker={
            "size": [label.across for label, _ in drawn],
            "color": colour,
            "opacity": 0.85,
            "line": {"width": 1, "color": RIM},
        },
        text=[literal(label.text) if room else "" for label, room in drawn],
        textposition=[room or "middle center" for _, room in drawn],
        cliponaxis=False,
        **properties,
    )


def _ring(at: Spot, miles: float) -> Layout:
    return {
        "type": "circle",
        "x0": at.east - miles,
        "x1": at.east + miles,
        "y0": at.north - miles,
        "y1": at.north + miles,
        "layer": "below",
        "line": {"color": GREY, "width": 1, "dash": "dot"},
    }


# --- text


def _city(name: str) -> str:
    return name.partition(",")[0]


def _in_words(rule: RuleCost) -> str:
    return REASON_TITLES.get(rule.code, rule.code)


def _hover(title: str, fact: str) -> str:
    """Return the hover text of a job, with line breaks, because Plotly adds none itself."""
    lines = textwrap.wrap(shortened(title, LONGEST_TITLE), LONGEST_LINE)
    return "<br>".join([*map(literal, lines), fact])


def _in_place(place: PlaceJobs) -> str:
    return _hover(place.LocationName, f"{count(place.jobs, 'job')}, {place.miles:g} miles away")


def _whereabouts(analytics: Analytics, shown: Sequence[PlaceJobs]) -> str:
    """Return how many jobs the map shows, and how many are outside it, as remote ones may be."""
    jobs = sum(place.jobs for place in shown)
    outside = sum(place.jobs for place in analytics.places) - jobs
    sentence = (
        f"{count(jobs, 'open match', 'open matches')} at {count(len(shown), 'place')} "
        f"around {analytics.parameters['location']}"
    )
    if outside:
        sentence += f"; {outside} more (remote) outside the map"
    return f"{sentence}."
