"""What a search excludes: agencies, series, and words in titles.

An entry says what it is, as in "agency: Navy", "series: 0332" or "title: intern"; or it is a number
of a series, or any name, which then excludes the agency or the series that is so called, and titles
in which the words occur.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from include.jobs.agencies import (
    MOST_GENERAL,
    agency_codes,
    agency_names,
    folded_agency,
    holds_a_listed_name,
    listed_agency,
    names_of_agency,
)
from include.jobs.formatting import either
from include.jobs.series import series_names
from include.searches.visible_text import INVISIBLE

MOST_ENTRIES = 30
MOST_CHARACTERS = 100

POSSIBLE = (
    "an entry is an agency, a series by number or name, or words of titles; “agency: …”, "
    "“series: …” or “title: …” says which"
)

_KINDS = {
    **dict.fromkeys(("agency", "agencies", "department", "organization"), "agency"),
    "series": "series",
    **dict.fromkeys(("title", "titles", "word", "words"), "title"),
}
_KIND = re.compile(r"([A-Za-z]+)\s*:\s*(.*)", re.DOTALL)
_NUMBER = re.compile(r"(?:series\s+)?(?:[A-Za-z]{2}-)?(\d{3,4})(?:\s+series)?", re.IGNORECASE)
_A_DEPARTMENT = re.compile(r"(?:the )?(?:u\.?s\.? )?dep\w*\.? of\b", re.IGNORECASE)
_AGENCY_CODE = re.compile(r"[A-Za-z]{2}(?:[A-Za-z0-9]{2})?")
_CODE_OF_AN_OFFICE = 4
"""Characters of a code that stands alone: those of departments are words, as in and us."""

_HIDDEN = re.compile(f"[{INVISIBLE}]")

_SIMILAR = 0.85
"""How similar a name of an agency is to a listed one, from 0 to 1, if it is a misspelling."""
_SIMILAR_SERIES = 0.6
MOST_PROPOSALS = 3


class UnknownExclusion(ValueError):
    """An entry can't be understood; the message says what is possible."""


@dataclass(frozen=True)
class Exclusion:
    """What one entry excludes; what is None or empty, it doesn't.

    `agencies` are folded names, which may be part of the name of a posting's agency; `called` is
    one that has to be its whole name. `agency_code` is USAJOBS's, of two letters for a
    department. `series` is a number of four digits, whose last two
    are 00 for a group. `title` are the words that a title has to hold.
    """

    text: str
    agencies: frozenset[tuple[str, ...]] = frozenset()
    called: tuple[str, ...] = ()
    agency_code: str | None = None
    series: str | None = None
    title: str = ""


def tidy_entries(entries: Iterable[str]) -> list[str]:
    """Return the distinct entries without blank ones and superfluous spaces, after checking each.

    Raises:
        UnknownExclusion: there are too many, or one can't be understood.
    """
    tidy = list(dict.fromkeys(filter(None, (" ".join(each.split()) for each in entries))))
    if len(tidy) > MOST_ENTRIES:
        raise UnknownExclusion(
            f"there are {len(tidy)} entries; at most {MOST_ENTRIES} are possible"
        )
    for each in tidy:
        read_exclusion(each)
    return tidy


@cache
def read_exclusion(text: str) -> Exclusion:
    """Return what an entry excludes.

    Raises:
        UnknownExclusion: it can't be understood.
    """
    if len(text) > MOST_CHARACTERS:
        raise UnknownExclusion(f"“{text:.30}…” has more than {MOST_CHARACTERS} characters")
    if _HIDDEN.search(text):
        raise UnknownExclusion(f"{text!r} has control or hidden characters")
    said = _KIND.fullmatch(text)
    kind, name = (_KINDS.get(said[1].casefold()), said[2].strip()) if said else (None, text)
    if said and kind is None:
        raise UnknownExclusion(f"“{text}” begins with an unknown kind: {POSSIBLE}")
    if not re.search(r"\w", name):
        raise UnknownExclusion(f"“{text}” names nothing: {POSSIBLE}")
    if kind != "title" and (several := _several(name)):
        raise UnknownExclusion(
            f"“{text}” is several entries: write each by itself, "
            f"{', '.join(f'“{each}”' for each in several)}"
        )
    if kind == "agency":
        return Exclusion(text, agencies=_agency(name), agency_code=_code(name))
    if kind == "series":
        return Exclusion(text, series=_series(name))
    if kind == "title":
        return Exclusion(text, title=name)
    return _of_any_kind(name)


