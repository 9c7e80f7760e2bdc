"""Generates the sample postings: which ones exist on which day, and their content.

Everything here is a function of a seed and a calendar day. Some postings open each day; each has a
closing day and at most one amendment in between. Nothing is stored, so any past or future day can
be requested, in any order, and always gives the same postings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, cached_property, lru_cache
from itertools import accumulate
from random import Random
from typing import Any, Literal, NamedTuple

from include.jobs.general_schedule import grade_pay
from include.jobs.places import Coordinates, cities, locate
from include.jobs.states import STATES
from include.sample_api.data_occupations import (
    ABROAD,
    AT_SPECIAL_RATE,
    CONTINUOUS_REGISTER,
    DATA_ENGINEERING,
    DATA_ENGINEERING_BY_PAY_BAND,
    IT_SPECIALISTS,
    ONLY_THE_WORDS,
    PUBLIC_NOTICE,
    RELATED,
    STUDENTS,
)
from include.sample_api.occupations import (
    AVIATION,
    ENERGY,
    ENGINEERING_NOTICE,
    NAVY,
    OCCUPATIONS,
    TREASURY,
    VETERANS,
    Agency,
    Occupation,
    Pay,
)
from include.sample_api.terms import (
    CONTINUOUSLY,
    UNTIL_ENOUGH,
    UNTIL_THE_DAY,
    Terms,
    some_terms,
    terms_in_words,
)

DEFAULT_SEED = 2210

Change = Literal["deadline", "pay", "title", "duties", "withdrawn"]


class Place(NamedTuple):
    """A place of work; without coordinates if USAJOBS doesn't know them."""

    name: str
    coordinates: Coordinates | None
    country: str = "United States"

    @property
    def subdivision(self) -> str | None:
        """The state's full name; None abroad and for entries that are not a place."""
        state = self.name.rpartition(", ")[2]
        return state if state in _STATES else None


_STATES = frozenset(STATES)


class Amendment(NamedTuple):
    """A change to an open announcement, effective from `day`; `closes` is the closing day then."""

    day: date
    change: Change
    closes: date


@dataclass(frozen=True)
class Posting:
    """One announcement, as it stands on some day.

    `control_number` and `opens` never change. `closes` is the current closing day, through which
    the announcement is open. `style_year` selects the style of its Search row.
    """

    control_number: int
    announcement_number: str
    opens: date
    closes: date
    title: str
    agency: Agency
    series: tuple[str, ...]
    plan: str
    grades: tuple[str, str]
    pay: Pay
    hiring_paths: tuple[str, ...]
    places: tuple[Place, ...]
    remote: bool
    summary: str
    duties: tuple[str, ...]
    qualifications: str
    terms: Terms
    style_year: int
    amendment: Amendment | None = None

    @cached_property
    def text(self) -> str:
        """The text that keywords are searched in, in lower case."""
        parts = (self.title, self.agency.organization, self.summary, self.qualifications)
        return " ".join((*parts, *self.duties)).casefold()

    def as_of(self, day: date) -> Posting:
        """Return the posting as it stands on `day`."""
        if self.amendment is None or day < self.amendment.day:
            return self
        return _AMENDED[self.amendment.change](replace(self, closes=self.amendment.closes))


def _raised(posting: Posting) -> Posting:
    minimum, maximum, interval = posting.pay
    pay = Pay(round(minimum * 1.02, 2), round(maximum * 1.02, 2), interval)
    if interval == "PA":
        pay = Pay(round(pay.minimum), round(pay.maximum), interval)
    return replace(posting, pay=pay)


_AMENDED: dict[Change, Callable[[Posting], Posting]] = {
    "deadline": lambda posting: posting,
    "withdrawn": lambda posting: posting,
    "pay": _raised,
    "title": lambda posting: replace(posting, title=f"{posting.title.strip()} - Amended"),
    "duties": lambda posting: replace(
        posting, duties=(*posting.duties, "Other duties as the office's needs change.")
    ),
}

