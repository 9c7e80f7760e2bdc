"""Readers for the facts that both APIs state, each under names of its own.

Codes come from USAJOBS's lists, and either API may have the name of a code instead. An unknown one
becomes null and counts as drift.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from include.jobs import limits
from include.jobs.codes import (
    APPOINTMENTS,
    BY_APPLICATIONS,
    CLEARANCES,
    CLOSING_TYPES,
    OTHER_CLEARANCE_NAMES,
    SCHEDULES,
    TRAVEL,
)
from include.jobs.facts import ClosesWhen, SpecializedExperience, Travel
from include.jobs.specialized_experience import (
    MAX_PARAGRAPH_CHARACTERS,
    MAX_READ_CHARACTERS,
    equivalent_grade,
    specialized_experience,
)
from include.usajobs import fields
from include.usajobs.drift import Drift

Row = dict[str, Any]


def closes_when(row: Row, code_name: str, option_name: str, drift: Drift) -> ClosesWhen | None:
    """Return how an announcement closes.

    Only the code 03 has a number of applications. An option that repeats a code is none.
    """
    code = fields.text(row, code_name, drift)
    if code is None:
        return None
    if code not in CLOSING_TYPES:
        drift.unknown_code(code_name, code)
        return None
    option = fields.text(row, option_name, drift) if code == BY_APPLICATIONS else None
    return ClosesWhen(type=code, applications=_applications(option))


_APPLICATIONS = re.compile(r"^([\d,]+)$|\b([\d,]+)\s+applica")


def _applications(option: str | None) -> int | None:
    if option is None or option in CLOSING_TYPES or len(option) > limits.MAX_NAME_CHARACTERS:
        return None
    found = _APPLICATIONS.search(option)
    number = "".join(filter(str.isdecimal, found[1] or found[2])) if found else ""
    return (int(number) or None) if 0 < len(number) <= limits.MAX_OPENINGS_DIGITS else None


def appointment_kind(code: str | None, name: str, drift: Drift) -> str | None:
    """Return the kind of appointment that a code stands for."""
    if code is None:
        return None
    if code not in APPOINTMENTS:
        drift.unknown_code(name, code)
    return APPOINTMENTS.get(code)


def clearance(row: Row, name: str, drift: Drift) -> str | None:
    """Return a security clearance by its official name."""
    code = _code(row, name, CLEARANCES, drift, OTHER_CLEARANCE_NAMES)
    return None if code is None else CLEARANCES[code]


def schedule(row: Row, name: str, drift: Drift) -> str | None:
    """Return a work schedule by its official name."""
    code = _code(row, name, SCHEDULES, drift)
    return None if code is None else SCHEDULES[code]


def travel(row: Row, name: str, drift: Drift) -> Travel | None:
    """Return how much one travels."""
    code = _code(row, name, TRAVEL, drift)
    return None if code is None else Travel(code=code, words=TRAVEL[code])


def _code(
    row: Row,
    name: str,
    codes: Mapping[str, str],
    drift: Drift,
    other_names: Mapping[str, str] = MappingProxyType({}),
) -> str | None:
    """Return the code of a field that holds a code or a name; words may follow after a dash."""
    said = fields.number_or_text(row, name, drift)
    if said is None or said in codes:
        return said
    named = [*((official, code) for code, official in codes.items()), *other_names.items()]
    for text in (said, said.partition(" - ")[0]):
        for each, code in named:
            if _folded(text) == _folded(each):
                return code
    drift.unknown_code(name, said)
    return None


def _folded(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def openings(row: Row, name: str, drift: Drift) -> int | str | None:
    """Return how many are hired: a number, "few" or "many"."""
    said = fields.number_or_text(row, name, drift)
    if said is None:
        return None
    count = _OPENINGS.sub("", " ".join(said.casefold().split()))
    if count in ("few", "many"):
        return count
    digits = count.replace(",", "")
    if digits.isascii() and digits.isdecimal() and len(digits) <= limits.MAX_OPENINGS_DIGITS:
        return int(digits) or None
    drift.unreadable(name, said)
    return None


_OPENINGS = re.compile(r" (?:vacanc(?:y|ies)|openings?|positions?)$")


_SUPERVISORY = re.compile(
    r"(?:^|[(/:,\u2013-]\s*|\b(?:or|interdisciplinary)\s+)(?:supervisory|supvy?)\b", re.IGNORECASE
)
_OR_NOT = re.compile(r"\bnon\b|\bnot\b", re.IGNORECASE)


def is_supervisory(title: str) -> bool | None:
    """Return true if a title says that one supervises others; other titles say nothing."""
    return True if _SUPERVISORY.search(title) and not _OR_NOT.search(title) else None


# Without a flag for its first letter, most of a text is skipped fast.
_DIRECT_HIRE = r"[Dd](?<=\b.)(?i:irect[\s-]+hir(?:e|ing)\b)"
_IN_A_TITLE = re.compile(_DIRECT_HIRE)
_IS_USED = re.compile(
    rf"\b(?:fill|recruit|us(?:e|es|ed|ing)\b|utili[sz]|under\b|through\b|this is an?\b)"
    rf"[^.]{{0,200}}{_DIRECT_HIRE}"
    rf"|{_DIRECT_HIRE}[^.]{{0,100}}\b(?:be(?:ing)? used|is used|filled)\b",
    re.IGNORECASE,
)
_IS_NOT = re.compile(
    r"\b(?:not|no|may|might|can|could|if|when|unless|except|another|separate"
    r"|(?:also|concurrently|simultaneously)\s+(?:being\s+)?(?:announced|advertised|posted|open))\b",
    re.IGNORECASE,
)
"""It is not used, may be, or is used by another announcement of the same job."""

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n")


def is_direct_hire(title: str, summary: str | None) -> bool | None:
    """Return true if a posting says that it uses direct-hire authority; no field says it.

    A sentence about what may be, or is not, says nothing.
    """
    if _IN_A_TITLE.search(title) and not _IS_NOT.search(title):
        return True
    if not summary or not _IN_A_TITLE.search(summary):
        return None
    sentences = [each for each in _SENTENCE.split(summary) if _IS_USED.search(each)]
    return any(not _IS_NOT.search(each) for each in sentences) or None


def experience(qualifications: str) -> SpecializedExperience | None:
    """Return what the qualifications say of specialized experience, or None."""
    text = specialized_experience(qualifications, MAX_READ_CHARACTERS)
    if not text:
        return None
    kept = text[:MAX_PARAGRAPH_CHARACTERS].strip()
    return SpecializedExperience(text=kept, grade=equivalent_grade(text))


def apply_at(address: str | None) -> str | None:
    """Return an address to apply if it is an https one that a page can safely link to."""
    if not address or len(address) > limits.MAX_ADDRESS_CHARACTERS or not address.isprintable():
        return None
    try:
        parts = urlsplit(address)
        is_plain = parts.scheme == "https" and parts.hostname and "@" not in parts.netloc
        _ = parts.port
    except ValueError:  # brackets that hold no IPv6 address, or a port that is none
        return None
    return address if is_plain and not re.search(r"[\s\\<>\"]", address) else None