def _several(name: str) -> list[str]:
    """Return the entries that somebody wrote as one; none if it is one."""
    if _is_known(name):
        return []
    if ";" in name:
        parts = [each for each in map(str.strip, name.split(";")) if each]
        return parts if len(parts) > 1 else []
    parts = [each.strip() for each in re.split(r"[,/|]|\s(?:and|or|&)\s", name)]
    are_known = len(parts) > 1 and all(map(_is_known, parts))
    return parts if are_known and not _is_department_and_office(*parts) else []


def _is_known(name: str) -> bool:
    is_series = _NUMBER.fullmatch(name) or _folded(name) in _series_by_name()
    return bool(is_series or listed_agency(name) or _department(name))


def _department(name: str) -> str | None:
    return listed_agency(f"Department of {name}")


def _is_department_and_office(first: str, *others: str) -> bool:
    """Return whether it is the name of an office, as in Interior, Bureau of Indian Affairs."""
    return bool(_department(first)) and all(
        " " in each and not _department(each) for each in others
    )


def _of_any_kind(name: str) -> Exclusion:
    if _NUMBER.fullmatch(name):
        return Exclusion(name, series=_series(name))
    if _A_DEPARTMENT.match(name):
        return Exclusion(name, agencies=_agency(name))
    listed = listed_agency(name) or _department(name)
    return Exclusion(
        name,
        agencies=names_of_agency(listed) if listed else frozenset(),
        called=folded_agency(name),
        agency_code=_code(name) if len(name) == _CODE_OF_AN_OFFICE else None,
        series=_series_by_name().get(_folded(name)),
        title=name,
    )


def _code(name: str) -> str | None:
    return name.upper() if _AGENCY_CODE.fullmatch(name) else None


def _agency(name: str) -> frozenset[tuple[str, ...]]:
    listed = listed_agency(name) or agency_codes().get(name.upper())
    if listed:
        return names_of_agency(listed)
    folded = folded_agency(name)
    if MOST_GENERAL.issuperset(folded):
        raise UnknownExclusion(f"“{name}” doesn't say which agency")
    near = "" if holds_a_listed_name(folded) else _near(name, agency_names(), _SIMILAR)
    if near:
        raise UnknownExclusion(f"“{name}” is not a known agency; did you mean {near}?")
    return frozenset({folded})


def _series(name: str) -> str:
    names = series_names()
    if number := _NUMBER.fullmatch(name):
        code = number[1].zfill(4)
        is_group = code.endswith("00") and any(each.startswith(code[:2]) for each in names)
        if code in names or is_group:
            return code
        similar = sorted(names, key=lambda each: _misread(code, each))[:MOST_PROPOSALS]
        near = either([f"{each} ({names[each]})" for each in similar])
        raise UnknownExclusion(f"there is no series {code}{_meant(near)}")
    if code_of_name := _series_by_name().get(_folded(name)):
        return code_of_name
    near = _near(name, names.values(), _SIMILAR_SERIES)
    raise UnknownExclusion(f"“{name}” is not the name of a series{_meant(near)}")


def _misread(code: str, other: str) -> tuple[int, int]:
    """Return how many digits of two numbers differ, and then how far apart they are."""
    differing = sum(one != another for one, another in zip(code, other, strict=True))
    return differing, abs(int(code) - int(other))


def _meant(near: str) -> str:
    return f"; did you mean {near}?" if near else "; write its number, as in “series: 2210”"


@cache
def _series_by_name() -> dict[str, str]:
    return {_folded(name): code for code, name in series_names().items()}


def _folded(name: str) -> str:
    words = re.findall(r"[^\W_]+", name.casefold().replace("&", " and "))
    return " ".join(words).removesuffix(" series")


def _near(name: str, names: Iterable[str], similar: float) -> str:
    by_folded = {_folded(each): each for each in names}
    found = get_close_matches(_folded(name), by_folded, MOST_PROPOSALS, similar)
    return either([by_folded[each] for each in found])
