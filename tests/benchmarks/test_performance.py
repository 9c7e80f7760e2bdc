"""The page of figures is what was kept, and names every part."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import __main__ as command
from benchmarks import performance
from benchmarks.goals import GOALS, Goal, goal_of
from benchmarks.part import Line, Part, Size
from benchmarks.parts import PARTS
from benchmarks.performance import PAGE, PROFILE, page, two_digits
from benchmarks.results import Machine, Result, keep_result, read_results, this_machine

MACHINE = Machine(2, 24, "Linux x86_64", "3.11.7", "6.0.5", "3.3.0")


def result(*lines: Line, **changes: Any) -> Result:
    kept = {"day": "2026-11-26", "machine": MACHINE, "sizes": {"rows": 9_999}, "quick": False}
    return Result(**{**kept, "busy": 0.0, "lines": [*lines], **changes})


def row_of(text: str, words: str) -> str:
    (row,) = (line for line in text.splitlines() if words in line)
    return row


def test_the_page_is_what_was_kept() -> None:
    assert PAGE.read_text("utf-8") == page(read_results()), (
        "docs/performance.md is out of date: run python -m benchmarks.performance"
    )


@pytest.mark.parametrize("name", PARTS)
def test_the_page_has_every_part(name: str) -> None:
    text = PAGE.read_text("utf-8")
    assert f"| `{name}` |" in text
    assert (f"\n| {name} | " in text) == (name != PROFILE)


def test_what_takes_a_steps_time_has_a_table_of_its_own() -> None:
    text = page({PROFILE: result(Line("load: `insert` in `a.py`", "12%", "90 calls", None))})
    assert "\n| load: `insert` in `a.py` | 12% | 90 calls |\n" in text


def test_a_line_shows_its_baseline_and_whether_it_keeps_to_its_goal() -> None:
    text = page(
        {
            "chain": result(
                Line("extract, 9,999 rows", "3.00 s of a processor", "bare requests 2.00 s", 1.5),
                Line("transform, 9,999 rows", "3.70 s of a processor", "json 2.00 s", 1.85),
            )
        }
    )
    assert row_of(text, "| extract, ").endswith("| bare requests 2.00 s | 1.50 | ✓ ratio ≤ 1.5 |")
    assert row_of(text, "| transform, ").endswith("| json 2.00 s | 1.85 | ✗ ratio ≤ 1.8: 3% more |")
    assert "1 of the 2 that were measured are met." in text
    assert row_of(text, "| dag | ").startswith("| dag | not measured yet |")


def test_a_goal_in_seconds_looks_at_the_figure_and_not_at_the_ratio() -> None:
    slow = Line("a run of the DAG, 36 rows", "2.1 s", "3 empty tasks 3.0 s", 0.7)
    assert not Goal(2, "s").is_met_by(slow)
    assert Goal(2, "s").missed_by(slow) == "5% more"
    assert Goal(2, "s").missed_by(slow._replace(measured="5.0 s")) == "2.5 times as much"
    assert Goal(2, "s").is_met_by(slow._replace(measured="2.0 s"))
    with pytest.raises(ValueError, match="is not measured in MB"):
        Goal(2, "MB").is_met_by(slow)


@pytest.mark.parametrize(
    ("what", "goal"),
    [
        ("load, 9,999 rows", GOALS["load, "]),
        ("9,999 rows through Airflow", GOALS["rows through Airflow"]),
        ("95 of 100 answers: lanes", GOALS["95 of 100 answers"]),
        ("XComs of extract, written", None),
        ("9,999 rows without Airflow", None),
    ],
)
def test_a_line_has_the_goal_of_its_words(what: str, goal: Goal | None) -> None:
    assert goal_of(Line(what, "1 s", "", None)) == goal


def test_figures_of_small_sizes_or_of_a_busy_machine_are_marked() -> None:
    def sizes(**changes: Any) -> str:
        return row_of(page({"dag": result(**changes)}), "| `dag` |")

    assert "**" not in sizes(busy=0.15)
    assert "**while others took 16% of the processor**" in sizes(busy=0.16)
    assert "**with small sizes**" in sizes(quick=True)


def test_parts_of_two_days_are_told_apart() -> None:
    text = page({"dag": result(), "page": result(day="2026-11-27"), "start": result()})
    assert "2 cores, 24 GB of memory, Linux x86_64; Python 3.11.7" in text
    assert row_of(text, "on 2026-11-26").endswith(": dag, start")
    assert row_of(text, "on 2026-11-27").endswith(": page")


def test_what_outgrows_a_machine_is_said_with_its_figures() -> None:
    text = page(
        {
            "searches": result(Line("20 searches at once, each", "2.3 s", "alone 4.0 s", 0.6)),
            "page": result(
                Line("95 of 100 answers: lanes", "9 ms (median 5)", "a file 3 ms", 3.0),
                Line("95 of 100 answers: analytics", "80 ms (median 5)", "a file 3 ms", 9.0),
            ),
            "peers": result(Line("highest memory of a task, 9,999 rows", "250 MB", "x", 0.3)),
        }
    )
    assert "about 1,600 an hour" in text
    assert "the slowest of 95 of 100 answers: analytics: 80 ms" in text
    assert "The highest peak here is 250 MB" in text


def test_numbers_are_rounded_to_two_digits() -> None:
    assert [two_digits(each) for each in (1565.2, 99.6, 7.4)] == [1600, 100, 7]


def test_a_machine_is_described_without_its_name(mongod_port: int) -> None:
    described = str(this_machine(mongod_port))
    assert "MongoDB 6" in described or "MongoDB 7" in described or "MongoDB 8" in described
    assert platform.node() not in described.split()


def test_a_kept_part_replaces_its_earlier_self_and_no_other(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    line = Line("a run", "2.0 s", "nothing", None)
    keep_result("dag", result(), file)
    keep_result("page", result(line), file)
    keep_result("dag", result(line, day="2026-11-27"), file)
    assert read_results(file) == {"dag": result(line, day="2026-11-27"), "page": result(line)}
    assert read_results(tmp_path / "none.json") == {}


def one_line(rows: int) -> Iterator[Line]:
    yield Line("a run", f"{rows} s", "nothing", None)


def failing() -> Iterator[Line]:
    yield Line("a start", "1 s", "nothing", None)
    raise ValueError("The disk is full")


@pytest.fixture
def kept(tmp_path: Path, mongod_port: int, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file for results of a command that knows two parts, of which one fails."""
    parts = {
        "bad": Part("benchmarks.bad", "Fails.", failing),
        "good": Part("benchmarks.good", "Works.", one_line, {"rows": Size(9, quick=2)}),
    }
    monkeypatch.setattr(command, "PARTS", parts)
    monkeypatch.setattr(performance, "PARTS", parts)
    monkeypatch.setattr(performance, "PAGE", tmp_path / "performance.md")
    monkeypatch.setattr(command, "machine_here", lambda: MACHINE)
    monkeypatch.setattr(command, "busy", lambda: 0.5)
    file = tmp_path / "results.json"
    monkeypatch.setattr("benchmarks.results.FILE", file)
    return file


def test_a_part_that_fails_is_reported_and_the_others_are_kept(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--write"]) == 1
    said = capsys.readouterr().out
    assert "The disk is full" in said
    assert "python -m benchmarks bad --write" in said
    assert [*read_results(kept)] == ["good"]
    assert "| good | a run | 9 s |" in performance.PAGE.read_text("utf-8")


def test_a_part_is_measured_alone_and_nothing_is_kept_unless_asked(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["good", "--quick"]) == 0
    said = capsys.readouterr().out
    assert "a run: 2 s" in said
    assert "others take 50% of its processor" in said
    assert not kept.exists()


def test_a_part_that_is_unknown_is_refused_with_those_that_there_are(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        command.main(["better"])
    assert "there is no part better; there are bad, good" in capsys.readouterr().err
