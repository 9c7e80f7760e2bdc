"""The paragraph about specialized experience in the qualifications of a posting.

The work that an applicant must have done before is often said more plainly there than in the
duties. Around it stand rules that are the same in thousands of postings: education, time in grade,
how volunteer work counts.
"""

from __future__ import annotations

import re

MAX_PARAGRAPH_CHARACTERS = 3_000
"""Of what is returned: a posting for several grades describes the experience for each."""

_NAMED = re.compile(r"speciali[sz]ed\s+experience", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_INSTEAD_OF_IT = re.compile(r"\b(?:substitut|in lieu of|combination of)", re.IGNORECASE)
_SOMETHING_ELSE = re.compile(
    r"\b(?:(?:bachelor|master|doctora)\S* |degrees?|graduate (?:education|study)|semester hours"
    r"|transcripts?|accredited|time[- ]in[- ]grade|paid and unpaid|volunteer|peace corps"
    r"|part[- ]time|basic requirements?|r[eé]sum[eé]|closing date|how to apply|citizens?"
    r"|general experience|qualification standards?|competencies|if selected"
    r"|background investigation|probation\w*|retirement|seasonal experience"
    r"|selective (?:service|factor|placement)|conditions of employment)\b",
    re.IGNORECASE,
)


def specialized_experience(qualifications: str) -> str:
    """Return the sentences that describe the specialized experience; empty if there are none.

    These are the sentences that name it, and those after each until one is about something else.
    """
    first = _NAMED.search(qualifications)
    if not first:
        return ""
    start = qualifications.rfind(". ", 0, first.start()) + 1
    found: list[str] = []
    characters, inside = 0, False
    for sentence in _SENTENCE_END.split(qualifications[start:]):
        inside = _describes_it(sentence, inside)
        if inside:
            found.append(sentence.strip())
            characters += len(sentence) + 1
        if characters > MAX_PARAGRAPH_CHARACTERS:
            break
    return " ".join(found)[:MAX_PARAGRAPH_CHARACTERS].strip()


def _describes_it(sentence: str, inside: bool) -> bool:
    if _INSTEAD_OF_IT.search(sentence):
        return False
    if _NAMED.search(sentence):
        return True
    return inside and not _SOMETHING_ELSE.search(sentence)
