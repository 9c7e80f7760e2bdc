"""The topic of data engineering: which words are evidence for it, and how much.

The table below is all there is to it. Its phrases are the vocabulary of the occupation: what it is
called, what it builds, what it does, which tools it uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from include.jobs.codes import DATA_SERIES
from include.jobs.position import Position
from include.jobs.specialized_experience import specialized_experience
from include.matching.evidence import Assessment, Evidence, Kind, assess, is_denied, quoted

_BETWEEN = r"[\s/_\u2010-\u2015-]+"
_THEN = r"[\s,/-]+(?:(?:and|&(?:amp;)?)\s+)?(?:\w{1,15},?\s+(?:and\s+)?)?"


class Family(NamedTuple):
    """Phrases that mean the same kind of work, as regular expressions of lower-case text.

    `after_data` follows the word "data" or "database". `other` is only looked for in a text that
    has one of the `anchors`, and which says "data" somewhere if it `needs_data`. A weight of 0
    means that it is no evidence there.
    """

    name: str
    title: float
    experience: float
    duties: float
    summary: float
    after_data: str = ""
    other: str = ""
    anchors: tuple[str, ...] = ()
    needs_data: bool = True


FAMILIES = (
    # What the occupation is called.
    Family(
        "data engineering",
        title=0.95,
        experience=0.6,
        duties=0.6,
        summary=0.65,
        after_data=r"engineer(?:s|ing)?\b",
    ),
    # What it builds and runs.
    Family(
        "data pipelines",
        title=0.9,
        experience=0.56,
        duties=0.57,
        summary=0.57,
        after_data=r"pipelin\w*",
        other=r"\b(?:ingestion|etl|elt|ai|ml|machine\s+learning|analytics?|transformation)[\s/-]+"
        r"pipelines?\b"
        r"|\bdata\s+(?:(?!gas\b|oil\b|safety\b)[\w-]{1,20}(?:,|/|\s+and|\s+or)?\s+){1,4}pipelines?\b",
        anchors=("pipeline",),
        needs_data=False,
    ),
    Family(
        "data warehouses",
        title=0.9,
        experience=0.56,
        duties=0.57,
        summary=0.57,
        after_data=r"(?:warehous\w*|lakes?\b|lakehouses?|marts?\b|fabric|mesh\b)",
        other=r"\blakehouses?\b|\bmedallion\s+architecture|\bstar\s+schemas?\b"
        r"|\bdimensional\s+model\w*",
        anchors=("lakehouse", "medallion", "star schema", "dimensional"),
    ),
    Family(
        "data architecture",
        title=0.9,
        experience=0.45,
        duties=0.42,
        summary=0.42,
        after_data=r"(?:architect\w*|platforms?\b|infrastructures?\b|systems?\s+engineer\w*)",
    ),
    # What it does.
    Family(
        "extract, transform, load",
        title=0.9,
        experience=0.56,
        duties=0.57,
        summary=0.57,
        other=rf"\bextract\w*{_THEN}transform\w*{_THEN}load\w*"
        rf"|\bextract\w*{_THEN}load\w*{_THEN}transform\w*",
        anchors=("extract",),
        needs_data=False,
    ),
    Family(
        "data integration",
        title=0.8,
        experience=0.4,
        duties=0.35,
        summary=0.35,
        after_data=r"(?:ingest\w*|integrat\w*|migrat\w*|conversion\b|transformations?\b|fusion\b"
        r"|flows?\b|workflows?\b|orchestrat\w*|feeds?\b|stream\w*|lineage\b|contracts?\b)",
        other=r"\bingest\w*\s+(?:\w{1,20}\s+){0,4}data|\bfus(?:e|es|ing)\s+(?:\w{1,20}\s+){0,2}data"
        r"|\btransform(?:s|ing)?\s+data\b",
        anchors=("ingest", "fuse ", "fuses ", "fusing ", "transform"),
    ),
    Family(
        "data processing systems",
        title=0.8,
        experience=0.45,
        duties=0.45,
        summary=0.45,
        other=r"\b(?:large|high|big|distributed|scalable)[\s-]+(?:[\w-]{1,20},?\s+){0,3}"
        r"data\s+processing",
        anchors=("data processing",),
    ),
    # Its tools.
    Family(
        "data engineering tools",
        title=0.8,
        experience=0.45,
        duties=0.4,
        summary=0.4,
        other=r"\b(?:databricks|pyspark|spark\s+sql|hadoop|kafka|snowflake|redshift|informatica"
        r"|apache\s+(?:spark|airflow|nifi|flink|beam|hive|iceberg)|ssis\b|data\s+factory"
        r"|sql\s+server\s+integration\s+services|synapse\s+analytics|aws\s+glue|dataops|mlops)",
        anchors=(
            *("databricks", "pyspark", "spark sql", "hadoop", "kafka", "snowflake", "redshift"),
            *("informatica", "apache ", "ssis", "data factory", "integration services", "synapse"),
            *("aws glue", "dataops", "mlops"),
        ),
    ),
    Family(
        "roles",
        title=0.9,
        experience=0.4,
        duties=0.4,
        summary=0.45,
        other=r"\b(?:analytics|big\s+data|etl|elt|bi|business\s+intelligence)[\s/-]+(?:\(bi\)\s+)?"
        r"(?:platform\s+|report\s+|database\s+)?(?:engineer|developer|architect)s?\b",
        anchors=("analytics", "big data", "etl", "elt", "bi ", "bi)", "intelligence"),
    ),
    # What others do as well: not enough by itself.
    Family(
        "databases",
        title=0.5,
        experience=0.2,
        duties=0.15,
        summary=0.2,
        after_data=r"(?:administrat\w*|design\w*|develop\w*|programm\w*|model\w*)",
        other=r"\b(?:build|design|develop|construct|maintain)\w*\s+(?:\w{1,20}\s+){0,2}databases?\b",
        anchors=("database",),
    ),
    Family(
        "data preparation",
        title=0.3,
        experience=0.25,
        duties=0.25,
        summary=0.25,
        after_data=r"(?:clean\w*|wrangling|munging|curation|storage|stores?|repositor\w+|retrieval"
        r"|acquisition|extraction|quality|standardi[sz]ation)\b",
        other=r"\bclean,?\s+(?:and\s+)?organi[sz]ed\b|\bunstructured\s+data\b"
        r"|\bstorage,?\s+(?:and\s+)?retrieval\b|\braw\s+data\b"
        r"|\b(?:merg|integrat|aggregat|consolidat)\w*\s+(?:\w{1,20}\s+){0,3}data(?:\s?sets?)?\b",
        anchors=(
            *("clean", "unstructured data", "retrieval", "raw data"),
            *("merg", "integrat", "aggregat", "consolidat"),
        ),
    ),
    Family(
        "data management",
        title=0.15,
        experience=0.08,
        duties=0.08,
        summary=0.12,
        after_data=r"(?:manag\w*|governance|steward\w*|strateg\w*|catalog(?:s|ing)?|life\s?cycles?)\b",
    ),
    Family(
        "data science",
        title=0.4,
        experience=0.15,
        duties=0.15,
        summary=0.3,
        after_data=r"scien(?:ce|tist)s?\b",
    ),
    Family(
        "data science",
        title=0.38,
        experience=0.1,
        duties=0.05,
        summary=0.15,
        after_data=r"(?:analy\w*|officer|mining|visuali\w*)",
    ),
    Family(
        "programming",
        title=0.1,
        experience=0.05,
        duties=0.05,
        summary=0.05,
        other=r"\b(?:python|sql|scala)\b",
        anchors=("python", "sql", "scala"),
    ),
)


class TitlePhrase(NamedTuple):
    """A phrase that counts in titles only; with `series`, only in titles of one of these."""

    family: str
    weight: float
    pattern: re.Pattern[str]
    series: frozenset[str] | None = None


TITLE_PHRASES = (
    # The specialty of IT specialists (OPM, job family standard 2200), in all its spellings.
    TitlePhrase(
        "data management",
        0.8,
        re.compile(r"\bdata[\s_/-]*(?:mgm?n?t|mn?gm?t)\b"),
    ),
    TitlePhrase(
        "data management",
        0.75,
        re.compile(r"\bdata(?:base)?[\s_/-]*manage(?:ment|rs?)\b"),
        frozenset(DATA_SERIES),
    ),
    TitlePhrase(
        "roles",
        0.9,
        re.compile(r"\bdatabase[\s/-]+(?:engineer|develop|architect)\w*"),
    ),
    TitlePhrase(
        "roles",
        0.65,
        re.compile(
            r"\b(?:machine\s+learning|artificial\s+intelligence|ai|ml)(?:\W{1,3}(?:machine\s+learning"
            r"|artificial\s+intelligence|ai|ml|implementation|platform|data)){0,3}\W{1,3}engineer\w*"
        ),
    ),
)

SERIES_WEIGHTS = {"2210": 0.1, "1550": 0.1, "0854": 0.1, "1560": 0.1, "1515": 0.08, "1530": 0.08}
DATA_SCIENCE = "1560"
DATA_SCIENCE_WEIGHT = 0.37
"""A posting in the series of data science alone: hardly less than the title “Data Scientist”."""

# --- what speaks against it

SUPERVISOR = re.compile(r"\b(?:supervis\w*|supv\w*|director|chief|manager)\b")
SUPERVISOR_CREDIBILITY = 0.93
"""A supervisor leads such work instead of doing it."""

RULES_FOR_AI = re.compile(
    r"\b(?:responsible\s+(?:use\s+of\s+)?(?:ai|artificial\s+intelligence)\b"
    r"|(?:ai|artificial\s+intelligence)\s+(?:risk|polic|ethic|governance|test|standards|safety)"
    r"|test(?:ing)?\s+and\s+evaluat\w+\s+(?:of\s+)?(?:the\s+)?(?:ai|artificial)\b)"
)
RULES_FOR_AI_CREDIBILITY = 0.75
"""Data scientists of AI policy, risk and testing write rules and no pipelines."""

# --- abbreviations

_ABBREVIATION = re.compile(r"\b(?:ETL|ELT)s?\b")
_ABBREVIATION_WEIGHTS: dict[Kind, float] = {"experience": 0.56, "duties": 0.57, "summary": 0.57}
_COMPANY = re.compile(
    r"\bdata(?:base|\s*(?:sets?|sources?|warehous|lake|pipeline|integrat|flow|model|quality"
    r"|migrat|process|load|transform|engineer|architect|ingest|base|tools?))"
    r"|\b(?:extract|transform|ingest|pipeline|warehous|informatica|ssis|python|sql|spark)"
)
_OTHER_MEANING = re.compile(
    r"technical\s+letters?|emergency\s+locator|english\s+language|extract\w*\s+time"
)

# --- evaluation

_AFTER_DATA = re.compile(
    # A literal beginning makes this fast: most texts are long and hold few of these.
    rf"data(?<!\wdata)(?:bases?)?{_BETWEEN}(?:"
    + "|".join(
        f"(?P<f{index}>{family.after_data})"
        for index, family in enumerate(FAMILIES)
        if family.after_data
    )
    + ")"
)
_OTHERS = [(family, re.compile(family.other)) for family in FAMILIES if family.other]
_OTHERS_WITHOUT_DATA = [entry for entry in _OTHERS if not entry[0].needs_data]
# Most titles have none of these words.
_TITLE_WORDS = re.compile(
    r"data|\b(?:bi|etl|elt|ai|ml|sql|machine|analytics|artificial|business)\b"
)

_SENTENCE_END = re.compile(r"[.;!?\n•]")
_COMPANY_CHARACTERS = 200
_ABBREVIATIONS = 20
"""Looked at in a text."""


def assess_data_engineering(position: Position) -> Assessment:
    """Return whether a posting is about data engineering, how strongly, and what decides it."""
    title, series = position.PositionTitle.lower(), set(position.series)
    found = [*_in_series(series)]
    if _TITLE_WORDS.search(title):
        found += _in_text("title", position.PositionTitle)
        found += _in_title(position.PositionTitle, title, series)
    if position.duties:
        found += _in_text("duties", position.duties)
    if position.summary:
        found += _in_text("summary", position.summary)
    # Finding the paragraph takes longer than to see that it can't say anything.
    if _may_speak_of_it(position.qualifications):
        found += _in_text("experience", specialized_experience(position.qualifications))
    return assess(found, _credibility(title, position.duties.lower()) if found else 1.0)


def _in_title(title: str, lowered: str, series: set[str]) -> Iterator[Evidence]:
    for family, weight, pattern, within in TITLE_PHRASES:
        match = pattern.search(lowered)
        if match and (within is None or series & within):
            yield Evidence("title", family, weight, quoted(title, lowered, *match.span()))


def _in_series(series: set[str]) -> Iterator[Evidence]:
    # Some rows list the group as well, as 2200 beside 2210.
    own = {code for code in series if not code.endswith("00")}
    if own == {DATA_SCIENCE}:
        yield Evidence("series", "data science", DATA_SCIENCE_WEIGHT, _named(DATA_SCIENCE))
        return
    for code in sorted(own & SERIES_WEIGHTS.keys()):
        yield Evidence("series", "series", SERIES_WEIGHTS[code], _named(code))


def _named(code: str) -> str:
    return f"{code}, {DATA_SERIES[code].lower()}"


def _in_text(kind: Kind, text: str) -> Iterator[Evidence]:
    lowered = text.lower()
    seen: set[Family] = set()
    for family, start, end in _phrases(lowered, kind == "title" or "data" in lowered):
        weight: float = getattr(family, kind)
        if weight and family not in seen and not is_denied(lowered, start):
            seen.add(family)
            yield Evidence(kind, family.name, weight, quoted(text, lowered, start, end))
    if kind in _ABBREVIATION_WEIGHTS:
        yield from _abbreviations(kind, text, lowered)


def _may_speak_of_it(qualifications: str) -> bool:
    """Return whether qualifications name any work with data."""
    lowered = qualifications.lower()
    return "data" in lowered and bool(
        _AFTER_DATA.search(lowered) or "extract" in lowered or "ETL" in qualifications
    )


def _phrases(lowered: str, says_data: bool) -> Iterator[tuple[Family, int, int]]:
    """Yield what is found of all families, with its place."""
    if says_data:
        for match in _AFTER_DATA.finditer(lowered):
            yield FAMILIES[int(str(match.lastgroup)[1:])], match.start(), match.end()
    for family, pattern in _OTHERS if says_data else _OTHERS_WITHOUT_DATA:
        if any(anchor in lowered for anchor in family.anchors):
            for match in pattern.finditer(lowered):
                yield family, match.start(), match.end()


def _abbreviations(kind: Kind, text: str, lowered: str) -> Iterator[Evidence]:
    """Yield "ETL" where its sentence is about data: it is an Engineering Technical Letter, too."""
    if not ("etl" in lowered or "elt" in lowered) or _OTHER_MEANING.search(lowered):
        return
    for match in islice(_ABBREVIATION.finditer(text), _ABBREVIATIONS):
        before = text[max(0, match.start() - _COMPANY_CHARACTERS) : match.start()]
        after = text[match.end() : match.end() + _COMPANY_CHARACTERS]
        sentence = f"{_SENTENCE_END.split(before)[-1]} {_SENTENCE_END.split(after)[0]}".lower()
        if _COMPANY.search(sentence):
            weight = _ABBREVIATION_WEIGHTS[kind]
            yield Evidence(kind, "extract, transform, load", weight, match[0])
            return


def _credibility(title: str, duties: str) -> float:
    share = SUPERVISOR_CREDIBILITY if SUPERVISOR.search(title) else 1.0
    if RULES_FOR_AI.search(title) or RULES_FOR_AI.search(duties):
        share *= RULES_FOR_AI_CREDIBILITY
    return share
