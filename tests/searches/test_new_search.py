"""The file of a new search: what is written is what is read."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from include.searches.new_search import NameTaken, as_toml, new_search, save
from include.searches.parameters import SearchParameters
from include.searches.saved_searches import SavedSearch, read_saved_searches

DENVER = new_search(
    "denver",
    SearchParameters(location="denver, co", clearance="secret", exclude=["Army", "0332"]),
    "0 7 * * 1-5",
    "America/Denver",
)


def read_back(search: SavedSearch, folder: Path) -> SavedSearch:
    save(search, folder)
    found = read_saved_searches(folder)
    assert found.problems == []
    return next(each for each in found.good if each.name == search.name)


def test_a_saved_search_is_read_back_as_it_was_and_starts_paused(tmp_path: Path) -> None:
    found = read_back(DENVER, tmp_path)
    assert found == DENVER
    assert found.entry.starts_paused is True
    assert found.parameters.location == "Denver, Colorado"
    assert [file.name for file in tmp_path.iterdir()] == ["denver.toml"]


def test_what_a_later_default_could_change_is_in_the_file() -> None:
    text = as_toml(new_search("usual", SearchParameters(), "@daily", "UTC"))
    held = {line.partition(" = ")[0] for line in text.splitlines() if " = " in line}
    always = {"schedule", "timezone", "starts_paused"}
    assert held == {*SearchParameters().model_dump(), *always}


@settings(max_examples=50, deadline=None)
@given(
    keyword=st.from_regex(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{0,40}[a-z]{2}", fullmatch=True),
    title=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20),
)
def test_no_text_gets_out_of_its_quotes(keyword: str, title: str) -> None:
    try:
        parameters = SearchParameters(
            keyword=keyword, exclude=[f'title: x{title}"\\', 'title: a"]\nschedule = "@hourly"']
        )
    except ValidationError:
        try:
            parameters = SearchParameters(keyword=keyword)
        except ValidationError:
            return
    search = new_search("any", parameters, "@daily", "UTC")
    with TemporaryDirectory() as folder:
        assert read_back(search, Path(folder)) == search


@pytest.mark.parametrize("held", ["", "location = ", "# mine"])
def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path, held: str) -> None:
    file = tmp_path / "denver.toml"
    file.write_text(held)
    with pytest.raises(NameTaken):
        save(DENVER, tmp_path)
    assert file.read_text() == held
    assert [*tmp_path.iterdir()] == [file]


def test_a_link_to_nowhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "denver.toml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NameTaken):
        save(DENVER, tmp_path)
    assert not (tmp_path / "elsewhere").exists()


def test_what_cannot_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OSError, match="No such file"):
        save(DENVER, tmp_path / "missing")

    def refuse(*paths: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(PermissionError):
        save(DENVER, tmp_path)
    assert not [*tmp_path.iterdir()]
