from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar

from include.jobs.deadline import Deadline
from include.jobs.deadline_calendar import DeadlineEvent, advice, calendar, closes_in_words, summary
from include.jobs.formatting import plain

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
DEC_12 = datetime(2026, 12, 13, 4, 59, tzinfo=UTC)
BY_500 = {"closes_when": {"type": "03", "applications": 500}}
CONTINUOUS = {"closes_when": {"type": "02"}}


@pytest.mark.parametrize(
    ("position", "words"),
    [
        ({"closes_at": DEC_12}, "closes Dec 12"),
        ({"closes_at": DEC_12, "facts": BY_500}, "closes at 500 applications, or Dec 12"),
        ({"closes_at": DEC_12, "facts": CONTINUOUS}, "open continuously"),
        ({"closes_at": None, "facts": BY_500}, "closes at 500 applications"),
        ({"closes_at": None}, "no closing date"),
    ],
)
def test_words_for_a_calendar_stay_true_until_the_deadline(
    position: dict[str, Any], words: str
) -> None:
    for later in range(19):
        assert closes_in_words(Deadline.of(position, NOW + timedelta(days=later))) == words


def test_an_event_says_what_can_close_before() -> None:
    position = {"PositionTitle": "Data Engineer", "closes_at": DEC_12}
    dated, capped = Deadline.of(position, NOW), Deadline.of(position | {"facts": BY_500}, NOW)
    assert (summary(position, dated), advice(dated)) == ("Apply: Data Engineer", "closes Dec 12")
    assert (summary(position, capped), advice(capped)) == (
        "Apply early: Data Engineer",
        "closes at 500 applications, or Dec 12: apply early",
    )


@given(title=st.text(), line=st.text())
@example(title="a;b,c\\n:\r\nEND:VEVENT\r\nBEGIN:VALARM", line="ä" * 200 + '"')
def test_no_text_breaks_a_calendar(title: str, line: str) -> None:
    event = DeadlineEvent("1", title, date(2026, 12, 12), NOW, lines=(line, "end"), has_alarm=True)
    made = calendar([event])
    assert max(map(len, made.split(b"\r\n"))) <= 75
    (found,) = Calendar.from_ical(made).walk("VEVENT")
    assert found.errors == []
    assert found["summary"] == plain(title)
    assert found["description"] == f"{plain(line)}\nend"
    assert [part.name for part in found.subcomponents] == ["VALARM"]
