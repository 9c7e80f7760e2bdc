"""Tells where "ETL" or "ELT" stands for work with data.

An ETL is also an Engineering Technical Letter or the mark of a testing laboratory, and an ELT an
emergency locator transmitter, a course in English or a leadership team.
"""

from __future__ import annotations

import re
from itertools import islice

from include.jobs.codes import DATA_SERIES
from include.jobs.series import without_groups

_ABBREVIATION = re.compile(r"\b(?:ETL|ELT)s?\b")
# What makes the letters the data engineer's, next to them or in their sentence.
_FOLLOWED = re.compile(
    r"[\s/)-]+(?:elt\W+|etl\W+)?(?:data\s+)?(?:pipelines?|process(?:es|ing)?|jobs?|develop\w*"
    r"|engineer\w*|scripts?|workflows?|loading|packages?|routines?|mappings?|batch\w*|logic"
    r"|architect\w*|frameworks?|solutions?|flows?)\b"
)
_PRECEDED = re.compile(
    r"\b(?:runs?|running|builds?|automat\w*|performs?|performing|orchestrat\w*|execut\w*"
    r"|optimi[sz]\w*|debug\w*|deploy\w*)\s+"
    r"(?:(?!(?:per|to|by|under|with|of|for|in|and|or)\b)\w+\s+){0,2}$"
    r"|\b(?:nightly|batch|daily|data|cloud|automated|real-time)\s+$"
)
_COMPANY = re.compile(
    r"\bdata\s*(?:warehous|lake|mart|pipeline|integrat|flow|migrat|load|transform|engineer|architect"
    r"|ingest)"
    r"|\bextract\w*\W+(?:\w+\W+){0,2}(?:transform|load|data\b)|\btransform\w*\W+(?:\w+\W+){0,2}load"
    r"|\b(?:ingest|informatica|ssis|talend|datastage|python|sql|pyspark|databricks)"
)
_WEAK_COMPANY = re.compile(
    r"\bdata(?:base|\s*(?:sets?|sources?|model|quality|process|tools?))|\b(?:extract|warehous|spark)"
)
"""Enough in series that know no other meaning."""
_NO_OTHER_MEANING = DATA_SERIES.keys() - {"0854"}
_OTHER_MEANING = re.compile(
    r"technical\s+letters?|emergency\s+locator|english\s+language|extract\w*\s+time"
    r"|unified\s+facilities|\bufcs?\b|\bufgs\b|leadership\s+team"
)
_OTHER_COMPANY = re.compile(
    r"\b(?:ems?|ers?|eps?|itls?)\b|\b(?:guide\s+spec|design\s+(?:guides?|criteria)|criteria|learners?"
    r"|classrooms?|curricul|teach|students?|airworth|aircraft|beacon)"
)
_LETTER = re.compile(r"\W{1,3}(?:\d|no\b|listed\b|labell?ed\b|mark)")

_SENTENCE_END = re.compile(r"[.;!?\n•]")
_COMPANY_CHARACTERS = 200
_ABBREVIATIONS = 20
"""Looked at in a text."""


def find_etl(text: str, lowered: str, series: set[str]) -> re.Match[str] | None:
    """Return the first abbreviation of a text that is in a sentence about work with data.

    Args:
        text: as it is written: only capitals are an abbreviation.
        lowered: the same in lower case.
        series: the posting's. Some know no other meaning, so that less tells the right one.
    """
    if not ("ETL" in text or "ELT" in text) or _OTHER_MEANING.search(lowered):
        return None
    own = without_groups(series)
    knows_no_other = bool(own) and own <= _NO_OTHER_MEANING
    for match in islice(_ABBREVIATION.finditer(text), _ABBREVIATIONS):
        before = text[max(0, match.start() - _COMPANY_CHARACTERS) : match.start()].lower()
        after = text[match.end() : match.end() + _COMPANY_CHARACTERS].lower()
        parts = _SENTENCE_END.split(before)[-1], _SENTENCE_END.split(after)[0]
        if _is_of_data(*parts, knows_no_other):
            return match
    return None


def _is_of_data(before: str, after: str, knows_no_other: bool) -> bool:
    sentence = f"{before} {after}"
    if _LETTER.match(after) or _OTHER_COMPANY.search(sentence):
        return False
    return bool(
        _FOLLOWED.match(after)
        or _PRECEDED.search(before)
        or _COMPANY.search(sentence)
        or (knows_no_other and _WEAK_COMPANY.search(sentence))
    )
