"""What agencies say of an appointment in their own words: its kind, and how long it lasts.

The words of the kind and of the schedule, and the title, often narrow the official code or
contradict it: "Term NTE 13 months", or "Temporary not-to-exceed September 30" with the code of a
permanent appointment. The words then count more than the code; where they contradict themselves
too, nothing is said of the kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from include.jobs.codes import APPOINTMENTS, PERMANENT, TEMPORARY, TEMPORARY_PROMOTION, TERM
from include.jobs.facts import Appointment
from include.jobs.limits import MAX_NAME_CHARACTERS

_NUMBERS = {
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
    "eleven": "11",
    "twelve": "12",
    "thirteen": "13",
    "fifteen": "15",
    "eighteen": "18",
    "twenty-four": "24",
    "thirty-six": "36",
}
_NUMBER = rf"(?:\d[\d,]*(?:\s*(?:-|to)\s*\d+)?|{'|'.join(_NUMBERS)})"
_LONG_UNITS = r"(?:years?|yrs?|months?|mos?|weeks?|days?)"
_LONG = rf"{_NUMBER}(?:\s*\(\d+\))?[\s-]*{_LONG_UNITS}\b"
_AMOUNT = rf"(?:{_LONG}|{_NUMBER}[\s-]*hours?\b)"
_PERIOD = rf"(?:at\s+least\s+)?{_AMOUNT}(?:\s+(?:and\s+)?{_AMOUNT})?"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
_IS_MONTH = re.compile(_MONTH)
_DATE = (
    rf"\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}[/-]\d{{1,2}}[/-]\d{{2,4}}|{_MONTH}\s*\d{{1,2}},?\s*\d{{4}}"
    rf"|\d{{1,2}}[\s-]*{_MONTH}[\s-]*\d{{4}}"
)
_IN_PARENTHESES = re.compile(r"\((?:term|temporary)(?: appointment| position)?\)")
"""What a title says of the appointment, and nothing else."""

_LIMIT = r"(?:\bnte\b|\bnot[\s-]+to[\s-]+exceed\b)"
_LIMITED = re.compile(rf"{_LIMIT}(?:[\s:.(-]*{_LIMIT})*[\s:.)-]*(?:of\s+)?({_PERIOD}|{_DATE})?")
_ONLY_A_PERIOD = re.compile(rf"({_PERIOD})\.?")
_LASTING = re.compile(
    rf"\b(?:term|temporary|detail|promotion|appointment|position)\b[\s:,(-]*"
    rf"(?:(?:of|for|is|lasting|limited\s+to|up\s+to)\s+)*({_LONG})"
    rf"|({_LONG})[\s-]+(?:term|temporary|detail)\b"
)
_TIME_LIMITED = re.compile(r"\btime[\s-]+limited\b(?!\s+promotion)")
_TRIAL = re.compile(r"\b(?:trial|probation)")
"""A period in such words is no limit of the appointment."""

_POSSIBLE = re.compile(
    r"\b(?:may|might|can|could|possib\w+|potential\w*|eligible|convert\w*|exten\w+)\b"
)
"""What follows is not what the appointment is, but what may become of it."""

_NAMED = {
    TEMPORARY_PROMOTION: re.compile(r"\btemporary\s+promotion\b"),
    TEMPORARY: re.compile(r"\btemporary\b(?!\s+promotion)"),
    TERM: re.compile(r"(?<!long[ -])(?<!short[ -])(?<!near[ -])(?<!mid[ -])\bterm\b(?!s)"),
    PERMANENT: re.compile(r"\bpermanent\b"),
}
_DENIED = re.compile(r"\bno[nt][\s-]+(?:an?\s+)?(permanent|temporary|term)\b")

_KINDS_BY_NAME = {kind.removesuffix("s"): kind for kind in APPOINTMENTS.values() if kind}
_OFFICIAL = re.compile(rf"({'|'.join(sorted(_KINDS_BY_NAME, reverse=True))})s?\b")
"""At the beginning of a text; agencies also write Internship and Recent Graduate."""


def appointment(code_kind: str | None, words: list[str], title: str) -> Appointment | None:
    """Return what a posting says of its appointment, or None if it says nothing.

    `code_kind` is the kind that its code stands for, `words` are the agency's own. Of a title only
    what limits the time counts, or stands alone in parentheses: a term may also be a matter of
    care, or of a trade.
    """
    lowered, called = [_folded(text) for text in words], _folded(title)
    if _LIMITED.search(called):
        lowered.append(called)
    lowered += _IN_PARENTHESES.findall(called)
    kind = _kind(code_kind, lowered)
    limits = [found for text in lowered for found in _LIMITED.finditer(text)]
    lengths = [found[1] for found in limits if found[1]]
    if kind != PERMANENT:
        lengths += [found for text in lowered for found in _lengths(text)]
    elif limits or any(_TIME_LIMITED.search(text) for text in lowered):
        kind = None
    length = _normal(lengths[0]) if lengths else None
    return Appointment(kind=kind, length=length) if kind or length else None


def _folded(text: str) -> str:
    return " ".join(text[:MAX_NAME_CHARACTERS].lower().split())


def _certain(text: str) -> str:
    """Return the part of a text that says what the appointment is."""
    return _POSSIBLE.split(text, maxsplit=1)[0]


def _lengths(text: str) -> Iterator[str]:
    """Yield how long an appointment lasts by a text in lower case that names no limit."""
    if found := _ONLY_A_PERIOD.fullmatch(text):
        yield found[1]
    certain = _certain(text)
    if (found := _LASTING.search(certain)) and not _TRIAL.search(certain):
        yield found[1] or found[2]


def _kind(code_kind: str | None, texts: list[str]) -> str | None:
    """Return the kind that a code and texts in lower case stand for."""
    certain = [_certain(text) for text in texts]
    denied = {found[1] for text in certain for found in _DENIED.finditer(text)}
    plain = [_DENIED.sub(" ", text) for text in certain]
    named = {kind for text in plain for kind, name in _NAMED.items() if name.search(text)}
    if code_kind is None:
        official = {_KINDS_BY_NAME[found[1]] for text in plain if (found := _OFFICIAL.match(text))}
        named |= official
    if code_kind is None or (code_kind == PERMANENT and named):
        return named.pop() if len(named) == 1 else None
    if code_kind in denied or (PERMANENT in named and code_kind in (TERM, TEMPORARY)):
        return None
    return code_kind


_AMOUNT_IN_FIGURES = re.compile(r"(\S*\d)[\s-]*([a-z])[a-z]*")
_UNITS = {"y": "year", "m": "month", "w": "week", "d": "day", "h": "hour"}


def _normal(length: str) -> str:
    """Return a length or date in one form, however it is spelt: One (1) Yr is 1 year."""
    text = re.sub(r"\s*\(\d+\)", "", length)
    for word, figures in sorted(_NUMBERS.items(), key=lambda item: -len(item[0])):
        text = re.sub(rf"\b{word}\b", figures, text)
    if re.search(rf"\b{_MONTH}\b", text):
        return " ".join(
            word.capitalize() if _IS_MONTH.fullmatch(word) else word
            for word in text.replace("-", " ").split()
        )
    return " ".join(_AMOUNT_IN_FIGURES.sub(_spelt_out, text).split())


def _spelt_out(amount: re.Match[str]) -> str:
    unit = _UNITS.get(amount[2])
    return f"{amount[1]} {unit}{'' if amount[1] == '1' else 's'}" if unit else amount[0]
