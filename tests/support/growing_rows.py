"""Good rows in which one thing after the other is as large as one likes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from include.jobs.source import HISTORIC, SEARCH, Source
from tests.support.historic_rows import historic_row
from tests.support.rows import CHICAGO, pay, place, row


class Growing(NamedTuple):
    """What grows in the rows of a source, and a row in which there are so many of it."""

    what: str
    source: Source
    row: Callable[[int], dict[str, Any]]


def _with_text(**text: str) -> dict[str, Any]:
    return {**historic_row(), "text": text}


def _town(number: int) -> dict[str, Any]:
    return place(f"Town {number}, Illinois", 40 + number / 10_000, -88)


def _towns(count: int) -> list[dict[str, str]]:
    return [
        {"positionLocationCity": f"Town {number}", "positionLocationState": "Illinois"}
        for number in range(count)
    ]


ENTRIES = [
    Growing("places", SEARCH, lambda n: row(PositionLocation=[_town(i) for i in range(n)])),
    Growing("equal places", SEARCH, lambda n: row(PositionLocation=[CHICAGO] * n)),
    Growing(
        "places without coordinates",
        SEARCH,
        lambda n: row(PositionLocation=[{"LocationName": f"Town {i}"} for i in range(n)]),
    ),
    Growing(
        "pay ranges",
        SEARCH,
        lambda n: row(PositionRemuneration=[pay(str(i), "99999")[0] for i in range(n)]),
    ),
    Growing("series", SEARCH, lambda n: row(JobCategory=[{"Code": str(i)} for i in range(n)])),
    Growing("grades", SEARCH, lambda n: row(JobGrade=[{"Code": f"X{i}"} for i in range(n)])),
    Growing(
        "hiring paths",
        SEARCH,
        lambda n: row(details={"HiringPath": [f"path {i}" for i in range(n)]}),
    ),
    Growing(
        "duties",
        SEARCH,
        lambda n: row(
            PositionTitle="Clerk",
            details={"MajorDuties": [f"Data lake {i} and data platform {i}." for i in range(n)]},
        ),
    ),
    Growing("duties of no text", SEARCH, lambda n: row(details={"MajorDuties": [{}] * n})),
    Growing("fields", SEARCH, lambda n: {**row(), **{f"field {i}": i for i in range(n)}}),
    Growing("entities", SEARCH, lambda n: row(details={"JobSummary": "&amp;&#64;&unknown" * n})),
    Growing("places (past day)", HISTORIC, lambda n: historic_row(positionLocations=_towns(n))),
    Growing(
        "series (past day)",
        HISTORIC,
        lambda n: historic_row(jobCategories=[{"series": str(i)} for i in range(n)]),
    ),
    Growing(
        "hiring paths (past day)",
        HISTORIC,
        lambda n: historic_row(hiringPaths=[{"hiringPath": f"path {i}"} for i in range(n)]),
    ),
    Growing(
        "fields (past day)", HISTORIC, lambda n: historic_row(**{f"f{i}": i for i in range(n)})
    ),
]
"""What is gone through one by one."""

TEXTS = [
    *(
        Growing(f"a long {name}", SEARCH, lambda n, name=name: row(**{name: "9" * n}))
        for name in ("MatchedObjectId", "PositionTitle", "PositionID", "PublicationStartDate")
    ),
    Growing("a name of a place", SEARCH, lambda n: row(PositionLocation=[place("x" * n, 1, 1)])),
    Growing("digits of an amount", SEARCH, lambda n: row(PositionRemuneration=pay("9" * n, ""))),
    Growing(
        "decimals of an amount",
        SEARCH,
        lambda n: row(PositionRemuneration=pay("0." + "7" * n, "1")),
    ),
    Growing(
        "decimals of a second",
        SEARCH,
        lambda n: row(PublicationStartDate="2026-11-02T00:00:00." + "9" * n),
    ),
    Growing("digits of an entity", SEARCH, lambda n: row(details={"JobSummary": "&#" + "9" * n})),
    Growing("digits of a grade", SEARCH, lambda n: row(details={"LowGrade": "9" * n})),
    Growing(
        "entries of an amount", SEARCH, lambda n: row(PositionRemuneration=pay(["7"] * n, "1"))
    ),
    *(
        Growing(
            f"a text of {unit!r}",
            SEARCH,
            lambda n, unit=unit: row(PositionTitle="Clerk", details={"MajorDuties": [unit * n]}),
        )
        for unit in ("data ", "data-", "data  ", "data", "database ", "- ", "extract, transform, ")
    ),
    *(
        Growing(
            f"a text of {unit!r} between words that count",
            SEARCH,
            lambda n, unit=unit: row(
                PositionTitle="Clerk",
                QualificationSummary=f"Specialized experience: {unit * n} data pipeline. ETL. ELT.",
                details={"MajorDuties": [f"extract fuse ingest lakehouse {unit * n} pipeline ETL"]},
            ),
        )
        for unit in ("extract ", "data and ", "ingest a ", "ETL ", "ELT. ", "not ", "large-scale ")
    ),
    Growing(
        "qualifications",
        SEARCH,
        lambda n: row(QualificationSummary="Specialized experience.\n" * n),
    ),
    *(
        Growing(
            f"a text of {unit!r} (past day)",
            HISTORIC,
            lambda n, unit=unit: _with_text(summary=unit * n, duties=unit * n),
        )
        for unit in ("<", "<a", "<a>", "&", "&lt;", "\x00", "\u2028", "İ")
    ),
]
"""What is gone through by Python itself."""
