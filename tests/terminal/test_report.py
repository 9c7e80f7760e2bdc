from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database
from rich.console import Console

from include.jobs import limits
from include.jobs.deadline import Deadline
from include.jobs.formatting import pay
from include.terminal.report import (
    near_misses_table,
    positions_table,
    receipt_table,
    show_report,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SEARCH = "data-engineering-chicago-illinois-50"


def position(number: int, score: int = 50, **fields: Any) -> dict[str, Any]:
    return {
        "_id": str(number),
        "PositionTitle": f"Data Engineer {number}",
        "PositionURI": f"https://www.usajobs.gov/job/{number}",
        "PositionLocation": [{"LocationName": "Chicago, Illinois"}],
        "annual_pay": {"minimum": 101099.0, "maximum": 142488.0, "basis": "PA"},
        "grade": {"plan": "GS", "low": 11, "high": 12},
        "organization": "Veterans Health Administration",
        "closes_at": NOW + timedelta(days=3),
        "matches": {
            SEARCH: {
                "level": "match",
                "score": score,
                "reasons": [{"code": "pay_too_low", "message": "pays up to $94,319"}],
                "fits": ["GS-12 is the grade for five years of experience"],
                "nearest": {"LocationName": "Chicago, Illinois", "miles": 12.4},
            }
        },
        **fields,
    }


def receipt(**fields: Any) -> dict[str, Any]:
    return {
        "_id": "receipt-1",
        "run_id": "manual__1",
        "search": SEARCH,
        "state": "complete",
        "observed_at": NOW,
        "parameters": {
            **{"keyword": "data engineering", "minimum_pay": 100000},
            **{"appointment": "permanent", "exclude": ["intern"]},
        },
        "api_total": 61,
        "pages": 1,
        "rows": 61,
        "inserted": ["1", "2"],
        "changed": [{"control_number": "3", "fields": {"closes_at": {}}}],
        "unchanged": [],
        "rejected": {"pay_too_low": ["7", "8"], "off_topic": ["8"]},
        "matches": ["1", "2"],
        "near_misses": ["3"],
        "quarantined": [{"control_number": None, "reason": "no title"}],
        "drift": [{"field": "ServiceType", "problem": "unknown_code", "value": "9", "count": 4}],
        **fields,
    }


def printed(what: Any, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(what)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_a_position_is_shown_with_pay_place_closing_date_and_reason(width: int) -> None:
    text = printed(positions_table([position(825914700)], receipt(), NOW), width)

    words = " ".join(text.split())
    for expected in ("Data Engineer 825914700", "GS-11 to 12", "Chicago, Illinois, 12 miles away"):
        assert expected in words
    assert "$101,099 to $142,488 a year" in words
    for expected in ("closes Nov 26, in 3 days", "✓ GS-12 is the", "usajobs.gov/job/825914700"):
        assert expected in words
    assert max(len(line) for line in text.splitlines()) <= width


def test_nothing_but_text_is_written_where_there_is_no_terminal() -> None:
    assert "\x1b" not in printed(positions_table([position(1)], receipt(), NOW))


def test_a_title_cannot_steer_the_terminal() -> None:
    nasty = position(1, PositionTitle="Data\x1b]0;owned\x07 [bold]Engineer[/bold]")

    text = printed(positions_table([nasty], receipt(), NOW), 120)

    assert "[bold]Engineer[/bold]" in text
    assert "\x1b" not in text


def test_a_long_list_is_cut_and_says_how_much_is_left() -> None:
    text = printed(positions_table([position(n) for n in range(25)], receipt(), NOW))

    assert "25 matches" in text
    assert f"and {25 - limits.REPORT_MATCHES} more matches" in text


def test_a_near_miss_is_shown_with_what_is_wrong() -> None:
    text = printed(near_misses_table([position(3)], receipt(), NOW))

    assert "1 near miss" in text
    assert "pays up to $94,319" in text


def test_a_near_miss_says_what_one_needs_to_look_at_it() -> None:
    words = " ".join(printed(near_misses_table([position(3)], receipt(), NOW), 160).split())
    job = position(3)

    assert job["_id"] in words
    assert pay(job) in words
    assert Deadline.of(job, NOW).words in words


def test_a_position_with_nothing_but_its_number_is_shown() -> None:
    text = printed(positions_table([{"_id": "825914700"}], receipt(), NOW))

    assert "825914700" in text
    assert "not stated" in text


def test_an_empty_search_says_so() -> None:
    assert "No position matches" in printed(positions_table([], receipt(matches=[]), NOW))


def test_the_receipt_counts_a_posting_once_however_many_reasons_reject_it() -> None:
    words = " ".join(printed(receipt_table(receipt()), 120).split())

    assert "rejected 2 (pay_too_low 2, off_topic 1)" in words
    assert "changed 1 (closes_at)" in words
    assert "read 61 postings on 1 page, of 61 offered" in words
    assert "unreadable 1" in words
    assert "at least $100,000 a year, only permanent appointments, without “intern”" in words
    assert "ServiceType: unknown_code (4)" in words


def test_a_receipt_shows_what_is_suspicious_and_what_waits_in_quarantine() -> None:
    suspicious = [
        {"code": "far_fewer", "message": "USAJOBS lists 3 postings, far fewer than usual."},
        {"code": "drift", "message": "Rows hold \x1b[2Jwhat nobody knows."},
    ]

    text = printed(receipt_table(receipt(warnings=suspicious, quarantine_size=12)), 120)

    words = " ".join(text.split())
    assert "warning USAJOBS lists 3 postings, far fewer than usual." in words
    assert "warning Rows hold [2Jwhat nobody knows." in words
    assert "quarantine 12 rows after this run" in words
    assert "job_tracker_reprocess" in words


@pytest.mark.parametrize("fields", [{}, {"warnings": [], "quarantine_size": 0}])
def test_a_receipt_with_nothing_wrong_has_no_line_for_it(fields: dict[str, Any]) -> None:
    text = printed(receipt_table(receipt(**fields)), 120)

    assert "warning" not in text
    assert "quarantine" not in text


def test_the_report_shows_the_newest_complete_receipt_of_the_run_best_position_first(
    database: Database[dict[str, Any]],
) -> None:
    database["positions"].insert_many([position(1, score=10), position(2, score=90), position(3)])
    older = receipt(_id="older", matches=[], read_at=NOW - timedelta(hours=1))
    unfinished = receipt(_id="unfinished", state="writing", read_at=NOW + timedelta(hours=1))
    other = receipt(_id="other", run_id="manual__2", read_at=NOW + timedelta(hours=2))
    database["runs"].insert_many([older, unfinished, other, receipt(read_at=NOW)])
    console = Console(file=io.StringIO(), width=100, highlight=False)

    assert show_report(console, database, run_id="manual__1")

    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "2 matches" in text
    assert text.index("Data Engineer 2") < text.index("Data Engineer 1") < text.index("near miss")


def test_a_run_without_a_receipt_has_no_report(database: Database[dict[str, Any]]) -> None:
    assert not show_report(Console(file=io.StringIO()), database, run_id="manual__1")


def test_a_register_says_what_it_is_among_matches_and_near_misses() -> None:
    job, notice = position(1), position(2)
    notice["matches"][SEARCH]["register"] = True
    for table in (
        positions_table([job, notice], receipt(), NOW),
        near_misses_table([job, notice], receipt(), NOW),
    ):
        words = " ".join(printed(table).split())
        assert words.count("Register: collects applications") == 1
        assert words.index("Data Engineer 2") < words.index("Register: collects applications")
