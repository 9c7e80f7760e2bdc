"""The paragraph about specialized experience in the qualifications of a posting.

The work that an applicant must have done before is often said more plainly there than in the
duties. Around it stand rules that are the same in thousands of postings: education, time in grade,
how volunteer work counts.
"""

from __future__ import annotations

import re

from include.jobs.codes import GENERAL_SCHEDULE_PLANS, PAY_PLANS

MAX_PARAGRAPH_CHARACTERS = 3_000
"""Of what is returned: a posting for several grades describes the experience for each."""

# All of these are matched with lower-case text.
_NAMED = re.compile(r"speciali[sz]ed\s+experience")
_SENTENCE_END = re.compile(r"[.!?]\s|\n")
_INSTEAD_OF_IT = re.compile(r"\b(?:substitut|in lieu of|combination of)")
_SOMETHING_ELSE = re.compile(
    r"\b(?:substitut|in lieu of|combination of|(?:bachelor|master|doctora)\S* |degrees?\b"
    r"|graduate (?:education|study)\b|semester hours|transcripts?\b|accredited|time[- ]in[- ]grade"
    r"|paid and unpaid|volunteer|peace corps|part[- ]time|basic requirements?|r[eé]sum[eé]"
    r"|closing date|how to apply|citizens?\b|general experience|qualification standard"
    r"|competencies|if selected|background investigation|probation|retirement"
    r"|seasonal experience|selective (?:service|factor|placement)|conditions of employment)"
)

_EQUIVALENT = re.compile(
    r"\bequivalent\b[\s(]*(?:in\s+(?:level\s+of\s+)?(?:difficulty|complexity|responsibility)"
    r"(?:\s+and\s+\w+)?\s+)?(?:to|at)\b[\s(]*"
    r"(?:(?:at|least|to|the|a|an|that|of|next|lower|grade|level|pay|band|or|federal|"
    r"service|comparable)\b[\s,(/]*)*"
    r"([A-Za-z]{2})(?:/[A-Za-z]{2})?(?:[\s-]+grade)?(?:\s*[-\u2013]\s*|\s+)?(\d{1,2}|(?<=-)[A-Za-z])\b",
    re.IGNORECASE,
)
"""A comparison with a pay plan's grade; no words but these may stand between."""


def equivalent_grade(text: str) -> str | None:
    """Return the grade that experience has to be equivalent to, or None if none is named.

    A posting for several grades asks for one below each; then it is the lowest.
    """
    named = [
        (found[1].upper(), found[2].upper().lstrip("0"))
        for found in _EQUIVALENT.finditer(text)
        if found[1].upper() in PAY_PLANS and _is_about_experience(text, found.start())
    ]
    numbered = [
        (int(grade), plan)
        for plan, grade in named
        if plan in GENERAL_SCHEDULE_PLANS and grade.isdecimal()
    ]
    if named and named[0][0] not in GENERAL_SCHEDULE_PLANS:
        return "-".join(named[0])
    return "{1}-{0}".format(*min(numbered)) if numbered else None


def _is_about_experience(text: str, place: int) -> bool:
    """Return whether it is experience that a sentence compares; it may also be the pay band."""
    start = _sentence_start(text, max(0, place - 300), place)
    return "experience" in text[start:place].lower()


def specialized_experience(qualifications: str) -> str:
    """Return the sentences that describe the specialized experience; empty if there are none.

    These are the sentences that name it, and those after each until one is about something else.
    """
    lowered = qualifications.lower()
    # A few letters have a lower case of another length.
    text = qualifications if len(qualifications) == len(lowered) else lowered
    found: list[str] = []
    characters = place = 0
    while characters < MAX_PARAGRAPH_CHARACTERS and (named := _NAMED.search(lowered, place)):
        start = _sentence_start(lowered, place, named.start())
        place = _sentence_end(lowered, named.end())
        if _INSTEAD_OF_IT.search(lowered, start, place):
            continue
        other = _SOMETHING_ELSE.search(lowered, place)
        place = _sentence_start(lowered, place, other.start()) if other else len(lowered)
        found.append(text[start:place].strip())
        characters += len(found[-1]) + 1
    return " ".join(found)[:MAX_PARAGRAPH_CHARACTERS].strip()


def _sentence_start(text: str, after: int, place: int) -> int:
    """Return where the sentence around a place begins, at the earliest at `after`."""
    ends = (text.rfind(end, after, place) for end in (". ", "! ", "? ", ".\n", "\n"))
    return max(after, *(end + 1 for end in ends))


def _sentence_end(text: str, place: int) -> int:
    end = _SENTENCE_END.search(text, place)
    return end.end() if end else len(text)
