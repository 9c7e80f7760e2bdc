"""The saved searches as the API describes them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cron_descriptor import ExpressionDescriptor, FormatError
from pymongo.database import Database

from include.digest.news import Remember, compute_anew
from include.digest.send import preview
from include.searches import wishes
from include.searches.saved_searches import LOG, SavedSearch, SavedSearches
from include.store.documents import Document
from include.web.host import Host
from include.web.schemas import FileProblem, LatestRun, NextDigest, Preview, SavedSearchSummary


def summaries(
    saved: SavedSearches, ran: Collection[str], may_update: Collection[str], host: Host
) -> list[SavedSearchSummary]:
    """Return the searches with valid files.

    `ran` has the searches that have run. Addresses, and why a run failed, are included only for
    searches whose DAGs are in `may_update`.
    """
    latest = host.latest_runs([search.dag_id for search in saved.good])
    shown = {
        dag_id: LatestRun(
            run_id=run.run_id,
            run_address=host.run_address(dag_id, run.run_id),
            state=run.state,
            ended_at=run.ended_at,
            failure=run.failure if dag_id in may_update else None,
        )
        for dag_id, run in latest.items()
    }
    paused = host.paused([search.dag_id for search in saved.good])
    return [
        _summary(
            search,
            has_run=search.slug in ran,
            may_update=search.dag_id in may_update,
            latest_run=shown.get(search.dag_id),
            paused=search.dag_id in paused,
            dag_address=host.dag_address(search.dag_id),
        )
        for search in saved.good
    ]


def _summary(
    search: SavedSearch,
    *,
    has_run: bool,
    may_update: bool,
    latest_run: LatestRun | None,
    paused: bool,
    dag_address: str,
) -> SavedSearchSummary:
    notified = [str(recipient) for recipient in search.recipients if recipient != LOG]
    return SavedSearchSummary(
        name=search.name,
        search=search.slug,
        dag_id=search.dag_id,
        parameters=search.parameters.model_dump(),
        wishes=wishes.in_words(search.parameters.model_dump()),
        schedule=search.entry.schedule,
        schedule_in_words=schedule_in_words(search.entry.schedule),
        timezone=search.entry.timezone,
        recipients=len(notified),
        addresses=notified if may_update else None,
        may_update=may_update,
        has_run=has_run,
        latest_run=latest_run,
        paused=paused,
        dag_address=dag_address,
    )


def schedule_in_words(cron: str) -> str:
    """Return when a search runs: daily, or at 12:00, Monday through Friday."""
    if cron.startswith("@"):
        return cron.removeprefix("@")
    try:
        words = str(ExpressionDescriptor(cron, use_24hour_time_format=True))
    except FormatError:
        return cron
    return words[:1].lower() + words[1:]


def problems(saved: SavedSearches, may_update: bool) -> list[FileProblem]:
    """Return what is wrong with the other files; the details only for those who may update."""
    return [
        FileProblem(
            file=problem.file.name,
            line=problem.line,
            message=problem.message if may_update else None,
        )
        for problem in saved.problems
    ]


def next_digest(
    database: Database[Document],
    search: SavedSearch,
    now: datetime,
    page_url: str,
    remember: Remember = compute_anew,
) -> NextDigest:
    """Return what each recipient would be sent now."""
    previews = []
    for recipient in search.recipients:
        message = preview(database, search, recipient, now, page_url, remember)
        previews.append(
            Preview(
                channel=recipient.channel,
                address=recipient.address or None,
                subject=message.subject if message else None,
                text=message.text if message else None,
                html=message.html if message else None,
            )
        )
    return NextDigest(search=search.slug, previews=previews)
