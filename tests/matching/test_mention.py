from __future__ import annotations

import pytest

from include.matching.mention import Role, is_denied, role_of

MENTION = "data pipelines"


def place(text: str) -> tuple[int, int]:
    start = text.index(MENTION)
    return start, start + len(MENTION)


@pytest.mark.parametrize(
    "text",
    [
        "does not require data pipelines",
        "doesn't build data pipelines",
        "does not require sql, python, or data pipelines",
        "does not involve designing, building or running data pipelines",
        "no data pipelines are involved",
        "no experience with data pipelines is needed",
        "works without data pipelines",
        "builds dashboards rather than data pipelines",
        "neither databases nor data pipelines",
        "knowledge of data pipelines is not required",
    ],
)
def test_a_mention_is_denied_by_what_reaches_it(text: str) -> None:
    assert is_denied(text, *place(text))


@pytest.mark.parametrize(
    "text",
    [
        "builds data pipelines",
        "not only designs data pipelines but also builds data lakes",
        "you will not just maintain data pipelines",
        "duties include, but are not restricted to, data pipelines",
        "ensures no data loss while building data pipelines",
        "no downtime of data pipelines",
        "without interrupting service, builds data pipelines",
        "works without supervision on data pipelines",
        "rather than just reporting, you design data pipelines",
        "does not travel and builds data pipelines",
        "not a desk job. builds data pipelines",
        "builds no later than may data pipelines",
        "data pipelines must not fail",
    ],
)
def test_a_mention_is_not_denied_by_a_denial_of_something_else(text: str) -> None:
    assert not is_denied(text, *place(text))


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("designs and builds data pipelines", "own"),
        ("is responsible for the maintenance of data pipelines.", "own"),
        ("works with analysts to build data pipelines", "own"),
        ("manages and uses data pipelines", "own"),
        ("data pipelines", "named"),
        ("writes articles on data pipelines", "named"),
        ("maintains data pipelines locations", "named"),
        ("uses data pipelines", "used"),
        ("builds dashboards and queries data pipelines", "used"),
        ("buys data pipelines", "others"),
        ("works with those who build data pipelines", "others"),
        ("works closely with the data pipelines team", "others"),
        ("develops budgets of the office of data pipelines", "others"),
        ("writes tests of data pipelines built by contractors", "others"),
        ("leads the data pipelines team", "own"),
    ],
)
def test_the_words_around_a_mention_tell_whose_work_it_is(text: str, role: Role) -> None:
    assert role_of(text, *place(text)) == role


def test_several_people_are_others_unless_they_are_led() -> None:
    start = len("supervises ")
    assert role_of("supervises data engineers", start, start + 14) == "own"
    assert role_of("interviews data engineers", start, start + 14) == "others"
