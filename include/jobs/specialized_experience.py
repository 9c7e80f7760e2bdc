"""The paragraph about specialized experience in the qualifications of a posting.

The work that an applicant must have done before is often said more plainly there than in the
duties. Around it stand rules that are the same in thousands of postings: education, time in grade,
how volunteer work counts.
"""

from __future__ import annotations

import re

from include.jobs.codes import GENERAL_SCHEDULE_PLANS, PAY_PLANS

MAX_PARAGRAPH_CHARACTERS = 3_000
"""Of what is kept: a posting for several grades describes the experience for each."""

MAX_READ_CHARACTERS = 4 * MAX_PARAGRAPH_CHARACTERS
"""Of what is read for the grade, which may only be named at the end."""

# All but _NO_SPACE are matched with lower-case text.
_NAMED = re.compile(
    r"speciali[sz]ed\s+(?:(?:work|professional|technical|federal|it)\s+)?exp(?:erience\b|\.)"
)
_NO_SPACE = re.compile(r"[.!?:](?=[A-Z][a-z])(?<=[a-z]{3}.)")
"""The end of a sentence with which agencies, or removed line breaks, have run the next together."""

_ADDRESS = re.compile(r"(https?://\S+)\s")
"""Of a page; agencies end a sentence with it, and write no full stop."""

_SENTENCE_END = re.compile(r"[.!?]\s|\n")
_INSTEAD_OF_IT = re.compile(r"\b(?:substitut|in lieu of|combination of|click (?:here|on)\b)")
_SOMETHING_ELSE = re.compile(
    r"\b(?:substitut|in lieu of|combination of|(?:bachelor|master|doctora)\S* |degrees?\b"
    r"|graduate (?:education|study)\b|semester hours|transcripts?\b|accredited|time[- ]in[- ]grade"
    r"|paid and unpaid|volunteer|peace corps|part[- ]time|basic requirements?|r[eé]sum[eé]"
    r"|closing date|how to apply|citizens?\b|general experience|qualification standard"
    r"|competencies|if selected|background investigation|probation|retirement"
    r"|seasonal experience|selective (?:service|factor|placement)|conditions of employment"
    r"|https?://)"
)

_COMPARED = (
    r"(?:equivalent|comparable|equal|typical\s+of\s+(?:the\s+)?work\s+performed\s+at|experience(?:\s+(?:is|was|were|has|have|must|been|that|which"
    r"|gained|obtained|acquired|performed|typical|of|work|as|an?|employee|in|the|federal|service"
    r"|government|position))*[\s,(]+at)"
)
_BETWEEN = (
    r"(?:at|least|to|the|an?|that|of|in|and|or|above|next|lower|grades?|levels?|pay|broad|band|work"
    r"|positions?|federal|service|government|comparable|equivalent|equal|difficulty|complexity"
    r"|responsibility)"
)
_EQUIVALENT = re.compile(
    rf"\b{_COMPARED}\b[\s,(/]*(?:{_BETWEEN}\b[\s,(/]*)*(?!{_BETWEEN}\b)"
    r"([A-Za-z]{2})(?:/[A-Za-z]{2})?(?:[\s-]+grade)?(?:\s*[-\u2013]\s*|\s+)?(?:\d{4}-)?"
    r"(\d{1,2}|(?<=-)[A-Za-z]|(?<=[\s-])(?:I{2,3}|IV))\b",
    re.IGNORECASE,
)
"""Experience at, or compared with, a pay plan's grade; no words but these may stand between."""

_ROMAN = {"II": "2", "III": "3", "IV": "4"}
"""The numbers of bands; I and V may be letters."""


def equivalent_grade(text: str) -> str | None:
    """Return the grade that experience has to be equivalent to, or None if none is named.

    A posting for several grades asks for one below each; then it is the lowest.
    """
    named = [
        (found[1].upper(), _ROMAN.get(found[2].upper(), found[2].upper().lstrip("0")))
        for found in _EQUIVALENT.finditer(text)
        if found[1].upper() in PAY_PLANS and _is_about_experience(text, found.start(1))
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
    return bool(_ABOUT_EXPERIENCE.search(text, start, place))


_ABOUT_EXPERIENCE = re.compile(r"experience|exp\.|typical\s+of", re.IGNORECASE)


def specialized_experience(qualifications: str, longest: int = MAX_PARAGRAPH_CHARACTERS) -> str:
    """Return the sentences that describe the specialized experience; empty if there are none.

    These are the sentences that name it, and those after each until one is about something else; at
    most so many characters of them.
    """
    spaced = _ADDRESS.sub(r"\1\n", _NO_SPACE.sub(r"\g<0> ", qualifications))
    lowered = spaced.lower()
    # A few letters have a lower case of another length.
    text = spaced if len(spaced) == len(lowered) else lowered
    found: list[str] = []
    characters = place = 0
    while characters < longest and (named := _NAMED.search(lowered, place)):
        start = _sentence_start(lowered, place, named.start())
        place = _sentence_end(lowered, named.end())
        if _INSTEAD_OF_IT.search(lowered, start, place):
            continue
        other = _SOMETHING_ELSE.search(lowered, place)
        place = _sentence_start(lowered, place, other.start()) if other else len(lowered)
        found.append(text[start:place].strip())
        characters += len(found[-1]) + 1
    return " ".join(found)[:longest].strip()


def _sentence_start(text: str, after: int, place: int) -> int:
    """Return where the sentence around a place begins, at the earliest at `after`."""
    ends = (text.rfind(end, after, place) for end in (". ", "! ", "? ", ".\n", "\n"))
    return max(after, *(end + 1 for end in ends))


def _sentence_end(text: str, place: int) -> int:
    end = _SENTENCE_END.search(text, place)
    return end.end() if end else len(text)
