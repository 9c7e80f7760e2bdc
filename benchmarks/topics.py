"""How well the topic rule tells postings about data engineering from others.

    python -m benchmarks.topics FILE [--keyword KEYWORD]

FILE is one of these, also compressed with xz:

- labelled postings, as JSON lines with `title`, `series`, `summary`, `duties` and a `label`: yes,
  arguable or no. Printed are the outcomes by label, precision and recall, the order by strength
  (AUC: the share of pairs of postings that are in the right order), and every posting that was
  misjudged with what decided it.
- a response of the Search API. Printed is every row that is not off topic.
"""

from __future__ import annotations

import argparse
import json
import lzma
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from include.jobs.position import Position, position_uri
from include.jobs.source import SEARCH
from include.matching.evidence import Assessment, Outcome
from include.matching.topics import topic_of
from include.searches.parameters import SearchParameters
from include.usajobs.drift import Drift
from include.usajobs.search_rows import read_row

LABELS = ("yes", "arguable", "no")
OUTCOMES: tuple[Outcome, ...] = ("on", "related", "off")
RIGHT: dict[str, set[Outcome]] = {"yes": {"on"}, "arguable": {"on", "related"}, "no": {"off"}}
"""Which outcomes are right for a label."""


class Judged(NamedTuple):
    """A posting with its label, if it has one, and what the topic rule says of it."""

    label: str
    position: Position
    assessment: Assessment

    @property
    def is_misjudged(self) -> bool:
        """Whether its outcome is none that fits its label."""
        return self.assessment.outcome not in RIGHT.get(self.label, OUTCOMES)


def judged_file(file: Path, keyword: str) -> list[Judged]:
    """Return all postings of a file, strongest first."""
    content = file.read_bytes()
    text = (lzma.decompress(content) if file.suffix == ".xz" else content).decode()
    if file.name.removesuffix(".xz").endswith(".jsonl"):
        labelled = [_labelled(json.loads(line)) for line in text.split("\n") if line.strip()]
    else:
        items = json.loads(text)["SearchResult"]["SearchResultItems"]
        labelled = [("", read_row(item, Drift())) for item in items]
    return judged(labelled, keyword)


def judged(labelled: Iterable[tuple[str, Position]], keyword: str) -> list[Judged]:
    """Return what the topic rule says of labelled positions, strongest first."""
    topic = topic_of(keyword)
    found = [Judged(label, position, topic.assess(position)) for label, position in labelled]
    return sorted(found, key=lambda each: -each.assessment.strength)


def share(found: Sequence[Judged], label: str, *outcomes: Outcome) -> float:
    """Return the share of the postings with a label that have one of the outcomes."""
    of_label = [each for each in found if each.label == label]
    return sum(each.assessment.outcome in outcomes for each in of_label) / len(of_label)


def auc(found: Sequence[Judged], higher: str, lower: str) -> float:
    """Return the share of pairs in which the label that should be stronger is; ties are half."""
    pairs = [
        (one.assessment.strength > other.assessment.strength)
        + 0.5 * (one.assessment.strength == other.assessment.strength)
        for one in found
        if one.label == higher
        for other in found
        if other.label == lower
    ]
    return sum(pairs) / len(pairs)


def print_quality(console: Console, found: list[Judged]) -> None:
    """Print how the outcomes agree with the labels."""
    counts = Counter((each.label, each.assessment.outcome) for each in found)
    table = Table("label", *OUTCOMES, "right")
    for label in LABELS:
        numbers = [str(counts[label, outcome]) for outcome in OUTCOMES]
        table.add_row(label, *numbers, f"{share(found, label, *RIGHT[label]):.1%}")
    console.print(table)
    on = [each for each in found if each.assessment.outcome == "on"]
    useful = sum(each.label != "no" for each in on)
    console.print(
        f"on topic: precision {useful / max(1, len(on)):.1%} (yes or arguable), "
        f"recall {share(found, 'yes', 'on'):.1%} (of yes)\n"
        f"order by strength (AUC): yes before arguable {auc(found, 'yes', 'arguable'):.3f}, "
        f"arguable before no {auc(found, 'arguable', 'no'):.3f}"
    )


def print_postings(console: Console, heading: str, found: Iterable[Judged]) -> None:
    """Print postings one by one, with what decided."""
    console.print(f"\n{heading}:")
    for label, position, (outcome, strength, decisive) in found:
        series = " ".join(position.series)
        console.print(
            f"{label:8} {outcome:7} {strength:.2f}  {position.PositionTitle} ({series}): "
            f"{decisive or 'nothing speaks for it'}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def _labelled(posting: dict[str, Any]) -> tuple[str, Position]:
    number = str(posting["id"])
    return posting["label"], Position(
        control_number=number,
        PositionTitle=posting["title"],
        PositionURI=position_uri(number),
        PositionLocation=[],
        PositionRemuneration=[],
        series=sorted(posting["series"]),
        summary=posting["summary"] or None,
        duties=posting["duties"] or "",
        source=SEARCH,
    )


def main() -> None:
    """Print what the topic rule makes of a file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--keyword", default=SearchParameters().keyword)
    chosen = parser.parse_args()
    console = Console()
    found = judged_file(chosen.file, chosen.keyword)
    if any(each.label for each in found):
        print_quality(console, found)
        print_postings(console, "misjudged", (each for each in found if each.is_misjudged))
        return
    kept = [each for each in found if each.assessment.outcome != "off"]
    console.print(f"{len(kept)} of {len(found)} rows are not off topic")
    if kept:
        print_postings(console, "strongest first", kept)


if __name__ == "__main__":
    main()
