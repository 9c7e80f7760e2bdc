from __future__ import annotations

import os
from pathlib import Path

import pytest

from include.local.running import RunningStack, running_stack, the_only_stack
from include.terminal.errors import UsageError

STACK = RunningStack("3.3", 8080, 27117, 8090, os.getpid())


def test_a_running_stack_is_known_while_it_runs(tmp_path: Path) -> None:
    with the_only_stack(tmp_path, STACK):
        assert running_stack(tmp_path) == STACK

    assert running_stack(tmp_path) is None


def test_a_second_stack_is_refused_and_does_not_disturb_the_first(tmp_path: Path) -> None:
    with the_only_stack(tmp_path, STACK):
        with (
            pytest.raises(UsageError, match=f"process {os.getpid()}"),
            the_only_stack(tmp_path, STACK),
        ):
            pass
        assert running_stack(tmp_path) == STACK


def test_what_a_killed_run_left_behind_is_no_running_stack(tmp_path: Path) -> None:
    with the_only_stack(tmp_path, STACK):
        written = (tmp_path / "state.json").read_text()
    (tmp_path / "state.json").write_text(written)

    assert running_stack(tmp_path) is None
    with the_only_stack(tmp_path, STACK):
        pass
