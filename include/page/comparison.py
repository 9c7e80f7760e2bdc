"""All searches side by side, each in the numbers that its analytics have."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pymongo.database import Database

from include import documents
from include.documents import Document
from include.page.answers import BestMatch, ComparedSearch, Comparison
from include.page.conditions import changed_since, standpoint
from include.page.counting import RECENT, counted, only, open_jobs
from include.page.jobs import has_run
from include.page.marks import marked


def comparison(database: Database[Document], user: str, now: datetime) -> Comparison:
    """Return the searches of which a run went to its end, without what the user has hidden.

    Of the positions only what is counted is read, and those that are best are read once more.
    """
    changed = set(changed_since(database, now - RECENT))
    hidden = set(marked(database, user, "hidden"))
    jobs = {
        search: open_jobs(database, standpoint(database, search, now), hidden)
        for search in database[documents.RUNS].distinct("search")
        if has_run(database, search)
    }
    best = {
        search: matches[0]["_id"]
        for search, found in jobs.items()
        if (matches := only(found, "match"))
    }
    shown = _shown(database, set(best.values()))
    return Comparison(
        searches=[
            ComparedSearch(
                search=search,
                counts=counted(found, changed, now),
                best=shown.get(best.get(search, "")),
            )
            for search, found in jobs.items()
        ]
    )


def _shown(database: Database[Document], numbers: Iterable[str]) -> dict[str, BestMatch]:
    """Return what is shown of positions, by control number."""
    fields = dict.fromkeys(BestMatch.model_fields, True)
    found = database[documents.POSITIONS].find({"_id": {"$in": sorted(numbers)}}, fields)
    return {
        position["_id"]: BestMatch.model_validate(
            {"annual_pay": None, **position, "control_number": position["_id"]}
        )
        for position in found
    }
