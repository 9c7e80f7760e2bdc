"""The topic of data engineering: which words are evidence for it, and how much.

The table below is all there is to it. Its phrases are the vocabulary of the occupation: what it is
called, what it builds, what it does, which tools it uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from include.jobs.codes import DATA_SERIES
from include.jobs.position import Position
from include.jobs.series import without_groups
from include.matching.etl import find_etl
from include.matching.evidence import Assessment, Evidence, Kind, assess, quoted
from include.matching.mention import Role, is_denied, role_of

_BETWEEN = r"[\s/_\u2010-\u2015-]*"
_MANAGEMENT = r"(?!magnets?\b)m[an]{0,4}g[amen]{0,6}(?:t|rs?)"
"""“management” or “manager” in any abbreviation that keeps the order of its letters."""
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
        experience=0.58,
        duties=0.58,
        summary=0.58,
        after_data=r"eng(?:ineer(?:s|ing)?|rs?)?\b",
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
        # Not "collects data along pipelines".
        r"|\bdata\s+(?:(?:ingestion|processing|transformation|integration|extraction|migration"
        r"|movement|delivery|streaming|loading|engineering|science|analytics?|analysis|quality"
        r"|preparation|cleaning|validation|collection|acquisition|orchestration|exchange|transfer"
        r"|management|machine|learning|ai|ml|etl|workflows?|model|modeling|storage|warehous\w+|lakes?"
        r"|automated|scalable|reporting)(?:,|/|\s+and|\s+or)?\s+|(?:and|or)\s+){1,4}pipelines?\b",
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
        after_data=r"(?:architect\w*|platforms?\b|systems?\s+engineer\w*)",
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
        other=r"\b(?:databricks|pyspark|spark\s+sql|hadoop|kafka|redshift|informatica|talend"
        r"|datastage|teradata|bigquery"
        r"|snowflake(?!,?\s+(?:arizona|az)\b)"
        r"|apache\s+(?:spark|airflow|nifi|flink|beam|hive|iceberg)|ssis\b|data\s+factory"
        r"|sql\s+server\s+integration\s+services|synapse\s+analytics|aws\s+glue|dataops|mlops)",
        anchors=(
            *("databricks", "pyspark", "spark sql", "hadoop", "kafka", "snowflake", "redshift"),
            *("talend", "datastage", "teradata", "bigquery", "informatica"),
            *("apache ", "ssis", "data factory", "integration services", "synapse"),
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
        after_data=r"(?:clean\w*|wrangling|munging|curation|storage|stores?|repositor\w+|retrieval|infrastructures?"
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
        after_data=r"(?:manag\w*|governance|steward\w*|strateg\w*|catalog(?:s|ing)?|life\s?cycles?)\b"
        rf"|{_MANAGEMENT}\b",
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


# Some rows list the group as well, or only the group, as 2200 for 2210.
_DATA_TITLES = frozenset({*DATA_SERIES, "2200"})

TITLE_PHRASES = (
    # The specialty of IT specialists (OPM, job family standard 2200), in all its spellings.
    TitlePhrase(
        "data management",
        0.8,
        re.compile(rf"\bdata[\s_/-]*(?!manage(?:ment|rs?)\b){_MANAGEMENT}\b"),
        _DATA_TITLES,
    ),
    TitlePhrase(
        "data management",
        0.75,
        re.compile(rf"\b(?:data(?:base)?|db)[\s_/-]*{_MANAGEMENT}\b"),
        _DATA_TITLES,
    ),
    TitlePhrase(
        "data engineering",
        0.93,
        re.compile(
            r"\bengineers?\W{1,3}data\s*(?=$|[)\],;/-])"
            r"|\bdata(?:\s*[/&,]\s*|\s+and\s+)(?:[\w-]{1,20}\s+){1,2}(?:engineer|architect|developer)"
        ),
        _DATA_TITLES,
    ),
    TitlePhrase(
        "roles",
        0.9,
        re.compile(
            r"\bdatabase[\s/-]+(?:engineer|develop|architect)\w*"
            r"|\bdata[\s/-]+(?:(?:solutions?|software|applications?|cloud|analytics|backend|operations"
            r"|services|products?|reliability)[\s/-]+(?:engineer|architect|developer)|developer)s?\b"
        ),
    ),
    # Tools with the names of other things.
    TitlePhrase(
        "data engineering tools",
        0.8,
        re.compile(
            r"\b(?:spark|airflow|nifi|flink|hive|iceberg|glue|synapse|dbt)[\s/-]+"
            r"(?:data\s+)?(?:developer|engineer|architect|programmer)"
        ),
        _DATA_TITLES,
    ),
    TitlePhrase("extract, transform, load", 0.8, re.compile(r"\b(?:etl|elt)\b"), _DATA_TITLES),
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

DATA_CENTER = re.compile(r"\bdata\s?cent(?:er|re)s?\b")
DATA_CENTER_CREDIBILITY = 0.7
"""Who runs a data center stores, moves and hosts data of others."""

RULES_FOR_AI = re.compile(
    r"\b(?:responsible\s+(?:use\s+of\s+)?(?:ai|artificial\s+intelligence)\b"
    r"|(?:ai|artificial\s+intelligence)\s+(?:risk|polic|ethic|governance|test|standards|safety)"
    r"|test(?:ing)?\s+and\s+evaluat\w+\s+(?:of\s+)?(?:the\s+)?(?:ai|artificial)\b)"
)
RULES_FOR_AI_CREDIBILITY = 0.75
"""Data scientists of AI policy, risk and testing write rules and no pipelines."""

OTHER_DATA_IN_TITLE = 0.3
"""The share that is left of a title's words in the series of other engineers and of scientists, if
their data is of a kind: a flight data engineer's, nondestructive test data."""
_OTHER_ENGINEERS = re.compile(r"(?!0854)(?:08|13)\d\d")
_PLAIN_DATA = re.compile(
    r"(?:^|[^\w\s]|\b(?:supervisory|supv|lead|senior|sr|junior|jr|chief|principal|staff|associate|big"
    r"|cloud|and|or|enterprise|the|for|of))\s*$"
)

