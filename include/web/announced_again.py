"""What a user is shown of a job's earlier announcements, and asked about their marks on these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from include.jobs.announced_again import Earlier, in_words, times_announced
from include.store.documents import Document
from include.web.marks import UNMARKED
from include.web.schemas import AnnouncedAgain, EarlierAnnouncement, Mark, MarkQuestion

QUESTIONS: Mapping[Any, str] = {
    "hidden": "You hid this job when it was announced in {month}. Hide it again?",
    "applied": "You applied for this job when it was announced in {month}. Have you applied again?",
}
"""What may be asked, the first one that applies."""


def numbers_of(earlier: Mapping[str, Sequence[Earlier]]) -> set[str]:
    """Return the control numbers of all earlier announcements."""
    return {each.announcement.control_number for group in earlier.values() for each in group}


def announced_again(
    position: Document, earlier: Sequence[Earlier], marks: Mapping[str, Mark], now: datetime
) -> AnnouncedAgain | None:
    """Return the earlier announcements of a job, or None if there are none.

    `marks` are those of the user on this job and on the earlier ones, by control number.
    """
    if not earlier:
        return None
    is_open = (closes_at := position.get("closes_at")) is None or closes_at > now
    return AnnouncedAgain(
        times=times_announced(earlier),
        in_words=in_words(earlier, now),
        earlier=[_shown(each, marks, now) for each in earlier],
        question=_question(position["_id"], earlier, marks, now) if is_open else None,
    )


def _shown(each: Earlier, marks: Mapping[str, Mark], now: datetime) -> EarlierAnnouncement:
    announcement = each.announcement
    return EarlierAnnouncement(
        control_number=announcement.control_number,
        announcement_number=announcement.announcement_number,
        PositionTitle=announcement.title,
        opened_at=announcement.opened_at,
        ended_at=each.ended_at,
        ending="cancelled" if each.was_cancelled else each.ending,
        mark=marks.get(announcement.control_number, UNMARKED),
        in_words=each.end_in_words(now),
    )


def _question(
    number: str, earlier: Sequence[Earlier], marks: Mapping[str, Mark], now: datetime
) -> MarkQuestion | None:
    """Return what to ask, unless the user has hidden or applied for the job, or said not to."""
    if marks.get(number, UNMARKED).model_fields_set & QUESTIONS.keys():
        return None
    for name, question in QUESTIONS.items():
        for each in earlier:
            mark = marks.get(each.announcement.control_number, UNMARKED)
            if getattr(mark, name):
                return MarkQuestion(mark=name, in_words=question.format(month=each.month(now)))
            if name in mark.model_fields_set:
                break
    return None
