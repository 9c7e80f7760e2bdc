from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from include.local.running import (
    RunningStack,
    borrowed_stack,
    not_borrowed,
    running_stack,
    the_only_stack,
)
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


@pytest.mark.parametrize(
    "written",
    [b"", b"{", b"[]", b"null", b"\xff", b'{"pid": 1}']
    + [
        f'{{"airflow": "3.3", "port": 1, "mongo_port": 2, "sample_port": 3, "pid": {pid}}}'.encode()
        for pid in ('"1"', "99999999999999999999", os.getppid())
    ],
)
def test_a_damaged_or_stale_state_is_no_running_stack(tmp_path: Path, written: bytes) -> None:
    (tmp_path / "state.json").write_bytes(written)
    (tmp_path / "lock").touch()

    assert running_stack(tmp_path) is None


@pytest.mark.parametrize("missing", [True, False])
def test_what_has_the_directorys_name_but_is_none_is_named(tmp_path: Path, missing: bool) -> None:
    local = tmp_path / ".local"
    local.symlink_to("nowhere") if missing else local.touch()

    with (
        pytest.raises(UsageError, match=r"\.local is not a directory"),
        the_only_stack(local, STACK),
    ):
        pass


def test_a_link_to_a_directory_is_used_as_it_is(tmp_path: Path) -> None:
    local, elsewhere = tmp_path / ".local", tmp_path / "elsewhere"
    elsewhere.mkdir()
    local.symlink_to(elsewhere)

    with the_only_stack(local, STACK):
        assert running_stack(elsewhere) == STACK


def test_what_a_killed_run_left_behind_is_no_running_stack(tmp_path: Path) -> None:
    with the_only_stack(tmp_path, STACK):
        written = (tmp_path / "state.json").read_text()
    (tmp_path / "state.json").write_text(written)

    assert running_stack(tmp_path) is None
    with the_only_stack(tmp_path, STACK):
        pass


def test_a_server_that_another_command_has_borrowed_is_not_ended_before_it_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.local.running.BORROWED_SECONDS", 20.0)
    order: list[str] = []
    borrowed = threading.Event()

    def borrow() -> None:
        with borrowed_stack(tmp_path):
            borrowed.set()
            time.sleep(0.3)
            order.append("done")

    command = threading.Thread(target=borrow)
    command.start()
    assert borrowed.wait(10)
    with not_borrowed(tmp_path):
        order.append("ended")
    command.join()
    assert order == ["done", "ended"]


def test_a_command_that_is_never_done_holds_nobody_up_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.local.running.BORROWED_SECONDS", 0.1)
    with borrowed_stack(tmp_path) as stack, not_borrowed(tmp_path):
        assert stack is None
