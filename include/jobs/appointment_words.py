"""What agencies say of an appointment in their own words: its kind, and how long it lasts.

The words of the kind and of the schedule, and the title, often narrow the official code or
contradict it: "Term NTE 13 months", or "Temporary not-to-exceed September 30" with the code of a
permanent appointment. The words then count more than the code; where they contradict themselves
too, nothing is said of the kind.
"""

from __future__ import annotations

import re

from include.jobs.codes import APPOINTMENTS, PERMANENT, TEMPORARY, TEMPORARY_PROMOTION, TERM
from include.jobs.facts import Appointment

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
    "eighteen": "18",
}
_NUMBER = rf"(?:\d[\d,]*(?:\s*(?:-|to)\s*\d+)?|{'|'.join(_NUMBERS)})"
_AMOUNT = rf"{_NUMBER}(?:\s*\(\d+\))?[\s-]*(?:years?|yrs?|months?|weeks?|days?|hours?)\b"
_PERIOD = rf"(?:at\s+least\s+)?{_AMOUNT}(?:\s+(?:and\s+)?{_AMOUNT})?"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
_IS_MONTH = re.compile(_MONTH)
_DATE = (
    rf"\d{{1,2}}[/-]\d{{1,2}}[/-]\d{{2,4}}|{_MONTH}\s*\d{{1,2}},?\s*\d{{4}}"
    rf"|\d{{1,2}}[\s-]*{_MONTH}[\s-]*\d{{4}}"
)
_LIMIT = r"(?:\bnte\b|\bnot[\s-]+to[\s-]+exceed\b)"
_LIMITED = re.compile(rf"{_LIMIT}(?:[\s:.(-]*{_LIMIT})*[\s:.)-]*(?:of\s+)?({_PERIOD}|{_DATE})?")
_ONLY_A_PERIOD = re.compile(rf"({_PERIOD})\.?")

_POSSIBLE = re.compile(
    r"\b(?:may|might|can|could|possib\w+|potential\w*|eligible|convert\w*|exten\w+)\b"
)
"""What follows is not what the appointment is, but what may become of it."""

_NAMED = {
    TEMPORARY_PROMOTION: re.compile(r"\btemporary\s+promotion\b"),
    TEMPORARY: re.compile(r"(?<!non-)(?<!non )\btemporary\b(?!\s+promotion)"),
    TERM: re.compile(r"(?<!long[ -])(?<!short[ -])(?<!near[ -])(?<!mid[ -])\bterm\b(?!s)"),
    PERMANENT: re.compile(r"(?<!non-)(?<!non )(?<!not )\bpermanent\b"),
}

_KINDS_BY_NAME = {kind: kind for kind in APPOINTMENTS.values() if kind}


def appointment(code_kind: str | None, words: list[str], title: str) -> Appointment | None:
    """Return what a posting says of its appointment, or None if it says nothing.

    `code_kind` is the kind that its code stands for, `words` are the agency's own. Of a title only
    what limits the time counts: a term may also be a matter of care, or of a trade.
    """
    lowered = [" ".join(text.lower().split()) for text in words]
    if _LIMITED.search(title.lower()):
        lowered.append(" ".join(title.lower().split()))
    kind = _kind(code_kind, {name for text in lowered for name in _named(text)})
    limits = [found for text in lowered for found in _LIMITED.finditer(text)]
    lengths = [found[1] for found in limits if found[1]]
    if kind != PERMANENT:
        lengths += [found[1] for text in lowered if (found := _ONLY_A_PERIOD.fullmatch(text))]
    elif limits:
        kind = None
    length = _normal(lengths[0]) if lengths else None
    return Appointment(kind=kind, length=length) if kind or length else None


def _named(text: str) -> set[str]:
    """Return the kinds that a text in lower case names."""
    if text in _KINDS_BY_NAME:
        return {text}
    certain = _POSSIBLE.split(text, maxsplit=1)[0]
    return {kind for kind, name in _NAMED.items() if name.search(certain)}


def _kind(code_kind: str | None, named: set[str]) -> str | None:
    if code_kind is None or (code_kind == PERMANENT and named):
        return named.pop() if len(named) == 1 else None
    return None if PERMANENT in named and code_kind in (TERM, TEMPORARY) else code_kind


def _normal(length: str) -> str:
    """Return a length or date in one form, however it is spelt: One (1) Year is 1 year."""
    without_figures = re.sub(r"\s*\(\d+\)", "", length)
    words = re.sub(r"(?<=\w)-(?=[a-z])", " ", without_figures).split()
    return " ".join(
        word.capitalize() if _IS_MONTH.fullmatch(word) else _NUMBERS.get(word, word)
        for word in words
    )
