"""The topic rule against postings that a person has labelled."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import pytest

from benchmarks import topics
from benchmarks.topics import Judged, auc, judged, share
from include.usajobs.drift import Drift
from tests.data.rewrite_recordings import LABELS, Recordings
from tests.support.recordings import PRESENT, REWRITTEN, positions

SEARCH_RECORDING = "usajobs/search_2016_page1_of_742.json.xz"


@cache
def labelled(recordings: Recordings) -> list[Judged]:
    labels = [posting["label"] for posting in recordings.read(LABELS)]
    found = positions(recordings, LABELS, Drift())
    return judged(zip(labels, found, strict=True), "data engineering")


@pytest.fixture(params=PRESENT, ids=str)
def found(request: pytest.FixtureRequest) -> list[Judged]:
    return labelled(request.param)


def test_nearly_all_data_engineering_is_on_topic(found: list[Judged]) -> None:
    assert share(found, "yes", "on") >= 0.97


def test_hardly_anything_else_is_on_topic_or_related(found: list[Judged]) -> None:
    assert share(found, "no", "on") <= 0.005
    assert share(found, "no", "related") <= 0.04


def test_the_strength_orders_postings_as_a_reader_does(found: list[Judged]) -> None:
    assert auc(found, "yes", "arguable") >= 0.9
    assert auc(found, "arguable", "no") >= 0.97


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> None:
    monkeypatch.setattr(sys, "argv", ["topics", *map(str, arguments)])
    topics.main()


def test_the_command_prints_outcomes_by_label_and_what_was_misjudged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, REWRITTEN.folder / f"{LABELS}.xz")
    printed = capsys.readouterr().out
    assert "recall" in printed
    misjudged = [each for each in labelled(REWRITTEN) if each.is_misjudged]
    assert len(printed.partition("misjudged:\n")[2].splitlines()) == len(misjudged) > 0


def test_of_a_recording_the_command_prints_what_is_not_off_topic(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, REWRITTEN.folder / SEARCH_RECORDING)
    assert "IT Specialist (DATAMGT) (2200 2210): the title says" in capsys.readouterr().out
    run(monkeypatch, REWRITTEN.folder / SEARCH_RECORDING, "--keyword", "nurse")
    assert "on" in capsys.readouterr().out
