"""The statistics of a search as charts: each is a picture, a sentence and a table.

What a picture shows, the table has in numbers, and more: a picture has room for a few rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from include.jobs import limits
from include.jobs.formatting import (
    at_applications,
    count,
    day,
    dollars,
    pay_range,
    plain,
    shortened,
)
from include.jobs.office_time import EASTERN, eastern_day
from include.jobs.opening_status import CANCELED, IN_ORDER, OF_A_SELECTION
from include.matching.reasons import REASON_TITLES
from include.searches.locations import REMOTE
from include.web.picture import (
    BOTTOM,
    LINE_CHARACTERS,
    NARROWEST,
    TOP,
    Box,
    Kind,
    Picture,
    Scale,
    columns,
    rows,
)
from include.web.schemas import (
    AgencyOutcomes,
    Analytics,
    Chart,
    Closing,
    PayRange,
    PlaceJobs,
    Relaxed,
    RuleCost,
    TableRow,
    WeekCount,
)

MOST_RULES, MOST_AGENCIES = 4, 6
"""Rows of a picture."""

MOST_STEPS = 4
"""Of what to relax, in a sentence."""

DEADLINE_DAYS = 35
"""Days whose deadlines are drawn; later ones are counted."""

WEEK = 7


def charts(analytics: Analytics) -> dict[str, Chart]:
    """Return the charts of a search by name."""
    return {
        "pay": _pay(analytics),
        "places": _places(analytics),
        "rules": _rules(analytics),
        "closing": _closing(analytics),
        "weeks": _weeks(analytics),
        "outcomes": _outcomes(analytics),
    }


def _nothing(title: str, why: str) -> Chart:
    return Chart(title=title, summary=why, picture=None, legend={}, columns=[], rows=[])


def _row(*cells: object, number: str | None = None) -> TableRow:
    """Return a row of a table; `number` is the control number of the job that it is about."""
    texts = (f"{cell:,}" if isinstance(cell, int) else plain(cell) for cell in cells)
    return TableRow(cells=list(texts), control_number=number)


def _under(label: Box) -> Box:
    """Return the box of a bar below the label of a row."""
    return label._replace(y=label.y + 17, height=8)


# --- pay against the wish


def _pay(analytics: Analytics) -> Chart:
    """Draw a bar per match from its minimum to its maximum pay, grey as far as below the wish."""
    wish = analytics.parameters.get("minimum_pay", 0)
    title = "Pay against your minimum" if wish else "What they pay"
    jobs = sorted(analytics.pay, key=lambda job: (-job.minimum, -job.maximum))
    if not jobs:
        return _nothing(title, "No open match says what it pays a year.")
    least, most = jobs[-1].minimum, max(job.maximum for job in jobs)
    scale = Scale.around(min(least, wish or least), max(most, wish))
    picture = Picture()
    for amount in scale.round_amounts():
        picture.tick(scale.at(amount), shortened(f"${amount / 1000:,g}k", 12))
    for job, row in zip(jobs, rows(len(jobs), tallest=16, top=TOP, bottom=BOTTOM), strict=True):
        paid = pay_range(job.minimum, job.maximum)
        mark = picture.mark(f"{job.PositionTitle}: {paid} a year", row)
        for kind, low, high in _parts(job, wish):
            start = scale.at(low)
            mark.bar(kind, row.inset().part(start, max(scale.at(high), start + NARROWEST)))
    summary = f"{_shown(jobs, analytics)}, from {dollars(least)} to {dollars(most)} a year"
    if wish:
        picture.line(scale.at(wish), f"your minimum, {dollars(wish)}")
        sure = sum(job.minimum >= wish for job in jobs)
        starts = count(sure, "starts", "start") if sure else "none starts"
        summary += f"; {starts} at your minimum of {dollars(wish)} or above"
    against = ["Against your minimum"] if wish else []
    return Chart(
        title=title,
        summary=f"{summary}.",
        picture=picture.svg(title),
        legend={"main": "at your minimum or above", "rest": "below it"} if wish else {},
        columns=["Job", "From", "Up to", *against],
        rows=[
            _row(
                job.PositionTitle,
                dollars(job.minimum),
                dollars(job.maximum),
                *(_against(job, wish) for _ in against),
                number=job.control_number,
            )
            for job in jobs
        ],
    )


def _shown(jobs: Sequence[PayRange], analytics: Analytics) -> str:
    if len(jobs) == limits.ANALYTICS_PAY_RANGES < analytics.counts.matches:
        return f"The {len(jobs)} best open matches with annual pay"
    return count(len(jobs), "open match", "open matches")


def _parts(job: PayRange, wish: float) -> Iterator[tuple[Kind, float, float]]:
    """Yield what of a range is below the wish, and what is not."""
    if job.minimum < wish:
        yield "rest", job.minimum, min(job.maximum, wish)
    if job.maximum >= wish:
        yield "main", max(job.minimum, wish), job.maximum


def _against(job: PayRange, wish: float) -> str:
    below, above = wish - job.minimum, job.maximum - wish
    if above < 0:
        return f"ends {dollars(-above)} below"
    if below > 0:
        return f"{dollars(below)} below to {dollars(above)} above"
    return f"starts {dollars(-below)} above" if below else "starts at it"


# --- places by distance


class Band(NamedTuple):
    """The jobs at some distance."""

    name: str
    places: Sequence[PlaceJobs]
    remote: int = 0

    @property
    def jobs(self) -> int:
        """The open matches."""
        return self.remote + sum(place.jobs for place in self.places)

    @property
    def too_far(self) -> int:
        """The near misses that are only too far away."""
        return sum(place.too_far for place in self.places)

    @property
    def in_words(self) -> str:
        """Its numbers."""
        jobs = [count(self.jobs, "job")] if self.jobs else []
        too_far = [f"{self.too_far:,} only too far"] if self.too_far else []
        return ", ".join([*jobs, *too_far])


def _places(analytics: Analytics) -> Chart:
    """Draw a bar per distance; beyond the radius are the jobs that are only too far away."""
    title, location = "Places by distance", analytics.parameters.get("location", "")
    places, remote = analytics.places, analytics.remote
    if location == REMOTE:
        return _nothing(title, "A search for remote jobs has no distances.")
    radius = analytics.parameters.get("radius_miles", 0)
    found = [each for each in bands(places, remote, radius) if each.jobs or each.too_far]
    if not found:
        return _nothing(title, "No open match says where it is.")
    picture, scale = Picture(), Scale(0, max(each.jobs + each.too_far for each in found))
    for band, row in zip(found, rows(len(found), tallest=40), strict=True):
        cities = dict.fromkeys(place.LocationName.partition(",")[0] for place in band.places)
        where = " · ".join([band.name, *([", ".join(cities)] if cities else [])])
        mark = picture.mark(f"{where}: {band.in_words}", row)
        mark.label(where, row.y + 12, f"{band.jobs or band.too_far:,}")
        matches = scale.at(band.jobs)
        mark.bar("main", _under(row).part(0, matches))
        mark.bar("alert", _under(row).part(matches, scale.at(band.jobs + band.too_far)))
    within = [place.jobs for place in places if place.jobs]
    beyond = sum(place.too_far for place in places)
    more = f"; {count(beyond, 'more is', 'more are')} only too far away" if beyond else ""
    return Chart(
        title=title,
        summary=f"{count(sum(within), 'open match', 'open matches')} at "
        f"{count(len(within), 'place')} within {count(radius, 'mile')} of {plain(location)}, and "
        f"{remote:,} remote{more}.",
        picture=picture.svg(title),
        legend={"main": "open matches", "alert": "only too far away"},
        columns=["Place", "Miles", "Open matches", "Only too far"],
        rows=[
            *([_row("remote", "", remote, 0)] if remote else []),
            *(
                _row(place.LocationName, f"{place.miles:,.0f}", place.jobs, place.too_far)
                for place in places
            ),
        ],
    )


ROUND_MILES = (1, 2, 5, 10, 20, 25, 50, 100)
"""Widths of a band, of which at most five make a radius."""


def bands(places: Sequence[PlaceJobs], remote: int, radius: int) -> list[Band]:
    """Return the remote jobs, those within the radius by distance, and those beyond it."""
    step = next((each for each in ROUND_MILES if radius <= 5 * each), ROUND_MILES[-1])
    found = [Band("remote", [], remote)]
    for start in range(0, radius, step):
        end = min(start + step, radius)
        name = f"{start} to {count(end, 'mile')}" if start else f"up to {count(end, 'mile')}"
        least = start if start else -1
        found.append(Band(name, [place for place in places if least < place.miles <= end]))
    beyond = [place for place in places if place.miles > radius]
    return [*found, Band(f"over {count(radius, 'mile')}", beyond)]


# --- what each rule costs


def _rules(analytics: Analytics) -> Chart:
    """Draw a bar per rule with the jobs that fail it, first those that fail nothing else."""
    title, rules = "What each rule costs", analytics.rules
    if not rules:
        return _nothing(title, "No job that was found fails a rule.")
    shown = rules[:MOST_RULES]
    picture, scale = Picture(), Scale(0, max(rule.jobs for rule in shown))
    for rule, row in zip(shown, rows(len(shown), tallest=54), strict=True):
        words = f"{_rule(rule)}: {rule.alone:,} by this alone, {rule.jobs:,} in all"
        mark = picture.mark(f"{words}; {_relaxing(rule)}", row)
        mark.label(_rule(rule), row.y + 12, f"{rule.alone:,} of {rule.jobs:,}")
        mark.bar("alert", _under(row).part(0, scale.at(rule.alone)))
        mark.bar("rest", _under(row).part(scale.at(rule.alone), scale.at(rule.jobs)))
        mark.label(f"→ {_in_short(rule)}", row.y + 38, kind="axis")
    return Chart(
        title=title,
        summary=_cost(rules),
        picture=picture.svg(title),
        legend={"alert": "fail nothing else", "rest": "fail others too"},
        columns=["Rule", "Fail it", "By this alone", "What to relax"],
        rows=[
            _row(
                _rule(rule),
                rule.jobs,
                rule.alone,
                "; ".join(map(_gain, few(rule.relaxed))) or _relaxing(rule),
            )
            for rule in rules
        ],
    )


def _cost(rules: Sequence[RuleCost]) -> str:
    """Return which rule costs most by itself, and for each one that can be relaxed, how far."""
    if not rules[0].alone:
        return "Relaxing a single rule wins nothing: each job fails another one too."
    costs = f"“{_rule(rules[0])}” by itself costs most: {count(rules[0].alone, 'job')}."
    first = [rule.relaxed[0] for rule in rules if rule.relaxed][:MOST_STEPS]
    steps = ", ".join(f"{plain(step.in_words)} ({step.more:,})" for step in first)
    return f"{costs} More would match with one of: {steps}." if steps else costs


def few(steps: Sequence[Relaxed]) -> Sequence[Relaxed]:
    """Return the first steps and the last one."""
    return steps if len(steps) <= MOST_STEPS else [*steps[: MOST_STEPS - 1], steps[-1]]


def _rule(rule: RuleCost) -> str:
    return plain(REASON_TITLES.get(rule.code, rule.code))


def _relaxing(rule: RuleCost) -> str:
    """Return the smallest change that gains something, or why there is none."""
    if rule.relaxed:
        return _gain(rule.relaxed[0])
    if rule.alone:
        return "see what you exclude" if rule.code == "excluded" else "no parameter helps"
    return "each fails another rule too"


def _in_short(rule: RuleCost) -> str:
    if not rule.relaxed:
        return _relaxing(rule)
    step = rule.relaxed[0]
    gain = f"{step.more:,} more" + (f", {step.fewer:,} fewer" if step.fewer else "")
    setting = shortened(plain(step.in_words), LINE_CHARACTERS - len(f"→ : {gain}"))
    return f"{setting}: {gain}"


def _gain(step: Relaxed) -> str:
    gain = f"{plain(step.in_words)}: {count(step.more, 'more matches', 'more match')}"
    return f"{gain}, {step.fewer:,} no longer" if step.fewer else gain


# --- deadlines


def _closing(analytics: Analytics) -> Chart:
    """Draw a column per day, with a block for each match that closes on it.

    A day ends in the offices' time, so a deadline at 23:59 there belongs to that day everywhere.
    """
    title, jobs = "When they close", analytics.closing
    if not jobs or not analytics.days:
        return _nothing(title, "No open match says when it closes.")
    today, soon = analytics.days[-1].day, analytics.counts.closing_soon
    by_day: dict[int, list[tuple[Closing, Kind]]] = {}
    for job in jobs:
        kind: Kind = "alert" if job.is_soon else "main"
        by_day.setdefault(_days_left(job, today), []).append((job, kind))
    drawn = {left: closing for left, closing in by_day.items() if left < DEADLINE_DAYS}
    found = columns(max([2 * WEEK, *(left + 1 for left in drawn)]))
    picture = Picture()
    for left in range(0, len(found), WEEK):
        label = _short(today + timedelta(days=left)) if left else "today"
        picture.tick(found[left].centre, label)
    height = (BOTTOM - TOP) / max([8, *map(len, drawn.values())])
    for left in sorted(drawn):
        for level, (job, kind) in enumerate(drawn[left], 1):
            box = found[left]._replace(y=BOTTOM - level * height, height=height)
            picture.mark(f"{job.PositionTitle}: {_moment(job)}", box).bar(kind, box.inset())
    if later := len(jobs) - sum(map(len, drawn.values())):
        picture.note(f"{later:,} later")
    within = f"within {limits.CLOSING_SOON_DAYS} days or can any hour"
    return Chart(
        title=title,
        summary=f"{count(soon, 'open match closes', 'open matches close')} {within}; the next "
        f"deadline is on {_moment(jobs[0])}, the last one shown on {_moment(jobs[-1])}.",
        picture=picture.svg(title),
        legend={"alert": f"closes {within}", "main": "later"},
        columns=["Job", "Closes", "Days left"],
        rows=[
            _row(job.PositionTitle, _moment(job), _days_left(job, today), number=job.control_number)
            for job in jobs
        ],
    )


def _days_left(job: Closing, today: date) -> int:
    return max((eastern_day(job.closes_at) - today).days, 0)


def _moment(job: Closing) -> str:
    """Return a deadline in Eastern Time: Thu, Dec 3, 2026 at 23:59 ET."""
    on = eastern_day(job.closes_at)
    try:
        at = f" at {job.closes_at.astimezone(EASTERN):%H:%M} ET"
    except OverflowError:
        at = ""
    capped = f", or {at_applications(job.applications)}" if job.applications else ""
    return f"{on:%a}, {day(on)}{at}{capped}"


# --- weeks of openings, and time to close


def _weeks(analytics: Analytics) -> Chart:
    """Draw a column per week: what opened upwards, what closed downwards."""
    title, found = "Opened and closed by week", analytics.weeks
    opened, closed = sum(each.opened for each in found), sum(each.closed for each in found)
    if not opened and not closed:
        return _nothing(title, "No job has opened or closed lately.")
    picture, middle = Picture(), (TOP + BOTTOM) / 2
    most = max(max(each.opened, each.closed) for each in found)
    scale = Scale(0, most, length=middle - TOP - 14)
    for number, (week, column) in enumerate(zip(found, columns(len(found)), strict=True)):
        up, down = scale.at(week.opened), scale.at(week.closed)
        mark = picture.mark(f"{_span(week)}: {_in_week(week)}", column)
        mark.bar("main", column.inset()._replace(y=middle - up, height=up))
        mark.bar("alert", column.inset()._replace(y=middle, height=down))
        mark.number(week.opened, column.centre, middle - up - 3)
        mark.number(week.closed, column.centre, middle + down + 11)
        if number % 4 == 0:
            picture.tick(column.centre, _short(week.first_day), with_line=False)
    usual = analytics.open_days
    times = f"; half of these were open for {count(usual, 'day')} or less" if usual else ""
    return Chart(
        title=title,
        summary=f"In the last {count(len(found), 'week')} {count(opened, 'job')} opened and "
        f"{closed:,} closed{times}.",
        picture=picture.svg(title),
        legend={"main": "opened", "alert": "closed"},
        columns=["Week", "Opened", "Closed", "Days open (median)"],
        rows=[
            _row(
                _span(week),
                week.opened,
                week.closed,
                "none closed" if week.open_days is None else week.open_days,
            )
            for week in reversed(found)
        ],
    )


def _span(week: WeekCount) -> str:
    return f"{_short(week.first_day)} to {_short(week.last_day)}"


def _in_week(week: WeekCount) -> str:
    numbers = f"{week.opened:,} opened, {week.closed:,} closed"
    if week.open_days is None:
        return numbers
    return f"{numbers}, which were open for {count(week.open_days, 'day')} (median)"


def _short(on: date) -> str:
    return f"{on:%b} {on.day}"


# --- outcomes by agency


def _outcomes(analytics: Analytics) -> Chart:
    """Draw a bar per agency: the user's jobs by whether somebody was selected."""
    title, agencies = "Outcomes by agency", analytics.outcomes
    if not agencies:
        return _nothing(title, "No outcome is known of the jobs that you saved or applied for.")
    shown = agencies[:MOST_AGENCIES]
    most = max(sum(each.statuses.values()) for each in shown)
    picture, scale = Picture(), Scale(0, most)
    for agency, row in zip(shown, rows(len(shown), tallest=40), strict=True):
        mark = picture.mark(f"{agency.organization}: {_in_agency(agency)}", row)
        days = agency.selection_days
        mark.label(agency.organization, row.y + 12, "" if days is None else count(days, "day"))
        before = 0
        for kind, number in _by_kind(agency):
            mark.bar(kind, _under(row).part(scale.at(before), scale.at(before + number)))
            before += number
    statuses = _in_order({status for each in agencies for status in each.statuses})
    return Chart(
        title=title,
        summary=_summed_up(agencies),
        picture=picture.svg(title),
        legend={"main": "somebody selected", "rest": "not decided", "alert": "canceled"},
        columns=["Agency", *(plain(each).capitalize() for each in statuses), "Days to selection"],
        rows=[
            _row(
                agency.organization,
                *(agency.statuses.get(status, 0) for status in statuses),
                _days_to_selection(agency),
            )
            for agency in agencies
        ],
    )


