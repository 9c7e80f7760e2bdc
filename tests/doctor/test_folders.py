"""Folders, disks and saved searches, in order and not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from include.doctor.findings import State
from include.doctor.folders import check_searches, check_writable, disk_space, local_folder
from include.jobs import limits
from include.searches.saved_searches import read_saved_searches


def test_a_folder_that_does_not_exist_yet_is_well_if_it_can_be_created(tmp_path: Path) -> None:
    found, *_ = check_writable("Logs", tmp_path / "a" / "b", "Fix it.")
    assert (found.state, found.message) == (State.OK, f"Logs: {tmp_path}/a/b is writable.")


def test_a_file_in_its_place_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("")
    (found,) = check_writable("Logs", tmp_path / "logs" / "x", "Fix it.")
    assert (found.state, found.advice) == (State.PROBLEM, "Fix it.")


def test_a_folder_of_another_user_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root may write anywhere.
    monkeypatch.setattr(os, "access", lambda *_: False)
    (found,) = check_writable("Logs", tmp_path, "Fix it.")
    assert (found.state, found.message) == (
        State.PROBLEM,
        f"Logs: this user can't write to {tmp_path}.",
    )


@pytest.mark.parametrize(
    ("free", "state"),
    [
        (limits.LOW_DISK_BYTES, State.OK),
        (limits.LOW_DISK_BYTES - 1, State.NOTE),
        (limits.FULL_DISK_BYTES, State.NOTE),
        (limits.FULL_DISK_BYTES - 1, State.PROBLEM),
    ],
)
def test_a_disk_is_well_low_or_full(free: int, state: State) -> None:
    assert disk_space("The disk", free).state == state


def test_each_search_that_is_not_valid_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text('keyword = "data"')
    (tmp_path / "bad.toml").write_text('keyword = "data"\nradius_miles = "far"')
    bad, good = check_searches(tmp_path, read_saved_searches(tmp_path))
    assert bad.state == State.PROBLEM
    assert "bad.toml, line 2" in bad.message
    assert good.message == "2 valid searches: default, good."


def test_a_token_in_the_place_of_a_connection_is_not_quoted(tmp_path: Path) -> None:
    (tmp_path / "default.toml").write_text('apprise = ["tgram://1:planted-token/chat"]')
    (found,) = check_searches(tmp_path, read_saved_searches(tmp_path))
    assert "default.toml, line 1: apprise" in found.message
    assert "planted" not in found.message


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("file:///srv/x%20y", Path("/srv/x y")),
        ("/srv/xcom", Path("/srv/xcom")),
        ("s3://store@bucket/xcom", None),
    ],
)
def test_only_local_paths_are_folders(path: str, folder: Path | None) -> None:
    assert local_folder(path) == folder