NAMED = 0.4
"""The share that is left of words in a text that don't say that this is the job's own work.

In a data series, or beside a title of a neighbouring occupation, they count in full.
"""
OTHERS = 0.3
"""The share that is left of words in a text about other people's work, offices and purchases."""
SAYS_LITTLE = 0.2
"""The greatest weight of words in a text that count in full, whoever's work they speak of."""
NEIGHBOURING_TITLE = 0.3
"""The least weight of such a title."""

TITLE_NAMES_IT = 0.9
MOST_WITHOUT_TITLE = 0.9
"""What a title says leads: without such a one, no text reaches a plain data engineer."""

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
    "|".join(
        (
            r"data|\b(?:db|etl|elt|ai|ml|machine|artificial)",
            r"\b(?:dbt|spark|airflow|nifi|flink|hive|iceberg|glue)",
            *(re.escape(anchor) for family in FAMILIES for anchor in family.anchors),
        )
    )
)
_TOOLS = "data engineering tools"
_ABBREVIATION_WEIGHTS: dict[Kind, float] = {"experience": 0.56, "duties": 0.57, "summary": 0.57}
_USED = frozenset({_TOOLS, "extract, transform, load", "programming"})
"""Families of which one's own work is to use them."""
_TOOL_ROLE = re.compile(r"\s+(?:developer|engineer|architect|programmer|administrator)")


def assess_data_engineering(position: Position) -> Assessment:
    """Return whether a posting is about data engineering, how strongly, and what decides it."""
    title, series = position.PositionTitle.lower(), set(position.series)
    in_title = _in_title(position.PositionTitle, title, series)
    best_in_title = max((piece.weight for piece in in_title), default=0.0)
    near = bool(series & DATA_SERIES.keys()) or best_in_title >= NEIGHBOURING_TITLE
    named = 1.0 if near else NAMED
    found = [*_in_series(series), *in_title]
    if position.duties:
        found += _in_text("duties", position.duties, named, series)
    if position.summary:
        found += _in_text("summary", position.summary, named, series)
    if _may_speak_of_it(position.qualifications):
        found += _in_text("experience", position.facts.required_experience, named, series)
    return assess(
        found,
        _credibility(title, position.duties.lower()) if found else 1.0,
        limit=1.0 if best_in_title >= TITLE_NAMES_IT else MOST_WITHOUT_TITLE,
    )