# --- where the work is

CHICAGO = "Chicago, Illinois"

# Towns with fewer than 15,000 people, and entries of USAJOBS that are not American towns.
_OTHER_PLACES = (
    Place("Chicago Ridge, Illinois", Coordinates(41.7014, -87.7792)),
    Place("Great Lakes, Illinois", Coordinates(42.3086, -87.8473)),
    Place("Hines, Illinois", Coordinates(41.8531, -87.8395)),
    Place("Argonne, Illinois", Coordinates(41.7094, -87.9820)),
    Place("Location Negotiable After Selection, United States", None),
    Place("Kwajalein Atoll, Marshall Islands", Coordinates(8.7167, 167.7333), "Marshall Islands"),
    Place("Yokosuka, Japan", Coordinates(35.2836, 139.6672), "Japan"),
    Place("Ramstein, Germany", Coordinates(49.4461, 7.5714), "Germany"),
    Place("Vicenza, Italy", Coordinates(45.5455, 11.5354), "Italy"),
    Place("Singapore, Singapore", Coordinates(1.3220, 103.8210), "Singapore"),
)


@cache
def _place(name: str) -> Place:
    for place in _OTHER_PLACES:
        if place.name == name:
            return place
    return Place(name, locate(name))


@cache
def _national_places() -> tuple[Place, ...]:
    """Return the country's cities as places, largest first."""
    return tuple(Place(city.name, city.coordinates) for city in cities())


@cache
def _weighted_places() -> tuple[tuple[Place, ...], tuple[float, ...]]:
    """Return the places of ordinary postings with their cumulative weights.

    A city's weight grows more slowly than its population, the capital has a weight of its own, and
    the small towns around Chicago occur on every day.
    """
    weighted = [(_place(city.name), city.population**0.5) for city in cities()[:900]]
    weighted += [(place, 900.0) for place in _OTHER_PLACES]
    weighted += [
        (_place("West Chicago, Illinois"), 900.0),
        (_place("North Chicago, Illinois"), 1200.0),
        (_place("Washington, District of Columbia"), 12_000.0),
    ]
    places, weights = zip(*weighted, strict=True)
    return places, tuple(accumulate(weights))


def _some_places(rng: Random) -> tuple[Place, ...]:
    places, weights = _weighted_places()
    count = rng.choices((1, rng.randint(2, 5), rng.randint(6, 48)), (78, 17, 5))[0]
    drawn = rng.choices(places, cum_weights=weights, k=count)
    # USAJOBS knows no coordinates for some entries; a radius then cannot find them.
    known = (place._replace(coordinates=None) if rng.random() < 0.01 else place for place in drawn)
    return _with_duplicates(rng, tuple(known))


