"""Tells whom a text merely names from what the job is: offices, officials, and people around it."""

from __future__ import annotations

import re

_CHARACTERS = 80
"""Looked at before a mention."""

# Before a mention, in the text as it is written. "Office of the Deputy Assistant" Secretary.
_OFFICE_OF = re.compile(
    r"\b(?i:(?:office|corps?|bureau|department|board)s? of (?:the )?)"
    r"(?:(?:[A-Z][\w&-]*,?|U\.S\.) ){0,4}$"
)
_ASSISTANT_TO = re.compile(
    r"\b(?:assistant|aide|adviser|advisor|counsel|liaison) to (?:the )?(?:[\w.]+ ){0,3}$",
    re.IGNORECASE,
)
_POWER_OF = re.compile(r"\bpowers? of (?:an )?$", re.IGNORECASE)
_DEPUTY = re.compile(r"\b(?:assistant|deputy|under|acting|principal)[ -]$", re.IGNORECASE)
_OF_THE_STATES = re.compile(r"\b(?:U\.? ?S\.?|United States|District|State'?s?) $", re.IGNORECASE)
_ITSELF = re.compile(r"\bas (?:an? )?(?:[\w.-]+ ){0,3}$", re.IGNORECASE)

# After it.
_OFFICE = re.compile(r"['\u2019]?s?['\u2019]? offices?\b", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['\u2019]s?(?!\w)")
_OF_WHAT = re.compile(r" (?:for|of)\b")
_OF_A_NAME = re.compile(r" (?:General\b|(?:for|of) (?:the )?[A-Z])")

# Before it, in the same clause.
_WITH = re.compile(
    r"\b(?:with|alongside|among|(?:assist|help|support|advise?|consult)(?:s|ed|ing)?"
    r"|report\w* (?:\w+ )?to)"
    r" (?:(?!as\b|that\b|who\b|is\b|are\b|in\b|on\b|by\b)[\w/&'-]+,? ){0,8}$"
)
_TO = re.compile(r"\b(?:for|to|from|by|under|calls?) (?!as\b|be\b)(?:[\w.-]+ ){0,2}$")
_WANTED = re.compile(
    r"\b(?:(?:look|search|seek|recruit|hir)\w*|positions?|vacanc\w+|jobs?|opportunit\w+) for "
)
_CLAUSE_END = re.compile(r"[.;:!?\n\u2022]|, the ")

# Of a field: the office for it, and the people there.
_WITH_ITS_OFFICE = re.compile(
    r"\b(?:(?:coordinat|liais|consult|collaborat|communicat|partner|meet)\w*|works?|working)"
    r" (?:\w+ )?with (?:\w+ ){0,3}$"
)
_ONLY_WORKS = re.compile(r"\bwork\w* (?:\w+ )?with (?:\w+ ){0,3}$")
_UNIT = re.compile(
    r" (?:(?:and|management|services) )?(?:offices?|divisions?|departments?|branch|directorate"
    r"|staff|teams?|personnel|representatives?|specialists?)\b",
    re.IGNORECASE,
)

_OF_A_PART = re.compile(
    r"\brelative to\b|\bsubordinates?\b|\bstaff supervised\b"
    r"|\bsupervis\w+ (?:staff|employees|duties|functions)\b"
    r"|\badministrative and (?:human|personnel)"
    r"|\b(?:[1-4]?\d|five|ten|twenty|twenty-five) ?(?:%|percent\b)",
    re.IGNORECASE,
)


def is_part_of_a_name(text: str, start: int, end: int) -> bool:
    """Return whether words for a person are part of an office's or official's name.

    "U.S. Attorney's Office", "Office of the Secretary", "Assistant Secretary for Health".
    """
    before = text[max(0, start - _CHARACTERS) : start]
    if _OFFICE.match(text, end) or (_DEPUTY.search(before) and _OF_WHAT.match(text, end)):
        return True
    return any(name.search(before) for name in (_OFFICE_OF, _ASSISTANT_TO, _POWER_OF))


def is_of_others(text: str, start: int, end: int) -> bool:
    """Return whether a text speaks of a person beside the one who is wanted.

    An official, or somebody to work with, to help or to report to.
    """
    if is_part_of_a_name(text, start, end) or _POSSESSIVE.match(text, end):
        return True
    before = text[max(0, start - _CHARACTERS) : start]
    is_official = _OF_THE_STATES.search(before) or _OF_A_NAME.match(text, end)
    if is_official and text[start].isupper() and not _ITSELF.search(before):
        return True
    clause = _CLAUSE_END.split(before.lower())[-1]
    return bool(_WITH.search(clause) or (_TO.search(clause) and not _WANTED.search(clause)))


def is_office_for(text: str, start: int, end: int) -> bool:
    """Return whether a text speaks of those who do the work, not of the work: "consults with …"."""
    before = text[max(0, start - _CHARACTERS) : start].lower()
    clause = _CLAUSE_END.split(before)[-1]
    if not _WITH_ITS_OFFICE.search(clause):
        return False
    return not _ONLY_WORKS.search(clause) or bool(_UNIT.match(text, end))


def is_about_a_part(sentence: str) -> bool:
    """Return whether a sentence is about a supervisor's staff or about less than half of the time.

    Every supervisor has "human resource management functions relative to the staff".
    """
    return bool(_OF_A_PART.search(sentence))
