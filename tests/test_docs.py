"""What the documentation leads to is there."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from include.local.settings import PROJECT

PAGES = [*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md")]
ROOMS = sorted(path.parent for path in (PROJECT / "include").glob("*/__init__.py"))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as they are made where it is shown."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def broken_links(page: Path) -> list[str]:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        is_there = target.exists() and (not anchor or anchor in anchors(target))
        broken += [] if is_there else [link]
    return broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_page_and_a_heading_that_are_there(page: Path) -> None:
    assert broken_links(page) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Here\n[a](#here) [b](#there) [c](page.md#here) [d](other.md)")
    assert broken_links(page) == ["#there", "other.md"]


def test_every_file_that_the_guide_for_contributors_names_is_there() -> None:
    guide = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:dags|docs|include|plugins|tests)/[\w./-]*)`", guide)
    assert len(set(named)) > 40
    assert [path for path in named if not (PROJECT / path).exists()] == []


def test_the_guide_answers_twenty_questions() -> None:
    guide = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert len(re.findall(r"^\| [^|]+\? \| `", guide, re.MULTILINE)) >= 20


def test_readme_is_short_enough_to_be_read() -> None:
    assert len((PROJECT / "README.md").read_text(encoding="utf-8").splitlines()) <= 200


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_room_says_what_is_in_it_and_what_it_may_import(room: Path) -> None:
    text = importlib.import_module(f"include.{room.name}").__doc__ or ""
    assert re.search(r"\b[Ii]mport", text)
    assert len(text.strip().splitlines()) <= 6