def _with_duplicates(rng: Random, places: tuple[Place, ...]) -> tuple[Place, ...]:
    """Repeat some places, as most rows with several places do."""
    if rng.random() < (0.05 if len(places) == 1 else 0.7):
        return places + tuple(rng.choices(places, k=1 + len(places) // 10))
    return places


# --- pay


def _general_schedule(grades: tuple[str, str], opens: date, place: Place | None) -> Pay:
    """Return the pay of grades at a place; without a place, where it is lowest."""
    centre, state = (place.coordinates, place.subdivision) if place else (None, None)
    local = grade_pay(opens.year, centre, state)
    return Pay(local.bottom(int(grades[0])), local.top(int(grades[1])))


# --- who may apply

_FOR_PUBLIC = (
    ("public",),
    ("public", "disability", "vet"),
    ("public", "disability", "fed-competitive", "mspouse", "vet"),
)
_FOR_OTHERS = (
    ("fed-internal-search", "fed-transition"),
    ("fed-competitive", "fed-excepted", "fed-transition", "mspouse", "special-authorities", "vet"),
    ("nguard",),
)
_FOR_STUDENTS = ("graduates", "student")


def _some_paths(rng: Random, occupation: Occupation) -> tuple[str, ...]:
    if occupation.plan == "ES":
        return ("ses",)
    if occupation.is_for_students:
        return _FOR_STUDENTS
    return rng.choice(_FOR_PUBLIC if rng.random() < 0.64 else _FOR_OTHERS)


# --- strands: kinds of posting that are open on every day


@dataclass(frozen=True)
class Strand:
    """Postings of one kind that open every so many days, so that some are open on any day.

    Without `places`, a posting is where its agency has an office near Chicago. Of `announced`
    consecutive postings, all are of the same job: each but the first announces it again, and each
    but the last is withdrawn.
    """

    name: str
    every_days: int
    life_days: tuple[int, int]
    places: tuple[str, ...] = ()
    occupations: tuple[Occupation, ...] = DATA_ENGINEERING
    grades: tuple[tuple[str, str], ...] = ()
    lowest_pay: bool = False
    public: bool = True
    remote: bool = False
    # How many of the country's cities are listed besides `places`.
    cities_listed: int = 0
    amended_after_days: int = 5
    announced: int = 1
    terms: Mapping[str, Any] | None = None


# Where agencies have offices near Chicago, other than in the city.
_OFFICES: Mapping[Agency, tuple[str, ...]] = {
    VETERANS: ("Hines, Illinois", "North Chicago, Illinois", CHICAGO),
    NAVY: ("Great Lakes, Illinois",),
    ENERGY: ("Argonne, Illinois",),
    AVIATION: ("Aurora, Illinois", "Des Plaines, Illinois", "West Chicago, Illinois"),
    TREASURY: ("Downers Grove, Illinois", CHICAGO),
}
_CITY_AND_SUBURBS = (*[CHICAGO] * 5, "Schaumburg, Illinois", "Oak Brook, Illinois", "Gary, Indiana")
_ELSEWHERE = (
    *["Washington, District of Columbia"] * 2,
    *("Denver, Colorado", "San Antonio, Texas", "Rockford, Illinois", "Kansas City, Missouri"),
    *("Huntsville, Alabama", "Baltimore, Maryland", "Philadelphia, Pennsylvania"),
)
_PUBLIC_TERMS = {
    "closing_type": UNTIL_THE_DAY,
    "closing_option": "",
    "appointment": "15317",
    "appointment_in_words": "",
}


STRANDS = (
    # One opens, one is amended and about one closes each day: a second day has news.
    Strand("data engineering", 1, (6, 8), terms=_PUBLIC_TERMS),
    Strand("by pay band", 19, (12, 18), occupations=DATA_ENGINEERING_BY_PAY_BAND),
    # Each of these fails exactly one rule of a search for GS-11 to 13 in Chicago.
    Strand("grade too high", 10, (14, 20), grades=(("14", "14"), ("14", "15"))),
    Strand(
        "grade too low", 13, (14, 20), occupations=IT_SPECIALISTS, grades=(("5", "7"), ("7", "7"))
    ),
    Strand(
        "pay too low",
        12,
        (14, 20),
        (CHICAGO,),
        IT_SPECIALISTS,
        grades=(("11", "11"),),
        lowest_pay=True,
    ),
    Strand("not for the public", 9, (14, 20), public=False),
    Strand("too far", 9, (14, 20), ("Woodstock, Illinois", "Kankakee, Illinois")),
    Strand("related topic", 8, (14, 20), occupations=RELATED, grades=(("12", "12"),)),
    Strand(
        "nationwide notice", 20, (70, 80), (CHICAGO,), (ENGINEERING_NOTICE,), cities_listed=1_069
    ),
    Strand("remote", 17, (15, 20), remote=True, cities_listed=480),
    Strand("only the words", 3, (12, 18), occupations=ONLY_THE_WORDS),
    Strand("elsewhere", 2, (12, 25), _ELSEWHERE),
    # What decides besides.
    Strand(
        "public notice",
        330,
        (364, 364),
        (CHICAGO,),
        (PUBLIC_NOTICE,),
        cities_listed=330,
        amended_after_days=30,
        terms={"openings": "Many", "direct_hire": True},
    ),
    Strand(
        "open continuous",
        200,
        (190, 240),
        (CHICAGO,),
        (CONTINUOUS_REGISTER,),
        cities_listed=24,
        amended_after_days=20,
        terms={"closing_type": CONTINUOUSLY, "closing_option": "", "openings": "Many"},
    ),
    Strand(
        "term",
        17,
        (12, 16),
        terms={
            "appointment": "15319",
            "appointment_in_words": "Term appointment, not to exceed 2 years",
            "promotion_potential": "None",
        },
    ),
    Strand(
        "capped",
        10,
        (8, 12),
        occupations=IT_SPECIALISTS,
        terms={"closing_type": UNTIL_ENOUGH, "closing_option": "500", "openings": "FEW"},
    ),
    Strand(
        "ladder",
        12,
        (12, 16),
        occupations=IT_SPECIALISTS,
        grades=(("9", "9"),),
        terms={"promotion_potential": "12"},
    ),
    Strand("special rate", 21, (12, 16), occupations=AT_SPECIAL_RATE),
    Strand(
        "abroad",
        20,
        (12, 16),
        (CHICAGO,),
        (ABROAD,),
        terms={
            "appointment": "15318",
            "appointment_in_words": "Temporary appointment, not to exceed 1 year",
            "clearance": "Secret",
            "travel": "8",
            "drug_test": True,
            "telework": False,
        },
    ),
    Strand("students", 14, (12, 16), occupations=(STUDENTS,)),
    Strand("announced again", 14, (9, 12), announced=3),
)

# --- the days

_LONGEST_LIFE_DAYS = 364
_LONGEST_EXTENSION_DAYS = 7
# No posting is open longer, extension included.
LONGEST_OPEN_DAYS = _LONGEST_LIFE_DAYS + _LONGEST_EXTENSION_DAYS
_LIVES = ((5, 20), (21, 45), (46, 90), (120, _LONGEST_LIFE_DAYS))
_LIFE_WEIGHTS = tuple(accumulate((59, 30, 9, 2)))
_STYLE_YEARS = (2025, 2023, 2021, 2020, 2016)
_STYLE_WEIGHTS = tuple(accumulate((78, 12, 5, 2, 3)))
_CHANGES: tuple[Change, ...] = ("deadline", "pay", "title", "duties")
_NUMBERS_A_DAY = 1000


class Outline(NamedTuple):
    """A posting before its text is generated: enough to know when it is open."""

    sequence: int
    strand: Strand | None
    closes: date
    amendment: Amendment | None

    def open_on(self, day: date) -> bool:
        """Return whether the posting is open on a day, which must not precede its opening."""
        if self.amendment and day >= self.amendment.day:
            return day <= self.amendment.closes
        return day <= self.closes


@lru_cache(maxsize=2 * _LONGEST_LIFE_DAYS)
def _outlines(seed: int, opens: date) -> tuple[Outline, ...]:
    rng = Random(f"{seed} {opens}")
    strands: list[Strand | None] = [
        strand
        for phase, strand in enumerate(STRANDS)
        if opens.toordinal() % strand.every_days == phase % strand.every_days
    ]
    ordinary = rng.randint(135, 155) if opens.weekday() < 5 else rng.randint(15, 25)
    return tuple(
        _outline(rng, opens, sequence, strand)
        for sequence, strand in enumerate([*strands, *[None] * ordinary])
    )


def _outline(rng: Random, opens: date, sequence: int, strand: Strand | None) -> Outline:
    life = strand.life_days if strand else rng.choices(_LIVES, cum_weights=_LIFE_WEIGHTS)[0]
    days = rng.randint(*life)
    closes = opens + timedelta(days=days - 1)
    if strand:
        amended_after = strand.amended_after_days
    elif rng.random() < 0.15:
        amended_after = rng.randrange(1, days)
    else:
        return Outline(sequence, None, closes, None)
    day = opens + timedelta(days=amended_after)
    change = rng.choice(_CHANGES)
    if strand and _announcement_of(strand, opens) < strand.announced:
        change, closes_then = "withdrawn", day
    elif change == "deadline":
        closes_then = closes + timedelta(days=rng.randint(2, _LONGEST_EXTENSION_DAYS))
    elif strand is None and rng.random() < 0.1:
        change, closes_then = "withdrawn", day
    else:
        closes_then = closes
    return Outline(sequence, strand, closes, Amendment(day, change, closes_then))


def _announcement_of(strand: Strand, opens: date) -> int:
    """Return which announcement of the same job one is, counted from 1."""
    return opens.toordinal() // strand.every_days % strand.announced + 1


def _content_seed(seed: int, opens: date, outline: Outline) -> str:
    """Return what decides the content; it is the same for all announcements of a job."""
    strand = outline.strand
    if strand is None or strand.announced == 1:
        return f"{seed} {opens} {outline.sequence}"
    return f"{seed} {strand.name} {opens.toordinal() // strand.every_days // strand.announced}"


def _posting(seed: int, opens: date, outline: Outline) -> Posting:
    rng = Random(_content_seed(seed, opens, outline))
    strand = outline.strand
    occupation = rng.choice(strand.occupations) if strand else _some_occupation(rng)
    title = rng.choice(occupation.titles)
    grades = rng.choice((strand and strand.grades) or occupation.grades)
    agency = rng.choice(occupation.agencies)
    places = _strand_places(rng, strand, agency) if strand else _some_places(rng)
    terms = some_terms(rng, occupation.plan, grades, strand.terms if strand else None)
    if "Direct Hire" in title:
        terms = terms._replace(direct_hire=True)
    # Three of twenty ordinary postings share an announcement number, as several offices may.
    shares = strand is None and outline.sequence % 20 < 3
    announcement = outline.sequence - outline.sequence % 20 if shares else outline.sequence
    return Posting(
        # Nine digits in this century: the opening day and the sequence number on that day.
        control_number=opens.toordinal() * _NUMBERS_A_DAY + outline.sequence,
        announcement_number=f"SMP-{opens:%y%j}-{announcement:03d}",
        opens=opens,
        closes=outline.closes,
        title=_spaced(rng, title),
        agency=agency,
        series=_some_series(rng, occupation),
        plan=occupation.plan,
        grades=grades,
        pay=_some_pay(rng, occupation, grades, opens, places[0], strand),
        hiring_paths=_strand_paths(rng, strand, occupation)
        if strand
        else _some_paths(rng, occupation),
        places=places,
        remote=strand.remote if strand else rng.random() < 0.03,
        summary=_summary(rng, occupation, title, agency, terms),
        duties=tuple(rng.sample(occupation.duties, min(5, len(occupation.duties)))),
        qualifications=_qualifications(rng, occupation, grades),
        terms=terms,
        style_year=_some_style(rng, strand),
        amendment=outline.amendment,
    )


@cache
def _occupation_weights() -> tuple[int, ...]:
    return tuple(accumulate(occupation.share for occupation in OCCUPATIONS))


def _some_occupation(rng: Random) -> Occupation:
    return rng.choices(OCCUPATIONS, cum_weights=_occupation_weights())[0]


def _strand_places(rng: Random, strand: Strand, agency: Agency) -> tuple[Place, ...]:
    own = rng.choice(strand.places or _OFFICES.get(agency, _CITY_AND_SUBURBS))
    return _with_duplicates(rng, (_place(own), *_national_places()[: strand.cities_listed]))


def _strand_paths(rng: Random, strand: Strand, occupation: Occupation) -> tuple[str, ...]:
    if occupation.is_for_students:
        return _FOR_STUDENTS
    return rng.choice(_FOR_PUBLIC if strand.public else _FOR_OTHERS)


def _some_series(rng: Random, occupation: Occupation) -> tuple[str, ...]:
    main, *others = occupation.series
    if rng.random() < 0.8:
        return (main,)
    return (main, *rng.sample(others, rng.randint(0, len(others))))


def _some_pay(
    rng: Random,
    occupation: Occupation,
    grades: tuple[str, str],
    opens: date,
    place: Place,
    strand: Strand | None,
) -> Pay:
    if occupation.pay:
        return rng.choice(occupation.pay)
    return _general_schedule(grades, opens, None if strand and strand.lowest_pay else place)


def _some_style(rng: Random, strand: Strand | None) -> int:
    # Rows of the oldest style don't say who may apply, so a strand could not use them.
    count = len(_STYLE_YEARS) - 1 if strand else len(_STYLE_YEARS)
    return rng.choices(_STYLE_YEARS[:count], cum_weights=_STYLE_WEIGHTS[:count])[0]


def _spaced(rng: Random, title: str) -> str:
    """Leave a space before or after some titles, as agencies do."""
    return rng.choices((title, f"{title} ", f" {title}"), (95, 4, 1))[0]


def _summary(rng: Random, occupation: Occupation, title: str, agency: Agency, terms: Terms) -> str:
    opening = rng.choice(
        (
            "This position is with the {organization}. As {title} you will join a team that is "
            "short of hands, not of work.",
            "The {organization} is filling a vacancy for {title}.",
            "Come and work for the {organization} as {title}: the office is small, and what you do "
            "will be used.",
        )
    ).format(organization=agency.organization, title=title)
    return f"{opening}{occupation.subject}{terms_in_words(terms)}"


# The level of experience that a grade asks for (OPM's standard for two-grade intervals).
_NEXT_LOWER = {
    "5": "4",
    "7": "5",
    "9": "7",
    "11": "9",
    "12": "11",
    "13": "12",
    "14": "13",
    "15": "14",
}


def _qualifications(rng: Random, occupation: Occupation, grades: tuple[str, str]) -> str:
    closing = rng.choice(
        (
            "Paid and unpaid experience count alike.",
            "Part-time work is credited by the hour; pay &amp; leave follow the schedule.",
            "All requirements have to be met by the closing date.",
        )
    )
    if occupation.plan not in _ON_THE_SCALE:
        return f"You qualify with {occupation.knowledge}. {closing}"
    levels = "".join(
        f"For the {occupation.plan}-{grade}: you need one year of specialized experience "
        f"equivalent to at least the GS-{_NEXT_LOWER[grade]} grade level in the federal service. "
        for grade in dict.fromkeys(map(_without_zero, grades))
        if grade in _NEXT_LOWER
    )
    named = "Specialized experience is" if levels else "You need specialized experience in"
    return f"{levels}{named} {occupation.knowledge}. {closing}"


_ON_THE_SCALE = {"GS", "GG"}


def _without_zero(grade: str) -> str:
    return grade.lstrip("0")


def day_of_control_number(number: str) -> date | None:
    """Return the opening day that a control number implies, or None if there is none."""
    day = int(number) // _NUMBERS_A_DAY if re.fullmatch(r"\d{1,10}", number) else 0
    return date.fromordinal(day) if 0 < day <= date.max.toordinal() else None


def opened_on(day: date, seed: int = DEFAULT_SEED) -> Iterator[Posting]:
    """Yield the postings that opened on `day`, in their original form."""
    return (_posting(seed, day, outline) for outline in _outlines(seed, day))


@lru_cache(maxsize=3)
def open_on(day: date, seed: int = DEFAULT_SEED) -> tuple[Posting, ...]:
    """Return the postings open on `day`, as they stand on that day, by control number."""
    opening_days = (day - timedelta(days=back) for back in range(LONGEST_OPEN_DAYS, -1, -1))
    return tuple(
        _posting(seed, opens, outline).as_of(day)
        for opens in opening_days
        for outline in _outlines(seed, opens)
        if outline.open_on(day)
    )
