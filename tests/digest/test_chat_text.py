"""What chat services make of untrusted text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown import Markdown

from include.digest.chat_text import ZERO_WIDTH_SPACE, as_markdown, defused, in_parts

LINK = "https://www.usajobs.gov/job/1_2_3"
TITLE = (
    "Data Engineer <R&D> [apply here](https://evil.example) @everyone *x* _y_ <!channel> "
    '<a href="https://evil.example">login</a> ![](//evil.example/x.png) <https://evil.example|x>'
)


def seen(text: str) -> str:
    """Return what a reader sees of Markdown."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text.replace("  \n", "\n")).replace(
        ZERO_WIDTH_SPACE, ""
    )


@pytest.mark.parametrize(
    "text",
    [
        TITLE,
        "@here and @all <@123> <@!123> <@&123> <#123> :smile: <users/all>",
        "&lt;script&gt; &#60; R&D",
        "# No heading\n- no list\n1. none\n> no quote\n+ a\n===\n---\n| a | b |",
        "`code` ~~struck~~ ||spoiler|| \\ \\* __a__",
        "1-2 GS-11 to 13, $80,994 to $150,071 a year (C#, 3.5)",
    ],
)
def test_markdown_shows_every_character_and_formats_none(text: str) -> None:
    written = as_markdown(text)
    assert seen(written) == text
    html = Markdown().convert(written)
    assert set(re.findall(r"<(\w+)", html)) <= {"p", "br"}


@pytest.mark.parametrize("change", [as_markdown, defused])
def test_no_mention_and_no_link_is_left_but_our_own(change: object) -> None:
    assert callable(change)
    text = change(f"{TITLE}\n{LINK}\nwww.evil.example {LINK}x", [LINK, ""])
    assert not re.search(r"@\w|<[!\w/]|www\.evil", text)
    assert re.findall(r"\w+://\S+", text) == [LINK]


@given(st.text(alphabet=" \n\\`*_[]()<>#+-=.!|~@:/&;a1", max_size=40))
def test_any_text_is_seen_as_it_is(text: str) -> None:
    assert seen(as_markdown(text)) == text
    assert defused(text).replace(ZERO_WIDTH_SPACE, "") == text


def test_lines_stay_lines() -> None:
    assert as_markdown("a\nb\n\nc\n") == "a  \nb\n\nc\n"


def test_a_text_is_divided_between_paragraphs_and_a_long_one_between_lines() -> None:
    assert in_parts("a\nb\n\nc\n", 6) == ["a\nb\n\nc"]
    assert in_parts("a\nb\n\nc\n", 5) == ["a\nb", "c"]
    assert in_parts("aa\nbb\ncc\n\nd", 5) == ["aa\nbb", "cc\n\nd"]


@given(st.text(alphabet="ab\n", max_size=60), st.integers(1, 30))
def test_no_part_of_any_text_is_too_long_but_a_line_that_is(text: str, longest: int) -> None:
    parts = in_parts(text, longest)
    assert all(len(part) <= longest or "\n" not in part for part in parts)
    assert "".join(parts).replace("\n", "") == text.replace("\n", "")
