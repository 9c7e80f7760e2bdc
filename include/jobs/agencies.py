"""Agencies: under which names people and postings know them.

`agencies.csv` has the departments and the agencies that people name most, with the two letters that
USAJOBS has for departments and independent agencies. USAJOBS names more than a thousand offices, so
a name that isn't listed may well be one.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

AGENCIES = Path(__file__).with_suffix(".csv")

_DEFENSE = "Department of Defense"
_MILITARY_DEPARTMENTS = ("Army", "Navy", "Air Force")
"""Parts of the Department of Defense (10 U.S.C. 111) that USAJOBS lists as its equals."""

_SAYS_LITTLE = frozenset({"the", "of", "and", "for", "us"})
_UNITED_STATES = re.compile(r"\bu\.?\s?s\b\.?|\bunited states\b")
_APOSTROPHES = dict.fromkeys(map(ord, "'\u2019"))
_WORD = re.compile(r"[^\W_]+")

MOST_GENERAL = frozenset(
    {
        *("administration", "agency", "board", "bureau", "center", "centers", "command"),
        *("commission", "corps", "department", "federal", "national", "office", "offices"),
        *("service", "services", "system", "systems", "wide"),
    }
)
"""Words that alone name no agency."""


def folded_agency(name: str) -> tuple[str, ...]:
    """Return the words that tell an agency from others.

    "U.S. Dept. of the Army" is department, army. Case and punctuation don't count, nor where the
    word department stands.
    """
    text = _UNITED_STATES.sub(" ", name.casefold().translate(_APOSTROPHES))
    words = ["department" if word == "dept" else word for word in _WORD.findall(text)]
    told = [word for word in words if word not in _SAYS_LITTLE]
    if told[1:] and told[-1] == "department":
        told = ["department", *told[:-1]]
    return tuple(told)


@cache
def agency_names() -> tuple[str, ...]:
    """Return the listed names in full."""
    return tuple(row["name"] for row in _rows())


@cache
def agency_codes() -> dict[str, str]:
    """Return the names by code."""
    return {row["code"]: row["name"] for row in _rows() if row["code"]}


@cache
def _by_name() -> dict[tuple[str, ...], str]:
    return {folded_agency(each): row["name"] for row in _rows() for each in _names(row)}


@cache
def _all_names() -> dict[str, frozenset[tuple[str, ...]]]:
    names = {row["name"]: frozenset(map(folded_agency, _names(row))) for row in _rows()}
    names[_DEFENSE] |= {folded_agency(each) for each in _MILITARY_DEPARTMENTS}
    return names


def listed_agency(name: str) -> str | None:
    """Return the full name of the agency that is so called or abbreviated, if it is listed."""
    return _by_name().get(folded_agency(name))


def holds_a_listed_name(folded: tuple[str, ...]) -> bool:
    """Return whether a listed name is part of a folded name."""
    return any(holds(folded, listed) for listed in _by_name())


def holds(folded: tuple[str, ...], part: tuple[str, ...]) -> bool:
    """Return whether the words of a folded name occur together in another one."""
    return f" {' '.join(part)} " in f" {' '.join(folded)} "


def names_of_agency(name: str) -> frozenset[tuple[str, ...]]:
    """Return the folded names that a posting's agency has or contains if it is the listed one."""
    return _all_names()[name]


@cache
def _rows() -> tuple[dict[str, str], ...]:
    with AGENCIES.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def _names(row: dict[str, str]) -> list[str]:
    return [row["name"], *filter(None, row["other_names"].split("; "))]
