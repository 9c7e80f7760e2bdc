"""What the topic rule says of a made-up posting."""

from __future__ import annotations

from include.matching.evidence import Assessment
from include.matching.topics import topic_of
from tests.support.rows import position


def assessed(
    keyword: str,
    title: str = "Specialist",
    *,
    duties: str | list[str] = "",
    summary: str = "",
    qualifications: str = "",
    series: str = "0343",
) -> Assessment:
    found = position(
        PositionTitle=title,
        JobCategory=[{"Code": code} for code in series.split()],
        QualificationSummary=qualifications,
        details={
            "MajorDuties": [duties] if isinstance(duties, str) else duties,
            "JobSummary": summary,
        },
    )
    return topic_of(keyword).assess(found)


def outcome(keyword: str, title: str = "Specialist", **texts: str) -> str:
    return assessed(keyword, title, **texts).outcome
