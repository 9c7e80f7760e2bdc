"""The paragraph about specialized experience in the qualifications of a posting.

The work that an applicant must have done before is often said more plainly there than in the
duties. Around it stand rules that are the same in thousands of postings: education, time in grade,
how volunteer work counts.
"""

from __future__ import annotations

import re

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
