"""The environments, with a stub in place of their Python: see `test_environment` for real ones."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from include.local import environment as module
from include.local.environment import Environment, check_access, make_environment
from include.terminal.errors import CommandError

STUB = """#!/bin/sh
folder=$(dirname "$0")
case "$*" in
*cache_tag*) [ ! -e "$folder/kind" ] || cat "$folder/kind" ;;
*"config list") cat "$folder/config" ;;
*"pip install"*) cat "$folder/output"; exit $(cat "$folder/status") ;;
esac
"""

Disk = namedtuple("Disk", ["total", "used", "free"])


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """One whose folder is made without waiting for a real venv."""
    (tmp_path / "requirements-local.txt").write_text("rich\n")
    (tmp_path / "constraints.txt").write_text("rich==15.0.0\n")
    monkeypatch.setattr(module, "_make_folder", make_stub)
    return Environment(
        tmp_path, ".venv", tmp_path / "requirements-local.txt", tmp_path / "constraints.txt"
    )


def make_stub(environment: Environment) -> None:
    if environment.folder.exists():
        shutil.rmtree(environment.folder)
    bin_folder = environment.folder / "bin"
    bin_folder.mkdir(parents=True)
    (environment.folder / "pyvenv.cfg").touch()
    environment.python.write_text(STUB)
    environment.python.chmod(0o755)
    for name, content in {
        "kind": "cpython-311 x86_64",
        "config": "",
        "output": "Collecting rich\n",
        "status": "0",
    }.items():
        (bin_folder / name).write_text(content)


def set_stub(environment: Environment, **files: str) -> None:
    for name, content in files.items():
        (environment.folder / "bin" / name).write_text(content)


def test_an_environment_is_made_once(
    environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    make_environment(environment)
    assert "Installed in" in capsys.readouterr().err

    make_environment(environment)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "kind", ["cpython-312 x86_64", "cpython-311 arm64", ""], ids=["newer", "processor", "gone"]
)
def test_after_an_upgrade_of_python_it_is_made_again_once_and_says_why(
    environment: Environment, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    make_environment(environment)
    set_stub(environment, kind=kind)
    (environment.folder / "package-of-the-old-python").touch()
    capsys.readouterr()

    make_environment(environment)

    assert "The Python of .venv was replaced or removed" in capsys.readouterr().err
    assert not (environment.folder / "package-of-the-old-python").exists()
    make_environment(environment)
    assert capsys.readouterr().err == ""


def test_other_requirements_are_installed_into_the_same_environment(
    environment: Environment,
) -> None:
    make_environment(environment)
    (environment.folder / "kept").touch()
    environment.constraints.write_text("rich==15.0.1\n")

    make_environment(environment)

    assert (environment.folder / "kept").exists()


@pytest.mark.parametrize("content", ["", "half", "a digest of an earlier version\n"])
def test_a_stamp_that_says_something_else_is_written_again(
    environment: Environment, content: str
) -> None:
    make_environment(environment)
    whole = environment.stamp.read_text()
    environment.stamp.write_text(content)

    make_environment(environment)

    assert environment.stamp.read_text() == whole


@pytest.mark.parametrize("made_by", ["hand", "an installation that was broken off"])
def test_an_environment_without_a_stamp_is_begun_afresh(
    environment: Environment, capsys: pytest.CaptureFixture[str], made_by: str
) -> None:
    if made_by == "hand":
        # As uv makes them: without pip.
        (environment.folder / "bin").mkdir(parents=True)
        (environment.folder / "pyvenv.cfg").touch()
    else:
        make_stub(environment)
        set_stub(environment, status="1")

    make_environment(environment)

    assert "making it again" in capsys.readouterr().err
    assert environment.stamp.is_file()


def test_a_folder_that_is_no_environment_is_left_alone(environment: Environment) -> None:
    environment.folder.mkdir()
    (environment.folder / "thesis.txt").touch()

    with pytest.raises(CommandError, match="is no Python environment: move it away"):
        make_environment(environment)

    assert (environment.folder / "thesis.txt").exists()


def test_a_link_to_nowhere_is_named(environment: Environment) -> None:
    environment.folder.symlink_to("/no/such/disk")

    with pytest.raises(CommandError, match="is a link to a folder that does not exist"):
        make_environment(environment)


def test_a_second_installation_says_whose_turn_it_is(environment: Environment) -> None:
    environment.local.mkdir()
    with (environment.local / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711\n")
        lock.flush()

        with pytest.raises(CommandError, match="Process 4711 is installing into"):
            make_environment(environment)


def test_what_a_dead_installation_left_behind_locks_nothing(environment: Environment) -> None:
    # The number of a process that is alive, and another program's.
    environment.local.mkdir()
    (environment.local / ".venv.lock").write_text(f"{os.getppid()}\n")

    make_environment(environment)

    assert environment.stamp.is_file()


def test_a_failure_shows_pips_reason_and_leaves_no_stamp(
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def make_failing(environment: Environment) -> None:
        make_stub(environment)
        set_stub(environment, status="1", output="Collecting rich\nERROR: No such version\n")

    monkeypatch.setattr(module, "_make_folder", make_failing)

    with pytest.raises(CommandError, match=r"could not be installed\. Is the network up\?"):
        make_environment(environment)

    assert "ERROR: No such version" in capsys.readouterr().err
    assert not environment.stamp.exists()


def test_a_disk_without_room_is_named_before_anything_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        shutil, "disk_usage", lambda _: Disk(10**9, 10**9 - 809 * 10**6, 809 * 10**6)
    )
    (tmp_path / "requirements-local.txt").touch()
    (tmp_path / "constraints.txt").touch()
    small = Environment(
        tmp_path, ".venv", tmp_path / "requirements-local.txt", tmp_path / "constraints.txt"
    )

    with pytest.raises(
        CommandError, match=r"take about 810 MB, and the disk of .* has 809 MB left"
    ):
        make_environment(small)

    assert not small.folder.exists()


def test_a_folder_of_ones_own_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)

    with pytest.raises(CommandError, match="Make it writable"):
        check_access(tmp_path)


def test_files_of_another_user_are_named_with_what_to_do(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    (environment.local / "airflow-3.3").mkdir(parents=True)
    database = environment.local / "airflow-3.3" / "airflow.db"
    database.touch()
    monkeypatch.setattr(os, "access", lambda path, _: path != database)
    monkeypatch.setattr(os, "geteuid", lambda: 4711)

    with pytest.raises(CommandError, match=rf"{database} belongs to .* chown -R 4711"):
        make_environment(environment)


def test_a_python_without_venv_is_named_with_what_to_install(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "ensurepip" else object())

    with pytest.raises(CommandError, match=r"has no venv module.*apt-get install python3-venv"):
        make_environment(environment)


@pytest.mark.parametrize(("processor", "is_refused"), [("x86_64", True), ("arm64", False)])
def test_a_mac_that_has_to_compile_packages_is_asked_for_compilers(
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
    processor: str,
    is_refused: bool,
) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setattr("platform.machine", lambda: processor)
    monkeypatch.setattr(shutil, "which", lambda _: None)

    if is_refused:
        with pytest.raises(CommandError, match="cc and cargo can't be found"):
            make_environment(environment)
    else:
        make_environment(environment)


def test_a_project_without_files_yet_can_be_written(environment: Environment) -> None:
    check_access(environment.local)
