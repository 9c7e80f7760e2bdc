"""What a keyword stands for: abbreviations, and what announcements call the same occupation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from include.matching.word_forms import SPELLINGS

ABBREVIATIONS = {
    "ai": "artificial intelligence",
    "gis": "geographic information systems",
    "hr": "human resources",
    "it": "information technology",
    "lpn": "licensed practical nurse",
    "np": "nurse practitioner",
    "qa": "quality assurance",
    "rn": "registered nurse",
}

_ANY_ROLE = r"(?: (?:specialist|analyst|engineer|professional|expert|officer)s?)?"
_SECURITY = (
    rf"(?:(?:it|information technology) )?(?:cyber ?|information (?:systems? )?)security{_ANY_ROLE}"
)
OFFICIAL_NAMES = (
    (r"(?:attorney|lawyer)s?(?: at law)?", "attorney"),
    (r"(?:(?:medical )?doctor|physician)s?", "physician"),
    (r"(?:(?:medical )?doctor|physician)s?", "medical officer"),
    (r"dentists?", "dental officer"),
    (r"veterinarians?", "veterinary medical officer"),
    (r"(?:custodian|janitor)s?", "custodial worker"),
    (r"logisticians?", "logistics management specialist"),
    (r"intelligence analysts?", "intelligence specialist"),
    (r"air traffic controllers?", "air traffic control specialist"),
    (r"(?:(?:truck|bus|vehicle) )?drivers?", "motor vehicle operator"),
    (r"special agents?", "criminal investigator"),
    (r"computer specialists?", "information technology specialist"),
    (r"nurse practitioners?", "advanced practice registered nurse"),
    (r"cyber ?security", "information security"),
    (_SECURITY, "infosec"),
    (r"infosec", "cybersecurity"),
    (r"systems? administrators?", "sysadmin"),
    (r"(?:software|applications?) (?:developer|engineer)s?", "appsw"),
    (r"(?:it|technical|customer) support(?: specialist)?s?|help ?desk", "custspt"),
)
"""What people call an occupation, as a pattern, and its name in titles or in the list of series.

The last ones are the specialties in parentheses after "IT Specialist", as OPM's classification
standard for 2210 abbreviates them.
"""

_OFFICIAL = tuple((re.compile(rf"\b(?:{said})\b"), name) for said, name in OFFICIAL_NAMES)


def spelled_out(text: str) -> str:
    """Return a keyword or title with its abbreviations spelled out, in American spelling.

    One that is spelled out already, as in "Information Technology (IT)", is left out.
    """
    plain = re.sub(r"\b(?:[A-Za-z]\.){2,}", lambda found: found[0].replace(".", ""), text)
    once = re.sub(r"\s*\(\s*(\w+)\s*\)", _unless_spelled_out_before, plain)
    whole = re.sub(r"\w+", lambda word: ABBREVIATIONS.get(word[0].lower(), word[0]), once)
    for british, american in SPELLINGS:
        whole = re.sub(british, american, whole, flags=re.IGNORECASE)
    return whole


def _unless_spelled_out_before(abbreviation: re.Match[str]) -> str:
    before = re.findall(r"\w+", abbreviation.string[: abbreviation.start()])
    letters = abbreviation[1].lower()
    initials = "".join(word[0].lower() for word in before[-len(letters) :])
    return "" if initials == letters else abbreviation[0]


def official_names(keyword: str) -> Iterator[str]:
    """Yield a lower-case keyword with what announcements call the occupation instead."""
    for said, name in _OFFICIAL:
        instead = said.sub(name, keyword)
        if instead != keyword:
            yield instead


def begins_another(name: str) -> tuple[str, ...]:
    """Return what makes another occupation's name of one: "veterinary " of "medical officer"."""
    longer = (other.removesuffix(name) for _, other in OFFICIAL_NAMES if other.endswith(f" {name}"))
    return tuple(dict.fromkeys(longer))