def _in_title(title: str, lowered: str, series: set[str]) -> list[Evidence]:
    if not _TITLE_WORDS.search(lowered):
        return []
    of_others = any(_OTHER_ENGINEERS.fullmatch(code) for code in series)
    in_data_series = bool(series & _DATA_TITLES)
    found = []
    for family, start, end in _phrases(lowered, True):
        if family.name == _TOOLS and not (in_data_series or _TOOL_ROLE.match(lowered, end)):
            continue
        is_plain = not of_others or _PLAIN_DATA.search(lowered, max(0, start - 40), start)
        weight = family.title * (1 if is_plain else OTHER_DATA_IN_TITLE)
        found.append(Evidence("title", family.name, weight, quoted(title, lowered, start, end)))
    for phrase in TITLE_PHRASES:
        match = phrase.pattern.search(lowered)
        if match and (phrase.series is None or series & phrase.series):
            words = quoted(title, lowered, *match.span())
            found.append(Evidence("title", phrase.family, phrase.weight, words))
    return found


def _in_series(series: set[str]) -> Iterator[Evidence]:
    own = without_groups(series)
    if own == {DATA_SCIENCE}:
        yield Evidence("series", "data science", DATA_SCIENCE_WEIGHT, _named(DATA_SCIENCE))
        return
    for code in sorted(own & SERIES_WEIGHTS.keys()):
        yield Evidence("series", "series", SERIES_WEIGHTS[code], _named(code))


def _named(code: str) -> str:
    return f"{code}, {DATA_SERIES[code].lower()}"


def _in_text(kind: Kind, text: str, named: float, series: set[str]) -> Iterator[Evidence]:
    """Yield what a text says; `named` is the share of what it merely names."""
    lowered = text.lower()
    shares: dict[Role, float] = {"own": 1.0, "named": named, "used": OTHERS, "others": OTHERS}
    best: dict[Family, tuple[float, int, int]] = {}
    for family, start, end in _phrases(lowered, "data" in lowered):
        so_far = best.get(family, (0.0, 0, 0))[0]
        weight: float = getattr(family, kind)
        if so_far < 1 and weight and not is_denied(lowered, start, end):
            says_much = weight > SAYS_LITTLE
            share = _share(family.name, shares, lowered, start, end) if says_much else 1.0
            if share > so_far:
                best[family] = share, start, end
    for family, (share, start, end) in best.items():
        weight = getattr(family, kind) * share
        yield Evidence(kind, family.name, weight, quoted(text, lowered, start, end))
    yield from _abbreviation(kind, text, lowered, shares, series)


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
        for anchor in family.anchors:  # faster than any(): most texts have none
            if anchor in lowered:
                for match in pattern.finditer(lowered):
                    yield family, match.start(), match.end()
                break


def _abbreviation(
    kind: Kind, text: str, lowered: str, shares: dict[Role, float], series: set[str]
) -> Iterator[Evidence]:
    match = find_etl(text, lowered, series)
    if match:
        family = "extract, transform, load"
        weight = _ABBREVIATION_WEIGHTS[kind] * _share(family, shares, lowered, *match.span())
        yield Evidence(kind, family, weight, match[0])


def _share(family: str, shares: dict[Role, float], lowered: str, start: int, end: int) -> float:
    role = role_of(lowered, start, end)
    return shares["named" if role == "used" and family in _USED else role]


def _credibility(title: str, duties: str) -> float:
    share = SUPERVISOR_CREDIBILITY if SUPERVISOR.search(title) else 1.0
    if DATA_CENTER.search(title):
        share *= DATA_CENTER_CREDIBILITY
    if RULES_FOR_AI.search(title) or RULES_FOR_AI.search(duties):
        share *= RULES_FOR_AI_CREDIBILITY
    return share