def _summed_up(agencies: Sequence[AgencyOutcomes]) -> str:
    yours = sum(sum(each.statuses.values()) for each in agencies)
    selected = sum(dict(_by_kind(each))["main"] for each in agencies)
    known = [each.selection_days for each in agencies if each.selection_days is not None]
    facts = []
    if yours:
        jobs = count(
            yours, "job that you saved or applied for", "jobs that you saved or applied for"
        )
        facts.append(f"Of {jobs}, {count(selected, 'has', 'have')} led to a selection")
    if known:
        fastest, slowest = min(known), count(max(known), "day")
        days = slowest if fastest == max(known) else f"{fastest:,} to {slowest}"
        facts.append(f"{'agencies' if facts else 'Agencies'} take {days} from closing to selection")
    return f"{'; '.join(facts)}."


def _in_agency(agency: AgencyOutcomes) -> str:
    facts = [f"{agency.statuses[each]:,} {each}" for each in _in_order(agency.statuses)]
    if agency.selection_days is not None:
        facts.append(f"{count(agency.selection_days, 'day')} from closing to selection")
    return ", ".join(facts)


def _days_to_selection(agency: AgencyOutcomes) -> str:
    if agency.selection_days is None:
        return "not known"
    return f"{agency.selection_days:,} (median of {agency.selections:,})"


def _by_kind(agency: AgencyOutcomes) -> list[tuple[Kind, int]]:
    """Return the jobs with a selection, those that are still open to one, and the canceled ones."""
    statuses = agency.statuses
    selected = sum(number for status, number in statuses.items() if status in OF_A_SELECTION)
    canceled = statuses.get(CANCELED, 0)
    rest = sum(statuses.values()) - selected - canceled
    return [("main", selected), ("rest", rest), ("alert", canceled)]


def _in_order(statuses: Iterable[str]) -> list[str]:
    """Return statuses in the order in which a job has them, unknown ones last."""
    known = {status: number for number, status in enumerate(IN_ORDER)}
    return sorted(statuses, key=lambda status: (known.get(status, len(known)), status))
